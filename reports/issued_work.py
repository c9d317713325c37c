"""The making of one issued report as a job: made, kept, and promised to its receivers, or put off, or failed.

Owns the order in which that happens, so that a report is made once and mailed once wherever we die in between.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

from ledger.clock import Clock
from ledger.database import Database
from ledger.deliveries import Deliveries
from ledger.errors import SpoolFull
from ledger.jobs import Decision, Done, JobRecord, Retry
from ledger.log import Log
from ledger.spool import Spool, SpoolFile
from ledger.spool_register import SpoolRegister
from ledger.storable import storable_json
from reports import issued_store as store
from reports.issued import KEPT, KIND, TOPIC, Issued, State, Step, Summary
from reports.issued_making import Maker, NotMade

#: A making that broke down is tried so often, after so long; without room on the disk for ever. Seconds.
TRIES, BETWEEN_TRIES, NO_ROOM = 5, 10.0, 60.0
#: Whether one was cancelled is looked at least so often, and its progress is written at most so often, seconds.
LOOK_ANYWAY, BETWEEN_NEWS = 2.0, 0.5
#: Letters of what lists and mails say of a report.
_MOST_SUMMARY = 64 * 1024
_log = Log(__name__)


@dataclass(frozen=True)
class Work:
    """Makes what was issued."""

    db: Database
    spool: Spool
    deliveries: Deliveries
    clock: Clock
    maker: Maker

    async def make(self, job: JobRecord) -> Decision:
        """Make one report, keep it, and promise it to its receivers, the last two in one transaction."""
        id_ = str(job.payload["report"])
        async with self.db.reading() as session:
            one = await store.find(session, id_)
        if one is None or one.state is not State.MAKING:
            return Done()
        try:
            made = await self._unless_cancelled(one)
        except (SpoolFull, OSError) as error:
            return await self._put_off(one, f"it cannot be stored ({type(error).__name__})", NO_ROOM)
        except NotMade as error:
            if not error.final and job.attempts < TRIES:
                return await self._put_off(one, error.why, BETWEEN_TRIES)
            await self._fail(one, error.why)
            return Done()
        if made is not None:
            await self._keep(id_, *made)
        return Done()

    async def _put_off(self, one: Issued, why: str, after: float) -> Retry:
        _log.warning("a report is not made yet", report=one.order.report, issued=one.id, why=why)
        begun_anew = {"step": Step.WAITING.value, "progress": 0.0}
        await self.change(one.id, why=why, **begun_anew)
        return Retry(after, why)

    async def _fail(self, one: Issued, why: str) -> None:
        _log.error(
            "a report could not be made", report=one.order.report, schedule=one.order.schedule, issued=one.id, why=why
        )
        await self.change(one.id, why=why, state=State.FAILED.value)

    async def change(self, id_: str, **values: object) -> None:
        """Change a report that is being made, and tell whoever waits for news."""
        async with self.db.writing() as session:
            await store.change(session, id_, [State.MAKING], **values)
            await self.db.wakeups.wake_after_commit(session, TOPIC)

    async def _unless_cancelled(self, one: Issued) -> tuple[Summary, SpoolFile, SpoolFile] | None:
        """Make the files of a report; None when it was cancelled meanwhile. Raises NotMade, SpoolFull, OSError."""
        making = asyncio.create_task(self._files(one), name="making of a report")
        looking = asyncio.create_task(self._cancelled(one.id), name="looking whether a report was cancelled")
        try:
            await asyncio.wait({making, looking}, return_when=asyncio.FIRST_COMPLETED)
            if making.done():
                return making.result()
            looking.result()  # raises what kept it from looking
            return None
        finally:
            for task in (making, looking):
                task.cancel()
            await asyncio.gather(making, looking, return_exceptions=True)

    async def _files(self, one: Issued) -> tuple[Summary, SpoolFile, SpoolFile]:
        news = _News(self, one.id)
        paper_name = Spool.name_for(f"issued report {one.id}", f".{one.order.form}")
        document_name = Spool.name_for(f"document of issued report {one.id}", ".gz")
        async with (
            self.spool.create(name=paper_name) as paper,
            self.spool.create(name=document_name) as document,
        ):
            summary = await self.maker.make(one.order, paper.path, document.path, news.tell)
        assert paper.stored is not None and document.stored is not None
        return summary, paper.stored, document.stored

    async def _cancelled(self, id_: str) -> None:
        with self.db.wakeups.listening(TOPIC) as woken:
            while True:
                woken.clear()
                async with self.db.reading() as session:
                    one = await store.find(session, id_)
                if one is None or one.state is not State.MAKING:
                    return
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_ANYWAY):
                        await woken.wait()

    async def _keep(self, id_: str, summary: Summary, paper: SpoolFile, document: SpoolFile) -> None:
        now = self.clock.now()
        register = SpoolRegister(self.db, self.spool)
        ready = {
            "state": State.READY.value, "step": Step.KEEPING.value, "progress": 1.0, "why": "", "made_at": now,
            "file": paper.name, "document": document.name, "keep_until": now + KEPT,
            "summary": storable_json(summary.plain(), _MOST_SUMMARY),
        }  # fmt: skip
        async with self.db.writing() as session:
            one = await store.find(session, id_, lock=True)
            kept = one is not None and await store.change(session, id_, [State.MAKING], **ready)
            if one is not None and kept:
                for file in (paper, document):
                    await register.record(session, file, now, now + KEPT)
                for address in one.order.to:
                    await self.deliveries.promise(session, kind=KIND, about=id_, channel="mail", receiver=address)
                await self.db.wakeups.wake_after_commit(session, TOPIC)
        if not kept:
            for file in (paper, document):
                await self.spool.remove(file.name)


class _News:
    """Writes down how far a report is, not more often than anybody looks."""

    def __init__(self, work: Work, id_: str) -> None:
        self._work, self._id = work, id_
        self._step, self._at = Step.WAITING, 0.0

    async def tell(self, step: Step, done: float) -> None:
        at = self._work.clock.monotonic()
        if step is not self._step or at - self._at >= BETWEEN_NEWS:
            self._step, self._at = step, at
            await self._work.change(self._id, step=step.value, progress=min(1.0, max(0.0, done)))
