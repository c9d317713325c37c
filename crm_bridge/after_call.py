"""What an agent says after a call: what came of it, a note, what is to be done next, and whose call it was.

Owns that none of it is lost: what is about a contact of nobody's is kept with the contact until somebody says whose it
is, and is that customer's then. What came of a call goes into the journal; what people write does not.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from callrouter.events import CallDisposed, Event
from crm_bridge import rules, store_held, store_interactions, store_matters
from crm_bridge.model import Activity, NoSuchCustomer, Note, NotPossible, NotValid
from crm_bridge.store_held import Held
from crm_bridge.writing import Desk, Writing
from ledger.ids import new_id

#: Interactions whose notes find their customer in one go.
_AT_ONCE = 200


class Record(Protocol):
    """The way into the journal, such as `Chronicle.record`."""

    def __call__(self, event: Event, *, id: str) -> Awaitable[object]:
        """Store the event or raise LedgerError; the answer can be awaited and comes when it is on disk."""


@dataclass(frozen=True)
class Said:
    """What an agent says after a call; `next` is what is to be done, by `due`."""

    disposition: str = ""
    note: str = ""
    next: str = ""
    due: datetime | None = None


@dataclass(frozen=True)
class Talked:
    """The call it is said of: the person of the site who talked, and the department he did it for."""

    call: str
    person: str
    department: str = ""


class AfterCall:
    """Writes down what is said after calls."""

    def __init__(self, desk: Desk, record: Record) -> None:
        self._desk = desk
        self._record = record

    async def say(self, talked: Talked, said: Said, customer: str | None, by: str) -> bool:
        """Write down what was said; True if it is in a customer's file, False while it is kept with the call.

        The agent is told to be done with the call once it is on disk. Raises NotValid, LedgerError.
        """
        said = _valid(said)
        filed = await self._write(talked.call, said, customer, by)
        event = CallDisposed(
            at=self._desk.clock.now(),
            call=talked.call,
            agent=talked.person,
            department=talked.department,
            disposition=said.disposition,
        )
        await self._record(event, id=new_id())
        return filed

    async def give(self, call: str, customer: str, by: str) -> None:
        """Say by hand whose a call is, at once, even while it rings; what was noted of it goes along.

        Raises NoSuchCustomer, NotPossible.
        """
        async with self._desk.writing(by) as now:
            await now.customer(customer)
            before = await store_interactions.find(now.session, call)
            was = (await store_interactions.assigned_of(now.session, [call])).get(call)
            was = was or (before.customer if before is not None else None)
            # The contact itself is written down a moment later than it happens, and then it is found to be given.
            await store_interactions.assign(now.session, call, customer, by, now.at)
            for whose, what in ((was, "interaction taken away"), (customer, "interaction given")):
                if whose is not None and was != customer:
                    now.changed(whose, what, about=call)
            await _settle(now, call, customer)

    async def held(self, call: str) -> list[Held]:
        """List what is kept with a call that is nobody's, in order."""
        async with self._desk.db.reading() as session:
            return await store_held.list_about(session, call)

    async def settle(self) -> int:
        """Put what is kept with calls into the files of those whose they are by now; return how many calls."""
        async with self._desk.db.reading() as session:
            found = await store_held.whose(session, _AT_ONCE)
        settled = 0
        for call, customer in found.items():
            try:
                async with self._desk.writing("") as now:
                    await now.customer(customer)
                    await _settle(now, call, customer)
            except (NoSuchCustomer, NotPossible):  # erased or merged a moment ago: it is somebody else's, or stays here
                continue
            settled += 1
        return settled

    async def _write(self, call: str, said: Said, customer: str | None, by: str) -> bool:
        if not (said.note or said.disposition or said.next):
            return customer is not None
        async with self._desk.writing(by) as now:
            held = Held(new_id(), call, now.at, by, said.note, said.disposition, said.next, said.due)
            if customer is not None:
                try:
                    await now.customer(customer)
                except (NoSuchCustomer, NotPossible):  # gone while the agent wrote: the note is not
                    customer = None
            if customer is None:
                await store_held.add(now.session, held)
            else:
                await _file(now, held, customer)
        return customer is not None


async def _settle(now: Writing, call: str, customer: str) -> None:
    held = await store_held.list_about(now.session, call)
    for one in held:
        await _file(now, one, customer)
    await store_held.remove(now.session, [one.id for one in held])


async def _file(now: Writing, held: Held, customer: str) -> None:
    """Write a note and what is to be done next into a customer's file, as of when it was said and by whom."""
    if held.text or held.disposition:
        note = Note(held.id, customer, held.at, held.by, held.text, held.interaction, held.disposition)
        await store_matters.add_note(now.session, note)
        data = {"about": note.id, "interaction": note.interaction, "disposition": note.disposition}
        now.changed(customer, "note added", about=note.id, changes={}, data=data)
    if held.next and held.due is not None:
        activity = Activity(new_id(), customer, held.next, held.due, held.at, held.by)
        await store_matters.add_activity(now.session, activity)
        data = {"about": activity.id, "due": activity.due.isoformat(), "whose": activity.whose}
        changes = {"what": ["", activity.what], "due": ["", activity.due.isoformat()], "whose": ["", activity.whose]}
        now.changed(customer, "activity added", about=activity.id, changes=changes, data=data)


def _valid(said: Said) -> Said:
    if bool(said.next) != (said.due is not None):
        raise NotValid("what is to be done next has a day, and a day has something to be done: write both, or neither")
    return Said(
        rules.line("disposition", said.disposition, 80),
        rules.lines("note", said.note, rules.NOTE),
        rules.lines("activity", said.next) if said.next else "",
        said.due,
    )
