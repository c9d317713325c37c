"""What the tests of ledger/ share: every test that asks for `db` runs on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ledger.database import Database
from ledger.journal import Journal
from tests.fixtures.databases import database_url, db
from tests.ledger.postgres import PostgresServer, server

__all__ = ["database_url", "db"]  # fixtures: pytest finds them here by name

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
