"""The faxes as one person may see them: every look-up of the pages and the API passes the rights here.

Somebody else's fax is no different from one that never was. Knows no HTTP.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from config.schema import Site
from fax.model import Asked, Count, Fax, NoSuchFax, Page, Progress, State
from fax.preparing import SEND
from fax.promises import KIND, REPORT
from fax.service import FaxService
from ledger.clock import Clock
from ledger.deliveries import Deliveries
from ledger.delivery_model import Delivery, DeliveryState
from ledger.jobs import Jobs
from ledger.spool import Spool
from ledger.web.finding import find_only
from ledger.web.undelivered import Undelivered, undelivered
from ledger.web.visit import Who

#: Tells the customers' names by number, as far as they are known.
Names = Callable[[Collection[str]], Awaitable[Mapping[str, str]]]


class CallBack(Protocol):
    """Connects somebody of ours with who sent a fax."""

    async def call_back(self, person: str, number: str, fax: Fax) -> None:
        """Ring the person's phone, then the sender's; return once that has begun. Raises NotPossible."""


@dataclass(frozen=True)
class Box:
    """A fax box as somebody sees it: what it is called, and what waits in it."""

    name: str
    title: str
    count: Count


@dataclass(frozen=True)
class FaxRoom:
    """The parts, behind the rights. Without `call_back` nobody can be called."""

    faxes: FaxService
    deliveries: Deliveries
    jobs: Jobs
    spool: Spool
    site: Callable[[], Site]
    clock: Clock
    names: Names
    call_back: CallBack | None = None

    # ---- rights

    def readable(self, who: Who) -> frozenset[str] | None:
        """Return the boxes somebody may read; None for every one."""
        return None if who.sees_all else self.faxes.may_read(who.reader)

    def may_read(self, box: str, who: Who) -> bool:
        """Tell whether somebody may read what is in a box."""
        readable = self.readable(who)
        return readable is None or box in readable

    def readers(self, box: str) -> list[str]:
        """List the people of the site who read a box."""
        return [person for person in self.site().people if box in self.faxes.may_read(person)]

    def sends_from(self, who: Who) -> list[tuple[str, str]]:
        """List the boxes somebody may send from, and what they are called."""
        site = self.site()
        return [(name, title_of(name, site)) for name in site.faxboxes if self.may_read(name, who)]

    # ---- looking

    async def boxes(self, who: Who) -> list[Box]:
        """List the boxes somebody sees: all those with faxes, and empty ones unless they are some person's."""
        site, counts, mine = self.site(), await self.faxes.count(), self.readable(who)
        if mine is None:
            usual = [name for name in site.faxboxes if name not in site.people or name in counts]
            names = list(dict.fromkeys([*usual, *sorted(counts)]))
        else:
            names = [name for name in site.faxboxes if name in mine]
        return [Box(name, title_of(name, site), counts.get(name, Count())) for name in names]

    async def find(self, id_: str, who: Who) -> Fax:
        """Return a fax by its id, or by a beginning that only one has; raises NoSuchFax."""
        found = await find_only(id_, self.faxes.beginning, lambda fax: self.may_read(fax.box, who))
        if found is None:
            raise NoSuchFax(id_[:64])
        return found

    async def search(self, asked: Asked, who: Who) -> Page:
        """Return what was asked for, as far as somebody may see it."""
        readable = self.readable(who)
        if readable is not None:
            wanted = readable if asked.boxes is None else asked.boxes & readable
            asked = replace(asked, boxes=wanted)
        return await self.faxes.search(asked)

    async def names_of(self, faxes: Iterable[Fax]) -> Mapping[str, str]:
        """Return the customers' names by number, for these faxes."""
        return await self.names({fax.number for fax in faxes if fax.number})

    def on_the_line(self, who: Who) -> dict[str, Progress]:
        """Return what is on the line now, by id."""
        return {progress.id: progress for progress in self.faxes.progress() if self.may_read(progress.box, who)}

    async def next_tries(self, faxes: Iterable[Fax]) -> dict[str, datetime]:
        """Tell when those that wait are called out next, as far as that is in the future."""
        now, found = self.clock.now(), {}
        for fax in faxes:
            job = await self.jobs.find(f"{SEND} {fax.id}") if fax.state is State.WAITING else None
            if job is not None and job.run_at > now:
                found[fax.id] = job.run_at
        return found

    # ---- deliveries

    async def deliveries_of(self, ids: list[str]) -> dict[str, list[Delivery]]:
        """Return what leaves the house about these faxes."""
        found: dict[str, list[Delivery]] = {id_: [] for id_ in ids}
        for kind in (KIND, REPORT) if ids else ():
            for delivery in await self.deliveries.list_about(kind, ids):
                found[delivery.about].append(delivery)
        return found

    def is_late(self, delivery: Delivery) -> bool:
        """Tell whether a delivery is under way for longer than the site allows."""
        return delivery.state is DeliveryState.WAITING and delivery.created_at < self._late_before()

    async def undelivered(self) -> Undelivered:
        """Return what did not get through, the oldest first."""
        return await undelivered(self.deliveries, (KIND, REPORT), self.is_late)

    def _late_before(self) -> datetime:
        mail = self.site().mail
        return self.clock.now() - timedelta(seconds=mail.alarm_after if mail else 900.0)


def title_of(box: str, site: Site) -> str:
    """Return what people call a fax box."""
    return (site.faxbox(box).name or box) if box else "Nobody's fax box"
