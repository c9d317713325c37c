"""The privacy office: persons are given what is known of them, and are forgotten, in all parts of the house at once.

Owns which parts take part, and what is searched in the end. The rules are in `crm_bridge.erasing` and its neighbours.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from callrouter.caller_number import is_withheld
from callrouter.chronicle import Chronicle
from callrouter.forgetting import NUMBERED, contact_in, number_in
from config.schema import Site
from crm_bridge.erasing import EXPORT, KIND, Erasures, House
from crm_bridge.erasing_model import Erasure
from crm_bridge.importing_forgetting import ForgetImports
from crm_bridge.privacy_exports import Exports
from crm_bridge.store_privacy import of_others
from fax.forgetting import ForgetFaxes
from ledger.clock import Clock
from ledger.database import Database
from ledger.deliveries import Deliveries
from ledger.forgetting import entries_of, entries_with
from ledger.forgetting_disk import count_in_files, count_in_tables, empty_log, files_of, vacuum
from ledger.forgetting_words import Whom, is_pseudonym
from ledger.job_runner import JobRunner
from ledger.journal_reads import JournalReads
from ledger.spool import Spool
from pbx.render import layout
from reports.issued_forgetting import ForgetIssued
from server.customer_room import CustomerRoom
from server.postroom import LEASE, STOP, TRIED, again_and_again
from server.privacy_certificate import draw
from server.privacy_export import Everything
from server.privacy_steps import CopiesStep, DropsStep, FaxesStep, FiguresStep, JournalStep, MessagesStep
from voicemail.forgetting import ForgetMessages

#: How often we look whether the time of an export is over, seconds.
LOOK_FOR_OLD = 600.0
#: Erasing and exporting may take long where a person called very often, seconds.
LONGEST = 4 * 3600.0
#: Where words were still found, by the folder of the data they are in.
_PLACES = {"spool": "the spool", "drop": "the drop folder", "asterisk": "Asterisk's own files"}


@dataclass(frozen=True)
class Premises:
    """The parts of a server that take part."""

    site: Callable[[], Site]
    clock: Clock
    database: Database
    journal: JournalReads
    chronicle: Chronicle
    spool: Spool
    deliveries: Deliveries
    customers: CustomerRoom
    #: The data folder, and in it the one where callers' messages wait.
    data: Path
    drop: Path


@dataclass(frozen=True)
class PrivacyOffice:
    """What persons may ask for."""

    erasures: Erasures
    exports: Exports
    _db: Database
    _clock: Clock

    @classmethod
    def of(cls, at: Premises) -> PrivacyOffice:
        """Put it together; nothing runs yet."""
        db, room, country = at.database, at.customers, at.site().company.country
        messages = ForgetMessages(db, at.spool, at.deliveries)
        faxes = ForgetFaxes(db, at.spool, at.deliveries)
        reports = ForgetIssued(db, at.spool, at.deliveries)
        imports = ForgetImports(db, at.clock, at.data)
        search = _Search(db, at.data)

        async def wider(whom: Whom) -> Whom:
            return await widen(db, whom, [*await messages.naming(whom), *await faxes.naming(whom)])

        house = House(
            steps=(
                MessagesStep(messages),
                FaxesStep(faxes),
                DropsStep(at.drop, imports),
                JournalStep(db, at.journal, at.site, at.clock, at.data / "journal"),
                FiguresStep(db, at.journal, country, layout(at.data / "asterisk").channel_events, reports),
                CopiesStep(db, room.connectors, (at.data / "journal", at.data / "asterisk" / "log")),
            ),
            brought=imports,
            widen=wider,
            busy=lambda whom: on_the_line(at.chronicle, whom),
            search=search,
            draw=lambda erasure: draw(erasure, at.site()),
            spool=at.spool,
        )
        erasures = Erasures(room.cabinet, room.privacy, house)
        everything = Everything(
            at.site, at.clock, room.privacy, at.journal, messages, faxes, at.deliveries, at.spool,
            widen=wider,
        )  # fmt: skip
        return cls(erasures, Exports(room.cabinet, at.spool, everything.write), db, at.clock)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Do what was asked for until the end of the block, one person at a time."""
        runners = [
            JobRunner(
                self._db, {kind: handler}, self._clock, at_once=1, backoff=TRIED, lease_seconds=LEASE,
                handler_seconds=LONGEST,
            )
            for kind, handler in ((KIND, self.erasures.run), (EXPORT, self.exports.run))
        ]  # fmt: skip
        async with runners[0], runners[1], again_and_again(self.exports.forget_old, LOOK_FOR_OLD, "old exports"):
            try:
                yield
            finally:
                await asyncio.gather(*(runner.stop(STOP) for runner in runners))


