"""People's spans in the database: the same, however the journal is cut and read again."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callrouter import events as ev
from callrouter.chronicle import entry
from callrouter.events import Event
from ledger import journal_store
from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports import spans_store as store
from reports.spans import Doing, Moment, Span, What, micros, moment_of
from reports.spans_imported import imported_moment
from reports.spans_projection import Projection
from reports.spans_weave import outages, spans_of, standing
from tests.fixtures.journal_of_calls import answered_call
from tests.fixtures.journal_of_calls import store as put

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
FOREVER = (micros(START) - 10**12, micros(START) + 10**12)


@pytest.fixture
async def light(migrated: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """A database of SQLite only, for what is not about SQL."""
    path = tmp_path / "people.db"
    shutil.copyfile(migrated, path)
    async with await Database.open(path, migrate=False) as database:
        yield database


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def person(seconds: float, state: str, agent: str = "alice", **more: str) -> Event:
    return ev.AgentChanged(at=after(seconds), agent=agent, state=state, **more)


def phone(seconds: float, state: str, agent: str = "alice") -> Event:
    return ev.PhoneChanged(at=after(seconds), agent=agent, state=state)


def started(seconds: float) -> Event:
    return ev.ServerStarted(at=after(seconds), site="v1")


def stopped(seconds: float) -> Event:
    return ev.ServerStopped(at=after(seconds))


A_DAY = [
    started(0), phone(0.5, "idle"), person(1, "ready"), phone(1, "idle", "bob"), person(2, "paused", "bob", reason="x"),
    person(10, "ringing", department="billing"), person(14, "talking", department="billing"),
    person(74, "wrap-up", department="billing"), person(94, "ready"), phone(100, "unavailable"), phone(120, "idle"),
    person(130, "ready", "bob"), stopped(200), started(210), person(300, "talking"), person(1000, "ready"),
    started(1001), person(1010, "logged out"), person(1015, "logged out", "bob"),
]  # fmt: skip


def projection(db: Database) -> Projection:
    return Projection(JournalReads(db), db)


async def everything(db: Database) -> list[Span]:
    async with db.reading() as session:
        return await store.list_spans(session, *FOREVER)


def by_hand(events: Sequence[Event]) -> list[Span]:
    told = standing(moment for event in events if (moment := moment_of(event)) is not None)
    marks = [moment for moment in told if moment.what is What.SERVER]
    own = [moment for moment in told if moment.what is not What.SERVER]
    away = outages(marks, sorted(moment.at for moment in own))
    return [
        span
        for agent in sorted({moment.agent for moment in own})
        for span in spans_of([moment for moment in own if moment.agent == agent], away)
    ]


async def test_the_journal_of_a_day_becomes_spans(db: Database) -> None:
    await put(db, [*A_DAY, *answered_call("c1")])
    await projection(db).catch_up()
    found = await everything(db)
    assert found == by_hand(A_DAY)
    assert [span.doing for span in found if span.agent == "alice"] == [
        Doing.READY, Doing.RINGING, Doing.TALKING, Doing.WRAP_UP, Doing.READY, Doing.READY, Doing.READY,
        Doing.NOT_KNOWN, Doing.READY, Doing.NOT_KNOWN, Doing.READY,
    ]  # fmt: skip
    await projection(db).start_over()
    assert await everything(db) == []
    await projection(db).catch_up()
    assert await everything(db) == found


TELLINGS = st.one_of(
    st.sampled_from(A_DAY),
    st.builds(person, st.integers(0, 300), st.sampled_from(["ready", "talking", "paused", "logged out"])),
    st.builds(phone, st.integers(0, 300), st.sampled_from(["idle", "unavailable"]), st.sampled_from(["alice", "bob"])),
    st.builds(started, st.integers(0, 300)),
    st.builds(stopped, st.integers(0, 300)),
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(events=st.lists(TELLINGS, max_size=30), cuts=st.lists(st.integers(0, 30), max_size=5))
def test_read_in_any_pieces_the_spans_are_the_same_also_where_the_clock_goes_back(
    migrated: Path, events: list[Event], cuts: Sequence[int]
) -> None:
    async def check(path: Path) -> None:
        stored = [entry(event) for event in events]
        async with await Database.open(path) as db:
            for begin, end in itertools.pairwise([0, *sorted(cuts), max(30, len(stored))]):
                if piece := stored[begin:end]:
                    async with db.writing() as session:
                        await journal_store.insert_entries(session, piece)
                await projection(db).catch_up()
                assert await everything(db) == by_hand(events[:end])

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "people.db"
        shutil.copyfile(migrated, copy)
        asyncio.run(check(copy))


async def test_a_batch_that_is_taken_twice_changes_nothing(db: Database) -> None:
    told = [moment for event in A_DAY if (moment := moment_of(event)) is not None]
    for _ in range(2):
        async with db.writing() as session:
            await store.put(session, told)
        assert await everything(db) == by_hand(A_DAY)


async def test_sums_are_those_of_the_spans_within_the_time(db: Database) -> None:
    await put(db, A_DAY)
    await projection(db).catch_up()
    start, end = micros(after(12)), micros(after(305))
    async with db.reading() as session:
        found = await store.sum_spans(session, start, end)
        alone = await store.sum_spans(session, start, end, {"bob"})
        nobody = await store.sum_spans(session, start, end, set())
    expected: dict[tuple[object, ...], int] = {}
    for span in await everything(db):
        part = min(span.until or end, end) - max(span.since, start)
        if part > 0:
            key = (span.agent, span.doing, span.reason, span.reachable)
            expected[key] = expected.get(key, 0) + part
    assert {(s.agent, s.doing, s.reason, s.reachable): s.us for s in found} == expected
    assert [s for s in found if s.agent == "bob"] == alone
    assert nobody == []


async def test_what_goes_on_counts_up_to_the_end_asked_for_and_says_so(light: Database) -> None:
    await put(light, [started(0), person(1, "ready")])
    await projection(light).catch_up()
    async with light.reading() as session:
        (found,) = await store.sum_spans(session, micros(after(0)), micros(after(11)))
    assert (found.us, found.open) == (10_000_000, True)


def in_file(seconds: float, state: str, agent: str = "alice") -> Moment:
    return imported_moment(after(seconds), agent, state, "", "", "queue_log")


@pytest.mark.parametrize("own_first", [True, False], ids=["our journal is read first", "the file is read first"])
async def test_an_imported_day_counts_up_to_our_own_journal(db: Database, own_first: bool) -> None:
    async def own() -> None:
        await put(db, [person(100, "ready"), person(150, "logged out")])
        await projection(db).catch_up()

    async def import_file() -> None:
        for _ in range(2):  # twice is once
            async with db.writing() as session:
                await store.put_imported(
                    session, [in_file(0, "logged in"), in_file(0, "logged in", "carol"), in_file(120, "logged out")]
                )
                await store.make_imported(session)

    for step in (own, import_file) if own_first else (import_file, own):
        await step()
    found = [(s.agent, s.since, s.until, s.doing, s.source) for s in await everything(db)]
    expected = [
        ("alice", micros(START), micros(after(100)), Doing.UNDIVIDED, "queue_log"),
        ("alice", micros(after(100)), micros(after(150)), Doing.READY, ""),
        ("carol", micros(START), micros(after(120)), Doing.UNDIVIDED, "queue_log"),
    ]
    assert found == expected
    await projection(db).start_over()
    await projection(db).catch_up()
    assert [(s.agent, s.since, s.until, s.doing, s.source) for s in await everything(db)] == expected
    async with db.writing() as session:
        await store.remove_imported(session, "queue_log")
        await store.make_imported(session)
    assert [span.source for span in await everything(db)] == [""]


async def test_a_killed_process_leaves_no_half_batch(light: Database) -> None:
    await put(light, A_DAY)
    broken = _Broken(JournalReads(light), light)
    with pytest.raises(_Killed):
        await broken.catch_up()
    assert await everything(light) == []
    async with light.reading() as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(store.moments)) == 0
    await projection(light).catch_up()
    assert await everything(light) == by_hand(A_DAY)


class _Killed(Exception):
    """The process ends here."""


class _Broken(Projection):
    """Ends when it has written, before that is committed."""

    async def write(self, session: object, changed: object) -> None:
        await super().write(session, changed)  # type: ignore[arg-type]  # passed on as it came
        raise _Killed
