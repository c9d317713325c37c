"""Owns the database connections: short sessions for reading and for writing, on SQLite or PostgreSQL.

Knows no table. SQLite has one writer at a time, so writers of this process stand in line here, in order.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from ledger import migration
from ledger.database_words import in_our_words
from ledger.engines import BUSY_SECONDS, Role, make_blocking_writer, make_engine, url_of
from ledger.errors import DatabaseBusy, DatabaseUnavailable
from ledger.wakeups import Wakeups

T = TypeVar("T")

WRITER_WAIT_SECONDS = 30.0
CLOSE_SECONDS = 10.0


class Database:
    """One database. Make it with `await Database.open(...)` and close it, or use it with `async with`."""

    def __init__(self, url: sa.URL, busy_seconds: float = BUSY_SECONDS) -> None:
        self.url = url
        self.wakeups = Wakeups()
        self._write_engine = make_engine(url, Role.WRITE, busy_seconds)
        self._read_engine = make_engine(url, Role.READ, busy_seconds)
        self._writer_turn: asyncio.Lock | None = asyncio.Lock() if self.is_sqlite else None
        self._blocking = make_blocking_writer(url, busy_seconds) if self.is_sqlite else None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._sessions = 0
        self._all_returned = asyncio.Event()
        self._all_returned.set()
        self._closed = False
        self._stack = AsyncExitStack()
        self._beside: Self | None = None

    @classmethod
    async def open(cls, where: str | Path, *, migrate: bool = True, busy_seconds: float = BUSY_SECONDS) -> Self:
        """Open the database at a file path or address, creating and migrating it as needed.

        On SQLite a writer waits up to `busy_seconds` for one of another process.
        Raises DatabaseUnavailable, DatabaseBusy, DatabaseTooNew, NoSuchDatabaseKind.
        """
        url = url_of(where)
        if migrate:
            try:
                if url.get_backend_name() == "sqlite":
                    await asyncio.to_thread(Path(str(url.database)).parent.mkdir, parents=True, exist_ok=True)
                await migration.upgrade(url)
            except (sa.exc.SQLAlchemyError, OSError) as error:
                raise in_our_words(error) or error from error
        database = cls(url, busy_seconds)
        try:
            await database.ping()
            if not database.is_sqlite:
                listener = make_engine(url, Role.WRITE)
                database._stack.push_async_callback(listener.dispose)
                await database._stack.enter_async_context(database.wakeups.hearing_other_machines(listener))
        except BaseException:
            await database.close()
            raise
        return database

    @property
    def is_sqlite(self) -> bool:
        """Say whether this is a file of ours and not a server."""
        return self.url.get_backend_name() == "sqlite"

    def beside(self) -> Self:
        """Return this database over other connections, for reads of seconds: nobody else waits for them.

        It is the same one each time, closed with this one. Write with this one: it knows whose turn it is.
        """
        if self._beside is None:
            self._beside = type(self)(self.url)
            self._stack.push_async_callback(self._beside.close)
        return self._beside

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """Give a session that sees one moment of the database read-only; raises DatabaseUnavailable.

        Whose task is cancelled ends the statement it waits for.
        """
        async with self._session(self._read_engine) as session:
            yield session

    @asynccontextmanager
    async def writing(self, *, wait: float = WRITER_WAIT_SECONDS) -> AsyncIterator[AsyncSession]:
        """Give a session whose one short transaction is committed, on disk, when the block ends well.

        Wait at most `wait` seconds for other writers of this process. Raises DatabaseBusy and
        DatabaseUnavailable; any exception rolls everything back. Never open one inside another.
        """
        async with self.turn(wait=wait), self._session(self._write_engine) as session:
            yield session

    @asynccontextmanager
    async def turn(self, *, wait: float = WRITER_WAIT_SECONDS) -> AsyncIterator[None]:
        """Keep other writers of this process waiting, where SQLite has one at a time, while a process of ours writes.

        Raises DatabaseBusy after `wait` seconds.
        """
        if self._writer_turn is None:
            yield
            return
        try:
            async with asyncio.timeout(wait):
                await self._writer_turn.acquire()
        except TimeoutError as late:
            raise DatabaseBusy from late
        try:
            yield
        finally:
            self._writer_turn.release()

    async def write_at_once(self, work: Callable[[sa.Connection], T], *, wait: float = WRITER_WAIT_SECONDS) -> T:
        """Do all of `work` in one transaction, committed, on disk, when this returns; raises like `writing`.

        `work` is SQL only. On SQLite the whole of it is one trip to a thread, where `writing` makes one for each
        statement; who is cancelled leaves it to its end there, and may find it done.
        """
        if self._blocking is None or self._writer_turn is None:
            async with self.writing(wait=wait) as session:
                return await (await session.connection()).run_sync(work)
        if self._closed:
            raise DatabaseUnavailable("it was closed")
        try:
            async with asyncio.timeout(wait):
                await self._writer_turn.acquire()
        except TimeoutError as late:
            raise DatabaseBusy from late
        done = asyncio.get_running_loop().run_in_executor(self._thread, _whole, self._blocking, work)
        done.add_done_callback(self._end_turn)
        try:
            return await asyncio.shield(done)
        except sa.exc.SQLAlchemyError as error:
            raise in_our_words(error) or error from error

    def _end_turn(self, done: asyncio.Future[Any]) -> None:
        assert self._writer_turn is not None
        self._writer_turn.release()
        if not done.cancelled():
            done.exception()  # looked at: whoever waited was told, or was cancelled

    async def ping(self, timeout: float = 5.0) -> None:
        """Ask the database for a sign of life; raises DatabaseUnavailable."""
        try:
            async with asyncio.timeout(timeout), self.reading() as session:
                await session.execute(sa.text("SELECT 1"))
        except TimeoutError as late:
            raise DatabaseUnavailable from late

    async def close(self) -> None:
        """Give out no more sessions, wait a moment for those that are out, then close every connection."""
        self._closed = True
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._all_returned.wait()
        except TimeoutError:
            pass  # whoever keeps a session that long finds its connection closed
        await self._stack.aclose()
        await asyncio.to_thread(self._thread.shutdown)
        if self._blocking is not None:
            self._blocking.dispose()
        await self._write_engine.dispose()
        await self._read_engine.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.close()

    @asynccontextmanager
    async def _session(self, engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
        if self._closed:
            raise DatabaseUnavailable("it was closed")
        self._sessions += 1
        self._all_returned.clear()
        try:
            async with AsyncSession(engine, expire_on_commit=False) as session:
                try:
                    await session.connection()  # begins now: a lock we cannot get shows before any work
                except (sa.exc.SQLAlchemyError, OSError) as error:
                    raise in_our_words(error) or error from error
                try:
                    yield session
                    await session.commit()
                except sa.exc.SQLAlchemyError as error:
                    raise in_our_words(error) or error from error
        finally:
            self._sessions -= 1
            if not self._sessions:
                self._all_returned.set()


def _whole(engine: sa.Engine, work: Callable[[sa.Connection], T]) -> T:
    with engine.begin() as connection:
        return work(connection)
