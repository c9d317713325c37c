"""The list of customers: found as somebody types, narrowed, page by page; and what a field offers to choose from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from aiohttp import web

from callrouter.caller_number import number_of
from crm_bridge.model import Customer, Kind
from crm_bridge.narrowing import Narrowed
from crm_bridge.web.asking import Wanted, place_read, place_written, words_of
from crm_bridge.web.doors import Doors
from crm_bridge.web.names import Names
from crm_bridge.web.room import CustomersRoom
from crm_bridge.web.saying import toast_of
from crm_bridge.web.words import IN_LIST, name_of, shown
from ledger.web.times import age, exact
from ledger.web.visit import Visit, Who

HOME = "/customers"
#: Customers on one page, and offered to choose from.
PAGE, OFFERED = 50, 8
LISTS = {
    "": "Everybody",
    Kind.PERSON.value: "People",
    Kind.ORGANISATION.value: "Organisations",
    "unknown": "Unknown numbers",
}


@dataclass(frozen=True)
class Row:
    """A customer in a list; `number` is '' where that is the name already."""

    id: str
    name: str
    organisation: bool
    company: str
    company_id: str
    number: str
    more: int
    status: str
    owner: str
    unknown: bool
    since: str
    age: str


class ListPage:
    """Serves /customers and what fields offer. `position` tells where in the news a page begins to listen."""

    def __init__(self, room: CustomersRoom, position: Callable[[], str]) -> None:
        self._room = room
        self._position = position

    async def show(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show the customers that the address asks for."""
        room, wanted, position = self._room, Wanted.of(visit), self._position()
        names = await Names.of(room, who.name)
        further = None
        if wanted.q:
            found = await room.customers.search(wanted.q, narrowed=wanted.narrowed)
        else:
            found, further = await room.customers.browse(wanted.narrowed, place_read(wanted.after), PAGE)
        number = number_of(wanted.q, room.site().company.country) or ""
        return visit.page(
            "customers/list.html",
            wanted=wanted,
            lists=LISTS,
            rows=self._rows(found, names),
            first=not wanted.after,
            further=wanted.query(after=place_written(further)) if further is not None else "",
            settings=room.settings,
            owners=names.choices(wanted.owner),
            typed=shown(wanted.q, IN_LIST),
            typed_number=number,
            doors=Doors.of(visit, who),
            toast=toast_of(visit),
            position=position,
            now=room.clock.now(),
        )

    async def offer(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Offer customers to choose from for what was typed: a part of a page."""
        kind = words_of(visit, "kind")
        narrowed = Narrowed(kind=Kind(kind) if kind in tuple(Kind) else None)
        q, without = words_of(visit, "q"), words_of(visit, "without")
        found = await self._room.customers.search(q, OFFERED + 1, narrowed) if q else []
        names = await Names.of(self._room, who.name)
        rows = self._rows([one for one in found if one.id != without and not one.made_by_us][:OFFERED], names)
        return visit.page("customers/offer.html", rows=rows, typed=shown(q, IN_LIST))

    def _rows(self, customers: Iterable[Customer], names: Names) -> list[Row]:
        now, zone = self._room.clock.now(), self._room.zone
        rows = []
        for one in customers:
            name, number = name_of(one), next(iter(one.numbers), "")
            row = Row(
                one.id,
                name,
                one.kind is Kind.ORGANISATION,
                shown(one.company, IN_LIST),
                one.organisation or "",
                number,
                max(0, len(one.numbers) - 1),
                one.status,
                names.colleague(one.owner),
                one.made_by_us,
                exact(one.since, zone),
                age(one.since, now, zone),
            )
            rows.append(replace(row, number="") if name == number else row)
        return rows
