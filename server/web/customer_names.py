"""The customers' names by their numbers, for pages that show many callers; remembered for a moment.

Owns how long and how many: a list that is live is asked for again and again, with the same callers in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

from crm_bridge.service import Customers
from ledger.clock import Clock
from ledger.web.items import Caller

#: A new name is seen after so many seconds at the latest.
REMEMBERED = 30.0
MOST = 5_000
#: Look-ups at once, so that one page does not take every connection of the database.
AT_ONCE = 4


class CustomerNames:
    """Looks names up in the customers' files."""

    def __init__(self, customers: Customers, clock: Clock) -> None:
        self._customers = customers
        self._clock = clock
        self._known: dict[Caller, tuple[float, str]] = {}
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, callers: Collection[Caller]) -> Mapping[Caller, str]:
        """Return the names of these callers, '' for those that nobody knows; raises LedgerError."""
        since = self._clock.monotonic() - REMEMBERED
        unknown = [c for c in dict.fromkeys(callers) if c not in self._known or self._known[c][0] < since]
        if len(self._known) + len(unknown) > MOST:
            self._known.clear()
            unknown = list(dict.fromkeys(callers))
        names = await asyncio.gather(*(self._look_up(caller) for caller in unknown))
        found = dict(zip(unknown, names, strict=True))
        now = self._clock.monotonic()
        self._known.update((caller, (now, name)) for caller, name in found.items())
        return {caller: found[caller] if caller in found else self._known[caller][1] for caller in callers}

    def forget(self) -> None:
        """Forget all names, so that they are looked up anew."""
        self._known.clear()

    async def _look_up(self, caller: Caller) -> str:
        async with self._turn:
            customer = await self._customers.find_caller(*caller)
        return customer.name if customer is not None else ""
