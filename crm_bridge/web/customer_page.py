"""A customer's own page: who it is, what passed between us, what is to be done, and what hangs on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from aiohttp import web

from crm_bridge.merging import UNDO
from crm_bridge.model import CustomerFile, Kind, MatterKind
from crm_bridge.web import amounts
from crm_bridge.web.asking import before_of, before_written, id_of
from crm_bridge.web.business import BusinessView
from crm_bridge.web.card import card_of
from crm_bridge.web.contact_page import closed_among
from crm_bridge.web.doors import Doors
from crm_bridge.web.entries import EntriesView
from crm_bridge.web.names import Names
from crm_bridge.web.room import CustomersRoom
from crm_bridge.web.saying import toast_of
from crm_bridge.web.words import name_of, shown
from ledger.web.times import exact
from ledger.web.visit import Visit, Who

#: Entries of a timeline, people of an organisation, matters and activities on one page.
ENTRIES, PEOPLE, MATTERS, ACTIVITIES = 30, 100, 50, 50
#: Activities that were done are shown for so long.
DONE_FOR = timedelta(days=14)
#: What our own script says of itself when it fetches a page that is open already.
LOOKS_AGAIN = "X-Look"


class CustomerPage:
    """Serves /customers/{id}. `position` tells where in the news a page begins to listen."""

    def __init__(self, room: CustomersRoom, position: Callable[[], str]) -> None:
        self._room = room
        self._position = position

    async def show(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show a customer; that somebody looked is written down. Raises NoSuchCustomer."""
        room, position, before = self._room, self._position(), before_of(visit)
        file = await room.files.get(id_of(visit))
        if LOOKS_AGAIN not in visit.request.headers:
            await room.looked(file.id, who)
        is_organisation = file.details.kind is Kind.ORGANISATION
        history = await room.customers.timeline(file.id, before, ENTRIES, with_people=is_organisation)
        matters = await room.matters.matters(file.id, MATTERS)
        activities = await room.matters.activities(file.id, ACTIVITIES)
        people = await room.customers.people(file.id, PEOPLE) if is_organisation else []
        alike = await self._alike(file)
        named = {one.customer for one in history.entries if one.customer} | _named_in(file) | set(alike)
        names = await Names.of(room, who.name, named)
        site, now = room.site(), room.clock.now()
        contacts = [one.interaction for one in history.entries if one.interaction is not None]
        closed = await closed_among(contacts, who, room.calls_seen)
        business = BusinessView(room.settings, room.zone, now, names)
        return visit.page(
            "customers/customer.html",
            file=file,
            card=card_of(file, room.settings, names, room.zone),
            title=_title(file),
            is_organisation=is_organisation,
            entries=EntriesView(site, now, names, file.id, closed).shown(history.entries),
            older=before_written(history.before),
            first=before is None,
            matters=[business.matter(matter) for matter in matters],
            open_sum=amounts.sums(m for m in matters if m.closed is None and m.kind is MatterKind.OPPORTUNITY),
            activities=[
                business.activity(one, {matter.id: matter.title for matter in matters})
                for one in activities
                if one.done_at is None or one.done_at > now - DONE_FOR
            ],
            people=[(one, name_of(one)) for one in people],
            alike=[(names.customer(id_), why) for id_, why in alike.items()],
            merges=await self._merges(file, names),
            merged_into=names.customer(file.merged_into) if file.merged_into else None,
            settings=room.settings,
            kinds=list(MatterKind),
            owners=names.choices(),
            me=who.name,
            tomorrow=(now.astimezone(room.zone) + timedelta(days=1)).date(),
            zone=str(room.zone),
            no_call=room.why_no_call(who),
            doors=Doors.of(visit, who),
            toast=toast_of(visit),
            position=position,
            now=now,
        )

    async def _alike(self, file: CustomerFile) -> dict[str, str]:
        """Return who might be the same, and why."""
        if file.merged_into is not None or file.made_by_us:
            return {}
        found = await self._room.merging.suggest(file.id, limit=5)
        return {(pair.other if pair.one.id == file.id else pair.one).id: pair.why for pair in found}

    async def _merges(self, file: CustomerFile, names: Names) -> list[dict[str, str]]:
        """List the merges that can still be undone, into this one or of this one into another."""
        into = file.merged_into or file.id
        merges = await self._room.merging.merges_of(into)
        gone = {merge.gone for merge in merges}
        called = await self._room.customers.of(gone) if gone else {}
        return [
            {
                "id": merge.id,
                "kept": merge.kept,
                "gone": name_of(called[merge.gone]) if merge.gone in called else "",
                "by": names.who(merge.by),
                "until": exact(merge.at + UNDO, self._room.zone),
            }
            for merge in merges
            if file.merged_into is None or merge.gone == file.id
        ]


def _title(file: CustomerFile) -> str:
    numbers = file.details.phones
    return shown(file.details.name) or (numbers[0].number if numbers else "No name")


def _named_in(file: CustomerFile) -> set[str]:
    details = file.details
    named = {relation.customer for relation in (*details.relations, *file.concerned_in)}
    return named | {id_ for id_ in (details.organisation, file.merged_into) if id_ is not None}
