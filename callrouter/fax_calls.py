"""Calls in which we send a fax: placed over the trunk, served when answered, and found again after a restart.

Owns one call from dialling to its result. Must not know who wants the fax sent, how often, and what it shows.

What Asterisk 22.10 does [measured]: a number that cannot be reached is told by the Hangup event's cause, the answer to
Originate says nothing of why and may come before or after it. A trunk that does not answer takes 32 seconds, a person
who listens to our tones 70. A fax goes on when our process dies.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from uuid import NAMESPACE_OID, uuid5

import structlog

from callrouter import events as ev
from callrouter.ami import events as pbx_events
from callrouter.ami.errors import AmiError, Unanswered
from callrouter.ami.events import HangupCause
from callrouter.ami.port import Notice, Pbx, PbxFound
from callrouter.ami.requests import DialplanPlace, OriginateRequest
from callrouter.chronicle import Chronicle
from callrouter.fax_calls_left import LeftFaxCalls
from callrouter.fax_calls_result import FaxCallOver, FaxCallResult, after, cancelled, not_called, stopped, unanswered
from callrouter.switchboard import Switchboard
from ivr.agi.fax import LINE_LOST, FaxSent
from ivr.agi.fax_file import complete_pages
from ivr.conversation import CallerGone
from ledger.clock import Clock
from ledger.ids import new_id

log = structlog.get_logger(__name__)

#: How long the other side rings, and after how long more nobody will answer, seconds.
RING, RING_GRACE = 60.0, 5.0
#: How long whoever wants the fax may take to write down that it begins, seconds.
BEGIN_WITHIN = 10.0
#: How long it may take to write down what became of it, seconds.
KNOWN_WITHIN = 10.0
#: How the ids of our calls begin.
_PREFIX = "fax-"
_TRUNK = "trunk"
_NUMBER = re.compile(r"\+[0-9]{3,15}")


class FaxLeg(Protocol):
    """What is needed of the leg that was answered: an `AgiLeg`."""

    async def send_fax(self, path: str, *, station: str, header: str) -> FaxSent:
        """Send a TIFF; raises CallerGone if nobody was there any more before it began."""

    async def fax_is_known(self) -> None:
        """Have Asterisk not keep what became of the fax."""

    async def hangup(self) -> None:
        """End the call."""


@dataclass
class _Call:
    """A call under way. `over` is always set in the end: by its leg, by Asterisk's events, or by the timer."""

    path: Path
    station: str
    header: str
    began: Callable[[], Awaitable[None]]
    over: asyncio.Future[FaxCallOver]
    timer: asyncio.TimerHandle | None = None
    #: Its channel, by its name, once there is one.
    channel: str = ""
    rang: bool = False
    answered: bool = False
    #: The task that serves its leg, and tells how it ends.
    server: asyncio.Task[object] | None = None
    #: What became of it is written down, so that Asterisk need not keep it.
    known: asyncio.Event = field(default_factory=asyncio.Event)
    #: We ended it ourselves: what follows from that.
    ended_by_us: Callable[[FaxCallOver], FaxCallOver] | None = None

    def end(self, over: FaxCallOver) -> None:
        """Say what became of it, unless that is said already."""
        if not self.over.done():
            self.over.set_result(over if self.ended_by_us is None else self.ended_by_us(over))


