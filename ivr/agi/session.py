"""One channel under our control: commands with deadlines, and the few verbs we use, typed.

Owns the waiting for an answer and what an answer means. Knows no menu, no Call and no listening socket.
Seconds here; the milliseconds of AGI do not leave this file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ivr.agi.errors import (
    AgiError,
    CommandRefused,
    HungUp,
    LinkLost,
    LocalProtocolError,
    MediaFailed,
)
from ivr.agi.message_file import how_ended
from ivr.agi.protocol import AgiMachine, AgiRequest, HangupNotice, Reply, UsageError
from ivr.conversation import EndedBy

DEFAULT_DEADLINE = 5.0
#: What a media command may take beyond the length of what it plays or waits for.
GRACE = 5.0
LONGEST_PROMPT = 600.0
_BEEP_SECONDS = 2.0
_DEAD_CHANNEL = 511
_KEYS = frozenset("0123456789*#ABCD")


class Transport(Protocol):
    """What a session needs of an asyncio transport."""

    def write(self, data: bytes) -> None:
        """Send bytes."""

    def abort(self) -> None:
        """Close at once."""


@dataclass(frozen=True, slots=True)
class Played:
    """How a prompt ended: the key that cut it ("" if none), and the position reached, in samples."""

    key: str
    samples: int


@dataclass(frozen=True, slots=True)
class FileRecorded:
    """How a recording ended, and its length in samples as Asterisk tells it; a full disk makes that a lie.

    Hanging up is one of the ways: a caller who speaks and hangs up has left a message.
    """

    end: EndedBy
    samples: int


class AgiSession:
    """One channel of Asterisk that waits for our commands, one at a time."""

    def __init__(
        self,
        request: AgiRequest,
        machine: AgiMachine,
        transport: Transport,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.request = request
        #: The arguments of the dialplan behind the token.
        self.arguments = request.arguments[1:]
        self._machine = machine
        self._transport = transport
        self._loop = loop
        self._waiter: asyncio.Future[Reply | UsageError] | None = None
        self._lost = False
        self._hung_up = False
        self._on_hangup: list[Callable[[], None]] = []
        #: When the answer must be here, in the loop's time. The server looks, ten times a second, for all sessions:
        #: a timer for each command would cost more than all the rest of it.
        self.due: float | None = None

    def __repr__(self) -> str:
        return f"<AgiSession {self.request.uniqueid} {self._machine.state.name.lower()}>"

    @property
    def lost(self) -> bool:
        """Tell whether the connection is gone, so that not even a variable can be read."""
        return self._lost

    @property
    def hung_up(self) -> bool:
        """Tell whether the channel is known to be gone."""
        return self._hung_up

    def on_hangup(self, callback: Callable[[], None]) -> None:
        """Call back once, soon after the channel is gone; at once if it is gone already."""
        if self._hung_up:
            self._loop.call_soon(callback)
        else:
            self._on_hangup.append(callback)

    # ---- commands

    async def command(self, verb: str, *args: str | int, deadline: float | None = DEFAULT_DEADLINE) -> Reply:
        """Send a command and return its answer, code 200.

        Raises HungUp if the channel or the connection is gone, CommandRefused if Asterisk does not take the
        command, LocalProtocolError if it cannot be sent, and AgiTimeout after `deadline` seconds. AgiTimeout
        and a cancellation close the connection: it would be out of step.
        """
        if self._lost:
            raise LinkLost
        data = self._machine.command(verb, *args)
        waiter: asyncio.Future[Reply | UsageError] = self._loop.create_future()
        self._waiter = waiter
        self._transport.write(data)
        if deadline is not None:
            self.due = self._loop.time() + deadline
        try:
            answer = await waiter
        except asyncio.CancelledError:
            self.break_off(LinkLost("a command was cancelled"))
            raise
        finally:
            self._waiter = self.due = None
        if isinstance(answer, UsageError):
            raise CommandRefused(520, verb)
        if answer.code == 200:
            return answer
        if answer.code == _DEAD_CHANNEL:
            self._channel_gone()
            raise HungUp
        raise CommandRefused(answer.code, answer.data)

    async def answer(self) -> None:
        """Answer the channel; nothing happens if it is up already."""
        reply = await self._media("ANSWER")
        if reply.result == -1:
            raise await self._why_failed("ANSWER")

    async def hangup(self) -> None:
        """Hang up; nothing happens if the channel is gone already."""
        try:
            await self._media("HANGUP")
        except HungUp:
            return

    async def stream_file(
        self, path: str, escape: str = "", *, start: int = 0, deadline: float | None = LONGEST_PROMPT
    ) -> Played:
        """Play a file, named without its suffix, from the sample `start` until its end or a key of `escape`.

        Raises MediaFailed if there is no such file in a format the channel can play.
        """
        offset = (start,) if start else ()
        reply = await self._media("STREAM FILE", path, escape, *offset, deadline=deadline)
        if reply.result == -1:
            raise await self._why_failed("STREAM FILE")
        return Played(_key(reply.result), reply.endpos or 0)

    async def wait_for_digit(self, seconds: float) -> str:
        """Wait for a key and return it, or "" when the time is over."""
        reply = await self._media("WAIT FOR DIGIT", _milliseconds(seconds), deadline=seconds + GRACE)
        if reply.result == -1:
            raise await self._why_failed("WAIT FOR DIGIT")
        return _key(reply.result)

    async def record_file(
        self,
        path: str,
        format: str = "wav",
        *,
        escape: str = "#",
        longest: float,
        silence: float = 0.0,
        beep: bool = True,
    ) -> FileRecorded:
        """Record into `path`.`format` until a key of `escape`, `longest` seconds, `silence` or hang-up.

        `silence` is counted in whole seconds; 0 means that silence does not end the recording.
        Raises MediaFailed if the file cannot be written; HungUp only if nothing at all was recorded.
        """
        # The offset is always given: without it Asterisk takes a beep for an offset, or an offset for a beep.
        options: list[str | int] = [0]
        if beep:
            options.append("BEEP")
        if silence >= 1:
            options.append(f"s={round(silence)}")
        deadline = longest + _BEEP_SECONDS + GRACE
        reply = await self._media(
            "RECORD FILE", path, format, escape, _milliseconds(longest), *options, deadline=deadline
        )
        end = how_ended(reply.result, reply.data)
        if end is None:
            raise await self._why_failed("RECORD FILE")
        if end is EndedBy.HANGUP:
            self._channel_gone()
        return FileRecorded(end, reply.endpos or 0)

    async def exec(self, application: str, *args: str, deadline: float | None = DEFAULT_DEADLINE) -> int:
        """Run a dialplan application, its arguments joined by commas, and return its result.

        -2 comes for an unknown application, -1 when it failed and when the caller is gone. That is no error
        here, because variables that the application has set (DIALSTATUS) can still be read.
        """
        reply = await self.command("EXEC", application, ",".join(args), deadline=deadline)
        return reply.result if isinstance(reply.result, int) else 0

    async def set_variable(self, name: str, value: str, *, deadline: float = DEFAULT_DEADLINE) -> None:
        """Set a channel variable; works after hang-up too."""
        await self.command("SET VARIABLE", name, value, deadline=deadline)

    async def get_variable(self, name: str) -> str | None:
        """Return a channel variable or dialplan function, None if it is not set; works after hang-up too."""
        reply = await self.command("GET VARIABLE", name)
        return reply.data if reply.result == 1 else None

    async def set_music(self, on: bool, music_class: str = "default") -> None:
        """Start or stop music on hold; it plays under WAIT FOR DIGIT."""
        await self._media("SET MUSIC", *(("on", music_class) if on else ("off",)))

    async def channel_status(self) -> int:
        """Return the channel's state: 4 ringing, 6 up."""
        reply = await self._media("CHANNEL STATUS")
        return reply.result if isinstance(reply.result, int) else 0

    async def _media(self, verb: str, *args: str | int, deadline: float | None = DEFAULT_DEADLINE) -> Reply:
        """Send a command that a dead channel would refuse anyway."""
        if self._hung_up:
            raise LinkLost if self._lost else HungUp
        return await self.command(verb, *args, deadline=deadline)

    async def _why_failed(self, verb: str) -> AgiError:
        """Find out what a result of -1 meant: hang-up, or a fault of the file.

        The notice of a hang-up comes later than the -1. So we ask CHANNEL STATUS, which does nothing, and
        which a dead channel refuses.
        """
        try:
            await self.command("CHANNEL STATUS")
        except HungUp as gone:
            return gone
        return HungUp() if self._hung_up else MediaFailed(verb)

    # ---- what the connection tells us

    def receive(self, event: Reply | UsageError | HangupNotice) -> None:
        """Take an event of the connection."""
        waiter = self._waiter
        if isinstance(event, HangupNotice):
            self._channel_gone()
        elif waiter is not None and not waiter.done():
            waiter.set_result(event)

    def lose(self, error: AgiError) -> None:
        """Note that the connection is gone: the command under way raises `error`, all later ones LinkLost."""
        self._lost = True
        self.due = None
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)
        self._channel_gone()

    def break_off(self, error: AgiError) -> None:
        """Close the connection at once, for the reason given."""
        self.lose(error)
        self._transport.abort()

    def _channel_gone(self) -> None:
        if self._hung_up:
            return
        self._hung_up = True
        for callback in self._on_hangup:
            self._loop.call_soon(callback)
        self._on_hangup.clear()


def _key(result: int | str) -> str:
    key = chr(result) if isinstance(result, int) and 0 < result < 128 else ""
    return key if key in _KEYS else ""


def _milliseconds(seconds: float) -> int:
    if not 0 <= seconds <= 86_400:
        # Asterisk takes a negative time for "for ever".
        raise LocalProtocolError("a time that is negative or longer than a day")
    return round(seconds * 1000)
