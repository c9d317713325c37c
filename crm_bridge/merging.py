"""Two customers who are one: merging them, undoing that within 14 days, and suggesting who might be.

Everything of the one moves to the other; what was moved is written down, and undoing moves exactly that back, but for
what somebody said by hand meanwhile. SQL is in `store_moving` and `store_merges`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from crm_bridge import noting, rules, store, store_interactions, store_matters, store_moving
from crm_bridge import store_customers as kept
from crm_bridge import store_merges as merges
from crm_bridge.holding import absorb
from crm_bridge.model import Customer, CustomerFile, Details, Kind, NoSuchCustomer, NotPossible
from crm_bridge.store_merges import Merge
from crm_bridge.writing import Cabinet, Writing
from ledger.ids import new_id

#: A merge can be undone for so long.
UNDO = timedelta(days=14)
#: Fields that the one who stays is given where he has none.
_FILLED = ("name", "organisation", "address", "website", "language", "status", "owner")
#: What a customer has several of, by what tells them apart.
_SEVERAL: Mapping[str, Callable[[Details], set[object]]] = {
    "numbers": lambda d: {phone.number for phone in d.phones},
    "mail addresses": lambda d: {mail.address for mail in d.mails},
    "handles": lambda d: set(d.handles),
    "people of ours": lambda d: set(d.insiders),
    "people concerned": lambda d: set(d.relations),
    "tags": lambda d: set(d.tags),
}
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

    def __init__(self, cabinet: Cabinet) -> None:
        self._cabinet = cabinet

    async def merge(self, keep: str, gone: str, by: str) -> str:
        """Move everything of `gone` to `keep`, and return the merge's id, by which it is undone.

        Raises NoSuchCustomer, and NotPossible for a person and an organisation, one merged already, or two who have
        together more of something than a customer may have.
        """
        async with self._cabinet.writing(by) as now:
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
        async with self._cabinet.db.reading() as session:
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
        async with self._cabinet.writing(by) as now:
            done = await merges.find(now.session, merge)
            if done is None or done.at + UNDO < now.at:
                raise NotPossible("this merge cannot be undone any more")
            # Locked in the order in which a merge locks them: nobody merges the one who was kept meanwhile.
            files = {id_: await kept.find(now.session, id_, lock=True) for id_ in sorted({done.kept, done.gone})}
            one, other = files[done.kept], files[done.gone]
            if one is None or other is None:
                raise NotPossible("this merge cannot be undone any more")
            if one.merged_into is not None:
                raise NotPossible("undo first the merge of this one into another")
            others = [m for m in await merges.list_into(now.session, done.kept) if m.id != merge]
            await merges.show(now.session, done.gone, now.at)
            since = await store_moving.list_come_since(now.session, merge, done.kept, done.gone)
            pairs = [(standing.id, standing.gone) for standing in others]
            await store_moving.move_back(now.session, merge, done.kept, done.gone, pairs)
            await merges.empty(now.session, done.kept, done.filled, now.at)
            await self._fill_again(now, done, others)
            await self._part(now, done, since)
            await merges.remove(now.session, [merge])
            await self._found_again(now, [done.kept, done.gone])
            for customer in (done.kept, done.gone):
                now.changed(customer, "merge undone", about=merge)

    async def _fill_again(self, now: Writing, done: Merge, others: list[Merge]) -> None:
        """Give the one who stays, of what was taken back, what others who are merged into him have as well."""
        for other in others:
            files = {file.id: file for file in await kept.list_files(now.session, [done.kept, other.gone])}
            one, theirs = files[done.kept], files[other.gone]
            filled = _of_those(_missing(one.details, theirs.details), done.filled)
            if done.filled.get("made_by_us") is False and not theirs.made_by_us:
                filled["made_by_us"] = False
            if filled:
                await merges.put_filled(now.session, other.id, _together(other.filled, filled))
                filled.pop("made_by_us", None)
                await merges.fill(now.session, done.kept, filled, now.at, made_by_us=one.made_by_us)

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
        since = self._cabinet.clock.now() - UNDO
        async with self._cabinet.db.reading() as session:
            return await merges.list_of(session, customer, since)

    async def suggest(self, customer: str | None = None, limit: int = 20) -> list[Suggestion]:
        """Suggest who might be one: the same number, mail address, or name in the same organisation.

        A switchboard's number makes nobody the same.
        """
        async with self._cabinet.db.reading() as session:
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
        async with self._cabinet.writing(by) as now:
            for customer in sorted((one, other)):
                await now.customer(customer)
            if one != other and await merges.set_apart(now.session, min(one, other), max(one, other)):
                now.changed(one, "told apart", about=other)

    async def forget_old(self, limit: int = 100) -> int:
        """Remove those who were merged into another so long ago that it cannot be undone; return how many."""
        async with self._cabinet.db.writing() as session:
            old = await merges.list_before(session, self._cabinet.clock.now() - UNDO, limit)
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
    for what, of in _SEVERAL.items():
        own, together = of(one.details), of(one.details) | of(other.details)
        if len(together) > max(rules.MOST, len(own)):  # nobody could save this customer afterwards
            few = f"a customer has at most {rules.MOST}: remove some of them first"
            raise NotPossible(f"together they have {len(together)} {what}, and {few}")


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


def _of_those(missing: Mapping[str, Any], taken: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of the missing was taken just now: a column, or some of a list or of the own fields."""
    found: dict[str, Any] = {}
    for name in missing.keys() & taken.keys():
        match missing[name]:
            case Mapping() as fields:
                found[name] = {key: value for key, value in fields.items() if key in taken[name]}
            case list() as values:
                found[name] = [value for value in values if value in taken[name]]
            case value:
                found[name] = value
    return {name: value for name, value in found.items() if value}


def _together(one: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return both; lists and own fields are added to."""
    found = {**one, **more}
    for name in one.keys() & more.keys():
        if isinstance(more[name], Mapping):
            found[name] = {**one[name], **more[name]}
        elif isinstance(more[name], list):
            found[name] = [*one[name], *more[name]]
    return found


def _is_but_a_number(details: Details) -> bool:
    """Tell whether nobody wrote anything of this one, who was made of a number."""
    return len(details.phones) == 1 and replace(details, phones=()) == Details("")


def _filling(filled: dict[str, Any]) -> dict[str, Any]:
    return {name: [None, value] for name, value in filled.items()}


def _may_be_one(one: Customer, other: Customer) -> bool:
    return one.kind is other.kind and one.id not in (other.organisation,) and other.id != one.organisation
