"""The simulator: a Conversation without a telephone, on virtual time.

Owns the script of a simulated caller and the record of what that caller heard. Used by `try`, by menu tests
and by the contract tests; it decides nothing about menus.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from ivr.conversation import (
    NO_MACHINE,
    NO_MACHINE_AFTER,
    NOTHING,
    ONE_A_CALL,
    SILENCE_KEPT,
    UNNOTICED,
    CallerGone,
    CannotRecord,
    EndedBy,
    FaxTaken,
    HandedOver,
    HandOver,
    Heard,
    Recording,
    Reply,
    Taken,
    Taking,
    Utterance,
)
from ivr.speech.spoken import Spoken

#: Seconds between two keys of a script where it says nothing else: a brisk human.
KEY_GAP = 0.4

#: A wait in a script: up to 9,999 seconds, never back in time.
WAIT = re.compile(r"w[0-9]{1,4}(\.[0-9]{1,3})?")
MOST_KEYS = 200

#: What fax modems say of a call that was hung up in the middle.
BROKEN_OFF = "The call dropped prematurely"
#: How long a page of a fax takes here, seconds.
PAGE_LASTS = 10.0


@dataclass(frozen=True)
class Press:
    """A key, pressed so many seconds after the call began."""

    at: float
    key: str


class BadScript(ValueError):
    """A script of keys is digits, * and #, and waits such as w5 between them: "1 w5 2"."""


def script(text: str, *, gap: float = KEY_GAP) -> tuple[Press, ...]:
    """Read a script such as ``1 w5 2``: keys follow each other by `gap`, ``wN`` waits N seconds first.

    >>> script("1 w5 23")
    (Press(at=0.4, key='1'), Press(at=5.8, key='2'), Press(at=6.2, key='3'))

    Raises:
        BadScript: there is something else in it, or it is longer than 200 keys.
    """
    presses: list[Press] = []
    at = 0.0
    for word in text.replace(",", " ").split():
        if word[0] == "w":
            if not WAIT.fullmatch(word):
                raise BadScript(f"{word!r} is no wait: write w5 or w0.5")
            at += float(word[1:])
            continue
        for key in word:
            if key not in "0123456789*#":
                raise BadScript(f"{key!r} is no key of a telephone")
            if len(presses) == MOST_KEYS:
                raise BadScript(f"more than {MOST_KEYS} keys")
            at += gap
            presses.append(Press(round(at, 6), key))
    return tuple(presses)


@dataclass(frozen=True)
class Sound:
    """Something the caller heard: when it began, how long of it, and whether it was cut short."""

    at: float
    utterance: Utterance
    seconds: float
    whole: bool


def guess_duration(utterance: Utterance) -> float:
    """Guess how long an utterance takes, in seconds, where no rendered prompt tells: 15 characters a second."""
    if isinstance(utterance, Taken):
        return utterance.seconds
    return max(0.5, len(utterance.text) / 15) if isinstance(utterance, Spoken) else 3.0


