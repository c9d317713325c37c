"""Owns a SQLite connection that a cancelled task cannot leave in the middle of something. Knows no SQL of ours.

aiosqlite 0.22 stops waiting when its task is cancelled, while its thread goes on. When that was an INSERT … RETURNING,
the connection is closed with the statement still open, SQLite keeps such a connection alive, and with it the write
lock: every later writer finds the database locked until the process ends. (Seen in tests/ledger, within 100 tries.)
What only reads is not waited for: it is interrupted, else a query that nobody waits for any more keeps its connection.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import aiosqlite

_ROWS_AT_ONCE = 64
#: An interrupt that comes before the statement has begun does nothing, so it is repeated, seconds.
_AGAIN = 0.05


class PatientConnection(aiosqlite.Connection):
    """Waits for what its thread has begun, and only then lets itself be cancelled; rolls back before it closes."""

    #: Whether what its thread has begun may be given up.
    only_reads = False

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # the base class's signature
        if not self._running or not self._connection:
            raise ValueError("Connection closed")  # in the words SQLAlchemy looks for
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._tx.put_nowait((future, partial(fn, *args, **kwargs)))
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            while not future.done():  # no longer than the busy timeout, or what the disk takes
                self._give_up()
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([future], timeout=_AGAIN if self.only_reads else None)
            future.exception()  # looked at: nobody is left to be told
            raise

    def _give_up(self) -> None:
        if self.only_reads and self._connection is not None:
            with suppress(sqlite3.Error):  # it was being closed
                self._connection.interrupt()

    async def close(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error, ValueError):
                await self._execute(self._connection.rollback)
        await super().close()

    def stop(self) -> asyncio.Future[Any] | None:
        if self._connection is not None:
            self._tx.put_nowait((None, partial(_quietly, self._connection.rollback)))
        return super().stop()


def connect(database: str, **options: Any) -> PatientConnection:
    """Make a connection, to be awaited; the thread it starts does not keep the process alive."""
    connection = PatientConnection(partial(sqlite3.connect, database, **options), _ROWS_AT_ONCE)
    connection._thread.daemon = True
    return connection


def connect_to_read(database: str, **options: Any) -> PatientConnection:
    """Make a connection as `connect` does, for what only reads: who is cancelled ends the statement."""
    connection = connect(database, **options)
    connection.only_reads = True
    return connection


def _quietly(work: Callable[[], None]) -> None:
    with suppress(sqlite3.Error):
        work()
