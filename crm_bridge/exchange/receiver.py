"""The port to whoever keeps customers: rows go in, what became of each comes out. Owns no rule of duplicates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from crm_bridge.exchange.rows import Row


class Became(StrEnum):
    """What became of a row."""

    ADDED = "added"
    #: It was a customer already, who learnt something.
    MERGED = "merged"
    #: Nothing changed: a row with this key was added before, or the customer is there with all of this.
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one row; `why` is told to the person when it was refused, `id` is the customer."""

    became: Became
    id: str = ""
    why: str = ""


class Receiver(Protocol):
    """Keeps customers."""

    async def add_many(self, rows: Sequence[Row]) -> Sequence[Taken]:
        """Add rows in one transaction; return what became of each, in their order.

        Must be idempotent by `Row.key`: a key that was added before adds nothing.
        """
        ...
