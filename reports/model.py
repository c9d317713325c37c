"""The call record: what the reports keep of one customer's call. Values only; knows no table and no formula.

One record a contact, with all the lines the caller stood in, all phones that rang and all conversations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from callrouter.calls import Talk
from callrouter.events import Outcome


class Left(StrEnum):
    """How a caller's stay in a line ended. Every stay has exactly one of these."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    VOICEMAIL = "voicemail"
    MOVED_ON = "moved on"
    FAILED = "failed"
    WAITING = "waiting"


@dataclass(frozen=True)
class Stay:
    """A caller's stay in one department's line.

    `waited` is in seconds from joining it, None as long as that is not known; `to` is where the caller was led
    to from there.
    """

    department: str
    joined_at: datetime
    left: Left = Left.WAITING
    waited: float | None = None
    answered_by: str = ""
    to: str = ""


@dataclass(frozen=True)
class Offer:
    """One ringing of one phone: `reply` is answered, busy, no answer, unreachable or cancelled; '' while it rings.

    `rang` is in seconds, None where nobody told.
    """

    agent: str
    department: str
    at: datetime
    reply: str = ""
    rang: float | None = None


@dataclass(frozen=True)
class Step:
    """One visit of a menu: what was pressed there (`keys`, together), and where it led.

    `to` is the next menu, or a destination such as "department billing", or '' where the caller left us there.
    """

    menu: str
    keys: str = ""
    to: str = ""


@dataclass(frozen=True)
class Transfer:
    """An agent passed the caller on: `how` is blind, attended or early."""

    agent: str
    to: str
    at: datetime
    how: str = "blind"


class Unknown(StrEnum):
    """What the source of a record cannot tell. Figures leave such records out, and say so; they never take it for 0."""

    WAIT = "wait"
    LINES = "lines"
    MENUS = "menus"
    RINGING = "ringing"
    TALK = "talk"
    WHO = "who"
    HUNG_UP_FIRST = "who hung up first"


@dataclass(frozen=True)
class CallRecord:
    """One customer's call from offer to end, times in seconds. `outcome` is None where it is not known (yet).

    `waited` adds up all lines; `talked` all conversations, hold included. Durations are whole milliseconds.
    """

    call: str
    offered_at: datetime
    ended_at: datetime | None = None
    did: str = ""
    ani: str = ""
    ani_name: str = ""
    language: str = ""
    path: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    destination: str = ""
    outcome: Outcome | None = None
    abandoned_in: str = ""
    hung_up_first: str = ""
    answered_by: str = ""
    answered_at: datetime | None = None
    waited: float = 0.0
    talked: float = 0.0
    stays: tuple[Stay, ...] = ()
    offers: tuple[Offer, ...] = ()
    talks: tuple[Talk, ...] = ()
    estimated: bool = False
    odd: int = 0
    steps: tuple[Step, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    #: What came of it, in the department's words, as the agent said last.
    disposition: str = ""
    #: Where the record is from: '' our own journal, else a kind of imported file such as "queue_log" or "cdr".
    source: str = ""
    #: The file that told the end which our own journal did not see, such as "cel"; '' where none was needed or had it.
    filled: str = ""
    unknown: frozenset[Unknown] = frozenset()


@dataclass(frozen=True)
class Outgoing:
    """A call that we placed for a person. `talked` is None where nobody answered, or while it goes on."""

    call: str
    began_at: datetime
    person: str
    number: str
    about: str = ""
    answered: bool = False
    ended_at: datetime | None = None
    talked: float | None = None
