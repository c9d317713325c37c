"""Entries are masked in place, and what was removed is in no file any more."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from ledger import forgetting, journal_store
from ledger.database import Database
from ledger.entry import Entry
from ledger.forgetting import NotNow
from ledger.forgetting_disk import compact, count_in_files, empty_log, files_of, overwrite, vacuum
from ledger.forgetting_words import Whom
from ledger.journal import Journal
from ledger.journal_reads import JournalReads
from tests.fixtures.databases import database_url, db

__all__ = ["database_url", "db"]  # fixtures: pytest finds them here by name
AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
WHOM = Whom("erased x", calls=("c1",), numbers=("+37060000001",), local=("60000001",))


class Counting:
    """Counts what went."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    async def add(self, session: AsyncSession, what: str, count: int) -> None:
        self.counts[what] = self.counts.get(what, 0) + count


def said(call: str, number: int, **data: object) -> Entry:
    return Entry(id=f"{call}-{number}", kind="said", at=AT, call=call, data=data)


async def test_masked_in_place_nothing_moves(db: Database) -> None:
    entries = [said(call, n, by="+37060000001", n=n) for n in range(300) for call in ("c1", "c2")]
    async with db.writing() as session:
        await journal_store.insert_entries(session, entries)
    before = await JournalReads(db).read(limit=1000)
    for _ in range(2):
        counting = Counting()
        await forgetting.mask_calls(db, ["c1"], lambda entry: {**entry.data, "by": "erased x"}, counting)
    assert counting.counts == {}, "the second time nothing is left to do"
    after = await JournalReads(db).read(limit=1000)
    assert [(e.seq, e.id, e.at, e.kind, e.call) for e in after] == [(e.seq, e.id, e.at, e.kind, e.call) for e in before]
    assert {e.data["by"] for e in after if e.call == "c1"} == {"erased x"}
    assert {e.data["by"] for e in after if e.call == "c2"} == {"+37060000001"}
    await forgetting.mask_mentions(db, WHOM, counting)
    assert counting.counts == {"journal entries masked": 300}
    assert {e.data["by"] for e in await JournalReads(db).read(limit=1000)} == {"erased x"}


async def test_what_is_in_memory_is_forgotten_too(tmp_path: Path) -> None:
    async with (
        await Database.open(tmp_path / "a.db") as database,
        await Journal.open(database, tmp_path / "journal", group_seconds=0.001) as journal,
    ):
        await journal.append(said("c1", 1, by="+37060000001"))
        await forgetting.mask_calls(database, ["c1"], lambda _: {"by": "erased x"}, Counting())
        journal.forget_recent()
        found = [entry.data async for batch in journal.catch_up("somebody") for entry in batch.entries]
    assert found == [{"by": "erased x"}]


async def test_readers_that_are_behind_are_waited_for(db: Database) -> None:
    async with db.writing() as session:
        await journal_store.insert_entries(session, [said("c1", 1), said("c2", 1)])
        await journal_store.put_reader(session, "reports", 0)
    with pytest.raises(NotNow):
        await forgetting.require_read(db, ["reports"], ["c1"])
    async with db.writing() as session:
        await journal_store.put_reader(session, "reports", 1)
    await forgetting.require_read(db, ["reports", "never began"], ["c1"])


async def test_words_leave_the_index_and_the_file(tmp_path: Path) -> None:
    """Taken out of an index a word stays in its pieces until these are merged; seen without the merging."""
    async with await Database.open(tmp_path / "a.db") as database:
        async with database.writing() as session:
            await session.execute(sa.text("CREATE VIRTUAL TABLE words USING fts5 (id UNINDEXED, text)"))
        for n in range(40):
            async with database.writing() as session:
                row = {"id": str(n), "text": "xylophone" if n == 20 else f"drum{n}"}
                await session.execute(sa.text("INSERT INTO words VALUES (:id, :text)"), row)
        async with database.writing() as session:
            await session.execute(sa.text("DELETE FROM words WHERE id = '20'"))
        await empty_log(database)
        assert b"ylophone" in (tmp_path / "a.db").read_bytes()
        await compact(database, "words")
        await empty_log(database)
        assert b"ylophone" not in (tmp_path / "a.db").read_bytes()
        async with database.reading() as session:
            found = await session.scalars(sa.text("SELECT id FROM words WHERE words MATCH 'drum7'"))
            assert list(found) == ["7"]


async def test_free_pages_are_written_anew(tmp_path: Path) -> None:
    async with await Database.open(tmp_path / "a.db") as database:
        async with database.writing() as session:
            # As a library that was built to be quick does it.
            await session.execute(sa.text("PRAGMA secure_delete = OFF"))
            await journal_store.insert_entries(session, [said("c1", n, by="xylophone " * 50) for n in range(200)])
        async with database.writing() as session:
            await session.execute(sa.text("DELETE FROM journal"))
        await empty_log(database)
        files = files_of(database)
        assert (await count_in_files(files, [b"xylophone"]))[tmp_path / "a.db"] > 100
        await vacuum(database)
        assert await count_in_files([tmp_path], [b"xylophone"]) == {}


async def test_bytes_are_found_across_blocks_and_crossed_out(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    block = 1 << 20
    for n, place in enumerate((0, block - 5, block, 2 * block - 1)):
        (tmp_path / "deep" / f"{n}").write_bytes(b"." * place + b"xylophone" + b"." * 10)
    (tmp_path / "other").write_bytes(b"xylophon")
    found = await count_in_files([tmp_path], [b"xylophone", b"absent"])
    assert {path.name: count for path, count in found.items()} == {"0": 1, "1": 1, "2": 1, "3": 1}
    assert await overwrite([tmp_path], [b"xylophone"]) == 4
    assert await count_in_files([tmp_path], [b"xylophone"]) == {}
    assert (tmp_path / "deep" / "0").read_bytes() == b"xxxxxxxxx" + b"." * 10
