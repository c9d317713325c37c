"""Events that come late, twice or in any order, and a clock that was put back: the record is the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter import events as ev
from callrouter.events import Event, Outcome
from reports.derive import record_of
from reports.model import CallRecord, Left
from tests.fixtures.journal_of_calls import Caller, abandoned_call, answered_call

PASSED_ON = (
    Caller("c").menu().joins("billing", wait=3).rings("alice").answered("alice", waited=5.0, talk=60)
    .released("alice", 60.0).joins("support", wait=298).rings("bob", department="support")
    .answered("bob", waited=300.0, talk=60, department="support").released("bob", 60.0, "support")
    .ends(Outcome.ANSWERED)
)  # fmt: skip
STORIES = [
    pytest.param(answered_call("c"), id="answered"),
    pytest.param(abandoned_call("c"), id="abandoned"),
    pytest.param(list(PASSED_ON), id="passed on"),
]


def known(events: list[Event]) -> CallRecord:
    record = record_of(events)
    assert record is not None
    return record


@pytest.mark.parametrize("story", STORIES)
@given(data=st.data())
def test_any_order_gives_the_same_record(story: list[Event], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(story), max_size=5))
    shuffled = data.draw(st.permutations([*story, *again]))
    assert known(shuffled) == known(story)
    assert known(story).odd == 0


@pytest.mark.parametrize("story", STORIES)
def test_a_clock_that_was_put_back_changes_no_order(story: list[Event]) -> None:
    right = known(story)
    for cut in range(1, len(story)):
        back = [*story[:cut], *(replace(event, at=event.at - timedelta(hours=1)) for event in story[cut:])]
        found = known(back)
        assert (found.outcome, found.talked, found.answered_by) == (right.outcome, right.talked, right.answered_by)


@pytest.mark.parametrize(
    ("story", "left"),
    [
        pytest.param(
            Caller("c").joins("billing", wait=30).answered("bob", waited=40.0, department="support")
            .released("bob", 60.0, "support").ends(Outcome.ANSWERED),
            [("billing", Left.MOVED_ON, "support"), ("support", Left.ANSWERED, "")],
            id="answered for another department",
        ),
        pytest.param(
            Caller("c").joins("billing", wait=30).tell(ev.CallAnswered, after=60, agent="bob", waited=30.0)
            .released("bob", 60.0, "").ends(Outcome.ANSWERED),
            [("billing", Left.MOVED_ON, "bob")],
            id="answered by somebody for no department",
        ),
    ],
)  # fmt: skip
def test_a_line_whose_leaving_was_not_told_is_left(story: list[Event], left: list[tuple[str, Left, str]]) -> None:
    assert [(stay.department, stay.left, stay.to) for stay in known(list(story)).stays] == left
