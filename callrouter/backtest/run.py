"""A back-test from end to end: reads the journal, judges every call that is over, counts. Memory stays bounded.

Owns the order of these. It keeps its processor busy, so a server has it done by another process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from callrouter.backtest import store
from callrouter.backtest.judging import Judging
from callrouter.backtest.past import KINDS, Past, Reading
from callrouter.backtest.report import Report, Tally
from config.schema import Site
from ledger.database import Database

#: Is told the share that is done, and how many calls that were.
Told = Callable[[float, int], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """Which site is held against which, and over what time; `version` is what calls on the old one are marked with."""

    old: Site
    new: Site
    since: datetime
    until: datetime
    version: str = ""


def tell_nobody(_share: float, _calls: int) -> None:
    """Tell nobody how far it is."""


async def backtest(db: Database, wish: Wish, told: Told = tell_nobody) -> Report:
    """Lead every call of a time through both sites, and return where they would have ended. Raises LedgerError."""
    judging, tally, reading = Judging(wish.old, wish.new), Tally(wish.version or wish.old.version), Reading()
    first, last = await store.numbers_of(db, wish.since, wish.until)
    calls = 0
    async for position, rows in store.pages(db, first, last, KINDS):
        overs = (reading.take(*row) for row in rows)
        for past in filter(None, overs):
            if _is_asked(past, wish):
                calls += 1
                tally.add(past, judging.judge(past))
        told((position - first + 1) / (last - first + 1), calls)
        await asyncio.sleep(0)  # whoever wants to stop this is heard
    return tally.report(wish.since, wish.until, unfinished=reading.unfinished, scripts=judging.walked)


def _is_asked(past: Past, wish: Wish) -> bool:
    return wish.since <= past.at < wish.until
