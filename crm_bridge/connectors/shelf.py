"""What is kept for one receiver, and how far it has read the journal: every change is one transaction, one at a time.

Owns which changes belong together, so that whenever the process dies, everything is either behind the position or on
the shelf. Knows neither the wire nor what an event means.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge.connectors import deeds_store, store
from crm_bridge.connectors.fate import End, Fate, fates
from crm_bridge.connectors.lane import Item, Run
from crm_bridge.connectors.model import Deed, DeedKind, Occasion, Waiting, WaitingState
from ledger.clock import Clock
from ledger.database import Database
from ledger.journal_reads import Batch, JournalReads

#: Of one lane in one go; a payload may be as large as a journal entry.
IN_ONE_RUN: Final = 20


def reader_of(receiver: str) -> str:
    """Return the name under which a receiver reads the journal."""
    return f"connector {receiver}"


@dataclass(frozen=True)
class Taken:
    """What of a batch leaves, lane by lane in order, and the runs that were begun with it.

    A run `in_flight` goes on: what it holds is kept, and settled when it has ended.
    """

    batch: Batch
    lanes: Mapping[str, Sequence[Occasion]]
    runs: Mapping[str, Run]
    in_flight: Collection[str]


class Shelf:
    """The rows of one receiver. `maybe_waiting` is False only while nothing of it waits."""

    def __init__(self, receiver: str, db: Database, journal: JournalReads, clock: Clock) -> None:
        self._receiver = receiver
        self._db = db
        self._journal = journal
        self._clock = clock
        self._turn = asyncio.Lock()
        self._last_success: datetime | None = None
        self._added = 0
        self.maybe_waiting = True

    async def begin(self) -> None:
        """Begin with what happens from now on if the receiver is new; let all that waits be due. Raises DatabaseError.

        What was under way when the last process died is among it.
        """
        newest = await self._journal.newest_seq()
        now = self._clock.now()
        async with self._turn, self._db.writing() as session:
            if await store.join(session, self._receiver, now):
                await self._journal.rewind(session, reader_of(self._receiver), newest)
            await store.make_due(session, self._receiver, now)
            await store.promote_all(session, self._receiver, now)
            told = await store.list_told(session)
        self._last_success = told[self._receiver].success

    async def lanes_waiting(self, occasions: Sequence[Occasion]) -> dict[str, str]:
        """Return the lanes that wait, by lane and by call, of these occasions. Raises DatabaseError."""
        if not self.maybe_waiting:
            return {}
        async with self._db.reading() as session:
            return await store.lanes_waiting(session, self._receiver, occasions)

    async def take(self, taken: Taken) -> dict[str, int]:
        """Move behind a batch and keep what of it has not arrived; return how many results of each run are in that.

        Raises DatabaseError, ReaderMoved; then nothing has changed.
        """
        now = self._clock.now()
        seen = {lane: len(run.results) for lane, run in taken.runs.items()}
        ends = [fate for run in taken.runs.values() for fate in self._fates(run, 0, now)]
        left = [o for lane, occasions in taken.lanes.items() for o in occasions[seen.get(lane, 0) :]]
        keeps = bool(left) or any(fate.end is not End.ARRIVED for fate in ends)
        if keeps:
            self._something_waits()
        async with self._turn, self._db.writing() as session:
            await taken.batch.commit_position(session)
            before = await store.lanes_waiting(session, self._receiver, left) if left else {}
            rows = [self._kept(fate, now) for fate in ends if fate.end is not End.ARRIVED]
            headed = {fate.occasion.lane for fate in ends if fate.end is End.WAITS}
            headed |= {*before.values(), *taken.in_flight}
            for occasion in left:
                rows.append(self._parked(occasion, None if occasion.lane in headed else now, now))
                headed.add(occasion.lane)
            await store.park(session, rows)
            await self._tell(session, ends, now)
        if keeps:
            self._something_waits()
        return seen

    async def settle(self, ended: Sequence[tuple[Run, int]]) -> None:
        """Write what became of runs whose things are kept, each from a number of results on. Raises DatabaseError."""
        now = self._clock.now()
        ends = [fate for run, begin in ended for fate in self._fates(run, begin, now)]
        async with self._turn, self._db.writing() as session:
            await store.remove(session, self._receiver, [f.occasion.id for f in ends if f.end is End.ARRIVED])
            for fate in ends:
                if fate.end is not End.ARRIVED:
                    await store.put_attempt(
                        session, self._receiver, fate.occasion.id, fate.attempts, fate.reply, fate.next_at
                    )
            for run, _ in ended:
                await store.promote(session, self._receiver, run.lane, now)
            await self._tell(session, ends, now)

    async def all_due(self) -> None:
        """Let everything that waits for its time go now, as if for the first time. Raises DatabaseError.

        What was tried in vain while the receiver answered nobody says nothing of the things that were tried.
        """
        async with self._turn, self._db.writing() as session:
            await store.make_due(session, self._receiver, self._clock.now())
            await store.forget_attempts(session, self._receiver)

    async def send_again(self, entry: str | None, by: str) -> int:
        """Let one thing go now, or all that has failed, and what waits with it; return how many that had failed, or 1.

        Raises DatabaseError.
        """
        now = self._clock.now()
        async with self._turn, self._db.writing() as session:
            count = await store.retry_failed(session, self._receiver, entry, now)
            if entry is None:
                await store.make_due(session, self._receiver, now)
            elif not count:
                count = await store.hurry(session, self._receiver, entry, now)
            if entry is None or count:
                await self._done(session, Deed(now, by, DeedKind.AGAIN, count, entry or ""))
        self._something_waits()
        return count

    async def drop(self, entry: str, by: str) -> int:
        """Forget one thing; return 0 when it is not there. Raises DatabaseError."""
        now = self._clock.now()
        async with self._turn, self._db.writing() as session:
            lanes = await store.drop(session, self._receiver, entry)
            for lane in lanes:
                await store.promote(session, self._receiver, lane, now)
            if lanes:
                await self._done(session, Deed(now, by, DeedKind.DROPPED, len(lanes), entry))
        return len(lanes)

    async def drop_all(self, state: WaitingState, until: int, by: str) -> int:
        """Forget all that is in one state, up to number `until` of the journal; return how many.

        Raises DatabaseError.
        """
        now = self._clock.now()
        async with self._turn, self._db.writing() as session:
            count = await store.drop_all(session, self._receiver, state, until)
            if state is WaitingState.WAITING:
                await store.promote_all(session, self._receiver, now)
            if count:
                await self._done(session, Deed(now, by, DeedKind.DROPPED, count, state.value))
        return count

    async def due(self, limit: int, but: Collection[str], *, whenever: bool = False) -> list[Run]:
        """List runs whose time has come, or comes next (`whenever`), of no lane of `but`. Raises DatabaseError."""
        runs = []
        until = None if whenever else self._clock.now()
        async with self._db.reading() as session:
            for lane in await store.due_lanes(session, self._receiver, until, but, limit):
                rows = await store.list_lane(session, self._receiver, lane, IN_ONE_RUN)
                items = tuple(Item(row.occasion, row.attempts, row.parked_at) for row in rows)
                runs.append(Run(lane, items))
        return runs

    async def next_due(self, but: Collection[str]) -> datetime | None:
        """Return when the next lane's time comes, None when none has one. Raises DatabaseError."""
        added = self._added
        async with self._db.reading() as session:
            anything, at = await store.next_due(session, self._receiver, but)
        if not anything and added == self._added:
            self.maybe_waiting = False
        return at

    async def tested(self, by: str, taken: bool) -> None:
        """Write down that somebody has tested the receiver. Raises DatabaseError."""
        async with self._db.writing() as session:
            deed = Deed(self._clock.now(), by, DeedKind.TESTED, about="taken" if taken else "not taken")
            await self._done(session, deed)

    async def _done(self, session: AsyncSession, deed: Deed) -> None:
        await deeds_store.add(session, self._receiver, deed)

    def _something_waits(self) -> None:
        """Say so before and after a change: who looks meanwhile and sees nothing must not believe it."""
        self._added += 1
        self.maybe_waiting = True

    def _fates(self, run: Run, begin: int, now: datetime) -> list[Fate]:
        return list(fates(run, begin, now, random.random(), self._last_success))  # noqa: S311 - spreads waits

    async def _tell(self, session: AsyncSession, ends: Sequence[Fate], now: datetime) -> None:
        arrived = any(fate.end is End.ARRIVED for fate in ends)
        wrong = next((fate.reply for fate in reversed(ends) if fate.end is not End.ARRIVED), None)
        told = store.Told(now if arrived else None, wrong or "", None if wrong is None else now)
        await store.put_told(session, self._receiver, told)
        if arrived:
            self._last_success = now

    def _kept(self, fate: Fate, now: datetime) -> Waiting:
        state = WaitingState.FAILED if fate.end is End.FAILED else WaitingState.WAITING
        return Waiting(self._receiver, fate.occasion, state, fate.attempts, now, fate.next_at, fate.reply)

    def _parked(self, occasion: Occasion, next_at: datetime | None, now: datetime) -> Waiting:
        return Waiting(self._receiver, occasion, WaitingState.WAITING, 0, now, next_at, "")
