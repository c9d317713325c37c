"""The calls behind a figure, or those of a narrowed list: how many, and page by page. Knows no wording."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ledger.web.visit import Refusal
from reports import counting
from reports import tables as t
from reports.asking import Ask, Facts
from reports.model import CallRecord
from reports.selection import LONGEST, Selection
from reports.web import call_list_store as store
from reports.web.call_file_store import Row, each_batch, each_batch_behind
from reports.web.call_list_store import Narrowed
from reports.web.call_rows import Place

Found = list[tuple[Place, CallRecord]]
#: What one row of a list is, by the table that was counted.
THINGS = {
    t.calls.name: ("call", "calls"),
    t.stays.name: ("stay in a line", "stays in a line"),
    t.ringings.name: ("ringing", "ringings"),
    t.talks.name: ("conversation", "conversations"),
    t.steps.name: ("visit of a menu", "visits of a menu"),
    t.transfers.name: ("transfer", "transfers"),
}


class Listing(Protocol):
    """A list of calls, the oldest first. Methods raise NoSelection and DatabaseError."""

    async def count(self) -> int:
        """Return how many rows there are."""

    async def page(self, after: Place | None, limit: int) -> Found:
        """Return so many rows after a place."""

    def batches(self) -> AsyncIterator[Sequence[Row]]:
        """Yield the whole list as rows of a file."""

    def things(self) -> tuple[str, str]:
        """Return what a row is called, one and many."""


@dataclass(frozen=True)
class Behind:
    """The calls behind a figure."""

    facts: Facts
    ask: Ask
    selection: Selection

    async def count(self) -> int:
        return await self.facts.count(self.ask, self.selection)

    async def page(self, after: Place | None, limit: int) -> Found:
        return await self.facts.page(self.ask, self.selection, after, limit)

    def batches(self) -> AsyncIterator[Sequence[Row]]:
        return each_batch_behind(self.facts.database, self.ask, self.selection)

    def things(self) -> tuple[str, str]:
        return THINGS.get(counting.count_of(self.selection, self.ask.definition).table.name, ("row", "rows"))


@dataclass(frozen=True)
class Listed:
    """The calls of a time, narrowed."""

    facts: Facts
    ask: Ask
    narrowed: Narrowed

    async def count(self) -> int:
        async with self.facts.database.reading() as session:
            return await store.count_calls(session, self.ask, self.narrowed)

    async def page(self, after: Place | None, limit: int) -> Found:
        async with self.facts.database.reading() as session:
            return await store.list_calls(session, self.ask, self.narrowed, after, limit)

    def batches(self) -> AsyncIterator[Sequence[Row]]:
        return each_batch(self.facts.database, self.ask, self.narrowed)

    def things(self) -> tuple[str, str]:
        return THINGS[t.calls.name]


def place_written(place: Place) -> str:
    """Write a place for an address.

    >>> place_of(place_written((1795521601, "1795521601-42", 0)))
    (1795521601, '1795521601-42', 0)
    """
    second, call, n = place
    return f"{second}.{n}.{call}"


def place_of(text: str) -> Place | None:
    """Read a place, '' being none. Raises Refusal."""
    if not text:
        return None
    second, n, call = (*text.split(".", 2), "", "")[:3]
    numbers = all(part.isascii() and part.isdigit() and len(part) < 12 for part in (second, n))
    if not (numbers and call and len(call) <= LONGEST and call.isprintable()):
        raise Refusal(400, "`after` is no place in this list", "begin without it")
    return int(second), call, int(n)
