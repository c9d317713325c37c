import asyncio
import sys
from collections.abc import Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.backoff import Backoff
from ledger.clock import ManualClock
from ledger.database import Database
from ledger.errors import JobNotStorable, NoSuchJob
from ledger.job_runner import JobRunner
from ledger.jobs import Decision, Done, GiveUp, Job, JobRecord, Jobs, JobState, Retry

ROOT = Path(__file__).parents[2]


class Worker:
    """A handler that does what it is told, one thing each time, and remembers; in the end it is done."""

    def __init__(self, *acts: Decision | Exception) -> None:
        self.acts = list(acts)
        self.took: list[JobRecord] = []
        self._changed = asyncio.Event()

    async def __call__(self, job: JobRecord) -> Decision:
        self.took.append(job)
        self._changed.set()
        act = self.acts.pop(0) if self.acts else Done()
        if isinstance(act, Exception):
            raise act
        return act

    async def took_part(self, times: int) -> None:
        async with asyncio.timeout(20):
            while len(self.took) < times:
                self._changed.clear()
                await self._changed.wait()


async def add(db: Database, jobs: Jobs, *each: Job) -> list[bool]:
    async with db.writing() as session:
        return [await jobs.add(session, job) for job in each]


async def reaches(jobs: Jobs, key: str, wanted: Callable[[JobRecord], bool]) -> JobRecord:
    async with asyncio.timeout(20):
        while not wanted(record := await jobs.get(key)):  # noqa: ASYNC110 - a row tells nobody that it changed
            await asyncio.sleep(0.005)
    return record


def is_in(state: JobState) -> Callable[[JobRecord], bool]:
    return lambda record: record.state is state


async def test_a_job_runs_once_and_is_done(db: Database) -> None:
    jobs, worker = Jobs(db), Worker()
    async with JobRunner(db, {"mail": worker}):
        await add(db, jobs, Job("mail", "mail:1", {"to": "billing"}))
        record = await reaches(jobs, "mail:1", is_in(JobState.DONE))
    assert [each.payload for each in worker.took] == [{"to": "billing"}]
    assert (record.attempts, record.failures, record.last_error) == (1, 0, None)
    assert record.ended_at is not None


async def test_the_key_makes_it_one_job(db: Database) -> None:
    jobs = Jobs(db)
    assert await add(db, jobs, Job("mail", "k"), Job("mail", "k")) == [True, False]
    assert await add(db, jobs, Job("mail", "k", {"other": 1})) == [False]
    assert (await jobs.get("k")).payload == {}


async def test_it_comes_and_goes_with_the_callers_transaction(db: Database) -> None:
    jobs = Jobs(db)
    with pytest.raises(ZeroDivisionError):
        async with db.writing() as session:
            await jobs.add(session, Job("mail", "k"))
            raise ZeroDivisionError
    assert await jobs.find("k") is None
    with pytest.raises(NoSuchJob):
        await jobs.get("k")


@pytest.mark.parametrize(
    "job",
    [
        pytest.param(Job("mail", "k", {"x": object()}), id="no JSON"),
        pytest.param(Job("mail", "k", {"x": "y" * 70_000}), id="too large"),
        pytest.param(Job("mail", "k" * 201), id="long key"),
        pytest.param(Job("mail", ""), id="no key"),
    ],
)
async def test_what_cannot_be_stored_is_refused(sqlite_db: Database, job: Job) -> None:
    with pytest.raises(JobNotStorable):
        await add(sqlite_db, Jobs(sqlite_db), job)


async def test_it_waits_for_its_time(db: Database) -> None:
    clock = ManualClock()
    jobs, worker = Jobs(db, clock), Worker()
    await add(db, jobs, Job("call back", "later", run_at=clock.now() + timedelta(hours=1)), Job("call back", "now"))
    async with JobRunner(db, {"call back": worker}, clock) as runner:
        await reaches(jobs, "now", is_in(JobState.DONE))
        assert (await jobs.get("later")).state is JobState.WAITING
        clock.advance(3600)
        runner.look()
        await reaches(jobs, "later", is_in(JobState.DONE))
    assert [each.key for each in worker.took] == ["now", "later"]


async def test_a_retry_is_the_handlers_own_and_no_failure(db: Database) -> None:
    clock = ManualClock()
    jobs, worker = Jobs(db, clock), Worker(Retry(60, "busy"))
    await add(db, jobs, Job("fax", "k"))
    async with JobRunner(db, {"fax": worker}, clock) as runner:
        record = await reaches(jobs, "k", lambda each: each.last_error == "busy")
        assert (record.state, record.run_at) == (JobState.WAITING, clock.now() + timedelta(seconds=60))
        clock.advance(60)
        runner.look()
        record = await reaches(jobs, "k", is_in(JobState.DONE))
    assert (record.attempts, record.failures) == (2, 0)


