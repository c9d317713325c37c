"""Imports of customers, from a file that somebody brought to its end or back: the rules of what may happen when.

Work is a durable job, one at a time; reading and writing are processes of their own. SQL is in `importing_store`,
files in `importing_files`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import structlog

from crm_bridge import importing_aside
from crm_bridge import importing_store as store
from crm_bridge.exchange import aside
from crm_bridge.exchange.aside import Reader
from crm_bridge.exchange.errors import ExchangeError, FileChanged, NotReadable, ReaderLost
from crm_bridge.exchange.limits import Limits
from crm_bridge.exchange.plan import Wishes
from crm_bridge.exchange.rows import Preview
from crm_bridge.importing_bring import Bring, Interrupted
from crm_bridge.importing_details import Reading
from crm_bridge.importing_files import ImportFiles
from crm_bridge.importing_model import (
    CAN_BE_UNDONE,
    LIMITS,
    UNDER_WAY,
    Import,
    NoSuchImport,
    Rule,
    Shown,
    State,
    Told,
)
from crm_bridge.importing_preview import fates
from crm_bridge.importing_taking import Stopped
from crm_bridge.importing_undo import PASSES, Undoing
from crm_bridge.model import NotPossible
from crm_bridge.writing import Cabinet
from ledger.errors import LedgerError
from ledger.ids import new_id
from ledger.job_runner import Handler
from ledger.jobs import Decision, Done, Job, JobRecord, JobState, Retry

log = structlog.get_logger(__name__)

KIND, UNDO = "crm.import", "crm.import.undo"
#: A file that was brought and never begun is kept for so long, and what its refused rows said for so long.
KEEP_DRAFTS, KEEP_TOLD = timedelta(days=1), timedelta(days=30)
#: Files that wait for somebody to begin; more are refused.
MOST_DRAFTS = 20
#: A reader that dies so often dies of the file; and what broke down so often will again.
_TRIES, _MOST_FAILURES = 5, 20
#: Seconds until the next try.
_AGAIN = 15.0
_NO_WISHES = Wishes()


class Imports:
    """All imports of this house. `folder` is where their files lie."""

    def __init__(
        self,
        cabinet: Cabinet,
        folder: Path,
        limits: Limits = LIMITS,
        reader: Reader = aside,
        bring: Bring = importing_aside.bring,
    ) -> None:
        self._cabinet = cabinet
        self._reader = reader
        self._bring = bring
        self.files = ImportFiles(folder)
        self._limits = limits

    async def take(self, path: Path, file_name: str, by: str, wishes: Wishes = _NO_WISHES) -> Import:
        """Keep a file under a name of ours, and how it would be read; it moves, and is gone from `path`.

        Raises ExchangeError for what no customers are read from, NotPossible when too many files wait.
        """
        if len(await self._in(State.DRAFT)) >= MOST_DRAFTS:
            raise NotPossible("too many files wait to be begun: begin or discard some first")
        id_ = new_id()
        file = await self.files.keep(path, id_)
        try:
            preview = await self._look(file, wishes)
            now = self._cabinet.clock.now()
            name = file_name.replace("\0", " ").strip()[:200]
            one = Import(id_, by, now, name, preview.size, preview.plan.digest, file, preview.plan, wishes)
            async with self._cabinet.db.writing() as session:
                await store.add(session, one)
        except BaseException:
            await self.files.remove(file)
            raise
        return one

    async def show(self, id_: str, wishes: Wishes | None = None, rule: Rule | None = None) -> Shown:
        """Say what the first rows would become. Raises NoSuchImport, NotPossible, ExchangeError."""
        one = await self._draft(id_)
        preview = await self._look(one.file, one.wishes if wishes is None else wishes)
        settings = self._cabinet.settings()
        rule = rule or one.rule
        async with self._cabinet.db.reading() as session:
            seen = await fates(session, preview, Reading(settings, self._cabinet.country), rule)
        labels = {name: field.label or name for name, field in settings.fields.items()}
        return Shown(preview.plan, rule, seen, labels)

    async def begin(self, id_: str, wishes: Wishes, rule: Rule) -> Import:
        """Promise to take a file in as `show` showed it.

        Raises NoSuchImport, NotPossible when it began already, FileChanged and other ExchangeErrors.
        """
        draft = await self._draft(id_)
        preview = await self._look(draft.file, wishes)
        if preview.plan.digest != draft.digest:
            raise FileChanged("The file is another one than the one that was looked at: bring it again.")
        async with self._cabinet.db.writing() as session:
            one = await store.find(session, id_, lock=True)
            if one is None or one.state is not State.DRAFT:
                raise NotPossible("it has begun already")
            one = replace(one, plan=preview.plan, wishes=wishes, rule=rule, state=State.WAITING)
            await store.put(session, one)
            await self._cabinet.jobs.add(session, Job(KIND, f"{KIND} {id_}", {"import": id_}))
        return one

    async def cancel(self, id_: str) -> Import:
        """Stop an import after the rows that are being written; discard one that never began. Raises NoSuchImport."""
        async with self._cabinet.db.writing() as session:
            one = await store.find(session, id_, lock=True)
            if one is None:
                raise NoSuchImport(id_)
            if one.state is State.DRAFT:
                await store.remove(session, [id_])
            elif one.state in (State.WAITING, State.RUNNING):
                one = replace(one, state=State.CANCELLED, ended=self._cabinet.clock.now(), file="")
                await store.put(session, one)
            else:
                raise NotPossible("it is not under way")
        await self.files.remove(self.files.name_of(id_))
        return one

    async def undo(self, id_: str, by: str) -> Import:
        """Promise to take back what an import brought. Raises NoSuchImport, NotPossible."""
        async with self._cabinet.db.writing() as session:
            one = await store.find(session, id_, lock=True)
            if one is None:
                raise NoSuchImport(id_)
            if one.state not in CAN_BE_UNDONE:
                raise NotPossible("it cannot be undone now")
            began = self._cabinet.clock.now()
            one = replace(one, state=State.UNDOING, undone_by=by, began=began, ended=None, why="")
            await store.put(session, one)
            await self._cabinet.jobs.forget(session, [f"{UNDO} {id_}"])
            await self._cabinet.jobs.add(session, Job(UNDO, f"{UNDO} {id_}", {"import": id_}))
        return one

    async def get(self, id_: str) -> Import:
        """Return an import. Raises NoSuchImport."""
        async with self._cabinet.db.reading() as session:
            one = await store.find(session, id_)
        if one is None:
            raise NoSuchImport(id_)
        return one

    async def waits_for(self, one: Import) -> str:
        """Say what one that is under way waits for, such as a disk with room; '' where it does not wait."""
        kind = UNDO if one.state is State.UNDOING else KIND
        job = await self._cabinet.jobs.find(f"{kind} {one.id}")
        return job.last_error or "" if job is not None and job.state is JobState.WAITING else ""

    async def list_newest(self, limit: int = 50) -> list[Import]:
        """List imports that were begun, the newest first."""
        async with self._cabinet.db.reading() as session:
            return await store.list_newest(session, limit)

    async def told(self, id_: str, *, taken: bool = False, limit: int = 1_000, after: int = 0) -> list[Told]:
        """List rows that were refused or, with `taken`, came in without all that they said."""
        async with self._cabinet.db.reading() as session:
            return await store.list_told(session, id_, taken=taken, limit=limit, after=after)

    async def forget_old(self) -> int:
        """Remove drafts of yesterday, files of nobody, and what refused rows said a month ago; return how many."""
        now = self._cabinet.clock.now()
        async with self._cabinet.db.writing() as session:
            old = await store.list_drafts_before(session, now - KEEP_DRAFTS)
            await store.remove(session, [one.id for one in old])
            gone = await store.forget_told(session, now - KEEP_TOLD)
        known = {one.file for one in await self._in(State.DRAFT, State.WAITING, State.RUNNING)}
        return len(old) + gone + await self.files.remove_others(known, KEEP_DRAFTS.total_seconds())

    def handlers(self) -> Mapping[str, Handler]:
        """Return what does the jobs of imports; done again, each goes on where it was."""
        return {KIND: self._run, UNDO: self._take_back}

    async def _run(self, job: JobRecord) -> Decision:
        id_ = str(job.payload["import"])
        async with self._cabinet.db.writing() as session:
            one = await store.find(session, id_, lock=True)
            if one is None or one.state not in (State.WAITING, State.RUNNING) or one.plan is None:
                return Done()
            one = replace(one, state=State.RUNNING, began=one.began or self._cabinet.clock.now(), why="")
            await store.put(session, one)
        assert one.plan is not None
        if job.failures >= _MOST_FAILURES:
            return await self._end(id_, State.FAILED, "It broke down again and again; the server's log says more.")
        path = self.files.path_of(one.file)
        try:
            await self._bring(self._cabinet, one, path, self._limits)
        except Stopped:
            return Done()
        except ReaderLost as lost:
            if job.attempts < _TRIES:
                return Retry(_AGAIN, lost.why)
            return await self._end(id_, State.FAILED, f"The file could not be read to its end: {lost.why}.")
        except ExchangeError as error:
            return await self._end(id_, State.FAILED, error.why)
        except (LedgerError, TimeoutError, Interrupted) as error:
            return Retry(_AGAIN, str(error) or "the database is too slow")  # a full disk, too: it goes on after it
        return await self._end(id_, State.DONE)

    async def _take_back(self, job: JobRecord) -> Decision:
        id_ = str(job.payload["import"])
        async with self._cabinet.db.reading() as session:
            one = await store.find(session, id_)
        if one is None or one.state is not State.UNDOING:
            return Done()
        if one.plan is not None:
            undoing = Undoing(self._cabinet, one)
            for kind in PASSES:
                try:
                    while await undoing.some(kind):
                        pass
                except (LedgerError, TimeoutError) as error:
                    return Retry(_AGAIN, str(error) or "the database is too slow")
        return await self._end(id_, State.UNDONE)

    async def _end(self, id_: str, state: State, why: str = "") -> Decision:
        async with self._cabinet.db.writing() as session:
            one = await store.find(session, id_, lock=True)
            # One that was cancelled meanwhile, and whose undo was asked for, ends as that does.
            mine = {State.UNDOING} if state is State.UNDONE else UNDER_WAY - {State.UNDOING}
            if one is not None and one.state in mine:
                done = one.size if state is State.DONE else one.done
                ended = self._cabinet.clock.now()
                await store.put(session, replace(one, state=state, why=why, ended=ended, done=done, file=""))
        await self.files.remove(self.files.name_of(id_))
        log.info("an import ended", id=id_, state=state.value)
        return Done()

    async def _draft(self, id_: str) -> Import:
        one = await self.get(id_)
        if one.state is not State.DRAFT:
            raise NotPossible("it has begun already")
        return one

    async def _in(self, *states: State) -> list[Import]:
        async with self._cabinet.db.reading() as session:
            return await store.list_in(session, states)

    async def _look(self, file: str, wishes: Wishes) -> Preview:
        if not file:  # a person in it was forgotten
            raise NotReadable("The file is not here any more: bring it again.")
        settings = self._cabinet.settings()
        own = [*settings.fields, *(field.label for field in settings.fields.values() if field.label)]
        path = self.files.path_of(file)
        return await self._reader.look(path, self._cabinet.country, own=own, wishes=wishes, limits=self._limits)
