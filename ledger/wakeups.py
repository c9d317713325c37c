"""Owns telling waiting tasks that something was committed: events in this process, NOTIFY between machines.

A wake-up may be lost or come twice, so whoever waits also looks by itself now and then.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Session

from ledger.log import Log

_CHANNEL = "switchroom"
_RECONNECT_SECONDS = 2.0
_log = Log(__name__)


class Wakeups:
    """Topics to wait on; each listener has an event of its own, to clear before it looks."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Event]] = {}

    @contextmanager
    def listening(self, topic: str) -> Iterator[asyncio.Event]:
        """Give an event that is set whenever `topic` is woken."""
        event = asyncio.Event()
        listeners = self._listeners.setdefault(topic, set())
        listeners.add(event)
        try:
            yield event
        finally:
            listeners.discard(event)

    def wake(self, topic: str) -> None:
        """Wake everybody in this process who listens to `topic`."""
        for event in self._listeners.get(topic, ()):
            event.set()

    def wake_all(self) -> None:
        """Wake every listener of every topic, for when something may have been missed."""
        for topic in self._listeners:
            self.wake(topic)

    async def wake_after_commit(self, session: AsyncSession, topic: str) -> None:
        """Wake `topic`, here and on other machines, when and only when `session` commits."""

        def committed(_session: Session) -> None:
            self.wake(topic)

        sa.event.listen(session.sync_session, "after_commit", committed, once=True)
        if session.get_bind().dialect.name == "postgresql":
            await session.execute(sa.select(sa.func.pg_notify(_CHANNEL, topic)))

    @asynccontextmanager
    async def hearing_other_machines(self, engine: AsyncEngine) -> AsyncIterator[None]:
        """Pass on PostgreSQL's notifications while inside; keeps trying when the server is away."""
        task = asyncio.create_task(self._listen_for_ever(engine), name="ledger wake-ups")
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _listen_for_ever(self, engine: AsyncEngine) -> None:
        while True:
            try:
                await self._listen(engine)
            except Exception as error:  # noqa: BLE001 - the driver's errors are its own; whoever waits looks anyway
                _log.warning("no wake-ups from other machines for now", error=type(error).__name__)
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _listen(self, engine: AsyncEngine) -> None:
        ended = asyncio.Event()

        def heard(_connection: Any, _pid: int, _channel: str, topic: str) -> None:  # asyncpg is untyped
            self.wake(topic)

        pooled = await engine.raw_connection()
        connection: Any = pooled.driver_connection  # asyncpg is untyped
        try:
            connection.add_termination_listener(lambda _connection: ended.set())
            await connection.add_listener(_CHANNEL, heard)
            self.wake_all()
            await ended.wait()
        finally:
            pooled.invalidate()  # it listens: not to be given to anybody else
