"""Two customers who are one: merging them, undoing that within 14 days, and suggesting who might be.

Everything of the one moves to the other; what was moved is written down, and undoing moves exactly that back, but for
what somebody said by hand meanwhile. SQL is in `store_moving` and `store_merges`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from crm_bridge import noting, store, store_interactions, store_matters, store_moving
from crm_bridge import store_customers as kept
from crm_bridge import store_merges as merges
from crm_bridge.holding import absorb
from crm_bridge.model import Customer, CustomerFile, Details, Kind, NoSuchCustomer, NotPossible
from crm_bridge.store_merges import Merge
from crm_bridge.writing import Desk, Writing
from ledger.ids import new_id

#: A merge can be undone for so long.
UNDO = timedelta(days=14)
#: Fields that the one who stays is given where he has none.
_FILLED = ("name", "organisation", "address", "website", "language", "status", "owner")
#: Suggestions of one number, one mail address or one name: more who share it are hardly one.
_ALIKE = 5


@dataclass(frozen=True)
class Suggestion:
    """Two who might be one, and why."""

    one: Customer
    other: Customer
    why: str


@dataclass(frozen=True)
class Preview:
    """What a merge would do: `filled` is what the one who stays would be given, `moved` how many of what would move."""

    keep: CustomerFile
    gone: CustomerFile
    filled: Mapping[str, Any]
    moved: Mapping[str, int]


class Merging:
    """Merges of customers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def merge(self, keep: str, gone: str, by: str) -> str:
        """Move everything of `gone` to `keep`, and return the merge's id, by which it is undone.

        Raises NoSuchCustomer, and NotPossible for a person and an organisation, or one merged already.
        """
        async with self._desk.writing(by) as now:
            # Always locked in the same order, so that two who merge the same two do not wait for each other.
            files = {id_: await now.customer(id_) for id_ in sorted({keep, gone})}
            one, other = files[keep], files[gone]
            _require_mergeable(one, other)
            filled = _missing(one.details, other.details)
            known = {"made_by_us": False} if one.made_by_us and not other.made_by_us else {}
            merge = Merge(new_id(), keep, gone, now.at, by, {**filled, **known})
            await merges.add(now.session, merge)
            await store_moving.move_all(now.session, gone, keep, merge.id)
            await merges.hide(now.session, gone, keep, now.at)
            await merges.fill(now.session, keep, filled, now.at, made_by_us=one.made_by_us and other.made_by_us)
            await store.remove_words(now.session, [gone])
            (merged,) = await self._found_again(now, [keep])
            await absorb(now, {phone.number: keep for phone in merged.details.phones})
            now.changed(keep, "merged", about=merge.id, changes={"with": [gone, None], **_filling(filled)},
                        data={"about": merge.id, "gone": gone})  # fmt: skip
            now.changed(gone, "merged into", about=merge.id, data={"about": merge.id, "kept": keep})
        return merge.id

    async def preview(self, keep: str, gone: str) -> Preview:
        """Say what merging two would do, and do nothing. Raises what `merge` raises."""
        async with self._desk.db.reading() as session:
            files = {id_: await kept.find(session, id_) for id_ in (keep, gone)}
            one, other = files[keep], files[gone]
            if one is None or other is None:
                raise NoSuchCustomer(gone if one else keep)
            _require_mergeable(one, other)
            moved = await store_moving.count_all(session, gone, keep)
        return Preview(one, other, _missing(one.details, other.details), moved)

    async def undo(self, merge: str, by: str) -> None:
        """Move back exactly what a merge moved; of what came since, its number says whose it is.

        What was said by hand meanwhile stays. Raises NotPossible after 14 days, or when it was undone.
        """
        async with self._desk.writing(by) as now:
            done = await merges.find(now.session, merge)
            if done is None or done.at + UNDO < now.at:
                raise NotPossible("this merge cannot be undone any more")
            if await merges.is_hidden(now.session, done.kept):
                raise NotPossible("undo first the merge of this one into another")
            await merges.show(now.session, done.gone, now.at)
            since = await store_moving.list_come_since(now.session, merge, done.kept, done.gone)
            await store_moving.move_back(now.session, merge, done.kept, done.gone)
            await merges.empty(now.session, done.kept, done.filled, now.at)
            await self._part(now, done, since)
            await merges.remove(now.session, [merge])
            await self._found_again(now, [done.kept, done.gone])
            for customer in (done.kept, done.gone):
                now.changed(customer, "merge undone", about=merge)

    async def _part(self, now: Writing, done: Merge, since: Mapping[str, str]) -> None:
        """Let contacts that came since, each by its number, and notes written since be whose they are."""
        files = {file.id: file for file in await kept.list_files(now.session, [done.kept, done.gone])}
        if done.filled.get("made_by_us") is False and _is_but_a_number(files[done.kept].details):
            await merges.fill(now.session, done.kept, {}, now.at, made_by_us=True)
        theirs = {phone.number for phone in files[done.gone].details.phones}
        holders = await store.holders(now.session, theirs & set(since.values()))
        for number, peoples in sorted(holders.items()):
            whose = peoples[0] if len(peoples) == 1 else None
            contacts = [id_ for id_, its in since.items() if its == number]
            if whose != done.kept:
                await store_interactions.give_to(now.session, contacts, whose)
                await noting.take_along(now, contacts, done.kept, whose)
        noted = await store_matters.list_noted_since(now.session, done.kept, done.gone, done.at)
        await noting.take_along(now, noted, done.kept, done.gone)

    async def merges_of(self, customer: str) -> list[Merge]:
        """List the merges into a customer that can still be undone, the newest first."""
        since = self._desk.clock.now() - UNDO
        async with self._desk.db.reading() as session:
            return await merges.list_of(session, customer, since)

    async def suggest(self, customer: str | None = None, limit: int = 20) -> list[Suggestion]:
        """Suggest who might be one: the same number, mail address, or name in the same organisation.

        A switchboard's number makes nobody the same.
        """
        async with self._desk.db.reading() as session:
            pairs = await merges.list_alike(session, customer, limit * _ALIKE, _ALIKE)
            said = await merges.list_distinct(session, {pair.ids for pair in pairs})
            short = await store.customers_of(session, {id_ for pair in pairs for id_ in pair.ids})
        found: dict[tuple[str, str], Suggestion] = {}
        for pair in pairs:
            one, other = (short[id_] for id_ in pair.ids)
            if pair.ids not in said and _may_be_one(one, other):
                found.setdefault(pair.ids, Suggestion(one, other, pair.why))
        return list(found.values())[:limit]

    async def are_two(self, one: str, other: str, by: str) -> None:
        """Note that two who look like one are not, so that nobody suggests it again. Raises NoSuchCustomer."""
        async with self._desk.writing(by) as now:
            for customer in sorted((one, other)):
                await now.customer(customer)
            if one != other and await merges.set_apart(now.session, min(one, other), max(one, other)):
                now.changed(one, "told apart", about=other)

    async def forget_old(self, limit: int = 100) -> int:
        """Remove those who were merged into another so long ago that it cannot be undone; return how many."""
        async with self._desk.db.writing() as session:
            old = await merges.list_before(session, self._desk.clock.now() - UNDO, limit)
            for merge in old:
                await store_moving.keep_looks(session, merge.gone, merge.kept)
            await merges.remove(session, [merge.id for merge in old])
            await kept.remove(session, [merge.gone for merge in old])
        return len(old)

    async def _found_again(self, now: Writing, ids: list[str]) -> list[CustomerFile]:
        files: list[CustomerFile] = await kept.list_files(now.session, ids)
        await store.put_words(now.session, await kept.found_by(now.session, files))
        for file in files:
            if file.details.kind is Kind.ORGANISATION:
                for some in store.some_at_once(await store.list_ids_of_people(now.session, file.id)):
                    people = await kept.list_files(now.session, some)
                    await store.put_words(now.session, await kept.found_by(now.session, people))
        return files


