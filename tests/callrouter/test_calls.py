"""The call as a whole: what its events amount to, in their order and in any other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callrouter import events as ev
from callrouter.calls import Call, CallState, Talk, advance, fold
from callrouter.events import Event, Outcome, Party

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def offered(second: float = 0.0, **more: Any) -> Event:
    return ev.CallOffered(at=at(second), call="c1", did="5000", ani="6000", site="v5", **more)


def menu(second: float, name: str = "main") -> Event:
    return ev.MenuEntered(at=at(second), call="c1", menu=name)


def queued(second: float, department: str = "sales") -> Event:
    return ev.CallQueued(at=at(second), call="c1", department=department, position=1)


def rings(second: float, *agents: str) -> Event:
    return ev.AgentsOffered(at=at(second), call="c1", department="sales", agents=agents)


def silent(second: float, agent: str) -> Event:
    return ev.OfferEnded(at=at(second), call="c1", agent=agent, reply="no answer", rang=5.0)


def answered(second: float, agent: str = "ann", waited: float = 0.0) -> Event:
    return ev.CallAnswered(at=at(second), call="c1", agent=agent, department="sales", waited=waited)


def held(second: float) -> Event:
    return ev.CallHeld(at=at(second), call="c1", agent="ann")


def resumed(second: float) -> Event:
    return ev.CallResumed(at=at(second), call="c1", agent="ann")


def released(second: float, talked: float, agent: str = "ann", **more: Any) -> Event:
    return ev.CallReleased(at=at(second), call="c1", agent=agent, talked=talked, by=Party.AGENT, **more)


def left(second: float, waited: float) -> Event:
    return ev.CallLeftQueue(at=at(second), call="c1", department="sales", why="overflow", waited=waited)


def ended(second: float, outcome: str = Outcome.ANSWERED, **more: Any) -> Event:
    return ev.CallEnded(at=at(second), call="c1", outcome=outcome, **more)


def folded(*events: Event) -> Call:
    call = fold(list(events))
    assert call is not None
    return call


STORY: list[Event] = [
    offered(),
    menu(1),
    ev.LanguageChosen(at=at(2), call="c1", language="lt"),
    ev.KeysPressed(at=at(3), call="c1", keys="1", menu="main"),
    ev.FactNamed(at=at(3), call="c1", name="intent", value="invoice"),
    ev.BranchTaken(at=at(3), call="c1", origin="main", to="department sales", why="key 1"),
    queued(4),
    rings(5, "ann"),
    silent(20, "ann"),
    rings(21, "bob", "ann"),
    answered(24, "bob", waited=20.0),
    held(30),
    resumed(36),
    released(84, 60.0, "bob"),
    ended(85, hung_up_first=Party.AGENT),
]


def test_no_events_are_no_call() -> None:
    assert fold([]) is None


def test_a_whole_story() -> None:
    call = folded(*STORY)
    assert call == Call(
        id="c1",
        offered_at=START,
        did="5000",
        ani="6000",
        site="v5",
        state=CallState.ENDED,
        language="lt",
        path=("main",),
        keys=("1",),
        facts={"intent": "invoice"},
        departments=("sales",),
        department="sales",
        destination="department sales",
        waited=20.0,
        rung=("ann", "bob"),
        answered_by="bob",
        answered_at=at(24),
        talks=(Talk("bob", "sales", at(24), talked=60.0, held=6.0),),
        ended_at=at(85),
        outcome=Outcome.ANSWERED,
        hung_up_first="agent",
    )
    assert call.talked == 60.0


def test_folding_is_advancing_one_by_one() -> None:
    call = Call(id="c1", offered_at=START)
    for event in STORY:
        call = advance(call, event)
    assert call == folded(*STORY)


STATES: dict[str, tuple[list[Event], CallState]] = {
    "offered": ([offered()], CallState.OFFERED),
    "in a menu": ([offered(), menu(1)], CallState.IN_MENU),
    "waiting": ([offered(), menu(1), queued(2)], CallState.WAITING),
    "waiting, without any menu": ([offered(), queued(2)], CallState.WAITING),
    "ringing": ([offered(), queued(2), rings(3, "ann")], CallState.RINGING),
    "ringing a person dialled directly": ([offered(), menu(1), rings(3, "ann")], CallState.RINGING),
    "nobody answered, back in line": ([offered(), queued(2), rings(3, "ann"), silent(9, "ann")], CallState.WAITING),
    "a person did not answer": ([offered(), menu(1), rings(3, "ann"), silent(9, "ann")], CallState.IN_MENU),
    "talking": ([offered(), queued(2), rings(3, "ann"), answered(5)], CallState.TALKING),
    "the other phones stop ringing": (
        [offered(), queued(2), rings(3, "ann", "bob"), answered(5), silent(5, "bob")],
        CallState.TALKING,
    ),
    "on hold is still talking": ([offered(), queued(2), answered(5), held(6)], CallState.TALKING),
    "after the talk": ([offered(), queued(2), answered(5), released(9, 4.0)], CallState.AFTER),
    "in line again after the talk": (
        [offered(), queued(2), answered(5), released(9, 4.0), queued(9)],
        CallState.WAITING,
    ),
    "led on from the line": ([offered(), queued(2), left(90, 88.0)], CallState.IN_MENU),
    "ended": ([offered(), ended(2)], CallState.ENDED),
    "ended while waiting": ([offered(), queued(1), ended(2)], CallState.ENDED),
}


@pytest.mark.parametrize(("events", "state"), STATES.values(), ids=STATES.keys())
def test_states(events: list[Event], state: CallState) -> None:
    call = folded(*events)
    assert (call.state, call.odd) == (state, 0)


# ---- odd events


ODD: dict[str, list[Event]] = {
    "ended twice": [offered(), ended(2), ended(3, Outcome.FAILED)],
    "a menu after the end": [offered(), ended(2), menu(3)],
    "an answer after the end": [offered(), ended(2), answered(3)],
    "queued twice": [offered(), queued(2), queued(2)],
    "left twice": [offered(), queued(2), left(9, 7.0), left(9, 7.0)],
    "released without an answer": [offered(), released(9, 5.0)],
    "released twice": [offered(), answered(2), released(9, 7.0), released(9, 7.0)],
    "answered twice by the same agent": [offered(), answered(2), answered(2)],
    "answered again, told after the release": [offered(), answered(2), released(9, 7.0), answered(2)],
    "held without an answer": [offered(), held(3)],
    "held twice": [offered(), answered(2), held(3), held(4)],
    "resumed after the release": [offered(), answered(2), released(9, 7.0), resumed(10)],
    "rings while talking": [offered(), answered(2), rings(3, "bob")],
    "a menu while waiting": [offered(), queued(2), menu(3)],
    "released by an agent who passed the caller on": [
        offered(),
        answered(2, "ann"),
        answered(5, "bob"),
        released(6, 3.0),
    ],
}


@pytest.mark.parametrize("events", ODD.values(), ids=ODD.keys())
def test_an_odd_event_is_counted_and_changes_nothing_else(events: list[Event]) -> None:
    before = folded(*events[:-1])
    assert before.odd == 0
    assert folded(*events) == replace(before, odd=1)


def test_an_end_in_words_of_a_later_version_is_still_the_end() -> None:
    call = folded(offered(), ended(5, "sent_by_pigeon", hung_up_first=Party.CALLER))
    assert (call.state, call.ended_at, call.outcome, call.odd) == (CallState.ENDED, at(5), None, 1)


def test_an_answer_counts_though_the_ringing_was_lost() -> None:
    call = folded(offered(), menu(1), answered(5))
    assert (call.state, call.answered_by, call.odd) == (CallState.TALKING, "ann", 0)


def test_a_story_without_its_beginning() -> None:
    call = folded(*STORY[6:])
    assert (call.odd, call.offered_at, call.did, call.talked) == (0, at(4), "", 60.0)


def test_a_beginning_that_comes_late() -> None:
    call = folded(menu(1), offered(0.0), queued(2))
    assert (call.offered_at, call.did, call.state, call.odd) == (START, "5000", CallState.WAITING, 0)


def test_an_event_that_is_none_of_a_calls_changes_nothing() -> None:
    call = folded(offered())
    assert advance(call, ev.PositionTold(at=at(3), call="c1", position=2)) == call


# ---- times


def test_waits_add_up_over_departments() -> None:
    call = folded(offered(), queued(0), left(90, 90.0), queued(90, "night"), answered(100, waited=10.0))
    assert (call.waited, call.departments, call.department) == (100.0, ("sales", "night"), "night")


def test_a_talk_ends_at_the_transfer() -> None:
    call = folded(offered(), answered(10, "ann"), held(20), answered(25, "bob"), released(65, 40.0, "bob"))
    assert call.talks == (
        Talk("ann", "sales", at(10), talked=15.0, held=5.0),
        Talk("bob", "sales", at(25), talked=40.0, held=0.0),
    )
    assert (call.talked, call.answered_at, call.answered_by) == (55.0, at(10), "bob")


HELD: dict[str, tuple[list[Event], float]] = {
    "once": ([held(12), resumed(15)], 3.0),
    "twice": ([held(12), resumed(15), held(20), resumed(24)], 7.0),
    "till the end": ([held(15)], 5.0),
    "told twice": ([held(12), held(14), resumed(15)], 3.0),
    "resumed twice": ([held(12), resumed(15), resumed(18)], 3.0),
    "resumed before it was held": ([held(15), resumed(12)], 0.0),
    "before anybody answered": ([], 0.0),
}


@pytest.mark.parametrize(("events", "seconds"), HELD.values(), ids=HELD.keys())
def test_hold(events: list[Event], seconds: float) -> None:
    call = folded(offered(), held(5), answered(10), *events, released(20, 10.0))
    assert call.talks[0].held == seconds
    assert call.held_since is None


def test_hold_counted_by_others_is_kept() -> None:
    assert folded(offered(), answered(10), released(20, 10.0, held=4.0)).talks[0].held == 4.0


def test_a_talk_under_way_counts_as_nothing_yet() -> None:
    assert folded(offered(), answered(10)).talked == 0.0


# ---- any order

seconds = st.floats(0, 600)
names = st.sampled_from(["ann", "bob", ""])
anything = st.one_of(
    st.builds(offered, seconds),
    st.builds(menu, seconds),
    st.builds(queued, seconds),
    st.builds(rings, seconds, names),
    st.builds(silent, seconds, names),
    st.builds(answered, seconds, names, seconds),
    st.builds(held, seconds),
    st.builds(resumed, seconds),
    st.builds(released, seconds, seconds, names, held=seconds),
    st.builds(left, seconds, seconds),
    st.builds(ended, seconds, st.sampled_from([*Outcome, "sent_by_pigeon"])),
    st.sampled_from(STORY),
)


def assert_sound(call: Call) -> None:
    assert call.waited >= 0
    assert call.talked >= 0
    assert all(talk.held >= 0 and (talk.talked is None or talk.talked >= 0) for talk in call.talks)
    under_way = [talk for talk in call.talks if talk.talked is None]
    assert under_way in ([], [*call.talks[-1:]])
    assert call.state is not CallState.TALKING or under_way
    assert (call.ended_at is not None) == (call.state is CallState.ENDED)


@settings(max_examples=300)
@given(st.lists(anything, min_size=1, max_size=30))
def test_no_order_of_events_is_too_odd(events: list[Event]) -> None:
    call = Call(id="c1", offered_at=START)
    for event in events:
        before, call = call, advance(call, event)
        assert_sound(call)
        assert before.state is not CallState.ENDED or call.state is CallState.ENDED
        assert call.odd - before.odd in (0, 1)


@given(st.permutations(STORY))
def test_the_story_told_in_any_order(events: list[Event]) -> None:
    assert_sound(folded(*events))


@given(st.lists(st.sampled_from(range(len(STORY))), max_size=20))
def test_the_story_with_events_told_twice(twice: list[int]) -> None:
    """Whatever is told twice at once: waits, talks and the end are those of the story told once."""
    events = [event for number, event in enumerate(STORY) for _ in range(1 + twice.count(number))]
    once, call = folded(*STORY), folded(*events)
    assert (call.waited, call.talks, call.outcome, call.ended_at) == (
        once.waited,
        once.talks,
        once.outcome,
        once.ended_at,
    )
