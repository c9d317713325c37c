"""A data folder in which one process of ours follows another, and the emergency attendant between them."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

from callrouter import archive
from callrouter.chronicle import Book, Chronicle
from callrouter.left_faxes import Word, no_word
from callrouter.messages import LeftMessage
from callrouter.recovery import Recovery
from callrouter.switchboard import Switchboard, call_id
from ivr.attendant import report as reports
from ivr.attendant.report import Report
from ledger.clock import ManualClock
from ledger.database import Database
from ledger.entry import Entry
from ledger.journal import Journal
from ledger.journal_reads import JournalReads
from ledger.spool import Spool
from tests.callrouter.fax_shelf import FaxShelf

UNIQUEID = "1795309200.42"
CALL = call_id(UNIQUEID)
AT = "2026-11-20T09:30:00+00:00"


class Died(BaseException):
    """The process is dead; nothing catches this."""


class Mortal:
    """A journal whose process dies after so many entries."""

    def __init__(self, journal: Journal, entries: int) -> None:
        self._journal = journal
        self._left = entries

    def append(self, entry: Entry) -> Awaitable[object]:
        if self._left == 0:
            raise Died
        self._left -= 1
        return self._journal.append(entry)


class NoChannels:
    """A switchboard on which every call is over."""

    channels: frozenset[str] = frozenset()

    def when_hung_up(self, uniqueid: str, then: Callable[[], None]) -> None:
        then()


class Shelf:
    """Keeps messages in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, LeftMessage] = {}

    async def keep(self, message: LeftMessage) -> str:
        name = Spool.name_for(f"{message.call} {message.path.name}", ".wav")
        self.kept[name] = message
        return name

    async def done(self, message: LeftMessage) -> None:
        message.path.unlink()


class House:
    """A data folder in which one process follows another."""

    def __init__(self, folder: Path, database: Database, journal: Journal) -> None:
        self.drop = folder / "drop"
        self.left = folder / "left"
        self.left.mkdir()
        self.database = database
        self.journal = journal
        self.shelf = Shelf()
        self.faxes = FaxShelf(self.drop)
        self._clock = ManualClock()

    def leave(self, report: Report, *sounds: str) -> None:
        """The attendant leaves a report, and messages."""
        written = reports.write(self.drop, report)
        for suffix in sounds:
            written.with_suffix(suffix).write_bytes(b"RIFF" + suffix.encode())
        for path in self.drop.iterdir():
            shutil.copy2(path, self.left / path.name)

    def put_back(self) -> None:
        """Undo the removal, as if we had died before it."""
        for path in self.left.iterdir():
            shutil.copy2(path, self.drop / path.name)

    async def process(
        self, dies_after: int | None = None, reads: JournalReads | None = None, word: Word = no_word
    ) -> Recovery:
        """Begin a process of ours, which knows what the journal knows."""
        book: Book = self.journal if dies_after is None else Mortal(self.journal, dies_after)
        chronicle = Chronicle(book)
        for call in await archive.unfinished_calls(self.journal, self._clock.now()):
            chronicle.restore(call)
        board = cast(Switchboard, NoChannels())
        reads = reads or self.journal
        return Recovery(chronicle, reads, board, self._clock, self.drop, self.shelf, "us", faxes=self.faxes, word=word)

    async def journaled(self) -> list[str]:
        await self.journal.drain(5.0)
        return [entry.kind for entry in await self.journal.read()]


@asynccontextmanager
async def open_house(folder: Path) -> AsyncIterator[House]:
    """Open the ledger that outlives the processes."""
    async with (
        await Database.open(folder / "switchroom.db") as database,
        await Journal.open(database, folder / "journal", group_seconds=0.001) as journal,
    ):
        yield House(folder, database, journal)
