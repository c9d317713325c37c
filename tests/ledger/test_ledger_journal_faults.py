"""Whatever breaks: what was acknowledged is stored, and each writer's order stays."""

import asyncio
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import migration, safekeeping
from ledger.clock import SystemClock
from ledger.database import Database
from ledger.emergency import EmergencyFiles
from ledger.entry import Entry
from ledger.errors import DatabaseUnavailable
from ledger.journal import Journal
from tests.ledger.postgres import PostgresServer, run_apart

ROOT = Path(__file__).parents[2]
CHILD = Path(__file__).with_name("journal_child.py")


def entry(n: int, writer: str = "w") -> Entry:
    return Entry(kind="Counted", at=datetime.now(UTC), call=writer, data={"n": n})


async def child(url: str, folder: Path, writer: str, count: int, *more: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *(CHILD, url, folder, writer, str(count), *more),
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )


async def lines(process: asyncio.subprocess.Process, *, until: int | str) -> list[str]:
    """Read so many lines, or up to one that says it, or to the end."""
    assert process.stdout is not None
    read: list[str] = []
    async with asyncio.timeout(60):
        while until != len(read) and (line := (await process.stdout.readline()).decode().strip()):
            if line == until:
                break
            read.append(line)
    return read


async def stored_ids(url: str, folder: Path) -> list[str]:
    """Start as after a crash, and read everything."""
    async with await Database.open(url) as db, await Journal.open(db, folder) as journal:
        await back_in_database(journal)
        found = await journal.read(limit=100_000)
        by_writer = [each.data["n"] for each in found]
        for writer in {each.call for each in found}:
            of_one = [each.data["n"] for each in found if each.call == writer]
            assert of_one == sorted(of_one), f"the order of {writer}: {by_writer}"
        return [each.id for each in found]


async def back_in_database(journal: Journal) -> None:
    async with asyncio.timeout(30):
        while journal.counters.on_emergency_files:  # noqa: ASYNC110 - the journal promises no event for this
            await asyncio.sleep(0.01)


async def test_killed_while_appending(database_url: str, tmp_path: Path) -> None:
    process = await child(database_url, tmp_path / "emergency", "w", 100_000)
    acknowledged = await lines(process, until=700)
    process.kill()
    acknowledged += await lines(process, until="")
    await process.wait()
    stored = await stored_ids(database_url, tmp_path / "emergency")
    assert len(acknowledged) >= 700
    assert set(acknowledged) <= set(stored)
    assert len(stored) == len(set(stored))


