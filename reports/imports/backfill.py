"""Back-fill: what our own Asterisk wrote down while we saw nothing, taken into the records of that time.

Owns which part of its file that is, and that the file keeps no more than a back-fill may need: it holds numbers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from ledger.clock import Clock, SystemClock
from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports.gap_reading import gaps_between
from reports.gaps import Gap
from reports.imports.formats import Options
from reports.imports.importing import Importer, Told
from reports.imports.model import Kind, Source
from reports.imports.pieces import Window
from reports.rules import Definition

log = structlog.get_logger(__name__)

SOURCE = Source(Kind.CEL)
#: No call is longer: the dialplan ends it (see pbx/templates/switchroom.conf). One that goes into a gap began no
#: earlier before it, and one that comes out of it ends no later.
LONGEST_CALL = timedelta(hours=4)
#: The file is put aside when it is so old, and so a back-fill always has the beginning of every call.
_OLD = LONGEST_CALL


def windows_of(found: Iterable[Gap], now: datetime) -> list[Window]:
    """Return the times of which calls may be incomplete, since they touch one of these gaps."""
    windows = []
    for gap in found:
        since, until = gap.since or gap.until or now, gap.until or now
        windows.append((since - LONGEST_CALL, until + LONGEST_CALL))
    return windows


class BackFill:
    """Fills the gaps of our journal from the file of channel events of our own Asterisk."""

    def __init__(
        self,
        db: Database,
        journal: JournalReads,
        definition: Callable[[], Definition],
        file: Path,
        clock: Clock | None = None,
        country: str = "",
    ) -> None:
        """`file` is where Asterisk writes its channel events; it need not be there.

        `definition` gives the thresholds of now, by which calls are summed up; `country` is that of numbers without
        one, as for calls that we see.
        """
        self._db = db
        self._journal = journal
        self._definition = definition
        self._file = file
        self._clock = clock or SystemClock()
        self._options = Options(country=country)

    async def look(self) -> None:
        """Fill what is to be filled, and keep the file short. Call it at the start, and every hour or so.

        And when a lost link is there again. Raises OSError, ImportRefused, DatabaseError; the next look does the rest.
        """
        told = await self.run()
        if told.contacts or told.ours:
            log.info("what happened while we saw nothing was filled in", calls=told.contacts, ours=told.ours)
        await self.put_aside()

    async def run(self) -> Told:
        """Take in what the file tells of the gaps that it reaches back to; twice is once.

        Raises OSError, ImportRefused, DatabaseError.
        """
        told = Told()
        for file in (self._before, self._file):
            if not await asyncio.to_thread(file.is_file):
                continue
            windows = await self._windows(await asyncio.to_thread(_oldest, file))
            if windows:
                told.join(await self._take(file, windows))
        return told

    async def put_aside(self) -> bool:
        """Keep the file from growing: begin a new one when it is old, and throw the one before away; say if so.

        Asterisk opens it for each line, so it may be renamed at any time.
        """
        return await asyncio.to_thread(_put_aside, self._file, self._before, self._clock.now() - _OLD)

    @property
    def _before(self) -> Path:
        return _before(self._file)

    async def _windows(self, oldest: datetime) -> list[Window]:
        now = self._clock.now()
        start = oldest - LONGEST_CALL
        return windows_of(await gaps_between(self._journal, start, now), now)

    async def _take(self, file: Path, windows: list[Window]) -> Told:
        importer = Importer(self._db, self._definition(), self._clock)
        return await importer.take(
            file, SOURCE, self._options, file.with_suffix(".not-understood.txt"), only=windows, resume=False
        )


async def throw_away(file: Path) -> None:
    """Remove the file: somebody is to be forgotten whose number may be in it. What it told is in the records."""
    for one in (_before(file), file):
        await asyncio.to_thread(one.unlink, missing_ok=True)


def _before(file: Path) -> Path:
    return file.with_suffix(".before")


def _oldest(file: Path) -> datetime:
    """Return when the file was begun, as far as its first lines say."""
    with file.open("rb") as opened:
        for raw in opened.readlines(4096):
            cells = raw.split(b",")
            try:
                return datetime.fromtimestamp(float(cells[1]), UTC)
            except (IndexError, ValueError, OverflowError):
                continue
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)


def _put_aside(file: Path, before: Path, limit: datetime) -> bool:
    if not file.is_file() or _oldest(file) > limit:
        return False
    file.replace(before)
    return True
