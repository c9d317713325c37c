"""Callers between two conversations of ours: one has ended, the next is to begin, and the call goes on.

Owns who they are and how long they are waited for. What a conversation is, and why it moved, is unknown here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

#: Who does not come back to us for so long, in seconds, has hung up on the way.
TAKE_UP = 10.0

Visit = TypeVar("Visit")


class OnTheWay(Generic[Visit]):
    """The callers on the way, by call. `lost` is told of one who hung up meanwhile."""

    def __init__(self, lost: Callable[[Visit], None]) -> None:
        self._lost = lost
        self._visits: dict[str, tuple[Visit, asyncio.TimerHandle]] = {}

    def __contains__(self, call: str) -> bool:
        return call in self._visits

    def __len__(self) -> int:
        return len(self._visits)

    def keep(self, call: str, visit: Visit) -> None:
        """Wait for the caller from now on."""
        timer = asyncio.get_running_loop().call_later(TAKE_UP, self._give_up, call)
        self._visits[call] = visit, timer

    def take(self, call: str) -> Visit | None:
        """Return the visit of a caller who has come; None where nobody of that call was waited for."""
        visit, timer = self._visits.pop(call, (None, None))
        if timer is not None:
            timer.cancel()
        return visit

    def _give_up(self, call: str) -> None:
        visit, _ = self._visits.pop(call)
        self._lost(visit)