async def test_killed_while_the_database_is_locked(tmp_path: Path) -> None:
    url, folder = str(tmp_path / "ledger.db"), tmp_path / "emergency"
    await (await Database.open(url)).close()
    other = sqlite3.connect(url, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    process = await child(url, folder, "w", 100_000)
    acknowledged = await lines(process, until=700)
    process.kill()
    acknowledged += await lines(process, until="")
    await process.wait()
    other.execute("ROLLBACK")
    other.close()
    assert set(acknowledged) <= set(await stored_ids(url, folder))
    assert list(folder.glob("*.jsonl")) == []


async def test_two_processes_append_while_one_follows(database_url: str, tmp_path: Path) -> None:
    seen: list[str] = []
    async with await Database.open(database_url) as db, await Journal.open(db, tmp_path / "mine") as journal:
        writers = [await child(database_url, tmp_path / name, name, 600) for name in ("a", "b")]
        said = [asyncio.create_task(lines(writer, until="closed")) for writer in writers]
        async with asyncio.timeout(60):
            async for batch in journal.follow("projection", batch=50):
                async with db.writing() as session:
                    await batch.commit_position(session)
                seen += [each.id for each in batch.entries]
                if len(seen) == 1_200:
                    break
        for writer in writers:
            await writer.wait()
        acknowledged = [each for task in said for each in await task]
    assert sorted(seen) == sorted(acknowledged)
    assert set(await stored_ids(database_url, tmp_path / "mine")) == set(seen)


async def test_no_file_may_grow_and_then_it_may(tmp_path: Path) -> None:
    url, folder = str(tmp_path / "ledger.db"), tmp_path / "emergency"
    process = await child(url, folder, "w", 1_000, "300")  # less than one entry
    acknowledged = await lines(process, until="stuck")
    assert len(acknowledged) == 500
    assert process.stdin is not None
    process.stdin.write(b"go on\n")
    acknowledged += await lines(process, until="closed")
    await process.wait()
    assert len(acknowledged) == 1_000
    assert sorted(await stored_ids(url, folder)) == sorted(acknowledged)


async def test_the_database_is_full(tmp_path: Path) -> None:
    folder = tmp_path / "emergency"
    async with await Database.open(tmp_path / "ledger.db") as db, await Journal.open(db, folder) as journal:
        async with db.reading() as session:
            pages = int(await session.scalar(sa.text("PRAGMA page_count")) or 0) + 30

        assert db._blocking is not None

        @sa.event.listens_for(db._blocking, "begin")
        def limit(connection: sa.Connection) -> None:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

        entries = [Entry(kind="K", at=datetime.now(UTC), data={"n": n, "x": "y" * 1_000}) for n in range(400)]
        for start in range(0, 400, 50):
            await asyncio.gather(*(journal.append(each) for each in entries[start : start + 50]))
        assert journal.counters.on_emergency_files
        assert 0 < journal.counters.into_emergency_files < 400
        pages = 1_000_000
        await back_in_database(journal)
        assert [each.id for each in await journal.read()] == [each.id for each in entries]
        assert list(folder.glob("*.jsonl")) == []


async def test_locked_for_a_while(sqlite_db: Database, tmp_path: Path) -> None:
    async with await Journal.open(sqlite_db, tmp_path / "emergency") as journal:
        await journal.append(entry(0))
        other = sqlite3.connect(str(sqlite_db.url.database), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        await journal.append(entry(1))
        await journal.append(entry(2))
        assert journal.counters.into_emergency_files == 2
        other.execute("ROLLBACK")
        other.close()
        await journal.append(entry(3))
        await back_in_database(journal)
        await journal.append(entry(4))
        assert [each.data["n"] for each in await journal.read()] == [0, 1, 2, 3, 4]


@pytest.mark.postgres
async def test_the_server_goes_away_and_comes_back(postgres: PostgresServer, postgres_url: str, tmp_path: Path) -> None:
    async with await Database.open(postgres_url) as db, await Journal.open(db, tmp_path / "emergency") as journal:
        await journal.append(entry(0))
        await asyncio.to_thread(postgres.kick_everybody_out, postgres_url)
        await journal.append(entry(1))
        await journal.append(entry(2))
        assert journal.counters.into_emergency_files >= 1
        await asyncio.to_thread(postgres.let_in, postgres_url)
        await back_in_database(journal)
        await journal.append(entry(3))
        assert [each.data["n"] for each in await journal.read()] == [0, 1, 2, 3]


@pytest.mark.postgres
async def test_the_server_hangs(
    postgres: PostgresServer, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safekeeping, "COMMIT_SECONDS", 0.3)
    async with await Database.open(postgres_url) as db, await Journal.open(db, tmp_path / "emergency") as journal:
        await journal.append(entry(0))
        postgres.pause()
        try:
            async with asyncio.timeout(20):
                await journal.append(entry(1))
        finally:
            postgres.resume()
        await back_in_database(journal)
        assert [each.data["n"] for each in await journal.read()] == [0, 1]


T = TypeVar("T")


class FlakyDatabase(Database):
    """Refuses to write, or commits and loses the answer, as `script` says; then works."""

    script: list[str]

    async def write_at_once(self, work: Callable[[sa.Connection], T], *, wait: float = 30.0) -> T:
        fate = self.script.pop(0) if self.script else "works"
        if fate == "refuses":
            raise DatabaseUnavailable
        done = await super().write_at_once(work, wait=wait)
        if fate == "answer lost":
            raise DatabaseUnavailable
        return done


class FlakyFiles(EmergencyFiles):
    """Fails to append, after half the bytes or at all, as `script` says; then works."""

    script: list[bool]

    def append(self, entries: Sequence[Entry]) -> None:
        if self.script and self.script.pop(0):
            super().append(entries[: len(entries) // 2])
            raise OSError(28, "No space left on device")
        super().append(entries)


STEPS = st.lists(st.sampled_from(["a", "b", "c", "pause", "drain"]), max_size=40)
FATES = st.lists(st.sampled_from(["works", "refuses", "answer lost"]), max_size=12)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database file, to be copied for each example."""
    path = tmp_path_factory.mktemp("template") / "ledger.db"
    run_apart(migration.upgrade(migration.url_of(path)), 30)
    return path


@settings(max_examples=60, deadline=None)
@given(steps=STEPS, fates=FATES, file_fails=st.lists(st.booleans(), max_size=4), crash=st.booleans())
async def test_acknowledged_is_stored_whatever_fails(
    template: Path, steps: list[str], fates: list[str], file_fails: list[bool], crash: bool
) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        url, folder = Path(temporary) / "ledger.db", Path(temporary) / "emergency"
        shutil.copyfile(template, url)
        appended: list[tuple[Entry, object]] = []
        async with await FlakyDatabase.open(url, migrate=False) as db:
            db.script = list(fates)
            files = FlakyFiles(folder)
            files.script = list(file_fails)
            journal = Journal(db, files, SystemClock(), group_seconds=0.0, first_pause=0.001)
            journal.start()
            for n, step in enumerate(steps):
                if step == "pause":
                    await asyncio.sleep(0.001)
                elif step == "drain":
                    await journal.drain(10)
                else:
                    each = entry(n, step)
                    appended.append((each, journal.append(each)))
            if crash:
                for task in journal._tasks:
                    task.cancel()
                await asyncio.gather(*journal._tasks, return_exceptions=True)
                files.close()  # as the kernel does: the locks go with the process
            else:
                await journal.close()
            acknowledged = {each.id for each, ack in appended if ack._future.done()}  # type: ignore[attr-defined]
        stored = await stored_ids(str(url), folder)
        assert acknowledged <= set(stored)
        assert len(stored) == len(set(stored))
        if not crash:
            assert set(stored) == {each.id for each, _ack in appended}
