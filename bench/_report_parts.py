"""What is measured of the reports when all calls are there: sums, recount, lists as CSV and PDF.

Owns the hand-written SQL and the plain ways that ours are held against.
"""

from __future__ import annotations

import csv
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from bench import _calls
from bench._calls import DEFINITION, ZONE
from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports.asking import Ask, Facts
from reports.document import Column, Unit
from reports.forms.csv_stream import csv_rows
from reports.forms.long_pdf import Heading, write_long_pdf
from reports.hours import list_wrong
from reports.period import Period, stretches
from reports.recount import differences
from reports.rules import LineSums
from reports.sums import By, line_sums
from reports.tables import ALL_LINES, LINE_SUMS
from reports.web.call_file_store import COLUMNS, Row, each_batch
from reports.web.call_list_store import Narrowed

ROUNDS: Final = 20
#: What the service level is made of.
_LEVEL: Final = ("offered", "waiting", "within")
_PDF_ROWS: Final = (10_000, 50_000)

T = TypeVar("T")


def quantiles(taken: Sequence[float]) -> tuple[float, float]:
    """Return the middle and the 95th of a hundred."""
    ordered = sorted(taken)
    return ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


async def sums(db: Database, path: Path, weeks: int) -> dict[str, float]:
    """Measure the service level by department and hour: ours and by hand in turns, and with all that a report shows."""
    period = _calls.period(weeks)
    level, whole = _Race(), _Race()
    with closing(sqlite3.connect(path)) as plain:
        for _ in range(ROUNDS + 1):
            found = await level.ours(_lines_of(db, period, _LEVEL))
            rows = level.by_hand(lambda: plain.execute(_by_hand(period, _LEVEL)).fetchall())
            levels = {key: (line.offered, line.waiting, line.within) for key, line in found.items()}
            assert levels == {(row[0], row[1]): tuple(row[2:]) for row in rows}, "two ways to count that differ"
            await whole.ours(_lines_of(db, period, LINE_SUMS))
            whole.by_hand(lambda: plain.execute(_by_hand(period, LINE_SUMS)).fetchall())
    return {**level.figures("sums"), **whole.figures("all_sums")}


async def _lines_of(db: Database, period: Period, names: Sequence[str]) -> dict[Any, LineSums]:
    async with db.reading() as session:
        return await line_sums(session, period, DEFINITION, (By.DEPARTMENT, By.HOUR), only=names)


class _Race:
    """The same done in two ways, in turns; the first turn warms the caches and does not count."""

    def __init__(self) -> None:
        self._clock: tuple[list[float], list[float]] = ([], [])
        self._busy: tuple[list[float], list[float]] = ([], [])

    async def ours(self, work: Awaitable[T]) -> T:
        began = time.perf_counter(), time.process_time()
        found = await work
        self._note(0, began)
        return found

    def by_hand(self, work: Callable[[], T]) -> T:
        began = time.perf_counter(), time.process_time()
        found = work()
        self._note(1, began)
        return found

    def _note(self, which: int, began: tuple[float, float]) -> None:
        self._clock[which].append(time.perf_counter() - began[0])
        self._busy[which].append(time.process_time() - began[1])

    def figures(self, name: str) -> dict[str, float]:
        (ours50, ours95), (hand50, hand95) = (quantiles(taken[1:]) for taken in self._clock)
        busy, hand_busy = (quantiles(taken[1:])[0] for taken in self._busy)
        return {
            f"{name}_p50_ms": ours50 * 1000,
            f"{name}_p95_ms": ours95 * 1000,
            f"{name}_by_hand_p50_ms": hand50 * 1000,
            f"{name}_by_hand_p95_ms": hand95 * 1000,
            f"{name}_processor_ms": busy * 1000,
            f"{name}_times_by_hand": ours50 / hand50,
            f"{name}_processor_times_by_hand": busy / hand_busy,
        }


def _by_hand(period: Period, names: Sequence[str]) -> str:
    """Return these sums by department and hour, as good as we can write it: over the stored sums of whole hours.

    They fit: the bounds of the period and the offsets of its zone are whole hours.
    """
    offsets = stretches(period)
    cases = " ".join(f"WHEN bucket < {part.end} THEN {part.offset}" for part in offsets[:-1])
    offset = f"CASE {cases} ELSE {offsets[-1].offset} END" if cases else str(offsets[-1].offset)
    added = ", ".join(f"{'max' if name == 'longest_ms' else 'sum'}({name})" for name in names)
    return (
        f"SELECT department, (bucket + {offset}) / 3600 % 24 AS hour, {added}"
        f" FROM reports_hour_lines WHERE bucket >= {int(period.start.timestamp())}"
        f" AND bucket < {int(period.end.timestamp())} AND department <> '{ALL_LINES}' GROUP BY 1, 2"
    )


