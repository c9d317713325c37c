"""The mailroom: everything that works on messages after they were taken, put together.

Owns the order of starting and stopping of these parts, and the settings they get from the site.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from config.schema import Site
from ledger.clock import Clock
from ledger.database import Database
from ledger.deliveries import Deliveries
from ledger.job_runner import JobRunner
from ledger.jobs import Jobs
from ledger.spool import Spool
from server.postroom import LEASE, STOP, TRIED, Postroom, again_and_again, name_of
from voicemail.jobs import Ear, MessageJobs
from voicemail.notices import Notices
from voicemail.promises import KIND as VOICEMAIL
from voicemail.service import Voicemail
from voicemail.sound import aside
from voicemail.sound.model import Examined, MailSound, NotAttached
from voicemail.transcription.models import Models
from voicemail.transcription.workers import Transcribers

#: How often we look whether something may be forgotten, seconds.
LOOK_FOR_OLD = 3600.0
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
    post: Postroom,
    *,
    ear: Ear | None = None,
) -> AsyncIterator[Mailroom]:
    """Work on messages until the end of the block; an `ear` goes before what the site names.

    What is owed about them goes out once the post room is open.
    """
    jobs = Jobs(database, clock)
    deliveries = post.deliveries
    voicemail = Voicemail(database, spool, jobs, deliveries, site, clock)
    looking = asyncio.Semaphore(LOOKED_AT_ONCE)

    async def examine(path: Path) -> Examined:
        async with looking:
            return await aside.examine(path)

    async def for_mail(path: Path, most_bytes: int) -> MailSound | NotAttached:
        async with looking:
            return await aside.for_mail(path, most_bytes=most_bytes)

    post.composers[VOICEMAIL] = Notices(voicemail, spool, site, for_mail, name_of(database, site))
    post.hear(VOICEMAIL, voicemail.delivery_ended, voicemail.delivery_tried, voicemail.lock)
    async with Transcribers(_models(site()), at_once=site().speech.at_once) as transcribers:
        work = MessageJobs(voicemail, database, spool, jobs, deliveries, site, clock, ear or transcribers, examine)
        runner = JobRunner(database, work.handlers(), clock, backoff=TRIED, lease_seconds=LEASE)

        async def forget() -> None:
            while await voicemail.forget_old():
                pass

        async with runner, again_and_again(forget, LOOK_FOR_OLD, "old messages"):
            try:
                yield Mailroom(voicemail, deliveries, jobs)
            finally:
                await runner.stop(STOP)


def _models(site: Site) -> Models:
    vosk, whisper = site.speech.vosk, site.speech.whisper
    return Models({language: Path(p) for language, p in vosk.items()}, {lang: Path(p) for lang, p in whisper.items()})
