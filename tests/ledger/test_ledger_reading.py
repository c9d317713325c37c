"""Reads that take long: they end with whoever waits for them, and keep nobody else waiting."""

import asyncio

import pytest
import sqlalchemy as sa

from ledger.database import Database

#: Counts for minutes.
LONG = sa.text(
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 2000000000) SELECT count(*) FROM n"
)
ONE = sa.text("SELECT 1")


async def count_for_minutes(db: Database) -> None:
    async with db.reading() as session:
        await session.execute(LONG)


@pytest.mark.parametrize("readers", [1, 8], ids=["one", "more than there are connections"])
async def test_a_deadline_ends_the_statement(sqlite_db: Database, readers: int) -> None:
    async with asyncio.timeout(20):
        late = [asyncio.wait_for(count_for_minutes(sqlite_db), 0.1) for _ in range(readers)]
        assert all(isinstance(one, TimeoutError) for one in await asyncio.gather(*late, return_exceptions=True))
        async with sqlite_db.reading() as session:  # all connections are free again, and of use
            assert await session.scalar(ONE) == 1


async def test_long_reads_beside_keep_nobody_waiting(sqlite_db: Database) -> None:
    assert sqlite_db.beside() is sqlite_db.beside()
    async with asyncio.timeout(20):
        slow = [asyncio.create_task(count_for_minutes(sqlite_db.beside())) for _ in range(6)]
        await asyncio.wait(slow, timeout=0.1)
        async with sqlite_db.reading() as session:
            assert await session.scalar(ONE) == 1
        assert not any(one.done() for one in slow)
        for one in slow:
            one.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
