"""What the tests of ledger/ share: every test that asks for `db` runs on SQLite and on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ledger.database import Database
from ledger.journal import Journal
from tests.ledger.postgres import PostgresServer, server

# pytest-asyncio 1.5 asks for "the loop before" and so makes one that nobody closes; None is an answer as well.
asyncio.set_event_loop(None)

BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture
def postgres() -> PostgresServer:
    return server()


@pytest.fixture(params=BOTH)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that holds nothing yet."""
    if request.param == "sqlite":
        yield str(tmp_path / "ledger.db")
        return
    url = server().new_database(migrated=False)
    yield url
    server().drop_database(url)


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database; PostgreSQL's is copied from a migrated one."""
    if request.param == "sqlite":
        yield str(tmp_path / "ledger.db")
        return
    url = server().new_database()
    yield url
    server().drop_database(url)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    async with await Database.open(database_url) as database:
        yield database


@pytest.fixture
async def sqlite_db(tmp_path: Path) -> AsyncIterator[Database]:
    """For what only SQLite does."""
    async with await Database.open(tmp_path / "ledger.db", busy_seconds=0.2) as database:
        yield database


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """For what only PostgreSQL does; such a test is marked `postgres`."""
    url = server().new_database()
    yield url
    server().drop_database(url)


@pytest.fixture
async def journal(db: Database, tmp_path: Path) -> AsyncIterator[Journal]:
    async with await Journal.open(db, tmp_path / "emergency", group_seconds=0.001) as opened:
        yield opened
