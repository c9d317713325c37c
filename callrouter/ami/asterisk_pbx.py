"""The port on a real Asterisk: two links, and the rule that after every loss the state is read anew.

Knows when what we know is complete; knows neither headers nor sockets.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from callrouter.ami import actions
from callrouter.ami.client import AmiMessage
from callrouter.ami.errors import ActionFailed, LinkDown, Unanswered
from callrouter.ami.events import Event, HangupCause
from callrouter.ami.inbox import LinkChange, LinkState
from callrouter.ami.link import AmiLink, utc_now
from callrouter.ami.notices import Listeners
from callrouter.ami.port import Gap, Listener, PbxFound, PbxLost, PbxState
from callrouter.ami.requests import DialplanPlace, Lamp, OriginateRequest
from callrouter.ami.settings import AmiSettings, LinkLimits
from callrouter.ami.translate import Translator

log = structlog.get_logger(__name__)

_MOST_HELD = 10_000


class AsteriskPbx:
    """Keep in touch with one Asterisk; a second user, who may originate and hears nothing, is optional."""

    def __init__(
        self,
        control: AmiSettings,
        originator: AmiSettings | None = None,
        *,
        clock: Callable[[], datetime] = utc_now,
        limits: LinkLimits | None = None,
        reread_after: float = 1.0,
    ) -> None:
        self._clock = clock
        self._reread_after = reread_after
        self._listeners = Listeners()
        self.translator = Translator(clock)
        self.link = AmiLink(control, self._on_message, self._on_change, clock=clock, limits=limits)
        self.originating_link = (
            None if originator is None else AmiLink(originator, _ignore, _ignore, clock=clock, limits=limits)
        )
        self._lost: PbxLost | None = None
        self._found_once = False
        self._reachable = False
        self._read_wanted = asyncio.Event()
        self._changes = 0
        # What happens while the state is read is newer than the state: it waits until that was told.
        self._reading = False
        self._held: deque[Event] = deque()

    async def run(self) -> None:
        """Keep both links up until `stop` or cancellation."""
        try:
            async with asyncio.TaskGroup() as tasks:
                reader = tasks.create_task(self._read_when_wanted(), name="ami-read-state")
                if self.originating_link is not None:
                    tasks.create_task(self.originating_link.run(), name="ami-originate")
                await self.link.run()
                reader.cancel()
        finally:
            self._reachable = False

    def stop(self) -> None:
        """Ask `run` to end."""
        self.link.stop()
        if self.originating_link is not None:
            self.originating_link.stop()

    @property
    def reachable(self) -> bool:
        """Tell whether what we know is complete."""
        return self._reachable

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` for every notice from now on; call what is returned to end that."""
        return self._listeners.subscribe(listener)

    async def wake(self, channel: str) -> None:
        """Let the channel hear the key D."""
        await actions.wake(self.link, channel)

    async def hangup(self, channel: str, cause: HangupCause = HangupCause.NORMAL) -> None:
        """End the channel."""
        await actions.hangup(self.link, channel, cause)

    async def redirect(self, channel: str, place: DialplanPlace) -> None:
        """Take the channel to a place in the dialplan."""
        await actions.redirect(self.link, channel, place)

    async def originate(self, request: OriginateRequest) -> None:
        """Place a call; raises LinkDown when nobody who may originate was configured."""
        await actions.originate(self._originator(), request)

    async def show_lamps(self, lamps: Sequence[Lamp]) -> None:
        """Let message lamps show this; raises LinkDown when nobody who may originate was configured."""
        await actions.show_lamps(self._originator(), lamps)

    async def fax_pages(self, channel: str) -> int | None:
        """Count the pages that are through of the fax on this channel."""
        return await actions.fax_pages(self.link, channel)

    async def fax_word(self, name: str) -> str | None:
        """Return what was kept of a fax under this name."""
        return await actions.fax_word(self.link, name)

    async def forget_fax_word(self, name: str) -> None:
        """Keep it no longer; raises LinkDown when nobody who may originate was configured."""
        await actions.forget_fax_word(self._originator(), name)

    async def state(self) -> PbxState:
        """Return everything there is now."""
        return await actions.read_state(self.link)

    def _originator(self) -> AmiLink:
        if self.originating_link is None:
            raise LinkDown("no manager user for originating")
        return self.originating_link

    # -- called by the link, in the order of what happened --

    def _on_message(self, message: AmiMessage) -> None:
        event = self.translator(message)
        if event is None:
            return
        if not self._reading:
            self._listeners.tell(event)
            return
        self._held.append(event)
        if len(self._held) > _MOST_HELD:
            # Told too early is better than not at all.
            self._listeners.tell(self._held.popleft())

    def _on_change(self, change: LinkChange) -> None:
        self._changes += 1
        if change.state is LinkState.UP:
            self._reading = True
            self._read_wanted.set()
            return
        self._read_wanted.clear()
        self._reading = False
        self._tell_held()
        self._reachable = False
        if self._lost is None and self._found_once:
            self._lost = PbxLost(change.last_heard or change.at, change.reason)
            self._listeners.tell(self._lost)

    # -- reading the state anew --

    async def _read_when_wanted(self) -> None:
        while True:
            await self._read_wanted.wait()
            changes = self._changes
            try:
                state = await self.state()
            except (LinkDown, Unanswered, ActionFailed) as error:
                log.warning("the state of Asterisk could not be read", reason=str(error))
                await asyncio.sleep(self._reread_after)
                continue
            if changes == self._changes:  # else it was read on a link that is gone: once more
                self._read_wanted.clear()
                self._tell_found(state)

    def _tell_found(self, state: PbxState) -> None:
        gap = Gap(self._lost.since, self._clock()) if self._lost is not None else None
        self._lost = None
        self._found_once = True
        self._reachable = True
        self._listeners.tell(PbxFound(state, gap))
        self._reading = False
        self._tell_held()

    def _tell_held(self) -> None:
        while self._held:
            self._listeners.tell(self._held.popleft())


def _ignore(_: object) -> None:
    """Hear nothing: whether the originating user is connected is seen when it is used."""
