"""Of several processes on one database one sends: who ends gives the turn back, who dies loses it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from crm_bridge.connectors.model import NotAtWork
from crm_bridge.connectors.service import Connectors
from crm_bridge.connectors.turn import EVERY, LEASE, Turn
from ledger.clock import ManualClock
from ledger.database import Database
from ledger.journal_reads import JournalReads
from tests.crm_bridge.connectors.house import AT, FakeSite, happened, hook, nobody, put, server, until

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(AT)


async def test_one_of_two_has_the_turn_where_a_database_is_shared(db: Database, clock: ManualClock) -> None:
    one, two = Turn(db, clock), Turn(db, clock)
    assert await one.take()
    assert await two.take() is db.is_sqlite  # there the lock of the data folder has decided before
    if db.is_sqlite:
        return
    for _ in range(10):  # as long as it is made longer in time
        clock.advance(EVERY)
        assert await one.take() and not await two.take()
    await one.give_back()
    assert await two.take() and not await one.take()
    clock.advance(LEASE + 1)  # two is dead, or sleeps
    assert await one.take() and not await two.take()


async def test_the_turn_outlives_a_short_loss_of_the_database(db: Database, clock: ManualClock) -> None:
    turn = Turn(db, clock)
    assert await turn.take()
    await db.close()
    clock.advance(EVERY)
    assert await turn.take()
    clock.advance(LEASE)
    assert await turn.take() is db.is_sqlite
    await turn.give_back()


@asynccontextmanager
async def running(connectors: Connectors) -> AsyncIterator[None]:
    task = asyncio.create_task(connectors.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_who_has_not_the_turn_sends_nothing_and_says_so(db: Database) -> None:
    async with server() as here:
        site = FakeSite({"shop": hook(here.url)})
        first, second = (Connectors(lambda: site, db, JournalReads(db), nobody) for _ in range(2))

        async def is_here(connectors: Connectors) -> bool:
            return any(state.here and state.known for state in await connectors.state())

        async with running(first):
            await until(lambda: is_here(first))
            if db.is_sqlite:
                return
            async with running(second):
                await put(db, [happened(f"c{n}") for n in range(20)])
                await here.until(lambda: len(here.got) == 20)
                assert not await is_here(second)
                with pytest.raises(NotAtWork):
                    await second.test("shop")
        async with running(second):  # the other has given it back
            await until(lambda: is_here(second))
            await put(db, [happened("later")])
            await here.until(lambda: here.keys[-1] == "later-001")
        assert len(here.keys) == len(set(here.keys))
