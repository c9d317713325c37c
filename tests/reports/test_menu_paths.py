"""Menu paths: every visit is counted, however much callers enter; and what they enter is no line of a report."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports import rollup, store
from reports.asking import Ask, Facts
from reports.builders import menus
from reports.counting import SEVERAL_KEYS
from reports.document import Document, Flow, Table
from reports.model import CallRecord, Step
from reports.period import days_between
from reports.rules import Definition
from tests.fixtures.journal_of_calls import START

ASK = Ask(days_between(START.date(), START.date(), ZoneInfo("Europe/Vilnius")), Definition(), START + timedelta(days=9))
#: More callers than a table has rows, each of whom enters another number of a contract.
CALLERS = 2_100


def call(n: int, *steps: Step) -> CallRecord:
    at = START + timedelta(seconds=n)
    return CallRecord(f"c{n}", at, at + timedelta(seconds=60), steps=steps)


CALLS = [
    *(
        call(n, Step("main", "1", "menu contract"), Step("contract", f"{100_000 + n}", "department billing"))
        for n in range(CALLERS)
    ),
    call(9_001, Step("main", "2", "department support")),
    call(9_002, Step("main", "", "department support")),
    call(9_003, Step("main", "", "")),
]


async def report(db: Database) -> tuple[Document, Facts]:
    async with db.writing() as session:
        await store.put_records(session, CALLS, None)
    await rollup.keep_to(db, Definition())
    facts = Facts(db, JournalReads(db))
    return await menus.build(ASK, facts), facts


def rows(document: Document, name: str) -> list[tuple[object, ...]]:
    (table,) = (part for part in document.parts if isinstance(part, Table) and part.name == name)
    return [tuple(cell.value for cell in row) for row in table.rows]


async def test_every_visit_is_counted_and_no_number_is_shown(db: Database) -> None:
    document, facts = await report(db)
    assert rows(document, "menus") == [
        ("main", CALLERS + 3, 1, pytest.approx(1 / (CALLERS + 3)), 2),
        ("contract", CALLERS, 0, 0.0, 0),
    ]
    assert rows(document, "ways") == [
        ("contract", SEVERAL_KEYS, "billing", CALLERS),
        ("main", "1", "menu contract", CALLERS),
        ("main", "no key", menus.LEFT, 1),
        ("main", "no key", "support", 1),
        ("main", "2", "support", 1),
    ]
    (flow,) = (part for part in document.parts if isinstance(part, Flow))
    assert {(edge.origin, edge.to, edge.count, edge.label) for edge in flow.edges} == {
        ("menu contract", "department billing", CALLERS, "…"),
        ("menu main", "menu contract", CALLERS, "1"),
        ("menu main", "department support", 2, "2 –"),
        ("menu main", menus.LEFT, 1, "–"),
    }
    assert {node.name: (node.depth, node.count) for node in flow.nodes} == {
        "menu main": (0, CALLERS + 3),
        "menu contract": (1, CALLERS),
        "department billing": (2, CALLERS),
        "department support": (2, 2),
        menus.LEFT: (2, 1),
    }
    for edge in flow.edges:
        assert edge.behind is not None
        assert await facts.count(ASK, edge.behind) == edge.count, edge
