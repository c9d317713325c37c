"""Preparing: an ordered document becomes the pages that are sent, cover sheet included."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from config.schema import Site
from fax import store, work
from fax.documents import aside
from fax.documents.errors import DocumentLost, NoRoom, NotSendable
from fax.documents.model import Cover, Prepared
from fax.ending import Ending
from fax.model import Fax, State, Step
from fax.paper import aside as paper
from fax.paper.errors import PaperError, PdfNotWritten
from fax.promises import files_of
from fax.service import FaxService
from fax.work import BETWEEN_TRIES, NO_ROOM, PREPARE, broke_down
from ledger.clock import Clock
from ledger.database import Database
from ledger.errors import SpoolFull
from ledger.job_runner import Handler
from ledger.jobs import Decision, Done, Job, JobRecord, Jobs, Retry
from ledger.log import Log
from ledger.spool import Spool, SpoolFile
from ledger.spool_register import SpoolRegister

SEND = work.SEND

_log = Log(__name__)


@dataclass(frozen=True)
class Preparing:
    """The handler that makes pages of documents."""

    service: FaxService
    db: Database
    spool: Spool
    jobs: Jobs
    site: Callable[[], Site]
    clock: Clock
    ending: Ending
    #: Processes at once that look at documents.
    looking: asyncio.Semaphore

    def handlers(self) -> dict[str, Handler]:
        """Return it by kind."""
        return {PREPARE: self.prepare}

    async def prepare(self, job: JobRecord) -> Decision:
        """Make the pages of an order, and queue them; a document that cannot be sent is told at once."""
        id_ = str(job.payload["fax"])
        fax = await self.service.find(id_)
        if fax is None or fax.state is not State.PREPARING:
            return await self._clear(id_)
        try:
            prepared, file = await self._pages(fax)
            pdf = await self._pdf(fax, file)
        except (NoRoom, PdfNotWritten, SpoolFull) as full:
            return Retry(NO_ROOM, str(full))
        except DocumentLost as lost:
            if await broke_down(self.db, self.clock, PREPARE, fax.id, lost.why):
                return Retry(BETWEEN_TRIES, lost.why)
            return await self._refuse(fax, "the document cannot be read: every program that tried it broke down")
        except NotSendable as refused:
            return await self._refuse(fax, refused.why)
        now = self.clock.now()
        async with self.db.writing() as session:
            values = {"file": file.name, "of": prepared.pages, "pdf": pdf.name if pdf is not None else ""}
            taken = await store.move(session, fax.id, (State.PREPARING,), State.WAITING, **values)
            if taken:
                register = SpoolRegister(self.db, self.spool)
                for made in (file, pdf):
                    if made is not None:
                        await register.record(session, made, now, fax.keep_until)
                detail = f"{prepared.pages} pages, {prepared.resolution.value}, {prepared.bytes} bytes"
                await store.add_step(session, fax.id, Step(now, "pages made", detail=detail))
                await self.jobs.add(session, Job(SEND, f"{SEND} {fax.id}", {"fax": fax.id}, run_at=fax.send_at))
        if not taken:
            return await self._clear(fax.id)
        await self.service.tell_of(fax.id)
        return Done()

    async def _pages(self, fax: Fax) -> tuple[Prepared, SpoolFile]:
        async with self.looking, self.spool.create(name=_name(fax.id, ".tif")) as writer:
            prepared = await aside.prepare(
                self.spool.path_of(fax.original), writer.path, resolution=fax.resolution, cover=self._cover(fax)
            )
        assert writer.stored is not None
        return prepared, writer.stored

    async def _pdf(self, fax: Fax, tiff: SpoolFile) -> SpoolFile | None:
        """Make the PDF that people look at; one that cannot be made keeps no fax back, but a full disk does."""
        try:
            async with self.looking, self.spool.create(name=_name(fax.id, ".pdf")) as writer:
                await paper.make_pdf(self.spool.path_of(tiff.name), writer.path)
        except PdfNotWritten:
            raise
        except PaperError as wrong:
            _log.warning("a fax that is sent has no PDF", fax=fax.id, why=wrong.why)
            return None
        return writer.stored

    async def _clear(self, id_: str) -> Decision:
        """Remove pages that were made for a fax which has no use for them: it was cancelled, or is gone."""
        fax = await self.service.find(id_)
        wanted = files_of(fax) if fax is not None else []
        for name in (_name(id_, ".tif"), _name(id_, ".pdf")):
            if name not in wanted:
                await self.spool.remove(name)
        return Done()

    def _cover(self, fax: Fax) -> Cover | None:
        if fax.cover is None:
            return None
        site = self.site()
        at = (fax.send_at or fax.at).astimezone(site.company.zone)
        return Cover(
            company=site.company.name,
            to=fax.cover.to or fax.name,
            number=fax.number,
            sender=fax.cover.sender,
            subject=fax.subject,
            date=f"{at.day} {at:%B %Y, %H:%M}",
            note=fax.cover.note,
            sender_number=fax.did,
        )

    async def _refuse(self, fax: Fax, why: str) -> Decision:
        async def ended(session: AsyncSession) -> None:
            if await store.move(session, fax.id, (State.PREPARING,), State.FAILED, why=why):
                await store.add_step(session, fax.id, Step(self.clock.now(), "cannot be sent", detail=why))
                await self.ending.end(session, fax.id)

        async with self.db.writing() as session:
            await ended(session)
        await self.service.tell_of(fax.id)
        return Done()


def _name(id_: str, suffix: str) -> str:
    return Spool.name_for(f"pages of {id_}", suffix)
