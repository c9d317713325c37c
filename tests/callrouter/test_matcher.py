"""Who rings for whom: every strategy, every reason, and what holds for all offers whatever the day is like.

Long, because the second half is a specification of its own: the same rules written once more, as simply as possible.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from callrouter.agents import Agent, AgentState
from callrouter.matcher import Candidate, Line, Offer, Waiting, match
from config.schema import Ring

NOW = 1_000.0
READY = AgentState.READY


def agent(
    name: str,
    order: int = 0,
    *,
    idle: float = 10.0,
    departments: tuple[str, ...] = ("sales",),
    skills: dict[str, int] | None = None,
    penalty: int = 0,
    trouble: str = "",
    **more: Any,
) -> Candidate:
    """An agent who is ready and idle for so many seconds, unless more is said."""
    who = replace(Agent(name, READY, since=NOW - idle, idle_since=NOW - idle), **more)
    return Candidate(who, order, frozenset(departments), skills or {}, penalty, trouble)


def caller(call: str = "c1", waited: float = 30.0, priority: int = 0, department: str = "sales") -> Waiting:
    return Waiting(call, department, NOW - waited, priority)


def line(ring: Ring = "longest_idle", **more: Any) -> dict[str, Line]:
    return {"sales": Line("sales", ring, **more)}


def only(offers: list[Offer]) -> Offer:
    assert len(offers) == 1
    return offers[0]


# ---- strategies


ANN = agent("ann", 0, idle=20, calls=3)
BOB = agent("bob", 1, idle=50, calls=5)
CID = agent("cid", 2, idle=40, calls=1)
TEAM = [ANN, BOB, CID]

STRATEGIES: dict[str, tuple[Ring, int, tuple[str, ...], str, dict[str, str]]] = {
    "longest idle": (
        "longest_idle",
        -1,
        ("bob",),
        "longest idle: 50 s",
        {"ann": "idle for 20 s, bob for 50 s", "cid": "idle for 40 s, bob for 50 s"},
    ),
    "fewest calls": (
        "fewest_calls",
        -1,
        ("cid",),
        "fewest calls: 1",
        {"ann": "3 calls, cid 1", "bob": "5 calls, cid 1"},
    ),
    "linear": (
        "linear",
        -1,
        ("ann",),
        "first free in the fixed order",
        {"bob": "after ann in the order", "cid": "after ann in the order"},
    ),
    "linear does not care who rang last": (
        "linear",
        0,
        ("ann",),
        "first free in the fixed order",
        {"bob": "after ann in the order", "cid": "after ann in the order"},
    ),
    "round robin begins with the first": (
        "round_robin",
        -1,
        ("ann",),
        "next in turn",
        {"bob": "it was the turn of ann", "cid": "it was the turn of ann"},
    ),
    "round robin goes on": (
        "round_robin",
        0,
        ("bob",),
        "next in turn",
        {"ann": "it was the turn of bob", "cid": "it was the turn of bob"},
    ),
    "round robin begins anew after the last": (
        "round_robin",
        2,
        ("ann",),
        "next in turn",
        {"bob": "it was the turn of ann", "cid": "it was the turn of ann"},
    ),
    "ring all": ("ring_all", -1, ("ann", "bob", "cid"), "all free agents ring", {}),
}


@pytest.mark.parametrize(("ring", "last", "agents", "why", "why_not"), STRATEGIES.values(), ids=STRATEGIES.keys())
def test_strategies(ring: Ring, last: int, agents: tuple[str, ...], why: str, why_not: dict[str, str]) -> None:
    offer = only(match(line(ring), [caller()], TEAM, NOW, {"sales": last}))
    assert offer == Offer("c1", "sales", agents, why, why_not)
    assert dict(offer.why_not) == why_not


TIES: dict[str, tuple[Ring, list[Candidate], str, str]] = {
    "equally idle: the fixed order": (
        "longest_idle",
        [agent("bob", 1), agent("ann", 0)],
        "ann",
        "idle for 10 s, ann for 10 s",
    ),
    "as many calls: the longest idle": (
        "fewest_calls",
        [agent("ann", 0, idle=20, calls=3), agent("bob", 1, idle=30, calls=3)],
        "bob",
        "idle for 20 s, bob for 30 s",
    ),
}


@pytest.mark.parametrize(("ring", "team", "chosen", "reason"), TIES.values(), ids=TIES.keys())
def test_ties(ring: Ring, team: list[Candidate], chosen: str, reason: str) -> None:
    offer = only(match(line(ring), [caller()], team, NOW))
    assert offer.agents == (chosen,)
    assert list(offer.why_not.values()) == [reason]


def test_round_robin_gives_everybody_a_turn_within_one_decision() -> None:
    callers = [caller(f"c{n}", waited=100 - n) for n in range(3)]
    offers = match(line("round_robin"), callers, TEAM, NOW, {"sales": 0})
    assert [offer.agents for offer in offers] == [("bob",), ("cid",), ("ann",)]


@pytest.mark.parametrize("ring", ["longest_idle", "fewest_calls", "linear", "round_robin", "ring_all"])
def test_the_lowest_penalty_goes_first_in_every_strategy(ring: Ring) -> None:
    team = [agent("ann", 0, idle=500, penalty=1), agent("bob", 1, idle=1, calls=50), agent("cid", 2, penalty=2)]
    offer = only(match(line(ring), [caller()], team, NOW))
    assert offer.agents == ("bob",)
    assert offer.why_not == {"ann": "penalty 1 > 0", "cid": "penalty 2 > 0"}


def test_a_higher_penalty_rings_when_nobody_better_is_free() -> None:
    team = [agent("ann", 0, penalty=3), agent("bob", 1, state=AgentState.PAUSED)]
    assert only(match(line(), [caller()], team, NOW)).agents == ("ann",)


# ---- skills


@pytest.mark.parametrize(
    ("level", "waited", "relax_after", "rings"),
    [
        pytest.param(50, 0.0, None, True, id="as good as asked for"),
        pytest.param(49, 9_999.0, None, False, id="not good enough, however long"),
        pytest.param(49, 59.9, 60.0, False, id="not good enough yet"),
        pytest.param(49, 60.0, 60.0, True, id="good enough after so long a wait"),
        pytest.param(0, 60.0, 60.0, True, id="even without the skill"),
        pytest.param(0, 0.0, 0.0, True, id="relaxed from the beginning"),
    ],
)
def test_skills_relax_with_time(level: int, waited: float, relax_after: float | None, rings: bool) -> None:
    lines = line(skills={"invoices": 50}, relax_after=relax_after)
    offers = match(lines, [caller(waited=waited)], [agent("ann", skills={"invoices": level})], NOW)
    assert bool(offers) is rings


def test_who_lacks_a_skill_is_told_which() -> None:
    lines = line(skills={"invoices": 50, "english": 10})
    team = [
        agent("ann", 0, skills={"invoices": 80, "english": 10}),
        agent("bob", 1, skills={"invoices": 40, "english": 100}),
        agent("cid", 2, skills={"invoices": 60}),
    ]
    offer = only(match(lines, [caller()], team, NOW))
    assert offer.why_not == {"bob": "skill invoices 40 < 50", "cid": "skill english 0 < 10"}


def test_the_one_who_waited_too_long_takes_whom_the_others_may_not() -> None:
    lines = line("longest_idle", skills={"invoices": 50}, relax_after=60.0)
    team = [agent("ann", 0, idle=90), agent("bob", 1, idle=10, skills={"invoices": 90})]
    offers = match(lines, [caller("new", 5), caller("old", 70)], team, NOW)
    assert [(offer.call, offer.agents) for offer in offers] == [("old", ("ann",)), ("new", ("bob",))]


# ---- callers


def test_two_callers_and_one_agent() -> None:
    offer = only(match(line(), [caller("late", 5), caller("early", 50)], [ANN], NOW))
    assert (offer.call, offer.agents) == ("early", ("ann",))


@pytest.mark.parametrize(
    ("callers", "served"),
    [
        pytest.param([caller("a", 10), caller("b", 20)], ["b", "a"], id="who waits longest"),
        pytest.param([caller("a", 10, priority=1), caller("b", 20)], ["a", "b"], id="the higher priority"),
        pytest.param([caller("a", 10), caller("b", 10)], ["a", "b"], id="joined in one moment: as they were given"),
    ],
)
def test_who_is_served_first(callers: list[Waiting], served: list[str]) -> None:
    assert [offer.call for offer in match(line(), callers, TEAM, NOW)] == served


def test_ring_all_rings_for_one_caller_only() -> None:
    offer = only(match(line("ring_all"), [caller("a", 10), caller("b", 5)], TEAM, NOW))
    assert (offer.call, len(offer.agents)) == ("a", 3)


def test_an_agent_of_two_departments_rings_once() -> None:
    lines = {name: Line(name) for name in ("sales", "night")}
    both = agent("ann", departments=("sales", "night"))
    callers = [caller("a", 10, department="sales"), caller("b", 20, department="night")]
    assert [(o.call, o.department) for o in match(lines, callers, [both], NOW)] == [("b", "night")]
    offers = match(lines, callers, [both, agent("bob", 1)], NOW)
    assert [(o.call, o.agents) for o in offers] == [("b", ("ann",)), ("a", ("bob",))]
    assert offers[1].why_not == {"ann": "ringing for a caller before this one"}


def test_ring_all_leaves_out_who_rings_for_a_caller_before() -> None:
    lines = {"sales": Line("sales"), "night": Line("night", "ring_all")}
    team = [
        agent("ann", 0, departments=("night",)),
        agent("bob", 1, departments=("sales", "night")),
        agent("cid", 2, departments=("night",)),
    ]
    offers = match(lines, [caller("a", 90), caller("b", 10, department="night")], team, NOW)
    assert [offer.agents for offer in offers] == [("bob",), ("ann", "cid")]
    assert offers[1].why_not == {"bob": "ringing for a caller before this one"}


def test_one_caller_without_anybody_does_not_hold_up_the_others() -> None:
    lines = {"sales": Line("sales", skills={"invoices": 50}), "night": Line("night")}
    callers = [caller("a", 90), caller("b", 10, department="night")]
    team = [agent("ann", departments=("sales", "night"))]
    assert [offer.call for offer in match(lines, callers, team, NOW)] == ["b"]


@pytest.mark.parametrize(
    ("callers", "team"),
    [
        pytest.param([], TEAM, id="no callers"),
        pytest.param([caller()], [], id="no agents"),
        pytest.param([caller()], [agent("ann", departments=("night",))], id="nobody in the department"),
        pytest.param([caller(department="gone")], TEAM, id="a department that a new version has no more"),
    ],
)
def test_nothing_to_offer(callers: list[Waiting], team: list[Candidate]) -> None:
    assert match(line(), callers, team, NOW) == []


# ---- reasons


OBSTACLES: dict[str, tuple[Candidate, str]] = {
    "free": (agent("x"), ""),
    "phone": (agent("x", trouble="the phone is not registered"), "the phone is not registered"),
    "missed": (agent("x", not_before=NOW + 3, missed="no answer"), "no answer a moment ago"),
    "missed, nobody knows why": (agent("x", not_before=NOW + 3), "call missed a moment ago"),
    "missed long ago": (agent("x", not_before=NOW, missed="no answer"), ""),
    "paused": (agent("x", state=AgentState.PAUSED), "paused"),
    "paused for a reason": (agent("x", state=AgentState.PAUSED, reason="lunch"), "paused: lunch"),
    "wrap-up": (agent("x", state=AgentState.WRAP_UP, idle=7), "in wrap-up for 7 s"),
    "talking": (agent("x", state=AgentState.TALKING, idle=90), "talking for 90 s"),
    "ringing": (agent("x", state=AgentState.RINGING), "ringing for another caller"),
    "logged out": (agent("x", state=AgentState.LOGGED_OUT), "logged out"),
    "paused without a phone": (agent("x", state=AgentState.PAUSED, trouble="the phone is not registered"), "paused"),
}
