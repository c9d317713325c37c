"""The making of one issued report as a job: made, kept, and promised to its receivers, or put off, or failed.

Owns the order in which that happens, so that a report is made once and mailed once wherever we die in between.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

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
from reports.issued import FAILURE, KEPT, KIND, TOPIC, Issued, State, Step, Summary
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
    #: Who is told of a scheduled report that failed, besides those who were to get it.
    menders: Callable[[], Iterable[str]] = tuple

    async def make(self, job: JobRecord) -> Decision:
        """Make one report, keep it, and promise it to its receivers, the last two in one transaction."""
        id_ = str(job.payload["report"])
        async with self.db.reading() as session:
            one = await store.find(session, id_)
        if one is None or one.state is not State.MAKING:
            return Done()
        if job.failures >= TRIES:
            await self._fail(one, job, f"its making broke off {job.failures} times: the server's log may tell why")
            return Done()
        # From here on it reads: who is forgotten from now on makes it begin anew, see `issued_forgetting`.
        if not await self.change(id_, step=Step.READING.value):
            return Done()
        try:
            made = await self._unless_ended(one)
        except (SpoolFull, OSError) as error:
            return await self._put_off(one, f"it cannot be stored ({type(error).__name__})", NO_ROOM)
        except NotMade as error:
            if not error.final and job.attempts < TRIES:
                return await self._put_off(one, error.why, BETWEEN_TRIES)
            await self._fail(one, job, error.why)
            return Done()
        if made is not None and await self._keep(id_, *made):
            return Done()
        return await self._anew_unless_ended(id_)

    async def _anew_unless_ended(self, id_: str) -> Decision:
        async with self.db.reading() as session:
            one = await store.find(session, id_)
        if one is None or one.state is not State.MAKING:
            return Done()
        return Retry(0.0, "somebody was forgotten meanwhile")

    async def _put_off(self, one: Issued, why: str, after: float) -> Retry:
        _log.warning("a report is not made yet", report=one.order.report, issued=one.id, why=why)
        await self.change(one.id, why=why, step=Step.WAITING.value, progress=0.0)
        return Retry(after, why)

    async def _fail(self, one: Issued, job: JobRecord, why: str) -> None:
        """End it, and promise to tell of that, both in one transaction: once, wherever we die."""
        _log.error(
            "a report could not be made", report=one.order.report, schedule=one.order.schedule, issued=one.id, why=why
        )
        async with self.db.writing() as session:
            if await store.change(session, one.id, [State.MAKING], why=why, state=State.FAILED.value):
                for address in self._told_of_failure(one):
                    # Made again it may fail again, by another job, and that is told as well.
                    await self.deliveries.promise(
                        session, kind=FAILURE, about=one.id, channel="mail", receiver=address, again=job.key
                    )
                await self.db.wakeups.wake_after_commit(session, TOPIC)

    def _told_of_failure(self, one: Issued) -> list[str]:
        """Return the addresses of those who wait for a report; who ordered one by hand looks at its page."""
        return list(dict.fromkeys((*one.order.to, *self.menders()))) if one.order.schedule else []

    async def change(self, id_: str, *, begun: bool = False, **values: object) -> bool:
        """Change a report that is being made, and tell whoever waits for news; False if nobody makes it any more."""
        async with self.db.writing() as session:
            changed = await store.change(session, id_, [State.MAKING], begun=begun, **values)
            await self.db.wakeups.wake_after_commit(session, TOPIC)
        return changed

    async def _unless_ended(self, one: Issued) -> tuple[Summary, SpoolFile, SpoolFile] | None:
        """Make the files of a report; None when it was ended meanwhile. Raises NotMade, SpoolFull, OSError."""
        making = asyncio.create_task(self._files(one), name="making of a report")
        looking = asyncio.create_task(self._ended(one.id), name="looking whether a report was cancelled")
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
            summary = await self.maker.make(replace(one.order, issued=one.id), paper.path, document.path, news.tell)
        assert paper.stored is not None and document.stored is not None
        return summary, paper.stored, document.stored

    async def _ended(self, id_: str) -> None:
        """Wait until one was cancelled, or is to begin anew."""
        with self.db.wakeups.listening(TOPIC) as woken:
            while True:
                woken.clear()
                async with self.db.reading() as session:
                    one = await store.find(session, id_)
                if one is None or one.state is not State.MAKING or one.step is Step.WAITING:
                    return
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_ANYWAY):
                        await woken.wait()

    async def _keep(self, id_: str, summary: Summary, paper: SpoolFile, document: SpoolFile) -> bool:
        """Keep what was made; False when it was ended meanwhile, and its files are gone."""
        now = self.clock.now()
        register = SpoolRegister(self.db, self.spool)
        ready = {
            "state": State.READY.value, "step": Step.KEEPING.value, "progress": 1.0, "why": "", "made_at": now,
            "file": paper.name, "document": document.name, "keep_until": now + KEPT,
            "summary": storable_json(summary.plain(), _MOST_SUMMARY),
        }  # fmt: skip
        async with self.db.writing() as session:
            one = await store.find(session, id_, lock=True)
            kept = one is not None and await store.change(session, id_, [State.MAKING], begun=True, **ready)
            if one is not None and kept:
                for file in (paper, document):
                    await register.record(session, file, now, now + KEPT)
                for address in one.order.to:
                    await self.deliveries.promise(session, kind=KIND, about=id_, channel="mail", receiver=address)
                await self.db.wakeups.wake_after_commit(session, TOPIC)
        if not kept:
            for file in (paper, document):
                await self.spool.remove(file.name)
        return kept


class _News:
    """Writes down how far a report is, not more often than anybody looks."""

    def __init__(self, work: Work, id_: str) -> None:
        self._work, self._id = work, id_
        self._step, self._at = Step.WAITING, 0.0

    async def tell(self, step: Step, done: float) -> None:
        at = self._work.clock.monotonic()
        if step is not self._step or at - self._at >= BETWEEN_NEWS:
            self._step, self._at = step, at
            done = min(1.0, max(0.0, done))
            await self._work.change(self._id, begun=True, step=step.value, progress=done)
