"""Owns appending to the journal: taken at once, grouped, stored by one task, then acknowledged.

Knows no kind of entry, and not where entries are kept (ledger/safekeeping.py).
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ledger.acknowledgement import Ack
from ledger.clock import Clock, SystemClock
from ledger.database import Database
from ledger.emergency import EmergencyFiles
from ledger.entry import Entry, StoredEntry, storable
from ledger.errors import EntryNotStorable, JournalClosed, JournalFull, JournalLate
from ledger.journal_reads import JournalReads
from ledger.log import Log
from ledger.safekeeping import FIRST_PAUSE, GROUP_LIMIT, Safekeeping
from ledger.subscriptions import BUFFER, Subscription, Subscriptions

GROUP_SECONDS = 0.010
"""The least time between two groups: who awaits an acknowledgement waits about so long."""
GATHER_SECONDS = 0.1
"""So long an entry that nobody waits for may wait for others: each group costs the disk and us the same."""
CAPACITY = 10_000
_log = Log(__name__)


@dataclass(frozen=True)
class JournalCounters:
    """How the journal is doing; all but the last three only grow."""

    appended: int
    committed: int
    into_emergency_files: int
    refused_full: int
    not_stored: int
    missed_by_subscribers: int
    waiting: int
    lag_seconds: float
    on_emergency_files: bool


@dataclass(frozen=True)
class _Waiting:
    entry: Entry
    since: float
    ack: Ack


class Journal(JournalReads):
    """The journal with its writer. Make it with `await Journal.open(...)`; close it before its database."""

    def __init__(
        self,
        db: Database,
        emergency: EmergencyFiles,
        clock: Clock,
        *,
        capacity: int = CAPACITY,
        group_seconds: float = GROUP_SECONDS,
        first_pause: float = FIRST_PAUSE,
    ) -> None:
        super().__init__(db)
        self._emergency = emergency
        self._clock = clock
        self._capacity = capacity
        self._group_seconds = group_seconds
        self._subscriptions = Subscriptions()
        self._safe = Safekeeping(db, emergency, self._publish, first_pause=first_pause)
        self._waiting: deque[_Waiting] = deque()
        self._in_hand: Sequence[_Waiting] = ()
        self._arrived = asyncio.Event()
        self._hurry = asyncio.Event()
        self._room = asyncio.Event()
        self._closing = False
        self._tasks: list[asyncio.Task[None]] = []
        self._appended = self._refused_full = self._not_stored = 0

    @classmethod
    async def open(
        cls,
        db: Database,
        folder: Path,
        *,
        clock: Clock | None = None,
        capacity: int = CAPACITY,
        group_seconds: float = GROUP_SECONDS,
    ) -> Self:
        """Start the writer; `folder` keeps emergency files, and those a dead process left are stored first.

        Raises OSError when the folder cannot be used.
        """
        emergency = await asyncio.to_thread(EmergencyFiles, folder)
        journal = cls(db, emergency, clock or SystemClock(), capacity=capacity, group_seconds=group_seconds)
        journal.start()
        return journal

    def start(self) -> None:
        """Start the writer; `open` has done so already."""
        self._tasks = [
            asyncio.create_task(self._write_for_ever(), name="journal writer"),
            asyncio.create_task(self._safe.recover_for_ever(), name="journal recovery"),
        ]

    def append(self, entry: Entry) -> Ack:
        """Take an entry to be stored, and return at once.

        Raises EntryNotStorable, JournalClosed, JournalFull; then nothing was taken.
        """
        if self._closing:
            raise JournalClosed
        if self._unacknowledged >= self._capacity:
            self._refused_full += 1
            raise JournalFull(self._capacity)
        waiting = _Waiting(storable(entry), self._clock.monotonic(), Ack(self._hurry.set))
        self._waiting.append(waiting)
        self._appended += 1
        self._arrived.set()
        if len(self._waiting) >= GROUP_LIMIT:
            self._hurry.set()
        return waiting.ack

    async def append_wait(self, entry: Entry, timeout: float = 30.0) -> Ack:
        """Append as soon as there is room; raises JournalFull when there is none within `timeout` seconds."""
        with contextlib.suppress(TimeoutError):  # append itself says when it is still full
            async with asyncio.timeout(timeout):
                while self._unacknowledged >= self._capacity and not self._closing:
                    self._room.clear()
                    await self._room.wait()
        return self.append(entry)

    @contextmanager
    def subscribe(self, *, after_seq: int = 0, buffer: int = BUFFER) -> Iterator[Subscription]:
        """Give every entry this process commits from now on; an entry in an emergency file comes later.

        Subscribe first, read the past second; `after_seq` is what a Gap before the first entry points at.
        """
        with self._subscriptions.subscribed(after_seq, buffer) as subscription:
            yield subscription

    @property
    def counters(self) -> JournalCounters:
        """Say how the journal is doing now."""
        oldest = next(iter(self._in_hand or self._waiting), None)
        return JournalCounters(
            appended=self._appended,
            committed=self._safe.committed,
            into_emergency_files=self._safe.into_files,
            refused_full=self._refused_full,
            not_stored=self._not_stored,
            missed_by_subscribers=self._subscriptions.dropped,
            waiting=self._unacknowledged,
            lag_seconds=self._clock.monotonic() - oldest.since if oldest else 0.0,
            on_emergency_files=self._safe.on_files,
        )

    async def drain(self, timeout: float) -> None:
        """Wait until all appended before is decided; raises JournalLate after `timeout` seconds."""
        pending = [waiting.ack for waiting in (*self._in_hand, *self._waiting)]
        try:
            async with asyncio.timeout(timeout):
                await asyncio.gather(*pending, return_exceptions=True)
        except TimeoutError as late:
            raise JournalLate from late

    async def close(self, timeout: float = 10.0) -> None:
        """Take no more, store what waits, stop; what is on no disk after `timeout` seconds is NotStored."""
        self._closing = True
        self._room.set()
        with contextlib.suppress(JournalLate):
            await self.drain(timeout)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for waiting in (*self._in_hand, *self._waiting):
            self._fail(waiting, "the journal was closed")
        self._waiting.clear()
        self._in_hand = ()
        await asyncio.to_thread(self._emergency.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.close()

    @property
    def _unacknowledged(self) -> int:
        return len(self._waiting) + len(self._in_hand)

    async def _write_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        next_group = 0.0
        while True:
            await self._arrived.wait()
            # What nobody waits for gathers for a while; somebody who waits has the group of that moment stored.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GATHER_SECONDS):
                    await self._hurry.wait()
            self._hurry.clear()
            await asyncio.sleep(max(0.0, next_group - loop.time()))
            next_group = loop.time() + self._group_seconds
            self._in_hand = [self._waiting.popleft() for _ in range(min(GROUP_LIMIT, len(self._waiting)))]
            if not self._waiting:
                self._arrived.clear()
            elif self._closing:
                self._hurry.set()
            await self._store(self._in_hand)
            self._in_hand = ()
            self._room.set()

    def _publish(self, entries: Sequence[StoredEntry]) -> None:
        self._recent.add(entries)
        self._subscriptions.publish(entries)

    async def _store(self, group: Sequence[_Waiting]) -> None:
        try:
            refused = await self._safe.store([waiting.entry for waiting in group])
        except Exception as error:  # noqa: BLE001 - a fault of ours; the next group deserves its chance
            _log.error("a group of journal entries could not be stored", entries=len(group), exc_info=error)
            refused = {waiting.entry.id: error for waiting in group}
        for waiting in group:
            if (why := refused.get(waiting.entry.id)) is not None:
                self._fail(waiting, EntryNotStorable(why))
            else:
                waiting.ack.stored()

    def _fail(self, waiting: _Waiting, why: object) -> None:
        if not waiting.ack.done:
            self._not_stored += 1
            waiting.ack.failed(why)
