"""What a process that writes much and does nothing else changes about SQLite: more memory, and when pages go home.

A commit writes its pages into the write-ahead log; that they go to their places in the file is a checkpoint. It is made
beside the next transaction and in nobody's turn, and waited for only so that the log keeps a bound. Knows no table.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing, suppress
from typing import Any

import sqlalchemy as sa

#: Of memory for each connection, in KiB: the upper pages of indexes of a million customers.
_CACHE = 64 << 10
#: After so many transactions a checkpoint is waited for: of 500 rows each they write 80 MB at most into the log.
EVERY = 8
_BUSY_SECONDS = 5.0


def write_much() -> None:
    """Set up every connection that this process makes from now on."""

    @sa.event.listens_for(sa.Engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:  # the driver's connection has no public type
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA cache_size = -{_CACHE}")
        cursor.execute("PRAGMA wal_autocheckpoint = 0")
        cursor.close()


class Checkpoints:
    """The checkpoints of one file."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._commits = 0
        self._going: asyncio.Future[None] | None = None

    async def after_commit(self) -> None:
        """Begin one where none is under way; now and then wait until all is at home, so that the log begins anew."""
        self._commits += 1
        wait = self._commits % EVERY == 0
        if wait:
            await self.end()  # it may have begun before the last commit
        if self._going is None or self._going.done():
            self._going = asyncio.get_running_loop().run_in_executor(None, self._checkpoint)
        if wait:
            await self.end()

    async def end(self) -> None:
        """Wait for the one that is under way."""
        if self._going is not None:
            await self._going

    def _checkpoint(self) -> None:
        """Bring home what can be without waiting for anybody."""
        # A disk that is full or fails says so to whoever writes; until then all is in the log.
        with (
            suppress(sqlite3.Error),
            closing(sqlite3.connect(self._path, _BUSY_SECONDS, isolation_level=None)) as connection,
        ):
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