def _require_mergeable(one: CustomerFile, other: CustomerFile) -> None:
    if one.id == other.id:
        raise NotPossible("these are the same customer")
    if one.merged_into is not None or other.merged_into is not None:
        raise NotPossible("one of them was merged into another: undo that first, or take that one")
    if one.details.kind is not other.details.kind:
        raise NotPossible("a person and an organisation are not one")
    if one.id == other.details.organisation or other.id == one.details.organisation:
        raise NotPossible("one of them belongs to the other")


def _missing(one: Details, other: Details) -> dict[str, Any]:
    """Return what the other has and the one lacks."""
    values: dict[str, Any] = {
        name: getattr(other, name) for name in _FILLED if not getattr(one, name) and getattr(other, name)
    }
    fields = {name: value for name, value in other.fields.items() if name not in one.fields}
    lists = {
        name: [value for value in getattr(other, name) if value not in getattr(one, name)]
        for name in ("tags", "insiders")
    }
    return {**values, **({"fields": fields} if fields else {}), **{name: more for name, more in lists.items() if more}}


def _is_but_a_number(details: Details) -> bool:
    """Tell whether nobody wrote anything of this one, who was made of a number."""
    return len(details.phones) == 1 and replace(details, phones=()) == Details("")


def _filling(filled: dict[str, Any]) -> dict[str, Any]:
    return {name: [None, value] for name, value in filled.items()}


def _may_be_one(one: Customer, other: Customer) -> bool:
    return one.kind is other.kind and one.id not in (other.organisation,) and other.id != one.organisation
