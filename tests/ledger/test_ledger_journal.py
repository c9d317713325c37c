import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger.clock import ManualClock
from ledger.database import Database
from ledger.emergency import EmergencyFiles
from ledger.entry import DATA_LIMIT, Entry, StoredEntry
from ledger.errors import EntryNotStorable, JournalClosed, JournalFull, JournalLate, NotStored, ReaderMoved
from ledger.journal import Journal
from ledger.subscriptions import Gap

START = datetime(2026, 12, 24, 17, 59, tzinfo=UTC)


def entry(n: int = 0, *, kind: str = "CallOffered", call: str | None = "c1", **data: Any) -> Entry:
    return Entry(kind=kind, at=START + timedelta(seconds=n), call=call, data={"n": n, **data})


async def store(journal: Journal, *entries: Entry) -> None:
    for ack in [journal.append(each) for each in entries]:
        await ack


def numbers(entries: list[StoredEntry]) -> list[int]:
    return [each.data["n"] for each in entries]


async def test_an_acknowledged_entry_can_be_read_as_it_was(journal: Journal) -> None:
    written = Entry(
        kind="CallOffered",
        at=START,
        call="c1",
        agent="alice",
        department="billing",
        data={"name": "Žemyna", "list": [1, 2.5, None, True], "deep": {"a": "\\u0000 as text"}},
    )
    await journal.append(written)
    (read,) = await journal.read()
    assert read == StoredEntry(seq=read.seq, **{name: getattr(written, name) for name in Entry.__dataclass_fields__})


async def test_entries_keep_their_order(journal: Journal) -> None:
    await store(journal, *(entry(n) for n in range(2_500)))
    read: list[StoredEntry] = []
    while page := await journal.read(read[-1].seq if read else 0, limit=700):
        read += page
    assert numbers(read) == list(range(2_500))
    assert [each.seq for each in read] == sorted(each.seq for each in read)


async def test_the_same_id_is_stored_once(journal: Journal) -> None:
    once = entry(1)
    await store(journal, once, once)
    await store(journal, once, entry(2))
    assert numbers(await journal.read()) == [1, 2]


@pytest.mark.parametrize(
    ("data", "stored"),
    [
        pytest.param({"a": "x\0y"}, {"a": "x\ufffdy"}, id="NUL"),
        pytest.param({"\0": [{"a": "\ud800"}]}, {"\ufffd": [{"a": "\ufffd"}]}, id="half a letter, deep"),
        pytest.param({"a": "\\u0000", "b": "\0"}, {"a": "\\u0000", "b": "\ufffd"}, id="backslash u is text"),
        pytest.param({"a": 10**30}, {"a": 10**30}, id="large number"),
        pytest.param({1: "key"}, {"1": "key"}, id="number as key"),
    ],
)
async def test_odd_data_is_made_storable(journal: Journal, data: Mapping[str, Any], stored: object) -> None:
    await journal.append(replace(entry(), data=data, call="odd\0"))
    (read,) = await journal.of_call("odd\ufffd")
    assert read.data == stored


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"data": {"at": START}}, id="no JSON"),
        pytest.param({"data": {"n": float("nan")}}, id="NaN"),
        pytest.param({"data": {"n": "x" * DATA_LIMIT}}, id="too large"),
        pytest.param({"at": START.replace(tzinfo=None)}, id="naive time"),
        pytest.param({"kind": "x" * 101}, id="long kind"),
        pytest.param({"kind": ""}, id="no kind"),
        pytest.param({"call": "x" * 201}, id="long call"),
    ],
)
async def test_what_can_never_be_stored_is_refused_at_once(journal: Journal, change: Mapping[str, Any]) -> None:
    with pytest.raises(EntryNotStorable):
        journal.append(replace(entry(), **change))


async def test_later_changes_of_the_data_change_nothing(journal: Journal) -> None:
    data = {"n": 1}
    ack = journal.append(replace(entry(), data=data))
    data["n"] = 2
    await ack
    assert numbers(await journal.read()) == [1]


async def test_one_that_the_database_refuses_takes_no_other_with_it(journal: Journal, tmp_path: Path) -> None:
    nameless = replace(entry(2), department=None)
    object.__setattr__(nameless, "kind", None)  # past our own check, as a fault of ours would be
    refused = await journal._safe.store([entry(1), nameless, entry(3)])
    assert list(refused) == [nameless.id]
    assert numbers(await journal.read()) == [1, 3]
    assert nameless.id in (tmp_path / "emergency" / "refused.txt").read_text()


async def test_reading_by_call_time_and_kind(journal: Journal) -> None:
    await store(
        journal,
        entry(3, call="b", kind="Answered"),
        entry(1, call="a"),
        entry(2, call="a", kind="Answered"),
        entry(2, call=None, kind="Gap"),
    )
    assert numbers(await journal.of_call("a")) == [1, 2]
    assert numbers(await journal.last("Answered")) == [2, 3]
    assert numbers(await journal.last(limit=1)) == [2]
    end = START + timedelta(seconds=3)
    assert [each.data["n"] async for each in journal.between(START, end)] == [1, 2, 2]
    assert [each.data["n"] async for each in journal.between(START, end, {"Gap"})] == [2]
    assert [each.data["n"] async for each in journal.between(START, end, set())] == []
    assert numbers(await journal.last_before(end, ["Answered", "Gap", "Never"])) == [2, 2]
    assert numbers(await journal.last_before(START + timedelta(seconds=1), ["Answered"])) == []


