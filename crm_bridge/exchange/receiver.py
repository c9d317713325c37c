"""The port to whoever keeps customers: rows go in, what became of each comes out. Owns no rule of duplicates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from crm_bridge.exchange.rows import Mark, Refused, Row

R = TypeVar("R")


class Became(StrEnum):
    """What became of a row."""

    ADDED = "added"
    #: It was a customer already, who learnt something.
    MERGED = "merged"
    #: Nothing changed: a row with this key was added before, or the customer is there.
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one row; `id` is the customer.

    `why` is told to the person when it was refused, `warnings` when something of it was left out.
    """

    became: Became
    id: str = ""
    why: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece(Generic[R]):
    """What goes into one transaction: rows with what the receiver made of each, those refused by reading, how far."""

    rows: Sequence[Row]
    ready: Sequence[R]
    refused: Sequence[Refused]
    done: int
    mark: Mark


class Receiver(Protocol[R]):
    """Keeps customers."""

    def prepare(self, rows: Sequence[Row]) -> Sequence[R]:
        """Make of each row what `take` needs. Blocks: it runs in a thread while the rows before are taken."""
        ...

    async def take(self, piece: Piece[R]) -> Sequence[Taken]:
        """Add rows in one transaction; return what became of each, in their order.

        Must be idempotent by `Row.key`: a key that was added before adds nothing.
        """
        ...


def refused_of(piece: Piece[R], taken: Sequence[Taken]) -> list[Refused]:
    """Return the rows of a piece that were refused, by reading or by the receiver, in the order of the file."""
    ours = (
        Refused(row.number, one.why, row.cells)
        for row, one in zip(piece.rows, taken, strict=True)
        if one.became is Became.REFUSED
    )
    return sorted([*piece.refused, *ours], key=lambda row: row.number)


def warned_of(piece: Piece[R], taken: Sequence[Taken]) -> list[Refused]:
    """Return the rows of a piece that came in without all that they said, and what was left out."""
    warned = ((row, (*row.warnings, *one.warnings), one) for row, one in zip(piece.rows, taken, strict=True))
    return [
        Refused(row.number, "; ".join(warnings), row.cells)
        for row, warnings, one in warned
        if warnings and one.became in (Became.ADDED, Became.MERGED)
    ]
