"""The mailroom: everything that works on messages after they were taken, put together.

Owns the order of starting and stopping of these parts, and the settings they get from the site.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from config.schema import Site
from crm_bridge.service import Customers
from ledger.backoff import Backoff
from ledger.clock import Clock
from ledger.database import Database
from ledger.deliveries import KIND as DELIVER
from ledger.deliveries import Deliveries
from ledger.errors import LedgerError
from ledger.job_runner import JobRunner
from ledger.jobs import Jobs
from ledger.mail_carrier import MailCarrier
from ledger.mailer import MailServer
from ledger.spool import Spool
from voicemail.jobs import Ear, MessageJobs
from voicemail.notices import Notices
from voicemail.promises import KIND as VOICEMAIL
from voicemail.service import Voicemail
from voicemail.sound import aside
from voicemail.sound.model import Examined, MailSound, NotAttached
from voicemail.transcription.models import Models
from voicemail.transcription.workers import Transcribers

log = structlog.get_logger(__name__)

#: A job whose process was killed is taken up again after so long, seconds.
LEASE = 15.0
#: How often we look whether something promised is overdue, and whether something may be forgotten, seconds.
LOOK_FOR_ALARMS, LOOK_FOR_OLD = 15.0, 3600.0
#: Work on a message is tried for ever: given up, nobody would be mailed, and nobody told. Seconds.
TRIED = Backoff(first=5.0, longest=900.0, attempts=1_000_000)
#: What runs when we stop gets so long to come to its end; then it is done at the next start. Seconds.
STOP = 3.0
#: Processes at once that look at sound.
LOOKED_AT_ONCE = 2


@dataclass(frozen=True)
class Mailroom:
    """The parts that others use."""

    voicemail: Voicemail
    deliveries: Deliveries
    jobs: Jobs


@asynccontextmanager
async def mailroom(
    site: Callable[[], Site],
    database: Database,
    spool: Spool,
    clock: Clock,
    *,
    server: MailServer | None = None,
    ear: Ear | None = None,
) -> AsyncIterator[Mailroom]:
    """Work on messages until the end of the block; `server` and `ear` go before what the site names."""
    mail = site().mail
    jobs = Jobs(database, clock)
    deliveries = Deliveries(database, clock, alarm_after=mail.alarm_after if mail else 900.0)
    voicemail = Voicemail(database, spool, jobs, deliveries, site, clock)
    customers = Customers(database, site().company.country)

    async def name_of(number: str) -> str:
        customer = await customers.find_caller(number)
        return customer.name if customer else ""

    looking = asyncio.Semaphore(LOOKED_AT_ONCE)

    async def examine(path: Path) -> Examined:
        async with looking:
            return await aside.examine(path)

    async def for_mail(path: Path, most_bytes: int) -> MailSound | NotAttached:
        async with looking:
            return await aside.for_mail(path, most_bytes=most_bytes)

    notices = Notices(voicemail, spool, site, for_mail, name_of)
    carrier = MailCarrier(lambda: server or mail_server(site()), {VOICEMAIL: notices})
    deliveries.serve({"mail": carrier}, {VOICEMAIL: voicemail.delivery_ended}, {VOICEMAIL: voicemail.delivery_tried})
    async with Transcribers(_models(site()), at_once=site().speech.at_once) as transcribers:
        work = MessageJobs(voicemail, database, spool, jobs, deliveries, site, clock, ear or transcribers, examine)
        runner = JobRunner(database, work.handlers(), clock, backoff=TRIED, lease_seconds=LEASE)
        # Apart, so that a mail server that hangs keeps nobody from being listened to.
        post = JobRunner(database, {DELIVER: deliveries.run}, clock, backoff=TRIED, lease_seconds=LEASE)

        async def forget() -> None:
            while await voicemail.forget_old():
                pass

        async with runner, post:
            watching = [
                asyncio.create_task(_again_and_again(deliveries.alarm, LOOK_FOR_ALARMS), name="mail alarms"),
                asyncio.create_task(_again_and_again(forget, LOOK_FOR_OLD), name="old messages"),
            ]
            try:
                yield Mailroom(voicemail, deliveries, jobs)
            finally:
                await asyncio.gather(runner.stop(STOP), post.stop(STOP))
                for task in watching:
                    task.cancel()
                await asyncio.gather(*watching, return_exceptions=True)


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


def _models(site: Site) -> Models:
    vosk, whisper = site.speech.vosk, site.speech.whisper
    return Models({language: Path(p) for language, p in vosk.items()}, {lang: Path(p) for lang, p in whisper.items()})


async def _again_and_again(work: Callable[[], Awaitable[object]], pause: float) -> None:
    """Do something from time to time; what fails is said and tried again."""
    while True:
        try:
            await work()
        except (LedgerError, OSError) as error:
            log.error("work on messages failed and is tried again", error=str(error))
        await asyncio.sleep(pause)
