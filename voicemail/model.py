"""A message and what became of it. Values only; knows no table and no page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ledger.items import Narrowed, NoSuchItem, NotPossible, Step
from voicemail.transcription.model import Word

__all__ = ["Asked", "Count", "Message", "NoSuchMessage", "NotPossible", "Page", "Shown", "Step", "TextState"]


class NoSuchMessage(NoSuchItem):
    """There is no message of this id, or not for whoever asks."""


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
    def box(self) -> str:
        return self.mailbox

    @property
    def number(self) -> str:
        return self.ani

    @property
    def at(self) -> datetime:
        return self.taken_at

    @property
    def is_unread(self) -> bool:
        return self.heard_at is None and self.handled_at is None and self.deleted_at is None and not self.empty


class Shown(StrEnum):
    """Which messages a list shows."""

    OPEN = "open"
    HANDLED = "handled"
    EMPTY = "empty"
    DELETED = "deleted"
    ALL = "all"


@dataclass(frozen=True)
class Asked(Narrowed):
    """What a list is asked for; `mailboxes` None for every one."""

    mailboxes: frozenset[str] | None = None
    shown: Shown = Shown.OPEN
    words: str = ""


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
