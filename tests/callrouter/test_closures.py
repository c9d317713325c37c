"""Doors closed by hand: which are closed, what survives a restart, and that each opens by itself at its time."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from callrouter import events as ev
from callrouter.chronicle import Chronicle
from callrouter.closures import LONGEST, WHOLE_LINE, Closure, Closures, Extent, Scope, fold
from ledger.clock import ManualClock
from tests.callrouter.memory_book import MemoryBook

NUMBER, OTHER = "+37052000000", "+37052000001"
BILLING = Scope(Extent.DEPARTMENT, "billing")
OF_NUMBER = Scope(Extent.NUMBER, NUMBER)


class Doors:
    """Closures on a clock moved by hand, and what was told of them."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.book = MemoryBook()
        self.closures = Closures(Chronicle(self.book), self.clock)

    def closure(self, scope: Scope = WHOLE_LINE, minutes: float = 60) -> Closure:
        now = self.clock.now()
        return Closure(scope, now, now + timedelta(minutes=minutes), "sue", (("en", "We are closed."),))


@pytest.mark.parametrize(
    ("scope", "keeps_out"),
    [
        pytest.param(WHOLE_LINE, {"number", "other number", "billing", "sales"}, id="the line"),
        pytest.param(OF_NUMBER, {"number", "billing", "sales"}, id="a number"),
        pytest.param(BILLING, {"billing", "billing by the other number"}, id="a department"),
    ],
)
async def test_a_closure_keeps_out_whom_it_means_and_nobody_else(scope: Scope, keeps_out: set[str]) -> None:
    doors = Doors()
    shut = doors.closures
    await shut.close(doors.closure(scope))
    asked = {
        "number": shut.at_number(NUMBER),
        "other number": shut.at_number(OTHER),
        "billing": shut.at_department("billing", NUMBER),
        "sales": shut.at_department("sales", NUMBER),
        "billing by the other number": shut.at_department("billing", OTHER),
    }
    if scope is WHOLE_LINE:
        keeps_out = set(asked)
    assert {name for name, closure in asked.items() if closure is not None} == keeps_out
    shut.stop()


async def test_the_narrowest_closure_is_the_one_a_caller_hears() -> None:
    doors = Doors()
    for scope in (WHOLE_LINE, BILLING, OF_NUMBER):
        await doors.closures.close(doors.closure(scope))
    found = doors.closures.at_department("billing", NUMBER)
    assert found is not None
    assert found.scope == BILLING
    assert [closure.scope for closure in doors.closures.now()] == [WHOLE_LINE, OF_NUMBER, BILLING]
    doors.closures.stop()


async def test_a_closure_ends_at_its_time_and_says_so_once() -> None:
    doors, changed = Doors(), asyncio.Event()
    doors.closures.watch(changed.set)
    await doors.closures.close(doors.closure(minutes=0.001))
    doors.clock.advance(0.06)
    assert doors.closures.at_number(NUMBER) is None, "whoever asks needs no timer"
    changed.clear()
    async with asyncio.timeout(20):
        await changed.wait()
    (opened,) = doors.book.told(ev.LineReopened)
    assert isinstance(opened, ev.LineReopened)
    assert (opened.scope, opened.who) == ("line", "")
    assert doors.closures.now() == ()


async def test_opening_again_is_told_and_what_is_open_cannot_be_opened() -> None:
    doors = Doors()
    await doors.closures.close(doors.closure(BILLING))
    assert not await doors.closures.reopen(WHOLE_LINE, "sue")
    assert await doors.closures.reopen(BILLING, "ann")
    assert not await doors.closures.reopen(BILLING, "ann")
    (opened,) = doors.book.told(ev.LineReopened)
    assert (opened.department, getattr(opened, "who", "")) == ("billing", "ann")


async def test_a_restart_finds_the_same_doors_closed() -> None:
    doors = Doors()
    for closure in (doors.closure(), doors.closure(BILLING, minutes=5), doors.closure(OF_NUMBER)):
        await doors.closures.close(closure)
    await doors.closures.reopen(OF_NUMBER, "sue")
    before = doors.closures.now()
    doors.closures.stop()

    again = Closures(Chronicle(doors.book), doors.clock)
    again.restore(doors.book.events)
    assert again.now() == before
    again.stop()

    doors.clock.advance(6 * 60)
    later = Closures(Chronicle(doors.book), doors.clock)
    later.restore(doors.book.events)
    assert [closure.scope for closure in later.now()] == [WHOLE_LINE]
    assert [getattr(event, "scope", "") for event in doors.book.told(ev.LineReopened)][-1] == str(BILLING)
    later.stop()


@pytest.mark.parametrize("minutes", [-1, 0, LONGEST / timedelta(minutes=1) + 1], ids=["past", "now", "32 days"])
async def test_nothing_is_closed_in_the_past_or_for_ever(minutes: float) -> None:
    doors = Doors()
    with pytest.raises(ValueError, match="31 days"):
        await doors.closures.close(doors.closure(minutes=minutes))
    assert doors.book.events == []


@pytest.mark.parametrize("written", ["", "line:x", "department", "number:", "people:ann"], ids=str)
async def test_what_nobody_can_read_keeps_nothing_closed(written: str) -> None:
    doors = Doors()
    now = doors.clock.now()
    event = ev.LineClosed(at=now, scope=written, until=(now + timedelta(hours=1)).isoformat(), who="sue")
    assert fold([event]) == {}


@pytest.mark.parametrize("scope", [WHOLE_LINE, OF_NUMBER, BILLING], ids=str)
def test_a_scope_is_read_as_it_was_written(scope: Scope) -> None:
    assert Scope.read(str(scope)) == scope
