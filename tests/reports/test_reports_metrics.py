"""The formulas, each with a worked example, and the figures of a small day counted by hand."""

from __future__ import annotations

import doctest
from dataclasses import replace
from datetime import timedelta
from types import ModuleType

import pytest
from hypothesis import given

from callrouter.events import Event, Outcome
from reports import metrics, period, rules, text
from reports.derive import record_of
from reports.figures import department_figures, site_figures
from reports.model import CallRecord, Left
from tests.fixtures.journal_of_calls import START, Caller, abandoned_call, mixtures


def records(*calls: list[Event]) -> list[CallRecord]:
    return [found for events in calls if (found := record_of(events)) is not None]


def queue_call(call: str, waited: float, talk: float, agent: str = "alice") -> list[Event]:
    """A call answered after so long."""
    caller = Caller(call).menu().joins().rings(agent).answered(agent, waited=waited, talk=talk)
    return caller.released(agent, talk).ends(Outcome.ANSWERED)


#: Ten calls of one day. Billing's target is 20 s.
DAY = records(
    queue_call("a1", 5.0, 60.0),
    queue_call("a2", 20.0, 30.0),
    queue_call("a3", 50.0, 90.0, "bob"),
    abandoned_call("b1", 2.0),
    Caller("b2").menu().ends(Outcome.ABANDONED, abandoned_in="menu"),
    Caller("v1").menu().joins().leaves("voicemail billing", 120.0).ends(Outcome.VOICEMAIL),
    Caller("k1").menu().ends(Outcome.CLOSED),
    Caller("u1").ends(Outcome.UNKNOWN_NUMBER),
    # Moved on from billing to sales, and answered there after 30 + 5 seconds.
    Caller("m1").menu().joins().leaves("department sales", 30.0).joins("sales").rings("bob", department="sales")
    .answered("bob", waited=5.0, talk=20.0, department="sales").released("bob", 20.0, "sales")
    .ends(Outcome.ANSWERED),
    # Missed by alice, and still waiting.
    Caller("w1").menu().joins().rings("alice").not_taken("alice").events,
)  # fmt: skip
TARGETS = {"billing": 20.0}


@pytest.mark.parametrize("module", [metrics, text, period, rules], ids=lambda module: module.__name__)
def test_worked_examples(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert (result.failed, result.attempted > 0) == (0, True)


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        pytest.param(metrics.count_outcome(DAY, Outcome.ANSWERED), 4, id="answered"),
        pytest.param(metrics.count_outcome(DAY, Outcome.VOICEMAIL), 1, id="voicemail"),
        pytest.param(metrics.count_abandoned(DAY, "menu"), 1, id="abandoned in menu"),
        pytest.param(metrics.count_abandoned(DAY, "queue"), 1, id="abandoned in queue"),
        pytest.param(metrics.count_in_progress(DAY), 1, id="in progress"),
        pytest.param(metrics.count_left([s for c in DAY for s in c.stays], Left.MOVED_ON), 1, id="moved on"),
    ],
)
def test_counts(figure: object, expected: object) -> None:
    assert figure == expected


def test_the_site_counts_each_call_once() -> None:
    found = site_figures(DAY, TARGETS)
    assert (found.offered, found.answered, found.abandoned, found.voicemail) == (10, 4, 2, 1)
    assert (found.closed, found.unknown_number, found.in_progress, found.failed) == (1, 1, 1, 0)
    assert found.imbalance == 0
    # Six joined a line and wait no more: a1 a2 a3 b1 v1 m1. a1 and a2 were in time; m1 waited 35 s in all.
    assert (found.joined_a_line, found.answered_within) == (6, 2)
    assert found.service_level == pytest.approx(2 / 6)
    assert found.average_wait == pytest.approx((5 + 20 + 50 + 35) / 4)
    assert found.longest_wait == 120.0
    assert found.talk_time == 200.0


def test_a_department_counts_every_stay() -> None:
    billing = department_figures(DAY, "billing", 20.0)
    assert (billing.offered, billing.answered, billing.abandoned, billing.voicemail) == (7, 3, 1, 1)
    assert (billing.moved_on, billing.failed, billing.waiting, billing.imbalance) == (1, 0, 1, 0)
    assert billing.answered_within == 2
    assert billing.service_level == pytest.approx(2 / 6)  # who waits is not judged
    assert (billing.average_wait, billing.longest_wait, billing.talk_time) == (25.0, 120.0, 180.0)
    sales = department_figures(DAY, "sales", 20.0)
    assert (sales.offered, sales.answered, sales.service_level, sales.average_wait) == (1, 1, 1.0, 5.0)


def test_nothing_measured_is_none_and_never_a_number() -> None:
    site, department = site_figures([], TARGETS), department_figures([], "billing", 20.0)
    for figures in (site, department):
        assert figures.offered == 0
        assert figures.service_level is figures.average_wait is figures.longest_wait is figures.talk_time is None


def test_a_call_that_was_answered_and_then_left_a_message() -> None:
    call = Caller("c").joins().answered().released().ends(Outcome.VOICEMAIL)
    found = records(call)
    assert (site_figures(found, {}).answered, site_figures(found, {}).voicemail) == (0, 1)
    assert department_figures(found, "billing", 20.0).answered == 1


@given(mixtures())
def test_the_balance_holds_for_whatever_comes(events: list[Event]) -> None:
    names = sorted({event.call for event in events if event.call})
    found = records(*([event for event in events if event.call == name] for name in names))
    not_ours = sum(call.ended_at is not None and call.outcome is None for call in found)
    assert site_figures(found, {}).imbalance == not_ours
    assert department_figures(found, "billing", 20.0).imbalance == 0


def test_a_call_in_no_outcome_is_seen() -> None:
    lost = replace(DAY[0], outcome=None, ended_at=START + timedelta(seconds=1))
    assert site_figures([lost, *DAY[1:]], {}).imbalance == 1
