"""The issuing of reports: ordered by hand or by a schedule, made as a job, kept with their definition, mailed.

Owns what is owed when. How one is made is `issued_work`; when it is due, `schedules` says.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from config.schema import Site
from ledger.clock import Clock
from ledger.database import Database
from ledger.deliveries import Deliveries
from ledger.delivery_model import Delivery, DeliveryState
from ledger.forgetting import forget_files
from ledger.ids import new_id
from ledger.job_runner import Handler
from ledger.jobs import Decision, Done, Job, JobRecord, Jobs
from ledger.log import Log
from ledger.spool import Spool
from reports import issued_store as store
from reports.issued import DUE, FAILURE, KEPT, KIND, MAKE, MAKE_ASKED, TOPIC, Issued, Order, State, Step
from reports.issued_work import Work
from reports.rules import Definition
from reports.schedules import is_due, latest_due, next_due, order_of

#: So many reports of one account may be under way.
MOST_WAITING = 10
_log = Log(__name__)


class NoSuchReport(LookupError):
    """There is no issued report of this id."""


class NotNow(Exception):
    """This cannot be done with the report as it stands; the text says why."""


class TooMany(NotNow):
    """This account has as many reports under way as it may; the text says so."""


@dataclass(frozen=True)
class Issuing:
    """The issued reports of one server. `definition` is how the site counts now."""

    db: Database
    spool: Spool
    jobs: Jobs
    deliveries: Deliveries
    site: Callable[[], Site]
    clock: Clock
    definition: Callable[[], Definition]
    work: Work

    def handlers(self) -> list[dict[str, Handler]]:
        """Return the handlers of jobs by kind, for one runner each, that does one thing at a time.

        What is scheduled waits neither for what people order, nor, to be issued, for what is being made.
        """
        return [{DUE: self.due}, {MAKE: self.work.make}, {MAKE_ASKED: self.work.make}]

    async def plan(self) -> None:
        """See to it that each schedule of the site has its next moment; once at the start."""
        for name in self.site().reports.schedules:
            upcoming = self._next(name)
            async with self.db.writing() as session:
                await self._plan(session, upcoming)

    async def order(self, order: Order) -> str:
        """Have a report made in the background and return its id. Raises TooMany."""
        async with self.db.writing() as session:
            await self._require_room(session, order)
            id_ = new_id()
            await self._issue(session, id_, order)
        return id_

    async def due(self, job: JobRecord) -> Decision:
        """Issue what a schedule is due at a moment; of several that were missed only the last, and none of long ago."""
        name, moment = str(job.payload["schedule"]), datetime.fromisoformat(str(job.payload["moment"]))
        site = self.site()
        schedule, zone = site.reports.schedules.get(name), site.company.zone
        # Looked up before anything is locked: of a schedule of every minute it takes a while.
        upcoming = self._next(name)
        due = schedule is not None and is_due(schedule, zone, moment)
        latest = latest_due(schedule, zone, self.clock.now()) if schedule is not None and due else None
        async with self.db.writing() as session:
            await self._plan(session, upcoming)
            if schedule is None or not due:
                _log.info("the site has changed: a report is not due any more", schedule=name)
                return Done()
            if latest == moment:
                order = order_of(name, schedule, zone, moment, self.definition())
                await self._issue(session, id_of(name, moment), order)
                return Done()
            _log.warning("a scheduled report was missed and is not made", schedule=name, due=moment.isoformat())
            if latest is not None:
                await self.jobs.add(session, _due(name, latest))
        return Done()

    async def cancel(self, id_: str) -> None:
        """End the making of a report. Raises NoSuchReport, NotNow."""
        async with self.db.writing() as session:
            await self._require(session, id_)
            if not await store.change(session, id_, [State.MAKING], state=State.CANCELLED.value):
                raise NotNow("it is not being made any more")
            await self.db.wakeups.wake_after_commit(session, TOPIC)

    async def make_again(self, id_: str) -> None:
        """Make one anew that failed or was cancelled, by the definition of its order. Raises as `cancel`, TooMany."""
        ended = [State.FAILED, State.CANCELLED]
        anew: dict[str, Any] = {  # columns of several types
            "state": State.MAKING.value, "step": Step.WAITING.value, "progress": 0.0, "why": "",
        }  # fmt: skip
        async with self.db.writing() as session:
            one = await self._require(session, id_)
            if one.state in ended:
                await self._require_room(session, one.order)
            if not await store.change(session, id_, ended, **anew):
                raise NotNow("it is made, or being made")
            await self.deliveries.cancel(session, FAILURE, id_)  # what was not told yet is not so any more
            await self.jobs.add(session, _making(one, f" at {self.clock.now().isoformat()}"))

    async def send_again(self, id_: str) -> list[str]:
        """Mail a report once more: to those who do not have it yet, else to all. Raises as `cancel`.

        Return the receivers. A mail that is under way goes at once, and none is written beside it.
        """
        async with self.db.writing() as session:
            one = await self._require(session, id_)
            if one.state is not State.READY or not one.order.to:
                raise NotNow("it is not made" if one.order.to else "nobody is to get it by mail")
            waiting = [mail.receiver for mail in await self.mails([id_]) if mail.state is DeliveryState.WAITING]
            await self.deliveries.hurry(session, KIND, id_)
            refused = await self.deliveries.revive(session, KIND, id_, (DeliveryState.REFUSED,))
            if waiting or refused:
                return list(dict.fromkeys((*waiting, *refused)))
            again = self.clock.now().isoformat()
            for address in one.order.to:
                await self._promise(session, id_, address, again)
            return list(one.order.to)

    async def find(self, id_: str) -> Issued | None:
        """Return an issued report, or None."""
        async with self.db.reading() as session:
            return await store.find(session, id_)

    async def get(self, id_: str) -> Issued:
        """Return an issued report. Raises NoSuchReport."""
        if (one := await self.find(id_)) is None:
            raise NoSuchReport(id_)
        return one

    async def list_newest(self, limit: int, before: tuple[datetime, str] | None = None) -> list[Issued]:
        """List issued reports, the newest first."""
        async with self.db.reading() as session:
            return await store.list_newest(session, limit, before)

    async def mails(self, ids: Sequence[str]) -> list[Delivery]:
        """List what was promised to receivers of these reports."""
        return await self.deliveries.list_about(KIND, list(ids))

    async def mails_of_failure(self, ids: Sequence[str]) -> list[Delivery]:
        """List who was told, or is to be, that these reports were not made."""
        return await self.deliveries.list_about(FAILURE, list(ids))

    async def forget_old(self, limit: int = 50) -> int:
        """Remove reports whose time is over with their files, and return how many; none that is still under way."""
        async with self.db.reading() as session:
            old = await store.list_old(session, self.clock.now(), limit)
        removed = 0
        for one in old:
            mails = [*await self.mails([one.id]), *await self.mails_of_failure([one.id])]
            if any(mail.state is DeliveryState.WAITING for mail in mails):
                continue
            files = [name for name in (one.file, one.document) if name]
            # The files first: whoever dies in between still finds the row, and so what is left to do.
            for name in files:
                await self.spool.remove(name)
            async with self.db.writing() as session:
                for kind in (KIND, FAILURE):
                    await self.deliveries.forget(session, kind, [one.id])
                await forget_files(session, files)
                await store.remove(session, one.id)
            removed += 1
        return removed

    def _next(self, name: str) -> Job | None:
        site = self.site()
        if (schedule := site.reports.schedules.get(name)) is None:
            return None
        moment = next_due(schedule, site.company.zone, self.clock.now())
        if moment is None:
            _log.warning("a scheduled report is never due", schedule=name)
            return None
        return _due(name, moment)

    async def _plan(self, session: AsyncSession, upcoming: Job | None) -> None:
        if upcoming is not None:
            await self.jobs.add(session, upcoming)

    async def _require_room(self, session: AsyncSession, order: Order) -> None:
        if order.by and await store.count_making(session, order.by) >= MOST_WAITING:
            raise TooMany(f"{MOST_WAITING} reports of yours are being made already: wait for them or cancel some")

    async def _issue(self, session: AsyncSession, id_: str, order: Order) -> None:
        now = self.clock.now()
        if await store.add(session, one := Issued(id_, order, now), now + KEPT):
            await self.jobs.add(session, _making(one))

    async def _promise(self, session: AsyncSession, id_: str, address: str, again: str = "") -> None:
        await self.deliveries.promise(session, kind=KIND, about=id_, channel="mail", receiver=address, again=again)

    async def _require(self, session: AsyncSession, id_: str) -> Issued:
        if (one := await store.find(session, id_, lock=True)) is None:
            raise NoSuchReport(id_)
        return one


def id_of(schedule: str, moment: datetime) -> str:
    """Return the id of what a schedule issues at a moment: always the same, so that it is issued once."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"report {schedule} {moment.isoformat()}").hex


def _making(one: Issued, again: str = "") -> Job:
    kind = MAKE if one.order.schedule else MAKE_ASKED
    return Job(kind, f"{MAKE} {one.id}{again}", {"report": one.id})


def _due(schedule: str, moment: datetime) -> Job:
    at = moment.isoformat()
    return Job(DUE, f"report {schedule} {at}", {"schedule": schedule, "moment": at}, moment)
