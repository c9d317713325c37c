"""An agent's states, and the one table of what leads from which to which.

Owns the rules of being available. Pure: the clock's value is passed in; phones and journal are unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class AgentState(StrEnum):
    """What an agent is doing."""

    LOGGED_OUT = "logged out"
    READY = "ready"
    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap-up"
    PAUSED = "paused"


class Deed(StrEnum):
    """What can happen to an agent."""

    LOG_IN = "log in"
    LOG_OUT = "log out"
    PAUSE = "pause"
    RESUME = "resume"
    OFFER = "offer"
    MISS = "miss"
    ANSWER = "answer"
    RELEASE = "release"
    FINISH = "finish wrap-up"


A = AgentState

#: What leads where. Where a pair is missing, the deed is not possible there and raises `NotPossible`.
#: * Who logs out or pauses during a call does so when the call is over (`then` on the agent, journaled with it).
#: * A call that ends leads to wrap-up, unless the department gives none: then straight to ready.
#: * Who still has to say what came of the call (`owes`) stays in wrap-up until it is said or time is up (`FINISH`):
#:   ready is not possible before, and whoever logs out or pauses does so then.
TRANSITIONS: dict[tuple[AgentState, Deed], AgentState] = {
    (A.LOGGED_OUT, Deed.LOG_IN): A.READY,
    (A.READY, Deed.LOG_IN): A.READY,
    (A.PAUSED, Deed.LOG_IN): A.READY,
    (A.WRAP_UP, Deed.LOG_IN): A.READY,
    (A.READY, Deed.LOG_OUT): A.LOGGED_OUT,
    (A.WRAP_UP, Deed.LOG_OUT): A.LOGGED_OUT,
    (A.PAUSED, Deed.LOG_OUT): A.LOGGED_OUT,
    (A.LOGGED_OUT, Deed.LOG_OUT): A.LOGGED_OUT,
    (A.READY, Deed.PAUSE): A.PAUSED,
    (A.WRAP_UP, Deed.PAUSE): A.PAUSED,
    (A.PAUSED, Deed.PAUSE): A.PAUSED,
    (A.PAUSED, Deed.RESUME): A.READY,
    (A.READY, Deed.RESUME): A.READY,
    (A.WRAP_UP, Deed.RESUME): A.READY,
    (A.READY, Deed.OFFER): A.RINGING,
    (A.RINGING, Deed.MISS): A.READY,
    (A.RINGING, Deed.ANSWER): A.TALKING,
    (A.TALKING, Deed.RELEASE): A.WRAP_UP,
    (A.WRAP_UP, Deed.FINISH): A.READY,
}

#: Deeds that a busy agent does when the call is over.
LATER = frozenset({Deed.LOG_OUT, Deed.PAUSE})


class NotPossible(Exception):
    """An agent in this state cannot do that."""

    def __init__(self, agent: str, state: AgentState, deed: Deed, why: str = "") -> None:
        super().__init__(f"{agent} is {state} and cannot {deed}{f': {why}' if why else ''}")
        self.agent, self.state, self.deed = agent, state, deed


@dataclass(frozen=True)
class Agent:
    """One agent at one moment. Times are in seconds of the monotonic clock.

    `then` is what follows once the present call is over; `not_before` keeps an agent who has just missed a call
    from being offered the next at once, and `missed` says why. `owes` is the call of which a disposition is due.
    """

    name: str
    state: AgentState = A.LOGGED_OUT
    reason: str = ""
    since: float = 0.0
    idle_since: float = 0.0
    calls: int = 0
    call: str = ""
    department: str = ""
    then: Deed | None = None
    then_reason: str = ""
    not_before: float = 0.0
    missed: str = ""
    owes: str = ""


def after(agent: Agent, deed: Deed, now: float, *, reason: str = "", wrap_up: float = 0.0, owes: str = "") -> Agent:
    """Return the agent after the deed; `owes` is the call just released, where a disposition of it is due.

    Raises:
        NotPossible: the table has no way from this state by this deed.
    """
    if (agent.state in (A.RINGING, A.TALKING) or agent.owes) and deed in LATER:
        return replace(agent, then=deed, then_reason=reason)
    if agent.state in (A.RINGING, A.TALKING) and deed in (Deed.RESUME, Deed.LOG_IN):
        return replace(agent, then=None, then_reason="")
    if agent.owes and deed in (Deed.RESUME, Deed.LOG_IN):
        raise NotPossible(agent.name, agent.state, deed, "it is not said yet what came of the call")
    state = TRANSITIONS.get((agent.state, deed))
    if state is None:
        raise NotPossible(agent.name, agent.state, deed)
    if state is A.WRAP_UP and wrap_up <= 0 and not owes:
        state = A.READY
    if state is agent.state and (state is A.READY or reason == agent.reason):
        return agent
    changed = replace(agent, state=state, since=now, reason=reason, owes=owes if state is A.WRAP_UP else "")
    if deed is Deed.ANSWER:
        changed = replace(changed, calls=agent.calls + 1, missed="", not_before=0.0)
    if state in (A.READY, A.WRAP_UP) and deed in (Deed.RELEASE, Deed.LOG_IN, Deed.RESUME):
        changed = replace(changed, idle_since=now)
    if state not in (A.RINGING, A.TALKING):
        changed = replace(changed, call="", department="" if state is not A.WRAP_UP else agent.department)
    if agent.then is not None and state in (A.READY, A.WRAP_UP) and not changed.owes:
        return after(replace(changed, then=None, then_reason=""), agent.then, now, reason=agent.then_reason)
    return changed
