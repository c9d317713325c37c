"""A PBX in memory: the port's twin for tests, simulators and demonstrations. No socket, no clock of its own.

What the router asks for is remembered in `asked`; the world around it is moved by the methods below the verbs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from callrouter.ami.errors import ActionFailed, LinkDown, NoSuchChannel, UnsafeValue
from callrouter.ami.events import (
    ChannelHungUp,
    ChannelRef,
    ChannelSeen,
    ChannelState,
    ChannelStateChanged,
    Event,
    HangupCause,
    HangupRequested,
    OriginateEnded,
    PhoneState,
    PhoneStateChanged,
)
from callrouter.ami.link import utc_now
from callrouter.ami.notices import Listeners
from callrouter.ami.port import ChannelNow, Gap, Listener, PbxFound, PbxLost, PbxState
from callrouter.ami.requests import MOST_LAMPS, DialplanPlace, Lamp, OriginateRequest, check_channel, check_fax_name


@dataclass(frozen=True, slots=True)
class Asked:
    """Remember one verb that reached the PBX."""

    verb: str
    channel: str
    place: DialplanPlace | None = None
    cause: HangupCause | None = None
    request: OriginateRequest | None = None
    lamps: tuple[Lamp, ...] = ()


class FakePbx:
    """Behave like AsteriskPbx towards the router, and like the world towards a test."""

    def __init__(self, clock: Callable[[], datetime] = utc_now) -> None:
        self._clock = clock
        self._listeners = Listeners()
        self._stopping = asyncio.Event()
        self._running = False
        self._cut_at: datetime | None = None
        self._channels: dict[str, ChannelNow] = {}
        self._phones: dict[str, PhoneState] = {}
        self._made = 0
        self.asked: list[Asked] = []
        self.lamps: dict[str, Lamp] = {}
        #: Pages through by name of channel, and what is kept of faxes by their names.
        self.pages: dict[str, int] = {}
        self.words: dict[str, str] = {}
        #: An Asterisk may lack the module for it.
        self.has_lamps = True

    # -- the port --

    async def run(self) -> None:
        """Be found, and stay so until `stop` or cancellation."""
        self._running = True
        try:
            self._find()
            await self._stopping.wait()
        finally:
            self._running = False

    def stop(self) -> None:
        """Ask `run` to end."""
        self._stopping.set()

    @property
    def reachable(self) -> bool:
        """Tell whether `run` runs and nobody cut the line."""
        return self._running and self._cut_at is None

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` for every notice from now on; call what is returned to end that."""
        return self._listeners.subscribe(listener)

    async def wake(self, channel: str) -> None:
        """Remember that the channel was woken."""
        now = await self._reach_channel(channel)
        self.asked.append(Asked("wake", now.channel.name))

    async def hangup(self, channel: str, cause: HangupCause = HangupCause.NORMAL) -> None:
        """End the channel, telling so as Asterisk does."""
        now = await self._reach_channel(channel)
        self.asked.append(Asked("hangup", now.channel.name, cause=cause))
        self.emit(HangupRequested(self._clock(), now.channel, by_party=False, cause=int(cause)))
        self.channel_ends(now.channel, cause)

    async def redirect(self, channel: str, place: DialplanPlace) -> None:
        """Remember where the channel was sent."""
        now = await self._reach_channel(channel)
        self.asked.append(Asked("redirect", now.channel.name, place=place))

    async def originate(self, request: OriginateRequest) -> None:
        """Make the channel that was asked for; `originate_ends` decides what becomes of it."""
        await self._reach()
        name = f"{request.destination}-{self._next():08x}"
        self.asked.append(Asked("originate", name, request=request))
        self.channel_appears(name, uniqueid=request.channel_id, state=ChannelState.DOWN)

    async def show_lamps(self, lamps: Sequence[Lamp]) -> None:
        """Remember what the lamps show now."""
        if len(lamps) > MOST_LAMPS:
            raise UnsafeValue(f"more than {MOST_LAMPS} lamps")
        if not lamps:
            return
        await self._reach()
        if not self.has_lamps:
            raise ActionFailed("show_lamps", "there are no lamps")
        self.asked.append(Asked("show_lamps", "", lamps=tuple(lamps)))
        self.lamps.update({lamp.phone: lamp for lamp in lamps})

    async def fax_pages(self, channel: str) -> int | None:
        """Return what a test has said of this channel's fax."""
        check_channel(channel)
        await self._reach()
        return self.pages.get(channel)

    async def fax_word(self, name: str) -> str | None:
        """Return what a test has left under this name."""
        check_fax_name(name)
        await self._reach()
        return self.words.get(name)

    async def forget_fax_word(self, name: str) -> None:
        """Forget it."""
        check_fax_name(name)
        await self._reach()
        self.words.pop(name, None)

    async def state(self) -> PbxState:
        """Return everything there is now."""
        await self._reach()
        return self._snapshot()

    # -- the world --

    def channel_appears(
        self,
        name: str,
        *,
        uniqueid: str | None = None,
        linkedid: str | None = None,
        caller_number: str = "",
        state: ChannelState = ChannelState.RING,
    ) -> ChannelRef:
        """Make a channel, as when somebody calls."""
        uniqueid = uniqueid or f"1700000000.{self._next()}"
        ref = ChannelRef(name, uniqueid, linkedid or uniqueid)
        self._channels[uniqueid] = ChannelNow(ref, state, caller_number, bridge_id="")
        self.emit(ChannelSeen(self._clock(), ref, state, caller_number, "", "", ""))
        return ref

    def channel_becomes(self, channel: ChannelRef, state: ChannelState) -> None:
        """Change a channel's state, as when somebody answers."""
        self._channels[channel.uniqueid] = replace(self._channels[channel.uniqueid], state=state)
        self.emit(ChannelStateChanged(self._clock(), channel, state))

    def channel_ends(self, channel: ChannelRef, cause: HangupCause = HangupCause.NORMAL) -> None:
        """End a channel, as when somebody hangs up."""
        del self._channels[channel.uniqueid]
        self.emit(ChannelHungUp(self._clock(), channel, int(cause), cause.name.replace("_", " ").title()))

    def phone_becomes(self, phone: str, state: PhoneState) -> None:
        """Change a phone's state; a phone nobody heard of comes into being."""
        self._phones[phone] = state
        self.emit(PhoneStateChanged(self._clock(), phone, state))

    def originate_ends(self, channel_id: str, *, answered: bool, cause: HangupCause = HangupCause.NO_ANSWER) -> None:
        """Let the call we asked for be answered, or fail for this cause and vanish."""
        ref = self._channels[channel_id].channel
        if answered:
            self.channel_becomes(ref, ChannelState.UP)
        else:
            self.channel_ends(ref, cause)
        self.emit(OriginateEnded(self._clock(), channel_id, answered, 4 if answered else 3))

    def emit(self, event: Event) -> None:
        """Tell an event, unless the line is cut: then it is missed, as in life."""
        if self.reachable:
            self._listeners.tell(event)

    def cut(self, reason: str = "cut") -> None:
        """Break the line: nothing is heard, nothing can be asked."""
        if self.reachable:
            self._cut_at = self._clock()
            self._listeners.tell(PbxLost(self._cut_at, reason))

    def mend(self) -> None:
        """Bring the line back."""
        if self._running and self._cut_at is not None:
            self._find()

    # -- inner --

    def _find(self) -> None:
        gap = None if self._cut_at is None else Gap(self._cut_at, self._clock())
        self._cut_at = None
        self._listeners.tell(PbxFound(self._snapshot(), gap))

    def _snapshot(self) -> PbxState:
        return PbxState(dict(self._channels), dict(self._phones))

    async def _reach(self) -> None:
        """Let others run, as while a message travels; raises LinkDown when it cannot."""
        if self.reachable:
            await asyncio.sleep(0)
        if not self.reachable:
            raise LinkDown("cut" if self._running else "not running")

    async def _reach_channel(self, channel: str) -> ChannelNow:
        check_channel(channel)
        await self._reach()
        for now in self._channels.values():
            if channel in (now.channel.name, now.channel.uniqueid):
                return now
        raise NoSuchChannel("ask", "No such channel")

    def _next(self) -> int:
        self._made += 1
        return self._made
