"""Owns an import from beginning to end: a file is read by its plan, a receiver takes its rows, all is counted.

Knows neither files nor customers. Doing it again adds nothing, for every row has a key.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

from crm_bridge.exchange import aside
from crm_bridge.exchange.aside import Reader
from crm_bridge.exchange.limits import LIMITS, Limits
from crm_bridge.exchange.plan import Plan
from crm_bridge.exchange.receiver import Became, Piece, R, Receiver, Taken, refused_of, warned_of
from crm_bridge.exchange.rows import Batch, Listed, Mark

#: For one transaction of the receiver.
RECEIVING_DEADLINE = 60.0
#: Batches with few rows or none wait no longer than this for a transaction: progress is told, memory is bounded.
_MOST_BATCHES = 20
_BEGINNING = Mark()


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


async def bring_in(
    path: Path,
    plan: Plan,
    receiver: Receiver[R],
    *,
    after: Mark = _BEGINNING,
    tell: Callable[[Progress], None] | None = None,
    limits: Limits = LIMITS,
    deadline: float = RECEIVING_DEADLINE,
    reader: Reader = aside,
) -> Report:
    """Add the customers of a file, from behind a row on; `tell` hears of the progress and must be quick.

    Raises ExchangeError; what was added until then stays. Raises TimeoutError when the receiver takes longer than
    `deadline` for a piece. Being cancelled ends it between two transactions or within one, and leaves no process.
    """
    size = (await asyncio.to_thread(path.stat)).st_size
    report = Report(Progress(size, read=after.read), Listed(limits.listed), Listed(limits.listed))

    async def take(piece: Piece[R]) -> None:
        async with asyncio.timeout(deadline):
            taken = await receiver.take(piece)
        _count(report, piece, taken)
        if tell is not None:
            tell(report.progress)

    taking: asyncio.Task[None] | None = None
    try:
        async with (
            reader.reading(path, plan, after=after, limits=limits) as batches,
            aclosing(_pieces(batches, receiver, after, limits)) as pieces,
        ):
            async for piece in pieces:
                if taking is not None:
                    await taking
                # While it is taken, the next one is read and prepared.
                taking = asyncio.create_task(take(piece), name="taking rows in")
            if taking is not None:
                await taking
    finally:
        if taking is not None:
            taking.cancel()
            await asyncio.gather(taking, return_exceptions=True)
    return report


async def _pieces(
    batches: AsyncIterator[Batch], receiver: Receiver[R], after: Mark, limits: Limits
) -> AsyncGenerator[Piece[R]]:
    """Put batches together to what is worth a transaction, and have the receiver prepare it."""
    some: list[Batch] = []
    last = after.row

    async def piece() -> Piece[R]:
        nonlocal last
        rows = [row for batch in some for row in batch.rows]
        refused = [row for batch in some for row in batch.refused]
        ends = [row.number for row in rows[-1:]] + [row.number for row in refused[-1:]]
        last = max(ends, default=last)
        ready = await asyncio.to_thread(receiver.prepare, rows)
        done, read = some[-1].done, some[-1].read
        some.clear()
        return Piece(rows, ready, refused, done, Mark(last, read))

    async for batch in batches:
        some.append(batch)
        if sum(len(one.rows) for one in some) >= limits.together or len(some) >= _MOST_BATCHES:
            yield await piece()
    if some:
        yield await piece()


def _count(report: Report, piece: Piece[R], taken: Sequence[Taken]) -> None:
    for row, one in zip(piece.rows, taken, strict=True):
        report.alike += row.like is not None
        report.progress.became[one.became] += 1
    report.refused.add(refused_of(piece, taken))
    report.warned.add(warned_of(piece, taken))
    report.progress.done, report.progress.read = piece.done, piece.mark.read
