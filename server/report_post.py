"""Where reports are issued: the schedules of the site, the making beside the calls, and the mails.

Owns the order of starting and stopping of these parts. No rule of reports is here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from config.schema import Site
from ledger.clock import Clock
from ledger.database import Database
from ledger.job_runner import JobRunner
from ledger.jobs import Jobs
from ledger.spool import Spool
from reports.asking import Ask
from reports.issued import FAILURE, KIND, Order
from reports.issued_making import SECONDS, Apart, Maker
from reports.issued_work import Work
from reports.issuing import Issuing
from reports.notices import FailureNotices, Notices
from server.data_folder import note_of
from server.postroom import LEASE, STOP, TRIED, Postroom, again_and_again
from server.report_room import ask_of, definition_of

#: How often we look whether something may be forgotten, seconds.
LOOK_FOR_OLD = 3600.0
#: A report may take so long, and its files a while besides, seconds.
LONGEST = SECONDS + 120.0


def issuing_of(
    site: Callable[[], Site],
    database: Database,
    spool: Spool,
    clock: Clock,
    post: Postroom,
    maker: Maker | None = None,
) -> Issuing:
    """Put together what issues reports; a `maker` goes before the processes of its own."""

    def ask_for(order: Order) -> Ask:
        return ask_of(
            note_of(site()),
            order.period,
            clock.now(),
            department=order.department,
            person=order.person,
            minutes=order.minutes,
            departments=order.departments,
            more=order.more,
        )

    def pages() -> str:
        mail = site().mail
        return (mail.pages or "") if mail is not None else ""

    url = database.url.render_as_string(hide_password=False)
    work = Work(
        database, spool, post.deliveries, clock, maker or Apart(url, ask_for, pages), lambda: site().reports.failures
    )
    return Issuing(
        database, spool, Jobs(database, clock), post.deliveries, site, clock, lambda: definition_of(site()), work
    )


@asynccontextmanager
async def issuing_reports(
    site: Callable[[], Site],
    database: Database,
    spool: Spool,
    clock: Clock,
    post: Postroom,
    *,
    maker: Maker | None = None,
) -> AsyncIterator[Issuing]:
    """Issue reports until the end of the block; their mails go out once the post room is open."""
    issuing = issuing_of(site, database, spool, clock, post, maker)
    post.composers[KIND] = Notices(issuing.find, spool, site)
    post.composers[FAILURE] = FailureNotices(issuing.find, site)
    await issuing.plan()
    # Runners of their own that do one thing at a time each: reports keep neither calls nor each other from the machine.
    runners = [
        JobRunner(database, handlers, clock, at_once=1, backoff=TRIED, lease_seconds=LEASE, handler_seconds=LONGEST)
        for handlers in issuing.handlers()
    ]

    async def forget() -> None:
        while await issuing.forget_old():
            pass

    async with AsyncExitStack() as stack:
        for runner in runners:
            await stack.enter_async_context(runner)
        await stack.enter_async_context(again_and_again(forget, LOOK_FOR_OLD, "issued reports of long ago"))
        try:
            yield issuing
        finally:
            await asyncio.gather(*(runner.stop(STOP) for runner in runners))
