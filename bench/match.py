"""How long a decision of the matcher takes: 1,000 agents, 20 departments, 500 callers waiting.

Owns the yardstick for `callrouter.matcher`; it decides nothing and is imported by nothing but the benchmarks.
"""

from __future__ import annotations

import gc
import json
import random
from collections.abc import Callable
from dataclasses import replace
from time import thread_time

from callrouter.agents import Agent, AgentState
from callrouter.matcher import Candidate, Line, Offer, Waiting, match
from config.schema import Ring

AGENTS, DEPARTMENTS, CALLERS = 1_000, 20, 500
#: While a decision is made nobody else is served; a caller's key must not feel slow because of it.
LIMIT_MS = 5.0
ROUNDS = 300
NOW = 10_000.0

RINGS: tuple[Ring, ...] = ("longest_idle", "linear", "round_robin", "fewest_calls")
SKILLS = ("invoices", "devices", "lithuanian", "english")


def run() -> dict[str, float]:
    """Measure the steady state and the worst case; `p50_ms` and `p99_ms` are those of the slower one.

    `reasons_p50_ms` is what comes on top where the worst case's reasons, some 50,000, are all put into words.
    """
    lines, callers, candidates = _centre(random.Random(1))
    busy = [replace(c, agent=replace(c.agent, state=AgentState.TALKING)) for c in candidates]
    one_free = [candidates[0], *busy[1:]]
    # As a server should do once it has started: what was imported is nothing a decision must pay for.
    gc.collect()
    gc.freeze()
    try:
        steady = _measure(lambda: match(lines, callers, one_free, NOW), 1, ROUNDS)
        worst = _measure(lambda: match(lines, callers, candidates, NOW), CALLERS, ROUNDS)
        reasons = _measure(lambda: _worded(match(lines, callers, candidates, NOW)), CALLERS, ROUNDS // 10)
    finally:
        gc.unfreeze()
    p50, p99 = max(steady[0], worst[0]), max(steady[1], worst[1])
    return {
        "p50_ms": p50,
        "p99_ms": p99,
        "steady_p50_ms": steady[0],
        "steady_p99_ms": steady[1],
        "worst_p50_ms": worst[0],
        "worst_p99_ms": worst[1],
        "reasons_p50_ms": reasons[0] - worst[0],
        "limit_ms": LIMIT_MS,
        "ratio": p99 / LIMIT_MS,
    }


def _centre(rng: random.Random) -> tuple[dict[str, Line], list[Waiting], list[Candidate]]:
    """Make a large contact centre: everybody free, in two departments each; skills asked for in every second."""
    names = [f"department-{number}" for number in range(DEPARTMENTS)]
    lines = {
        name: Line(
            name,
            ring=RINGS[number % len(RINGS)],
            skills={SKILLS[number % len(SKILLS)]: 40} if number % 2 else {},
            relax_after=60.0,
        )
        for number, name in enumerate(names)
    }
    callers = [
        Waiting(f"call-{n}", names[n % DEPARTMENTS], NOW - rng.uniform(0, 300), rng.choice((0, 0, 0, 5)))
        for n in range(CALLERS)
    ]
    candidates = [
        Candidate(
            Agent(
                f"agent-{n}",
                state=AgentState.READY,
                since=NOW - rng.uniform(0, 600),
                idle_since=NOW - rng.uniform(0, 600),
                calls=rng.randrange(50),
            ),
            order=n,
            departments=frozenset({names[n % DEPARTMENTS], rng.choice(names)}),
            skills={skill: rng.randrange(0, 101, 10) for skill in SKILLS},
            penalty=rng.choice((0, 0, 1)),
        )
        for n in range(AGENTS)
    ]
    return lines, callers, candidates


def _worded(offers: list[Offer]) -> list[Offer]:
    for offer in offers:
        assert dict(offer.why_not)
    return offers


def _measure(decide: Callable[[], list[Offer]], offers: int, rounds: int) -> tuple[float, float]:
    """Return median and 99th percentile of one decision, in milliseconds of the processor.

    A decision waits for nothing, so this is its time on a machine that does nothing else.
    """
    times: list[float] = []
    for _ in range(rounds):
        began = thread_time()
        made = decide()
        times.append((thread_time() - began) * 1000)
        assert len(made) == offers, f"{len(made)} offers instead of {offers}: the benchmark measures nothing"
    times.sort()
    return times[len(times) // 2], times[int(len(times) * 0.99)]


if __name__ == "__main__":
    print(json.dumps({name: round(value, 3) for name, value in run().items()}))
