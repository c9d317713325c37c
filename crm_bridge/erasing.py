"""Forgetting a person in every part of the house, as a job that any death of the process only interrupts.

Owns the order and that each step is written down when it is done; every step may be done twice. What the steps do, and
what there is besides customers, is said by whoever puts them together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge import erasing_store as store
from crm_bridge.erasing_model import Erasure, NoSuchErasure, Preview
from crm_bridge.model import CustomerFile, NoSuchCustomer, NotPossible, NotValid
from crm_bridge.privacy import Erased, Privacy
from crm_bridge.store_customers import find as find_customer
from crm_bridge.writing import Cabinet
from ledger.database import Database
from ledger.errors import LedgerError
from ledger.forgetting import NotNow, Tally, forget_files, forget_for_good, require_idle
from ledger.forgetting_disk import empty_log
from ledger.forgetting_words import Whom, new_pseudonym
from ledger.ids import new_id
from ledger.jobs import Decision, Done, Job, JobRecord, Retry
from ledger.log import Log
from ledger.spool import Spool
from ledger.spool_register import SpoolRegister

KIND, EXPORT = "privacy.erase", "privacy.export"
#: Until what is in the way may be over, seconds.
WAIT = 5.0
#: A certificate is never settled, so it stays whatever this says.
_KEPT = timedelta(days=36_500)
#: Steps of our own: the customer's file, the calls that the journal knows besides, what is still found in the end.
CUSTOMER, CALLS, SEARCHED = "customer", "calls", "searched"
_log = Log(__name__)


class StepTally(Tally, Protocol):
    """Counts what went in one step, so that a step that is done again counts nothing twice and forgets nothing."""

    def stays(self, what: str, count: int) -> None:
        """Count what is there afterwards too: it is written down with the end of the step."""

    async def removing(self, what: str, count: int) -> None:
        """Write down how many files, or places in files, are about to go; the most that was ever said counts."""


class Step(Protocol):
    """One part of the house that forgets."""

    @property
    def name(self) -> str:
        """Return its name, which stays the same for ever: erasures that go on know it."""

    async def count(self, whom: Whom) -> Mapping[str, int]:
        """Count what would go, by kind."""

    async def forget(self, whom: Whom, tally: StepTally) -> None:
        """Forget; twice is once. Raises NotNow, LedgerError, OSError."""


class Brought(Protocol):
    """Customers who are brought in from files, while somebody is forgotten too."""

    async def make_way(self, whom: Whom, tally: StepTally) -> None:
        """See to it that no file brings the person in again. Raises NotNow while one may."""

    async def require_none(self, session: AsyncSession) -> None:
        """Raise NotNow while somebody is brought in."""

    async def list_come(self, session: AsyncSession, whom: Whom, since: datetime) -> list[str]:
        """List whom files have brought since a time who are reached as this person is."""


@dataclass(frozen=True)
class House:
    """All but the customers' own tables.

    `brought` sees to it that what is promised to be brought in does not undo all this. `widen` adds the calls that the
    journal knows of these numbers, `busy` says who is on the line ('' for nobody), `search` tells where words of theirs
    still stand, by place, and `draw` makes the certificate.
    """

    steps: Sequence[Step]
    brought: Brought
    widen: Callable[[Whom], Awaitable[Whom]]
    busy: Callable[[Whom], str]
    search: Callable[[Whom], Awaitable[Mapping[str, int]]]
    draw: Callable[[Erasure], bytes]
    spool: Spool


class Erasures:
    """Persons who are forgotten, for admins."""

    def __init__(self, cabinet: Cabinet, privacy: Privacy, house: House) -> None:
        self._cabinet = cabinet
        self._privacy = privacy
        self._house = house
        self._register = SpoolRegister(cabinet.db, house.spool)

    async def preview(self, customer: str) -> Preview:
        """Return what would go; changes nothing. Raises NoSuchCustomer."""
        gone = await self._privacy.look_over(customer)
        whom = await self._house.widen(gone.whom)
        counts = dict(gone.counts)
        for step in self._house.steps:
            for what, count in (await step.count(whom)).items():
                counts[what] = counts.get(what, 0) + count
        async with self._cabinet.db.reading() as session:
            file = await find_customer(session, customer)
        if file is None:
            raise NoSuchCustomer(customer)
        shared = len(gone.numbers) - len(whom.numbers) + len(gone.mails) - len(whom.mails)
        why_not = self._house.busy(whom)
        if file.merged_into is not None:
            why_not = "this customer was merged into another, who is the one to forget"
        return Preview(customer, name_to_type(file), counts, shared, why_not)

    async def ask(self, customer: str, typed: str, by: str) -> Erasure:
        """Have a person forgotten, by whoever has typed the name; asked twice, it is done once.

        Raises NoSuchCustomer, NotPossible while the person is on the line, NotValid for another name.
        """
        preview = await self.preview(customer)
        if _plain(typed) != _plain(preview.name):
            raise NotValid("this is not the name: type it as it stands there")
        if preview.why_not:
            raise NotPossible(preview.why_not)
        async with self._cabinet.db.writing() as session:
            if (known := await store.find_open(session, customer)) is not None:
                return known
            id_ = new_id()
            erasure = Erasure(id_, new_pseudonym(), by, self._cabinet.clock.now(), customer)
            await store.add(session, erasure)
            await self._cabinet.jobs.add(session, Job(KIND, f"{KIND} {id_}", {"erasure": id_}))
        _log.info("a person is to be forgotten", erasure=id_, by=by)
        return erasure

    async def get(self, id_: str) -> Erasure:
        """Return an erasure; raises NoSuchErasure."""
        async with self._cabinet.db.reading() as session:
            found = await store.find(session, id_)
        if found is None:
            raise NoSuchErasure(id_)
        return found

    async def find_open(self, customer: str) -> Erasure | None:
        """Return the erasure of a customer that goes on, or None."""
        async with self._cabinet.db.reading() as session:
            return await store.find_open(session, customer)

    async def list_newest(self, limit: int = 200) -> list[Erasure]:
        """List erasures, the newest first."""
        async with self._cabinet.db.reading() as session:
            return await store.list_newest(session, limit)

    async def run(self, job: JobRecord) -> Decision:
        """Go on with an erasure where it was: the handler of its job."""
        id_ = str(job.payload["erasure"])
        try:
            erasure = await self.get(id_)
            if erasure.ended_at is None:
                await self._go_on(erasure)
            await empty_log(self._cabinet.db)
        except NoSuchErasure:
            return Done()
        except NotNow as wait:
            await self._waits(id_, str(wait))
            return Retry(WAIT, str(wait))
        except (LedgerError, OSError):
            with suppress(LedgerError):
                await self._waits(id_, "something failed here, and is tried again")
            raise
        return Done()

    async def _waits(self, id_: str, why: str) -> None:
        async with self._cabinet.db.writing() as session:
            await store.change(session, id_, waits=why)

    async def _go_on(self, erasure: Erasure) -> None:
        id_, house = erasure.id, self._house
        if not erasure.step:
            try:
                await self._forget_customer(erasure)
            except NoSuchCustomer:
                await self._end(id_, "")
                _log.warning("there was nobody to be forgotten", erasure=id_)
                return
            erasure = await self.get(id_)
        done = [CUSTOMER, CALLS, *(step.name for step in house.steps), SEARCHED]
        left = done[done.index(erasure.step) + 1 :]
        async with self._cabinet.db.reading() as session:
            whom = await store.whom_of(session, id_)
        if CALLS in left:
            whom = await house.widen(whom)
            async with self._cabinet.db.writing() as session:
                await store.put_whom(session, id_, whom)
                await store.change(session, id_, step=CALLS, waits="")
        for step in house.steps:
            if step.name in left:
                self._require_nobody_on_the_line(whom)
                tally = _Tally(self._cabinet.db, id_)
                await step.forget(whom, tally)
                await self._reached(id_, step.name, tally.after)
        if SEARCHED in left:
            await self._forget_who_came(erasure, whom)
            stays = await house.search(whom)
            async with self._cabinet.db.writing() as session:
                await store.change(session, id_, step=SEARCHED, waits="", stays=dict(stays))
        await self._certify(id_)

    async def _forget_who_came(self, erasure: Erasure, whom: Whom) -> None:
        """Forget whom a file has brought in meanwhile; then all begins anew, for whatever came along. Raises NotNow."""
        async with self._cabinet.db.reading() as session:
            came = await self._house.brought.list_come(session, whom, erasure.asked_at)
        for customer in came:
            with suppress(NoSuchCustomer):
                await self._forget_customer(replace(erasure, customer=customer), whom)
        if came:
            raise NotNow("somebody brought this person in again meanwhile")

    async def _forget_customer(self, erasure: Erasure, besides: Whom | None = None) -> None:
        """Forget the customer's file, and write down for the other steps whom it was about, in one transaction."""
        gone = await self._privacy.look_over(erasure.customer)
        self._require_nobody_on_the_line(await self._house.widen(gone.whom))
        await self._house.brought.make_way(gone.whom, _Tally(self._cabinet.db, erasure.id))
        async with self._cabinet.db.reading() as session:
            everything = replace(gone.whom, numbers=gone.numbers, mails=gone.mails)
            along = await self._house.brought.list_come(session, everything, erasure.asked_at)
        if along:
            gone = await self._privacy.look_over(erasure.customer, along)
        files: list[str] = []
        unfinished: list[str] = []
        async with self._cabinet.db.reading() as session:
            for customer in gone.whom.customers:
                theirs = await store.list_exports(session, customer, 10_000)
                await require_idle(session, [f"{EXPORT} {export.id}" for export in theirs], {})
                files += [export.file for export in theirs if export.file]
                unfinished += [name_of(export.id) for export in theirs]
        for file in files:
            await self._house.spool.remove(file)
        for file in unfinished:
            await self._house.spool.remove_unfinished(file)

        async def also(session: AsyncSession, now_gone: Erased) -> None:
            await self._house.brought.require_none(session)
            await store.remove_exports(session, now_gone.whom.customers)
            await forget_files(session, files)
            whom = now_gone.whom if besides is None else besides.along_with(now_gone.whom)
            await store.put_whom(session, erasure.id, whom)
            await store.change(session, erasure.id, step=CUSTOMER, waits="")
            for what, count in {**now_gone.counts, "exports": len(files)}.items():
                await store.add_count(session, erasure.id, what, count)

        await self._privacy.erase(
            erasure.customer, erasure.by, pseudonym=erasure.pseudonym, also=also, along=along
        )  # fmt: skip

    def _require_nobody_on_the_line(self, whom: Whom) -> None:
        if why := self._house.busy(whom):
            raise NotNow(why)

    async def _reached(self, id_: str, step: str, counts: Mapping[str, int]) -> None:
        async with self._cabinet.db.writing() as session:
            for what, count in counts.items():
                await store.add_count(session, id_, what, count)
            await store.change(session, id_, step=step, waits="")

    async def _certify(self, id_: str) -> None:
        """Draw the certificate and end the erasure: from now on nothing of it names the person."""
        ended = replace(await self.get(id_), ended_at=self._cabinet.clock.now())
        drawn = await asyncio.to_thread(self._house.draw, ended)
        name = Spool.name_for(f"certificate {id_}", ".pdf")
        async with self._house.spool.create(".pdf", name=name) as writer:
            await writer.write(drawn)
        assert writer.stored is not None
        now = self._cabinet.clock.now()
        async with self._cabinet.db.writing() as session:
            await self._register.record(session, writer.stored, now, now + _KEPT)
            await self._end_in(session, id_, name)
        _log.info("a person is forgotten", erasure=id_, left=sum(ended.stays.values()))

    async def _end(self, id_: str, certificate: str) -> None:
        async with self._cabinet.db.writing() as session:
            await self._end_in(session, id_, certificate)

    async def _end_in(self, session: AsyncSession, id_: str, certificate: str) -> None:
        await forget_for_good(session)
        now = self._cabinet.clock.now()
        await store.change(session, id_, customer="", whom="", waits="", ended_at=now, certificate=certificate)


@dataclass(frozen=True)
class _Tally:
    """Counts into the row of an erasure; `after` is what is written down with the end of the step."""

    db: Database
    erasure: str
    after: dict[str, int] = field(default_factory=dict)

    async def add(self, session: AsyncSession, what: str, count: int) -> None:
        await store.add_count(session, self.erasure, what, count)

    def stays(self, what: str, count: int) -> None:
        self.after[what] = self.after.get(what, 0) + count

    async def removing(self, what: str, count: int) -> None:
        async with self.db.writing() as session:
            await store.raise_count(session, self.erasure, what, count)


def name_to_type(file: CustomerFile) -> str:
    """Return what somebody types to say that this one is meant: the name, else the number, else the id."""
    details = file.details
    return details.name or next((phone.number for phone in details.phones), file.id)


def name_of(export: str) -> str:
    """Return what the file of an export is called in the spool."""
    return Spool.name_for(f"export {export}", ".zip")


def _plain(text: str) -> str:
    return " ".join(text.split())
