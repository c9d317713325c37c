"""The emergency attendant's caller: a Conversation over a classic AGI script, by pyst2.

Owns what of pyst2 serves which verb of the port. One process serves one caller, so its methods may block.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from asterisk.agi import AGI, AGIAppError, AGIException

from config.values import e164
from ivr.agi import dial, fax, fax_file, fax_tone, message_file
from ivr.agi.leg import KEYS
from ivr.agi.presentation import is_restricted
from ivr.agi.protocol import quote
from ivr.conversation import (
    NOTHING,
    ONE_A_CALL,
    CallerGone,
    CannotRecord,
    EndedBy,
    FaxTaken,
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
        """`message` is where a message or fax goes, without suffix; messages after the first are numbered."""
        self._agi = agi
        self._book = book
        self._message = message
        self._recordings = 0
        self._faxed = False
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

    def recording_path(self) -> str:
        self._recordings += 1
        return f"{self._message}.wav" if self._recordings == 1 else f"{self._message}-{self._recordings}.wav"

    async def record(self, taking: Taking, path: str) -> Recording:
        return self._record(taking, Path(path))

    async def discard(self, path: str) -> None:
        with suppress(OSError):  # what stays is swept up as a message of nobody
            message_file.remove(Path(path))

    def keep(self, recording: Recording) -> None:
        """Put the one recording that is left where the report's message is looked for."""
        kept = Path(f"{self._message}.wav")
        if Path(recording.path) != kept:
            Path(recording.path).replace(kept)

    def fax_path(self) -> str:
        """Return where the one fax of this call goes."""
        return f"{self._message}.tif"

    async def take_fax(self, path: str, *, station: str) -> FaxTaken:
        # Switchroom may have taken one before it died; a second would be written into the file of the first.
        if self._faxed or self._variable(fax.STATUS):
            return FaxTaken(path, why=ONE_A_CALL)
        self._faxed = True
        return self._take_fax(Path(path), station)

    def listen_for_machine(self) -> None:
        """Let Asterisk take the caller out of all this, and begin anew, if it hears a fax machine."""
        with suppress(CallerGone):
            self._ask(partial(self._agi.set_variable, fax_tone.DETECT, f"yes,{fax_tone.LISTENS}"))

    def listen_no_more(self) -> None:
        """Let it be heard no longer, and forget what was heard: what comes now is the fax."""
        with suppress(CallerGone):
            self._ask(partial(self._agi.set_variable, fax_tone.DETECT, "no"))
            self._ask(partial(self._agi.set_variable, fax_tone.HEARD, ""))

    def heard_machine(self) -> bool:
        """Tell whether a fax machine was heard: by us, whose part is over then, or before we began."""
        return bool(self._variable(fax_tone.HEARD))

    async def fax_is_known(self) -> None:
        """Here it is known at once: nobody is asked for word of it."""

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

    def _record(self, taking: Taking, file: Path) -> Recording:
        message_file.require_room(file)
        beep, silence = "BEEP" if taking.beep else "", f"s={round(taking.silence)}"
        longest = round(taking.longest * 1000)
        try:
            # Not by pyst2's own method: that makes a key of the time that is left, which silence comes with.
            answer = self._agi.execute(
                "RECORD FILE", f'"{file.with_suffix("")}"', "wav", '"#"', longest, 0, beep, silence
            )
            result, reason = answer["result"]
            ended_by = message_file.how_ended(int(result), reason)
            samples = int(answer["endpos"][0])
        except (AGIException, OSError, ValueError, KeyError) as error:
            if self._alive():
                raise CannotRecord from error
            if not file.exists():
                raise CallerGone from error
            ended_by, samples = EndedBy.HANGUP, 0
        if ended_by is None:
            raise CannotRecord
        return message_file.stored(file, ended_by, samples)

    def _take_fax(self, file: Path, station: str) -> FaxTaken:
        if not fax_file.has_room(file):
            return FaxTaken(str(file), why=fax.NO_ROOM)
        if not self._alive():
            raise CallerGone
        for name, value in fax.settings(ours=station):
            self._ask(partial(self._agi.set_variable, name, value))
        with suppress(AGIException, OSError, ValueError):  # how it ended stands in variables
            self._agi.execute("EXEC", "ReceiveFAX", quote(",".join(fax.arguments(str(file)))))
        told = {name: self._variable(name) for name in fax.TOLD}
        return fax.taken(str(file), told, whole=fax_file.complete_pages(file), gone=not self._alive())

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


def caller(agi: AGI, country: str) -> str:
    """Return the caller's number, in E.164 where it is one; '' where the caller does not want it to be seen."""
    number = "" if is_restricted(environment(agi, "agi_callingpres")) else environment(agi, "agi_callerid")
    return e164(number, country) or number
