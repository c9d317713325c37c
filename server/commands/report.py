"""`report`: the reports of the data folder, as text, JSON or CSV."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from ledger.journal_reads import JournalReads
from reports.day import DayReport
from reports.machine import as_csv, as_json
from reports.records import Projection
from reports.service import Reports
from reports.text import as_text
from server.data_folder import SiteNote, database_of, read_note
from server.terminal import Foreseen, complain, foreseen, put, put_json

NAMES = ("day",)
FORMATS = ("text", "json", "csv")
#: More days than this make no report that anybody reads.
MOST_DAYS = 366


def run(name: str, data: Path, start: str | None, end: str | None, format: str) -> int:
    """Print the report of each day from `start` to `end`; return 0, or 1 when figures do not add up.

    Raises `Foreseen` for a report, day or format that does not exist.
    """
    if name not in NAMES:
        raise Foreseen(f"there is no report {name!r}; there is {', '.join(NAMES)}")
    if format not in FORMATS:
        raise Foreseen(f"there is no format {format!r}; there are {', '.join(FORMATS)}")
    note = read_note(data)
    first = day_of(start, note)
    last = first if end is None else day_of(end, note)
    if not first <= last < first + timedelta(days=MOST_DAYS):
        raise Foreseen(f"from {first} to {last}: write the earlier day first, and at most {MOST_DAYS} days")
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    with foreseen():
        reports = asyncio.run(_reports(data, note, days))
    _print(reports, format)
    for report in reports:
        for warning in report.warnings:
            complain(f"{report.day}: {warning}")
    return 1 if any(report.warnings for report in reports) else 0


def day_of(text: str | None, note: SiteNote) -> date:
    """Read a day, the site's today when nothing was written; raises `Foreseen`."""
    if text is None:
        return datetime.now(UTC).astimezone(note.zone).date()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Foreseen(f"{text!r} is no day: write one such as 2026-11-24") from None
    if not 1971 <= day.year <= 9000:  # a day has another before and behind it, in every zone
        raise Foreseen(f"{text!r} is no day that we have calls of")
    return day


async def _reports(data: Path, note: SiteNote, days: list[date]) -> list[DayReport]:
    async with database_of(data, note) as database:
        journal = JournalReads(database)
        await Projection(journal, database).catch_up()
        service = Reports(journal, database, zone=note.zone, targets=note.answer_within)
        return [await service.day(day) for day in days]


def _print(reports: list[DayReport], format: str) -> None:
    match format:
        case "json":
            put_json({"report": "day", "days": [as_json(report) for report in reports]})
        case "csv":
            sys.stdout.write(as_csv(reports))  # as it is: the lines of CSV end in CR LF
        case _:
            for place, report in enumerate(reports):
                if place:
                    put()
                for line in as_text(report):
                    put(line)
