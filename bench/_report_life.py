"""What the reports cost while calls come in: the journal read into records, live pages, and sums that follow.

Owns the rate of calls, and how late the event loop is meanwhile.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final

from bench import _calls
from bench._calls import DEFINITION, ZONE
from bench._report_parts import quantiles
from callrouter.chronicle import entry
from callrouter.events import Event
from ledger.database import Database
from ledger.journal import Journal
from ledger.journal_reads import JournalReads
from reports import rollup, store
from reports.asking import Ask, Facts
from reports.catalogue import build
from reports.derive import record_of
from reports.model import CallRecord
from reports.period import days_between
from reports.records import Projection

RATE: Final = 40
SECONDS: Final = 20
#: Seconds from a call's beginning until the rest of it is told.
_LATER: Final = 3.0
_EVERY: Final = 0.01
_CHANGED: Final = 200


async def rebuilt(db: Database, count: int) -> dict[str, float]:
    """Tell the first week to the journal, and make its records of it. They must be what the stories amount to."""
    stories = list(_calls.week(count))
    expected = [record for story in stories if (record := record_of(story)) is not None]
    events = await _calls.tell(db, stories)
    journal = JournalReads(db)
    async with db.writing() as session:
        await journal.rewind(session, Projection.reader, await journal.newest_seq())
    await rollup.keep_to(db, DEFINITION)
    period = _calls.period(1)
    began, busy = time.perf_counter(), time.process_time()
    made = await Projection(journal, db, lambda: DEFINITION).rebuild(period.start, period.end)
    clock, busy = time.perf_counter() - began, time.process_time() - busy
    async with db.reading() as session:
        found = await store.list_between(session, period.start, period.end, limit=count + 1)
    assert made == count
    assert found == sorted(expected, key=lambda record: (record.offered_at, record.call)), "records that differ"
    return {
        "rebuild_events": float(events),
        "rebuild_events_a_second": events / clock,
        "rebuild_events_a_second_of_processor": events / busy,
    }


async def followed(db: Database, bucket: int) -> dict[str, float]:
    """Change some calls of a crowded quarter: with their sums, without, and with all of it counted anew."""
    begin = datetime.fromtimestamp(bucket, UTC)
    async with db.reading() as session:
        page = await store.list_between(session, begin, datetime.fromtimestamp(bucket + 900, UTC), limit=_CHANGED)
    taken: dict[str, list[float]] = {"with": [], "without": [], "anew": []}
    for _ in range(6):
        for way, known in taken.items():
            busy = time.process_time()
            await _put(db, page, way, bucket)
            known.append(time.process_time() - busy)
    anew, with_sums, without = (quantiles(taken[way][1:])[0] * 1000 for way in ("anew", "with", "without"))
    return {"sums_follow_processor_ms": with_sums - without, "sums_anew_processor_ms": anew - without}


async def _put(db: Database, records: list[CallRecord], way: str, bucket: int) -> None:
    async with db.writing() as session:
        await store.put_records(session, records, DEFINITION if way == "with" else None)
        if way == "anew":
            await rollup.sum_up(session, [bucket], DEFINITION)


async def live(db: Database, folder: Path) -> dict[str, float]:
    """Let calls come in, RATE each second, derive their records beside, and ask for the report of the day meanwhile."""
    late: list[float] = []
    pages: list[float] = []
    # As the server does at its start: else one look of the collector at all that was ever made is what is measured.
    gc.collect()
    gc.freeze()
    async with await Journal.open(db, folder / "emergency") as journal:
        projection = _Timed(journal, db, lambda: DEFINITION)
        busy = time.process_time()
        async with asyncio.timeout(SECONDS * 6):
            tasks = [asyncio.create_task(work) for work in (projection.run(), _listen(late))]
            callers = asyncio.create_task(_calls_come(journal))
            while not callers.done():
                await asyncio.sleep(0.5)
                pages.append(await _page(db, journal))
            told = await callers
            busy = time.process_time() - busy
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        await Projection(journal, db, lambda: DEFINITION).catch_up()
    page50, page95 = quantiles(pages)
    late50, late99 = quantiles(late)[0], sorted(late)[int(len(late) * 0.99)]
    return {
        "live_events": float(told),
        "live_page_p50_ms": page50 * 1000,
        "live_page_p95_ms": page95 * 1000,
        "live_loop_late_p50_ms": late50 * 1000,
        "live_loop_late_p99_ms": late99 * 1000,
        "live_loop_late_worst_ms": max(late) * 1000,
        "live_batches": float(len(projection.took)),
        "live_batch_worst_ms": max(projection.took, default=0.0) * 1000,
        "live_processor_share": busy / SECONDS,
    }


class _Timed(Projection):
    """Keeps how long each batch kept the writer."""

    gather = 1.0

    def __init__(self, *how: object) -> None:
        super().__init__(*how)  # type: ignore[arg-type]  # passed on as they are
        self.took: list[float] = []

    async def write(self, session: object, changed: object) -> None:
        began = time.perf_counter()
        await super().write(session, changed)  # type: ignore[arg-type]  # passed on as they are
        self.took.append(time.perf_counter() - began)


async def _calls_come(journal: Journal) -> int:
    """Tell the first half of each call when it comes in, and the rest some seconds later; return how many events."""
    dice, told, began = Random(2), 0, time.monotonic()
    rest: deque[tuple[float, list[Event]]] = deque()
    for number in range(RATE * SECONDS):
        await asyncio.sleep(max(0.0, began + number / RATE - time.monotonic()))
        now = time.monotonic()
        story = _calls.story(dice, f"live-{number}", datetime.now(UTC), f"+3706{number:07}")
        half = len(story) // 2
        rest.append((now + _LATER, story[half:]))
        for events in (story[:half], rest.popleft()[1] if rest[0][0] <= now else ()):
            told += len(events)
            for event in events:
                journal.append(entry(event))
    for _, events in rest:
        told += len(events)
        await asyncio.gather(*(journal.append(entry(event)) for event in events))
    return told


async def _page(db: Database, journal: JournalReads) -> float:
    now = datetime.now(UTC)
    day = now.astimezone(ZONE).date()
    began = time.perf_counter()
    await build("day", Ask(days_between(day, day, ZONE), DEFINITION, now), Facts(db, journal))
    return time.perf_counter() - began


async def _listen(late: list[float]) -> None:
    while True:
        due = time.perf_counter() + _EVERY
        await asyncio.sleep(_EVERY)
        late.append(time.perf_counter() - due)