@dataclass
class Simulator:
    """A caller who follows a script; time passes only as the caller lives it.

    `hangs_up_at` is in seconds from the start. `replies` are what each hand-over in turn comes to: nobody
    answering takes as long as the phones ring, a conversation as long as it says. When they run out, the phones
    are answered at once and the conversation lasts no time. `speaks` is how long he speaks into each recording,
    and `room` how much of it the disk takes, in seconds. `fax` is what comes of a fax that he is asked for, if he is
    a machine: hanging up in the middle of it leaves the pages that were through.
    """

    presses: Sequence[Press] = ()
    hangs_up_at: float | None = None
    replies: Sequence[HandedOver] = ()
    duration: Callable[[Utterance], float] = guess_duration
    speaks: float = math.inf
    room: float = math.inf
    fax: FaxTaken | None = None
    heard: list[Sound] = field(default_factory=list)
    rung: list[HandOver] = field(default_factory=list)
    #: The recordings that are there, and those that were removed.
    recorded: list[str] = field(default_factory=list)
    discarded: list[str] = field(default_factory=list)
    #: Where faxes were asked for.
    faxed: list[str] = field(default_factory=list)
    ended: bool = False
    _now: float = 0.0
    _next: int = 0
    _recordings: int = 0

    @property
    def elapsed(self) -> float:
        return self._now

    async def play(self, utterances: Sequence[Utterance], *, interruptible: bool = True) -> Heard:
        for utterance in utterances:
            self._alive()
            began = self._now
            seconds = self.duration(utterance)
            try:
                heard = self._pass(seconds, listening=interruptible)
            except CallerGone:
                self.heard.append(Sound(began, utterance, self._now - began, whole=False))
                raise
            self.heard.append(Sound(began, utterance, self._now - began, whole=not heard))
            if heard:
                return heard
        return NOTHING

    async def listen(self, seconds: float, *, music: bool = False) -> Heard:
        return self._pass(seconds, listening=True)

    def recording_path(self) -> str:
        self._recordings += 1
        return f"recording-{self._recordings}.wav"

    async def record(self, taking: Taking, path: str) -> Recording:
        self._alive()
        if self.room <= 0:
            raise CannotRecord
        self.recorded.append(path)
        began, silence = self._now, round(taking.silence)
        until = min(taking.longest, self.speaks + silence) if silence else taking.longest
        try:
            heard = self._pass(until, listening=True)
            while heard and heard.text != "#":  # the other keys are a part of the message
                heard = self._pass(until - (self._now - began), listening=True)
            by_time = EndedBy.SILENCE if until < taking.longest else EndedBy.LONGEST
            ended_by = EndedBy.KEY if heard else by_time
        except CallerGone:
            ended_by = EndedBy.HANGUP
        seconds = self._now - began
        if ended_by is EndedBy.SILENCE:
            seconds -= silence - SILENCE_KEPT
        if seconds > self.room + UNNOTICED:
            raise CannotRecord(Recording(path, self.room, ended_by))
        return Recording(path, min(seconds, self.room), ended_by)

    async def discard(self, path: str) -> None:
        if path in self.recorded:
            self.recorded.remove(path)
            self.discarded.append(path)

    async def take_fax(self, path: str, *, station: str) -> FaxTaken:
        self._alive()
        if self.faxed:
            return FaxTaken(path, why=ONE_A_CALL)
        self.faxed.append(path)
        came = replace(self.fax or FaxTaken("", ecm=True, why=NO_MACHINE), path=path)
        began = self._now
        try:
            self._pass(PAGE_LASTS * came.pages if self.fax else NO_MACHINE_AFTER, listening=False)
        except CallerGone:
            through = min(came.pages, int((self._now - began) / PAGE_LASTS))
            return replace(came, pages=through, ok=False, why=BROKEN_OFF, gone=True)
        if came.gone:
            self.hangs_up_at = self._now
        return came

    async def fax_is_known(self) -> None:
        """Nobody keeps word of it here."""

    async def hand_over(self, to: HandOver) -> HandedOver:
        self._alive()
        self.rung.append(to)
        if len(self.rung) > len(self.replies):
            return HandedOver(Reply.ANSWERED, answered_by=to.phones[0] if to.phones else "")
        reply = self.replies[len(self.rung) - 1]
        began = self._now
        try:
            self._pass(to.ring_for if reply.reply is Reply.NO_ANSWER else reply.talked, listening=False)
        except CallerGone:
            if reply.reply is Reply.ANSWERED:
                return replace(reply, talked=self._now - began, caller_gone=True)
            return HandedOver(Reply.CANCELLED, caller_gone=True)
        if reply.caller_gone:
            self.hangs_up_at = self._now
        return reply

    async def hangup(self) -> None:
        self.ended = True

    def _alive(self) -> None:
        if self.ended or (self.hangs_up_at is not None and self._now >= self.hangs_up_at):
            raise CallerGone

    def _pass(self, seconds: float, *, listening: bool) -> Heard:
        """Let time pass until it is over, a key is heard or the caller hangs up."""
        self._alive()
        end = self._now + seconds
        while self._next < len(self.presses) and self.presses[self._next].at <= end:
            press = self.presses[self._next]
            if self.hangs_up_at is not None and press.at > self.hangs_up_at:
                break
            self._next += 1
            if listening:
                self._now = max(self._now, press.at)
                return Heard(press.key)
        if self.hangs_up_at is not None and self.hangs_up_at < end:
            self._now = max(self._now, self.hangs_up_at)
            raise CallerGone
        self._now = end
        return NOTHING
