"""Exports of all that is known of a person: asked for, made in the background, kept for a day.

Owns how long and how far each is. What goes into the file is said by whoever puts the parts together.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from crm_bridge import erasing_store as store
from crm_bridge.erasing import EXPORT, name_of
from crm_bridge.erasing_model import Export, NoSuchExport
from crm_bridge.model import NoSuchCustomer
from crm_bridge.store_customers import find as find_customer
from crm_bridge.writing import Cabinet
from ledger.forgetting import forget_files
from ledger.ids import new_id
from ledger.jobs import Decision, Done, Job, JobRecord
from ledger.log import Log
from ledger.spool import Spool
from ledger.spool_register import SpoolRegister

#: So long the file is kept, and so long it is known who asked for it.
KEPT, KNOWN = timedelta(hours=24), timedelta(days=365)
_log = Log(__name__)

#: Is told what is being written, how many parts are done, and of how many.
Progress = Callable[[str, int, int], Awaitable[None]]
#: Writes all that is known of a customer into a file. Raises NoSuchCustomer, LedgerError, OSError.
Write = Callable[[str, Path, Progress], Awaitable[None]]


class Exports:
    """What persons may ask to be given."""

    def __init__(self, cabinet: Cabinet, spool: Spool, write: Write) -> None:
        self._cabinet = cabinet
        self._spool = spool
        self._write = write
        self._register = SpoolRegister(cabinet.db, spool)

    async def ask(self, customer: str, by: str) -> Export:
        """Have everything about a customer gathered; one that is being made already is returned.

        Who was merged into another is that one: nothing is known of half a person. Raises NoSuchCustomer.
        """
        async with self._cabinet.db.writing() as session:
            while (file := await find_customer(session, customer, lock=True)) is not None and file.merged_into:
                customer = file.merged_into
            if file is None:
                raise NoSuchCustomer(customer)
            for known in await store.list_exports(session, customer, 10):
                if known.ended_at is None:
                    return known
            export = Export(new_id(), customer, by, self._cabinet.clock.now(), doing="waiting for its turn")
            await store.add_export(session, export)
            await self._cabinet.jobs.add(session, Job(EXPORT, f"{EXPORT} {export.id}", {"export": export.id}))
        _log.info("everything about a person is gathered", export=export.id, by=by)
        return export

    async def get(self, id_: str) -> Export:
        """Return an export; raises NoSuchExport."""
        async with self._cabinet.db.reading() as session:
            export = await store.find_export(session, id_)
        if export is None:
            raise NoSuchExport(id_)
        return export

    async def list_newest(self, customer: str | None = None, limit: int = 100) -> list[Export]:
        """List exports, of one customer or of all, the newest first."""
        async with self._cabinet.db.reading() as session:
            return await store.list_exports(session, customer, limit)

    def taken(self, export: Export, by: str) -> None:
        """Say in the log that somebody takes a file away."""
        _log.info("an export of a person is taken away", export=export.id, by=by)

    async def run(self, job: JobRecord) -> Decision:
        """Write the file: the handler of its job. One that was begun before is begun anew."""
        id_ = str(job.payload["export"])
        try:
            export = await self.get(id_)
        except NoSuchExport:  # the person was forgotten meanwhile
            return Done()
        if export.ended_at is not None:
            return Done()

        async def progress(doing: str, done: int, of: int) -> None:
            async with self._cabinet.db.writing() as session:
                await store.change_export(session, id_, doing=doing[:40], done=done, of=of)

        name = name_of(id_)
        try:
            async with self._spool.create(".zip", name=name) as writer:
                await self._write(export.customer, writer.path, progress)
        except NoSuchCustomer:
            async with self._cabinet.db.writing() as session:
                why = "there is no such customer any more"
                await store.change_export(session, id_, ended_at=self._cabinet.clock.now(), why=why, doing="")
            return Done()
        file = writer.stored
        assert file is not None
        now = self._cabinet.clock.now()
        async with self._cabinet.db.writing() as session:
            still = await store.find_export(session, id_) is not None
            if still:
                await self._register.record(session, file, now, now + KEPT)
                await self._register.settle(session, file.name, now)
                ended = {"ended_at": now, "until": now + KEPT, "file": file.name, "size": file.size, "doing": ""}
                await store.change_export(session, id_, **ended)
        if not still:  # the person was forgotten while we wrote
            await self._spool.remove(file.name)
        return Done()

    async def forget_old(self) -> int:
        """Remove files whose time is over; return how many."""
        now = self._cabinet.clock.now()
        async with self._cabinet.db.reading() as session:
            every = await store.list_exports(session, None, 10_000)
        old = [export.file for export in every if export.file and export.until is not None and export.until < now]
        for file in old:
            await self._spool.remove(file)
        async with self._cabinet.db.writing() as session:
            await forget_files(session, old)
            await store.forget_exports(session, now, now - KNOWN)
        return len(old)
