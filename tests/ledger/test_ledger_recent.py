import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from ledger import journal_store
from ledger.database import Database
from ledger.entry import Entry, StoredEntry
from ledger.journal import Journal
from ledger.journal_reads import JournalReads
from ledger.recent import Recent
from ledger.tables import journal as table

START = datetime(2026, 12, 24, 17, 59, tzinfo=UTC)


def entry(n: int) -> Entry:
    return Entry(kind="K", at=START + timedelta(seconds=n), call=f"c{n % 7}", data={"n": n, "name": "Žemyna"})


def stored(*numbers: int) -> list[StoredEntry]:
    return [StoredEntry(seq=number, kind="K", at=START) for number in numbers]


@pytest.mark.parametrize(
    ("added", "after", "limit", "found"),
    [
        pytest.param([], 0, 9, [], id="nothing yet"),
        pytest.param([[1, 2], [3]], 0, 9, [1, 2, 3], id="from the beginning"),
        pytest.param([[1, 2], [3]], 2, 9, [3], id="the rest"),
        pytest.param([[1, 2, 3, 4]], 1, 2, [2, 3], id="no more than asked for"),
        pytest.param([[5, 6]], 4, 9, [5, 6], id="just behind the oldest"),
        pytest.param([[5, 6]], 3, 9, [], id="number 4 is not known"),
        pytest.param([[5, 6]], 6, 9, [], id="nothing after the newest is known"),
        pytest.param([[5, 6]], 60, 9, [], id="far ahead"),
        pytest.param([[1, 2], [4, 5]], 0, 9, [], id="another process has number 3"),
        pytest.param([[1, 2], [4, 5]], 3, 9, [4, 5], id="after the gap"),
        pytest.param([[1, 3, 4]], 2, 9, [3, 4], id="a gap within a group"),
        pytest.param([[1, 2, 3, 4, 5, 6]], 1, 9, [], id="the oldest are dropped"),
        pytest.param([[1, 2, 3, 4, 5, 6]], 2, 9, [3, 4, 5, 6], id="the newest are kept"),
    ],
)
def test_only_what_surely_follows_is_told(
    added: Sequence[Sequence[int]], after: int, limit: int, found: Sequence[int]
) -> None:
    recent = Recent(kept=4)
    for group in added:
        recent.add(stored(*group))
    assert [each.seq for each in recent.after(after, limit)] == found


async def test_a_reader_close_behind_gets_what_is_in_the_database(db: Database, journal: Journal) -> None:
    for n in range(30):
        await journal.append(entry(n))
    (close,) = [batch async for batch in journal.catch_up("crm")]
    (distant,) = [batch async for batch in JournalReads(db).catch_up("crm")]
    assert close == distant
    assert len(close.entries) == 30


async def test_what_another_process_writes_is_not_missed(db: Database, journal: Journal) -> None:
    for n in range(0, 30, 2):
        await journal.append(entry(n))
        async with db.writing() as session:
            await journal_store.insert_entries(session, [entry(n + 1)])
    read: list[int] = []
    async for batch in journal.catch_up("crm", batch=4):
        read += [each.data["n"] for each in batch.entries]
        async with db.writing() as session:
            await batch.commit_position(session)
    assert read == list(range(30))


async def test_a_large_batch_is_read_whole(db: Database) -> None:
    entries = [entry(n) for n in range(1_234)]
    async with db.writing() as session:
        assert len(await journal_store.insert_entries(session, entries)) == 1_234
    (batch,) = [batch async for batch in JournalReads(db).catch_up("crm", batch=2_000)]
    assert [each.id for each in batch.entries] == [each.id for each in entries]
    assert [each.seq for each in batch.entries] == sorted(each.seq for each in batch.entries)


async def test_a_group_with_entries_that_are_there_already(db: Database) -> None:
    entries = [entry(n) for n in range(250)]
    async with db.writing() as session:
        assert len(await journal_store.insert_entries(session, entries[::3])) == 84
    async with db.writing() as session:
        added = await journal_store.insert_entries(session, [*entries, entries[1]])
    assert [each.id for each in added] == [each.id for n, each in enumerate(entries) if n % 3]


@pytest.mark.parametrize("at", [START, START + timedelta(microseconds=1)], ids=["full second", "microsecond"])
async def test_a_row_written_by_hand_is_as_sqlalchemy_writes_it(sqlite_db: Database, at: datetime) -> None:
    """Times are compared as text there, so a missing fraction would put an entry into another minute."""
    ours = Entry(kind="K", at=at, call="c1", agent=None, department="billing", data={"name": "Žemyna", "n": 1.5})
    async with sqlite_db.writing() as session:
        await journal_store.insert_entries(session, [ours])
        row = {name: getattr(ours, name) for name in ("at", "kind", "call", "agent", "department", "data")}
        await session.execute(sa.insert(table).values(id="by sqlalchemy", **row))
    connection = sqlite3.connect(str(sqlite_db.url.database))
    rows = connection.execute('SELECT "at", kind, "call", agent, department, data FROM journal').fetchall()
    connection.close()
    assert rows[0] == rows[1]
