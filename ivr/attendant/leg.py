"""The emergency attendant's caller: a Conversation over a classic AGI script, by pyst2.

Owns what of pyst2 serves which verb of the port. One process serves one caller, so its methods may block.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from asterisk.agi import AGI, AGIAppError, AGIException

from ivr.agi import dial
from ivr.agi.leg import KEYS, RATE
from ivr.conversation import (
    NOTHING,
    CallerGone,
    HandedOver,
    HandOver,
    Heard,
    Recording,
    Reply,
    Taking,
    Utterance,
)
from ivr.prompt_book import PromptBook, PromptMissing

T = TypeVar("T")


class AttendantLeg:
    """The caller on standard input and output. All of pyst2's ways to say "hung up" become `CallerGone`."""

    def __init__(self, agi: AGI, book: PromptBook, message: Path) -> None:
        """`message` is where a message goes, without suffix."""
        self._agi = agi
        self._book = book
        self._message = message
        self._began = time.monotonic()

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self._began

    def answer(self) -> None:
        """Pick up, if nobody has."""
        self._ask(self._agi.answer)

    async def play(self, utterances: Sequence[Utterance], *, interruptible: bool = True) -> Heard:
        for utterance in utterances:
            # pyst2 quotes the keys but not the path, which is ours and has no quotation marks in it.
            path = f'"{self._book.path_of(utterance)}"'
            try:
                key = self._ask(partial(self._agi.stream_file, path, KEYS if interruptible else ""))
            except CallerGone as gone:
                if self._alive():
                    raise PromptMissing(path) from gone
                raise
            if key:
                return Heard(key)
        return NOTHING

    async def listen(self, seconds: float, *, music: bool = False) -> Heard:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            key = self._ask(partial(self._agi.wait_for_digit, max(1, round(left * 1000))))
            if key and key in KEYS:
                return Heard(key)
        return NOTHING

    async def record(self, taking: Taking) -> Recording:
        path = self._message
        beep = "beep" if taking.beep else ""
        gone = False
        try:
            self._agi.record_file(
                str(path), "wav", "#", round(taking.longest * 1000), 0, beep, silence=round(taking.silence)
            )
        except (AGIException, OSError, ValueError):
            gone = True
        file = path.with_suffix(".wav")
        seconds = max(0, file.stat().st_size - 44) / (2 * RATE) if file.exists() else 0.0
        if gone and not seconds:
            raise CallerGone
        return Recording(str(file), seconds, gone)

    async def hand_over(self, to: HandOver) -> HandedOver:
        gone = False
        try:
            self._agi.execute("EXEC", "Dial", f'"{",".join(dial.arguments(to))}"')
        except (AGIException, OSError, ValueError):
            gone = True
        status = self._variable("DIALSTATUS")
        answered = status == "ANSWER"
        return HandedOver(
            dial.REPLIES.get(status, Reply.NO_ANSWER),
            answered_by=dial.phone_of(self._variable("DIALEDPEERNAME")) if answered else "",
            talked=dial.talked(self._variable(dial.ANSWERED_AT), self._variable(dial.NOW)) if answered else 0.0,
            caller_gone=gone,
        )

    async def hangup(self) -> None:
        try:
            self._agi.hangup()
        except (AGIException, OSError, ValueError):
            return  # gone already, which is what was wanted

    def mark_done(self) -> None:
        """Tell the dialplan that the caller was served to the end."""
        self._ask(partial(self._agi.set_variable, "SWITCHROOM_DONE", "1"))

    def _variable(self, name: str) -> str:
        try:
            return str(self._agi.get_variable(name))
        except (AGIException, OSError, ValueError):
            return ""

    def _alive(self) -> bool:
        """Tell whether the caller is still there: the answer to a missing file and to a hang-up is the same."""
        try:
            self._agi.channel_status()
        except (AGIException, OSError, ValueError):
            return False
        return True

    def _ask(self, command: Callable[[], T]) -> T:
        try:
            return command()
        except (AGIAppError, AGIException, OSError, ValueError) as error:
            # ValueError is how pyst2 takes the line HANGUP, and an answer that never came.
            raise CallerGone from error


def environment(agi: AGI, name: str) -> str:
    """Return one of Asterisk's words about the call; '' where it says "unknown" or nothing."""
    value: Any = agi.env.get(name, "")
    return "" if value == "unknown" else str(value)[:200]