async def recount(db: Database, path: Path, period: Period) -> dict[str, float]:
    """Count how many of the stored sums differ from what all stays, taken one by one, amount to."""
    facts = Facts(db, JournalReads(db))
    ask = Ask(period, DEFINITION, datetime.now(UTC))
    stored = await facts.lines(ask, By.DEPARTMENT, By.INTERVAL)
    raw: dict[tuple[str, int], dict[str, int]] = {}
    targets = {name: round(DEFINITION.target(name) * 1000) for name in _calls.DEPARTMENTS}
    short = round(DEFINITION.short * 1000)
    during = f"WHERE second >= {int(period.start.timestamp())} AND second < {int(period.end.timestamp())}"
    with closing(sqlite3.connect(path)) as plain:
        for second, department, left, waited in plain.execute(
            f"SELECT second, department, left, waited_ms FROM reports_stays {during}"
        ):
            one = raw.setdefault((department, second - second % 3600), dict.fromkeys(_COUNTED, 0))
            one["offered"] += 1
            one[_LEFT[left]] += 1
            if left == "answered":
                one["waits"] += 1
                one["wait_ms"] += waited
                one["within"] += waited <= targets[department]
            elif left == "abandoned":
                one["short"] += waited <= short
                one["abandoned_within"] += waited <= targets[department]
                one["short_within"] += waited <= min(short, targets[department])
                one["abandoned_waits"] += 1
            if waited is not None:
                one["longest_ms"] = max(one["longest_ms"], waited)
        for second, department, talked in plain.execute(
            f"SELECT second, department, talked_ms FROM reports_talks {during}"
        ):
            one = raw.setdefault((department, second - second % 3600), dict.fromkeys(_COUNTED, 0))
            if talked is not None:  # it goes on
                one["talks"] += 1
                one["talk_ms"] += talked
    kept = {(department, int(at.timestamp())): line for (department, at), line in stored.items()}
    different = sum(
        getattr(kept.get(key, LineSums()), name) != value for key, one in raw.items() for name, value in one.items()
    )
    different += len(kept.keys() - raw.keys())
    async with db.reading() as session:
        different += len(await list_wrong(session, int(period.start.timestamp()), int(period.end.timestamp())))
    days = list(period.days())
    for day in {day.start: day for day in (days[0], days[len(days) // 2], days[-1])}.values():
        different += len(await differences(day, Ask(day, DEFINITION, ask.now), facts))
    return {"recounted_sums": float(len(raw) * len(_COUNTED)), "recount_differences": float(different)}


_LEFT: Final = {
    "answered": "answered", "abandoned": "abandoned", "voicemail": "voicemail", "moved on": "overflowed",
    "failed": "failed", "waiting": "waiting",
}  # fmt: skip
_COUNTED: Final = (
    *_LEFT.values(), "offered", "within", "short", "abandoned_within", "waits", "wait_ms", "longest_ms", "talks",
    "talk_ms", "short_within", "abandoned_waits",
)  # fmt: skip


async def as_csv(db: Database, path: Path, folder: Path, weeks: int) -> dict[str, float]:
    """Write all calls as CSV, and dump their table: `SELECT *` of plain sqlite3 through csv.writer."""
    ask = Ask(_calls.period(weeks), DEFINITION, datetime.now(UTC))
    memory = _Memory()

    async def batches() -> AsyncIterator[Sequence[Row]]:
        async for batch in each_batch(db, ask, Narrowed()):
            memory.look()
            yield batch

    began, busy = time.perf_counter(), time.process_time()
    with (folder / "ours.csv").open("w", encoding="utf-8", newline="") as file:
        async for piece in csv_rows(COLUMNS, batches(), ZONE):
            file.write(piece)
    ours, ours_busy = time.perf_counter() - began, time.process_time() - busy
    began, busy = time.perf_counter(), time.process_time()
    with closing(sqlite3.connect(path)) as plain, (folder / "plain.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(plain.execute("SELECT * FROM reports_calls"))
    dump, dump_busy = time.perf_counter() - began, time.process_time() - busy
    rows = await _lines(folder / "ours.csv") - 1
    assert rows == await _lines(folder / "plain.csv"), "a list that is not whole"
    return {
        "csv_rows": float(rows),
        "csv_rows_a_second": rows / ours,
        "csv_rows_a_second_of_processor": rows / ours_busy,
        "csv_of_the_dump": dump / ours,
        "csv_of_the_dump_by_processor": dump_busy / ours_busy,
        "csv_memory_mb": memory.grown,
    }


async def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in csv.reader(line.decode() for line in file))


class _Memory:
    """How much more memory this process has than when this was made."""

    def __init__(self) -> None:
        self._first, self._looks = self._now(), 0
        self.grown = 0.0

    def look(self) -> None:
        self._looks += 1
        if self._looks % 10 == 0:
            self.grown = max(self.grown, self._now() - self._first)

    @staticmethod
    def _now() -> float:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1_000_000


def as_pdf(folder: Path) -> dict[str, float]:
    """Write lists of calls as PDF, a short and a long one."""
    busy_of: dict[int, float] = {}
    clock_of: dict[int, float] = {}
    write_long_pdf(Heading("Calls"), _LIST, _listed(100), folder / "first.pdf", zone=ZONE)
    for count in _PDF_ROWS:
        began, busy = time.perf_counter(), time.process_time()
        write_long_pdf(Heading("Calls", "Acme"), _LIST, _listed(count), folder / "list.pdf", zone=ZONE)
        clock_of[count], busy_of[count] = time.perf_counter() - began, time.process_time() - busy
    few, many = _PDF_ROWS
    return {
        "pdf_rows_a_second": many / clock_of[many],
        "pdf_rows_a_second_of_processor": many / busy_of[many],
        # 1 is a straight line, more is worse.
        "pdf_row_of_many_to_row_of_few": (busy_of[many] / many) / (busy_of[few] / few),
    }


_LIST: Final = (
    Column("at", "Time", Unit.MOMENT),
    Column("number", "Number"),
    Column("caller", "Caller"),
    Column("department", "Department"),
    Column("wait", "Waited", Unit.SECONDS),
    Column("talk", "Talked", Unit.SECONDS),
    Column("outcome", "Outcome"),
    Column("agent", "Agent"),
)


def _listed(count: int) -> Iterator[tuple[Any, ...]]:
    begin = int(_calls.period(1).start.timestamp()) * 1_000
    for n in range(count):
        department = _calls.DEPARTMENTS[n % 10]
        yield (
            begin + n * 31_250, f"+3706{n * 7919 % 10_000_000:07}", "Živilė", department, n % 61 + 0.25, n % 307 + 1.5,
            "answered", _calls.PEOPLE[n % 40],
        )  # fmt: skip
