"""What a person did and for how long: the values, and which events tell of it.

Owns what a moment and a span are. How moments become spans is in `spans_weave`; knows no table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from callrouter import events as ev
from callrouter.agents import AgentState
from callrouter.events import Event

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: The kinds of events that spans are made of.
KINDS = (ev.AgentChanged.KIND, ev.PhoneChanged.KIND, ev.ServerStarted.KIND, ev.ServerStopped.KIND)
#: Longer reasons and names are cut.
LONGEST = 200
#: The states of the server in a moment of its own.
STARTED, STOPPED = "started", "stopped"


class What(StrEnum):
    """Of what a moment tells."""

    PERSON = "person"
    PHONE = "phone"
    SERVER = "server"


class Doing(StrEnum):
    """What somebody who is logged in does. Every moment of being logged in is one of these.

    NOT_KNOWN is the time in which the server was not there to see it; UNDIVIDED is what an imported file tells only
    as being logged in. Who is logged out has no span.
    """

    READY = AgentState.READY.value
    RINGING = AgentState.RINGING.value
    TALKING = AgentState.TALKING.value
    WRAP_UP = AgentState.WRAP_UP.value
    PAUSED = AgentState.PAUSED.value
    UNDIVIDED = "logged in"
    NOT_KNOWN = "not known"


@dataclass(frozen=True)
class Moment:
    """Something told of a person, their phone, or the server (then without `agent`); `at` in microseconds of epoch.

    `source` is '' for our own journal. In an imported one `department` is the one line it is about, '' for all.
    """

    at: int
    what: What
    agent: str
    state: str
    reason: str = ""
    department: str = ""
    source: str = ""


@dataclass(frozen=True)
class Outage:
    """From `since`, the last moment known, up to `until` the server saw nothing; None while it is still away."""

    since: int
    until: int | None


@dataclass(frozen=True)
class Span:
    """A person did one thing from `since` up to `until` (None while it goes on), in microseconds of epoch.

    `reason` is a pause's, `department` the one whose call it is about. `reachable` is False while the phone could
    not be reached.
    """

    agent: str
    since: int
    until: int | None
    doing: Doing
    reason: str = ""
    department: str = ""
    reachable: bool = True
    source: str = ""


@dataclass(frozen=True)
class Sum:
    """How long a person did one thing within a time, in microseconds; `open` says that it goes on."""

    agent: str
    doing: Doing
    reason: str
    reachable: bool
    us: int
    open: bool


def micros(at: datetime) -> int:
    """Return a moment as microseconds of epoch.

    >>> micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (at - EPOCH) // timedelta(microseconds=1)


def moment_at(us: int) -> datetime:
    """Return a moment of microseconds of epoch as a datetime in UTC."""
    return EPOCH + timedelta(microseconds=us)


def moment_of(event: Event) -> Moment | None:
    """Return what an event tells of people, phones or the server; None where it tells of other things."""
    at = micros(event.at)
    match event:
        case ev.AgentChanged() if event.agent:
            reason, department = event.reason[:LONGEST], event.department[:LONGEST]
            return Moment(at, What.PERSON, event.agent, event.state, reason, department)
        case ev.PhoneChanged() if event.agent:
            return Moment(at, What.PHONE, event.agent, event.state)
        case ev.ServerStarted():
            return Moment(at, What.SERVER, "", STARTED)
        case ev.ServerStopped():
            return Moment(at, What.SERVER, "", STOPPED)
        case _:
            return None
