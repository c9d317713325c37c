"""Reports over a day with a gap: what lies over it is marked, nothing else is, and what was filled in is said.

A server died in a conversation on a Sunday afternoon, and Asterisk's own file told the end of it.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from callrouter import events as ev
from callrouter.archive import last_known
from ledger.clock import ManualClock
from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports.asking import Ask, Facts
from reports.catalogue import REPORTS, build
from reports.document import Cell, Chart, Document, Flow, Heat, Table, Unit
from reports.filled import filled_words
from reports.forms.as_csv import csv_of
from reports.forms.as_json import json_of
from reports.forms.text import lines_of
from reports.gap_reading import gaps_between
from reports.gaps import Gap, Why
from reports.imports.backfill import BackFill
from reports.model import CallRecord
from reports.period import days_between
from reports.records import Projection
from reports.rules import Definition
from tests.fixtures.journal_of_calls import abandoned_call, answered_call
from tests.fixtures.journal_of_calls import store as put
from tests.reports.imports.files import records
from tests.reports.imports.test_imports_cel import ANSWERED, BEGAN, CALL, TOLD, at

pytestmark = pytest.mark.asyncio(loop_scope="module")

ZONE = ZoneInfo("Europe/Vilnius")
#: The call came in at 16:48:35; the last that was written is of a second later, the next start of 16:58:35.
TODAY = BEGAN.astimezone(ZONE).date()
MORNING = datetime(2026, 11, 22, 8, tzinfo=UTC)  # 10:00 in Vilnius
ASK = Ask(
    days_between(TODAY, TODAY, ZONE), Definition(), MORNING + timedelta(days=8), minutes=15,
    site_departments=("billing", "sales"),
)  # fmt: skip
DAYS = replace(ASK, period=days_between(TODAY - timedelta(days=1), TODAY + timedelta(days=1), ZONE))
DIED = ev.ServerStarted(at=at(600), site="acme", after=at(0.2).isoformat())


@dataclass(frozen=True)
class House:
    db: Database
    facts: Facts
    journal: JournalReads
    projection: Projection
    calls: dict[str, CallRecord]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("gaps")
    shutil.copy(migrated, folder / "a.db")
    (folder / "calls.csv").write_text("\n".join(ANSWERED) + "\n")
    async with await Database.open(folder / "a.db", migrate=False) as db:
        journal = JournalReads(db)
        quiet = [*answered_call("c1", at=MORNING), *abandoned_call("c2", at=MORNING + timedelta(hours=4))]
        # Long ago, so that it is told by nothing near this day that the server was there.
        first = ev.ServerStarted(at=MORNING - timedelta(days=90), site="acme")
        await put(db, [first, *quiet, *TOLD[1:4], DIED, *TOLD[5:]])
        projection = Projection(journal, db, Definition)
        await projection.catch_up()
        await BackFill(db, journal, Definition, folder / "calls.csv", ManualClock(at(3600))).run()
        yield House(db, Facts(db, journal), journal, projection, await records(db))


async def made(house: House, name: str, ask: Ask = ASK) -> Document:
    return await build(name, ask, house.facts)


def part(document: Document, name: str) -> Table | Chart | Heat | Flow:
    return next(one for one in document.parts if one.name == name)


def figures(table: Table) -> list[list[Cell]]:
    """The cells that are figures, row by row."""
    is_figure = [column.unit not in (Unit.TEXT, Unit.DAY, Unit.MOMENT, Unit.SECONDS) for column in table.columns]
    return [[cell for cell, one in zip(row, is_figure, strict=True) if one] for row in table.rows]


def lit(table: Table) -> list[set[bool]]:
    """Which marks the figures of each row have."""
    return [{cell.unsure for cell in row if not isinstance(cell.value, str)} for row in figures(table)]


async def test_the_beginning_is_the_last_that_was_written(house: House) -> None:
    start, end = ASK.period.start, ASK.period.end
    assert await gaps_between(house.journal, start, end) == (Gap(Why.DIED, at(0.2), at(600)),)
    assert await gaps_between(house.journal, at(300), at(301)) == (Gap(Why.DIED, at(0.2), at(600)),)
    assert await gaps_between(house.journal, start, at(0)) == ()
    assert await gaps_between(house.journal, at(600), end) == ()


async def test_a_start_knows_when_the_last_happened(house: House, migrated: Path, tmp_path: Path) -> None:
    """What was written last, a record of an end that was found out later, is not what happened last."""
    late = ev.CallEnded(at=at(-5), call="c9", outcome="failed", estimated=True)
    shutil.copy(migrated, tmp_path / "new.db")
    async with await Database.open(tmp_path / "new.db", migrate=False) as db:
        assert await last_known(JournalReads(db)) is None
        await put(db, [TOLD[-1], late])
        assert await last_known(JournalReads(db)) == TOLD[-1].at


async def test_of_intervals_only_those_are_marked_that_lie_over_it(house: House) -> None:
    table = part(await made(house, "intervals"), "intervals")
    assert isinstance(table, Table)
    of_day = [f"{hour}:{minute:02d}" for hour in range(10, 17) for minute in range(0, 60, 15)]
    assert [row[1].value for row in table.rows] == 2 * of_day, "of each line, those without calls as well"
    called = [(row[0].value, row[1].value) for row in table.rows if row[2].value]
    assert called == [("billing", "10:00"), ("billing", "14:00"), ("sales", "16:45")]
    assert table.note == "nobody joined a line before 10:00 or from 17:00 on"
    assert [row[1].value for row, over in zip(table.rows, lit(table), strict=True) if over == {True}] == 2 * ["16:45"]
    course = part(await made(house, "intervals"), "course")
    assert isinstance(course, Chart)
    assert list(course.labels) == of_day, "they are as far from each other as they are drawn"
    assert [label for label, over in zip(course.labels, course.unsure, strict=True) if over] == ["16:45"]


async def test_of_days_only_that_one_is_marked(house: House) -> None:
    document = await made(house, "trend", DAYS)
    table, level = part(document, "days"), part(document, "level")
    assert isinstance(table, Table)
    assert isinstance(level, Chart)
    assert lit(table) == [{False}, {True}, {False}]
    assert level.unsure == (False, True, False)
    course = part(await made(house, "day", DAYS), "course")
    assert isinstance(course, Chart)
    assert course.unsure == (False, True, False)


async def test_of_a_heat_map_that_hour_is_marked(house: House) -> None:
    for heat in (await made(house, "heat")).parts:
        assert isinstance(heat, Heat)
        marked = {(day, hour) for day, row in enumerate(heat.cells) for hour, cell in enumerate(row) if cell.unsure}
        assert marked == {(6, 16)}


async def test_the_day_is_marked_and_says_why(house: House) -> None:
    document = await made(house, "day")
    assert {figure.cell.unsure for figure in document.head} == {True}
    course, table = part(document, "course"), part(document, "departments")
    assert isinstance(course, Chart)
    assert isinstance(table, Table)
    assert [hour for hour, over in enumerate(course.unsure) if over] == [16]
    assert lit(table) == [{True}, {True}]
    assert document.notes == (
        "the server ended without being stopped, at 2026-11-22 16:48:35 or later; it started again at 16:58:35:"
        " figures of that time are not sure",
        "we did not see the end of 1 call: it was filled in from Asterisk's own file",
    )


@pytest.mark.parametrize("name", ["departments", "menus", "numbers", "waits", "transfers", "repeats", "reached-nobody"])
async def test_figures_of_the_whole_day_are_marked(house: House, name: str) -> None:
    document = await made(house, name)
    found = [figure.cell for figure in document.head]
    found += [cell for table in document.parts if isinstance(table, Table) for row in figures(table) for cell in row]
    assert {cell.unsure for cell in found if isinstance(cell.value, int)} <= {True}
    assert all(chart.unsure and all(chart.unsure) for chart in document.parts if isinstance(chart, Chart))
    assert all(flow.unsure for flow in document.parts if isinstance(flow, Flow))


@pytest.mark.parametrize("name", REPORTS)
async def test_the_day_after_has_no_mark(house: House, name: str) -> None:
    after = replace(ASK, period=days_between(TODAY + timedelta(days=1), TODAY + timedelta(days=1), ZONE))
    text = "\n".join(lines_of(await made(house, name, after)))
    assert "lies over a gap" not in text
    assert "filled in" not in text


async def test_every_form_says_it(house: House) -> None:
    document = await made(house, "intervals")
    table = json_of(document)["parts"][1]
    over = [*27 * [False], True]
    assert [row.get("more", {}).get("offered", {}).get("unsure", False) for row in table["rows"]] == 2 * over
    assert json_of(document)["parts"][0]["unsure"] == over
    heading, *rows = [line.rstrip().split(",")[-1] for line in csv_of(document, "intervals")]
    assert (heading, [bool(row) for row in rows]) == ("unsure", 2 * over)
    text = lines_of(document)
    assert sum("16:45" in line and "1*" in line for line in text) == 1
    assert not any("10:00" in line and "*" in line for line in text)


async def test_who_sees_one_department_is_told_of_its_calls_only(house: House) -> None:
    for department, filled in (("sales", 1), ("billing", 0)):
        assert await house.facts.filled(replace(ASK, departments=frozenset({department}))) == filled
    assert await house.facts.filled(ASK) == await house.facts.count(ASK, ASK.behind("filled")) == 1


async def test_the_call_says_how_it_was_completed(house: House) -> None:
    assert {call: record.filled for call, record in house.calls.items()} == {"c1": "", "c2": "", CALL: "cel"}
    assert await filled_words(house.db, CALL, ZONE) == (
        "We did not see the end of this call: its end was filled in from Asterisk's own file."
        " It ended at 16:49:36, after 1 min 01 s of talk; the agent hung up first."
    )
    assert await filled_words(house.db, "c1", ZONE) == await filled_words(house.db, "nobody", ZONE) == ""


async def test_made_anew_it_is_the_same(house: House) -> None:
    await house.projection.rebuild(ASK.period.start, ASK.period.end)
    assert await records(house.db) == house.calls
    assert await house.facts.filled(ASK) == 1
