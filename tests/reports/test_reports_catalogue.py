"""Every report of the catalogue can be made of any calls: nothing at all, one call, a mixture of all that happens."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from callrouter.chronicle import entry
from callrouter.events import Event
from config.report_names import OF_THE_WHOLE_SITE
from config.report_names import REPORTS as SCHEDULED
from ledger import journal_store
from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports.asking import Ask, Facts
from reports.catalogue import REPORTS, NoReport, build
from reports.document import Cell, Chart, Document, Flow, Heat, Table
from reports.period import days_between
from reports.records import Projection
from reports.rules import Definition
from tests.fixtures.journal_of_calls import START, abandoned_call, answered_call, mixtures
from tests.fixtures.journal_of_calls import store as put

ZONE = ZoneInfo("Europe/Vilnius")
TODAY = START.astimezone(ZONE).date()
DAY = days_between(TODAY, TODAY, ZONE)
WEEK = days_between(TODAY - timedelta(days=3), TODAY + timedelta(days=3), ZONE)
ASK = Ask(DAY, Definition({"billing": 20.0}), START + timedelta(days=8), "Acme", site_departments=("billing", "sales"))


def cells(document: Document) -> list[Cell]:
    """Return every figure of a report."""
    found = [figure.cell for figure in document.head]
    for part in document.parts:
        match part:
            case Table():
                found += [cell for row in (*part.rows, part.total) for cell in row]
            case Heat():
                found += [cell for row in part.cells for cell in row]
            case Flow():
                found += [Cell(edge.count, edge.behind) for edge in part.edges]
            case Chart():
                assert all(len(series.values) == len(part.labels) for series in part.series)
                assert len(part.behind) in (0, len(part.labels))
    return found


async def no_figure_differs_from_its_list(document: Document, ask: Ask, facts: Facts) -> int:
    """Compare each count with the calls behind it; return how many were compared."""
    compared = 0
    for cell in cells(document):
        if cell.behind is not None and isinstance(cell.value, int):
            assert await facts.count(ask, cell.behind) == cell.value, (document.name, cell)
            listed = await facts.page(ask, cell.behind, limit=10_000)
            assert len(listed) == cell.value, (document.name, cell)
            compared += 1
    return compared


@settings(
    max_examples=7,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(events=mixtures())
def test_every_figure_of_every_report_is_the_length_of_its_list(migrated: Path, events: list[Event]) -> None:
    async def check(path: Path) -> None:
        async with await Database.open(path) as db:
            async with db.writing() as session:
                await journal_store.insert_entries(session, [entry(event) for event in events])
            await Projection(JournalReads(db), db, lambda: ASK.definition).catch_up()
            facts = Facts(db, JournalReads(db))
            for name in REPORTS:
                takes = "department" in REPORTS[name].takes
                for ask in (ASK, replace(ASK, period=WEEK, department="billing" if takes else "")):
                    made = await build(name, ask, facts)
                    await no_figure_differs_from_its_list(made, ask, facts)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.db"
        shutil.copy(migrated, path)
        asyncio.run(check(path))


@pytest.mark.parametrize("name", REPORTS)
async def test_a_time_without_calls_says_so(db: Database, name: str) -> None:
    made = await build(name, ASK, Facts(db, JournalReads(db)))
    assert made.warnings == ()
    for cell in cells(made):
        assert cell.value not in (1.0, 100) or cell.behind is None, "nothing is no 100 %"


async def test_what_somebody_may_not_see_is_not_made(db: Database) -> None:
    await put(db, [*answered_call("c1"), *abandoned_call("c2")])
    await Projection(JournalReads(db), db, lambda: ASK.definition).catch_up()
    facts = Facts(db, JournalReads(db))
    ask = replace(ASK, departments=frozenset({"sales"}))
    for name, report in REPORTS.items():
        if report.whole_site:
            with pytest.raises(NoReport, match="whole site"):
                await build(name, ask, facts)
            continue
        made = await build(name, ask, facts)
        assert made.scope == "sales"
        assert not [cell for cell in cells(made) if cell.value in ("billing", 2)], name
        with pytest.raises(NoReport, match="may not see"):
            await build(name, replace(ask, department="billing"), facts)


def test_what_can_be_scheduled_is_what_there_is() -> None:
    assert tuple(REPORTS) == SCHEDULED
    assert {name for name, report in REPORTS.items() if "department" not in report.takes} == OF_THE_WHOLE_SITE
