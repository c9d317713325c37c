"""Owns durable jobs: adding them in the caller's transaction, looking at them, and what a handler may decide.

A job is background work that must happen, told apart by its key. Knows no kind of job; running is ledger/job_runner.py.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from ledger import job_store as store
from ledger.clock import Clock, SystemClock
from ledger.database import Database
from ledger.errors import JobNotStorable, NoSuchJob
from ledger.storable import storable_json, storable_text

TOPIC = "jobs"
PAYLOAD_LIMIT = 64 * 1024
"""Letters of JSON; a payload says where things are, the things are in the spool."""


@dataclass(frozen=True)
class Job:
    """Work to be done once; adding the same key again adds nothing. `run_at` None means at once."""

    kind: str
    key: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    run_at: datetime | None = None


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class JobRecord:
    """A job as it is stored.

    `attempts` counts every time it was taken, this one too while it runs; `failures` only those that ended in an
    exception or with the death of the process, not those after which the handler itself asked for another try.
    """

    key: str
    kind: str
    payload: Mapping[str, Any]
    run_at: datetime
    attempts: int
    failures: int
    state: JobState
    last_error: str | None
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Done:
    """The work is done."""


@dataclass(frozen=True)
class Retry:
    """Try again `after` seconds."""

    after: float
    why: str


@dataclass(frozen=True)
class GiveUp:
    """Trying again is of no use; a human must know."""

    why: str


Decision = Done | Retry | GiveUp


class Jobs:
    """The jobs of one database, for those who add and look; the runner works through them."""

    def __init__(self, db: Database, clock: Clock | None = None) -> None:
        self._db = db
        self._clock = clock or SystemClock()

    async def add(self, session: AsyncSession, job: Job) -> bool:
        """Add a job in the caller's transaction; return False when its key is known already.

        Wakes the runner when the transaction commits. Raises JobNotStorable.
        """
        now = self._clock.now()
        try:
            payload = storable_json(job.payload, PAYLOAD_LIMIT)
        except (TypeError, ValueError) as error:
            raise JobNotStorable(f"payload of kind {job.kind}: {error}") from error
        key = storable_text(job.key)
        if not 0 < len(key) <= store.KEY_LENGTH:
            raise JobNotStorable(f"the key of kind {job.kind} has {len(key)} letters, at most {store.KEY_LENGTH}")
        added = await store.add(session, key, job.kind, payload, job.run_at or now, now)
        if added:
            await self._db.wakeups.wake_after_commit(session, TOPIC)
        return added

    async def find(self, key: str) -> JobRecord | None:
        """Return the job of `key`, or None."""
        async with self._db.reading() as session:
            row = await store.find(session, key)
        return None if row is None else record_of(row)

    async def get(self, key: str) -> JobRecord:
        """Return the job of `key`; raises NoSuchJob."""
        record = await self.find(key)
        if record is None:
            raise NoSuchJob
        return record

    async def list_in(self, state: JobState, *, kind: str | None = None, limit: int = 100) -> list[JobRecord]:
        """List jobs in `state`, the earliest first."""
        async with self._db.reading() as session:
            return [record_of(row) for row in await store.list_in(session, state, kind, limit)]

    async def count(self) -> dict[JobState, int]:
        """Count the jobs in each state."""
        async with self._db.reading() as session:
            counted = await store.count(session)
        return {state: counted.get(state, 0) for state in JobState}

    async def run_again(self, key: str) -> None:
        """Let a failed job start anew, its attempts forgotten; raises NoSuchJob when none of that key failed."""
        async with self._db.writing() as session:
            if not await store.run_again(session, key, self._clock.now()):
                raise NoSuchJob
            await self._db.wakeups.wake_after_commit(session, TOPIC)

    async def forget(self, session: AsyncSession, keys: Collection[str]) -> None:
        """Free the keys of jobs about a thing that the caller removes in this transaction: it may come again.

        One that runs now keeps its key until it is done and forgotten.
        """
        await store.forget(session, keys)

    async def forget_done(self, before: datetime, limit: int = 1_000) -> int:
        """Remove up to `limit` done jobs that ended before a time, and return how many; their keys are free again."""
        async with self._db.writing() as session:
            return await store.forget_done(session, before, limit)


def record_of(row: Mapping[str, Any]) -> JobRecord:
    """Make a record of a stored row."""
    names = JobRecord.__dataclass_fields__
    return JobRecord(**{**{name: row[name] for name in names}, "state": JobState(row["state"])})
