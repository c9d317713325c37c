"""A fax room without line and post: received files go through the real rules, jobs and ledger, on SQLite."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from callrouter.faxes import LeftFax
from config.load import require_site
from fax.jobs import FaxJobs
from fax.model import Fax
from fax.service import FaxService
from ivr.conversation import FaxTaken
from ledger.clock import SystemClock
from ledger.database import Database
from ledger.deliveries import KIND as DELIVER
from ledger.deliveries import Deliveries
from ledger.job_runner import JobRunner
from ledger.jobs import Jobs, JobState
from ledger.spool import Spool

#: The site of this benchmark, its number, and the box to which that leads.
SITE: Final = Path(__file__).parent / "fax_site"
LINE: Final = "+37052160000"
BOX: Final = "post"
#: For one file, seconds.
DEADLINE: Final = 60.0


@dataclass
class Room:
    """The ledger, the spool and the rules of faxes, without a line and without a post."""

    service: FaxService
    spool: Spool
    jobs: Jobs
    last: Fax | None = None
    _calls: int = 0
    _made: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, fax: Fax) -> None:
        """Be told of a fax that changed."""
        if fax.pdf:
            self.last = fax
            self._made.set()

    async def keep(self, tiff: Path, pages: int) -> float:
        """Take a received file until its PDF is promised; return how long that took."""
        self._calls += 1
        self._made.clear()
        taken = FaxTaken(str(tiff), pages, True, rate=14_400, resolution=(204, 196), ecm=True)
        left = LeftFax(BOX, taken, SystemClock().now(), f"call-{self._calls}", LINE, "+37060000101")
        begun = time.perf_counter()
        await self.service.keep(left)
        async with asyncio.timeout(DEADLINE):
            await self._made.wait()
        return time.perf_counter() - begun

    async def promised(self) -> int:
        """Count the jobs that bring a fax to its receiver."""
        return len(await self.jobs.list_in(JobState.WAITING, kind=DELIVER, limit=1_000))


@asynccontextmanager
async def room(folder: Path) -> AsyncIterator[Room]:
    """Work on received faxes until the end of the block, on SQLite; no mail leaves the house."""
    site, clock = await asyncio.to_thread(require_site, SITE), SystemClock()
    async with await Database.open(folder / "ledger.db") as database:
        spool, jobs = await Spool.open(folder / "spool"), Jobs(database, clock)
        service = FaxService(database, spool, jobs, Deliveries(database, clock), lambda: site, clock)
        work = FaxJobs(service, database, spool, jobs, lambda: site, clock, asyncio.Semaphore(2))
        kept = Room(service, spool, jobs)
        service.watch(kept.hear)
        async with JobRunner(database, work.handlers(), clock):
            yield kept
