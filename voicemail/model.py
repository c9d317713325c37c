"""A message and what became of it. Values only; knows no table and no page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from voicemail.transcription.model import Word


class NoSuchMessage(Exception):
    """There is no message of this id, or not for whoever asks."""


class NotPossible(Exception):
    """This cannot be done with the message as it is; the text says why."""


class TextState(StrEnum):
    """Where the transcription of a message stands."""

    OFF = "off"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Message:
    """One message that somebody left.

    `id` is ours, `file` its name in the spool, `seconds` its length. `empty` is true for a call to the mailbox in
    which nobody spoke: a missed contact, of which no mail tells; None until that was looked at. `partial` says that
    the recording was broken off on our side.
    """

    id: str
    mailbox: str
    file: str
    taken_at: datetime
    keep_until: datetime
    seconds: float
    call: str = ""
    did: str = ""
    ani: str = ""
    ani_name: str = ""
    language: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    menus: tuple[str, ...] = ()
    partial: bool = False
    empty: bool | None = None
    peaks: tuple[int, ...] = ()
    text_state: TextState = TextState.OFF
    text: str = ""
    words: tuple[Word, ...] = ()
    #: The engine that wrote the text, or why there is none.
    text_by: str = ""
    heard_at: datetime | None = None
    heard_by: str = ""
    handled_at: datetime | None = None
    handled_by: str = ""
    assigned_to: str = ""
    deleted_at: datetime | None = None
    deleted_by: str = ""

    @property
    def is_unread(self) -> bool:
        return self.heard_at is None and self.handled_at is None and self.deleted_at is None and not self.empty


@dataclass(frozen=True)
class Step:
    """One thing that happened to a message; `by` is a person's account, or '' for ourselves."""

    at: datetime
    what: str
    by: str = ""
    detail: str = ""


class Shown(StrEnum):
    """Which messages a list shows."""

    OPEN = "open"
    HANDLED = "handled"
    EMPTY = "empty"
    DELETED = "deleted"
    ALL = "all"


@dataclass(frozen=True)
class Asked:
    """What a list is asked for; `mailboxes` None for every one. `before` goes on after the page that ended there."""

    mailboxes: frozenset[str] | None = None
    shown: Shown = Shown.OPEN
    words: str = ""
    unread: bool = False
    assigned_to: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: str | None = None
    limit: int = 50


@dataclass(frozen=True)
class Page:
    """A part of a list, the newest first; `more` says that it goes on."""

    messages: tuple[Message, ...]
    more: bool


@dataclass(frozen=True)
class Count:
    """How many messages of a mailbox nobody has heard, and how many wait for somebody."""

    unread: int = 0
    open: int = 0
