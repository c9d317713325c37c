import asyncio
import sqlite3
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa

from ledger.database import Database
from ledger.engines import url_of
from ledger.errors import DatabaseBusy, DatabaseUnavailable, NoSuchDatabaseKind
from ledger.tables import journal, journal_readers
from ledger.upsert import insert_into


async def put(db: Database, name: str, seq: int = 1) -> None:
    async with db.writing() as session:
        await session.execute(insert_into(session, journal_readers).values(name=name, seq=seq))


async def names(db: Database) -> list[str]:
    async with db.reading() as session:
        return sorted((await session.execute(sa.select(journal_readers.c.name))).scalars())


@pytest.mark.parametrize(
    ("where", "driver", "database"),
    [
        pytest.param("/data/a.db", "sqlite+aiosqlite", "/data/a.db", id="path"),
        pytest.param("sqlite:////data/a.db", "sqlite+aiosqlite", "/data/a.db", id="sqlite"),
        pytest.param("postgresql://u@/calls?host=/run/pg", "postgresql+asyncpg", "calls", id="postgresql"),
        pytest.param("postgresql+psycopg://h/calls", "postgresql+asyncpg", "calls", id="other driver"),
    ],
)
def test_addresses(where: str, driver: str, database: str) -> None:
    url = url_of(where)
    assert (url.drivername, url.database) == (driver, database)


@pytest.mark.parametrize("where", ["sqlite://", "sqlite:///:memory:", "mysql://h/d", "://"])
def test_addresses_we_do_not_take(where: str) -> None:
    with pytest.raises(NoSuchDatabaseKind):
        url_of(where)


async def test_what_was_written_can_be_read(db: Database) -> None:
    await put(db, "reports")
    assert await names(db) == ["reports"]


async def test_an_exception_takes_everything_back(db: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.writing() as session:
            await session.execute(insert_into(session, journal_readers).values(name="a", seq=1))
            raise ZeroDivisionError
    assert await names(db) == []
    await put(db, "b")  # and the next writer has its turn


async def test_a_reading_session_cannot_write(db: Database) -> None:
    with pytest.raises((sa.exc.DBAPIError, DatabaseUnavailable)):
        async with db.reading() as session:
            await session.execute(sa.delete(journal))


async def test_a_reader_sees_one_moment_while_others_write(sqlite_db: Database) -> None:
    async with sqlite_db.reading() as session:
        query = sa.select(sa.func.count()).select_from(journal_readers)
        assert await session.scalar(query) == 0
        await put(sqlite_db, "meanwhile")
        assert await session.scalar(query) == 0


async def test_writers_take_turns(db: Database) -> None:
    await put(db, "sum", 0)
    more = sa.update(journal_readers).values(seq=journal_readers.c.seq + 1)

    async def add_one() -> None:
        async with db.writing() as session:
            await session.execute(more)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(30):
            tasks.create_task(add_one())
    async with db.reading() as session:
        assert await session.scalar(sa.select(journal_readers.c.seq)) == 30


async def test_a_writer_does_not_wait_for_ever(sqlite_db: Database) -> None:
    async with sqlite_db.writing():
        with pytest.raises(DatabaseBusy):
            async with sqlite_db.writing(wait=0.01):
                pass


async def test_a_writer_does_not_wait_for_another_process_for_ever(sqlite_db: Database) -> None:
    other = sqlite3.connect(str(sqlite_db.url.database), isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseBusy):
            await put(sqlite_db, "a")
        other.execute("ROLLBACK")
        await put(sqlite_db, "a")
    finally:
        other.close()


async def test_a_cancelled_writer_leaves_nothing_and_blocks_nobody(db: Database) -> None:
    inside = asyncio.Event()

    async def write() -> None:
        async with db.writing() as session:
            await session.execute(insert_into(session, journal_readers).values(name="gone", seq=1))
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await put(db, "next")
    assert await names(db) == ["next"]


async def test_cancelling_at_any_moment_leaves_no_lock(tmp_path: Path) -> None:
    await (await Database.open(tmp_path / "ledger.db")).close()
    rows = [{"name": f"n{n}", "seq": n} for n in range(5)]
    cancelled = []
    for steps in range(150):
        async with await Database.open(tmp_path / "ledger.db", migrate=False) as db:

            async def write(db: Database = db) -> None:
                async with db.writing() as session:
                    await session.execute(sa.delete(journal_readers))
                    await session.execute(sa.insert(journal_readers).returning(journal_readers.c.seq), rows)

            task = asyncio.create_task(write())
            cancelled.append(task)  # with its traceback, as somebody's log may keep it
            await asyncio.sleep(steps / 20_000)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None, timeout=0.5)
        other.execute("BEGIN IMMEDIATE")
        other.close()


async def test_times_come_back_as_utc(db: Database) -> None:
    vilnius = timezone(timedelta(hours=2))
    at = datetime(2026, 3, 29, 3, 30, 0, 123456, tzinfo=vilnius)
    async with db.writing() as session:
        row = {"id": "a", "at": at, "kind": "k", "data": {}}
        await session.execute(sa.insert(journal).values(**row))
    async with db.reading() as session:
        stored = (await session.execute(sa.select(journal.c.at))).scalar_one()
    assert stored == at
    assert stored.tzinfo is UTC


async def test_a_naive_time_is_refused(db: Database) -> None:
    with pytest.raises(sa.exc.StatementError, match="aware"):
        async with db.writing() as session:
            row = {"id": "a", "at": datetime(2026, 1, 1), "kind": "k", "data": {}}  # noqa: DTZ001 - the point of it
            await session.execute(sa.insert(journal).values(**row))


async def test_close_leaves_no_thread_and_no_way_in(database_url: str) -> None:
    before = set(threading.enumerate())
    db = await Database.open(database_url)
    await put(db, "a")
    await names(db)
    await db.close()
    left = [thread for thread in threading.enumerate() if thread not in before and "asyncio_" not in thread.name]
    for thread in left:
        await asyncio.to_thread(thread.join, 5.0)  # closed, but perhaps not quite through its last line
    assert [thread for thread in left if thread.is_alive()] == []
    with pytest.raises(DatabaseUnavailable):
        async with db.reading():
            pass


async def test_a_place_where_no_database_can_be() -> None:
    with pytest.raises(DatabaseUnavailable):
        await Database.open("/dev/null/ledger.db")


@pytest.mark.postgres
async def test_a_server_that_is_not_there() -> None:
    with pytest.raises(DatabaseUnavailable):
        await Database.open("postgresql://nobody@/nothing?host=/nowhere")


async def test_a_wake_up_comes_only_with_the_commit(sqlite_db: Database) -> None:
    db = sqlite_db
    with db.wakeups.listening("topic") as woken:
        with pytest.raises(ZeroDivisionError):
            async with db.writing() as session:
                await db.wakeups.wake_after_commit(session, "topic")
                raise ZeroDivisionError
        assert not woken.is_set()
        async with db.writing() as session:
            await db.wakeups.wake_after_commit(session, "topic")
            assert not woken.is_set()
        assert woken.is_set()


@pytest.mark.postgres
async def test_a_wake_up_reaches_other_machines(postgres_url: str) -> None:
    async with await Database.open(postgres_url) as here, await Database.open(postgres_url) as there:
        with there.wakeups.listening("topic") as woken:
            async with asyncio.timeout(20):
                await woken.wait()  # its listener has connected: something may have been missed before
                woken.clear()
                async with here.writing() as session:
                    await here.wakeups.wake_after_commit(session, "topic")
                await woken.wait()
