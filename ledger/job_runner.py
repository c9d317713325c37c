"""Owns running jobs: taking those that are due, a few at a time, and doing what their handlers decide.

A job is leased while it runs, and the lease is extended by heartbeats: when the process dies, another one, or the next
start, takes the job again. So a handler may run twice, and must be idempotent.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Self

from sqlalchemy.ext.asyncio import AsyncSession

from ledger import job_store as store
from ledger.backoff import Backoff
from ledger.clock import Clock, SystemClock
from ledger.database import Database
from ledger.errors import JobTimeout
from ledger.ids import new_id
from ledger.jobs import TOPIC, Decision, Done, GiveUp, Job, JobRecord, Jobs, Retry, record_of
from ledger.log import Log
from ledger.storable import storable_text

Handler = Callable[[JobRecord], Awaitable[Decision]]

LEASE_SECONDS = 60.0
LOOK_ANYWAY_SECONDS = 5.0
HANDLER_SECONDS = 3600.0
_DATABASE_PAUSE = 1.0
_SHORTEST_PAUSE = 0.05
_WHY_LENGTH = 2_000
_log = Log(__name__)


class _Failed(Retry):
    """A retry that the handler did not ask for."""


class JobRunner:
    """Runs jobs of the kinds it has handlers for, inside `async with`; leaving waits for those that run.

    With `escalate_as` every job that is given up adds, in the same transaction, a job of that kind with the payload
    `{"kind", "key", "why"}`, so that a human is told even if we die that moment.
    """

    def __init__(
        self,
        db: Database,
        handlers: Mapping[str, Handler],
        clock: Clock | None = None,
        *,
        at_once: int = 8,
        backoff: Backoff | None = None,
        escalate_as: str | None = None,
        lease_seconds: float = LEASE_SECONDS,
        handler_seconds: float = HANDLER_SECONDS,
    ) -> None:
        self._db = db
        self._handlers = dict(handlers)
        self._clock = clock or SystemClock()
        self._jobs = Jobs(db, self._clock)
        self._at_once = at_once
        self._backoff = backoff or Backoff()
        self._escalate_as = escalate_as
        self._lease = timedelta(seconds=lease_seconds)
        self._handler_seconds = handler_seconds
        self._holder = new_id()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._stopping = False
        self._own_tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._own_tasks = [
            asyncio.create_task(self._take_for_ever(), name="job runner"),
            asyncio.create_task(self._beat_for_ever(), name="job heartbeat"),
        ]
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.stop()

    @property
    def running(self) -> frozenset[str]:
        """Return the keys of the jobs this process works on now."""
        return frozenset(self._running)

    def look(self) -> None:
        """Look for due jobs now, for whoever has moved the clock."""
        self._db.wakeups.wake(TOPIC)

    async def stop(self, timeout: float = 30.0) -> None:
        """Take no more jobs; after `timeout` seconds cancel those that run and give them back."""
        self._stopping = True
        self.look()
        taker, heartbeat = self._own_tasks
        # Not cancelled at once: what it has just claimed it must also start, or the lease has to run out first.
        await asyncio.wait([taker], timeout=timeout)
        await _cancelled(taker)
        if self._running:
            await asyncio.wait(self._running.values(), timeout=timeout)
        await asyncio.gather(*(_cancelled(task) for task in list(self._running.values())))
        await _cancelled(heartbeat)

    async def _take_for_ever(self) -> None:
        with self._db.wakeups.listening(TOPIC) as woken:
            while not self._stopping:
                woken.clear()
                pause = LOOK_ANYWAY_SECONDS
                try:
                    await self._take()
                    if len(self._running) < self._at_once:
                        pause = min(pause, await self._until_next())
                except Exception as error:  # noqa: BLE001 - logged and tried again: the runner must not end
                    _log.warning("jobs cannot be read for now", error=str(error))
                    pause = _DATABASE_PAUSE
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await woken.wait()

    async def _until_next(self) -> float:
        async with self._db.reading() as session:
            due = await store.next_due(session, self._handlers, self.running)
        if due is None:
            return LOOK_ANYWAY_SECONDS
        return max(_SHORTEST_PAUSE, (due - self._clock.now()).total_seconds())

    async def _take(self) -> None:
        free = self._at_once - len(self._running)
        if free <= 0:
            return
        now = self._clock.now()
        async with self._db.reading() as session:  # looking costs no write
            due = await store.next_due(session, self._handlers, self.running)
        if due is None or due > now:
            return
        async with self._db.writing() as session:
            until = now + self._lease
            rows = await store.claim(session, self._handlers, self.running, self._holder, now, until, free)
        for row in rows:
            job = record_of(row)
            task = asyncio.create_task(self._run(job), name=f"job {job.kind}")
            self._running[job.key] = task
            task.add_done_callback(partial(self._ended, job.key))

    def _ended(self, key: str, _task: asyncio.Task[None]) -> None:
        del self._running[key]
        self._db.wakeups.wake(TOPIC)

    async def _run(self, job: JobRecord) -> None:
        try:
            decision = await self._decision(job)
        except asyncio.CancelledError:
            await self._persistently(lambda session: store.release(session, job.key, self._holder))
            raise
        await self._persistently(lambda session: self._settle(session, job, decision))

    async def _decision(self, job: JobRecord) -> Decision:
        if job.failures >= self._backoff.attempts:
            return GiveUp("the process ended while it ran, again and again")
        try:
            async with asyncio.timeout(self._handler_seconds) as deadline:
                return await self._handlers[job.kind](job)
        except Exception as error:  # noqa: BLE001 - one job's failure ends that attempt only
            if isinstance(error, TimeoutError) and deadline.expired():
                error = JobTimeout(f"{self._handler_seconds:g} s")
            _log.warning("a job failed", kind=job.kind, key=job.key, attempt=job.attempts, exc_info=error)
            why = storable_text(f"{type(error).__name__}: {error}"[:_WHY_LENGTH])
            delay = self._backoff.delay(job.failures + 1, random.random())  # noqa: S311 - spreads load only
            return GiveUp(why) if delay is None else _Failed(delay, why)

    async def _settle(self, session: AsyncSession, job: JobRecord, decision: Decision) -> bool:
        now = self._clock.now()
        match decision:
            case Done():
                return await store.end(session, job.key, self._holder, "done", None, now)
            case Retry(after, why):
                again = now + timedelta(seconds=after)
                failed = isinstance(decision, _Failed)
                return await store.put_back(session, job.key, self._holder, again, why, failed=failed)
            case GiveUp(why):
                _log.error("a job was given up", kind=job.kind, key=job.key, attempts=job.attempts)
                ended = await store.end(session, job.key, self._holder, "failed", why, now)
                if ended and self._escalate_as is not None and self._escalate_as != job.kind:
                    payload = {"kind": job.kind, "key": job.key, "why": why[:_WHY_LENGTH]}
                    await self._jobs.add(session, Job(self._escalate_as, new_id(), payload))
                return ended

    async def _persistently(self, write: Callable[[AsyncSession], Awaitable[bool]]) -> None:
        """Write the end of a job, for as long as its lease could be ours; then whoever takes it next decides."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + self._lease.total_seconds()
        while True:
            try:
                async with self._db.writing() as session:
                    if not await write(session):
                        _log.warning("a job went on elsewhere: its lease had run out")
                    return
            except Exception as error:  # noqa: BLE001 - logged and tried again: the runner must not end
                _log.warning("the end of a job cannot be written for now", error=str(error))
                if loop.time() > give_up_at:
                    return
            await asyncio.sleep(_DATABASE_PAUSE)

    async def _beat_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            if not self._running:
                continue
            keys = set(self._running)
            try:
                async with self._db.writing() as session:
                    kept = await store.extend(session, keys, self._holder, self._clock.now() + self._lease)
            except Exception as error:  # noqa: BLE001 - logged and tried again: the runner must not end
                _log.warning("the leases of running jobs cannot be extended for now", error=str(error))
                continue
            for key in keys - kept:
                if task := self._running.get(key):
                    _log.warning("a job is taken from us: its lease had run out")
                    task.cancel()


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