async def test_exceptions_are_tried_again_and_given_up_in_the_end(db: Database) -> None:
    clock = ManualClock()
    jobs, worker, desk = Jobs(db, clock), Worker(*[ValueError("no \0 line")] * 5), Worker()
    await add(db, jobs, Job("fax", "k"))
    backoff = Backoff(first=10, longest=15, attempts=3)
    handlers = {"fax": worker, "tell a human": desk}
    async with JobRunner(db, handlers, clock, backoff=backoff, escalate_as="tell a human") as runner:
        for failures in (1, 2):
            record = await reaches(jobs, "k", lambda each, so_far=failures: each.failures == so_far)
            wait = (record.run_at - clock.now()).total_seconds()
            assert (5, 7.5)[failures - 1] <= wait <= (10, 15)[failures - 1]
            clock.advance(15)
            runner.look()
        record = await reaches(jobs, "k", is_in(JobState.FAILED))
        await desk.took_part(1)
    assert record.last_error == "ValueError: no \ufffd line"
    assert desk.took[0].payload == {"kind": "fax", "key": "k", "why": record.last_error}
    assert (await jobs.count())[JobState.FAILED] == 1


async def test_given_up_at_once_and_run_again_by_a_human(db: Database) -> None:
    jobs, worker = Jobs(db), Worker(GiveUp("no such number"))
    await add(db, jobs, Job("fax", "k"))
    async with JobRunner(db, {"fax": worker}):
        await reaches(jobs, "k", is_in(JobState.FAILED))
        assert [each.key for each in await jobs.list_in(JobState.FAILED, kind="fax")] == ["k"]
        await jobs.run_again("k")
        record = await reaches(jobs, "k", is_in(JobState.DONE))
        with pytest.raises(NoSuchJob):
            await jobs.run_again("k")
    assert record.attempts == 1


async def test_a_handler_that_takes_too_long_has_failed(db: Database) -> None:
    jobs = Jobs(db)

    async def hang(_job: JobRecord) -> Decision:
        return await asyncio.get_running_loop().create_future()

    await add(db, jobs, Job("fax", "k"))
    async with JobRunner(db, {"fax": hang}, handler_seconds=0.02):
        record = await reaches(jobs, "k", lambda each: each.failures == 1)
    assert record.last_error == "JobTimeout: The job took longer than it may: 0.02 s"


async def test_only_so_many_at_once(db: Database) -> None:
    jobs, running, most = Jobs(db), 0, 0
    go_on = asyncio.Event()
    three = asyncio.Event()

    async def work(_job: JobRecord) -> Decision:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 3:
            three.set()
        await go_on.wait()
        running -= 1
        return Done()

    await add(db, jobs, *(Job("fax", f"k{n}") for n in range(10)))
    async with JobRunner(db, {"fax": work}, at_once=3):
        async with asyncio.timeout(20):
            await three.wait()
        go_on.set()
        for n in range(10):
            await reaches(jobs, f"k{n}", is_in(JobState.DONE))
    assert most == 3


async def test_stopping_lets_jobs_end(db: Database) -> None:
    jobs, began, go_on = Jobs(db), asyncio.Event(), asyncio.Event()

    async def work(_job: JobRecord) -> Decision:
        began.set()
        await go_on.wait()
        return Done()

    await add(db, jobs, Job("fax", "k"))
    runner = await JobRunner(db, {"fax": work}).__aenter__()
    await began.wait()
    stopping = asyncio.create_task(runner.stop())
    await add(db, jobs, Job("fax", "not begun"))
    go_on.set()
    await stopping
    assert (await jobs.get("k")).state is JobState.DONE
    assert (await jobs.get("not begun")).state is JobState.WAITING


async def test_stopping_gives_back_what_does_not_end(db: Database) -> None:
    jobs, began = Jobs(db), asyncio.Event()

    async def hang(_job: JobRecord) -> Decision:
        began.set()
        return await asyncio.get_running_loop().create_future()

    await add(db, jobs, Job("fax", "k"))
    runner = await JobRunner(db, {"fax": hang}).__aenter__()
    await began.wait()
    await runner.stop(timeout=0.01)
    record = await jobs.get("k")
    assert (record.state, record.attempts) == (JobState.WAITING, 0)


async def test_several_runners_share_without_doubling(database_url: str) -> None:
    async with await Database.open(database_url) as here, await Database.open(database_url) as there:
        jobs, worker = Jobs(here), Worker()
        await add(here, jobs, *(Job("fax", f"k{n:02}") for n in range(60)))
        async with JobRunner(here, {"fax": worker}), JobRunner(there, {"fax": worker}):
            for n in range(60):
                await reaches(jobs, f"k{n:02}", is_in(JobState.DONE))
    assert sorted(each.key for each in worker.took) == [f"k{n:02}" for n in range(60)]


