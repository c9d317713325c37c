"""Who rings for whom: pure decisions from callers, agents and the time.

Owns the ring strategies, skills and the reasons why an agent was not chosen. No clock, no phones, no journal.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

from callrouter.agents import Agent, AgentState
from config.schema import Department, Ring


@dataclass(frozen=True)
class Line:
    """A department's rules, as far as matching needs them."""

    name: str
    ring: Ring = "longest_idle"
    skills: Mapping[str, int] = field(default_factory=dict)
    relax_after: float | None = None

    @classmethod
    def of(cls, name: str, department: Department) -> Line:
        """Return the rules of a department as matching needs them."""
        relax = department.relax_skills
        return cls(name, department.ring, department.skills, relax.after if relax is not None else None)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A caller in line since `joined` (monotonic seconds); a higher priority goes first."""

    call: str
    department: str
    joined: float
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent with what the site says of them and what the phone says of itself."""

    agent: Agent
    order: int
    departments: frozenset[str]
    skills: Mapping[str, int]
    penalty: int = 0
    #: Why the phone cannot ring, or '' if it can.
    phone_trouble: str = ""


@dataclass(frozen=True)
class Offer:
    """These agents are to ring for this call, why they, and for each other agent of the line why not."""

    call: str
    department: str
    agents: tuple[str, ...]
    why: str
    why_not: Mapping[str, str]


def match(
    lines: Mapping[str, Line],
    callers: Iterable[Waiting],
    candidates: Sequence[Candidate],
    now: float,
    last_rung: Mapping[str, int] | None = None,
) -> list[Offer]:
    """Decide all offers that can be made now; no agent is in two of them.

    Callers are served by priority, then by the time they joined, each by the rules of their own department.
    `last_rung` gives the `order` of the agent last rung in each department, for round robin.
    """
    free: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        if not obstacle(candidate, now):
            for department in candidate.departments:
                free.setdefault(department, []).append(candidate)
    offers: list[Offer] = []
    decision = _Decision(tuple(candidates), now)
    offered = decision.offered
    ranked: dict[tuple[str, bool], deque[Candidate]] = {}
    for caller in sorted(callers, key=lambda caller: (-caller.priority, caller.joined)):
        if caller.department not in free:
            continue
        line = lines[caller.department]
        strict = _strict(line, caller, now)
        able = ranked.get((line.name, strict))
        if able is None:
            able = _ranked(line, free[line.name], strict, (last_rung or {}).get(line.name, -1))
            ranked[line.name, strict] = able
        while able and able[0].agent.name in offered:
            able.popleft()
        if not able:
            continue
        best = able[0]
        names: tuple[str, ...] = (best.agent.name,)
        if line.ring == "ring_all":
            equals = (c.agent.name for c in able if c.penalty == best.penalty)
            names = tuple(name for name in equals if name not in offered)
        why_not = _Later(partial(decision.reasons, line, strict, best, len(offers)))
        offered.update(dict.fromkeys(names, len(offers)))
        offers.append(Offer(caller.call, line.name, names, _why(line, best, now), why_not))
    return offers


def obstacle(candidate: Candidate, now: float) -> str:
    """Say why this agent can take no call at all now; '' if nothing is in the way."""
    agent = candidate.agent
    match agent.state:
        case AgentState.READY:
            if candidate.phone_trouble:
                return candidate.phone_trouble
            if agent.not_before > now:
                return f"{agent.missed or 'call missed'} a moment ago"
            return ""
        case AgentState.PAUSED:
            return f"paused: {agent.reason}" if agent.reason else "paused"
        case AgentState.WRAP_UP:
            return f"in wrap-up for {now - agent.since:.0f} s"
        case AgentState.TALKING:
            return f"talking for {now - agent.since:.0f} s"
        case AgentState.RINGING:
            return "ringing for another caller"
        case _:
            return "logged out"


def _strict(line: Line, caller: Waiting, now: float) -> bool:
    """Tell whether the line's skills are asked for: there are some, and the caller does not wait too long."""
    return bool(line.skills) and (line.relax_after is None or now - caller.joined < line.relax_after)


