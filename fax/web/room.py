"""The faxes as one person may see them; the rights are those of any item, see `ledger.web.items`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from config.schema import Site
from fax.model import Asked, Count, Fax, Page, Progress, State
from fax.preparing import SEND
from fax.service import FaxService
from ledger.jobs import Jobs
from ledger.web.items import Box, ItemRoom
from ledger.web.visit import Who


@dataclass(frozen=True)
class FaxRoom(ItemRoom[Fax]):
    """The parts, behind the rights."""

    rules: FaxService
    site: Callable[[], Site]
    jobs: Jobs

    left_by = "sender"

    def title_of(self, box: str) -> str:
        return title_of(box, self.site())

    def sends_from(self, who: Who) -> list[tuple[str, str]]:
        """List the boxes somebody may send from, and what they are called."""
        return [(name, self.title_of(name)) for name in self.rules.boxes() if self.may_read(name, who)]

    async def boxes(self, who: Who) -> list[Box[Count]]:
        """List the fax boxes somebody sees."""
        return self.boxes_with(await self.rules.count(), Count(), who)

    async def search(self, asked: Asked, who: Who) -> Page:
        """Return what was asked for, as far as somebody may see it."""
        return await self.rules.search(replace(asked, boxes=self.readable_of(asked.boxes, who)))

    def on_the_line(self, who: Who) -> dict[str, Progress]:
        """Return what is on the line now, by id."""
        return {progress.id: progress for progress in self.rules.progress() if self.may_read(progress.box, who)}

    async def next_tries(self, faxes: Iterable[Fax]) -> dict[str, datetime]:
        """Tell when those that wait are called out next, as far as that is in the future."""
        now, found = self.clock.now(), {}
        for fax in faxes:
            job = await self.jobs.find(f"{SEND} {fax.id}") if fax.state is State.WAITING else None
            if job is not None and job.run_at > now:
                found[fax.id] = job.run_at
        return found


def title_of(box: str, site: Site) -> str:
    """Return what people call a fax box."""
    return (site.faxbox(box).name or box) if box else "Nobody's fax box"
