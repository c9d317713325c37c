"""Sends what is kept for one receiver: each lane's first when its time has come, and what is behind it.

Owns which lanes are under way, and when it is looked again. While the breaker is open, one at a time is a probe.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from crm_bridge.connectors.breaker import Breaker
from crm_bridge.connectors.lane import Outbound, Run
from crm_bridge.connectors.model import BreakerState
from crm_bridge.connectors.shelf import Shelf
from ledger.clock import Clock

#: So often it is looked without being woken, seconds.
LOOK_ANYWAY: Final = 10.0
_SHORTEST: Final = 0.02


@dataclass(frozen=True)
class _Flight:
    run: Run
    task: asyncio.Task[None]
    settled: int


class Drainer:
    """Works through a shelf. `run` it as a task; what is under way ends with it."""

    def __init__(self, shelf: Shelf, outbound: Outbound, breaker: Breaker, clock: Clock, at_once: int) -> None:
        self._shelf = shelf
        self._outbound = outbound
        self._breaker = breaker
        self._clock = clock
        # Of these half are under way, see Outbound; the others have their turn while the first are being settled.
        self._at_once = max(2, at_once)
        self._flights: dict[str, _Flight] = {}

    async def run(self) -> None:
        """Send for ever. Raises DatabaseError; what had been under way is then sent again."""
        while True:
            self._outbound.work.clear()
            await self._land()
            if self._outbound.reopened:
                await self._shelf.all_due()
                self._outbound.reopened = False
            pause = await self._launch()
            try:
                async with asyncio.timeout(pause):
                    await self._outbound.work.wait()
            except TimeoutError:
                continue  # another process may have let something go: look anyway

    def adopt(self, run: Run, task: asyncio.Task[None], settled: int) -> None:
        """Take over a run that was begun elsewhere, whose things are on the shelf now."""
        self._flights[run.lane] = _Flight(run, task, settled)
        task.add_done_callback(lambda _: self._outbound.work.set())
        self._outbound.work.set()

    async def close(self) -> None:
        """End what is under way; it stays on the shelf."""
        flights = [flight.task for flight in self._flights.values()]
        for task in flights:
            task.cancel()
        await asyncio.gather(*flights, return_exceptions=True)
        self._flights.clear()
        self._breaker.probe_failed(self._clock.monotonic())  # one that had not had its turn says nothing itself

    async def _land(self) -> None:
        landed = [flight for flight in self._flights.values() if flight.task.done()]
        if landed:
            await self._shelf.settle([(flight.run, flight.settled) for flight in landed])
            for flight in landed:
                del self._flights[flight.run.lane]

    async def _launch(self) -> float:
        """Begin what is due and has room; return after how long to look again."""
        now = self._clock.monotonic()
        if self._breaker.state is BreakerState.PROBING or not self._shelf.maybe_waiting:
            return LOOK_ANYWAY
        probing = not self._breaker.closed
        if probing and not self._breaker.may_probe(now):
            return min(max(self._breaker.until - now, _SHORTEST), LOOK_ANYWAY)
        room = 1 if probing else self._at_once - len(self._flights)
        if room <= 0:
            return LOOK_ANYWAY
        for run in await self._shelf.due(room, self._flights.keys(), whenever=probing):
            if probing:
                run.probe = True
                self._breaker.probe()
            self._begin(run)
        if len(self._flights) >= self._at_once:
            return LOOK_ANYWAY
        at = await self._shelf.next_due(self._flights.keys())
        if at is None:
            return LOOK_ANYWAY
        return min(max((at - self._clock.now()).total_seconds(), _SHORTEST), LOOK_ANYWAY)

    def _begin(self, run: Run) -> None:
        self.adopt(run, asyncio.create_task(self._outbound.send_kept(run), name=f"lane {run.lane}"), 0)
