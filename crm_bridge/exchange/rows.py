"""What a file became: rows with their customers, rows refused and why. Values only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from crm_bridge.exchange.model import NewCustomer
from crm_bridge.exchange.plan import Plan


@dataclass(frozen=True, slots=True)
class Row:
    """A row that can be added. `number` counts as a spreadsheet does, header and empty rows included; cards from 1.

    `key` is the same whenever this row of this file is read. `like` is the first row of the file with one of its
    numbers or mail addresses, as a hint. `cells` are what the file said, for whoever has to refuse the row later.
    `ready` is what the receiver made of the customer, where it did so in the process that reads, and only that
    is kept.
    """

    number: int
    key: str
    customer: NewCustomer
    warnings: tuple[str, ...] = ()
    like: int | None = None
    cells: tuple[str, ...] = ()
    ready: object = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is not added, or not in full: why, and its cells as far as they are kept."""

    number: int
    why: str
    cells: tuple[str, ...] = ()

    @property
    def beginning(self) -> str:
        """Return what the row begins with, in one line, for a list."""
        text = " | ".join(" ".join(cell.split()) for cell in self.cells)
        return text if len(text) <= 80 else text[:79] + "…"


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows in the order of the file, and how far it was read: `done` of its bytes, `read` rows in all."""

    rows: tuple[Row, ...]
    refused: tuple[Refused, ...]
    done: int
    read: int


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a file was read before: the number of its last row, and how many rows were read until there."""

    row: int = 0
    read: int = 0


@dataclass(frozen=True, slots=True)
class Preview:
    """A file as it would be read: its first rows, taken or refused, in their order."""

    plan: Plan
    size: int
    rows: tuple[Row | Refused, ...]


@dataclass(slots=True)
class Listed:
    """A list of rows that grows to a bound; the others are counted."""

    most: int
    rows: list[Refused] = field(default_factory=list)
    count: int = 0

    def add(self, rows: Iterable[Refused]) -> None:
        """Count rows, and keep them as long as there is room."""
        for row in rows:
            self.count += 1
            if len(self.rows) < self.most:
                self.rows.append(row)

    @property
    def untold(self) -> int:
        """Return how many are counted only."""
        return self.count - len(self.rows)
