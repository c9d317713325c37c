"""What must hold for every decision of the matcher, and the reasons it gives."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callrouter.agents import AgentState
from callrouter.matcher import Candidate, Line, Offer, Waiting, match, obstacle
from config.schema import Ring
from tests.callrouter.test_matcher import ANN, BOB, CID, NOW, OBSTACLES, READY, agent, caller, line, only


@pytest.mark.parametrize(("candidate", "reason"), OBSTACLES.values(), ids=OBSTACLES.keys())
def test_obstacles(candidate: Candidate, reason: str) -> None:
    assert obstacle(candidate, NOW) == reason
    offers = match(line(), [caller()], [candidate, agent("free", 1, idle=0)], NOW)
    if reason:
        assert only(offers).why_not == {"x": reason}
    else:
        assert only(offers).agents == ("x",)


def test_everybody_of_the_department_who_does_not_ring_has_a_reason() -> None:
    team = [
        agent("ann", 0, idle=90, skills={"invoices": 60}),
        agent("bob", 1, idle=80, skills={"invoices": 40}),
        agent("cid", 2, idle=70, skills={"invoices": 90}),
        agent("dan", 3, idle=60, skills={"invoices": 90}, penalty=1),
        agent("eva", 4, state=AgentState.PAUSED, reason="lunch"),
        agent("fay", 5, departments=("night",)),
    ]
    offers = match(line(skills={"invoices": 50}), [caller("a", 9), caller("b", 8)], team, NOW)
    assert [(offer.agents, dict(offer.why_not)) for offer in offers] == [
        (
            ("ann",),
            {
                "bob": "skill invoices 40 < 50",
                "cid": "idle for 70 s, ann for 90 s",
                "dan": "penalty 1 > 0",
                "eva": "paused: lunch",
            },
        ),
        (
            ("cid",),
            {
                "ann": "ringing for a caller before this one",
                "bob": "skill invoices 40 < 50",
                "dan": "penalty 1 > 0",
                "eva": "paused: lunch",
            },
        ),
    ]


def test_reasons_are_those_of_the_decision_however_late_they_are_asked_for() -> None:
    team = [ANN, BOB]
    offer = only(match(line(), [caller()], team, NOW))
    team[:] = [CID]
    assert offer.why_not == {"ann": "idle for 20 s, bob for 50 s"}
    assert (len(offer.why_not), list(offer.why_not), repr(offer.why_not)) == (
        1,
        ["ann"],
        "{'ann': 'idle for 20 s, bob for 50 s'}",
    )
    with pytest.raises(KeyError):
        offer.why_not["bob"]


# ---- whatever the day is like

DEPARTMENTS = ("sales", "night", "help")
RINGS: tuple[Ring, ...] = ("longest_idle", "ring_all", "linear", "round_robin", "fewest_calls")
whole = st.integers(0, 100).map(float)

a_line = st.builds(
    Line,
    name=st.just(""),
    ring=st.sampled_from(RINGS),
    skills=st.dictionaries(st.sampled_from(["invoices", "english"]), st.sampled_from([20, 50]), max_size=2),
    relax_after=st.none() | whole,
)
some_lines = st.tuples(*[a_line] * 3).map(
    lambda found: {name: replace(rules, name=name) for name, rules in zip(DEPARTMENTS, found, strict=True)}
)
some_callers = st.lists(st.tuples(st.sampled_from(DEPARTMENTS), whole, st.sampled_from([0, 0, 5])), max_size=8).map(
    lambda found: [Waiting(f"c{n}", dep, NOW - waited, prio) for n, (dep, waited, prio) in enumerate(found)]
)
an_agent = st.builds(
    agent,
    st.just(""),
    idle=whole,
    departments=st.sets(st.sampled_from(DEPARTMENTS)).map(tuple),
    skills=st.dictionaries(st.sampled_from(["invoices", "english"]), st.integers(0, 100), max_size=2),
    penalty=st.integers(0, 2),
    trouble=st.sampled_from(["", "", "", "the phone is not registered"]),
    state=st.sampled_from([READY, READY, READY, *AgentState]),
    calls=st.integers(0, 3),
    not_before=st.sampled_from([0.0, 0.0, NOW + 1]),
)
some_agents = st.lists(an_agent, max_size=8).map(
    lambda found: [replace(c, agent=replace(c.agent, name=f"a{n}"), order=n) for n, c in enumerate(found)]
)
a_day = st.tuples(
    some_lines, some_callers, some_agents, st.dictionaries(st.sampled_from(DEPARTMENTS), st.integers(0, 8))
)


def fits(rules: Line, who: Waiting, candidate: Candidate) -> bool:
    """Say by the words of the design, not of the code, whether this agent may ring for this caller."""
    relaxed = rules.relax_after is not None and NOW - who.joined >= rules.relax_after
    able = relaxed or all(candidate.skills.get(skill, 0) >= least for skill, least in rules.skills.items())
    return (
        candidate.agent.state is READY
        and not candidate.phone_trouble
        and candidate.agent.not_before <= NOW
        and who.department in candidate.departments
        and able
    )


def reference(rules: Line, fit: list[Candidate], last: int) -> list[str]:
    """Choose as simply as can be written down."""
    fit = [c for c in fit if c.penalty == min(c.penalty for c in fit)]
    if rules.ring == "ring_all":
        return [c.agent.name for c in sorted(fit, key=lambda c: c.order)]
    if rules.ring == "longest_idle":
        return [min(fit, key=lambda c: (c.agent.idle_since, c.order)).agent.name]
    if rules.ring == "fewest_calls":
        return [min(fit, key=lambda c: (c.agent.calls, c.agent.idle_since, c.order)).agent.name]
    if rules.ring == "round_robin":
        return [min(fit, key=lambda c: (c.order <= last, c.order)).agent.name]
    return [min(fit, key=lambda c: c.order).agent.name]


Day = tuple[dict[str, Line], list[Waiting], list[Candidate], dict[str, int]]


@settings(max_examples=300)
@given(a_day)
def test_what_holds_for_all_offers(day: Day) -> None:
    lines, callers, team, last = day
    offers = match(lines, callers, team, NOW, last)
    by_call = {offer.call: offer for offer in offers}
    by_name = {c.agent.name: c for c in team}
    rung = [name for offer in offers for name in offer.agents]
    assert len(rung) == len(set(rung)), "an agent rings twice"
    assert len(by_call) == len(offers), "a caller is offered twice"

    taken: set[str] = set()
    for who in sorted(callers, key=lambda who: (-who.priority, who.joined)):
        rules = lines[who.department]
        fit = [c for c in team if fits(rules, who, c) and c.agent.name not in taken]
        offer = by_call.get(who.call)
        assert (offer is not None) is bool(fit), "there is an offer exactly where somebody fit is left"
        if offer is None:
            continue
        assert list(offer.agents) == reference(rules, fit, last.get(rules.name, -1))
        assert all(fits(rules, who, by_name[name]) for name in offer.agents)
        members = {c.agent.name for c in team if rules.name in c.departments}
        assert set(offer.why_not) == members - set(offer.agents)
        assert all(offer.why_not.values())
        for name, reason in offer.why_not.items():
            assert (reason == "ringing for a caller before this one") is (name in taken)
        taken.update(offer.agents)


@given(a_day, st.randoms(use_true_random=False))
def test_the_order_in_which_agents_are_listed_does_not_matter(day: Day, rng: random.Random) -> None:
    lines, callers, team, last = day
    shuffled = rng.sample(team, len(team))
    assert match(lines, callers, shuffled, NOW, last) == match(lines, callers, team, NOW, last)


@given(a_day)
def test_the_same_again_is_the_same_decision(day: Day) -> None:
    lines, callers, team, last = day
    assert match(lines, callers, team, NOW, last) == match(lines, callers, team, NOW, last)


@given(a_day)
def test_deciding_at_once_is_deciding_one_by_one(day: Day) -> None:
    """But for round robin, whose turn is that of the beginning of the decision."""
    lines, callers, team, _ = day
    lines = {n: replace(rules, ring="linear") if rules.ring == "round_robin" else rules for n, rules in lines.items()}
    at_once = match(lines, callers, team, NOW)
    one_by_one: list[Offer] = []
    for who in sorted(callers, key=lambda who: (-who.priority, who.joined)):
        offers = match(lines, [who], team, NOW)
        one_by_one += offers
        rings = {name for offer in offers for name in offer.agents}
        team = [c for c in team if c.agent.name not in rings]
    assert [(o.call, o.agents) for o in at_once] == [(o.call, o.agents) for o in one_by_one]
