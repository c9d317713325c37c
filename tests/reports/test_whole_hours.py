"""Sums of whole hours: read where the site's clock allows it, and then the same as those of the quarters."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import migration
from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports import hours, rollup, store
from reports import tables as t
from reports.asking import Ask, Facts
from reports.model import CallRecord, Left, Stay
from reports.period import Period, days_between
from reports.recount import differences
from reports.rules import Definition
from reports.sums import By, call_sums, filled_sum, line_sums
from reports.whole_hours import HOUR, cut
from tests.ledger.postgres import run_apart

DEFINITION = Definition({"billing": 20.0})
VILNIUS = ZoneInfo("Europe/Vilnius")
ZONES = (
    "Europe/Vilnius", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "America/Sao_Paulo",
    "Asia/Pyongyang", "Africa/Casablanca", "Pacific/Chatham", "America/Caracas", "UTC",
)  # fmt: skip
#: Around these a clock of one of the zones was changed, or several were.
CHANGES = tuple(
    datetime(*day, tzinfo=UTC)
    for day in ((2010, 3, 14), (2010, 11, 7), (2016, 5, 1), (2018, 2, 18), (2018, 5, 4), (2026, 3, 29), (2026, 4, 4),
                (2026, 10, 3), (2026, 10, 25))
)  # fmt: skip
KEYS = (
    (), (By.DEPARTMENT,), (By.DAY,), (By.WEEKDAY, By.HOUR), (By.DEPARTMENT, By.HOUR), (By.INTERVAL,),
    (By.DEPARTMENT, By.INTERVAL),
)  # fmt: skip


@st.composite
def periods(draw: st.DrawFn) -> Period:
    """Return a time around a change: of whole days, as reports ask for, or of any two seconds."""
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    start = draw(st.sampled_from(CHANGES)) - timedelta(hours=draw(st.integers(0, 60)))
    if draw(st.booleans()):
        day = start.astimezone(zone).date()
        return days_between(day, day + timedelta(days=draw(st.integers(0, 5))), zone)
    start += timedelta(seconds=draw(st.integers(0, 7_200)))
    return Period(start, start + timedelta(seconds=draw(st.integers(1, 400_000))), zone)


@settings(max_examples=120, deadline=None)
@given(period=periods(), step=st.sampled_from((0, 900, 1800, 3600, 7200)))
def test_pieces_are_the_whole_time_and_an_hour_is_one_by_the_clock(period: Period, step: int) -> None:
    pieces = cut(period, step)
    assert pieces[0].first == -(-period.start.timestamp() // 900) * 900
    assert pieces[-1].behind == -(-period.end.timestamp() // 900) * 900
    assert all(one.behind == following.first for one, following in pairwise(pieces))
    assert not any(one.in_hours == following.in_hours for one, following in pairwise(pieces))
    for piece in pieces:
        if piece.in_hours:
            assert piece.first % HOUR == piece.behind % HOUR == 0
            assert step % HOUR == 0
            for second in range(piece.first, piece.behind, HOUR) if step else ():
                offsets = {
                    datetime.fromtimestamp(at, UTC).astimezone(period.zone).utcoffset()
                    for at in (second, second + 3599)
                }
                assert [(offset or timedelta(0)) % timedelta(hours=1) for offset in offsets] == [timedelta(0)]


@pytest.mark.parametrize(
    ("zone", "first", "days", "step", "expected"),
    [
        pytest.param("Europe/Vilnius", date(2026, 1, 1), 365, 3600, [8760.0], id="a year"),
        pytest.param("Europe/Vilnius", date(2026, 1, 1), 1, 900, [-24.0], id="quarters"),
        pytest.param("Europe/Vilnius", date(2026, 1, 1), 1, 5400, [-24.0], id="an hour and a half"),
        pytest.param("Asia/Kathmandu", date(2026, 1, 1), 2, 3600, [-48.0], id="hours that begin at another quarter"),
        pytest.param("Asia/Kathmandu", date(2026, 1, 1), 2, 0, [-0.75, 47.0, -0.25], id="edges"),
        pytest.param("Australia/Lord_Howe", date(2026, 4, 4), 2, 3600, [26.0, -22.5], id="half of the year"),
    ],
)
def test_what_is_read_in_hours(zone: str, first: date, days: int, step: int, expected: list[float]) -> None:
    period = days_between(first, first + timedelta(days=days - 1), ZoneInfo(zone))
    pieces = cut(period, step)
    assert [(piece.behind - piece.first) / HOUR * (1 if piece.in_hours else -1) for piece in pieces] == expected


@pytest.fixture(scope="module")
def filled(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with sums of many quarters, and of their hours, which no call stands behind."""
    path = tmp_path_factory.mktemp("hours") / "a.db"
    shutil.copy(migrated, path)

    async def begin() -> None:
        async with await Database.open(path, migrate=False) as db:
            await rollup.keep_to(db, DEFINITION)
            await fill(db, [at + timedelta(hours=h) for at in CHANGES for h in range(-70, 130)])

    run_apart(begin(), 30.0)
    return path


