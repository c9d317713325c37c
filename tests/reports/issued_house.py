"""Where reports are issued in tests: a real database and spool, a clock moved by hand, and a maker that can be told.

Jobs are done one by one as a runner does them, so that a test knows when nothing is left to do, and may end the
"process" at any step: who took the job then is gone, and its lease is over.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config.schema import Site
from ledger import job_store, mailer
from ledger.clock import ManualClock
from ledger.database import Database
from ledger.deliveries import KIND as DELIVER
from ledger.deliveries import Deliveries
from ledger.jobs import Done, GiveUp, Jobs, Retry, record_of
from ledger.mail_carrier import Composer, MailCarrier
from ledger.mailer import MailServer
from ledger.spool import Spool
from reports.issued import FAILURE, KIND, Issued, Order, Step, Summary
from reports.issued_document import pack
from reports.issued_making import NotMade, Tell
from reports.issued_work import Work
from reports.issued_worker import summary
from reports.issuing import Issuing
from reports.notices import FailureNotices, Notices
from reports.period import days_between
from reports.rules import Definition
from tests.reports.forms.samples import FULL

BOSS, CHIEF = "boss@acme.example", "chief@acme.example"
#: Noon in Vilnius; the schedule of each test is due at eight.
MONDAY = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
EIGHT = datetime(2026, 11, 3, 6, 0, tzinfo=UTC)
DAY = timedelta(days=1)
DEFINITION = Definition({"billing": 20.0}, 5.0)


class Killed(BaseException):
    """The process ends here: no `except Exception` sees it."""


@dataclass
class Fuse:
    """Ends the process at a step, counted from 0; None never."""

    at: int | None = None
    passed: int = 0

    def burn(self) -> None:
        """Pass one step."""
        self.passed += 1
        if self.at is not None and self.passed > self.at:
            self.at = None
            raise Killed


class Mortal(Database):
    """The same database for a process that may be ended before and after each commit."""

    fuse: Fuse

    @classmethod
    def like(cls, db: Database, fuse: Fuse) -> Mortal:
        one = cls.__new__(cls)
        one.__dict__.update(db.__dict__)
        one.fuse = fuse
        return one

    @asynccontextmanager
    async def writing(self, **more: Any) -> AsyncIterator[Any]:
        async with super().writing(**more) as session:
            yield session
            self.fuse.burn()
        self.fuse.burn()


@dataclass
class Desk:
    """A maker that writes a sample; `faults` are raised first, one a try, and `held` lets it wait."""

    fuse: Fuse = field(default_factory=Fuse)
    faults: list[Exception] = field(default_factory=list)
    held: asyncio.Event | None = None
    orders: list[Order] = field(default_factory=list)
    ended: int = 0

    async def make(self, order: Order, paper: Path, document: Path, tell: Tell) -> Summary:
        self.orders.append(order)
        self.fuse.burn()
        await tell(Step.COUNTING, 0.3)
        try:
            if self.held is not None:
                await self.held.wait()
        finally:
            self.ended += 1
        if self.faults:
            raise self.faults.pop(0)
        doc = replace(FULL, name=order.report, period=order.period)
        await asyncio.to_thread(paper.write_bytes, b"%PDF sample")
        self.fuse.burn()
        await asyncio.to_thread(document.write_bytes, pack(doc))
        return summary(doc, order.form)


@dataclass
class House:
    """The parts, as one process has them."""

    issuing: Issuing
    desk: Desk
    spool: Spool
    db: Database
    clock: ManualClock
    deliveries: Deliveries
    mails: list[tuple[str, EmailMessage]]
    results: list[mailer.Handed]

    async def work(self, *, deliver: bool = True, most: int | None = None) -> int:
        """Do all jobs that are due, or so many, one by one; return how many."""
        handlers = {kind: handler for runner in self.issuing.handlers() for kind, handler in runner.items()}
        if deliver:
            handlers[DELIVER] = self.deliveries.run
        for done in range(most or 200):
            now = self.clock.now()
            async with self.db.writing() as session:
                rows = await job_store.claim(session, handlers, (), "test", now, now + timedelta(seconds=1), 1)
            if not rows:
                return done
            job = record_of(rows[0])
            decision = await handlers[job.kind](job)
            async with self.db.writing() as session:
                match decision:
                    case Done():
                        await job_store.end(session, job.key, "test", "done", None, now)
                    case Retry(after, why):
                        again = now + timedelta(seconds=after)
                        await job_store.put_back(session, job.key, "test", again, why, failed=False)
                    case GiveUp(why):
                        await job_store.end(session, job.key, "test", "failed", why, now)
        assert most is not None, "there is no end to these jobs"
        return most

    async def at(self, moment: datetime) -> int:
        """Go to a time and do what is due by then."""
        self.clock.advance((moment - self.clock.now()).total_seconds())
        return await self.work()

    async def all(self) -> list[Issued]:
        """List all that was issued, the oldest first."""
        return (await self.issuing.list_newest(1_000))[::-1]

    def read(self, number: int = 0) -> str:
        """Return the text of a mail, its words apart by single blanks."""
        text = self.mails[number][1].get_body(("plain",))
        assert text is not None
        return " ".join(text.get_content().split())

    async def of(self, schedule: str) -> list[Issued]:
        """List what a schedule issued."""
        return [one for one in await self.all() if one.order.schedule == schedule]


def site_of(schedules: dict[str, dict[str, object]], **reports: object) -> Site:
    """Return a site with these schedules."""
    return Site.model_validate(
        {
            "company": {"name": "Acme", "timezone": "Europe/Vilnius"},
            "numbers": {"+37052000000": {"go": "billing"}},
            "departments": {"billing": {}},
            "reports": {"schedules": schedules, **reports},
            "mail": {
                "server": "mail.acme.example",
                "sender": "reports@acme.example",
                "pages": "https://switchroom.acme.example",
            },
            "version": "70a11ce0ffee",
        }
    )


def daily(at: str = "0 8 * * *", **more: object) -> dict[str, object]:
    """Return a schedule as a site says it."""
    return {"report": "day", "at": at, "to": [BOSS, CHIEF], **more}


async def house(
    db: Database,
    folder: Path,
    clock: ManualClock,
    site: Callable[[], Site],
    *,
    fuse: Fuse | None = None,
    definition: Callable[[], Definition] = lambda: DEFINITION,
) -> House:
    """Start a process: put the parts together and plan. With a `fuse` it may end at any step."""
    fuse = fuse or Fuse()
    db = Mortal.like(db, fuse)
    spool = await Spool.open(folder / "spool")
    deliveries = Deliveries(db, clock)
    desk = Desk(fuse)
    work = Work(db, spool, deliveries, clock, desk, lambda: site().reports.failures)
    issuing = Issuing(db, spool, Jobs(db, clock), deliveries, site, clock, definition, work)
    mails: list[tuple[str, EmailMessage]] = []
    results: list[mailer.Handed] = []

    async def hand_over(_server: MailServer, mail: EmailMessage, receiver: str) -> mailer.Handed:
        result = results.pop(0) if results else mailer.Accepted("250 thank you")
        fuse.burn()
        if isinstance(result, mailer.Accepted):
            mails.append((receiver, mail))
        fuse.burn()
        return result

    server = MailServer(host="mail.acme.example", sender="reports@acme.example")
    composers: dict[str, Composer] = {
        KIND: Notices(issuing.find, spool, site),
        FAILURE: FailureNotices(issuing.find, site),
    }
    carrier = MailCarrier(lambda: server, composers, hand_over)
    deliveries.serve({"mail": carrier}, {})
    await issuing.plan()
    return House(issuing, desk, spool, db, clock, deliveries, mails, results)


def by_hand(by: str = "sue", **more: object) -> Order:
    """Return what somebody orders on Monday of that day."""
    period = days_between(MONDAY.date(), MONDAY.date(), ZoneInfo("Europe/Vilnius"))
    return Order(**{"report": "day", "period": period, "form": "pdf", "definition": Definition(), "by": by, **more})  # type: ignore[arg-type]  # fields by name


async def opened(db: Database, folder: Path, clock: ManualClock, **schedules: dict[str, object]) -> House:
    site = site_of(schedules)
    return await house(db, folder, clock, lambda: site)


def broke(why: str, *, final: bool = False) -> NotMade:
    return NotMade(why, final=final)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MONDAY)


@pytest.fixture
async def db(migrated: Path, tmp_path: Path) -> AsyncIterator[Database]:
    path = tmp_path / "issued.db"
    await asyncio.to_thread(shutil.copy, migrated, path)
    async with await Database.open(path, migrate=False) as database:
        yield database
