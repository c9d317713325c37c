"""The rules of what hangs on a customer: notes, matters (offers, orders, opportunities), and activities due.

Every change is a step of the customer's. SQL is in `store_matters`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeVar

from crm_bridge import rules
from crm_bridge import store_matters as store
from crm_bridge.model import Activity, ChangedMeanwhile, Matter, MatterKind, Note, NotPossible
from crm_bridge.writing import Cabinet, Writing
from ledger.ids import new_id

Found = TypeVar("Found", Note, Matter, Activity)

MOST = 1_000
_MATTER = ("kind", "title", "amount", "currency", "stage", "whose", "expected", "closed")
_ACTIVITY = ("what", "due", "whose", "matter")


class Matters:
    """Notes, matters and activities of all customers."""

    def __init__(self, cabinet: Cabinet) -> None:
        self._cabinet = cabinet

    # ---- notes

    async def add_note(
        self, customer: str, text: str, by: str, *, interaction: str = "", disposition: str = ""
    ) -> Note:
        """Write a note, about an interaction or about none. Raises NoSuchCustomer, NotValid."""
        text = rules.lines("note", text, rules.NOTE, required=not disposition)
        disposition = rules.line("disposition", disposition, 80)
        async with self._cabinet.writing(by) as now:
            await now.customer(customer)
            note = Note(new_id(), customer, now.at, by, text, interaction[:200], disposition)
            await store.add_note(now.session, note)
            data = {"about": note.id, "interaction": note.interaction, "disposition": disposition}
            now.changed(customer, "note added", about=note.id, changes={}, data=data)
        return note

    async def change_note(self, id_: str, text: str, by: str) -> Note:
        """Write a note's text anew; what it was stays in the step. Raises NotPossible, NotValid."""
        text = rules.lines("note", text, rules.NOTE, required=True)
        async with self._cabinet.writing(by) as now:
            note = await self._note(now, id_)
            if note.text != text:
                await store.write_note(now.session, id_, text)
                now.changed(note.customer, "note changed", about=id_, changes={"text": [note.text, text]})
        return replace(note, text=text)

    async def remove_note(self, id_: str, by: str) -> None:
        """Remove a note; what it was stays in the step. Raises NotPossible."""
        async with self._cabinet.writing(by) as now:
            note = await self._note(now, id_)
            await store.remove_note(now.session, id_)
            now.changed(note.customer, "note removed", about=id_, changes={"text": [note.text, ""]})

    async def notes(self, customer: str, limit: int = 100) -> list[Note]:
        """List a customer's notes, the newest first."""
        async with self._cabinet.db.reading() as session:
            return await store.list_notes(session, customer, min(limit, MOST))

    async def notes_about(self, interaction: str) -> list[Note]:
        """List the notes about an interaction, in order."""
        async with self._cabinet.db.reading() as session:
            return await store.notes_about(session, interaction)

    # ---- offers, orders, opportunities

    async def add_matter(
        self,
        customer: str,
        kind: MatterKind,
        title: str,
        by: str,
        *,
        amount: int = 0,
        currency: str = "",
        stage: str = "",
        whose: str | None = None,
        expected: date | None = None,
    ) -> Matter:
        """Begin a matter, in the site's first stage if none is named. Raises NoSuchCustomer, NotValid."""
        settings = self._cabinet.settings()
        whose = by if whose is None else whose
        async with self._cabinet.writing(by) as now:
            await now.customer(customer)
            new = Matter(
                new_id(), customer, kind, title, now.at, amount, currency or settings.currency, stage, whose, expected
            )
            new = self._closed_by_stage(rules.matter(new, settings), now.at.date())
            await store.add_matter(now.session, new)
            now.changed(
                customer, f"{kind.value} added", about=new.id, changes=_diff(None, new, _MATTER), data=_told(new)
            )
        return new

    async def change_matter(self, matter: Matter, by: str) -> Matter:
        """Write a matter over the version it carries; a stage that ends it closes it, any other opens it again.

        Raises ChangedMeanwhile when it has another version by now, NotPossible when it is gone, NotValid.
        """
        async with self._cabinet.writing(by) as now:
            before = await self._matter(now, matter.id)
            wanted = replace(matter, customer=before.customer, created_at=before.created_at)
            new = self._closed_by_stage(rules.matter(wanted, self._cabinet.settings()), now.at.date())
            if before.version != matter.version or not await store.write_matter(now.session, new):
                raise ChangedMeanwhile
            changes = _diff(before, new, _MATTER)
            what = f"{new.kind.value} changed"
            now.changed(new.customer, what, about=new.id, changes=changes, data={**_told(new), "fields": list(changes)})
        return replace(new, version=new.version + 1)

    async def remove_matter(self, id_: str, by: str) -> None:
        """Remove a matter; what it was stays in the step, its activities stay. Raises NotPossible."""
        async with self._cabinet.writing(by) as now:
            matter = await self._matter(now, id_)
            await store.remove_matter(now.session, id_)
            changes = {name: [old, None] for name, (_, old) in _diff(None, matter, _MATTER).items()}
            now.changed(matter.customer, f"{matter.kind.value} removed", about=id_, changes=changes)

    async def matters(self, customer: str, limit: int = 100) -> list[Matter]:
        """List a customer's matters, the open ones first, then the newest."""
        async with self._cabinet.db.reading() as session:
            return await store.list_matters(session, customer, min(limit, MOST))

    async def board(
        self, kind: MatterKind | None = MatterKind.OPPORTUNITY, *, closed: bool = False, limit: int = MOST
    ) -> list[Matter]:
        """List the open matters of all customers, or those that were closed: for the board."""
        async with self._cabinet.db.reading() as session:
            return await store.list_board(session, kind, closed, min(limit, MOST))

    # ---- what is to be done

    async def add_activity(
        self, customer: str, what: str, due: datetime, by: str, *, whose: str | None = None, matter: str | None = None
    ) -> Activity:
        """Note what is to be done, when and by whom. Raises NoSuchCustomer, NotPossible, NotValid."""
        what = rules.lines("activity", what, required=True)
        whose = by if whose is None else rules.line("owner", whose, 80)
        async with self._cabinet.writing(by) as now:
            await now.customer(customer)
            await self._require_theirs(now, customer, matter)
            new = Activity(new_id(), customer, what, due, now.at, whose, matter)
            await store.add_activity(now.session, new)
            data = {"about": new.id, "due": due.isoformat(), "whose": whose}
            now.changed(customer, "activity added", about=new.id, changes=_diff(None, new, _ACTIVITY), data=data)
        return new

    async def change_activity(self, activity: Activity, by: str) -> Activity:
        """Write an activity over the version it carries. Raises ChangedMeanwhile, NotPossible, NotValid."""
        wanted = replace(
            activity,
            what=rules.lines("activity", activity.what, required=True),
            whose=rules.line("owner", activity.whose, 80),
        )
        return await self._rewritten(wanted, by, "activity changed")

    async def done(self, id_: str, by: str, *, done: bool = True) -> Activity:
        """Note that an activity is done, or that it is not after all; twice is once. Raises NotPossible."""
        async with self._cabinet.writing(by) as now:
            before = await self._activity(now, id_)
            if (before.done_at is not None) == done:
                return before
            new = replace(before, done_at=now.at if done else None, done_by=by if done else "")
            await store.write_activity(now.session, new)
            now.changed(new.customer, "activity done" if done else "activity open again", about=id_, changes={})
        return replace(new, version=new.version + 1)

    async def remove_activity(self, id_: str, by: str) -> None:
        """Remove an activity; what it was stays in the step. Raises NotPossible."""
        async with self._cabinet.writing(by) as now:
            before = await self._activity(now, id_)
            await store.remove_activity(now.session, id_)
            now.changed(before.customer, "activity removed", about=id_, changes={"what": [before.what, ""]})

    async def activities(self, customer: str, limit: int = 100) -> list[Activity]:
        """List a customer's activities: what is to be done by its day, then what was done."""
        async with self._cabinet.db.reading() as session:
            return await store.list_activities(session, customer, min(limit, MOST))

    async def due(
        self, whose: str | None, until: datetime | None, limit: int = 100, *, since: datetime | None = None
    ) -> list[Activity]:
        """List what is to be done in a time, by one account or by all, the earliest first; None is without bound."""
        async with self._cabinet.db.reading() as session:
            return await store.list_due(session, whose, since, until, min(limit, MOST))

    async def count_due(self, whose: str | None, until: datetime) -> int:
        """Count what is to be done up to a time."""
        async with self._cabinet.db.reading() as session:
            return await store.count_due(session, whose, until)

    async def matter(self, id_: str) -> Matter:
        """Return one matter. Raises NotPossible."""
        async with self._cabinet.db.reading() as session:
            return _there(await store.find_matter(session, id_), "matter")

    async def activity(self, id_: str) -> Activity:
        """Return one activity. Raises NotPossible."""
        async with self._cabinet.db.reading() as session:
            return _there(await store.find_activity(session, id_), "activity")

    async def note(self, id_: str) -> Note:
        """Return one note. Raises NotPossible."""
        async with self._cabinet.db.reading() as session:
            return _there(await store.find_note(session, id_), "note")

    # ---- what these have in common

    async def _rewritten(self, wanted: Activity, by: str, what: str) -> Activity:
        async with self._cabinet.writing(by) as now:
            before = await self._activity(now, wanted.id)
            await self._require_theirs(now, before.customer, wanted.matter)
            kept = replace(wanted, customer=before.customer, created_at=before.created_at)
            kept = replace(kept, interaction=before.interaction)
            new = replace(kept, done_at=before.done_at, done_by=before.done_by)
            if before.version != wanted.version or not await store.write_activity(now.session, new):
                raise ChangedMeanwhile
            changes = _diff(before, new, _ACTIVITY)
            data = {"about": new.id, "fields": list(changes)}
            now.changed(new.customer, what, about=new.id, changes=changes, data=data)
        return replace(new, version=new.version + 1)

    def _closed_by_stage(self, matter: Matter, today: date) -> Matter:
        stage = self._cabinet.settings().stage(matter.stage)
        if stage is None or stage.ends is None:
            return replace(matter, closed=None)
        return replace(matter, closed=matter.closed or today)

    async def _require_theirs(self, now: Writing, customer: str, matter: str | None) -> None:
        if matter is not None and (await self._matter(now, matter)).customer != customer:
            raise NotPossible("this is another customer's")

    async def _note(self, now: Writing, id_: str) -> Note:
        return _there(await store.find_note(now.session, id_), "note")

    async def _matter(self, now: Writing, id_: str) -> Matter:
        return _there(await store.find_matter(now.session, id_), "matter")

    async def _activity(self, now: Writing, id_: str) -> Activity:
        return _there(await store.find_activity(now.session, id_), "activity")


def _there(found: Found | None, what: str) -> Found:
    if found is None:
        raise NotPossible(f"there is no such {what} any more")
    return found


def _told(matter: Matter) -> dict[str, Any]:
    """Return what may be told of a matter: no word of what people wrote."""
    told = {"about": matter.id, "kind": matter.kind.value, "stage": matter.stage}
    return {**told, "amount": matter.amount, "currency": matter.currency, "closed": matter.closed is not None}


def _diff(before: object, after: object, names: Sequence[str]) -> dict[str, Any]:
    """Return from what to what these fields changed, as JSON can say it."""
    pairs = {name: [_json(getattr(before, name, None)), _json(getattr(after, name))] for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1] and pair != [None, ""]}


def _json(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
