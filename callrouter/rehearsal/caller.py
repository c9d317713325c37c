"""The caller of a rehearsal: the simulator, who can also be woken, and whose phones ring as the situation says.

Owns how virtual time meets the waiting line. Who is offered and what it means is decided elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from callrouter.faxes import LeftFax
from callrouter.messages import LeftMessage
from callrouter.rehearsal.rooms import RehearsedLines
from ivr.conversation import HandedOver, HandOver, Heard, Reply
from ivr.simulator import Simulator

#: When a fax machine is heard on a line for people, seconds after the call began.
TONE_HEARD = 4.0
#: No wait is shorter, seconds: one that floats cannot add to the clock would be waited for ever.
SHORTEST = 0.001


@dataclass
class RehearsedCaller(Simulator):
    """A simulated caller whose waiting ends when somebody is free."""

    away: frozenset[str] = frozenset()
    lines: RehearsedLines | None = None

    def wake(self) -> None:
        """Do nothing: whoever would wake him does so while he listens."""

    async def hand_over(self, to: HandOver) -> HandedOver:
        """Let the phones ring: the first of those who are not away answers at once, and has nothing to say."""
        there = next((phone for phone in to.phones if phone not in self.away), None)
        reply = HandedOver(Reply.NO_ANSWER) if there is None else HandedOver(Reply.ANSWERED, answered_by=there)
        self.replies = [*self.replies, reply]
        return await super().hand_over(to)

    def _pass(self, seconds: float, *, listening: bool) -> Heard:
        end = self._now + max(seconds, SHORTEST)
        while listening and self.lines is not None and (due := self.lines.due()) is not None and due < end:
            heard = super()._pass(due - self._now, listening=True)
            if heard:
                return heard
            self._now = max(self._now, due)  # a sum of floats may fall short of it, and would for ever
            if self.lines.look():
                return Heard(woken=True)
        return super()._pass(max(0.0, end - self._now), listening=listening)


@dataclass
class Tone:
    """Listens for the fax machine that calls, where one does."""

    is_fax: bool

    async def stop(self) -> None:
        """Listen no more."""

    async def heard(self) -> bool:
        """Tell whether who is gone was a machine."""
        return self.is_fax


@dataclass
class LeftBehind:
    """Where a rehearsed message and fax end: looked at, and not kept."""

    messages: list[LeftMessage] = field(default_factory=list)
    faxes: list[LeftFax] = field(default_factory=list)


@dataclass(frozen=True)
class RehearsedMessages:
    """The messages left behind, as reception needs them."""

    left: LeftBehind

    async def keep(self, message: LeftMessage) -> str:
        """Look at it."""
        self.left.messages.append(message)
        return message.path.name

    async def done(self, message: LeftMessage) -> None:
        """Nothing lies anywhere."""


@dataclass(frozen=True)
class RehearsedFaxes:
    """The faxes left behind, as reception needs them."""

    left: LeftBehind

    def place(self) -> Path:
        """Name a file that nothing writes."""
        return Path("fax.tif")

    def began(self, call: str, box: str, number: str, did: str, path: Path) -> None:
        """Nobody watches it come in."""

    def ended(self, call: str) -> None:
        """Nobody watches it come in."""

    async def keep(self, fax: LeftFax) -> str:
        """Look at it."""
        self.left.faxes.append(fax)
        return fax.path.name

    async def done(self, fax: LeftFax) -> None:
        """Nothing lies anywhere."""
