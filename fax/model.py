"""A fax, received or sent, and what became of it. Values only; knows no table, no page and no line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from fax.documents.model import Resolution
from ledger.items import Narrowed, NoSuchItem, NotPossible, Step

__all__ = [
    "UNDER_WAY", "Asked", "Attempt", "Count", "CoverNote", "Direction", "Fax", "NoSuchFax", "NotPossible", "Order",
    "Page", "Progress", "Resolution", "Result", "Shown", "State", "Step", "TextState",
]  # fmt: skip


class NoSuchFax(NoSuchItem):
    """There is no fax of this id, or not for whoever asks."""


class Direction(StrEnum):
    """Which way it went."""

    IN = "in"
    OUT = "out"


class State(StrEnum):
    """Where a fax stands."""

    # received
    RECEIVED = "received"
    #: The line broke off; the complete pages are there.
    PARTIAL = "partial"
    # either way: nothing came, or it was not sent and nobody tries any more
    FAILED = "failed"
    # sent
    PREPARING = "preparing"
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    #: The machine may have got it: nobody knows. It is not sent again by itself.
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


#: A sent fax in one of these states is still on its way.
UNDER_WAY = frozenset({State.PREPARING, State.WAITING, State.SENDING})


class TextState(StrEnum):
    """Where reading the pages by machine stands."""

    OFF = "off"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class CoverNote:
    """What the sender wants on the cover sheet."""

    to: str = ""
    sender: str = ""
    note: str = ""


@dataclass(frozen=True)
class Fax:
    """One fax.

    `number` is the other side's, '' when withheld, `name` what is known of its owner; `station` is what its machine
    calls itself: a stranger's word. `did` is our own number. `file` is the TIFF and `pdf` its pages as PDF, names in
    the spool, '' while there are none. `pages` came or went through, of `of` pages that there are. `seconds` is the
    time on the line, `rate` in bits a second, `dots` per inch, across and down. `partial` says that the line broke.

    Of a sent one, `original` is the document as it was given (in the spool, of media type `kind`), `sent_by` an
    account or a mail address, `confirm` the addresses that are told what became of it, `send_at` the time before
    which nobody tries, `tries` the calls so far, `report` the transmission report in the spool.
    """

    id: str
    direction: Direction
    box: str
    state: State
    at: datetime
    keep_until: datetime
    number: str = ""
    name: str = ""
    station: str = ""
    did: str = ""
    call: str = ""
    file: str = ""
    pdf: str = ""
    pages: int = 0
    of: int = 0
    seconds: float = 0.0
    rate: int = 0
    dots: tuple[int, int] = (0, 0)
    ecm: bool = False
    t38: bool = False
    #: Why it failed, broke off or cannot be shown, in words for people.
    why: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    menus: tuple[str, ...] = ()
    text_state: TextState = TextState.OFF
    text: str = ""
    seen_at: datetime | None = None
    seen_by: str = ""
    handled_at: datetime | None = None
    handled_by: str = ""
    assigned_to: str = ""
    deleted_at: datetime | None = None
    deleted_by: str = ""
    # ---- only of one that is sent
    subject: str = ""
    original: str = ""
    kind: str = ""
    resolution: Resolution = Resolution.FINE
    cover: CoverNote | None = None
    sent_by: str = ""
    confirm: tuple[str, ...] = ()
    send_at: datetime | None = None
    tries: int = 0
    report: str = ""
    ended_at: datetime | None = None

    @property
    def is_unread(self) -> bool:
        return (
            self.direction is Direction.IN and self.seen_at is None and self.handled_at is None and not self.deleted_at
        )

    @property
    def quality(self) -> str:
        """Name the resolution as fax machines do; '' where it is not known."""
        if self.dots == (0, 0):
            return ""
        named = {98: "standard", 196: "fine", 391: "super fine"}
        near = min(named, key=lambda lines: abs(lines - self.dots[1]))
        return named[near] if abs(near - self.dots[1]) <= 4 else f"{self.dots[0]} × {self.dots[1]} dpi"


class Result(StrEnum):
    """How one call with a fax ended."""

    SENT = "sent"
    PARTIAL = "partial"
    FAILED = "failed"
    BUSY = "busy"
    NO_ANSWER = "no answer"
    #: The number does not exist, or nobody can be reached there.
    UNREACHABLE = "unreachable"
    #: Answered, but by no fax machine.
    VOICE = "no fax machine"
    #: It never came to a call: our trunk, our Asterisk, our disk.
    NOT_CALLED = "not called"
    #: The connection to Asterisk was lost after the fax had begun, and it left no word.
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Attempt:
    """One call with a fax. Without `began_sending_at` no machine has seen a page; without `ended_at` it goes on."""

    fax: str
    number: int
    call: str
    began_at: datetime
    began_sending_at: datetime | None = None
    ended_at: datetime | None = None
    result: Result | None = None
    pages: int = 0
    seconds: float = 0.0
    station: str = ""
    rate: int = 0
    said: str = ""


class Shown(StrEnum):
    """Which faxes a list shows: of the inbox the first four, of those sent the next three; `ALL` of either."""

    OPEN = "open"
    HANDLED = "handled"
    FAILED = "failed"
    DELETED = "deleted"
    UNDER_WAY = "under way"
    SENT = "sent"
    NOT_SENT = "not sent"
    ALL = "all"


@dataclass(frozen=True)
class Asked(Narrowed):
    """What a list is asked for; `boxes` None for every one."""

    direction: Direction | None = None
    boxes: frozenset[str] | None = None
    shown: Shown = Shown.ALL
    words: str = ""


@dataclass(frozen=True)
class Page:
    """A part of a list, the newest first; `more` says that it goes on."""

    faxes: tuple[Fax, ...]
    more: bool


@dataclass(frozen=True)
class Count:
    """How many received faxes of a box nobody has seen, how many wait for somebody, and how many go out."""

    unread: int = 0
    open: int = 0
    under_way: int = 0


@dataclass(frozen=True)
class Progress:
    """A fax on the line now: `pages` are through, of `of` (0 where the sender alone knows)."""

    id: str
    direction: Direction
    box: str
    number: str
    began_at: datetime
    pages: int = 0
    of: int = 0
    #: What is happening: calling, sending, receiving.
    doing: str = ""
    #: The number of ours that it comes to, in whose country the other one is read; '' for one that we send.
    did: str = ""


@dataclass(frozen=True)
class Order:
    """What somebody wants to have sent. `document` lies somewhere; it is copied. Numbers as people write them."""

    box: str
    number: str
    sent_by: str
    name: str = ""
    subject: str = ""
    cover: CoverNote | None = None
    resolution: Resolution | None = None
    send_at: datetime | None = None
    confirm: tuple[str, ...] = ()
    #: The same key twice is the same fax: for a mail that is read twice, a request that is repeated.
    key: str = ""
