"""The Conversation port: the few things that may be done to a caller, whatever the medium.

Owns the words between the interpreter and its media (telephone, simulator, chat, attendant). Knows no medium.
Every method may raise `CallerGone`, which is not an error: callers hang up, and one place catches it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ivr.speech.spoken import Spoken


class CallerGone(Exception):
    """The caller is no longer there."""


class LineLost(CallerGone):
    """The line itself broke, so that nobody knows who would have hung up when."""


@dataclass(frozen=True)
class Recorded:
    """A recording of the site's own, named without language and suffix."""

    name: str
    language: str


@dataclass(frozen=True)
class Taken:
    """A message as it was spoken, a moment or a month ago: its file, and its length in seconds."""

    path: str
    seconds: float


#: One thing a caller may hear: a text spoken by a voice, a recording, or a message.
Utterance = Spoken | Recorded | Taken


@dataclass(frozen=True)
class Heard:
    """What the caller did. A key is not complete, more may follow; a line of chat is.

    `woken` says that not the caller but we ended the listening, see `Conversation.wake`.
    """

    text: str = ""
    complete: bool = False
    woken: bool = False

    def __bool__(self) -> bool:
        return bool(self.text)


NOTHING = Heard()


@dataclass(frozen=True)
class Taking:
    """How a message is taken: lengths in seconds, and the trailing silence that ends it."""

    longest: float = 180.0
    silence: float = 5.0
    beep: bool = True


class EndedBy(StrEnum):
    """What ended a recording."""

    KEY = "key"
    SILENCE = "silence"
    LONGEST = "longest"
    HANGUP = "hangup"


#: A recording may lack so much of its end before it counts as cut short, seconds.
UNNOTICED = 0.5
#: So much of the silence that ends a recording stays in it, seconds.
SILENCE_KEPT = 1.0


@dataclass(frozen=True)
class Recording:
    """A message taken: where it lies, how long it is there (seconds), and what ended it.

    One of 0.0 seconds need not lie anywhere: `#` was pressed before anything was recorded.
    """

    path: str
    seconds: float
    ended_by: EndedBy

    @property
    def gone(self) -> bool:
        """Tell whether the caller hung up."""
        return self.ended_by is EndedBy.HANGUP

    @property
    def said(self) -> float:
        """Return its length without the silence that ended it; a medium cannot tell speech from noise."""
        return max(0.0, self.seconds - SILENCE_KEPT) if self.ended_by is EndedBy.SILENCE else self.seconds


class CannotRecord(Exception):
    """A message cannot be written, or could not to its end; the caller is still there, or was.

    `saved` is what there is of it.
    """

    def __init__(self, saved: Recording | None = None) -> None:
        super().__init__()
        self.saved = saved


#: A machine on the other side either sends within this time, or is none: so long is a voice held up, seconds.
NO_MACHINE_AFTER = 25.0


@dataclass(frozen=True)
class FaxTaken:
    """A fax as it came in: `ok` if all of it did; else `pages` are complete all the same, and `why` tells the rest.

    `station` is what the sender's machine calls itself: a stranger's word. `rate` is in bits a second, `resolution`
    in dots per inch, across and down. `ecm` says that we allowed error correction, `t38` that the fax came as data
    and not as sound. With no pages nothing lies at `path`, or nothing of use. `gone` says that nobody is there any
    more. All that is known when the line itself broke is `pages`.
    """

    path: str
    pages: int = 0
    ok: bool = False
    station: str = ""
    rate: int = 0
    resolution: tuple[int, int] = (0, 0)
    ecm: bool = False
    t38: bool = False
    why: str = ""
    gone: bool = False


#: Why a fax was not taken, where it is we who say so: a medium without machines, and the limits of ours.
NO_MACHINE = "no fax machine"
ONE_A_CALL = "one fax a call"


@dataclass(frozen=True)
class HandOver:
    """Ring these phones, all at once, for so many seconds; nobody else decides who rings.

    In place of phones of ours `outside` may be a number in E.164, which then sees us as `shown_as`.
    """

    phones: tuple[str, ...]
    ring_for: float
    music: bool = True
    #: Limit of the conversation itself, seconds.
    longest: float = 14_400.0
    outside: str = ""
    shown_as: str = ""


class Reply(StrEnum):
    """How ringing ended."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no answer"
    UNREACHABLE = "unreachable"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class HandedOver:
    """What came of handing the caller over.

    `caller_gone` tells who ended it: true when the caller hung up, during the ringing or the conversation.
    `talked` is in seconds, 0.0 unless answered. `answered_by` is a phone's name. After a blind transfer
    (`transferred`) the caller is still there, but in another conversation of ours. `cut` says that the line
    broke, and then `caller_gone` that nobody is there any more.
    """

    reply: Reply
    answered_by: str = ""
    talked: float = 0.0
    caller_gone: bool = False
    transferred: bool = False
    cut: bool = False


class Conversation(Protocol):
    """A dialogue with one caller over one medium."""

    @property
    def elapsed(self) -> float:
        """Seconds since the conversation began, on the medium's own clock."""

    async def play(self, utterances: Sequence[Utterance], *, interruptible: bool = True) -> Heard:
        """Play one after another; where interruptible, the first key stops it and is returned."""

    async def listen(self, seconds: float, *, music: bool = False) -> Heard:
        """Wait so long for one key; nothing pressed is `NOTHING`. With music, if the medium has any."""

    def recording_path(self) -> str:
        """Name a new file for a recording, so that it can be written down before anything lies there."""

    async def record(self, taking: Taking, path: str) -> Recording:
        """Take a message until silence, `#` or the limit; a caller who hangs up leaves what was said.

        `path` comes from `recording_path`. Raises `CannotRecord`, for which the call may go on.
        """

    async def discard(self, path: str) -> None:
        """Remove a recording of this conversation that nobody wants; harmless where there is none."""

    async def take_fax(self, path: str, *, station: str) -> FaxTaken:
        """Take a fax into the file `path` (.tif); `station` is what the sender's machine is told that we are.

        A sender who breaks off is no error, and neither is a voice: it is there again soon, and there are no pages.
        In one call the first attempt counts, every further one comes to nothing.
        """

    async def fax_is_known(self) -> None:
        """Be told that what became of the fax is written down, or is nothing; till then the medium may keep word of it.

        Harmless where there is nobody to be told any more.
        """

    async def hand_over(self, to: HandOver) -> HandedOver:
        """Ring phones and connect the first that answers; return when the conversation has ended."""

    async def hangup(self) -> None:
        """End the conversation from our side. Doing it twice is harmless."""
