"""Ending: when a fax that we send has come to its end, the report is made and whoever waits is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from config.schema import Site
from fax import store
from fax.documents.errors import DocumentError
from fax.model import Attempt, Fax, Step
from fax.promises import REPORTED
from fax.service import FaxService
from fax.work import BETWEEN_TRIES, NO_ROOM, REPORT, broke_down
from ledger.clock import Clock
from ledger.database import Database
from ledger.errors import SpoolFull
from ledger.job_runner import Handler
from ledger.jobs import Decision, Done, JobRecord, Jobs, Retry
from ledger.log import Log
from ledger.spool import Spool
from ledger.spool_register import SpoolRegister

_log = Log(__name__)

#: Draws the transmission report as a PDF; raises DocumentError.
Draw = Callable[[Fax, Sequence[Attempt], Site], Awaitable[bytes]]


@dataclass(frozen=True)
class Ending:
    """Ends faxes, and has the handler of what is owed then."""

    service: FaxService
    db: Database
    spool: Spool
    jobs: Jobs
    site: Callable[[], Site]
    clock: Clock
    draw: Draw

    def handlers(self) -> dict[str, Handler]:
        """Return it by kind."""
        return {REPORT: self.report}

    async def end(self, session: AsyncSession, id_: str) -> None:
        """Note in the caller's transaction that nobody tries it any more; report and mails follow."""
        await self.service.promises.end(session, id_)

    async def report(self, job: JobRecord) -> Decision:
        """Make the transmission report, then promise it to whoever waits for it."""
        id_ = str(job.payload["fax"])
        name = Spool.name_for(f"report of {id_}", ".pdf")
        fax = await self.service.find(id_)
        if fax is None:
            await self.spool.remove(name)
            return Done()
        if fax.ended_at is None or fax.report:
            return Done()
        file, said = None, ""
        try:
            content = await self.draw(fax, await self.service.attempts(fax.id), self.site())
            async with self.spool.create(name=name) as writer:
                await writer.write(content)
            file = writer.stored
        except SpoolFull as full:
            return Retry(NO_ROOM, str(full))
        except DocumentError as lost:  # in the end people are told without it
            if await broke_down(self.db, self.clock, REPORT, fax.id, lost.why):
                return Retry(BETWEEN_TRIES, lost.why)
            _log.error("a transmission report cannot be drawn", fax=fax.id, why=lost.why)
            said = lost.why
        now = self.clock.now()
        async with self.db.writing() as session:
            current = await store.find(session, fax.id, lock=True)
            if current is not None:
                if file is not None:
                    await SpoolRegister(self.db, self.spool).record(session, file, now, current.keep_until)
                    await store.change(session, fax.id, report=file.name)
                what = REPORTED[0] if file is not None else REPORTED[1]
                await store.add_step(session, fax.id, Step(now, what, detail=said))
                if current.deleted_at is None:
                    await self.service.promises.confirm(session, current)
                await self.service.promises.weigh(session, fax.id)
        if current is None:
            await self.spool.remove(name)
        await self.service.tell_of(fax.id)
        return Done()
