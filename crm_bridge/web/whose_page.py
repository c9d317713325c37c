"""Whose a contact is: for one whose number several have, or nobody, somebody says so by one click."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from crm_bridge import rules
from crm_bridge.matching import Match
from crm_bridge.model import Customer, Details, Entry, NotPossible, Phone
from crm_bridge.web.act import HOME
from crm_bridge.web.contact_page import closed_among
from crm_bridge.web.entries import WHOSE, EntriesView
from crm_bridge.web.names import Names
from crm_bridge.web.room import CustomersRoom
from crm_bridge.web.saying import toast_of, told
from crm_bridge.web.words import name_of, shown
from crm_bridge.whose import Whose
from ledger.web.asking import needed
from ledger.web.leading import goal_of, lead_to
from ledger.web.visit import Refusal, Visit, Who

_LONGEST = 200
#: Pages that a contact may be told on.
_HOMES = ("/calls", "/voicemail", "/fax", HOME)


class WhosePage:
    """Serves /customers/whose/{id}."""

    def __init__(self, room: CustomersRoom) -> None:
        self._room = room

    async def show(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show whose a contact might be."""
        contact = await self._contact(visit)
        assert contact.interaction is not None
        those = [*candidates(contact.match), *([contact.customer] if contact.customer is not None else [])]
        await self._room.looked_at([one.id for one in those], who)
        entry = Entry(contact.interaction.started, contact.interaction.id, contact.interaction)
        names = await Names.of(self._room, who.name)
        closed = await closed_among([contact.interaction], who, self._room.calls_seen)
        view = EntriesView(self._room.site(), self._room.clock.now(), names, closed=closed)
        [entry_shown] = view.shown([entry])
        return visit.page(
            "customers/whose.html",
            contact=contact,
            entry=entry_shown,
            number=contact.match.number,
            said=contact.match.said,
            chosen=contact.customer,
            chosen_name=name_of(contact.customer) if contact.customer is not None else "",
            candidates=[(one, name_of(one), shown(one.company)) for one in candidates(contact.match)],
            page=f"{WHOSE}/{quote(contact.interaction.id, safe='')}",
            back=_goal(visit.query("next") or "", entry_shown.page or HOME),
            name=shown(visit.query("name") or "", rules.NAME),
            toast=toast_of(visit),
        )

    async def choose(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Give a contact to a customer, or its number too where it is nobody's; or make a new customer of it.

        An empty `customer` takes back what was said by hand.
        """
        form = await visit.form()
        contact = await self._contact(visit)
        assert contact.interaction is not None
        id_, number = contact.interaction.id, contact.match.number
        if "new" in form:
            return await self._new(form.get("name", ""), contact, who)
        customer = needed(form, "customer", empty=True)[:64]
        files = self._room.files
        if not customer:
            await files.assign(id_, None, who.name)
        elif number and not contact.match.customers:
            # Nobody has the number: it is the customer's, and with it all that came from it.
            await files.attach(number, customer, who.name)
            if (await self._room.customers.whose(id_, number)).customer is None:
                await files.assign(id_, customer, who.name)
        else:
            await files.assign(id_, customer, who.name)
        done = "assigned" if customer else "unassigned"
        return lead_to(
            _goal(form.get("next", ""), f"{HOME}/{customer}" if customer else HOME),
            **{"did": done, "with": told(customer, id_ if customer and contact.match.customers else "")},
        )

    async def _new(self, name: str, contact: Whose, who: Who) -> web.StreamResponse:
        """Make a customer of a contact's number, and lead to where the rest is written."""
        assert contact.interaction is not None
        number = contact.match.number
        details = Details(
            shown(name, rules.NAME),
            phones=(Phone(number),) if number else (),
            owner=who.name,
            status=next(iter(self._room.settings.statuses), ""),
        )
        if not details.name and not number:
            raise NotPossible("the number was withheld: write a name first")
        file = await self._room.files.add(details, who.name)
        there = (await self._room.customers.whose(contact.interaction.id, number)).interaction
        if there is not None and there.customer != file.id:
            await self._room.files.assign(there.id, file.id, who.name)
        return lead_to(f"{HOME}/{file.id}/edit", **{"did": "added", "with": told(file.id)})

    async def _contact(self, visit: Visit) -> Whose:
        id_ = visit.request.match_info["id"]
        if not id_.isprintable() or len(id_) > _LONGEST:
            raise Refusal(404, "there is no such contact", "look at the call again")
        contact = await self._room.customers.whose(id_, "")
        if contact.interaction is None:
            raise Refusal(404, "there is no such contact yet", "it is written down within a moment: try again")
        return contact


def candidates(match: Match) -> list[Customer]:
    """List whose a contact may be by its number: those who have it, then the people of the switchboard."""
    known = {one.id for one in match.customers}
    return [*match.customers, *(one for one in match.people if one.id not in known)]


def _goal(wanted: str, usual: str) -> str:
    home = next((home for home in _HOMES if wanted == home or wanted.startswith(f"{home}/")), HOME)
    return goal_of(wanted, home, usual)
