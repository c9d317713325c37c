"""The narrow port through which the call router speaks with a PBX, and what comes back through it.

Two implementations: AsteriskPbx (the manager interface) and FakePbx (memory); one set of contract tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from callrouter.ami.events import ChannelRef, ChannelState, Event, HangupCause, PhoneState
from callrouter.ami.requests import DialplanPlace, Lamp, OriginateRequest


@dataclass(frozen=True, slots=True)
class ChannelNow:
    """Show one channel as it is now; `bridge_id` is empty when it is alone."""

    channel: ChannelRef
    state: ChannelState
    caller_number: str
    bridge_id: str


@dataclass(frozen=True, slots=True)
class PbxState:
    """Show everything there is at one moment: channels by uniqueid, phones by name."""

    channels: Mapping[str, ChannelNow]
    phones: Mapping[str, PhoneState]


@dataclass(frozen=True, slots=True)
class Gap:
    """Say between which moments we may have missed what happened."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class PbxLost:
    """From here on we may miss events: the PBX is out of reach, or we were too slow."""

    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class PbxFound:
    """We hear everything again: `state` is the truth now, `gap` what was missed (None the first time)."""

    state: PbxState
    gap: Gap | None


Notice = Event | PbxLost | PbxFound
Listener = Callable[[Notice], None]


class Pbx(Protocol):
    """Ask a PBX for things, and hear what happens there.

    Every verb raises UnsafeValue or LinkDown when nothing was sent, LinkLost or ActionTimedOut when nobody
    knows, NoSuchChannel when the channel is gone, ActionFailed when the PBX refused. None asks twice.
    """

    async def run(self) -> None:
        """Stay connected until `stop` or cancellation."""

    def stop(self) -> None:
        """Ask `run` to end."""

    @property
    def reachable(self) -> bool:
        """Tell whether what we know is complete: between PbxFound and PbxLost."""

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` for every notice from now on, in order; call what is returned to end that.

        The listener is called from the task that receives: it must return soon.
        """

    async def wake(self, channel: str) -> None:
        """Let the channel hear the key D, which ends its WAIT FOR DIGIT."""

    async def hangup(self, channel: str, cause: HangupCause = HangupCause.NORMAL) -> None:
        """End the channel."""

    async def redirect(self, channel: str, place: DialplanPlace) -> None:
        """Take the channel away from what it does and to a place in the dialplan."""

    async def originate(self, request: OriginateRequest) -> None:
        """Place a call; returns when it is queued, its end comes as OriginateEnded."""

    async def show_lamps(self, lamps: Sequence[Lamp]) -> None:
        """Let the message lamps of phones show this, of at most MOST_LAMPS at once; twice does no harm.

        Returns when it is so, for phones that register later too. A PBX that was restarted knows none of it.
        """

    async def fax_pages(self, channel: str) -> int | None:
        """Count the pages that are through of the fax on this channel, by its name; None if there is none."""

    async def fax_word(self, name: str) -> str | None:
        """Return what was kept of a fax under this name, as the dialplan spells it; None if nothing was."""

    async def forget_fax_word(self, name: str) -> None:
        """Keep it no longer; twice does no harm."""

    async def state(self) -> PbxState:
        """Return everything there is now."""
