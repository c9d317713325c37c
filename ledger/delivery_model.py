"""Owns the words of deliveries: what was promised to whom, and how an attempt can end. Values only."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

_OUR_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,149}")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]{1,60}")


class NothingToSend(Exception):
    """What the delivery is about is gone; there is nothing to tell any more."""


class DeliveryState(StrEnum):
    """Where a delivery stands. Only `ACCEPTED` and `CANCELLED` are ends; `REFUSED` waits for a person."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Delivery:
    """One thing that must reach one receiver outside.

    `kind` and `about` say what it is, in its feature's words; `channel` how it goes ("mail"), `receiver` where to.
    `attempts` counts those begun. `last_reply` is what the receiver, or the way there, said last.
    """

    id: str
    kind: str
    about: str
    channel: str
    receiver: str
    state: DeliveryState
    created_at: datetime
    attempts: int
    last_reply: str
    ended_at: datetime | None
    alarmed_at: datetime | None
    #: The key of the job that tries it.
    job: str


@dataclass(frozen=True)
class Attempt:
    """One try. Without `ended_at` it is under way, or the process ended while it was."""

    delivery: str
    number: int
    began_at: datetime
    ended_at: datetime | None
    result: str
    reply: str


@dataclass(frozen=True)
class Accepted:
    """The receiver has it and answers for it now."""

    reply: str


@dataclass(frozen=True)
class Later:
    """It did not work, but may; `admin` says that somebody has to mend something first."""

    why: str
    admin: bool = False


@dataclass(frozen=True)
class Refused:
    """The receiver will never take it as it is."""

    why: str


Result = Accepted | Later | Refused


@dataclass(frozen=True)
class Given:
    """A file for a receiver. `name` is what it is called there: made by us, of harmless letters; else ValueError."""

    name: str
    path: Path
    media_type: str = "application/pdf"

    def __post_init__(self) -> None:
        if not _OUR_NAME.fullmatch(self.name):
            raise ValueError("this is no name that we give to files")
        if not _MEDIA_TYPE.fullmatch(self.media_type):
            raise ValueError("this is no media type")


class Carrier(Protocol):
    """Brings things to receivers over one channel."""

    async def carry(self, delivery: Delivery) -> Result:
        """Try once. May be called again for what an attempt that died had brought there already."""
