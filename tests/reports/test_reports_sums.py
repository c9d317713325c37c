"""Sums of calls: equal to a recount of the calls one by one, however they were grouped, stored or made anew."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings

from callrouter.chronicle import entry
from callrouter.events import Event, Outcome
from ledger import journal_store
from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports import rollup
from reports.asking import Ask, Facts
from reports.builders import intervals
from reports.counting import names
from reports.document import Table
from reports.period import Period, days_between, stretches
from reports.records import Projection
from reports.recount import differences
from reports.rules import Definition, LineSums
from reports.sums import By
from tests.fixtures.journal_of_calls import START, Caller, abandoned_call, answered_call, mixtures
from tests.fixtures.journal_of_calls import store as put

ZONE = ZoneInfo("Europe/Vilnius")
DAY = days_between(START.astimezone(ZONE).date(), START.astimezone(ZONE).date(), ZONE)
DEFINITION = Definition({"billing": 20.0, "sales": 5.0}, short=3.0)
ASK = Ask(DAY, DEFINITION, START)


def projection(db: Database) -> Projection:
    return Projection(JournalReads(db), db, lambda: DEFINITION)


def facts(db: Database) -> Facts:
    return Facts(db, JournalReads(db))


@settings(max_examples=18, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(events=mixtures())
def test_whatever_comes_the_stored_sums_are_those_of_a_recount(migrated: Path, events: list[Event]) -> None:
    async def check(path: Path) -> None:
        async with await Database.open(path) as db:
            middle = len(events) // 2
            for some in (events[:middle], events[middle:]):
                if some:
                    async with db.writing() as session:
                        await journal_store.insert_entries(session, [entry(event) for event in some])
                await projection(db).catch_up()
            found = facts(db)
            assert await differences(DAY, ASK, found) == []
            stored = await everything(found, ASK)
            # Counted from the calls themselves, which is done where other thresholds are asked for, it is the same.
            async with db.writing() as session:
                await rollup._mark(session, "others")
            assert await everything(found, ASK) == stored

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.db"
        shutil.copy(migrated, path)
        asyncio.run(check(path))


async def everything(found: Facts, ask: Ask) -> list[object]:
    return [
        await found.lines(ask, By.DEPARTMENT, By.HOUR),
        await found.lines(ask, By.INTERVAL),
        await found.all_lines(ask),
    ]


async def test_another_threshold_changes_the_figure_and_the_list_together(db: Database) -> None:
    await put(db, [*abandoned_call("c1", 2.0), *abandoned_call("c2", 4.0), *abandoned_call("c3", 40.0)])
    await projection(db).catch_up()
    for short, expected in ((3.0, 1), (5.0, 2), (60.0, 3)):
        ask = replace(ASK, definition=replace(DEFINITION, short=short))
        found = facts(db)
        assert (await found.lines(ask, By.DEPARTMENT))["billing",].short == expected
        behind = ask.behind("line_short", department="billing")
        assert (await found.count(ask, behind), len(await found.page(ask, behind))) == (expected, expected)
    other = replace(DEFINITION, short=5.0)
    assert await rollup.keep_to(db, other)
    assert not await rollup.keep_to(db, other)
    assert (await facts(db).lines(replace(ASK, definition=other), By.DEPARTMENT))["billing",].short == 2


async def test_sums_follow_a_call_whose_beginning_is_told_late(db: Database) -> None:
    later = answered_call("c1", at=START + timedelta(hours=2))
    await put(db, later[3:])
    await projection(db).catch_up()
    await put(db, later[:3])
    await projection(db).catch_up()
    assert await differences(DAY, ASK, facts(db)) == []
    assert (await facts(db).calls(ASK))[()].offered == 1


async def test_a_day_of_twenty_five_hours(db: Database) -> None:
    night = days_between(date(2026, 10, 25), date(2026, 10, 25), ZONE)
    first = night.start + timedelta(hours=3, minutes=10)  # 03:10 in summer time
    await put(db, [*answered_call("a", at=first), *answered_call("b", at=first + timedelta(hours=1))])
    await projection(db).catch_up()
    ask = replace(ASK, period=night)
    assert await facts(db).calls(ask, By.HOUR) == {(3,): (await facts(db).calls(ask))[()]}  # 03:10 twice
    assert len(await facts(db).calls(ask, By.INTERVAL)) == 2
    assert list(await facts(db).calls(ask, By.DAY)) == [(night.first,)]
    # The hour that comes twice says which it is, on that day alone and in a longer time.
    for period, day in ((night, ""), (days_between(date(2026, 10, 24), date(2026, 10, 26), ZONE), "2026-10-25 ")):
        made = await intervals.build(replace(ask, period=period), facts(db))
        (table,) = (part for part in made.parts if isinstance(part, Table))
        called = [row[1].value for row in table.rows if row[2].value]
        assert called == [f"{day}03:00 EEST", f"{day}03:00 EET"]


async def test_somebody_who_sees_one_department_sees_no_more(db: Database) -> None:
    await put(db, [*answered_call("a"), *Caller("b").joins("sales").ends(Outcome.ABANDONED)])
    await projection(db).catch_up()
    ask, found = replace(ASK, departments=frozenset({"sales"})), facts(db)
    assert set(await found.lines(ask, By.DEPARTMENT)) == {("sales",)}
    with pytest.raises(PermissionError):
        await found.calls(ask)
    assert [record.call for _, record in await found.page(ask, ask.behind("offered"))] == ["b"]
    assert [record.call for _, record in await found.page(ask, ask.behind("line_offered", department="billing"))] == []


async def test_nothing_is_nothing(db: Database) -> None:
    found = facts(db)
    assert await found.all_lines(ASK) == {(): LineSums()}
    assert await found.lines(ASK, By.DEPARTMENT) == {}
    for name in sorted(names()):
        assert await found.count(ASK, ASK.behind(name)) == 0


def test_a_period_is_cut_where_the_clock_changes() -> None:
    year = Period(days_between(START.date(), START.date(), ZONE).start, DAY.start + timedelta(days=365), ZONE)
    assert [stretch.offset for stretch in stretches(year)] == [7200, 10800, 7200]