async def test_pages_of_a_period_neither_repeat_nor_miss(journal: Journal) -> None:
    await store(journal, *(entry(n // 7) for n in range(100)))
    read = [each.seq async for each in journal.between(START, START + timedelta(hours=1), page=10)]
    assert sorted(read) == sorted(set(read))
    assert len(read) == 100


async def test_full_means_full(sqlite_db: Database, tmp_path: Path) -> None:
    async with await Journal.open(sqlite_db, tmp_path / "emergency", capacity=2) as journal:
        async with sqlite_db.writing():  # keeps the writer waiting
            journal.append(entry(1))
            journal.append(entry(2))
            with pytest.raises(JournalFull):
                journal.append(entry(3))
            with pytest.raises(JournalFull):
                await journal.append_wait(entry(3), timeout=0.01)
            assert journal.counters.refused_full == 2
            waits = asyncio.create_task(journal.append_wait(entry(3)))
            with pytest.raises(JournalLate):
                await journal.drain(0.01)
        await (await waits)
        assert numbers(await journal.read()) == [1, 2, 3]


async def test_counters_and_lag(sqlite_db: Database, tmp_path: Path) -> None:
    clock = ManualClock()
    async with await Journal.open(sqlite_db, tmp_path / "emergency", clock=clock) as journal:
        ack = journal.append(entry())
        clock.advance(3)
        assert (journal.counters.waiting, journal.counters.lag_seconds) == (1, 3.0)
        await ack
        counters = journal.counters
        assert (counters.appended, counters.committed, counters.waiting, counters.lag_seconds) == (1, 1, 0, 0.0)


async def test_close_stores_what_waits_and_takes_no_more(db: Database, tmp_path: Path) -> None:
    journal = await Journal.open(db, tmp_path / "emergency")
    acks = [journal.append(entry(n)) for n in range(50)]
    await journal.close()
    for ack in acks:
        await ack
    with pytest.raises(JournalClosed):
        journal.append(entry())
    assert len(await journal.read()) == 50


async def test_a_cancelled_waiter_takes_nothing_from_others(journal: Journal) -> None:
    ack = journal.append(entry())
    waiter = asyncio.ensure_future(ack)
    await asyncio.sleep(0)
    waiter.cancel()
    await ack
    assert numbers(await journal.read()) == [0]


async def test_what_is_on_no_disk_is_said(sqlite_db: Database, tmp_path: Path) -> None:
    class NoDisk(EmergencyFiles):
        def append(self, entries: object) -> None:
            raise OSError(28, "No space left on device")

    journal = Journal(sqlite_db, NoDisk(tmp_path / "emergency"), ManualClock())
    journal.start()
    await sqlite_db.close()
    ack = journal.append(entry())
    await journal.close(timeout=0.1)
    with pytest.raises(NotStored):
        await ack
    assert journal.counters.not_stored == 1


async def test_live_listeners_hear_all_in_order(journal: Journal) -> None:
    with journal.subscribe() as events:
        await store(journal, *(entry(n) for n in range(20)))
        heard = [await anext(events) for _ in range(20)]
    assert numbers([each for each in heard if isinstance(each, StoredEntry)]) == list(range(20))


async def test_a_slow_listener_is_told_what_it_missed(journal: Journal) -> None:
    await store(journal, entry(0))
    with journal.subscribe(buffer=3) as events:
        await store(journal, *(entry(n) for n in range(1, 11)))
        heard = [await anext(events) for _ in range(3)]
        gap = await anext(events)
        await store(journal, entry(11))
        after = await anext(events)
    assert isinstance(gap, Gap)
    assert isinstance(after, StoredEntry)
    assert gap.missed == 7
    missed = await journal.read(gap.after_seq)
    assert [*numbers([each for each in heard if isinstance(each, StoredEntry)]), *numbers(missed)] == list(range(1, 12))
    assert after.data["n"] == 11
    assert journal.counters.missed_by_subscribers == 7


async def test_a_reader_goes_on_where_it_committed(journal: Journal, db: Database) -> None:
    await store(journal, *(entry(n) for n in range(10)))
    async for batch in journal.catch_up("reports", batch=4):
        if batch.entries[0].data["n"] == 4:
            break  # and does not commit
        async with db.writing() as session:
            await batch.commit_position(session)
    again = [numbers(list(batch.entries)) async for batch in journal.catch_up("reports", batch=100)]
    assert again == [[4, 5, 6, 7, 8, 9]]
    async with db.writing() as session:
        await journal.rewind(session, "reports")
    assert await journal.position("reports") == 0


async def test_two_readers_of_one_name_do_not_both_write(journal: Journal, db: Database) -> None:
    await store(journal, entry(1))
    first = await anext(journal.catch_up("crm"))
    second = await anext(journal.catch_up("crm"))
    async with db.writing() as session:
        await first.commit_position(session)
    with pytest.raises(ReaderMoved):
        async with db.writing() as session:
            await second.commit_position(session)


async def test_a_follower_waits_for_more(journal: Journal, db: Database) -> None:
    seen: list[int] = []
    enough = asyncio.Event()

    async def follow() -> None:
        async for batch in journal.follow("crm"):
            async with db.writing() as session:
                await batch.commit_position(session)
            seen.extend(numbers(list(batch.entries)))
            if len(seen) == 40:
                enough.set()

    task = asyncio.create_task(follow())
    for n in range(40):
        await journal.append(entry(n))
    async with asyncio.timeout(20):
        await enough.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == list(range(40))
