"""What is sent to one receiver in one lane, one after the other, until something does not arrive.

Owns the order within a lane, and what a fault of ours means for it. Knows no table.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from crm_bridge.connectors.breaker import Breaker
from crm_bridge.connectors.model import Occasion, Sender
from ledger.clock import Clock
from ledger.delivery_model import Later, Refused, Result

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Item:
    """One thing to be sent, and how often it was; `parked_at` is None where it comes straight from the journal."""

    occasion: Occasion
    attempts: int = 0
    parked_at: datetime | None = None


@dataclass
class Run:
    """Some things of one lane, in order, and what came of the first of them; the last result may be `Later`."""

    lane: str
    items: tuple[Item, ...]
    #: It is made to see how the receiver is, though it failed before.
    probe: bool = False
    #: It had its turn: something of it may have been sent.
    begun: bool = False
    results: list[Result] = field(default_factory=list)


class Outbound:
    """The way to one receiver: so many at a time, and none while the breaker is open."""

    def __init__(self, receiver: str, sender: Sender, breaker: Breaker, clock: Clock, at_once: int) -> None:
        self._receiver = receiver
        self._sender = sender
        self._breaker = breaker
        self._clock = clock
        self._slots = asyncio.Semaphore(at_once)
        # What is kept has half of the ways: what happens now must not stand behind a day of it.
        self._slots_for_kept = asyncio.Semaphore(max(1, at_once // 2))
        #: Set when there is something to look at: the breaker closed, or whatever else its holder sets it for.
        self.work = asyncio.Event()
        #: The breaker has closed since this was last taken back.
        self.reopened = False

    @property
    def is_full(self) -> bool:
        """Tell whether a run that begins now has to wait for its turn."""
        return self._slots.locked()

    async def send_kept(self, run: Run) -> None:
        """Send what a run from the shelf holds, until something has to wait."""
        async with self._slots_for_kept:
            await self.send(run)

    async def send(self, run: Run) -> None:
        """Send what a run holds, until something has to wait."""
        try:
            async with self._slots:
                run.begun = True
                await self._in_order(run)
        finally:
            if run.probe:
                self._breaker.probe_failed(self._clock.monotonic())

    async def _in_order(self, run: Run) -> None:
        for item in run.items:
            if not (self._breaker.closed or run.probe):
                return
            result = await self._once(item.occasion)
            run.results.append(result)
            if self._breaker.heard(run.lane, result, self._clock.monotonic()):
                log.info("a receiver answers again", receiver=self._receiver)
                self.reopened = True
                self.work.set()
            if isinstance(result, Later):
                return

    async def _once(self, occasion: Occasion) -> Result:
        try:
            result = await self._sender.send(occasion)
        except Exception:  # a fault of ours costs this receiver's lane a try, and nobody else anything
            log.exception("an event could not be sent", receiver=self._receiver, entry=occasion.id, kind=occasion.kind)
            return Later("a fault of ours: see the log", admin=True)
        if isinstance(result, Later | Refused):
            # Not what was answered: it may repeat a number.
            log.info("an event was not taken", receiver=self._receiver, entry=occasion.id, why=type(result).__name__)
        return result