class FaxCalls:
    """Places calls with faxes. One for the server, made before the PBX is heard."""

    def __init__(self, pbx: Pbx, switchboard: Switchboard, chronicle: Chronicle, clock: Clock) -> None:
        self._pbx = pbx
        self._switchboard = switchboard
        self._chronicle = chronicle
        self._clock = clock
        self._calls: dict[str, _Call] = {}
        self._left = LeftFaxCalls(pbx)
        self._to_be_known: dict[str, asyncio.Event] = {}
        self._stopping = False
        pbx.subscribe(self._hear)

    @staticmethod
    def new_call() -> str:
        """Return an id for a call, to be written down before it is placed."""
        return f"{_PREFIX}{new_id()}"

    async def send(
        self,
        fax: str,
        call: str,
        number: str,
        path: Path,
        *,
        station: str,
        header: str,
        shown_as: str,
        began: Callable[[], Awaitable[None]],
    ) -> FaxCallOver:
        """Call a number (E.164) and send a TIFF there; return what came of it, whatever it is.

        `began` is awaited when somebody has answered, right before the first page can go out; if it raises, nothing is
        sent. If this is cancelled, the call is hung up. Say `forget` when the result is written down: until then
        Asterisk keeps it. Raises AmiError if a fax began and Asterisk cannot be asked what became of it; then it can
        be `recover`ed.
        """
        loop = asyncio.get_running_loop()
        one = _Call(path, station, header, began, loop.create_future())
        self._calls[call] = one
        self._chronicle.tell(ev.FaxCallBegun(at=self._clock.now(), call=call, number=number, fax=fax))
        try:
            await self._place(call, number, shown_as, one)
            over = await one.over
            if over.result is FaxCallResult.UNKNOWN:
                over = await self._left.ask(call, await asyncio.to_thread(complete_pages, path)) or over
        except asyncio.CancelledError:
            if one.server is not None:
                one.server.cancel()  # nobody takes the result from here, so Asterisk shall keep it
            self._switchboard.hang_up(call)
            raise
        finally:
            if one.timer is not None:
                one.timer.cancel()
            del self._calls[call]
        self._tell_ended(fax, call, over)
        return over

    async def serve(self, leg: FaxLeg, id_: str) -> bool:
        """Send the fax when the call of this id was answered; False if that is none of ours, and the leg untouched."""
        one = self._calls.get(id_)
        if one is None or one.server is not None or one.over.done():
            return False
        one.server = asyncio.current_task()
        if one.timer is not None:
            one.timer.cancel()
        try:
            over = await self._sent(leg, id_, one)
        except BaseException:
            one.end(FaxCallOver(FaxCallResult.UNKNOWN, why=LINE_LOST))
            raise
        one.end(over)
        if over.result not in (FaxCallResult.UNKNOWN, FaxCallResult.NOT_CALLED):
            await self._until_known(leg, id_, one)
        await leg.hangup()
        return True

    async def _until_known(self, leg: FaxLeg, id_: str, one: _Call) -> None:
        """Hold the channel until what became of the fax is written down: till then Asterisk's word is all there is."""
        self._to_be_known[id_] = one.known
        try:
            async with asyncio.timeout(KNOWN_WITHIN):
                await one.known.wait()
            await leg.fax_is_known()
        except TimeoutError:
            log.warning("what became of a fax is not written down yet; Asterisk keeps it", call_id=id_)
        finally:
            self._to_be_known.pop(id_, None)

    async def hang_up(self, call: str) -> None:
        """End a call because a person cancelled it, also one that an earlier process of ours placed."""
        if (one := self._calls.get(call)) is not None:
            one.ended_by_us = cancelled
        self._left.cancel(call)
        if call.startswith(_PREFIX):
            self._switchboard.hang_up(call)

    def stop(self) -> None:
        """Place no more calls and end those under way: `send` of each returns soon."""
        self._stopping = True
        for call, one in self._calls.items():
            one.ended_by_us = one.ended_by_us or stopped
            self._switchboard.hang_up(call)

    async def pages(self, call: str) -> int | None:
        """Count the pages that the other machine has confirmed by now; None if none are being sent, or nobody can say.

        Asterisk is asked each time, twice: once a second or two is often enough.
        """
        one = self._calls.get(call)
        if one is None or one.server is None or not one.channel:
            return None
        try:
            return await self._pbx.fax_pages(one.channel)
        except AmiError:
            return None

    async def recover(self, call: str, fax: str = "", of: int = 0) -> FaxCallOver | None:
        """Return what became of a call in which `of` pages began to be sent; None if nobody knows.

        Waits until its channel is gone. Ask it once Asterisk was found, and `forget` the call when the answer is safe.
        Raises AmiError if Asterisk cannot be asked now.
        """
        over = await self._left.ask(call, of)
        if over is not None:
            self._tell_ended(fax, call, over)
        return over

    async def forget(self, call: str) -> None:
        """Have Asterisk forget a call whose result is written down; if it cannot now, the word stays: no harm."""
        if (known := self._to_be_known.get(call)) is not None:
            known.set()
        else:
            await self._left.forget(call)

    async def _place(self, call: str, number: str, shown_as: str, one: _Call) -> None:
        if _NUMBER.fullmatch(number) is None:
            one.end(not_called("this is no number that can be called"))
            return
        if not await asyncio.to_thread(complete_pages, one.path):  # nobody shall be rung for that
            one.end(not_called("there is no page to send"))
            return
        if self._stopping or one.ended_by_us is not None:
            one.end(not_called("the server stops"))
            return
        try:
            request = OriginateRequest(
                channel_id=call,
                destination=f"PJSIP/{number}@{_TRUNK}",
                place=DialplanPlace("switchroom-originate", call),
                ring_seconds=RING,
                caller_number=shown_as,
            )
            await self._pbx.originate(request)
        except Unanswered:
            log.warning("nobody knows whether a fax is being called out", call_id=call)  # its events will tell
        except AmiError as error:
            log.warning("a fax could not be called out", call_id=call, error=type(error).__name__)
            one.end(not_called("Asterisk could not be told to call"))
            return
        if one.server is None:  # it may have been answered meanwhile
            one.timer = asyncio.get_running_loop().call_later(RING + RING_GRACE, self._too_late, call, one)

    async def _sent(self, leg: FaxLeg, call: str, one: _Call) -> FaxCallOver:
        """Send, in the call that was answered, and say what came of it."""
        try:
            async with asyncio.timeout(BEGIN_WITHIN):
                await one.began()
        except Exception as error:  # noqa: BLE001  whose it is knows why; without their word no page may go out
            log.warning("a fax that was answered is not sent", call_id=call, error=type(error).__name__)
            return not_called("it was taken back, or could not be written down that it begins")
        if one.ended_by_us is not None:
            return not_called("the call was ended")
        try:
            sent = await leg.send_fax(str(one.path), station=one.station, header=one.header)
        except CallerGone:
            return FaxCallOver(FaxCallResult.FAILED, why="whoever answered hung up at once")
        return after(sent)

    def _hear(self, notice: Notice) -> None:
        match notice:
            case pbx_events.ChannelSeen(channel=channel) if (one := self._calls.get(channel.uniqueid)) is not None:
                one.channel = channel.name
                if one.ended_by_us is not None:  # before there was a channel to hang up
                    self._switchboard.hang_up(channel.uniqueid)
            case pbx_events.ChannelStateChanged(channel=channel, state=state):
                if (one := self._calls.get(channel.uniqueid)) is not None:
                    one.rang |= state is pbx_events.ChannelState.RINGING
                    one.answered |= state is pbx_events.ChannelState.UP
            case pbx_events.ChannelHungUp(channel=channel, cause=cause):
                if (one := self._calls.get(channel.uniqueid)) is not None and one.server is None:
                    one.end(_not_served(one, cause))
            case pbx_events.OriginateEnded(channel_id=call, answered=False):
                # Where there is a channel, its end tells more.
                if (one := self._calls.get(call)) is not None and not one.channel:
                    one.end(not_called("Asterisk has no way to the trunk"))
            case PbxFound(state=state):
                for call, one in self._calls.items():
                    if one.channel and one.server is None and call not in state.channels:
                        one.end(not_called(LINE_LOST))
            case _:
                pass

    def _too_late(self, call: str, one: _Call) -> None:
        self._switchboard.hang_up(call)
        one.end(_not_served(one, HangupCause.NO_ANSWER) if one.channel else not_called(LINE_LOST))

    def _tell_ended(self, fax: str, call: str, over: FaxCallOver) -> None:
        ended = ev.FaxCallEnded(
            at=self._clock.now(), call=call, fax=fax, result=over.result.value, pages=over.pages, seconds=over.seconds
        )
        self._chronicle.tell(ended, id=uuid5(NAMESPACE_OID, f"{call} fax call ended").hex)


def _not_served(one: _Call, cause: int) -> FaxCallOver:
    """Say what a call came to whose leg never came to us."""
    if one.answered:
        return FaxCallOver(FaxCallResult.FAILED, why="whoever answered hung up at once")
    return unanswered(cause, rang=one.rang)
