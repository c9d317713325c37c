"""What the service level counts above and below its line: as a figure, and as a list of just so many calls."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports import rollup, store
from reports.asking import Ask, Facts
from reports.builders import departments, heat, overview, trend
from reports.document import Cell, Heat, Table
from reports.model import CallRecord, Left, Stay
from reports.period import days_between
from reports.rules import RULES, Definition, LineSums, Rule
from reports.sums import By
from tests.fixtures.journal_of_calls import START
from tests.reports.town import ZONE

DAY = days_between(START.date(), START.date(), ZONE)
#: Sales' target is shorter than what a short abandon is.
TARGETS = {"billing": 20.0, "sales": 3.0}
WITH_ABANDONS = {"counts": "answered or abandoned", "of": "everybody"}
DEFINITIONS = [
    pytest.param(Definition.of(TARGETS, 10.0, {}), id="ours"),
    pytest.param(Definition.of(TARGETS, 10.0, WITH_ABANDONS), id="with abandons"),
    pytest.param(Definition.of(TARGETS, 10.0, {**WITH_ABANDONS, "without_short": True}), id="without short ones"),
    *(pytest.param(replace(Definition(TARGETS, 10.0), rule=rule), id=rule.name) for rule in RULES),
]


def calls() -> list[CallRecord]:
    """Every way to leave a line, after every wait that a threshold tells apart, and after one that nobody knows."""
    found = []
    for department in TARGETS:
        for left in Left:
            for wait in (2.0, 4.0, 12.0, 60.0, None):
                if left is not Left.WAITING or wait is None:
                    name = f"{department}-{left}-{wait}"
                    at = START + timedelta(seconds=len(found))
                    found.append(CallRecord(name, at, stays=(Stay(department, at, left, wait),)))
    return found


@pytest.fixture
async def facts(migrated: Path, tmp_path: Path) -> AsyncIterator[Facts]:
    shutil.copy(migrated, tmp_path / "a.db")
    async with await Database.open(str(tmp_path / "a.db")) as db:
        async with db.writing() as session:
            await store.put_records(session, calls(), None)
        await rollup.keep_to(db, Definition(TARGETS, 10.0))
        yield Facts(db, JournalReads(db))


@pytest.mark.parametrize("definition", DEFINITIONS)
async def test_the_list_is_as_long_as_the_figure(facts: Facts, definition: Definition) -> None:
    ask = Ask(DAY, definition, datetime(2026, 12, 1, tzinfo=UTC))
    rule, site = definition.rule, (await facts.all_lines(ask))[()]
    by = await facts.lines(ask, By.DEPARTMENT)
    assert sum(rule.served(one) for one in by.values()) == rule.served(site)
    for department, sums in [("", site), *((key[0], one) for key, one in by.items())]:
        for name, value in (("served", rule.served(sums)), ("counted", rule.counted(sums))):
            assert await facts.count(ask, ask.behind(f"line_{name}", department=department)) == value
    head = {figure.name: figure for figure in (await overview.build(ask, facts)).head}["service_level"]
    assert head.cell.behind is not None
    assert head.sub == f"{await facts.count(ask, head.cell.behind)} of {rule.counted(site)} who joined a line"


async def test_every_rule_beside_it_opens_its_calls(facts: Facts) -> None:
    ask = Ask(DAY, Definition(TARGETS, 10.0), datetime(2026, 12, 1, tzinfo=UTC))
    made = await overview.build(ask, facts)
    (table,) = (part for part in made.parts if isinstance(part, Table) and part.name == "rules")
    for row in table.rows:
        for cell in row[2:4]:
            assert cell.behind is not None
            assert await facts.count(ask, cell.behind) == cell.value


async def test_what_is_partly_known_says_so_on_every_page(facts: Facts) -> None:
    ask = Ask(DAY, Definition(TARGETS, 10.0), datetime(2026, 12, 1, tzinfo=UTC))
    for report, name in ((departments, "departments"), (trend, "days"), (heat, "service_level")):
        made = await report.build(ask, facts)
        (part,) = (part for part in made.parts if part.name == name and isinstance(part, Table | Heat))
        assert report is not heat or departments.SOME_UNKNOWN in made.notes
        shown = [cell for row in (part.rows if isinstance(part, Table) else part.cells) for cell in row]
        assert departments.SOME_UNKNOWN in {cell.note for cell in shown}


OURS, AMAZON = RULES[0], next(rule for rule in RULES if rule.name == "amazon")
GAVE_UP = LineSums(offered=10, abandoned=9, failed=1, abandoned_waits=9, unknown=1, longest_ms=100_000)
UNTOLD = LineSums(offered=3, answered=3, unknown=3)
SOME = LineSums(offered=4, answered=4, waits=1, within=1, wait_ms=9_000, longest_ms=9_000, unknown=3)
NOT_KNOWN = Cell(None, unknown=True)


@pytest.mark.parametrize(
    ("sums", "rule", "level", "average", "longest"),
    [
        pytest.param(GAVE_UP, OURS, Cell(0.0), Cell(None), Cell(100.0), id="nobody was answered, and all is known"),
        pytest.param(UNTOLD, OURS, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, id="no wait is known"),
        pytest.param(SOME, OURS, Cell(0.25, note=departments.SOME_UNKNOWN), Cell(9.0), Cell(9.0), id="some are"),
        pytest.param(
            LineSums(offered=2, abandoned=2, unknown=2), OURS, Cell(0.0), Cell(None), NOT_KNOWN, id="untold abandons"
        ),
        pytest.param(
            LineSums(offered=2, abandoned=2, unknown=2), AMAZON, NOT_KNOWN, Cell(None), NOT_KNOWN,
            id="untold abandons that the rule counts",
        ),
        pytest.param(LineSums(offered=1, waiting=1), OURS, Cell(None), Cell(None), Cell(None), id="waiting"),
        pytest.param(LineSums(), OURS, Cell(None), Cell(None), Cell(None), id="nobody"),
    ],
)  # fmt: skip
def test_not_known_is_said_where_it_is_so(
    sums: LineSums, rule: Rule, level: Cell, average: Cell, longest: Cell
) -> None:
    ask = Ask(DAY, Definition(rule=rule), datetime(2026, 12, 1, tzinfo=UTC))
    shown = (departments.level(ask, sums), departments.average_wait(sums), departments.longest_wait(sums))
    assert shown == (level, average, longest)
