"""Customers who were there before keep their numbers and their history, and are found; and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger import migration
from ledger.database import Database
from tests.crm_bridge.crm_house import JONAS, ONA, House
from tests.ledger.postgres import server

_TIME = "'2026-11-24 08:00:00'"
_BEFORE = (
    f"INSERT INTO crm_customers (id, since, name) VALUES ('k1', {_TIME}, 'Ona Žydrė'), ('k2', {_TIME}, '')",
    f"INSERT INTO crm_numbers (number, customer) VALUES ('{ONA}', 'k1'), ('{JONAS}', 'k2')",
    "INSERT INTO crm_interactions (call, customer, medium, started, department, answered_by, waited, talked, facts)"
    f" VALUES ('c1', 'k1', 'voice', {_TIME}, 'billing', 'alice', 7, 60, '{{}}')",
)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that holds nothing yet."""
    if request.param == "sqlite":
        yield str(tmp_path / "before.db")
        return
    url = server().new_database(migrated=False)
    yield url
    server().drop_database(url)


async def test_what_was_there_is_taken_along_and_back(empty_database: str) -> None:
    url = migration.url_of(empty_database)
    await migration.upgrade(url, "0008")
    async with migration.exclusive_connection(url) as connection:
        for statement in _BEFORE:
            await connection.execute(sa.text(statement))
    async with await Database.open(empty_database) as db:
        house = House(db)
        ona = await house.customers.find_caller(ONA)
        assert ona is not None
        assert (ona.id, ona.name, ona.numbers, ona.made_by_us) == ("k1", "Ona Žydrė", (ONA,), False)
        assert await house.contacts("k1") == ["c1"]
        assert (await house.customers.match(JONAS)).said == "unknown"
        assert [c.id for c in await house.customers.search("zydre")] == ["k1"]
        assert [c.id for c in await house.customers.search("600 00002")] == ["k2"]
        jonas = await house.add("Jonas", ONA, JONAS)
        assert (await house.customers.match(ONA)).count == 2
    await migration.downgrade(url, "0008")
    async with migration.exclusive_connection(url) as connection:
        assert await _rows(connection, "SELECT number, customer FROM crm_numbers ORDER BY number") == [
            (ONA, min("k1", jonas.id)),
            (JONAS, jonas.id),
        ]
        assert await _rows(connection, "SELECT call, customer FROM crm_interactions") == [("c1", "k1")]


async def _rows(connection: AsyncConnection, query: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await connection.execute(sa.text(query))]