@pytest.fixture
async def busy(filled: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """A copy of it."""
    shutil.copy(filled, tmp_path / "a.db")
    async with await Database.open(tmp_path / "a.db", migrate=False) as db:
        yield db


async def fill(db: Database, moments: list[datetime]) -> None:
    """Write any sums of some of the quarters of these hours, and let the hours follow."""
    dice = Random(5)
    lines: list[dict[str, Any]] = []
    calls: list[dict[str, Any]] = []
    for hour in sorted({int(at.timestamp()) for at in moments}):
        for bucket in range(hour, hour + HOUR, 900):
            if dice.random() < 0.7:
                calls.append({"bucket": bucket, **{name: dice.randrange(99) for name in t.CALL_SUMS}})
            for department in ("billing", "sales", t.ALL_LINES):
                if dice.random() < 0.7:
                    sums = {name: dice.randrange(99) for name in t.LINE_SUMS}
                    lines.append({"bucket": bucket, "department": department, **sums})
    async with db.writing() as session:
        await session.execute(sa.insert(t.quarter_lines), lines)
        await session.execute(sa.insert(t.quarter_calls), calls)
        await hours.follow(session, {row["bucket"] for row in [*lines, *calls]})


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(period=periods(), keys=st.sampled_from(KEYS), minutes=st.sampled_from((30, 60, 120)))
async def test_hours_and_quarters_say_the_same(
    busy: Database, period: Period, keys: tuple[By, ...], minutes: int
) -> None:
    async with busy.reading() as session:
        lines = [
            await line_sums(session, period, DEFINITION, keys, minutes=minutes, quarters=quarters)
            for quarters in (False, True)
        ]
        calls = keys if By.DEPARTMENT not in keys else ()
        contacts = [
            await call_sums(session, period, calls, minutes=minutes, quarters=quarters) for quarters in (False, True)
        ]
        together = (await call_sums(session, period))[()]
        assert await filled_sum(session, period) == together.filled
    assert list(lines[0].items()) == list(lines[1].items())
    assert list(contacts[0].items()) == list(contacts[1].items())


async def test_years_of_hours_of_changing_clocks(busy: Database) -> None:
    for zone in ("Australia/Lord_Howe", "Africa/Casablanca", "America/St_Johns"):
        period = days_between(date(2017, 1, 1), date(2026, 12, 31), ZoneInfo(zone))
        async with busy.reading() as session:
            in_hours, in_quarters = [
                await line_sums(session, period, DEFINITION, (By.DAY, By.HOUR), quarters=quarters)
                for quarters in (False, True)
            ]
        assert in_hours == in_quarters != {}


@pytest.mark.parametrize("table", [*t.HOURS_OF, *t.HOURS_OF.values()], ids=lambda table: table.name)
async def test_an_hour_that_is_not_its_quarters_is_found(busy: Database, table: sa.Table) -> None:
    first = int(CHANGES[-1].timestamp())
    behind = first + 50 * HOUR
    async with busy.writing() as session:
        assert await hours.list_wrong(session, first, behind) == []
        found = (await session.execute(sa.select(table).where(table.c.bucket >= first))).mappings().first()
        assert found is not None
        here = [column == found[column.name] for column in table.primary_key]
        wrong = [(found["bucket"] - found["bucket"] % HOUR, found.get("department", ""))]
        await session.execute(sa.update(table).where(*here).values(offered=table.c.offered + 1))
        assert await hours.list_wrong(session, first, behind) == wrong
        await session.execute(sa.delete(table).where(*here))
        assert await hours.list_wrong(session, first, behind) == wrong
        await hours.follow(session, [found["bucket"]])
        assert await hours.list_wrong(session, first, behind) == []


def call(name: str, at: datetime, waited: float) -> CallRecord:
    return CallRecord(name, at, waited=waited, stays=(Stay("billing", at, Left.ANSWERED, waited, answered_by="alice"),))


async def test_hours_follow_calls_that_are_written_changed_and_removed(db: Database) -> None:
    at = datetime(2026, 11, 24, 8, 5, tzinfo=UTC)
    day = days_between(at.date(), at.date(), ZoneInfo("Asia/Kathmandu"))
    ask, facts = Ask(day, DEFINITION, at), Facts(db, JournalReads(db))
    await rollup.keep_to(db, DEFINITION)
    for records, expected in (
        ([call(f"c{n}", at + timedelta(minutes=20 * n), 10.0 + n) for n in range(4)], (4, 13_000)),
        ([call("c3", at, 2.0)], (4, 12_000)),  # in another hour, and no longer the longest wait
        ([call(f"m{n}", at + timedelta(seconds=n), 5.0) for n in range(600)], (604, 12_000)),  # too many to follow
    ):
        async with db.writing() as session:
            await store.put_records(session, records, DEFINITION)
        line = (await facts.lines(ask, By.DEPARTMENT))["billing",]
        assert (line.offered, line.longest_ms) == expected
        assert await differences(day, ask, facts) == []
    async with db.writing() as session:
        await store.remove_between(session, day.start, day.end, DEFINITION)
    assert await differences(day, ask, facts) == []
    async with db.reading() as session:
        assert not (await session.execute(sa.select(t.hour_lines.c.bucket))).all()


async def test_a_wrong_hour_is_told_in_words(busy: Database) -> None:
    day = days_between(date(2026, 10, 25), date(2026, 10, 25), VILNIUS)
    async with busy.writing() as session:
        for table in (*t.HOURS_OF, *t.HOURS_OF.values()):
            await session.execute(sa.delete(table))
        one = {"bucket": int(day.start.timestamp()) + 9 * HOUR, **dict.fromkeys(t.LINE_SUMS, 0)}
        await session.execute(sa.insert(t.hour_lines), [{**one, "department": name} for name in ("sales", t.ALL_LINES)])
    ask = Ask(day, DEFINITION, CHANGES[-1], names={"sales": "Sales"})
    assert await differences(day, ask, Facts(busy, JournalReads(busy))) == [
        f"2026-10-25: {whose}, the hour from 08:00: stored sums are not those of its quarters"
        for whose in ("all lines", "Sales")
    ]


async def test_hours_of_quarters_that_were_there_before(database_url: str) -> None:
    async with await Database.open(database_url) as db:
        await fill(db, [CHANGES[-1] + timedelta(hours=n) for n in range(24)])
        url = db.url
    await migration.downgrade(url, "0027")
    async with await Database.open(database_url) as db, db.reading() as session:
        begin = int(CHANGES[-1].timestamp())
        assert await hours.list_wrong(session, begin, begin + 24 * HOUR) == []
        kept = await session.scalar(sa.select(sa.func.count()).select_from(t.hour_lines))
        assert kept == 72
