"""Owns what is said about mails that become faxes: plain values, light to import. Must not know how they arise."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from fax.documents.model import Resolution


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is too much, and how long too long. Seconds are of one step with the server, from asking to answer."""

    mails: int = 20
    mail_bytes: int = 25 * 1024 * 1024
    header_bytes: int = 64 * 1024
    numbers: int = 20
    open_seconds: float = 60.0
    step_seconds: float = 60.0
    fetch_seconds: float = 300.0
    #: For handing on one fax, or one answer.
    hand_on_seconds: float = 60.0


class Drawer(StrEnum):
    """Where mails are put when they are done with: folders below "Switchroom"."""

    SENT = "Sent"
    REFUSED = "Refused"


@dataclass(frozen=True, slots=True)
class Found:
    """A mail in the mailbox: its size, and the beginning of it, at most one byte longer than a header may be."""

    size: int
    header: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Head:
    """What the header of a mail says. `sender` is the one address of From, in lower case.

    `on_behalf` is the address of Sender where it is another, '?' when it cannot be read. `fails` names the check of
    the receiving server that the mail did not pass. `is_reply` tells that a machine answers or returns something;
    `may_answer` that a person is there to read an answer.
    """

    sender: str
    on_behalf: str
    subject: str
    message_id: str
    fails: str
    is_reply: bool
    may_answer: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """What a subject asks for: the numbers as written, how fine, and the subject of the fax."""

    numbers: tuple[str, ...]
    resolution: Resolution | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Enclosed:
    """The document of a mail, a file of ours, and the SHA-256 of it."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one number of a mail; `why` is empty when a fax was queued."""

    number: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class DoorState:
    """How faxes by mail fare, for people. `error` is empty while all is well, and since `failing_since` is not.

    `faxes` and `refused` count since the start; of those refused `unanswered` were of allowed senders whom nobody may
    answer; `held` mails wait for another try.
    """

    looked_at: datetime | None = None
    error: str = ""
    failing_since: datetime | None = None
    faxes: int = 0
    refused: int = 0
    unanswered: int = 0
    held: int = 0
