"""Importing a file: piece by piece, each in one transaction, so that it can be cut off anywhere and gone on with.

Owns the course of an import and of its undoing. What lines mean is in the formats, what is written in `writing`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from ledger.clock import Clock, SystemClock
from ledger.database import Database
from reports import spans_store
from reports import store as records
from reports.imports import forgetting, store, writing
from reports.imports.formats import Options, format_of, options_from
from reports.imports.joining import Known, twin_of
from reports.imports.listing import Listing
from reports.imports.model import MOST_LINES, AgentMoment, Fault, Format, ImportRefused, Source
from reports.imports.pieces import Piece, Reading, Window, head_of, next_piece
from reports.imports.reading import Place, TextFile
from reports.imports.store import Contact, FileRow, SourceRow
from reports.rules import Definition
from reports.spans import Moment
from reports.spans_imported import imported_moment

#: Reasons that are counted by themselves; a file may hold any number of odd words.
_MOST_ASIDES = 50
#: Contacts without an end that are looked at in one transaction.
_PAGE = 500
#: Agents whose times are put together in one transaction.
_PEOPLE = 10
#: Faults of an import that are kept at hand; all are in the listing.
_SHOWN = 20

Show = Callable[[float, "Told"], None]


@dataclass
class Told:
    """What came of an import so far. `contacts` are those that this run had to do with."""

    lines: int = 0
    contacts: int = 0
    ours: int = 0
    moments: int = 0
    faults: int = 0
    first_faults: list[Fault] = field(default_factory=list)
    asides: Counter[str] = field(default_factory=Counter)
    first_at: datetime | None = None
    last_at: datetime | None = None
    #: Lines that were read before, by an import that was cut off or of a file that has grown since.
    known_lines: int = 0

    def add(self, piece: Piece) -> None:
        """Count a piece."""
        self.lines += piece.lines
        self.moments += sum(bool(moment.agent) for moment in piece.moments)
        self.faults += len(piece.faults)
        self.first_faults += piece.faults[: _SHOWN - len(self.first_faults)]
        for aside, count in piece.asides.items():
            known = aside in self.asides or len(self.asides) < _MOST_ASIDES
            self.asides[aside if known else "of other kinds"] += count
        self.first_at = min(filter(None, (self.first_at, piece.first_at)), default=None)
        self.last_at = max(filter(None, (self.last_at, piece.last_at)), default=None)

    def join(self, other: Told) -> None:
        """Count another import to this one."""
        self.lines += other.lines
        self.contacts += other.contacts
        self.ours += other.ours
        self.faults += other.faults
        self.first_faults = (self.first_faults + other.first_faults)[:_SHOWN]
        self.asides += other.asides


def _silent(done: float, told: Told) -> None:
    """Show nothing."""


class Importer:
    """Imports files into the call records, one at a time: two at once would only read the same lines twice."""

    def __init__(self, db: Database, definition: Definition, clock: Clock | None = None) -> None:
        self._db = db
        self._definition = definition
        self._clock = clock or SystemClock()

    async def take(
        self,
        path: Path,
        source: Source,
        options: Options,
        listing: Path,
        *,
        encoding: str = "utf-8",
        only: Sequence[Window] | None = None,
        resume: bool = True,
        show: Show = _silent,
    ) -> Told:
        """Import a file, from where it was read to before if it was; return what came of it.

        With `only`, just what happened in one of these times. Without `resume` it is read from its beginning.
        Cancelled or killed, it leaves every contact whole, and goes on when it is begun again. Raises ImportRefused,
        OSError, DatabaseError.
        """
        file = await asyncio.to_thread(TextFile, path)
        with file:
            format = format_of(source.kind, options)
            format.begin(await asyncio.to_thread(head_of, file, encoding))
            sources, place = await self._begin(file, source, options)
            place = place if resume else Place()
            run = _Run(file, source, format, sources, Told(known_lines=place.line))
            faults = await asyncio.to_thread(_listing, listing, place)
            try:
                await self._read(run, place, encoding, only, faults, show)
            except ImportRefused:  # what was read before the damage counts
                await self.finish(source.name)
                raise
        run.told.contacts += await self.finish(source.name, None if run.told.known_lines else run.people)
        return run.told

    async def _read(
        self, run: _Run, place: Place, encoding: str, only: Sequence[Window] | None, faults: Listing, show: Show
    ) -> None:
        lines = run.file.lines(place)
        reading = Reading(run.format, encoding)
        while True:
            piece = await asyncio.to_thread(next_piece, lines, place, reading, only)
            await asyncio.to_thread(faults.add, piece.faults)
            run.told.add(piece)
            place = piece.place
            if piece.lines:
                await self._write(run, piece)
            if piece.damage is not None:
                raise piece.damage
            if not piece.lines:
                return
            show(run.file.share, run.told)

    async def _begin(self, file: TextFile, source: Source, options: Options) -> tuple[dict[str, Known], Place]:
        async with self._db.writing() as session:
            before = await store.find_source(session, source.name)
            if before is not None and not options.agree_with(options_from(before.options), source.kind):
                raise ImportRefused(
                    f"{source.name} was imported with other options: use the same ones, name this Asterisk (--host), "
                    f"or forget the source first"
                )
            now = self._clock.now()
            first, last = (None, None) if before is None else (before.first_at, before.last_at)
            row = SourceRow(source.name, source.kind.value, source.host, options.as_json(), first, last, now)
            await store.put_source(session, row)
            known = await store.find_file(session, source.name, file.identity)
            sources = await writing.sources_of(session)
        if known is None or await asyncio.to_thread(file.mark, known.offset) != known.mark:
            return sources, Place()
        return sources, Place(known.offset, known.line)

    async def _write(self, run: _Run, piece: Piece) -> None:
        settled, new = await self._settled(run, piece)
        mark = await asyncio.to_thread(run.file.mark, piece.place.offset)
        row = FileRow(
            run.source.name, run.file.identity, run.file.path.name, piece.place.offset, piece.place.line, mark,
            self._clock.now(),
        )  # fmt: skip
        run.told.contacts += new
        run.told.ours += len(settled.ours)
        async with self._db.writing() as session:
            await writing.write(session, settled, run.sources, self._definition)
            await spans_store.put_imported(session, [_moment(moment, run.source.name) for moment in piece.moments])
            await store.put_file(session, row)
            await _widen(session, run.source.name, piece.first_at, piece.last_at)
        run.people.update(moment.agent for moment in piece.moments)
        await asyncio.sleep(0)

    async def _settled(self, run: _Run, piece: Piece) -> tuple[writing.Settled, int]:
        """Work out what the lines of a piece change, and how many contacts are new; what they repeat stays as it is."""
        twins = {twin_of(run.source.host, key) for key in piece.told}
        async with self._db.reading() as session:
            stored = {contact.contact: contact for contact in await store.list_twins(session, twins)}
        new: dict[str, Contact] = {}
        for key, lines in piece.told.items():
            name = run.source.contact(key)
            before = stored.get(name)
            known = before.lines if before else ()
            every = tuple(sorted((lines | Counter(known)).elements())[:MOST_LINES])
            if every != known and not forgetting.is_masked(known):
                new[name] = Contact(name, run.source.name, twin_of(run.source.host, key), "", False, every)
        changed = {contact.twin for contact in new.values()}
        settled = await writing.settle(self._db, new, run.sources, changed, at_end=False)
        over = {contact.contact for contact in stored.values() if contact.over}
        return settled, sum(record.call not in over for record in settled.records)

    async def finish(self, source: str, people: Collection[str] | None = None) -> int:
        """See to the contacts that had not ended when a file was read to its end, and to these agents' times.

        Return how many of the contacts are new. Without names it is everybody's times: after an import that was cut
        off nobody knows whose they were.
        """
        async with self._db.reading() as session:
            sources = await writing.sources_of(session)
        after, new = "", 0
        while True:
            async with self._db.reading() as session:
                page = await store.list_page(session, source, after, _PAGE, open_only=True)
            if not page:
                break
            after = page[-1].contact
            settled = await writing.settle(self._db, {}, sources, {contact.twin for contact in page}, at_end=True)
            async with self._db.writing() as session:
                new += len(settled.records) - len(await records.known(session, {r.call for r in settled.records}))
                await writing.write(session, settled, sources, self._definition)
        if people is not None and "" in people:  # the PBX began anew: that touches everybody
            people = None
        names = sorted(people or ())
        for begin in range(0, len(names), _PEOPLE):
            async with self._db.writing() as session:
                await spans_store.make_imported(session, names[begin : begin + _PEOPLE])
        if people is None:
            async with self._db.writing() as session:
                await spans_store.make_imported(session)
        return new


@dataclass(frozen=True)
class _Run:
    """One import under way."""

    file: TextFile
    source: Source
    format: Format
    sources: dict[str, Known]
    told: Told
    people: set[str] = field(default_factory=set)


def _listing(path: Path, place: Place) -> Listing:
    return Listing(path, go_on=place.line > 0)


def _moment(moment: AgentMoment, source: str) -> Moment:
    return imported_moment(moment.at, moment.agent, moment.state, moment.reason, moment.queue, source)


async def _widen(session: AsyncSession, source: str, first: datetime | None, last: datetime | None) -> None:
    row = await store.find_source(session, source)
    if row is not None and first is not None and last is not None:
        first = first if row.first_at is None else min(first, row.first_at)
        last = last if row.last_at is None else max(last, row.last_at)
        if (first, last) != (row.first_at, row.last_at):
            await store.put_source(session, SourceRow(**{**vars(row), "first_at": first, "last_at": last}))
