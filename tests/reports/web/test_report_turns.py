"""How many reports are made at once: of one account, in all, and what the next one is told."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from reports.web.turns import NoTurn, Turns


@pytest.mark.parametrize(
    ("running", "account", "free"),
    [
        pytest.param([], "sue", True, id="nobody else"),
        pytest.param(["ann"], "sue", True, id="somebody else"),
        pytest.param(["sue"], "sue", False, id="a second of the same"),
        pytest.param(["ann", "bob"], "sue", False, id="all are taken"),
    ],
)
async def test_turns(running: list[str], account: str, free: bool) -> None:
    turns = Turns(in_all=2, of_one=1, seconds=0.01)
    async with AsyncExitStack() as held:
        for one in running:
            await held.enter_async_context(turns.of(one))
        if free:
            await held.enter_async_context(turns.of(account))
        else:
            with pytest.raises(NoTurn):
                await held.enter_async_context(turns.of(account))
    async with turns.of(account):  # what was given back may be had again
        pass


async def test_who_waits_has_the_turn_that_is_given_back() -> None:
    turns = Turns(in_all=2, of_one=1, seconds=20)
    done: list[int] = []

    async def one(n: int) -> None:
        async with turns.of("sue"):
            await asyncio.sleep(0)
            done.append(n)

    async with asyncio.timeout(20):
        await asyncio.gather(*(one(n) for n in range(5)))
    assert done == [0, 1, 2, 3, 4]


async def test_who_is_cancelled_gives_the_turn_back() -> None:
    turns = Turns(in_all=1, of_one=1, seconds=20)
    begun = asyncio.Event()

    async def hold() -> None:
        async with turns.of("sue"):
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    async with asyncio.timeout(20):
        await begun.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with turns.of("ann"):
            pass
