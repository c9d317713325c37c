"""Agents: the whole table of states and deeds, what happens later, and that nothing leads to nonsense."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter.agents import Agent, AgentState, Deed, NotPossible, after

A, D = AgentState, Deed
OUT, READY, RINGING, TALKING, WRAP_UP, PAUSED = A.LOGGED_OUT, A.READY, A.RINGING, A.TALKING, A.WRAP_UP, A.PAUSED

#: What every deed leads to in every state, with a wrap-up of 10 s; None where it is not possible.
TABLE: dict[AgentState, dict[Deed, AgentState | None]] = {
    OUT: {
        D.LOG_IN: READY,
        D.LOG_OUT: OUT,
        D.PAUSE: None,
        D.RESUME: None,
        D.OFFER: None,
        D.MISS: None,
        D.ANSWER: None,
        D.RELEASE: None,
        D.FINISH: None,
    },
    READY: {
        D.LOG_IN: READY,
        D.LOG_OUT: OUT,
        D.PAUSE: PAUSED,
        D.RESUME: READY,
        D.OFFER: RINGING,
        D.MISS: None,
        D.ANSWER: None,
        D.RELEASE: None,
        D.FINISH: None,
    },
    RINGING: {
        D.LOG_IN: RINGING,
        D.LOG_OUT: RINGING,
        D.PAUSE: RINGING,
        D.RESUME: RINGING,
        D.OFFER: None,
        D.MISS: READY,
        D.ANSWER: TALKING,
        D.RELEASE: None,
        D.FINISH: None,
    },
    TALKING: {
        D.LOG_IN: TALKING,
        D.LOG_OUT: TALKING,
        D.PAUSE: TALKING,
        D.RESUME: TALKING,
        D.OFFER: None,
        D.MISS: None,
        D.ANSWER: None,
        D.RELEASE: WRAP_UP,
        D.FINISH: None,
    },
    WRAP_UP: {
        D.LOG_IN: READY,
        D.LOG_OUT: OUT,
        D.PAUSE: PAUSED,
        D.RESUME: READY,
        D.OFFER: None,
        D.MISS: None,
        D.ANSWER: None,
        D.RELEASE: None,
        D.FINISH: READY,
    },
    PAUSED: {
        D.LOG_IN: READY,
        D.LOG_OUT: OUT,
        D.PAUSE: PAUSED,
        D.RESUME: READY,
        D.OFFER: None,
        D.MISS: None,
        D.ANSWER: None,
        D.RELEASE: None,
        D.FINISH: None,
    },
}
PAIRS = [(state, deed) for state in A for deed in D]


def agent(state: AgentState, **more: object) -> Agent:
    """An agent who has been in this state since second 100, with a call where the state has one."""
    on_call = {"call": "c1", "department": "sales"} if state in (RINGING, TALKING) else {}
    return replace(Agent("alice", state, since=100.0, idle_since=50.0), **{**on_call, **more})  # type: ignore[arg-type]  # a test's own words


@pytest.mark.parametrize(("state", "deed"), PAIRS, ids=[f"{state}-{deed}" for state, deed in PAIRS])
def test_every_deed_in_every_state(state: AgentState, deed: Deed) -> None:
    expected = TABLE[state][deed]
    if expected is None:
        with pytest.raises(NotPossible) as caught:
            after(agent(state), deed, 200.0, wrap_up=10.0)
        assert (caught.value.agent, caught.value.state, caught.value.deed) == ("alice", state, deed)
        assert str(caught.value) == f"alice is {state} and cannot {deed}"
    else:
        changed = after(agent(state), deed, 200.0, wrap_up=10.0)
        assert changed.state is expected
        assert changed.since == (100.0 if expected is state else 200.0)


@pytest.mark.parametrize("state", [OUT, READY], ids=str)
def test_doing_it_twice_changes_nothing(state: AgentState) -> None:
    deed = D.LOG_OUT if state is OUT else D.LOG_IN
    assert after(agent(state), deed, 200.0) == agent(state)


def test_logging_in_again_does_not_lose_the_place_of_the_longest_idle() -> None:
    assert after(agent(READY), D.LOG_IN, 200.0, reason="by the web page") == agent(READY)


def test_another_reason_begins_another_pause() -> None:
    lunch = after(agent(READY), D.PAUSE, 200.0, reason="lunch")
    assert (lunch.state, lunch.reason, lunch.since) == (PAUSED, "lunch", 200.0)
    assert after(lunch, D.PAUSE, 300.0, reason="lunch") == lunch
    meeting = after(lunch, D.PAUSE, 300.0, reason="meeting")
    assert (meeting.reason, meeting.since) == ("meeting", 300.0)
    assert after(meeting, D.RESUME, 400.0).reason == ""


def test_without_wrap_up_a_call_leads_straight_to_ready() -> None:
    changed = after(agent(TALKING), D.RELEASE, 200.0, wrap_up=0.0)
    assert (changed.state, changed.call, changed.department) == (READY, "", "")


def test_wrap_up_remembers_for_which_department_it_is() -> None:
    changed = after(agent(TALKING), D.RELEASE, 200.0, wrap_up=10.0)
    assert (changed.call, changed.department) == ("", "sales")
    assert after(changed, D.FINISH, 210.0).department == ""


def test_an_answer_counts_and_forgives_the_call_missed_before() -> None:
    ringing = agent(RINGING, missed="no answer", not_before=105.0, calls=3)
    talking = after(ringing, D.ANSWER, 110.0)
    assert (talking.calls, talking.missed, talking.not_before) == (4, "", 0.0)
    assert (talking.call, talking.department) == ("c1", "sales")


@pytest.mark.parametrize(
    ("state", "deed", "idle_since"),
    [
        pytest.param(TALKING, D.RELEASE, 200.0, id="a call over"),
        pytest.param(OUT, D.LOG_IN, 200.0, id="logged in"),
        pytest.param(RINGING, D.MISS, 50.0, id="a missed call is no work done"),
        pytest.param(WRAP_UP, D.FINISH, 50.0, id="wrap-up does not count as the call"),
    ],
)
def test_since_when_an_agent_is_idle(state: AgentState, deed: Deed, idle_since: float) -> None:
    assert after(agent(state), deed, 200.0, wrap_up=10.0).idle_since == idle_since


# ---- later


@pytest.mark.parametrize(
    ("deeds", "state", "reason"),
    [
        pytest.param([D.PAUSE, D.RELEASE], PAUSED, "lunch", id="paused after the talk"),
        pytest.param([D.LOG_OUT, D.RELEASE], OUT, "lunch", id="logged out after the talk"),
        pytest.param([D.PAUSE, D.RESUME, D.RELEASE], WRAP_UP, "", id="thought better of it"),
        pytest.param([D.LOG_OUT, D.LOG_IN, D.RELEASE], WRAP_UP, "", id="logged in again before the end"),
        pytest.param([D.PAUSE, D.LOG_OUT, D.RELEASE], OUT, "lunch", id="the last word counts"),
        pytest.param([D.LOG_OUT, D.PAUSE, D.RELEASE], PAUSED, "lunch", id="the last word counts, the other way"),
    ],
)
@pytest.mark.parametrize("wrap_up", [0.0, 10.0], ids=["no wrap-up", "wrap-up"])
def test_during_a_talk_it_is_done_later(deeds: list[Deed], state: AgentState, reason: str, wrap_up: float) -> None:
    now = agent(TALKING)
    for second, deed in enumerate(deeds):
        assert now.state is TALKING
        reason_given = "lunch" if deed in (D.PAUSE, D.LOG_OUT) else ""
        now = after(now, deed, 200.0 + second, reason=reason_given, wrap_up=wrap_up)
    expected = READY if state is WRAP_UP and not wrap_up else state
    assert (now.state, now.reason, now.then, now.then_reason, now.call) == (expected, reason, None, "", "")
    assert now.idle_since == 200.0 + len(deeds) - 1


def test_while_it_rings_it_is_done_when_the_ringing_is_over() -> None:
    ringing = after(agent(RINGING), D.PAUSE, 200.0, reason="lunch")
    assert (ringing.state, ringing.then, ringing.since) == (RINGING, D.PAUSE, 100.0)
    missed = after(ringing, D.MISS, 210.0)
    assert (missed.state, missed.reason, missed.since) == (PAUSED, "lunch", 210.0)


def test_while_it_rings_and_is_answered_it_is_done_after_the_talk() -> None:
    talking = after(after(agent(RINGING), D.LOG_OUT, 200.0), D.ANSWER, 205.0)
    assert (talking.state, talking.then) == (TALKING, D.LOG_OUT)
    assert after(talking, D.RELEASE, 300.0, wrap_up=10.0).state is OUT


# ---- whatever happens

a_deed = st.tuples(
    st.integers(0, 99), st.floats(0.0, 60.0), st.sampled_from(["", "lunch", "meeting"]), st.sampled_from([0.0, 10.0])
)


@given(st.lists(a_deed, max_size=60))
def test_no_deeds_lead_to_an_inconsistent_agent(deeds: list[tuple[int, float, str, float]]) -> None:
    """Nine deeds in ten are possible ones: otherwise hardly anybody would ever get as far as a talk."""
    now, clock, answered = Agent("alice"), 0.0, 0
    for number, later, reason, wrap_up in deeds:
        possible = [deed for deed, state in TABLE[now.state].items() if state is not None]
        choice = possible if number >= 10 else list(D)
        deed = choice[number % len(choice)]
        clock += later
        before = now
        try:
            now = after(now, deed, clock, reason=reason, wrap_up=wrap_up)
        except NotPossible:
            assert TABLE[before.state][deed] is None
            continue
        if deed is D.OFFER:
            now = replace(now, call="c1", department="sales")
        answered += deed is D.ANSWER
        on_call = now.state in (RINGING, TALKING)
        assert (now.call != "") is on_call
        assert now.department == ("sales" if on_call or now.state is WRAP_UP else "")
        assert now.then is None or on_call
        assert now.then is not None or now.then_reason == ""
        assert now.calls == answered
        assert now.idle_since <= clock
        assert before.since <= now.since <= clock
        assert (now.since == clock) or now.state is before.state


# ---- a disposition that is owed

OWING = after(agent(TALKING), D.RELEASE, 200.0, wrap_up=10.0, owes="c1")


@pytest.mark.parametrize("deed", [D.RESUME, D.LOG_IN], ids=str)
def test_who_owes_a_disposition_is_not_ready_before(deed: Deed) -> None:
    with pytest.raises(NotPossible, match="not said yet what came of the call"):
        after(OWING, deed, 210.0)


def test_without_wrap_up_there_is_one_all_the_same_while_a_disposition_is_owed() -> None:
    owing = after(agent(TALKING), D.RELEASE, 200.0, wrap_up=0.0, owes="c1")
    assert (owing.state, owing.owes, owing.department) == (WRAP_UP, "c1", "sales")
    done = after(owing, D.FINISH, 230.0)
    assert (done.state, done.owes, done.department) == (READY, "", "")


@pytest.mark.parametrize(
    ("deeds", "state"),
    [
        pytest.param([D.RELEASE, D.PAUSE, D.FINISH], PAUSED, id="paused during wrap-up"),
        pytest.param([D.RELEASE, D.LOG_OUT, D.FINISH], OUT, id="logged out during wrap-up"),
        pytest.param([D.PAUSE, D.RELEASE, D.FINISH], PAUSED, id="paused during the talk"),
        pytest.param([D.LOG_OUT, D.RELEASE, D.FINISH], OUT, id="logged out during the talk"),
    ],
)
def test_who_leaves_while_owing_leaves_when_it_is_said(deeds: list[Deed], state: AgentState) -> None:
    now = agent(TALKING)
    for deed in deeds:
        assert now.state in (TALKING, WRAP_UP)
        owes = "c1" if deed is D.RELEASE else ""
        now = after(now, deed, 200.0, reason="lunch" if deed in (D.PAUSE, D.LOG_OUT) else "", wrap_up=10.0, owes=owes)
    assert (now.state, now.reason, now.owes, now.then) == (state, "lunch", "", None)