async def widen(db: Database, whom: Whom, left: Sequence[tuple[str, str]]) -> Whom:
    """Add the calls that the journal tells of these numbers, and tell apart what is another's who had one before.

    `left` are the messages and faxes that name a number, and their calls.
    """
    contacts = {
        entry.call: contact_in(entry)
        async for entry in entries_with(db, list(NUMBERED), whom)
        if entry.call and whom.has_number(number_in(entry))
    }
    async with db.reading() as session:
        asked = {*contacts.values(), *(one for pair in left for one in pair if one)}
        theirs = await of_others(session, asked, whom.customers, whom.numbers)
    others = {call for call, contact in contacts.items() if contact in theirs} - set(whom.calls)
    calls = tuple(sorted({*whom.calls, *contacts} - others))
    borrowed = await _borrowed(db, whom, calls)
    kept = {id_ for id_, call in left if (id_ in theirs or call in theirs) and call not in whom.calls}
    return replace(
        whom,
        calls=calls,
        borrowed=tuple(dict.fromkeys([*whom.borrowed, *borrowed])),
        others=tuple(sorted(others)),
        others_left=tuple(sorted(kept - set(whom.left))),
    )


async def _borrowed(db: Database, whom: Whom, calls: Sequence[str]) -> list[str]:
    """List the numbers of others that these calls came from or went to: somebody said whose calls they are."""
    found = {number async for entry in entries_of(db, list(NUMBERED), calls) if (number := number_in(entry))}
    return sorted(n for n in found if not (is_withheld(n) or is_pseudonym(n) or whom.has_number(n)))


def on_the_line(chronicle: Chronicle, whom: Whom) -> str:
    """Say that the person is on the phone with us now, '' if that is not so."""
    theirs = frozenset(whom.calls)
    going_on = any(call.id in theirs or whom.has_number(call.ani) for call in chronicle.calls.values())
    return "this person is on the phone with us now: ask when the call has ended" if going_on else ""


@dataclass(frozen=True)
class _Search:
    """Looks for what is left, byte by byte in every file of the data folder, and cleans what nobody reads any more."""

    db: Database
    data: Path

    async def __call__(self, whom: Whom) -> Mapping[str, int]:
        """Return where it still stands; raises NotNow while the database's log cannot be emptied."""
        needles = whom.in_bytes()
        await empty_log(self.db)
        found = await self._found(needles)
        if any(path in found for path in files_of(self.db)):
            await vacuum(self.db)  # it lies in pages that are free, if nobody wrote it anew
            found = await self._found(needles)
        stays: dict[str, int] = {}
        for path, count in found.items():
            place = self._place(path)
            stays[place] = stays.get(place, 0) + count
        # What others wrote of this one, such as a note about somebody else, is theirs: an admin is told where it is.
        if "the database" in stays or not self.db.is_sqlite:
            texts = [*(number.removeprefix("+") for number in whom.numbers), *whom.mails, *whom.alone]
            tables = await count_in_tables(self.db, texts)
            stays.pop("the database", None)
            stays |= {f"the table {table}": count for table, count in tables.items()}
            if not tables and self.db.is_sqlite:
                stays["the database"] = sum(found.get(path, 0) for path in files_of(self.db))
        return stays

    async def _found(self, needles: tuple[bytes, ...]) -> dict[Path, int]:
        return await count_in_files([self.data, *(p for p in files_of(self.db) if self.data not in p.parents)], needles)

    def _place(self, path: Path) -> str:
        if path in files_of(self.db):
            return "the database"
        try:
            top = path.relative_to(self.data).parts[0]
        except ValueError:
            return "other files"
        return _PLACES.get(top, f"files in “{top}”")


__all__ = ["Erasure", "Premises", "PrivacyOffice"]
