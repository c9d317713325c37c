"""Consultations: which of our phones just now rings which other one, and which callers were passed on meanwhile.

Owns this memory only, as long as the ringing lasts. What follows from it is the switchboard's.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from callrouter.ami.events import ChannelRef


@dataclass(frozen=True)
class Consultation:
    """`by` calls `asked`, on this channel of the phone that calls."""

    channel: str
    by: str
    asked: str


@dataclass(frozen=True)
class PassedOn:
    """`by` passed a caller on to `to`, who had not answered yet; '' for whom we do not know."""

    by: str
    to: str


class Consultations:
    """Consultations under way, and callers on their way; all by uniqueid, so there are never more than channels."""

    def __init__(self) -> None:
        self._ringing: dict[str, Consultation] = {}
        self._answered: set[str] = set()
        self._passed: dict[str, PassedOn] = {}

    def began(self, channel: ChannelRef, by: str, asked: str) -> None:
        """A phone of ours rings on behalf of another one."""
        self._ringing[channel.uniqueid] = Consultation(channel.name, by, asked)

    def ended(self, uniqueid: str, *, answered: bool) -> None:
        """The phone asked on this channel rings no more. Repeating it is harmless, and so is another's channel."""
        if self._ringing.pop(uniqueid, None) is not None and answered:
            self._answered.add(uniqueid)

    def answered(self, uniqueid: str) -> bool:
        """Tell whether a consultation was answered on this channel."""
        return uniqueid in self._answered

    def on(self, uniqueid: str) -> Consultation | None:
        """Return the consultation on this channel."""
        return self._ringing.get(uniqueid)

    def begun_by(self, phone: str) -> Consultation | None:
        """Return the latest consultation that this phone began and that still rings."""
        return next((found for found in reversed(self._ringing.values()) if found.by == phone), None)

    def passed_on(self, caller: str, passed: PassedOn) -> None:
        """Remember a caller, by uniqueid, until `take`."""
        self._passed[caller] = passed

    def take(self, caller: str) -> PassedOn | None:
        """Return what was remembered of this caller, and forget it."""
        return self._passed.pop(caller, None)

    def gone(self, uniqueid: str) -> None:
        """Forget a channel that is no more."""
        self._ringing.pop(uniqueid, None)
        self._answered.discard(uniqueid)
        self._passed.pop(uniqueid, None)

    def keep(self, uniqueids: Collection[str]) -> None:
        """Forget all channels but these: what happened to them was missed."""
        for uniqueid in {*self._ringing, *self._answered, *self._passed}.difference(uniqueids):
            self.gone(uniqueid)
