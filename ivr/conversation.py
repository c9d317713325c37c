"""The Conversation port: the five things that may be done to a caller, whatever the medium.

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


#: One thing a caller may hear: a text spoken by a voice, or a recording.
Utterance = Spoken | Recorded


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


@dataclass(frozen=True)
class Recording:
    """A message taken: where it lies, how long it is (seconds), and whether the caller hung up to end it."""

    path: str
    seconds: float
    gone: bool = False


@dataclass(frozen=True)
class HandOver:
    """Ring these phones, all at once, for so many seconds; nobody else decides who rings."""

    phones: tuple[str, ...]
    ring_for: float
    music: bool = True
    #: Limit of the conversation itself, seconds.
    longest: float = 14_400.0


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

    async def record(self, taking: Taking) -> Recording:
        """Take a message until silence, `#` or the limit; a caller who hangs up leaves what was said."""

    async def hand_over(self, to: HandOver) -> HandedOver:
        """Ring phones and connect the first that answers; return when the conversation has ended."""

    async def hangup(self) -> None:
        """End the conversation from our side. Doing it twice is harmless."""