async def test_killed_in_the_middle_it_runs_once_more(database_url: str) -> None:
    async with await Database.open(database_url) as db:
        jobs, worker = Jobs(db), Worker()
        await add(db, jobs, Job("work", "k"))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *(Path(__file__).with_name("job_child.py"), database_url),
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        async with asyncio.timeout(30):
            assert await process.stdout.readline() == b"taken\n"
            process.kill()
            await process.communicate()
        assert (await jobs.get("k")).state is JobState.RUNNING
        async with JobRunner(db, {"work": worker}):
            record = await reaches(jobs, "k", is_in(JobState.DONE))
    assert len(worker.took) == 1
    assert (record.attempts, record.failures) == (2, 1)


async def test_a_job_that_kills_its_process_each_time_is_given_up(db: Database) -> None:
    clock = ManualClock()
    jobs, worker = Jobs(db, clock), Worker()
    await add(db, jobs, Job("fax", "k"))
    for _death in range(3):
        async with abandoned(db, clock) as took:
            await took.wait()
        clock.advance(61)
    async with JobRunner(db, {"fax": worker}, clock, backoff=Backoff(attempts=3)):
        record = await reaches(jobs, "k", is_in(JobState.FAILED))
    assert worker.took == []
    assert record.failures == 3


async def test_heartbeats_keep_a_long_job(db: Database) -> None:
    jobs, worker = Jobs(db), Worker()
    let_end = asyncio.Event()

    async def long(_job: JobRecord) -> Decision:
        await let_end.wait()
        return Done()

    await add(db, jobs, Job("fax", "k"))
    lease = 3.0  # so long that a busy machine does not stall us for two thirds of it
    async with JobRunner(db, {"fax": long}, lease_seconds=lease):
        await reaches(jobs, "k", is_in(JobState.RUNNING))
        async with JobRunner(db, {"fax": worker}) as other:
            for _ in range(8):
                await asyncio.sleep(lease / 6)  # a lease is real time, and must have run out but for the heartbeats
                other.look()
        let_end.set()
        record = await reaches(jobs, "k", is_in(JobState.DONE))
    assert (worker.took, record.attempts) == ([], 1)


async def test_forgetting_what_is_done(db: Database) -> None:
    clock = ManualClock()
    jobs = Jobs(db, clock)
    await add(db, jobs, Job("fax", "a"), Job("fax", "b", run_at=clock.now() + timedelta(days=9)))
    async with JobRunner(db, {"fax": Worker()}, clock):
        await reaches(jobs, "a", is_in(JobState.DONE))
    assert await jobs.forget_done(clock.now()) == 0
    clock.advance(1)
    assert await jobs.forget_done(clock.now()) == 1
    assert await jobs.count() == dict.fromkeys(JobState, 0) | {JobState.WAITING: 1}
    assert await add(db, jobs, Job("fax", "a")) == [True]


@asynccontextmanager
async def abandoned(db: Database, clock: ManualClock):  # type: ignore[no-untyped-def]  # a test's own helper
    """Run jobs as a process that dies when the block ends: nothing of them is written any more."""
    took = asyncio.Event()

    async def hang(_job: JobRecord) -> Decision:
        took.set()
        return await asyncio.get_running_loop().create_future()

    async def never_written(_write: object) -> None:
        return

    runner = JobRunner(db, {"fax": hang}, clock)
    runner._persistently = never_written  # type: ignore[assignment]  # death writes nothing
    await runner.__aenter__()
    try:
        yield took
    finally:
        await runner.stop(timeout=0.0)


@pytest.mark.parametrize(
    ("attempt", "chance", "wait"),
    [
        pytest.param(1, 0.0, 2.5, id="first, soonest"),
        pytest.param(1, 1.0, 5.0, id="first, latest"),
        pytest.param(3, 0.5, 15.0, id="third"),
        pytest.param(11, 1.0, 3600.0, id="no longer than the longest"),
        pytest.param(12, 0.0, None, id="the last"),
    ],
)
def test_backoff(attempt: int, chance: float, wait: float | None) -> None:
    assert Backoff().delay(attempt, chance) == wait


@given(attempt=st.integers(1, 10_000), chance=st.floats(0, 1))
def test_backoff_stays_within_bounds(attempt: int, chance: float) -> None:
    wait = Backoff(attempts=100_000).delay(attempt, chance)
    assert wait is not None
    assert 2.5 <= wait <= 3600
