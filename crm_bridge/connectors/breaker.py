"""When a receiver is left alone for a while: after failures in a row, or when it asked for it. No clock, no I/O.

    closed --failures in several lanes, or "not now"--> open --the pause is over, a probe is under way--> probing
    probing --any answer--> closed       probing --no answer--> open, for longer       open --any answer--> closed

One lane that fails again and again is that lane's trouble and opens nothing: the fault may be one customer's only.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from crm_bridge.connectors.model import BreakerState, Throttled
from ledger.backoff import Backoff
from ledger.delivery_model import Later, Result

#: Lanes that must have failed since the last answer.
LANES: Final = 5
PAUSES: Final = Backoff(first=1.0, longest=60.0, attempts=1_000_000_000)


class Breaker:
    """Counts what came of attempts; `now` is monotonic seconds everywhere."""

    def __init__(
        self, lanes: int = LANES, pauses: Backoff = PAUSES, chance: Callable[[], float] = random.random
    ) -> None:
        self._lanes = lanes
        self._pauses = pauses
        self._chance = chance
        self._failing: set[str] = set()
        self._opened = 0
        self.state = BreakerState.CLOSED
        #: When the next probe may begin; means something while it is open.
        self.until = 0.0

    @property
    def closed(self) -> bool:
        """Tell whether everything may be sent."""
        return self.state is BreakerState.CLOSED

    def may_probe(self, now: float) -> bool:
        """Tell whether one attempt may be made to see how the receiver is."""
        return self.state is BreakerState.OPEN and now >= self.until

    def probe(self) -> None:
        """Say that this attempt begins."""
        self.state = BreakerState.PROBING

    def probe_now(self) -> None:
        """End the pause."""
        self.until = 0.0

    def heard(self, lane: str, result: Result, now: float) -> bool:
        """Take what came of an attempt; return True when it closed the breaker."""
        match result:
            case Throttled(after=after):
                return self._open(now, after)
            case Later() if self.state is BreakerState.OPEN:
                return False  # it was under way when the breaker opened, and tells nothing new
            case Later():
                self._failing.add(lane)
                if self.state is BreakerState.PROBING or len(self._failing) >= self._lanes:
                    self._open(now)
                return False
            case _:
                was_open = not self.closed
                self.state = BreakerState.CLOSED
                self._failing.clear()
                self._opened = 0
                return was_open

    def probe_failed(self, now: float) -> None:
        """Take that the probe came to no end of its own."""
        if self.state is BreakerState.PROBING:
            self._open(now)

    def _open(self, now: float, after: float | None = None) -> bool:
        self._opened += 1
        pause = after if after is not None else self._pauses.delay(self._opened, self._chance())
        self.state = BreakerState.OPEN
        self.until = now + (pause if pause is not None else self._pauses.longest)
        return False
