"""The time sheet and the own day of a whole journal: calls, people and a server that was away."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from callrouter import events as ev
from callrouter.events import Event
from ledger.clock import ManualClock
from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports import counting, records, spans_projection
from reports import spans_store as store
from reports.document import Cell, Table
from reports.model import Unknown
from reports.people import PeopleParts, PeopleReports
from reports.period import Period, days_between
from reports.rules import Definition
from reports.spans import micros
from reports.spans_imported import imported_moment
from reports.store import find_record, put_records
from tests.fixtures.journal_of_calls import START, Caller, answered_call
from tests.fixtures.journal_of_calls import store as put

VILNIUS = ZoneInfo("Europe/Vilnius")
DAY = date(2026, 11, 24)
TODAY = days_between(DAY, DAY, VILNIUS)
#: 09:30 in UTC, 11:30 in Vilnius.
NOW = START + timedelta(minutes=90)


@pytest.fixture
async def light(migrated: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """A database of SQLite only, for what is not about SQL."""
    path = tmp_path / "people.db"
    shutil.copyfile(migrated, path)
    async with await Database.open(path, migrate=False) as database:
        yield database


def person(minutes: float, state: str, agent: str = "alice", **more: str) -> Event:
    return ev.AgentChanged(at=START + timedelta(minutes=minutes), agent=agent, state=state, **more)


def worked(agent: str) -> list[Event]:
    """Ten minutes ready, one ringing, five in conversation, two after it, then lunch for half an hour; ready again."""
    return [
        person(minutes, state, agent, **({"reason": "lunch"} if state == "paused" else {}))
        for minutes, state in (
            (0, "ready"), (10, "ringing"), (11, "talking"), (16, "wrap-up"), (18, "paused"), (48, "ready"),
            (60, "logged out"),
        )
    ]  # fmt: skip


def journal_of_a_day() -> list[Event]:
    link = ev.LinkLost(
        at=START + timedelta(minutes=12),
        since=(START + timedelta(minutes=11.5)).isoformat(),
        until=(START + timedelta(minutes=12)).isoformat(),
    )
    return [
        ev.ServerStarted(at=START - timedelta(minutes=1), site="v1"),
        *worked("alice"),
        link,
        person(0, "ready", "bob"),
        person(70, "paused", "bob"),
        person(75, "ready", "carol"),
        person(-60 * 24, "ready", "dora"),
        person(-60 * 23, "logged out", "dora"),
        *answered_call("c1", at=START + timedelta(minutes=10)),
        *Caller("c2", at=START + timedelta(minutes=20)).joins().rings("bob").not_taken("bob").ends("abandoned"),
        *Caller("c3", at=START + timedelta(minutes=21)).joins().rings("bob").not_taken("bob", "unreachable")
        .rings("carol").answered("carol", talk=60.0).ends("answered"),
    ]  # fmt: skip


async def derived(db: Database, events: list[Event]) -> PeopleReports:
    await put(db, events)
    journal = JournalReads(db)
    await records.Projection(journal, db, Definition).catch_up()
    await spans_projection.Projection(journal, db).catch_up()
    return PeopleReports(journal, db, VILNIUS, ManualClock(NOW))


def rows(parts: PeopleParts, number: int = 0) -> dict[object, Mapping[str, Cell]]:
    """Return the cells of a table by the first cell of their row and the name of their column."""
    table = parts.parts[number]
    assert isinstance(table, Table)
    names = [column.name for column in table.columns]
    return {row[0].value: dict(zip(names, row, strict=True)) for row in (*table.rows, table.total) if row}


async def test_the_time_sheet_of_a_day(db: Database) -> None:
    reports = await derived(db, journal_of_a_day())
    sheet = await reports.time_sheet(TODAY, names={"bob": "Bob Roe"})
    found = rows(sheet)
    assert list(found) == ["alice", "Bob Roe", "carol", "total"]
    alice = {name: cell.value for name, cell in found["alice"].items()}
    assert alice | {
        "logged_in": 3600, "ready": 1320, "ringing": 60, "talking": 300, "wrap_up": 120, "paused": 1800, "rang": 1,
        "paused_1": 1800, "paused_2": 0, "phone_away": 0, "conversations": 1, "handling_time": 180,
        "occupancy": pytest.approx(420 / 1800), "utilisation": pytest.approx(420 / 3600),
    } == alice  # fmt: skip
    bob = found["Bob Roe"]
    assert [bob[name].value for name in ("rang", "missed", "not_reached", "conversations")] == [2, 1, 1, 0]
    # Ready since the morning, paused since then: counted up to now.
    assert [bob[name].value for name in ("ready", "paused", "logged_in")] == [4200, 1200, 5400]
    assert sheet.notes == ("who is logged in still is: counted up to 11:30:00",)
    assert sheet.warnings == ()
    # While the link was lost alice and bob were logged in, carol was not.
    assert [found[name]["talking"].unsure for name in ("alice", "Bob Roe", "carol")] == [True, True, False]
    await every_door_opens_as_many_calls(db, found, TODAY)
    await totals_add_up(found)


async def every_door_opens_as_many_calls(db: Database, found: Mapping[object, Mapping[str, Cell]], of: Period) -> None:
    doors = [cell for row in found.values() for cell in row.values() if cell.behind and isinstance(cell.value, int)]
    assert doors
    async with db.reading() as session:
        for cell in doors:
            assert cell.behind is not None
            assert await counting.how_many(session, cell.behind, of.zone, Definition()) == cell.value, cell.behind


async def totals_add_up(found: Mapping[object, Mapping[str, Cell]]) -> None:
    parts = ("ready", "ringing", "talking", "wrap_up", "paused")
    for row in found.values():
        assert sum(number(row[part]) for part in parts) == number(row["logged_in"])
    people = [row for name, row in found.items() if name != "total"]
    for name in (*parts, "logged_in", "rang", "missed", "not_reached", "conversations", "hold"):
        assert sum(number(row[name]) for row in people) == number(found["total"][name]), name


def number(cell: Cell) -> float:
    assert isinstance(cell.value, int | float)
    return cell.value


async def test_only_these_people_and_these_departments(db: Database) -> None:
    reports = await derived(db, journal_of_a_day())
    assert list(rows(await reports.time_sheet(TODAY, {"alice", "nobody"}))) == ["alice", "total"]
    found = rows(await reports.time_sheet(TODAY, {"alice"}, departments={"support"}))
    assert [found["alice"][name].value for name in ("logged_in", "rang", "conversations")] == [3600, 0, 0]
    empty = await reports.time_sheet(days_between(date(2026, 11, 30), date(2026, 12, 1), VILNIUS))
    assert rows(empty) == {}


async def test_a_sheet_by_day_adds_up_to_that_of_all_days(light: Database) -> None:
    night = [person(60 * 13, "ready", "eve"), person(60 * 17, "paused", "eve"), person(60 * 20, "logged out", "eve")]
    reports = await derived(light, [*journal_of_a_day(), *night])
    reports = PeopleReports(JournalReads(light), light, VILNIUS, ManualClock(START + timedelta(days=5)))
    both = days_between(DAY, date(2026, 11, 25), VILNIUS)
    found = rows(await reports.sheet_by_day(both, "eve"))
    # In Vilnius midnight is 22:00 in UTC, fourteen hours after the start.
    assert [(name, row["ready"].value, row["paused"].value) for name, row in found.items()] == [
        (DAY, 3600, 0), (date(2026, 11, 25), 3 * 3600, 3 * 3600), ("total", 4 * 3600, 3 * 3600),
    ]  # fmt: skip


async def test_a_killed_server_s_time_is_no_work(light: Database) -> None:
    events = [
        ev.ServerStarted(at=START - timedelta(minutes=1), site="v1"),
        person(0, "ready"), person(5, "talking"), person(30, "ready"),
        ev.ServerStarted(at=START + timedelta(minutes=30, seconds=3), site="v1"),
        person(40, "logged out"),
    ]  # fmt: skip
    sheet = await (await derived(light, events)).time_sheet(TODAY)
    found = rows(sheet)["alice"]
    assert found["ready"].value == 300 + 9 * 60 + 57
    assert (found["talking"].value, found["not_known"].value) == (0, 25 * 60 + 3)
    assert found["ready"].unsure
    assert [note.split(":")[0] for note in sheet.notes] == ["the server was away for a time"]


async def test_an_own_day_names_no_colleague(light: Database) -> None:
    reports = await derived(light, journal_of_a_day())
    mine = await reports.own_day("alice", DAY, {"alice", "bob", "carol", "zoe"})
    beside = rows(mine, 1)
    assert [row["logged_in"].value for row in beside.values()] == [3600, (3600 + 5400 + 900) / 3]
    assert [row["conversations"].value for row in beside.values()] == [1, 2 / 3]
    assert [figure.cell.value for figure in mine.head][:3] == [3600, 1, 0]
    said = repr(mine)
    assert not [name for name in ("bob", "carol", "zoe") if name in said]
    few = await reports.own_day("alice", DAY, {"bob"})
    assert list(rows(few, 1)) == ["you"]
    nothing = await reports.own_day("nobody", DAY)
    assert [figure.cell.value for figure in nothing.head] == [0, 0, 0, None, None, None]


async def test_an_imported_day_tells_who_was_there_and_not_what_they_did(light: Database) -> None:
    reports = await derived(light, answered_call("c1", at=START + timedelta(minutes=10)))
    async with light.writing() as session:
        record = await find_record(session, "c1")
        assert record is not None
        told = replace(record, source="queue_log", unknown=frozenset({Unknown.RINGING}), offers=())
        await put_records(session, [told], None)
        moments = [
            imported_moment(START + timedelta(minutes=m), "alice", state, "lunch", "", "queue_log")
            for m, state in ((0, "logged in"), (20, "paused"), (30, "ready"), (60, "logged out"))
        ]
        await store.put_imported(session, moments)
        await store.make_imported(session)
    sheet = await reports.time_sheet(TODAY)
    found = rows(sheet)["alice"]
    values = [found[name].value for name in ("logged_in", "paused", "undivided", "conversations")]
    assert values == [3600, 600, 3000, 1]
    assert {name for name, cell in found.items() if cell.unknown} == {
        "ready", "ringing", "talking", "hold", "wrap_up", "phone_away", "rang", "missed", "not_reached",
        "handling_time", "occupancy", "utilisation",
    }  # fmt: skip
    assert sheet.notes == ("an imported file tells who was logged in and paused, but not ready from talking",)


async def test_more_than_there_was_time_is_a_warning(light: Database) -> None:
    reports = await derived(light, worked("alice"))
    async with light.writing() as session:  # a fault of ours: two spans at once
        await session.execute(
            store.spans.insert().values(
                agent="alice", since_us=micros(START) + 1, source="", until_us=micros(NOW), doing="ready", reason="",
                department="", reachable=True,
            )
        )  # fmt: skip
    hour = Period(START, START + timedelta(hours=1), VILNIUS)
    sheet = await reports.time_sheet(hour)
    assert sheet.warnings == ("the times of alice do not add up: they are longer than the time asked for",)


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        pytest.param(date(2026, 10, 25), 25, id="25 hours"),
        pytest.param(date(2026, 3, 29), 23, id="23 hours"),
        pytest.param(DAY, 24, id="24 hours"),
    ],
)
async def test_somebody_who_never_goes_home(light: Database, day: date, hours: int) -> None:
    await derived(light, [ev.AgentChanged(at=START - timedelta(days=400), agent="alice", state="ready")])
    reports = PeopleReports(JournalReads(light), light, VILNIUS, ManualClock(START + timedelta(days=2)))
    found = rows(await reports.time_sheet(days_between(day, day, VILNIUS)))
    assert found["alice"]["logged_in"].value == hours * 3600


async def test_a_sheet_of_a_year_has_a_line_a_month(light: Database) -> None:
    reports = await derived(light, [person(0, "ready"), person(60, "logged out"), person(60 * 24 * 10, "ready")])
    reports = PeopleReports(JournalReads(light), light, VILNIUS, ManualClock(START + timedelta(days=30)))
    found = rows(await reports.sheet_by_day(days_between(date(2026, 3, 15), date(2027, 3, 14), VILNIUS), "alice"))
    assert list(found) == [date(2026, 11, 1), date(2026, 12, 1), "total"]
    assert number(found["total"]["ready"]) == sum(number(found[month]["ready"]) for month in list(found)[:2])
