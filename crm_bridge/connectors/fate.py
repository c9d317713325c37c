"""What becomes of each thing after it was sent: it has arrived, it waits for another time, or it has failed. Pure.

* What a receiver refuses has failed at once; what comes after it in its lane goes on.
* What finds no ear waits, for longer each time, and its lane behind it. It is tried for ever while nothing arrives.
* What failed so often while other things arrived is the trouble itself: it has failed, and its lane goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from crm_bridge.connectors.lane import Run
from crm_bridge.connectors.model import Occasion, Throttled
from ledger.backoff import Backoff
from ledger.delivery_model import Accepted, Later, Refused, Result

#: Between tries of one thing; by then its receiver's breaker has long had its own say.
PAUSES: Final = Backoff(first=5.0, longest=600.0, attempts=1_000_000_000)
MOST_TRIES: Final = 12


class End(StrEnum):
    """How a try ended for what was sent."""

    ARRIVED = "arrived"
    WAITS = "waits"
    FAILED = "failed"


@dataclass(frozen=True)
class Fate:
    """What became of one thing; `next_at` only where it waits."""

    occasion: Occasion
    end: End
    attempts: int
    reply: str
    next_at: datetime | None = None


def fates(run: Run, begin: int, now: datetime, chance: float, last_success: datetime | None) -> Iterator[Fate]:
    """Yield what became of those of a run that have a result, from number `begin` on."""
    for item, result in zip(run.items[begin:], run.results[begin:], strict=False):
        attempts = item.attempts + 1
        match result:
            case Accepted(words):
                yield Fate(item.occasion, End.ARRIVED, attempts, words)
            case Refused(why):
                yield Fate(item.occasion, End.FAILED, attempts, why)
            case Later(why):
                others = item.parked_at is not None and last_success is not None and last_success > item.parked_at
                if others and attempts >= MOST_TRIES:
                    yield Fate(item.occasion, End.FAILED, attempts, f"given up after {attempts} tries: {why}")
                else:
                    next_at = now + timedelta(seconds=_pause(result, attempts, chance))
                    yield Fate(item.occasion, End.WAITS, attempts, why, next_at)


def _pause(result: Result, attempts: int, chance: float) -> float:
    if isinstance(result, Throttled):
        return result.after
    return PAUSES.delay(attempts, chance) or PAUSES.longest
