"""A telephone caller as a Conversation: the verbs of the port, said to Asterisk over AGI.

Owns what of AGI serves which verb of the port. Knows no menu, no agent and no call.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from ivr.agi import dial, fax, fax_tone, message_file
from ivr.agi.errors import HungUp, LinkLost, MediaFailed
from ivr.agi.session import AgiSession
from ivr.conversation import (
    NOTHING,
    ONE_A_CALL,
    CallerGone,
    CannotRecord,
    FaxTaken,
    HandedOver,
    HandOver,
    Heard,
    LineLost,
    Recording,
    Reply,
    Taking,
    Utterance,
)

log = structlog.get_logger(__name__)

#: What a caller's keypad can send; A-D are for us (see `wake`), and a phone that sends them is not listened to.
KEYS = "0123456789*#"
#: The key that Asterisk lets the channel "hear" when we wake it.
WAKE = "D"
#: What is left of a wait below this, Asterisk takes for nothing: it counts in milliseconds.
SHORTEST = 0.0005
#: A listening caller looks this often whether there is an offer, in case the waking was lost with the AMI link.
LOOK = 5.0
#: When a fax that begins hears a key, seconds: the second is for when the first comes before it listens.
STIR = (1.0, 4.0)


class PromptFiles(Protocol):
    """Where the rendered prompts are."""

    def path_of(self, utterance: Utterance) -> Path:
        """Return the file of an utterance, without its suffix."""


@dataclass(frozen=True)
class Messages:
    """Where messages are recorded: a folder of ours, and how the next file there is called."""

    folder: Path
    name: Callable[[], str]


class AgiLeg:
    """The caller's channel. `wake_channel` asks Asterisk to let the channel hear the key D; it must return at once."""

    def __init__(
        self,
        session: AgiSession,
        prompts: PromptFiles,
        *,
        messages: Messages,
        wake_channel: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._prompts = prompts
        self._messages = messages
        self._wake_channel = wake_channel
        self._clock = clock
        self._began = clock()
        self._music = False
        self._woken = False
        self._faxed = False
        #: The name under which Asterisk keeps word of the fax, '' for none.
        self._fax_word = ""
        #: We hung up; no notice of it need come.
        self._over = False

    @property
    def elapsed(self) -> float:
        return self._clock() - self._began

    async def answer(self) -> None:
        """Pick up; the conversation begins now. Raises `CallerGone`."""
        try:
            await self._session.answer()
        except HungUp as error:
            raise _gone(error) from error
        self._began = self._clock()

    def wake(self) -> None:
        """End the listening under way, or the next one: it returns `Heard(woken=True)`."""
        self._woken = True
        self._wake_channel(self._session.request.channel)

    async def play(self, utterances: Sequence[Utterance], *, interruptible: bool = True) -> Heard:
        try:
            await self._set_music(False)
            for utterance in utterances:
                path = str(self._prompts.path_of(utterance))
                escape = KEYS if interruptible else ""
                played = await self._session.stream_file(path, escape + WAKE)
                while played.key == WAKE and not self._woken:
                    # A phone that has this key itself: it goes on where it was.
                    played = await self._session.stream_file(path, escape + WAKE, start=played.samples)
                if played.key == WAKE:
                    return self._awake()
                if played.key:
                    return Heard(played.key)
        except HungUp as error:
            raise _gone(error) from error
        return NOTHING

    async def listen(self, seconds: float, *, music: bool = False) -> Heard:
        try:
            await self._set_music(music)
            until = self._clock() + seconds
            while True:
                if self._woken:
                    return self._awake()
                left = until - self._clock()
                if left < SHORTEST:
                    return NOTHING
                key = await self._session.wait_for_digit(min(left, LOOK))
                if key and key in KEYS:
                    return Heard(key)
        except HungUp as error:
            raise _gone(error) from error

    def recording_path(self) -> str:
        return str(self._messages.folder / f"{self._messages.name()}.wav")

    async def record(self, taking: Taking, path: str) -> Recording:
        file = Path(path)
        try:
            await self._set_music(False)
            await asyncio.to_thread(message_file.require_room, file)
            recorded = await self._session.record_file(
                str(file.with_suffix("")), "wav", longest=taking.longest, silence=taking.silence, beep=taking.beep
            )
            return await asyncio.to_thread(message_file.stored, file, recorded.end, recorded.samples)
        except HungUp as error:
            raise _gone(error) from error
        except MediaFailed as error:
            log.error("a message could not be written", folder=str(file.parent))
            raise CannotRecord from error
        except CannotRecord as error:
            log.error("no room for a message", folder=str(file.parent), saved=error.saved is not None)
            raise

    async def discard(self, path: str) -> None:
        try:
            await asyncio.to_thread(message_file.remove, Path(path))
        except OSError as error:
            # It is swept up as a message of nobody: better one too many than one too few.
            log.warning("a discarded recording is still there", error=type(error).__name__)

    async def take_fax(self, path: str, *, station: str) -> FaxTaken:
        if self._faxed:
            return FaxTaken(path, why=ONE_A_CALL)
        try:
            await self._set_music(False)
            self._faxed = True
            self._fax_word = Path(path).stem
            with self._stirring():
                return await fax.take(self._session, path, ours=station)
        except HungUp as error:
            raise _gone(error) from error

    async def send_fax(self, path: str, *, station: str, header: str) -> fax.FaxSent:
        """Send a TIFF to the machine that answered our call; `header` stands at the top of every page.

        Raises `CallerGone` if the other side hung up before it began. It does so at the end of every fax.
        """
        try:
            await self._set_music(False)
            self._fax_word = self._session.request.uniqueid
            return await fax.send(self._session, path, ours=station, top=header)
        except HungUp as error:
            raise _gone(error) from error

    @contextmanager
    def _stirring(self) -> Iterator[None]:
        """Let a fax that begins hear a key: one that began in the very moment of the hang-up notices it only then."""
        loop, channel = asyncio.get_running_loop(), self._session.request.channel
        keys = [loop.call_later(after, self._wake_channel, channel) for after in STIR]
        try:
            yield
        finally:
            for key in keys:
                key.cancel()

    async def fax_is_known(self) -> None:
        """Say that what became of the fax is written down; else Asterisk keeps it for whoever asks later."""
        word, self._fax_word = self._fax_word, ""
        await fax.known(self._session, word)

    async def hand_over(self, to: HandOver) -> HandedOver:
        # Dial runs on a dead channel too, and would ring phones for nobody.
        if self._over or self._session.hung_up:
            raise CallerGone
        try:
            await self._set_music(False)
            self._woken = False
            result = await self._session.exec("Dial", *dial.arguments(to), deadline=None)
            status = await self._session.get_variable("DIALSTATUS") or ""
            answered = status == "ANSWER"
            answered_at = await self._session.get_variable(dial.ANSWERED_AT) if answered else None
            now = await self._session.get_variable(dial.NOW) if answered else None
            peer = await self._session.get_variable("DIALEDPEERNAME") if answered else None
            # After a blind transfer the caller is on the way to another place of the dialplan; the result is that
            # of an agent who hung up, and only this variable tells.
            transferred = answered and bool(await self._session.get_variable("BLINDTRANSFER"))
            machine = answered and bool(await self._session.get_variable(fax_tone.HEARD))
        except HungUp as error:
            raise _gone(error) from error
        return HandedOver(
            dial.REPLIES.get(status, Reply.NO_ANSWER),
            answered_by=dial.phone_of(peer or ""),
            talked=dial.talked(answered_at, now),
            # 0 comes when the other side hung up and the caller is with us again, or when the caller was a fax machine.
            caller_gone=not transferred and (result == -1 or machine or self._session.hung_up),
            transferred=transferred,
        )

    async def hangup(self) -> None:
        self._over = True
        with suppress(HungUp):
            await self._session.hangup()

    def _awake(self) -> Heard:
        self._woken = False
        return Heard(woken=True)

    async def _set_music(self, on: bool) -> None:
        if on != self._music:
            self._music = on
            await self._session.set_music(on)


def _gone(error: HungUp) -> CallerGone:
    """Say in the port's words what became of the caller: Asterisk itself never hangs up by closing the connection."""
    return LineLost() if isinstance(error, LinkLost) else CallerGone()
