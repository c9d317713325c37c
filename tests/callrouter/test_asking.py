"""Consultations: the journal learns whose phone rings about which caller, and when that is over without a transfer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from callrouter import events as ev
from callrouter.asking import Asking
from callrouter.chronicle import Chronicle
from ledger.clock import ManualClock
from tests.callrouter.memory_book import MemoryBook

AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


class Desk:
    """Ann talks with a caller."""

    def __init__(self) -> None:
        self.book = MemoryBook()
        self.chronicle = Chronicle(self.book)
        self.asking = Asking(self.chronicle, ManualClock())
        self.chronicle.tell(ev.CallOffered(at=AT, call="c1", did="d"))
        self.chronicle.tell(ev.CallAnswered(at=AT, call="c1", agent="ann", department="sales"))

    @property
    def told(self) -> list[tuple[str, str, str]]:
        kinds = (ev.ConsultationBegun, ev.ConsultationEnded)
        return [(e.KIND.removeprefix("consultation_"), e.agent, e.to) for e in self.book.events if isinstance(e, kinds)]


@pytest.fixture
async def desk() -> Desk:
    return Desk()


async def test_it_is_told_once_that_a_colleague_is_asked_and_once_that_it_is_over(desk: Desk) -> None:
    for _ in range(2):
        desk.asking.began("u1", "ann", "ben")
    assert desk.chronicle.calls["c1"].asked == "ben"
    for _ in range(2):
        desk.asking.over("u1")
    assert desk.told == [("begun", "ann", "ben"), ("ended", "ann", "ben")]
    assert desk.chronicle.calls["c1"].asked == ""


async def test_who_takes_the_caller_over_is_not_told_of_as_leaving(desk: Desk) -> None:
    desk.asking.began("u1", "ann", "ben")
    desk.chronicle.tell(ev.CallAnswered(at=AT, call="c1", agent="ben"))
    desk.asking.over("u1")
    assert desk.told == [("begun", "ann", "ben")]


@pytest.mark.parametrize("by", ["ben", "cat"], ids=["who talks with nobody", "another one"])
async def test_colleagues_who_ring_each_other_about_nothing_are_in_no_journal(desk: Desk, by: str) -> None:
    desk.asking.began("u1", by, "dan")
    desk.asking.over("u1")
    assert desk.told == []


async def test_what_was_missed_while_the_link_was_down_is_over(desk: Desk) -> None:
    desk.asking.began("u1", "ann", "ben")
    desk.asking.keep({"u1"})
    assert desk.told[1:] == []
    desk.asking.keep({"u2"})
    assert desk.told == [("begun", "ann", "ben"), ("ended", "ann", "ben")]
