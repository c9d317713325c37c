"""The keeper: brings Asterisk back when it has ended against our will.

Owns when it is started again. Calls are not its business: their legs notice by themselves that the line is gone.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from ledger.backoff import Backoff
from ledger.clock import Clock
from pbx.errors import PbxError
from pbx.supervisor import ExitReport

log = structlog.get_logger(__name__)

#: The first restart comes at once; one that fails, or soon ends again, is waited for.
PAUSES = Backoff(first=1.0, longest=60.0, attempts=1_000_000)
#: An Asterisk that ran for so long, in seconds, was sound: its end counts as a first one.
SOUND_AFTER = 60.0


class Kept(Protocol):
    """What the keeper needs of an Asterisk."""

    async def start(self) -> None:
        """Start it, or raise PbxError and leave nothing running."""

    async def wait(self) -> ExitReport:
        """Wait for its end, whoever brings it about."""


class Keeper:
    """Watches one running Asterisk for as long as `keep` runs."""

    def __init__(
        self,
        asterisk: Kept,
        clock: Clock,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._asterisk = asterisk
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self.restarts = 0

    async def keep(self) -> None:
        """Start Asterisk again whenever it has ended unexpectedly; returns when it was stopped on purpose."""
        failures = 0
        while True:
            began = self._clock.monotonic()
            ended = await self._asterisk.wait()
            if ended.expected:
                return
            log.error(
                "Asterisk ended by itself and is started again",
                code=ended.code,
                signal=ended.signal,
                last_words=list(ended.last_words),
            )
            if self._clock.monotonic() - began >= SOUND_AFTER:
                failures = 0
            failures = await self._start(failures)
            self.restarts += 1

    async def _start(self, failures: int) -> int:
        """Start it, however often that takes; return how many attempts now count against it."""
        while True:
            if failures:
                await self._sleep(PAUSES.delay(failures, self._chance()) or PAUSES.longest)
            failures += 1
            try:
                await self._asterisk.start()
            except PbxError as error:
                log.error("Asterisk could not be started again", attempt=failures, reason=str(error))
            else:
                log.warning("Asterisk runs again", attempt=failures)
                return failures
