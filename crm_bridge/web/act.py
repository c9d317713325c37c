"""What forms do with a customer: do it, then lead back with a word about it."""

from __future__ import annotations

from aiohttp import web

from crm_bridge.web.asking import id_of
from crm_bridge.web.deeds import Deeds, Done
from crm_bridge.web.saying import told
from ledger.web.leading import goal_of, lead_to
from ledger.web.visit import Handler, Visit, Who

HOME = "/customers"
#: Pages of ours that a form may lead back to.
HOMES = (HOME, "/opportunities", "/activities")


def acting(deeds: Deeds, deed: str) -> Handler:
    """Return the handler of one deed."""

    async def act(visit: Visit, who: Who) -> web.StreamResponse:
        customer = id_of(visit)
        form = await visit.form()
        done = await deeds.do(deed, customer, who, form)
        return lead_back(form.get("next", ""), done, deed)

    return act


def lead_back(wanted: str, done: Done, deed: str) -> web.Response:
    """Lead to the page that a form was sent from, or to the customer's."""
    usual = f"{HOME}/{done.customer}"
    home = next((home for home in HOMES if wanted == home or wanted.startswith((f"{home}/", f"{home}?"))), HOME)
    return lead_to(goal_of(wanted, home, usual), **{"did": deed, "with": told(done.customer, done.about)})
