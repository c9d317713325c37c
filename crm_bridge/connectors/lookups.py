"""Who has a number, asked of other systems: within a deadline, remembered for a while, once at a time for each number.

Owns the remembering and the bounds. A caller waits for no system: what is known when the deadline comes is the answer,
and what comes later is there for the next question.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from crm_bridge.connectors.model import Found
from crm_bridge.connectors.wire import NoAnswer
from ledger.clock import Clock

log = structlog.get_logger(__name__)

DEADLINE: Final = 1.5
#: How long is believed that somebody has a number, that nobody has it, and that a system does not answer; seconds.
KNOWN: Final = 300.0
NOBODY: Final = 60.0
SILENT: Final = 10.0
REMEMBERED: Final = 10_000
AT_ONCE: Final = 50


class Source(Protocol):
    """A system that can be asked."""

    async def find(self, number: str) -> list[Found]:
        """Return those who have a number in E.164. Raises NoAnswer."""


@dataclass(frozen=True)
class _Known:
    found: tuple[Found, ...]
    until: float


class Lookups:
    """Asks, and remembers. Close it in the end."""

    def __init__(self, clock: Clock, *, remembered: int = REMEMBERED, at_once: int = AT_ONCE) -> None:
        self._clock = clock
        self._remembered = remembered
        self._at_once = at_once
        self._known: OrderedDict[tuple[str, str], _Known] = OrderedDict()
        self._asking: dict[tuple[str, str], asyncio.Task[None]] = {}
        #: Questions that were not asked, since too many were under way.
        self.left_out = 0

    async def look_up(self, number: str, sources: Mapping[str, Source], deadline: float = DEADLINE) -> list[Found]:
        """Return who has a number in E.164, as far as it is known within `deadline` seconds. Raises nothing."""
        keys = [(source, number) for source in sources]
        tasks = [task for key in keys if (task := self._ask(key, sources[key[0]])) is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=deadline)
        now = self._clock.monotonic()
        known = (self._known.get(key) for key in keys)
        return [one for answer in known if answer is not None and answer.until > now for one in answer.found]

    def forget(self, number: str) -> None:
        """Forget who had a number."""
        for key in [key for key in self._known if key[1] == number]:
            del self._known[key]

    async def close(self) -> None:
        """Ask no more, and wait until nobody does."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ask(self, key: tuple[str, str], source: Source) -> asyncio.Task[None] | None:
        """Return the task that asks, None when the answer is known or cannot be asked for now."""
        known = self._known.get(key)
        if known is not None and known.until > self._clock.monotonic():
            self._known.move_to_end(key)
            return None
        if (asked := self._asking.get(key)) is not None:
            return asked
        if len(self._asking) >= self._at_once:
            self.left_out += 1
            return None
        task = asyncio.create_task(self._learn(key, source), name=f"look-up in {key[0]}")
        self._asking[key] = task
        task.add_done_callback(lambda _: self._asking.pop(key, None))
        return task

    async def _learn(self, key: tuple[str, str], source: Source) -> None:
        found: list[Found] = []
        try:
            found = await source.find(key[1])
            lasts = KNOWN if found else NOBODY
        except NoAnswer as none:
            log.info("a look-up was not answered", receiver=key[0], why=type(none.why).__name__)
            lasts = SILENT
        except Exception:  # a fault of ours must not reach the caller, who waits for nothing here
            log.exception("a look-up failed", receiver=key[0])
            lasts = SILENT
        self._known[key] = _Known(tuple(found), self._clock.monotonic() + lasts)
        self._known.move_to_end(key)
        while len(self._known) > self._remembered:
            self._known.popitem(last=False)
