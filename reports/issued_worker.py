"""Owns the process that makes one report to be issued: it reads the database and writes the files it is told.

Run as `python -m reports.issued_worker`; issued_making.py is the other end. It says line by line how far it is.
Anything unforeseen ends the process.
"""

import asyncio
import errno
import json
import os
import pickle
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import reports.records
import reports.spans_projection
from ledger.database import Database
from ledger.errors import LedgerError
from ledger.journal_reads import JournalReads
from reports.asking import Ask, Facts
from reports.catalogue import NoReport, build
from reports.document import Document
from reports.forms.as_json import json_of
from reports.forms.csv_file import csv_file, ending_of
from reports.forms.named import file_name
from reports.forms.words import UNSURE, said
from reports.issued import SHARES, Said, Step, Summary
from reports.issued_document import NoDocument, pack
from reports.issued_making import LARGEST
from reports.selection import NoSelection
from reports.web.paper import HEAVY
from reports.web.paper_worker import made

_POLITENESS = 10  # calls on the same machine go first
#: Of address space, and seconds of the processor.
_MOST_MEMORY = 1 << 31
_MOST_SECONDS = 1800
_LONGEST_LINE = 1_000
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

#: The records of calls and of people's times follow the journal under these names.
READERS = (reports.records.Projection.reader, reports.spans_projection.Projection.reader)
#: How long they may be behind, and how often we look, seconds.
_CATCH_UP, _LOOK_AGAIN = 120.0, 0.2

Say = Callable[[dict[str, Any]], None]  # Any: JSON


class NotSettled(Exception):
    """The call records are still behind the journal."""


class Watched(Facts):
    """Facts that tell when they answer. How many answers a report takes nobody knows: each goes a part of the way."""

    def __init__(self, db: Database, journal: JournalReads, say: Say) -> None:
        super().__init__(db, journal)
        self._say, self._left = say, 1.0

    async def _told(self) -> None:
        self._left *= 0.8
        begin, finish = SHARES[Step.COUNTING], SHARES[Step.DRAWING]
        self._say({"step": Step.COUNTING.value, "done": finish - (finish - begin) * self._left})

    async def calls(self, *args: Any, **kwargs: Any) -> Any:  # the base class's own types
        await self._told()
        return await super().calls(*args, **kwargs)

    async def lines(self, *args: Any, **kwargs: Any) -> Any:
        await self._told()
        return await super().lines(*args, **kwargs)

    async def rows(self, *args: Any, **kwargs: Any) -> Any:
        await self._told()
        return await super().rows(*args, **kwargs)

    async def page(self, *args: Any, **kwargs: Any) -> Any:
        await self._told()
        return await super().page(*args, **kwargs)


def main() -> None:
    """Do the work of standard input, and answer on what was standard output."""
    # Libraries print as they like: that must not land between our lines.
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        os.nice(_POLITENESS)
        for what, most in ((resource.RLIMIT_AS, _MOST_MEMORY), (resource.RLIMIT_CPU, _MOST_SECONDS)):
            resource.setrlimit(what, (most, most))

        def say(line: dict[str, Any]) -> None:
            answers.write(json.dumps(line).encode() + b"\n")
            answers.flush()

        length = int(json.loads(sys.stdin.buffer.readline(_LONGEST_LINE))["length"])
        work = pickle.loads(sys.stdin.buffer.read(length))  # noqa: S301  our own parent wrote it
        say(outcome(work, say))


def outcome(work: dict[str, Any], say: Say) -> dict[str, Any]:
    """Make the report and write its files; return the last line to be said."""
    try:
        say({"step": Step.READING.value, "done": SHARES[Step.READING]})
        doc = asyncio.run(document(work["url"], work["report"], work["ask"], say))
        say({"step": Step.DRAWING.value, "done": SHARES[Step.DRAWING]})
        content = paper(doc, work["form"], work["pages"])
        if len(content) > LARGEST:
            return {"why": f"it has more than {LARGEST // 1_000_000} MB: ask for less time", "final": True}
        # Before anything is written: whose parent is dead finds that nobody listens, and leaves its files to the next.
        say({"step": Step.KEEPING.value, "done": SHARES[Step.KEEPING]})
        Path(work["paper"]).write_bytes(content)
        Path(work["document"]).write_bytes(pack(doc))
        return {"summary": summary(doc, work["form"]).plain()}
    except (NoReport, NoSelection, NoDocument) as error:
        return {"why": str(error), "final": True}
    except NotSettled:
        return {"why": "the call records are still being derived"}
    except LedgerError as error:
        return {"why": f"the database cannot be read: {type(error).__name__}"}
    except OSError as error:
        if error.errno not in _FULL:
            raise
        return {"full": error.errno}


async def document(url: str, report: str, ask: Ask, say: Say) -> Document:
    """Return the report. Raises NoReport, NoSelection, LedgerError."""
    async with await Database.open(url, migrate=False) as db:
        journal = JournalReads(db)
        await caught_up(journal)
        return await build(report, ask, Watched(db, journal, say))


async def caught_up(journal: JournalReads, seconds: float = _CATCH_UP) -> None:
    """Wait until the records are as far as the journal is now: after a start they may be behind. Raises NotSettled."""
    newest = await journal.newest_seq()
    for reader in READERS:
        try:
            async with asyncio.timeout(seconds):
                while await journal.position(reader) < newest:  # noqa: ASYNC110  another process moves it
                    await asyncio.sleep(_LOOK_AGAIN)
        except TimeoutError:
            raise NotSettled from None


def paper(doc: Document, form: str, pages: str) -> bytes:
    """Return the file of a report."""
    if form in HEAVY:
        return made(doc, form, pages)
    if form == "json":
        return json.dumps(json_of(doc), ensure_ascii=False, indent=1).encode()
    return csv_file(doc)


def summary(doc: Document, form: str) -> Summary:
    """Return what lists and mails say of a report."""
    return Summary(
        title=doc.title,
        company=doc.company,
        period=doc.period.title(),
        scope=doc.scope,
        name=file_name(doc, ending_of(doc, form)),
        head=tuple(
            Said(
                one.title,
                said(one.cell, one.unit, doc.period.zone) + (UNSURE if one.cell.unsure else ""),
                one.sub,
            )
            for one in doc.head
        ),
        warnings=doc.warnings,
        notes=doc.notes,
    )


if __name__ == "__main__":
    main()
