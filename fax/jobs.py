"""Background work on received faxes: making the PDF, promising it to its receivers, and reading what stands on it.

Every handler may run twice and does its work once. Paper that cannot be shown is delivered as it came: nothing is kept
back because we do not understand it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from config.schema import Site
from fax import store
from fax.model import Fax, State, Step, TextState
from fax.paper import aside
from fax.paper.errors import PaperError, PaperLost, PdfNotWritten
from fax.paper.model import NotInstalled, PdfMade
from fax.service import FaxService
from fax.work import BETWEEN_TRIES, NO_ROOM, PAPER, READ, broke_down
from ledger.clock import Clock
from ledger.database import Database
from ledger.errors import SpoolFull
from ledger.job_runner import Handler
from ledger.jobs import Decision, Done, Job, JobRecord, Jobs, Retry
from ledger.log import Log
from ledger.spool import Spool, SpoolFile
from ledger.spool_register import SpoolRegister

_log = Log(__name__)


@dataclass(frozen=True)
class FaxJobs:
    """The handlers for what came in."""

    service: FaxService
    db: Database
    spool: Spool
    jobs: Jobs
    site: Callable[[], Site]
    clock: Clock
    #: Processes at once that look at paper, but for those that read it.
    looking: asyncio.Semaphore

    def handlers(self) -> dict[str, Handler]:
        """Return by kind what people wait for."""
        return {PAPER: self.paper}

    def readers(self) -> dict[str, Handler]:
        """Return by kind what takes minutes and nobody waits for: for a runner of its own, one at once."""
        return {READ: self.read}

    async def paper(self, job: JobRecord) -> Decision:
        """Make the PDF of a fax, and promise it to the receivers of its box."""
        fax = await self.service.find(str(job.payload["fax"]))
        if fax is None:
            return await self._clear(str(job.payload["fax"]))
        if fax.pdf:
            return Done()
        try:
            made, file = await self._make_pdf(fax)
        except (PdfNotWritten, SpoolFull) as full:
            return Retry(NO_ROOM, str(full) or "no room on the disk")
        except PaperError as wrong:
            if isinstance(wrong, PaperLost) and await self._another(PAPER, fax, wrong):
                return Retry(BETWEEN_TRIES, wrong.why)
            _log.error("the paper of a fax cannot be shown; it is delivered as it came", fax=fax.id, why=wrong.why)
            return await self._promise(fax, None, {"why": f"its pages cannot be shown: {wrong.why}"})
        values: dict[str, Any] = {"pdf": file.name, "pages": made.pages, "of": max(made.pages, fax.of)}
        if made.partial and fax.state is State.RECEIVED:
            values |= {"state": State.PARTIAL.value, "why": "a page could not be read to its end"}
        return await self._promise(fax, file, values)

    async def read(self, job: JobRecord) -> Decision:
        """Read what stands on the pages, so that it can be searched."""
        fax = await self.service.find(str(job.payload["fax"]))
        if fax is None or fax.text_state is not TextState.WAITING:
            return Done()
        try:
            found = await aside.text(self.spool.path_of(fax.file), languages=self.site().fax.read)
        except PaperError as wrong:
            if isinstance(wrong, PaperLost) and await self._another(READ, fax, wrong):
                return Retry(BETWEEN_TRIES, wrong.why)
            state, text, said = TextState.FAILED, "", f"not read: {wrong.why}"
        else:
            if isinstance(found, NotInstalled):
                state, text, said = TextState.OFF, "", ""
            else:
                state, text = TextState.DONE, "\f".join(found.pages)
                said = "read" if found.complete else "read in part: time ran out"
        async with self.db.writing() as session:
            if await store.find(session, fax.id, lock=True) is None:
                return Done()
            await store.put_text(session, fax.id, state, text)
            if said:
                await store.add_step(session, fax.id, Step(self.clock.now(), said.partition(":")[0], detail=said))
        await self.service.tell_of(fax.id)
        return Done()

    async def _make_pdf(self, fax: Fax) -> tuple[PdfMade, SpoolFile]:
        async with self.looking, self.spool.create(name=_name(fax.id)) as writer:
            made = await aside.make_pdf(self.spool.path_of(fax.file), writer.path)
        assert writer.stored is not None
        return made, writer.stored

    async def _promise(self, fax: Fax, pdf: SpoolFile | None, values: dict[str, Any]) -> Decision:
        now = self.clock.now()
        async with self.db.writing() as session:
            current = await store.find(session, fax.id, lock=True)  # people may have moved or deleted it meanwhile
            if current is None or current.pdf or (pdf is None and current.text_state is TextState.FAILED):
                return Done() if current is not None else await self._clear(fax.id)
            if pdf is None:
                values["text_state"] = TextState.FAILED.value
            else:
                await SpoolRegister(self.db, self.spool).record(session, pdf, now, current.keep_until)
            await store.change(session, fax.id, **values)
            what = "pages made" if pdf is not None else "pages not made"
            detail = f"{values['pages']} pages, {pdf.size} bytes" if pdf is not None else str(values["why"])
            await store.add_step(session, fax.id, Step(now, what, detail=detail))
            if current.deleted_at is None:
                await self.service.promises.make(session, current)
            await self.service.promises.weigh(session, fax.id)
            if pdf is not None and current.text_state is TextState.WAITING:
                await self.jobs.add(session, Job(READ, f"{READ} {fax.id}", {"fax": fax.id}))
        await self.service.tell_of(fax.id)
        return Done()

    async def _clear(self, id_: str) -> Decision:
        """Remove what was made of a fax that is gone."""
        await self.spool.remove(_name(id_))
        return Done()

    async def _another(self, kind: str, fax: Fax, lost: PaperLost) -> bool:
        return await broke_down(self.db, self.clock, kind, fax.id, lost.why)


def _name(id_: str) -> str:
    return Spool.name_for(f"pages of {id_}", ".pdf")
