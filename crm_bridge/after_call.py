"""What an agent says after a call: what came of it, a note, what is to be done next, and whose call it was.

Owns that none of it is lost: what is about a contact of nobody's is kept with the contact until somebody says whose it
is, and is that customer's then. What came of a call goes into the journal; what people write does not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from callrouter.events import CallDisposed, Event
from crm_bridge import noting, rules, store_held, store_interactions
from crm_bridge.model import NoSuchCustomer, NotPossible, NotValid
from crm_bridge.store_held import Held
from crm_bridge.writing import Cabinet

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

    def __init__(self, cabinet: Cabinet, record: Record) -> None:
        self._cabinet = cabinet
        self._record = record

    async def say(
        self,
        talked: Talked,
        said: Said,
        customer: str | None,
        by: str,
        *,
        once: str = "",
        forgotten: Callable[[], bool] = bool,
    ) -> bool:
        """Write down what was said; True if it is in a customer's file, False while it is kept with the call.

        The agent is told to be done with the call once it is on disk. The same words of the same form, which `once`
        names, are written once however often they are sent. Raises NotValid, LedgerError, and NotPossible for words
        about somebody who was `forgotten`: nobody would ever be told whose they are.
        """
        said = _valid(said)
        due = said.due.isoformat() if said.due is not None else ""
        id_ = noting.id_of(talked.call, by, once, said.disposition, said.note, said.next, due)
        filed = await self._write(id_, talked.call, said, customer, by, forgotten)
        event = CallDisposed(
            at=self._cabinet.clock.now(),
            call=talked.call,
            agent=talked.person,
            department=talked.department,
            disposition=said.disposition,
        )
        await self._record(event, id=noting.id_of(id_, talked.person, talked.department))
        return filed

    async def give(self, call: str, customer: str, by: str) -> None:
        """Say by hand whose a call is, at once, even while it rings; what was noted of it goes along.

        Raises NoSuchCustomer, NotPossible.
        """
        async with self._cabinet.writing(by) as now:
            await now.customer(customer)
            before = await store_interactions.find(now.session, call)
            was = (await store_interactions.assigned_of(now.session, [call])).get(call)
            was = was or (before.customer if before is not None else None)
            # The contact itself is written down a moment later than it happens, and then it is found to be given.
            await store_interactions.assign(now.session, call, customer, by, now.at)
            for whose, what in ((was, "interaction taken away"), (customer, "interaction given")):
                if whose is not None and was != customer:
                    now.changed(whose, what, about=call)
            if was is not None or before is None:
                await noting.take_along(now, [call], was, customer)
            await noting.settle(now, call, customer)

    async def held(self, call: str) -> list[Held]:
        """List what is kept with a call that is nobody's, in order."""
        async with self._cabinet.db.reading() as session:
            return await store_held.list_about(session, call)

    async def settle(self) -> int:
        """Put what is kept with calls into the files of those whose they are by now; return how many calls."""
        async with self._cabinet.db.reading() as session:
            found = await store_held.whose(session, _AT_ONCE)
        settled = 0
        for call, customer in found.items():
            try:
                async with self._cabinet.writing("") as now:
                    await now.customer(customer)
                    await noting.settle(now, call, customer)
            except (NoSuchCustomer, NotPossible):  # erased or merged a moment ago: it is somebody else's, or stays here
                continue
            settled += 1
        return settled

    async def _write(
        self, id_: str, call: str, said: Said, customer: str | None, by: str, forgotten: Callable[[], bool]
    ) -> bool:
        if not (said.note or said.disposition or said.next):
            return customer is not None
        async with self._cabinet.writing(by) as now:
            held = Held(id_, call, now.at, by, said.note, said.disposition, said.next, said.due)
            if customer is not None:
                try:
                    await now.customer(customer)
                except (NoSuchCustomer, NotPossible):  # gone while the agent wrote: the note is not
                    customer = None
            if customer is not None:
                await noting.file(now, held, customer)
            elif not forgotten():
                await store_held.add(now.session, held)
            elif said.note or said.next:
                raise NotPossible("this person was forgotten for good, and nothing is written about them any more")
        return customer is not None


def _valid(said: Said) -> Said:
    if bool(said.next) != (said.due is not None):
        raise NotValid("what is to be done next has a day, and a day has something to be done: write both, or neither")
    return Said(
        rules.line("disposition", said.disposition, 80),
        rules.lines("note", said.note, rules.NOTE),
        rules.lines("activity", said.next) if said.next else "",
        said.due,
    )
