"""Callers between two conversations: taken up once, or given up once, and each time is counted anew."""

from __future__ import annotations

import asyncio

import pytest

from callrouter import on_the_way
from callrouter.on_the_way import OnTheWay


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_the_way, "TAKE_UP", 0.01)


async def a_caller_would_be_given_up() -> None:
    """Wait as long as for a caller who is waited for from now on."""
    passed = asyncio.Event()
    asyncio.get_running_loop().call_later(on_the_way.TAKE_UP, passed.set)
    await passed.wait()


async def test_who_comes_is_taken_up_and_not_given_up() -> None:
    lost: list[str] = []
    way: OnTheWay[str] = OnTheWay(lost.append)
    way.keep("1", "a visit")
    assert "1" in way
    assert way.take("1") == "a visit"
    assert (way.take("1"), "1" in way) == (None, False)
    await a_caller_would_be_given_up()
    assert lost == []


async def test_who_does_not_come_has_hung_up() -> None:
    lost: list[str] = []
    way: OnTheWay[str] = OnTheWay(lost.append)
    way.keep("1", "a visit")
    await a_caller_would_be_given_up()
    assert lost == ["a visit"]
    assert way.take("1") is None


async def test_the_second_time_is_counted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    lost: list[str] = []
    way: OnTheWay[str] = OnTheWay(lost.append)
    way.keep("1", "a visit")
    way.take("1")
    first_would_be_over = asyncio.ensure_future(a_caller_would_be_given_up())
    await asyncio.sleep(0)
    monkeypatch.setattr(on_the_way, "TAKE_UP", 60.0)
    way.keep("1", "a visit")
    await first_would_be_over
    assert lost == []
    assert way.take("1") == "a visit"
