"""What the tests of files have in common: files with content, and a receiver that keeps customers in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from crm_bridge.exchange.limits import LIMITS, Limits
from crm_bridge.exchange.look import look
from crm_bridge.exchange.model import NewCustomer
from crm_bridge.exchange.plan import Wishes
from crm_bridge.exchange.reading import read
from crm_bridge.exchange.receiver import Became, Piece, Taken
from crm_bridge.exchange.rows import Refused, Row

XLSX = b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00[Content_Types].xml"


def file(folder: Path, content: str | bytes, encoding: str = "utf-8", name: str = "customers.csv") -> Path:
    """Write a file, its line ends as they are."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def rows(path: Path, country: str = "LT", wishes: Wishes | None = None, limits: Limits = LIMITS) -> list[Row | Refused]:
    """Read a file as it would be read without anybody's help, in the order of its rows."""
    plan = look(path, country, wishes=wishes or Wishes(), limits=limits).plan
    found: list[Row | Refused] = []
    for batch in read(path, plan, limits):
        found += batch.rows
        found += batch.refused
    return sorted(found, key=lambda row: row.number)


def customers(path: Path, country: str = "LT") -> list[NewCustomer]:
    """Read a file of which no row is refused."""
    found = rows(path, country)
    assert not [row for row in found if isinstance(row, Refused)]
    return [row.customer for row in found if isinstance(row, Row)]


def refused(found: Sequence[Row | Refused]) -> list[tuple[int, str]]:
    return [(row.number, row.why) for row in found if isinstance(row, Refused)]


def names(found: Sequence[Row | Refused]) -> list[str]:
    return [row.customer.name for row in found if isinstance(row, Row)]


class Kept:
    """A receiver that keeps all it gets, once by key, and refuses whom it is told to."""

    def __init__(self, refuse: str = "") -> None:
        self.rows: dict[str, Row] = {}
        self._refuse = refuse

    def prepare(self, rows: Sequence[Row]) -> Sequence[str]:
        return [row.customer.name for row in rows]

    async def take(self, piece: Piece[str]) -> Sequence[Taken]:
        await asyncio.sleep(0)
        assert piece.ready == self.prepare(piece.rows)
        return [self._add(row) for row in piece.rows]

    def _add(self, row: Row) -> Taken:
        if self._refuse and row.customer.name == self._refuse:
            return Taken(Became.REFUSED, why="nobody of this name is wanted")
        if row.key in self.rows:
            return Taken(Became.KNOWN, row.key)
        self.rows[row.key] = row
        return Taken(Became.ADDED, row.key)
