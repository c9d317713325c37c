"""The fax room: everything that works on faxes, put together.

Owns the order of starting and stopping of these parts, and the settings they get from the site. Opened in two steps:
what came in is worked on at once, what goes out waits for a line.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from config.schema import Site
from config.values import e164
from fax.by_mail.clerk import Answer
from fax.by_mail.door import MailDoor
from fax.by_mail.screen import box_of
from fax.confirmation import Confirmation
from fax.ending import Ending
from fax.jobs import FaxJobs
from fax.line import Line
from fax.model import Order
from fax.notices import Notices
from fax.preparing import Preparing
from fax.promises import KIND, REPORT
from fax.queue import FaxQueue
from fax.service import FaxService
from ivr.agi.fax import LONGEST
from ledger.clock import Clock
from ledger.database import Database
from ledger.job_runner import JobRunner
from ledger.jobs import Jobs
from ledger.spool import Spool
from server.postroom import LEASE, STOP, TRIED, Postroom, again_and_again, name_of

#: How often we look whether something may be forgotten, seconds.
LOOK_FOR_OLD = 3600.0
#: Processes at once that look at paper or at documents.
LOOKED_AT_ONCE = 2
#: A call with a fax may ring and end slowly besides, seconds.
AROUND_A_CALL = 300.0


@dataclass(frozen=True)
class Faxroom:
    """The parts that others use."""

    service: FaxService
    ending: Ending
    jobs: Jobs


@asynccontextmanager
async def faxroom(
    site: Callable[[], Site], database: Database, spool: Spool, clock: Clock, post: Postroom
) -> AsyncIterator[Faxroom]:
    """Work on faxes until the end of the block; what is owed about them goes out once the post room is open."""
    jobs = Jobs(database, clock)
    service = FaxService(database, spool, jobs, post.deliveries, site, clock)
    looking = asyncio.Semaphore(LOOKED_AT_ONCE)
    ending = Ending(service, database, spool, jobs, site, clock, Confirmation(spool, looking).report)
    notices = Notices(service, spool, site, name_of(database, site), looking)
    for kind in (KIND, REPORT):
        post.composers[kind] = notices
        post.hear(kind, service.delivery_ended, service.delivery_tried, service.lock)
    post.givers[KIND] = notices
    post.posters[KIND] = notices
    came = FaxJobs(service, database, spool, jobs, site, clock, looking)
    handlers = {
        **came.handlers(),
        **Preparing(service, database, spool, jobs, site, clock, ending, looking).handlers(),
        **ending.handlers(),
    }
    runner = JobRunner(database, handlers, clock, backoff=TRIED, lease_seconds=LEASE)
    # A runner of its own, so that pages which take minutes to read keep no other fax from its receivers.
    reader = JobRunner(database, came.readers(), clock, at_once=1, backoff=TRIED, lease_seconds=LEASE)

    async def forget() -> None:
        while await service.forget_old():
            pass

    async with service.under_way, runner, reader, again_and_again(forget, LOOK_FOR_OLD, "old faxes"):
        try:
            yield Faxroom(service, ending, jobs)
        finally:
            await asyncio.gather(runner.stop(STOP), reader.stop(STOP))


@asynccontextmanager
async def calling(
    room: Faxroom, line: Line, site: Callable[[], Site], database: Database, spool: Spool, clock: Clock, drafts: Path
) -> AsyncIterator[None]:
    """Take orders by mail and call out what is queued until the end of the block, as many at once as the site allows.

    `drafts` is a folder for the documents of mails, theirs alone.
    """
    queue = FaxQueue(room.service, database, spool, site, clock, room.ending, line)
    room.service.orders.ask_to_stop = queue.stop
    runner = JobRunner(
        database, queue.handlers(), clock, at_once=site().fax.at_once, backoff=TRIED, lease_seconds=LEASE,
        handler_seconds=LONGEST + AROUND_A_CALL,
    )  # fmt: skip
    door = MailDoor(
        lambda: site().fax.by_mail, room.service.submit, answering(room, site), folder=drafts, clock=clock,
        dialled=dialled(site),
    )  # fmt: skip
    room.service.by_mail = lambda: door.state if site().fax.by_mail is not None else None
    looking = asyncio.create_task(door.run(), name="faxes by mail")
    async with runner:
        try:
            yield
        finally:
            looking.cancel()
            await asyncio.gather(looking, runner.stop(STOP), return_exceptions=True)


def answering(room: Faxroom, site: Callable[[], Site]) -> Answer:
    """Return what tells a sender why a mail is no fax: by a fax that failed, so that it is on the page as well."""

    async def answer(to: str, subject: str, text: str, about: str) -> None:
        by_mail = site().fax.by_mail
        senders = by_mail.senders if by_mail is not None else {}
        box = box_of(to, senders) or next(iter(site().faxboxes), "")
        order = Order(box, "", to, subject=subject, confirm=(to,), key=f"answer to {about}")
        await room.service.refuse(order, text)

    return answer


def dialled(site: Callable[[], Site]) -> Callable[[str], str]:
    """Return what tells how a number is called, however it is written."""
    return lambda number: e164(number, site().company.country) or number
