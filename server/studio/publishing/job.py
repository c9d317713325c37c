"""Publishing as work that goes on when its page is left: one at a time, how far it is, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from config.errors import ConfigError
from ivr.prompt_book import PromptError
from ledger.clock import Clock
from server.progress import Show
from server.studio.publishing.publish import NotPublished, Published

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What came of it, when it was over: the publication, or why there is none."""

    who: str
    at: datetime
    published: Published | None = None
    error: str = ""


class PublishJob:
    """The publication that is under way in this server, and the last one that ended."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self.who = ""
        self.what = ""
        #: How much of it is done (0..1); None where nobody can know.
        self.done: float | None = None
        self.outcome: Outcome | None = None

    @property
    def is_under_way(self) -> bool:
        return self._task is not None and not self._task.done()

    def start(self, who: str, work: Callable[[Show], Awaitable[Published]]) -> bool:
        """Begin, and return at once; False, and nothing is begun, while another one is under way."""
        if self.is_under_way:
            return False
        self.who, self.what, self.done, self.outcome = who, "beginning", None, None
        self._task = asyncio.create_task(self._run(who, work), name="publish")
        return True

    async def wait(self) -> None:
        """Wait until none is under way."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    def close(self) -> None:
        """Break off what is under way: it leaves the old version or the new one, as a kill would."""
        if self._task is not None:
            self._task.cancel()

    def _show(self, what: str, done: float | None) -> None:
        self.what, self.done = what, done

    async def _run(self, who: str, work: Callable[[Show], Awaitable[Published]]) -> None:
        published, error = None, ""
        try:
            published = await work(self._show)
        except (NotPublished, ConfigError, PromptError, OSError) as cannot:
            error = str(cannot)
        except Exception as fault:  # not foreseen; whoever waits for it must be told
            log.exception("publishing broke off", kind=type(fault).__name__)
            error = "something went wrong that nobody foresaw; the log has it"
        self.outcome = Outcome(who, self._clock.now(), published, error)
