"""The wait of a call is that for its first answer: who is passed on and waits again has been answered before."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
import sqlalchemy as sa

from callrouter.calls import Talk
from callrouter.events import Outcome
from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports import rollup, store
from reports import tables as t
from reports.asking import Ask, Facts
from reports.builders import overview
from reports.derive import record_of
from reports.figures import site_figures
from reports.metrics import wait_for_answer
from reports.model import CallRecord, Left, Offer, Stay, Unknown
from reports.period import days_between
from reports.recount import differences
from reports.rules import Definition
from tests.fixtures.journal_of_calls import START, Caller, abandoned_call
from tests.reports.town import ZONE

DEFINITION = Definition({"billing": 20.0, "support": 20.0})
DAY = days_between(START.date(), START.date(), ZONE)


def record(caller: Caller) -> CallRecord:
    found = record_of(caller.events)
    assert found is not None
    return found


def answered(name: str) -> Caller:
    """Answered by billing after 5 s, and passed on to support's line."""
    caller = Caller(name).menu().joins("billing", wait=3).rings("alice").answered("alice", waited=5.0, talk=60)
    return caller.released("alice", 60.0).joins("support", wait=200)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


#: Answered after 5 s, and once more in support's line after 300 s; answered after 5 s, and lost in support's line.
ANSWERED_AGAIN = record(
    answered("again").rings("bob", department="support").answered("bob", waited=300.0, talk=60, department="support")
)
GAVE_UP = record(answered("gone").leaves("", 200.0, department="support", why="abandoned"))
MOVED = Stay("billing", START, Left.MOVED_ON, 30.0)
CALLS = [replace(one, ended_at=after(900), outcome=Outcome.ANSWERED) for one in (ANSWERED_AGAIN, GAVE_UP)]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        pytest.param(ANSWERED_AGAIN, 5.0, id="answered again"),
        pytest.param(GAVE_UP, 5.0, id="gave up in the line behind"),
        pytest.param(record_of(abandoned_call("c")), None, id="never answered"),
        pytest.param(
            CallRecord("c", START, waited=35.0, answered_by="bob", answered_at=after(35),
                       stays=(MOVED, Stay("sales", after(30), Left.ANSWERED, 5.0, "bob"))),
            35.0, id="all lines before it",
        ),
        pytest.param(CallRecord("c", START, waited=9.0, outcome=Outcome.ANSWERED), 9.0, id="without a line"),
        pytest.param(
            CallRecord("c", START, outcome=Outcome.ANSWERED, unknown=frozenset({Unknown.WAIT})), None, id="not told"
        ),
        pytest.param(
            CallRecord("c", START, answered_by="bob", answered_at=after(35),
                       stays=(replace(MOVED, waited=None), Stay("sales", after(30), Left.ANSWERED, 5.0, "bob"))),
            None, id="told of one line only",
        ),
        pytest.param(
            CallRecord("c", START, waited=108.0, answered_by="bob", answered_at=after(8),
                       offers=(Offer("bob", "", START, "answered", 8.0),), talks=(Talk("bob", "", after(8), 10.0),),
                       stays=(Stay("billing", after(20), Left.ABANDONED, 100.0),)),
            8.0, id="a person first, a line afterwards",
        ),
    ],
)  # fmt: skip
def test_the_wait_for_the_first_answer(call: CallRecord, expected: float | None) -> None:
    assert wait_for_answer(call) == expected


def test_the_site_by_hand() -> None:
    found = site_figures(CALLS, DEFINITION.targets)
    assert (found.average_wait, found.longest_wait, found.service_level) == (5.0, 300.0, 1.0)


@pytest.fixture
async def house(migrated: Path, tmp_path: Path) -> AsyncIterator[Database]:
    shutil.copy(migrated, tmp_path / "a.db")
    async with await Database.open(str(tmp_path / "a.db")) as db:
        yield db


async def test_what_is_stored_already_is_filled_in(house: Database) -> None:
    direct = CallRecord("direct", START, waited=108.0, answered_by="bob", answered_at=after(8),
                        offers=(Offer("bob", "", START, "answered", 8.0),), talks=(Talk("bob", "", after(8), 10.0),),
                        stays=(Stay("billing", after(20), Left.ABANDONED, 100.0),))  # fmt: skip
    alone = CallRecord("alone", START, waited=9.0, answered_by="bob", outcome=Outcome.ANSWERED, source="cdr")
    untold = replace(alone, call="untold", unknown=frozenset({Unknown.WAIT}))
    records = [*CALLS, direct, alone, untold, replace(alone, call="lost", answered_by="", outcome=Outcome.ABANDONED)]
    fills = import_module("ledger.migrations.versions.0027_reports_first_answer")._FIRST_ANSWER
    async with house.writing() as session:
        await store.put_records(session, records, None)
        await session.execute(sa.update(t.calls).values(answer_ms=None))
        await session.execute(sa.text(fills))
        rows = await session.execute(sa.select(t.calls.c.call, t.calls.c.answer_ms))
        found = {row.call: row.answer_ms for row in rows}
    waits = {record.call: wait_for_answer(record) for record in records}
    assert found == {call: None if wait is None else wait * 1000 for call, wait in waits.items()}


async def test_the_head_of_the_day_and_its_lists(house: Database) -> None:
    async with house.writing() as session:
        await store.put_records(session, CALLS, None)
    await rollup.keep_to(house, DEFINITION)
    ask, facts = Ask(DAY, DEFINITION, datetime(2026, 12, 1, tzinfo=UTC)), Facts(house, JournalReads(house))
    head = {figure.name: figure.cell for figure in (await overview.build(ask, facts)).head}
    shown = [head[name].value for name in ("average_wait", "longest_wait", "service_level")]
    assert shown == [5.0, 300.0, 1.0]
    assert head["average_wait"].behind is not None
    assert await facts.count(ask, head["average_wait"].behind) == 2
    assert await differences(DAY, ask, facts) == []
    async with house.writing() as session:  # a recount sees it where it is not so
        await store.put_records(session, [replace(CALLS[0], waited=1.0, stays=(), answered_at=None)], None)
    assert any("average wait" in difference for difference in await differences(DAY, ask, facts))