def _lacks(line: Line, candidate: Candidate) -> str:
    """Say which skill the line asks for and the agent has not; '' if none."""
    for skill, least in line.skills.items():
        level = candidate.skills.get(skill, 0)
        if level < least:
            return f"skill {skill} {level} < {least}"
    return ""


def _ranked(line: Line, free: list[Candidate], strict: bool, last: int) -> deque[Candidate]:
    """Put the free agents who may take the call in the order in which they are to be rung."""
    able = [c for c in free if not _lacks(line, c)] if strict else free
    return deque(sorted(able, key=_rank(line.ring, last)))


def _rank(ring: Ring, last: int) -> Callable[[Candidate], tuple[float, ...]]:
    """Return the strategy as a sort key. The lowest penalty goes first, always."""
    match ring:
        case "ring_all" | "linear":
            return lambda c: (c.penalty, c.order)
        case "round_robin":
            return lambda c: (c.penalty, c.order <= last, c.order)
        case "fewest_calls":
            return lambda c: (c.penalty, c.agent.calls, c.agent.idle_since, c.order)
        case "longest_idle":
            return lambda c: (c.penalty, c.agent.idle_since, c.order)


def _why(line: Line, best: Candidate, now: float) -> str:
    """Say why the agent chosen was the first of those who could have taken the call."""
    match line.ring:
        case "ring_all":
            return "all free agents ring"
        case "linear":
            return "first free in the fixed order"
        case "round_robin":
            return "next in turn"
        case "fewest_calls":
            return f"fewest calls: {best.agent.calls}"
        case "longest_idle":
            return f"longest idle: {now - best.agent.idle_since:.0f} s"


def _why_second(line: Line, candidate: Candidate, best: Candidate, now: float) -> str:
    """Say why an agent who could have taken the call was second to the one chosen."""
    if candidate.penalty > best.penalty:
        return f"penalty {candidate.penalty} > {best.penalty}"
    match line.ring:
        case "fewest_calls" if candidate.agent.calls > best.agent.calls:
            return f"{candidate.agent.calls} calls, {best.agent.name} {best.agent.calls}"
        case "longest_idle" | "fewest_calls":
            idle = now - candidate.agent.idle_since
            return f"idle for {idle:.0f} s, {best.agent.name} for {now - best.agent.idle_since:.0f} s"
        case "round_robin":
            return f"it was the turn of {best.agent.name}"
        case _:
            return f"after {best.agent.name} in the order"


class _Decision:
    """What one decision saw and what it gave to whom, kept for as long as somebody may ask for its reasons."""

    def __init__(self, candidates: tuple[Candidate, ...], now: float) -> None:
        self._candidates = candidates
        self._now = now
        #: The number of the offer in which an agent rings.
        self.offered: dict[str, int] = {}

    @cached_property
    def _members(self) -> dict[str, list[Candidate]]:
        members: dict[str, list[Candidate]] = {}
        for candidate in self._candidates:
            for department in candidate.departments:
                members.setdefault(department, []).append(candidate)
        return members

    def reasons(self, line: Line, strict: bool, best: Candidate, number: int) -> dict[str, str]:
        """Give for each agent of the line who does not ring in the offer of this number the reason why."""
        reasons: dict[str, str] = {}
        for candidate in self._members[line.name]:
            name = candidate.agent.name
            offer = self.offered.get(name, number + 1)
            if offer == number:
                continue
            reasons[name] = (
                ("ringing for a caller before this one" if offer < number else "")
                or obstacle(candidate, self._now)
                or (_lacks(line, candidate) if strict else "")
                or _why_second(line, candidate, best, self._now)
            )
        return reasons


class _Later(Mapping[str, str]):
    """Reasons put into words when first asked for.

    With 1,000 agents and 500 callers there are 50,000 of them: wording them took longer than the decision.
    """

    def __init__(self, work: Callable[[], dict[str, str]]) -> None:
        self._work = work

    @cached_property
    def _worded(self) -> dict[str, str]:
        return self._work()

    def __getitem__(self, name: str) -> str:
        return self._worded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._worded)

    def __len__(self) -> int:
        return len(self._worded)

    def __repr__(self) -> str:
        return repr(self._worded)
