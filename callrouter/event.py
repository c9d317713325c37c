"""What every event has, and the words that several kinds share. The kinds themselves are in `callrouter.events`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar


class Outcome(StrEnum):
    """How a call as a whole ended, for the caller."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    VOICEMAIL = "voicemail"
    FAX = "fax"
    CLOSED = "closed"
    UNSERVED = "unserved"
    UNKNOWN_NUMBER = "unknown_number"
    FAILED = "failed"


class Party(StrEnum):
    """Who did it."""

    CALLER = "caller"
    AGENT = "agent"
    US = "us"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened, when, and to which call, agent or department ('' where to none)."""

    KIND: ClassVar[str] = ""

    at: datetime
    call: str = ""
    agent: str = ""
    department: str = ""
