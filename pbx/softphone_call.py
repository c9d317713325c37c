"""One call of a softphone as tests and the demo see it: what has happened to it, and waiting for what shall happen.

Knows the worker's events about a call. Does not know how phones are found or workers started.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from pbx import softphone_wire as wire
from pbx.softphone_errors import DEADLINE, CallEnded, TooLate, WorkerGone

if TYPE_CHECKING:
    from pbx.softphone_phone import Phone

_KEY_GAP: Final = 0.06
_KEYS: Final = re.compile(r"w(\d+(?:\.\d+)?)|([0-9A-D*#])|\s+")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key and when it was pressed, on the clock of time.monotonic()."""

    digit: str
    at: float


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording and the moment of its first sample on the clock of time.monotonic(), to about 20 ms."""

    path: Path
    started: float


def read_keys(text: str) -> list[str | float]:
    """Read "1 w5 2" into keys and seconds to wait; raises ValueError."""
    steps: list[str | float] = []
    at = 0
    while at < len(text):
        found = _KEYS.match(text, at)
        if found is None:
            raise ValueError("keys are 0-9 A-D * # and waits like w5")
        wait, key = found.groups()
        steps.extend(step for step in (float(wait) if wait else None, key) if step is not None)
        at = found.end()
    return steps


class SoftCall:
    """One call, going out or coming in; every wait has a deadline and fails at once when it can no longer succeed."""

    def __init__(
        self,
        phone: Phone,
        key: str,
        *,
        number: str = "",
        name: str = "",
        headers: Mapping[str, str] | None = None,
        made_at: float = 0.0,
    ) -> None:
        """Use Phone.call and Phone.incoming instead."""
        self.phone = phone
        self.key = key
        self.number = number
        self.name = name
        self.headers: Mapping[str, str] = headers or {}
        self.made_at = made_at
        self.ringing_at: float | None = None
        self.confirmed_at: float | None = None
        self.media: wire.MediaState = "none"
        self.keys_heard: list[Pressed] = []
        self.provisional: list[int] = []
        self.end: wire.Ended | None = None
        self._referred: list[SoftCall] = []
        self._transfer: wire.TransferStatus | None = None
        self._files_played = 0
        self._gone: WorkerGone | None = None
        self._changed = asyncio.Event()

    # ----------------------------------------------------------------------------------------------- waiting

    async def ringing(self, deadline: float = DEADLINE) -> float:
        """Wait until the other side rings; return when it did."""
        return await self._until("ringing", deadline, lambda: self.ringing_at)

    async def confirmed(self, deadline: float = DEADLINE) -> float:
        """Wait until the call is answered; return when it was."""
        return await self._until("an answered call", deadline, lambda: self.confirmed_at)

    async def media_is(self, state: wire.MediaState, deadline: float = DEADLINE) -> None:
        """Wait until the audio is in this state: active, held_here, held_there, none."""
        await self._until(f"audio {state}", deadline, lambda: True if self.media == state else None)

    async def heard_keys(self, digits: str, deadline: float = DEADLINE) -> list[Pressed]:
        """Wait until the other side has pressed exactly these keys, all told; return them with their times."""
        return await self._until(
            "the expected keys",
            deadline,
            lambda: self.keys_heard if "".join(key.digit for key in self.keys_heard) == digits else None,
        )

    async def referred(self, deadline: float = DEADLINE) -> SoftCall:
        """Wait until the other side transfers us; return the call that takes this one's place."""
        return await self._until(
            "a transfer", deadline, lambda: self._referred[0] if self._referred else None, ended_too=True
        )

    async def ended(self, deadline: float = DEADLINE) -> wire.Ended:
        """Wait until the call is over and its recording complete; return how it ended."""
        return await self._until("the end of the call", deadline, lambda: self.end, ended_too=True)

    async def lasts(self, seconds: float) -> bool:
        """Let so much time pass, less if the call ends; tell whether the call is still there."""
        try:
            await self.ended(seconds)
        except TooLate:
            return True
        return False

    # ------------------------------------------------------------------------------------------------ acting

    async def ring(self, code: int = 180) -> None:
        """Send another provisional answer, such as 183."""
        await self._ask(wire.Answer(self.key, code))

    async def answer(self, deadline: float = DEADLINE) -> None:
        """Pick up and wait until both sides know it."""
        await self._ask(wire.Answer(self.key, 200))
        await self.confirmed(deadline)

    async def reject(self, code: int = 486) -> None:
        """Refuse an incoming call with this SIP code."""
        await self._ask(wire.HangUp(self.key, code))

    async def hang_up(self, deadline: float = DEADLINE) -> wire.Ended:
        """End the call, in whatever state it is, and wait until it is over."""
        if self.end is None:
            await self._ask(wire.HangUp(self.key))
        return await self.ended(deadline)

    async def hold(self, deadline: float = DEADLINE) -> None:
        """Put the other side on hold and wait until it is."""
        await self._ask(wire.Hold(self.key))
        await self.media_is("held_here", deadline)

    async def resume(self, deadline: float = DEADLINE) -> None:
        """Take the other side back from hold."""
        await self._ask(wire.Resume(self.key))
        await self.media_is("active", deadline)

    async def transfer(self, to: str, deadline: float = DEADLINE) -> int:
        """Hand the other side over without consultation; return the final code of the transfer."""
        return await self._refer(wire.Transfer(self.key, self.phone.uri_of(to)), deadline)

    async def transfer_to(self, other: SoftCall, deadline: float = DEADLINE) -> int:
        """Join the other sides of this call and of another one of the same phone; return the final code."""
        return await self._refer(wire.TransferTo(self.key, other.key), deadline)

    async def keys(self, text: str, milliseconds: int = 100) -> list[Pressed]:
        """Press keys one after another, "1 w5 2" with waits in seconds; return when each was pressed."""
        steps = read_keys(text)
        await self.confirmed()
        await self.media_is("active")
        pressed: list[Pressed] = []
        for step in steps:
            if isinstance(step, float):
                await self._rest(step)
            else:
                done = await self._ask(wire.SendKey(self.key, step, milliseconds))
                pressed.append(Pressed(step, done.at))
                await self._rest(milliseconds / 1000 + _KEY_GAP)
        return pressed

    async def play_tone(self, hz: float) -> None:
        """Say a steady tone from now on."""
        await self._ask(wire.PlayTone(self.key, hz))

    async def play(self, path: Path, *, loop: bool = False) -> None:
        """Say a WAV file (mono, 16 bit) from now on."""
        await self._ask(wire.PlayFile(self.key, str(path), loop))

    async def play_through(self, path: Path, deadline: float = 60.0) -> None:
        """Say a WAV file and wait until it came to its end."""
        before = self._files_played
        await self.media_is("active")
        await self.play(path)
        await self._until("the file's end", deadline, lambda: True if self._files_played > before else None)

    async def be_silent(self) -> None:
        """Say nothing more."""
        await self._ask(wire.StopPlaying(self.key))

    async def start_recording(self, path: Path, deadline: float = DEADLINE) -> Recording:
        """Write what is heard into a WAV file, from the first moment that there is audio."""
        await self._until("audio", deadline, lambda: True if self.media != "none" else None)
        done = await self._ask(wire.Record(self.key, str(path)))
        return Recording(path, done.at)

    async def stop_recording(self) -> None:
        """Close the recording; afterwards its file is complete."""
        await self._ask(wire.StopRecording(self.key))

    # --------------------------------------------------------------------------- what the phone tells the call

    def take(self, event: wire.CallEvent) -> None:
        """Note an event of the worker."""
        match event:
            case wire.Ringing():
                self.ringing_at = self.ringing_at or event.at
                self.provisional.append(event.code)
            case wire.Confirmed():
                self.confirmed_at = event.at
            case wire.Media():
                self.media = event.state
            case wire.Key():
                self.keys_heard.append(Pressed(event.digit, event.at))
            case wire.Played():
                self._files_played += 1
            case wire.TransferStatus():
                self._transfer = event
            case wire.Ended():
                self.media = "none"
                self.end = event
            case wire.Referred():
                pass  # comes through take_referred
        self._wake()

    def take_referred(self, new: SoftCall) -> None:
        """Note that another call takes the place of this one."""
        self._referred.append(new)
        self._wake()

    def take_worker_gone(self, gone: WorkerGone) -> None:
        """Note that nothing more will ever come."""
        self._gone = gone
        self._wake()

    # ----------------------------------------------------------------------------------------------- innards

    async def _ask(self, command: wire.Command) -> wire.Done:
        if self.end is not None:
            raise CallEnded(self.end.code, self.end.reason, self.end.by)
        return await self.phone.ask(command)

    async def _rest(self, seconds: float) -> None:
        if not await self.lasts(seconds):
            assert self.end is not None
            raise CallEnded(self.end.code, self.end.reason, self.end.by)

    async def _refer(self, command: wire.Command, deadline: float) -> int:
        self._transfer = None
        await self._ask(command)
        status = await self._until(
            "the transfer's end",
            deadline,
            lambda: self._transfer if self._transfer is not None and self._transfer.final else None,
        )
        return status.code

    async def _until(self, what: str, deadline: float, look: Callable[[], _T | None], *, ended_too: bool = False) -> _T:
        try:
            async with asyncio.timeout(deadline):
                while (found := look()) is None:
                    if self._gone is not None:
                        raise WorkerGone(self._gone.detail)
                    if self.end is not None and not ended_too:
                        raise CallEnded(self.end.code, self.end.reason, self.end.by)
                    self._changed.clear()
                    await self._changed.wait()
                return found
        except TimeoutError:
            raise TooLate(what, deadline) from None

    def _wake(self) -> None:
        self._changed.set()
