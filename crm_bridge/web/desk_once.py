"""That a form of the desk which is sent again does nothing a second time. Knows no HTTP, and no form by name.

What was done is kept in memory, of the newest forms only: a server that was restarted does not know those of before.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

#: So many forms are remembered; then the oldest is forgotten.
MOST = 2_000


def once_of(form: Mapping[str, str], *about: str) -> str:
    """Return what is the same only for the same form, filled in alike: its hidden `once` and all else that it says.

    Whoever goes back in the browser and writes something else says something new.
    """
    return hashlib.sha256(json.dumps([about, sorted(form.items())]).encode()).hexdigest()[:32]


@dataclass
class _Done:
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    made: str | None = None


class DoneOnce:
    """What the forms of all desks made. One for the server."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._done: OrderedDict[str, _Done] = OrderedDict()

    async def do(self, once: str, make: Callable[[], Awaitable[str]]) -> str:
        """Return what `make` makes, or what it made for this form before; where it raised, it is tried again."""
        done = self._done.setdefault(once, _Done())
        while len(self._done) > self._most:
            self._done.popitem(last=False)
        async with done.turn:
            if done.made is None:
                done.made = await make()
            return done.made
