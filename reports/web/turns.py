"""Who may have a report made now: so many at once, of one account and in all. Owns the waiting; knows no report."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

#: At once in all, of one account, and the seconds that one waits for a turn.
IN_ALL, OF_ONE, SECONDS = 2, 1, 5.0


class NoTurn(Exception):
    """Others have theirs made now."""


class Turns:
    """Gives turns. Whoever reads for seconds takes one, so that the processor is left to the calls."""

    def __init__(self, in_all: int = IN_ALL, of_one: int = OF_ONE, seconds: float = SECONDS) -> None:
        self._in_all, self._of_one, self._seconds = in_all, of_one, seconds
        self._running: Counter[str] = Counter()
        self._freed = asyncio.Event()

    @asynccontextmanager
    async def of(self, account: str) -> AsyncIterator[None]:
        """Hold a turn of this account, after waiting for it. Raises NoTurn."""
        try:
            async with asyncio.timeout(self._seconds):
                while self._running.total() >= self._in_all or self._running[account] >= self._of_one:
                    self._freed.clear()
                    await self._freed.wait()
        except TimeoutError:
            raise NoTurn from None
        self._running[account] += 1
        try:
            yield
        finally:
            self._running -= Counter((account,))  # a name with none is left out
            self._freed.set()
