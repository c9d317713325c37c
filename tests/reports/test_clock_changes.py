"""Days, hours and intervals where a zone changes its clock in an unusual way: each figure is the length of its list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from shutil import copy
from zoneinfo import ZoneInfo

import pytest

from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports import rollup, store
from reports.asking import Ask, Facts
from reports.builders import heat, intervals, overview, trend
from reports.document import Cell, Chart, Document, Heat, Table
from reports.model import CallRecord, Left, Stay
from reports.period import bounds, days_between, stretches
from reports.rules import Definition
from tests.ledger.postgres import run_apart

DEFINITION = Definition({"billing": 20.0})
#: A zone, the day of the change, and how many rows the intervals of 60 minutes of that day have.
CHANGES = [
    pytest.param("Australia/Lord_Howe", date(2026, 4, 5), 25, id="half an hour back"),
    pytest.param("Australia/Lord_Howe", date(2026, 10, 4), 24, id="half an hour on"),
    pytest.param("America/Caracas", date(2016, 5, 1), 24, id="half an hour on for good"),
    pytest.param("Asia/Pyongyang", date(2018, 5, 4), 24, id="half an hour on at midnight"),
    pytest.param("America/St_Johns", date(2010, 11, 7), 26, id="an hour back at 00:01"),
    pytest.param("America/St_Johns", date(2010, 3, 14), 24, id="an hour on at 00:01"),
    pytest.param("America/Sao_Paulo", date(2018, 2, 17), 25, id="an hour back at midnight"),
    pytest.param("America/Sao_Paulo", date(2018, 11, 4), 23, id="an hour on at midnight"),
    pytest.param("Europe/Vilnius", date(2026, 10, 25), 25, id="an hour back at night"),
]


def calls() -> Iterator[CallRecord]:
    """Yield a call for every seven minutes of the days around each change."""
    days = {(str(one.values[0]), one.values[1]) for one in CHANGES}
    for zone, day in sorted((zone, day) for zone, day in days if isinstance(day, date)):
        at, end = bounds(day - timedelta(days=1), ZoneInfo(zone))[0], bounds(day + timedelta(days=1), ZoneInfo(zone))[1]
        while at < end:
            yield CallRecord(f"{zone}{at}", at, at, stays=(Stay("billing", at, Left.ANSWERED, 10.0),))
            at += timedelta(minutes=7)


@pytest.fixture(scope="module")
def called(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("clocks") / "a.db"
    copy(migrated, path)

    async def fill() -> None:
        async with await Database.open(str(path)) as db:
            await rollup.keep_to(db, DEFINITION)
            async with db.writing() as session:
                await store.put_records(session, list(calls()), DEFINITION)

    run_apart(fill(), 60.0)
    return str(path)


@pytest.mark.parametrize(("zone", "day", "rows"), CHANGES)
async def test_every_figure_is_the_length_of_its_list(called: str, zone: str, day: date, rows: int) -> None:
    ask = Ask(days_between(day, day, ZoneInfo(zone)), DEFINITION, datetime(2030, 1, 1, tzinfo=UTC))
    around = replace(ask, period=days_between(day - timedelta(days=1), day + timedelta(days=1), ask.period.zone))
    async with await Database.open(called) as db:
        facts = Facts(db, JournalReads(db))
        await compare(facts, ask, await intervals.build(replace(ask, minutes=30), facts))
        hourly = await intervals.build(ask, facts)
        await compare(facts, ask, hourly)
        offered = [row[2].value for part in hourly.parts if isinstance(part, Table) for row in part.rows]
        assert len(offered) == rows
        assert sum(value for value in offered if isinstance(value, int)) == sum(
            call.call.startswith(zone) and ask.period.start <= call.offered_at < ask.period.end for call in calls()
        )
        for report in (overview, heat):
            await compare(facts, ask, await report.build(ask, facts))
        await compare(facts, around, await trend.build(replace(around, department="billing"), facts))


async def compare(facts: Facts, ask: Ask, made: Document) -> None:
    compared = 0
    for part in made.parts:
        match part:
            case Table():
                cells = [cell for row in part.rows for cell in row if isinstance(cell.value, int) and cell.value]
            case Heat():
                cells = [cell for row in part.cells for cell in row if isinstance(cell.value, int)]
            case Chart():
                sums = [sum(series.values[n] or 0 for series in part.series) for n in range(len(part.labels))]
                cells = [Cell(value, behind) for value, behind in zip(sums, part.behind, strict=False)]
            case _:
                cells = []
        for cell in cells:
            if cell.behind is not None and cell.value and cell.behind.count in ("offered", "line_offered"):
                assert await facts.count(ask, cell.behind) == cell.value, (made.name, part.name, cell)
                compared += 1
    assert compared > 0


def test_a_clock_that_is_put_back_past_midnight_begins_no_day_anew() -> None:
    period = days_between(date(2010, 11, 6), date(2010, 11, 7), ZoneInfo("America/St_Johns"))
    before, behind = stretches(period)
    assert (before.end % 900, behind.start == before.end) == (0, True)  # 00:01 is taken to be 00:15
    assert behind.day == (before.end + before.offset) // 86_400
