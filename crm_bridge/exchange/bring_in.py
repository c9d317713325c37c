"""Owns an import from beginning to end: a file is read by its plan, a receiver takes its rows, all is counted.

Knows neither files nor customers. Doing it again adds nothing, for every row has a key.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

from crm_bridge.exchange.aside import reading
from crm_bridge.exchange.limits import LIMITS, Limits
from crm_bridge.exchange.plan import Plan
from crm_bridge.exchange.receiver import Became, Receiver, Taken
from crm_bridge.exchange.rows import Batch, Listed, Refused, Row

#: For one transaction of the receiver.
RECEIVING_DEADLINE = 60.0
#: Batches with few rows or none wait no longer than this for a transaction: progress is told, memory is bounded.
_MOST_BATCHES = 20


@dataclass(slots=True)
class Progress:
    """How far an import is: bytes of the file, rows read, and what became of those the receiver had."""

    size: int
    done: int = 0
    read: int = 0
    became: Counter[Became] = field(default_factory=Counter)


@dataclass(slots=True)
class Report:
    """What an import did. `alike` rows had a number or mail address of a row before them in the file."""

    progress: Progress
    refused: Listed
    warned: Listed
    alike: int = 0


Reader = Callable[[], AbstractAsyncContextManager[AsyncIterator[Batch]]]


async def bring_in(
    path: Path,
    plan: Plan,
    receiver: Receiver,
    *,
    tell: Callable[[Progress], None] | None = None,
    limits: Limits = LIMITS,
    deadline: float = RECEIVING_DEADLINE,
) -> Report:
    """Add the customers of a file; `tell` hears of the progress after every transaction and must be quick.

    Raises ExchangeError; what was added until then stays. Raises TimeoutError when the receiver takes longer than
    `deadline` for a batch. Being cancelled ends it between two transactions or within one, and leaves no process.
    """
    size = (await asyncio.to_thread(path.stat)).st_size
    return await take_all(lambda: reading(path, plan, limits=limits), receiver, size, tell, limits, deadline)


async def take_all(
    reader: Reader,
    receiver: Receiver,
    size: int,
    tell: Callable[[Progress], None] | None,
    limits: Limits,
    deadline: float,
) -> Report:
    """Give all batches of a reader to a receiver; see `bring_in`."""
    report = Report(Progress(size), Listed(limits.listed), Listed(limits.listed))
    some: list[Batch] = []

    async def give() -> None:
        rows = [row for batch in some for row in batch.rows]
        async with asyncio.timeout(deadline):
            taken = await receiver.add_many(rows) if rows else ()
        _count(report, rows, taken, [row for batch in some for row in batch.refused])
        report.progress.done, report.progress.read = some[-1].done, some[-1].read
        some.clear()
        if tell is not None:
            tell(report.progress)

    async with reader() as batches:
        async for batch in batches:
            some.append(batch)
            if sum(len(one.rows) for one in some) >= limits.together or len(some) >= _MOST_BATCHES:
                await give()
        if some:
            await give()
    return report


def _count(report: Report, rows: Sequence[Row], taken: Sequence[Taken], refused: list[Refused]) -> None:
    for row, result in zip(rows, taken, strict=True):
        if result.became is Became.REFUSED:
            refused.append(Refused(row.number, result.why, row.cells))
        report.alike += row.like is not None
        report.progress.became[result.became] += 1
    report.refused.add(sorted(refused, key=lambda row: row.number))
    report.warned.add(map(_warning, filter(lambda row: row.warnings, rows)))


def _warning(row: Row) -> Refused:
    return Refused(row.number, "; ".join(row.warnings), row.cells)
