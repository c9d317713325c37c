"""One fax as a page: its pages, what is known of it, and all that can be done with it."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from fax.model import UNDER_WAY, Direction, Fax
from fax.web.deeds import Deeds
from fax.web.pages import FaxPages
from fax.web.room import FaxRoom
from fax.web.view import sheets
from fax.web.words import explained, state_of, waits
from ledger.web.times import exact
from ledger.web.visit import Visit, Who

#: What our own script says of itself when it fetches a page that is open already.
LOOKS_AGAIN = "X-Look"


class FaxPage:
    """Serves /fax/{id}."""

    def __init__(self, room: FaxRoom, deeds: Deeds, pages: FaxPages, position: Callable[[], str]) -> None:
        self._room = room
        self._deeds = deeds
        self._pages = pages
        self._position = position

    async def show(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show a fax; the first time somebody does, it is seen."""
        room, position = self._room, self._position()
        fax = await room.find(visit.request.match_info["id"], who)
        if fax.seen_at is None and _somebody_looks(visit):
            fax = await room.rules.seen(fax.id, who.name)
        site, view = room.site(), self._pages.view(who)
        zone = site.company.zone
        deliveries = (await room.deliveries_of([fax.id]))[fax.id]
        name = (await room.names_of([fax])).get(fax.id, "")
        attempts = await room.rules.attempts(fax.id)
        next_try = (await room.next_tries([fax])).get(fax.id)
        box = site.faxbox(fax.box)
        return visit.page(
            "fax/fax.html",
            who=who,
            fax=fax,
            incoming=fax.direction is Direction.IN,
            row=view.row(fax, name, deliveries, room.on_the_line(who).get(fax.id), next_try),
            state=state_of(fax, next_try, zone),
            explained=explained(fax, attempts),
            waits=waits(fax, attempts[-1] if attempts else None, next_try, zone),
            sheets=sheets(fax),
            attempts=[view.attempt(attempt) for attempt in attempts],
            deliveries=[view.delivery(delivery) for delivery in deliveries],
            steps=view.steps(await room.rules.ledger(fax.id)),
            home_list=self._pages.list_of(fax),
            list=self._pages.left(visit, fax),
            readers=[(person, view.person(person)) for person in room.readers(fax.box)],
            boxes=room.other_boxes(fax.box),
            may_resend=_may_resend(fax, bool(box.deliver)),
            may_cancel=fax.state in UNDER_WAY,
            no_call_back=self._deeds.why_no_call_back(fax, who),
            whose=await room.whose(fax.call if fax.direction is Direction.IN else fax.id, fax.number, fax.did),
            send_at=exact(fax.send_at, zone) if fax.send_at else "",
            keep_until=exact(fax.keep_until, zone),
            said=await self._pages.said(visit, who),
            position=position,
            now=room.clock.now(),
        )


def _somebody_looks(visit: Visit) -> bool:
    """Tell whether a person opens the page: not a program that asks for its head, nor a browser on its own."""
    headers = visit.request.headers
    by_itself = LOOKS_AGAIN in headers or "prefetch" in headers.get("Sec-Purpose", "")
    return visit.request.method == "GET" and not by_itself


def _may_resend(fax: Fax, has_receivers: bool) -> bool:
    if fax.direction is Direction.IN:
        return bool(fax.file) and has_receivers
    return fax.state not in UNDER_WAY and bool(fax.original)
