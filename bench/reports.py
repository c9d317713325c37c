"""How fast reports are over a year of calls: sums, lists as CSV and PDF, records made anew, pages while calls come in.

`SWITCHROOM_BENCH_CALLS` says how many calls, 1,000,000 where it does not. To make them takes a while. The folder that
`SWITCHROOM_BENCH_KEEP` names keeps them: another run with as many calls does no more than the race of the sums there.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import uvloop

from bench import _calls
from bench._report_life import followed, live, rebuilt
from bench._report_parts import as_csv, as_pdf, recount, sums
from ledger.database import Database
from reports import rollup
from reports.period import days_between
from reports.rows import second_of
from server.terminal import log_to

CALLS: Final = 1_000_000
#: The goals. Milliseconds are of the clock; ratios, rows and events a second are of the processor, on which others that
#: share the machine have less influence.
SUMS_MS, SUMS_MS_OF_MORE, TIMES_BY_HAND, OF_THE_DUMP, CSV_MB = 300.0, 1_000.0, 1.3, 0.6, 100.0
PDF_ROWS, PDF_LINEAR, EVENTS, PAGE_MS = 10_000.0, 1.2, 20_000.0, 100.0


async def measured(folder: Path, calls: int) -> dict[str, float]:
    """Make the calls and measure everything once."""
    path, weeks = folder / "reports.db", _weeks(calls)
    async with await Database.open(path) as db:
        figures = await rebuilt(db, min(calls, _calls.WEEK))
    began = time.perf_counter()
    await asyncio.to_thread(_calls.repeat, path, weeks)
    async with await Database.open(path) as db:
        await _sum_up(db)
        figures |= {"calls": float(min(calls, _calls.WEEK) * weeks), "made_in_seconds": time.perf_counter() - began}
        figures |= await sums(db, path, weeks)
        figures |= await recount(db, path, _calls.period(weeks))
        figures |= await as_csv(db, path, folder, weeks)
    figures |= await asyncio.to_thread(as_pdf, folder)
    now = datetime.now(UTC)
    bucket = rollup.bucket_of(second_of(now))
    day = now.astimezone(_calls.ZONE).date()
    today = days_between(day, day, _calls.ZONE)
    await asyncio.to_thread(_calls.crowd, path, bucket)
    async with await Database.open(path) as db:
        async with db.writing() as session:
            await rollup.sum_up(session, [bucket], _calls.DEFINITION)
        figures |= await followed(db, bucket)
        figures |= await live(db, folder)
        figures |= {"live_differences": (await recount(db, path, today))["recount_differences"]}
    return figures


async def _sum_up(db: Database) -> None:
    """Have all sums made anew: records were written beside them."""
    async with db.writing() as session:
        await rollup.forget(session)
    await rollup.keep_to(db, _calls.DEFINITION)


def _quick(found: dict[str, float]) -> bool:
    limit = SUMS_MS if found["calls"] <= CALLS else SUMS_MS_OF_MORE
    return found["sums_p95_ms"] <= limit and found["sums_processor_times_by_hand"] <= TIMES_BY_HAND


async def raced(path: Path, calls: int) -> dict[str, float]:
    """Measure the sums of calls that an earlier run has kept."""
    async with await Database.open(path) as db:
        found = {"calls": float(calls), **await sums(db, path, _weeks(calls))}
    return {**found, "ok": float(_quick(found))}


def _weeks(calls: int) -> int:
    return max(1, round(calls / _calls.WEEK))


def judged(found: dict[str, float]) -> dict[str, float]:
    """Return which goals were met, and `ok` for all of them."""
    goals = {
        "sums": _quick(found),
        "recount": found["recount_differences"] == 0.0 and found["live_differences"] == 0.0,
        "csv": found["csv_of_the_dump_by_processor"] >= OF_THE_DUMP and found["csv_memory_mb"] <= CSV_MB,
        "pdf": found["pdf_rows_a_second_of_processor"] >= PDF_ROWS
        and found["pdf_row_of_many_to_row_of_few"] <= PDF_LINEAR,
        "rebuild": found["rebuild_events_a_second_of_processor"] >= EVENTS,
        "live": found["live_page_p95_ms"] <= PAGE_MS,
    }
    return {**{f"{name}_ok": float(met) for name, met in goals.items()}, "ok": float(all(goals.values()))}


def run(calls: int = 0) -> dict[str, float]:
    """Return the figures, and which goals they met."""
    log_to(level="error")
    wanted = calls or int(os.environ.get("SWITCHROOM_BENCH_CALLS", CALLS))
    keep = os.environ.get("SWITCHROOM_BENCH_KEEP")
    kept = Path(keep) / f"{wanted}-calls.db" if keep else None
    if kept is not None and kept.exists():
        return uvloop.run(raced(kept, wanted))
    with tempfile.TemporaryDirectory(prefix="switchroom-bench-", dir=keep) as folder:
        found = uvloop.run(measured(Path(folder), wanted))
        if kept is not None:
            (Path(folder) / "reports.db").rename(kept)
    return found | judged(found)


if __name__ == "__main__":
    print(json.dumps({name: round(value, 3) for name, value in run().items()}, indent=1))
