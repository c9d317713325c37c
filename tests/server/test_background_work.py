"""Work that goes on beside the calls does not end for good, whatever happens to it once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import cast

import pytest

from callrouter.recovery import Recovery
from ledger.clock import ManualClock
from ledger.database import Database
from ledger.errors import DatabaseUnavailable
from ledger.jobs import Job, Jobs, JobState
from ledger.tables import jobs as job_rows
from server.postroom import again_and_again, forget_done
from server.switchroom import _for_ever, _look_for_reports
from tests.fixtures.databases import database_url, db

__all__ = ["database_url", "db"]  # fixtures: pytest finds them here by name


class Work:
    """Fails at first, in the way it was told."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.times = 0
        self.again = asyncio.Event()

    async def __call__(self) -> None:
        self.times += 1
        if self.times == 1:
            raise self.error
        self.again.set()

    async def take_reports(self) -> int:
        await self()
        return 0


ERRORS = [
    pytest.param(lambda: DatabaseUnavailable(), id="ours"),
    pytest.param(lambda: OSError("disk"), id="the disk's"),
    pytest.param(lambda: ZeroDivisionError("nobody thought of it"), id="unforeseen"),
]


@pytest.mark.parametrize("error", ERRORS)
async def test_periodic_work_goes_on(error: Callable[[], Exception]) -> None:
    work = Work(error())
    async with asyncio.timeout(20), again_and_again(work, 0.001, "alarms"):
        await work.again.wait()


@pytest.mark.parametrize("error", ERRORS)
async def test_reports_are_looked_for_again(error: Callable[[], Exception]) -> None:
    work = Work(error())
    looking = asyncio.create_task(_look_for_reports(cast(Recovery, work), 0.001))
    await _ends_only_when_cancelled(looking, work)


@pytest.mark.parametrize("error", ERRORS)
async def test_what_breaks_down_begins_anew(error: Callable[[], Exception]) -> None:
    work = Work(error())
    await _ends_only_when_cancelled(asyncio.create_task(_for_ever(work, "call records", 0.001)), work)


async def _ends_only_when_cancelled(task: asyncio.Task[None], work: Work) -> None:
    async with asyncio.timeout(20):
        await work.again.wait()
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(("at_once", "times", "left"), [(2, 100, 0), (2, 1, 3), (1_000, 100, 0)])
async def test_jobs_long_done_are_forgotten_some_at_a_time(db: Database, at_once: int, times: int, left: int) -> None:
    clock = ManualClock()
    jobs = Jobs(db, clock)
    ended = {"state": "done", "ended_at": clock.now()}
    async with db.writing() as session:
        for n in range(5):
            await jobs.add(session, Job("mail", f"old {n}"))
        await jobs.add(session, Job("mail", "failed"))
        await session.execute(job_rows.update().values(**ended))
        await session.execute(job_rows.update().where(job_rows.c.key == "failed").values(state="failed"))
    clock.advance(timedelta(days=6).total_seconds())
    assert await forget_done(jobs, clock, at_once, times) == 0
    async with db.writing() as session:
        await jobs.add(session, Job("mail", "young"))
        done = job_rows.update().where(job_rows.c.key == "young")
        await session.execute(done.values(state="done", ended_at=clock.now()))
    clock.advance(timedelta(days=2).total_seconds())
    assert await forget_done(jobs, clock, at_once, times) == 5 - left
    assert await jobs.count() == {
        JobState.WAITING: 0, JobState.RUNNING: 0, JobState.DONE: left + 1, JobState.FAILED: 1,
    }  # fmt: skip
