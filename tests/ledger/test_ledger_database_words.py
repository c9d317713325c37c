"""What the database's own errors are called here: away, busy, or the statement's own fault."""

import asyncio
import sqlite3

import pytest
import sqlalchemy as sa

from ledger import engines
from ledger.database import Database
from ledger.database_words import in_our_words
from ledger.errors import DatabaseBusy, DatabaseError, DatabaseUnavailable
from ledger.tables import journal_readers


async def put(db: Database, *names: str) -> None:
    async with db.writing() as session:
        await session.execute(sa.insert(journal_readers), [{"name": name, "seq": 0} for name in names])


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        pytest.param("08006", DatabaseUnavailable, id="connection failure"),
        pytest.param("25006", DatabaseUnavailable, id="read-only"),
        pytest.param("40001", DatabaseBusy, id="serialization"),
        pytest.param("40P01", DatabaseBusy, id="deadlock"),
        pytest.param("53100", DatabaseUnavailable, id="disk full"),
        pytest.param("53200", DatabaseUnavailable, id="out of memory"),
        pytest.param("53300", DatabaseBusy, id="too many connections"),
        pytest.param("55P03", DatabaseBusy, id="lock not available"),
        pytest.param("57014", DatabaseBusy, id="cancelled"),
        pytest.param("57P01", DatabaseUnavailable, id="shut down"),
        pytest.param("57P03", DatabaseUnavailable, id="starting up"),
        pytest.param("58030", DatabaseUnavailable, id="its disk fails"),
        pytest.param("XX001", DatabaseUnavailable, id="damaged"),
    ],
)
async def test_postgresql_is_understood(postgres_url: str, code: str, kind: type[DatabaseError]) -> None:
    raises = sa.text(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END $$")
    async with await Database.open(postgres_url, migrate=False) as db:
        with pytest.raises(kind):
            async with db.writing() as session:
                await session.execute(raises)
        with pytest.raises(kind):
            await db.write_at_once(lambda connection: connection.execute(raises))


@pytest.mark.postgres
async def test_two_who_wait_for_each_other(postgres_url: str) -> None:
    async with await Database.open(postgres_url, migrate=False) as db:
        await put(db, "a", "b")
        both = asyncio.Barrier(2)

        async def lock(*names: str) -> None:
            async with db.writing() as session:
                for name in names:
                    query = sa.select(journal_readers).where(journal_readers.c.name == name)
                    await session.execute(query.with_for_update())
                    if name == names[0]:
                        await both.wait()

        ends = await asyncio.gather(lock("a", "b"), lock("b", "a"), return_exceptions=True)
    assert [type(end) for end in ends if end is not None] == [DatabaseBusy]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        pytest.param(sqlite3.SQLITE_BUSY, DatabaseBusy, id="busy"),
        pytest.param(sqlite3.SQLITE_BUSY_SNAPSHOT, DatabaseBusy, id="busy, extended"),
        pytest.param(sqlite3.SQLITE_LOCKED, DatabaseBusy, id="locked"),
        pytest.param(sqlite3.SQLITE_FULL, DatabaseUnavailable, id="full"),
        pytest.param(sqlite3.SQLITE_IOERR_WRITE, DatabaseUnavailable, id="disk"),
        pytest.param(sqlite3.SQLITE_CORRUPT, DatabaseUnavailable, id="damaged"),
        pytest.param(sqlite3.SQLITE_NOTADB, DatabaseUnavailable, id="no database"),
    ],
)
@pytest.mark.parametrize("raised", [sa.exc.OperationalError, sa.exc.DatabaseError])
def test_sqlite_is_understood(raised: type[sa.exc.DBAPIError], code: int, kind: type[DatabaseError]) -> None:
    error = sqlite3.DatabaseError("no")
    error.sqlite_errorcode = code
    assert type(in_our_words(raised("INSERT", {}, error))) is kind


async def test_a_file_that_may_not_grow(sqlite_db: Database) -> None:
    async with sqlite_db.writing() as session:
        await session.execute(sa.text("PRAGMA max_page_count = 1"))  # no less than it has: full from here on
    with pytest.raises(DatabaseUnavailable, match="full"):
        await put(sqlite_db, *(f"{n:0100}" for n in range(2_000)))
    await put(sqlite_db, "a")


async def test_a_fault_of_the_statement_stays_what_it_is(db: Database) -> None:
    await put(db, "a")
    with pytest.raises(sa.exc.IntegrityError):
        await put(db, "a")


@pytest.mark.postgres
async def test_a_statement_that_takes_too_long(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "COMMAND_SECONDS", 0.3)
    async with await Database.open(postgres_url, migrate=False) as db:
        with pytest.raises(DatabaseBusy, match="took too long"):
            async with db.writing() as session:
                await session.execute(sa.text("SELECT pg_sleep(30)"))
        await put(db, "a")


@pytest.mark.postgres
async def test_a_connection_that_is_taken_from_us(postgres_url: str) -> None:
    async with await Database.open(postgres_url, migrate=False) as db:
        with pytest.raises(DatabaseUnavailable):
            async with db.writing() as session:
                await session.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))
        await put(db, "a")
