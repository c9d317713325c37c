"""Owns that what was removed is on the disk no more: SQLite's indexes, its log and its free pages, and other files.

Searches files byte by byte, as somebody would who has stolen them. A copy elsewhere (a backup) is out of its reach.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Collection, Iterator
from pathlib import Path

import sqlalchemy as sa

from ledger.database import Database
from ledger.forgetting import NotNow, forget_for_good, holds
from ledger.forgetting_words import found_in
from ledger.tables import metadata

#: Pages merged in one transaction; takes some milliseconds.
_MERGED = 200
_MOST_MERGES = 100_000
#: How long the database's log may refuse to be emptied, seconds: readers hold it, none for long.
EMPTYING = 20.0
_PAUSE = 0.1
_BLOCK = 1 << 20


async def compact(db: Database, index: str) -> None:
    """Merge a full-text index of SQLite into one piece, a little at a time: what was taken out is in it no more.

    `index` is a constant of ours. PostgreSQL's indexes keep no words of rows that were vacuumed.
    """
    if not db.is_sqlite:
        return
    # The first, with a negative number, lets all pieces take part, however few they are.
    for pages in (-_MERGED, *[_MERGED] * _MOST_MERGES):
        async with db.writing() as session:
            await forget_for_good(session)
            before = await session.scalar(sa.text("SELECT total_changes()"))
            merge = sa.text(f"INSERT INTO {index} ({index}, rank) VALUES ('merge', :pages)")  # noqa: S608 - ours
            await session.execute(merge, {"pages": pages})
            after = await session.scalar(sa.text("SELECT total_changes()"))
        if (after or 0) - (before or 0) < 2:  # the words of SQLite's manual: nothing was left to do
            return


async def empty_log(db: Database) -> None:
    """Write SQLite's log into its file and cut it to nothing; raises NotNow while readers hold it."""
    if db.is_sqlite:
        await asyncio.to_thread(_checkpoint, str(db.url.database))


async def vacuum(db: Database) -> None:
    """Write SQLite's file anew, without what lies in its free pages; writers wait meanwhile, or use other ways."""
    if db.is_sqlite:
        await asyncio.to_thread(_vacuum, str(db.url.database))
        await empty_log(db)


async def count_in_files(paths: Collection[Path], needles: Collection[bytes]) -> dict[Path, int]:
    """Count how often any of these bytes stand in files, and in those of folders; those without are not in it."""
    return await asyncio.to_thread(_search, list(paths), tuple(needles)) if needles else {}


async def count_in_tables(db: Database, texts: Collection[str]) -> dict[str, int]:
    """Count the rows, by table, that hold one of these texts."""
    found: dict[str, int] = {}
    for table in metadata.sorted_tables if texts else ():
        columns = [c for c in table.c if isinstance(c.type, sa.String | sa.JSON)]
        if not columns:
            continue
        where = sa.or_(*(holds(column, texts) for column in columns))
        async with db.reading() as session:
            if count := await session.scalar(sa.select(sa.func.count()).select_from(table).where(where)):
                found[table.name] = count
    return found


async def overwrite(paths: Collection[Path], needles: Collection[bytes]) -> int:
    """Write crosses over these bytes where they stand; for files that others only add to. Return how many."""
    return await asyncio.to_thread(_overwrite, list(paths), tuple(needles)) if needles else 0


def files_of(db: Database) -> list[Path]:
    """Return SQLite's files; those of a server are not ours."""
    if not db.is_sqlite:
        return []
    return [Path(f"{db.url.database}{ending}") for ending in ("", "-wal", "-shm", "-journal")]


def _checkpoint(path: str) -> None:
    connection = sqlite3.connect(path, timeout=5.0, isolation_level=None)
    try:
        ends = time.monotonic() + EMPTYING
        while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            if time.monotonic() > ends:
                raise NotNow("the database's log is being read")
            time.sleep(_PAUSE)
    except sqlite3.OperationalError as busy:
        raise NotNow("the database is being written to") from busy
    finally:
        connection.close()


def _vacuum(path: str) -> None:
    connection = sqlite3.connect(path, timeout=30.0, isolation_level=None)
    try:
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("VACUUM")
    except sqlite3.OperationalError as busy:
        raise NotNow("the database cannot be written anew now") from busy
    finally:
        connection.close()


def _search(paths: list[Path], needles: tuple[bytes, ...]) -> dict[Path, int]:
    found: dict[Path, int] = {}
    for path in _files(paths):
        try:
            with path.open("rb") as file:
                count = sum(_in_block(tail, block, needles) for tail, block in _blocks(file.fileno(), needles))
        except (FileNotFoundError, PermissionError):
            continue  # it went meanwhile, or is Asterisk's own and no file of ours
        if count:
            found[path] = count
    return found


def _in_block(tail: bytes, block: bytes, needles: tuple[bytes, ...]) -> int:
    """Count what ends in a block: what ends in the tail before it is counted there."""
    return sum(found_in(tail[-(len(needle) - 1) :] + block, [needle]) for needle in needles if needle)


def _blocks(descriptor: int, needles: tuple[bytes, ...]) -> Iterator[tuple[bytes, bytes]]:
    longest = max(map(len, needles))
    tail, at = b"", 0
    while block := os.pread(descriptor, _BLOCK, at):
        yield tail, block
        tail, at = (tail + block)[-longest:], at + len(block)


def _overwrite(paths: list[Path], needles: tuple[bytes, ...]) -> int:
    count = 0
    for path in _files(paths):
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except (FileNotFoundError, PermissionError):
            continue
        try:
            count += sum(_overwrite_one(descriptor, needle) for needle in needles if needle)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    return count


def _overwrite_one(descriptor: int, needle: bytes) -> int:
    places: list[int] = []
    at = 0
    while block := os.pread(descriptor, _BLOCK + len(needle) - 1, at):
        begin = 0
        while (place := block.find(needle, begin)) >= 0:
            places.append(at + place)
            begin = place + len(needle)
        at += _BLOCK
    for place in places:
        os.pwrite(descriptor, b"x" * len(needle), place)
    return len(places)


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            for folder, _, names in os.walk(path):
                yield from (one for name in sorted(names) if (one := Path(folder, name)).is_file())
        elif path.is_file():
            yield path
