"""Takes in many customers at once, some hundred in a transaction: for imports and for whoever has a list.

Owns that one bad row stops nobody else's. Reading files is somebody else's business.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass

from crm_bridge import rules, store
from crm_bridge import store_customers as kept
from crm_bridge.found_by import words_for
from crm_bridge.holding import absorb, named_in, why_not
from crm_bridge.model import CustomerFile, Details, NotValid
from crm_bridge.words import split
from crm_bridge.writing import Cabinet, Writing
from ledger.ids import new_id

ROWS = 1_000


@dataclass(frozen=True)
class Added:
    """A row that became a customer."""

    row: int
    customer: str


@dataclass(frozen=True)
class Refused:
    """A row that did not, and why."""

    row: int
    why: str


Taken = Added | Refused


@dataclass(frozen=True)
class Ready:
    """A row as it is kept, and what it is found by; the name of an organisation may be among the words or not."""

    details: Details
    words: str


async def add_many(cabinet: Cabinet, rows: Iterable[Details], by: str) -> AsyncIterator[list[Taken]]:
    """Add customers, and tell after each thousand what became of each row, counted from 0; what was told is on disk."""
    begin = 0
    pieces = store.some_at_once(rows, ROWS)
    reading = _begin_to_read(cabinet, pieces)
    try:
        while read := await reading:
            reading = _begin_to_read(cabinet, pieces)  # while this thousand is written
            yield await _add_some(cabinet, read, by, begin)
            begin += len(read)
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def write_new(now: Writing, new: Sequence[tuple[CustomerFile, str]]) -> None:
    """Write new files, each with the words that it is found by, in a transaction that is open.

    What passed with their numbers while those were nobody's is theirs. An organisation stands before its people.
    """
    await kept.insert(now.session, [file for file, _ in new])
    await store.put_words(now.session, {file.id: words for file, words in new})
    for file, _ in new:
        # From nothing to what is there: the file says it, and later steps what it was.
        now.changed(file.id, "imported", data={"version": 1})
    await absorb(now, {phone.number: file.id for file, _ in new for phone in file.details.phones})


def _begin_to_read(cabinet: Cabinet, pieces: Iterator[list[Details]]) -> asyncio.Task[list[Ready | str]]:
    # Reading a thousand numbers takes a tenth of a second: not here, where callers wait.
    return asyncio.create_task(asyncio.to_thread(_read, cabinet, pieces), name="reading customers")


async def _add_some(cabinet: Cabinet, read: Sequence[Ready | str], by: str, begin: int) -> list[Taken]:
    taken: list[Taken] = []
    files: list[tuple[CustomerFile, Ready]] = []
    named = {id_ for ready in read if isinstance(ready, Ready) for id_ in named_in(ready.details)}
    async with cabinet.writing(by) as now:
        there = await kept.kinds_of(now.session, named)
        for row, ready in enumerate(read, begin):
            why = ready if isinstance(ready, str) else why_not("", ready.details, there)
            if isinstance(ready, str) or why:
                taken.append(Refused(row, why))
                continue
            file = CustomerFile(new_id(), now.at, ready.details, 1, now.at)
            files.append((file, ready))
            taken.append(Added(row, file.id))
        companies = await kept.names_of(
            now.session, {f.details.organisation for f, _ in files if f.details.organisation}
        )
        await write_new(now, [(file, _found_by(file, ready, companies)) for file, ready in files])
    return taken


def _found_by(file: CustomerFile, ready: Ready, companies: dict[str, str]) -> str:
    return " ".join([ready.words, *split(companies.get(file.details.organisation or "", ""))])


def _read(cabinet: Cabinet, pieces: Iterator[list[Details]]) -> list[Ready | str]:
    """Return each row of the next piece as it is kept, or why it cannot be; nothing at the end."""
    settings = cabinet.settings()
    read: list[Ready | str] = []
    for row in next(pieces, []):
        try:
            details = rules.details(row, settings, cabinet.country)
            if not (details.name or details.phones or details.mails or details.handles):
                raise NotValid("neither a name nor a number, mail address or handle")
            read.append(Ready(details, words_for(details, "")))
        except NotValid as error:
            read.append(str(error))
    return read
