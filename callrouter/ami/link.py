"""A manager connection that is kept up: connect, log in, watch, reconnect, and hand on what is heard.

Knows when to connect and when to give up on a connection; knows no event and resends nothing.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from callrouter.ami.client import AmiConnection, AmiMessage, unpack
from callrouter.ami.errors import AmiError, LinkDown, LoginRefused, UnknownList
from callrouter.ami.headers import Headers
from callrouter.ami.inbox import Inbox, LinkChange, LinkState
from callrouter.ami.lists import LISTS
from callrouter.ami.settings import AmiSettings, LinkLimits

log = structlog.get_logger(__name__)


def utc_now() -> datetime:
    """Return the time of day, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class AmiReply:
    """Hold what Asterisk answered to one action that it did not refuse."""

    headers: AmiMessage

    @property
    def message(self) -> str:
        """Return the text Asterisk gave, or nothing."""
        return str(self.headers.get("Message", ""))


@dataclass(slots=True)
class LinkCounters:
    """Count what an operator should be able to see."""

    messages: int = 0
    connections: int = 0
    strays: int = 0
    unreadable: int = 0
    handler_faults: int = 0


class AmiLink:
    """Keep one manager user connected while `run` runs, and send actions once or not at all.

    `on_message` and `on_state` are called from one task, in the order in which things happened; they must
    return soon. If one raises, that is logged and counted, and the link goes on.
    """

    def __init__(
        self,
        settings: AmiSettings,
        on_message: Callable[[AmiMessage], None],
        on_state: Callable[[LinkChange], None],
        *,
        clock: Callable[[], datetime] = utc_now,
        limits: LinkLimits | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._on_message = on_message
        self._on_state = on_state
        self._clock = clock
        self._limits = limits or LinkLimits()
        self._chance = chance
        self._inbox = Inbox(self._limits.inbox_messages, self._limits.inbox_bytes)
        self._connection: AmiConnection | None = None
        self._stopping = asyncio.Event()
        self._up = asyncio.Event()
        self._state = LinkState.DOWN
        self._reason = "not connected yet"
        self._last_heard: datetime | None = None
        self.counters = LinkCounters()
        self._where = {"ami_user": settings.user, "ami_host": settings.host, "ami_port": settings.port}

    @property
    def state(self) -> LinkState:
        """Return how the link is now; `on_state` hears of it after the messages before it."""
        return self._state

    @property
    def reason(self) -> str:
        """Return why the link is not up, or nothing."""
        return self._reason

    async def wait_up(self, deadline: float = 10.0) -> None:
        """Wait until actions can be sent; raises TimeoutError."""
        async with asyncio.timeout(deadline):
            await self._up.wait()

    @property
    def dropped(self) -> int:
        """Return how many messages were dropped because the handler was too slow."""
        return self._inbox.dropped

    async def run(self) -> None:
        """Keep the link up until `stop` or cancellation; afterwards nothing more is reported."""
        try:
            async with asyncio.TaskGroup() as tasks:
                drain = tasks.create_task(self._drain(), name="ami-drain")
                supervise = tasks.create_task(self._supervise(), name="ami-supervise")
                await self._stopping.wait()
                supervise.cancel()
                drain.cancel()
        finally:
            self._state, self._reason = LinkState.DOWN, "stopped"

    def stop(self) -> None:
        """Ask `run` to say goodbye and end, whatever it is doing."""
        self._stopping.set()

    async def action(self, name: str, headers: Headers | None = None, deadline: float = 3.0) -> AmiReply:
        """Do one action and return the answer.

        Raises UnsafeValue, LinkDown or TooManyWaiting if nothing was sent, ActionFailed if Asterisk refused,
        LinkLost or ActionTimedOut if nobody knows.
        """
        return AmiReply((await self._usable().ask(name, headers or {}, None, deadline))[0])

    async def list_action(self, name: str, headers: Headers | None = None, deadline: float = 5.0) -> list[AmiMessage]:
        """Do one action of the table `LISTS` and return its items; raises as `action`, or UnknownList."""
        shape = LISTS.get(name)
        if shape is None:
            raise UnknownList(name)
        return (await self._usable().ask(name, headers or {}, shape, deadline))[1:]

    def _usable(self) -> AmiConnection:
        if self._connection is None or not self._connection.usable:
            raise LinkDown(self._reason if self._connection is None else self._connection.why_gone)
        return self._connection

    # -- connecting --

    async def _supervise(self) -> None:
        failures = 0
        while True:
            try:
                connection = await self._open()
            except LoginRefused as refusal:
                log.error("Asterisk refused the manager login", answer=str(refusal), **self._where)
                self._report(LinkState.REFUSED, f"login refused: {refusal}")
                pause = self._limits.retry_refused * (1 + self._chance() / 10)
            except (OSError, AmiError) as error:
                log.warning("no manager connection", reason=str(error), failures=failures, **self._where)
                self._report(LinkState.DOWN, str(error) or type(error).__name__)
                pause = self._limits.retry_after(failures, self._chance())
                failures += 1
            else:
                settled = await self._stay(connection)
                failures = 0 if settled else failures + 1
                pause = self._limits.retry_after(failures, self._chance())
            await asyncio.sleep(pause)

    async def _open(self) -> AmiConnection:
        """Connect and log in; leaves nothing open when it fails."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._limits.connect):
                transport, connection = await loop.create_connection(
                    lambda: AmiConnection(self._limits, self._received, self._clock),
                    self._settings.host,
                    self._settings.port,
                )
        except TimeoutError:
            raise LinkDown(f"no connection within {self._limits.connect:g} s") from None
        try:
            await connection.log_in(self._settings)
        except BaseException:
            transport.abort()
            raise
        return connection

    async def _stay(self, connection: AmiConnection) -> bool:
        """Use the connection until it is gone; return whether it ever proved itself by an answered ping."""
        self._connection = connection
        self._up.set()
        self.counters.connections += 1
        log.info("manager connection is up", **self._where)
        self._report(LinkState.UP)
        settled = False
        try:
            while not await connection.wait_gone(self._limits.ping_every):
                try:
                    await connection.ask("Ping", {}, None, self._limits.pong_within)
                except AmiError as error:
                    connection.drop(f"ping not answered: {error}")
                else:
                    settled = True
        finally:
            # Reached by cancellation too: then the goodbye is said, and what waits fails at once.
            self._connection = None
            self._up.clear()
            self._reason = connection.why_gone or "stopped"
            self._last_heard = connection.last_heard
            self.counters.strays += connection.strays
            await self._close(connection)
        log.warning("manager connection lost", reason=self._reason, **self._where)
        self._report(LinkState.DOWN, self._reason)
        return settled

    async def _close(self, connection: AmiConnection) -> None:
        connection.hang_up()
        try:
            if not await connection.wait_gone(self._limits.goodbye):
                connection.drop("no time for a goodbye")
        finally:
            connection.drop("stopped")

    # -- hearing --

    def _received(self, raw: bytes) -> None:
        """Take one event from the reader: put it away, or notice that there is no room."""
        if not self._inbox.offer(raw) and self._state is LinkState.UP:
            log.error("manager messages are dropped: the handler is too slow", **self._where)
            self._report(LinkState.OVERRUN, "messages were dropped")

    def _report(self, state: LinkState, reason: str = "") -> None:
        self._reason = reason
        if state is self._state:
            return
        self._state = state
        if self._connection is not None:
            self._last_heard = self._connection.last_heard
        self._inbox.mark(LinkChange(state, self._clock(), self._last_heard, reason))

    async def _drain(self) -> None:
        while True:
            await self._inbox.hand_out(self._hand_on, self._limits.drain_slice)
            if self._state is LinkState.OVERRUN and self._inbox.roomy:
                self._report(LinkState.UP)

    def _hand_on(self, item: bytes | LinkChange) -> None:
        try:
            if isinstance(item, LinkChange):
                self._on_state(item)
                return
            self.counters.messages += 1
            message = unpack(item)
            if message is None:
                self.counters.unreadable += 1
            else:
                self._on_message(message)
        except Exception:
            # Theirs to mend, ours to survive: one bad handler must not cost the link.
            self.counters.handler_faults += 1
            log.exception("a handler of manager messages failed", **self._where)
