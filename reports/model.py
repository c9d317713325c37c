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
    """One ringing of one phone: `reply` is answered, busy, no answer, unreachable or cancelled; '' while it rings."""

    agent: str
    department: str
    at: datetime
    reply: str = ""


@dataclass(frozen=True)
class CallRecord:
    """One customer's call from offer to end, times in seconds. `outcome` is None where it is not known (yet).

    `waited` adds up all lines; `talked` all conversations, hold included.
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
