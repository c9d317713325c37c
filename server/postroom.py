"""The post room: everything that leaves the house, whichever feature promised it, goes through here.

Owns the carriers and the one runner of deliveries. Features bring who writes about their kinds before it opens.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import structlog

from config.schema import Site
from crm_bridge.service import Customers
from ledger.backoff import Backoff
from ledger.clock import Clock
from ledger.database import Database
from ledger.deliveries import KIND as DELIVER
from ledger.deliveries import Deliveries, Ended, Lock, Tried
from ledger.delivery_model import Carrier
from ledger.errors import LedgerError
from ledger.folder_carrier import FolderCarrier, Giver
from ledger.hook_carrier import HookCarrier, Poster
from ledger.job_runner import JobRunner
from ledger.jobs import Jobs
from ledger.mail_carrier import Composer, MailCarrier
from ledger.mailer import MailServer
from ledger.spool import Spool
from ledger.spool_register import SpoolRegister

log = structlog.get_logger(__name__)

#: A job whose process was killed is taken up again after so long, seconds.
LEASE = 15.0
#: How often we look whether something promised is overdue, seconds.
LOOK_FOR_ALARMS = 15.0
#: How often we look for what may be forgotten, seconds.
LOOK_FOR_OLD = 3600.0
#: What a job did can be looked at for so long; a failed one stays until somebody has seen to it.
REMEMBER_DONE = timedelta(days=7)
#: So many jobs are forgotten in one transaction, and so many times at most each time that we look.
FORGET_AT_ONCE, FORGET_TIMES = 1_000, 100
#: Work on what people left is tried for ever: given up, nobody would be told of it. Seconds.
TRIED = Backoff(first=5.0, longest=900.0, attempts=1_000_000)
#: What runs when we stop gets so long to come to its end; then it is done at the next start. Seconds.
STOP = 3.0


@dataclass(frozen=True)
class Postroom:
    """The deliveries, and who writes what, by kind."""

    deliveries: Deliveries
    composers: dict[str, Composer] = field(default_factory=dict)
    givers: dict[str, Giver] = field(default_factory=dict)
    posters: dict[str, Poster] = field(default_factory=dict)

    def hear(self, kind: str, ended: Ended, tried: Tried, lock: Lock | None = None) -> None:
        """Have these told what became of deliveries of a kind; `lock` locks what such a delivery is about."""
        self.deliveries.serve({}, {kind: ended}, {kind: tried}, {kind: lock} if lock is not None else {})


def postroom(site: Site, database: Database, clock: Clock) -> Postroom:
    """Return a post room that is not open yet."""
    alarm_after = site.mail.alarm_after if site.mail else 900.0
    return Postroom(Deliveries(database, clock, alarm_after=alarm_after))


@asynccontextmanager
async def open_for_business(
    post: Postroom,
    site: Callable[[], Site],
    database: Database,
    clock: Clock,
    *,
    server: MailServer | None = None,
    spool: Spool | None = None,
) -> AsyncIterator[None]:
    """Deliver until the end of the block, and forget what is long done.

    A mail `server` goes before the one that the site names. Of a `spool` the files are removed that nobody knows.
    """
    mail = MailCarrier(lambda: server or mail_server(site()), post.composers)
    carriers: dict[str, Carrier] = {
        "mail": mail,
        "folder": FolderCarrier(post.givers),
        "webhook": HookCarrier(post.posters),
    }
    post.deliveries.serve(carriers, {})
    # A runner of its own, so that a mail server that hangs keeps nobody's message from being looked at.
    runner = JobRunner(database, {DELIVER: post.deliveries.run}, clock, backoff=TRIED, lease_seconds=LEASE)
    async with (
        runner,
        again_and_again(post.deliveries.alarm, LOOK_FOR_ALARMS, "alarms"),
        again_and_again(lambda: forget_done(Jobs(database, clock), clock), LOOK_FOR_OLD, "jobs long done"),
        AsyncExitStack() as sweeping,
    ):
        if spool is not None:
            register = SpoolRegister(database, spool)
            await sweeping.enter_async_context(again_and_again(register.remove_strays, LOOK_FOR_OLD, "stray files"))
        try:
            yield
        finally:
            await runner.stop(STOP)


async def forget_done(jobs: Jobs, clock: Clock, at_once: int = FORGET_AT_ONCE, times: int = FORGET_TIMES) -> int:
    """Forget jobs that are long done, in short transactions and not too many of them; return how many."""
    forgotten = 0
    for _ in range(times):
        now = await jobs.forget_done(clock.now() - REMEMBER_DONE, at_once)
        forgotten += now
        if now < at_once:
            break
    return forgotten


def name_of(database: Database, site: Callable[[], Site]) -> Callable[[str, str], Awaitable[str]]:
    """Return what tells a customer's name by the number and that of ours it came to, '' if it is not known."""
    customers = Customers(database, site().company.country)

    async def look_up(number: str, did: str) -> str:
        customer = await customers.find_caller(number, did)
        return customer.name if customer else ""

    return look_up


def mail_server(site: Site) -> MailServer | None:
    """Return the site's mail server as the mailer wants it."""
    mail = site.mail
    if mail is None:
        return None
    return MailServer(
        host=mail.server,
        sender=mail.sender,
        port=mail.port,
        security=mail.security,
        user=mail.user,
        password=mail.password,
        ca_file=Path(mail.ca_file) if mail.ca_file else None,
    )


@asynccontextmanager
async def again_and_again(work: Callable[[], Awaitable[object]], pause: float, name: str) -> AsyncIterator[None]:
    """Do something from time to time until the end of the block; what fails is said and tried again."""

    async def for_ever() -> None:
        while True:
            try:
                await work()
            except (LedgerError, OSError) as error:
                log.error("background work failed and is tried again", work=name, error=str(error))
            except Exception as error:  # not foreseen; but nobody would miss this work until it is late
                log.exception("background work failed and is tried again", work=name, kind=type(error).__name__)
            await asyncio.sleep(pause)

    task = asyncio.create_task(for_ever(), name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
