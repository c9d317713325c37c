"""From events to a record: each stay in a line and each ringing phone, whatever is lost or told twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter import events as ev
from callrouter.calls import Talk, fold
from callrouter.events import Event, Outcome
from reports.derive import record_of
from reports.model import CallRecord, Left
from reports.order import in_order
from tests.fixtures.journal_of_calls import START, Caller, abandoned_call, answered_call, mixtures


def record(events: list[Event]) -> CallRecord:
    found = record_of(events)
    assert found is not None
    return found


def stays(events: list[Event]) -> list[tuple[str, Left, float | None]]:
    return [(stay.department, stay.left, stay.waited) for stay in record(events).stays]


def offers(events: list[Event]) -> list[tuple[str, str]]:
    return [(offer.agent, offer.reply) for offer in record(events).offers]


def test_nothing_is_no_record() -> None:
    assert record_of([]) is None


def test_an_answered_call() -> None:
    found = record(answered_call("c1"))
    assert found.talks == (Talk("alice", "billing", START + timedelta(seconds=10), 60.0),)
    (stay,) = found.stays
    assert (stay.department, stay.left, stay.waited, stay.answered_by) == ("billing", Left.ANSWERED, 7.0, "alice")
    assert (found.outcome, found.waited, found.talked, found.path) == (Outcome.ANSWERED, 7.0, 60.0, ("main",))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param(abandoned_call("c", 40.0), [("billing", Left.ABANDONED, 40.0)], id="abandoned"),
        pytest.param(
            Caller("c").joins().leaves("voicemail billing").ends("voicemail"),
            [("billing", Left.VOICEMAIL, 120.0)],
            id="led to a mailbox",
        ),
        pytest.param(
            Caller("c").joins().leaves("department sales", 30.0).joins("sales").answered(department="sales").events,
            [("billing", Left.MOVED_ON, 30.0), ("sales", Left.ANSWERED, 7.0)],
            id="two departments",
        ),
        pytest.param(
            Caller("c").joins().leaves("hangup", 30.0).joins().events,
            [("billing", Left.MOVED_ON, 30.0), ("billing", Left.WAITING, None)],
            id="back again, and waiting",
        ),
        pytest.param(
            Caller("c").joins(wait=9.0).ends("failed", estimated=True), [("billing", Left.FAILED, None)], id="we died"
        ),
        pytest.param(
            Caller("c").joins(wait=9.0).ends("abandoned"), [("billing", Left.ABANDONED, 9.0)], id="leaving was lost"
        ),
        pytest.param(Caller("c").answered(waited=3.0).events, [("billing", Left.ANSWERED, 3.0)], id="joining was lost"),
        pytest.param(Caller("c").answered(department="").events, [], id="dialled directly"),
        pytest.param(Caller("c").joins().joins().events, [("billing", Left.WAITING, None)], id="told twice"),
    ],
)
def test_stays(events: list[Event], expected: list[tuple[str, Left, float | None]]) -> None:
    assert stays(events) == expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param(answered_call("c"), [("alice", "answered")], id="answered"),
        pytest.param(
            Caller("c").joins().rings("alice", "bob").answered("bob").not_taken("alice", "cancelled").events,
            [("alice", "cancelled"), ("bob", "answered")],
            id="a colleague was quicker",
        ),
        pytest.param(
            Caller("c").joins().rings("alice").not_taken("alice").rings("bob").events,
            [("alice", "no answer"), ("bob", "")],
            id="one after the other",
        ),
        pytest.param(
            Caller("c").joins().rings("alice").leaves("", why="abandoned").ends("abandoned"),
            [("alice", "cancelled")],
            id="the caller went first",
        ),
        pytest.param(
            Caller("c").joins().rings("alice").not_taken("alice").not_taken("alice", "busy").events,
            [("alice", "no answer")],
            id="told twice",
        ),
    ],
)
def test_offers(events: list[Event], expected: list[tuple[str, str]]) -> None:
    assert offers(events) == expected


def test_an_outcome_of_another_version_is_an_end_all_the_same() -> None:
    found = record(Caller("c").joins().ends("of 2031"))
    assert (found.ended_at is not None, found.outcome, found.stays[0].left) == (True, None, Left.FAILED)


@given(mixtures())
def test_whatever_happens_the_record_agrees_with_the_fold(events: list[Event]) -> None:
    events = [event for event in events if event.call == "c1"]
    found, call = record_of(events), fold(list(in_order(events))) if events else None
    if found is None or call is None:
        assert found is None
        assert call is None
        return
    same = ("outcome", "ended_at", "offered_at", "answered_by", "waited", "talked", "path", "talks", "odd")
    assert {name: getattr(found, name) for name in same} == {name: getattr(call, name) for name in same}
    assert sum(stay.left is Left.WAITING for stay in found.stays) <= (0 if found.ended_at else 1)


@given(st.integers(0, 9), st.integers(0, 9))
def test_an_event_told_twice_changes_no_stay(first: int, second: int) -> None:
    events = answered_call("c")
    again = [*events[: first + 1], *events[first : second + 1], *events[max(first, second) + 1 :]]
    if ev.CallEnded.KIND in {event.KIND for event in again}:
        assert len(record(again).stays) <= 2
