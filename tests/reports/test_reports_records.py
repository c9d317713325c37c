"""Call records: the same, made as calls happen, read again from nothing, or made anew for any time."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callrouter.calls import fold
from callrouter.chronicle import entry
from callrouter.events import Event, Outcome
from ledger import journal_store
from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports import store
from reports.derive import record_of
from reports.model import CallRecord, Outgoing
from reports.records import Projection
from reports.rules import Definition
from reports.service import Records
from tests.fixtures.journal_of_calls import START, Caller, abandoned_call, answered_call, mixtures
from tests.fixtures.journal_of_calls import store as put

EVER = (START - timedelta(days=400), START + timedelta(days=400))


def projection(db: Database) -> Projection:
    return Projection(JournalReads(db), db, Definition)


def service(db: Database) -> Records:
    return Records(db, ZoneInfo("Europe/Vilnius"))


async def everything(db: Database) -> list[CallRecord]:
    return await service(db).calls_between(*EVER)


async def test_a_record_comes_back_from_the_database_as_it_was(db: Database) -> None:
    events = answered_call("c1")
    await put(db, events)
    await projection(db).catch_up()
    assert await everything(db) == [record_of(events)]
    assert await service(db).find_call("c1") == record_of(events)
    assert await service(db).find_call("c2") is None


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    events=mixtures(),
    cuts=st.lists(st.integers(0, 40), max_size=4),
    span=st.tuples(st.integers(-2, 6), st.integers(0, 5)),
)
def test_made_anew_for_any_time_the_records_are_the_same(
    migrated: Path, events: list[Event], cuts: Sequence[int], span: tuple[int, int]
) -> None:
    async def check(path: Path) -> None:
        stored = [entry(event) for event in events]
        async with await Database.open(path) as db:
            for begin, end in itertools.pairwise([0, *sorted(cuts), max(40, len(stored))]):
                if piece := stored[begin:end]:
                    async with db.writing() as session:
                        await journal_store.insert_entries(session, piece)
                await projection(db).catch_up()
            by_hand = [record_of([e for e in events if e.call == call]) for call in {e.call for e in events if e.call}]
            expected = sorted((r for r in by_hand if r), key=lambda r: (r.offered_at, r.call))
            assert await everything(db) == expected
            begin_at = START + timedelta(minutes=span[0])
            until = begin_at + timedelta(minutes=span[1])
            made = await projection(db).rebuild(begin_at, until)
            assert made == sum(begin_at <= record.offered_at < until for record in expected)
            assert await everything(db) == expected
            await projection(db).start_over()
            await projection(db).catch_up()
            assert await everything(db) == expected

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "reports.db"
        copy.write_bytes(migrated.read_bytes())
        asyncio.run(check(copy))


async def test_a_damaged_table_is_mended_by_making_it_anew(db: Database) -> None:
    await put(db, [*answered_call("c1"), *abandoned_call("c2", at=START + timedelta(hours=7))])
    await projection(db).catch_up()
    expected = await everything(db)
    async with db.writing() as session:
        await store.put_records(
            session, [CallRecord("ghost", START), CallRecord("c2", START, did="wrong")], Definition()
        )
    assert await everything(db) != expected
    assert await projection(db).rebuild(START, START + timedelta(days=1)) == 2
    assert await everything(db) == expected


async def test_what_comes_while_records_are_made_anew_is_not_lost(db: Database) -> None:
    events = answered_call("c1")
    await put(db, events[:4])
    await projection(db).catch_up()
    await _Interrupted(JournalReads(db), db, events[4:]).rebuild(START, START + timedelta(hours=1))
    await projection(db).catch_up()
    assert await everything(db) == [record_of(events)]


async def test_two_processes_and_one_that_makes_anew(db: Database) -> None:
    for n in range(20):
        await put(db, answered_call(f"c{n:02d}", at=START + timedelta(minutes=n)))
    await asyncio.gather(
        projection(db).catch_up(),
        projection(db).catch_up(),
        projection(db).rebuild(START, START + timedelta(hours=1)),
    )
    await projection(db).catch_up()
    found = await everything(db)
    assert [(record.call, record.outcome) for record in found] == [(f"c{n:02d}", Outcome.ANSWERED) for n in range(20)]


async def test_a_list_longer_than_a_page_comes_whole_and_in_order(db: Database) -> None:
    records = [CallRecord(f"c{n:04d}", START + timedelta(seconds=n // 3)) for n in range(2_500)]
    async with db.writing() as session:
        await store.put_records(session, records[::-1], Definition())
    assert await everything(db) == records


async def test_calls_are_found_by_the_beginning_of_their_id(db: Database) -> None:
    ids = ["17-1", "17-12", "17_1", "18-1"]
    for n, call in enumerate(ids):
        await put(db, Caller(call, at=START + timedelta(minutes=n)).ends("closed"))
    await projection(db).catch_up()
    assert await service(db).list_ids("17-") == ["17-12", "17-1"]
    assert await service(db).list_ids("17_") == ["17_1"]
    assert await service(db).list_ids("%") == []


async def test_a_day_of_the_site_not_of_utc(db: Database) -> None:
    # 23:59:59 and 00:00:00 in Vilnius, both on the 23rd in UTC.
    await put(db, answered_call("before", at=datetime.fromisoformat("2026-11-23T21:59:59.999+00:00")))
    await put(db, answered_call("after", at=datetime.fromisoformat("2026-11-23T22:00:00+00:00")))
    await projection(db).catch_up()
    asked = service(db)
    assert [call.call for call in await asked.calls_of(date(2026, 11, 24))] == ["after"]


async def test_it_is_the_fold_of_live_calls(db: Database) -> None:
    events = abandoned_call("c1")
    await put(db, events)
    await projection(db).catch_up()
    (record,), call = await everything(db), fold(events)
    assert call is not None
    assert (record.waited, record.destination, record.abandoned_in) == (call.waited, call.destination, "queue")


class _Interrupted(Projection):
    """Has the rest of a call come in, and projected, after it has read and before it writes."""

    def __init__(self, journal: JournalReads, db: Database, rest: list[Event]) -> None:
        super().__init__(journal, db, Definition)
        self._rest = rest

    async def _begun_between(
        self, start: datetime, end: datetime, position: int
    ) -> tuple[list[CallRecord], list[Outgoing]]:
        read = await super()._begun_between(start, end, position)
        await put(self._db, self._rest)
        await Projection(self._journal, self._db, Definition).catch_up()
        return read
