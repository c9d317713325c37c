"""Agents who ask a colleague about their caller: the journal learns when that phone rings, and when it is over.

Owns which of an agent's own calls is about which caller. What Asterisk says of channels is the switchboard's to read.
"""

from __future__ import annotations

from collections.abc import Collection

from callrouter import events as ev
from callrouter.calls import CallState
from callrouter.chronicle import Chronicle
from ledger.clock import Clock


class Asking:
    """Consultations under way that are about a caller, by the uniqueid of the agent's second channel."""

    def __init__(self, chronicle: Chronicle, clock: Clock) -> None:
        self._chronicle = chronicle
        self._clock = clock
        self._asked: dict[str, tuple[str, str, str]] = {}

    def began(self, uniqueid: str, by: str, to: str) -> None:
        """A person's phone rings another's: about a caller, if that person talks with one. Repeating is harmless."""
        if uniqueid in self._asked or by == to:
            return
        talking = (call for call in reversed(self._chronicle.calls.values()) if call.state is CallState.TALKING)
        call = next((call.id for call in talking if call.talks and call.talks[-1].agent == by), None)
        if call is not None:
            self._asked[uniqueid] = call, by, to
            self._chronicle.tell(ev.ConsultationBegun(at=self._clock.now(), call=call, agent=by, to=to))

    def over(self, uniqueid: str) -> None:
        """It was not answered, or the channel is gone. Whoever has taken the caller over is not told of as leaving."""
        call, by, to = self._asked.pop(uniqueid, ("", "", ""))
        known = self._chronicle.calls.get(call)
        if known is not None and known.asked == to:
            self._chronicle.tell(ev.ConsultationEnded(at=self._clock.now(), call=call, agent=by, to=to))

    def keep(self, uniqueids: Collection[str]) -> None:
        """All channels but these are gone: what happened to them was missed."""
        for uniqueid in [uniqueid for uniqueid in self._asked if uniqueid not in uniqueids]:
            self.over(uniqueid)
