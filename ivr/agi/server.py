"""The listening side of FastAGI: who may come in, how many, how long; one task for each call.

Owns sockets, limits, counters and the "done" mark. Knows nothing of what a handler does with its channel.

AGI has neither password nor encryption. So we look at the peer's address and at a token, the dialplan's first
argument, before a handler hears of the call. Whoever is turned away is cut off at once and without an answer:
for a real Asterisk this leads to the survival path, for anybody else there is nothing to learn.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import ipaddress
import socket
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import cast

import structlog

from ivr.agi.errors import AgiTimeout, HungUp, LinkLost, RemoteProtocolError
from ivr.agi.protocol import AgiMachine, AgiRequest, ConnectionClosed, State
from ivr.agi.session import AgiSession

log = structlog.get_logger(__name__)

Handler = Callable[[AgiSession], Awaitable[None]]

#: Tells the dialplan that the end was ours. Without it the survival path serves the caller.
DONE_VARIABLE = "SWITCHROOM_DONE"
#: Measured with Asterisk 22: a quote in an argument vanishes, and takes the next comma with it.
_DIALPLAN_SIGNS = frozenset("\"',;\\$()[]{}|&")
_CLOSE_SECONDS = 5.0
#: How often the server looks whose time is over. One clock for all is cheaper than a timer for each wait.
_TICK = 0.1


@dataclass(frozen=True, slots=True)
class Limits:
    """How much we take on, and for how long we wait."""

    header_seconds: float = 2.0
    sessions: int = 500
    #: Connections that have not shown their header yet; one more, and the oldest must go.
    strangers: int = 1_000
    done_seconds: float = 2.0
    #: How long the connection is read after our end, so that the last HANGUP does not meet a closed socket.
    linger_seconds: float = 1.0


class Refusal(StrEnum):
    """Why a connection did not become a session."""

    FOREIGN_PEER = "foreign_peer"
    NO_HEADER_IN_TIME = "no_header_in_time"
    CLOSED_EARLY = "closed_early"
    NOT_AGI = "not_agi"
    WRONG_TOKEN = "wrong_token"  # noqa: S105  a reason, not a token
    TOO_MANY_SESSIONS = "too_many_sessions"
    TOO_MANY_STRANGERS = "too_many_strangers"
    STOPPING = "stopping"


@dataclass(slots=True)
class Counters:
    """What became of the connections so far: accepted = ended + failed + sessions running now."""

    accepted: int = 0
    ended: int = 0
    failed: int = 0
    #: Sessions whose connection was cut because the other side broke the rules of AGI.
    broken: int = 0
    refused: Counter[Refusal] = field(default_factory=Counter)


class AgiServer:
    """Listens for Asterisk and runs `handler` once for each call that comes in."""

    def __init__(
        self,
        handler: Handler,
        *,
        token: str,
        allowed_peers: Iterable[str] = ("127.0.0.1", "::1"),
        limits: Limits | None = None,
    ) -> None:
        """Take the peers as addresses or networks. Raises ValueError for a bad token or address."""
        plain = token.isascii() and token.isprintable() and token == token.strip()
        if not token or not plain or _DIALPLAN_SIGNS.intersection(token):
            raise ValueError("an AGI token must not be empty, or hold a sign that the dialplan takes for its own")
        self.limits = limits or Limits()
        self.counters = Counters()
        self._handler = handler
        self._token = token.encode()
        networks = tuple(ipaddress.ip_network(peer) for peer in allowed_peers)
        self._is_allowed = lru_cache(maxsize=1024)(lambda peer: _within(peer, networks))
        self._server: asyncio.Server | None = None
        self._stopping = False
        self._connections: set[_Connection] = set()
        self._strangers: dict[_Connection, None] = {}  # oldest first
        self._tasks: set[asyncio.Task[None]] = set()
        self._clock: asyncio.TimerHandle | None = None

    @property
    def sessions(self) -> int:
        """Count the sessions running now."""
        return len(self._tasks)

    async def start(self, host: str, port: int = 0) -> int:
        """Listen on an address (not a name) and return the port. Raises OSError if it is taken."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.create_server((host, port), family=family, backlog=1024)
        # Asterisk sets no keepalive, and a call may rest in one command for hours. Connections inherit this.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        bound: int = sock.getsockname()[1]
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self, loop), sock=sock, backlog=1024)
        return bound

    @property
    def accepting(self) -> bool:
        """Tell whether new calls are let in."""
        return self._server is not None and not self._stopping

    def stop_accepting(self) -> None:
        """Let no new call in; the dialplan serves it by the survival path. Running sessions go on."""
        self._stopping = True
        if self._server is not None:
            self._server.close()
            self._server = None

    async def drain(self, deadline: float) -> int:
        """Stop accepting, let sessions end for `deadline` seconds, and return how many still run then."""
        self.stop_accepting()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=deadline)
        return len(self._tasks)

    async def close(self) -> None:
        """Stop accepting and end everything now; calls still running go to the survival path."""
        self.stop_accepting()
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            _, deaf = await asyncio.wait(tasks, timeout=_CLOSE_SECONDS)
            if deaf:
                log.error("sessions did not end when cancelled", sessions=len(deaf))
        for connection in tuple(self._connections):
            connection.abort()
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    # ---- what a connection asks of its server

    def admit(self, connection: _Connection, peer: str) -> Refusal | None:
        """Decide whether a stranger may say who it is."""
        if not self._is_allowed(peer):
            return Refusal.FOREIGN_PEER
        if self._stopping:
            return Refusal.STOPPING
        self._connections.add(connection)
        if self._clock is None:
            self._clock = asyncio.get_running_loop().call_later(_TICK, self._tick)
        self._strangers[connection] = None
        if len(self._strangers) > self.limits.strangers:
            # A real Asterisk speaks at once, so the oldest is the least likely to be one.
            next(iter(self._strangers)).refuse(Refusal.TOO_MANY_STRANGERS)
        return None

    def identify(self, connection: _Connection, request: AgiRequest) -> Refusal | None:
        """Decide whether a stranger's header makes it a session."""
        given = request.arguments[0].encode() if request.arguments else b""
        if not hmac.compare_digest(given, self._token):
            return Refusal.WRONG_TOKEN
        if self._stopping:
            return Refusal.STOPPING
        if len(self._tasks) >= self.limits.sessions:
            return Refusal.TOO_MANY_SESSIONS
        self._strangers.pop(connection, None)
        self.counters.accepted += 1
        return None

    def run(self, connection: _Connection, session: AgiSession) -> None:
        """Start the task of a session, which belongs to this server."""
        task = asyncio.get_running_loop().create_task(
            self._serve(connection, session), name=f"agi {session.request.uniqueid}"
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def forget(self, connection: _Connection) -> None:
        """Note that a connection is gone."""
        self._connections.discard(connection)
        self._strangers.pop(connection, None)

    def count_refusal(self, reason: Refusal) -> None:
        """Count a refusal, and log the 1st, 10th, 100th … of its kind: strangers must not fill the log."""
        self.counters.refused[reason] += 1
        count = self.counters.refused[reason]
        if str(count).strip("0") == "1":
            log.warning("agi connection refused", reason=reason.value, so_far=count)

    def _tick(self) -> None:
        """End what is overdue; the clock stands still while nobody is there."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection in tuple(self._connections):
            connection.check(now)
        self._clock = loop.call_later(_TICK, self._tick) if self._connections else None

    def note_broken(self, session: AgiSession, error: RemoteProtocolError) -> None:
        """Record that Asterisk said something we do not understand."""
        self.counters.broken += 1
        log.error("agi connection out of order", call_id=session.request.uniqueid, rule=error.detail)

    # ---- one session

    async def _serve(self, connection: _Connection, session: AgiSession) -> None:
        """Run the handler; one call's failure ends that call only, and leaves it to the survival path."""
        counters = self.counters
        try:
            with contextlib.suppress(HungUp):
                await self._handler(session)
            if not session.lost:
                await session.set_variable(DONE_VARIABLE, "1", deadline=self.limits.done_seconds)
        except HungUp:
            pass
        except asyncio.CancelledError:
            counters.failed += 1
            connection.abort()
            raise
        except Exception as error:  # noqa: BLE001  the top of a call's task: log, count, close
            counters.failed += 1
            # Only the places: the text of an exception may hold a caller's number or what was said.
            log.error(
                "agi session failed",
                call_id=session.request.uniqueid,
                action=session.request.script,
                error=type(error).__name__,
                places=_places(error),
            )
            connection.abort()
            return
        counters.ended += 1
        connection.finish()


class _Connection(asyncio.Protocol):
    """One TCP connection: a stranger first, then perhaps a session."""

    def __init__(self, server: AgiServer, loop: asyncio.AbstractEventLoop) -> None:
        self._server = server
        self._loop = loop
        self._machine = AgiMachine()
        self._transport: asyncio.Transport | None = None
        self._due: float | None = None  # for the header, or for the peer's end; between them the session has its own
        self._session: AgiSession | None = None
        self._over = False  # refused, broken or finished: whatever still comes is thrown away

    # ---- called by the loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A stream server gives us nothing else; uvloop's transport is one without saying so.
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        # Whoever has gone already has no address any more.
        refusal = self._server.admit(self, peer[0]) if peer else Refusal.CLOSED_EARLY
        if refusal is not None:
            self.refuse(refusal)
        else:
            self._due = self._loop.time() + self._server.limits.header_seconds

    def data_received(self, data: bytes) -> None:
        if self._over:
            return
        machine, session = self._machine, self._session
        machine.receive_data(data)
        try:
            while (event := machine.next_event()) is not None:
                if session is not None:
                    assert not isinstance(event, AgiRequest | ConnectionClosed)
                    session.receive(event)
                elif isinstance(event, AgiRequest):
                    session = self._begin(event)
                    if session is None:
                        return
        except RemoteProtocolError as error:
            if session is None:
                self.refuse(Refusal.NOT_AGI)
            else:
                self._over = True
                self._server.note_broken(session, error)
                session.break_off(error)

    def eof_received(self) -> None:
        if self._session is None:
            self.refuse(Refusal.CLOSED_EARLY)
        elif self._machine.state in (State.IDLE, State.BUSY):
            self._machine.receive_eof()
            self._session.lose(LinkLost())

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.forget(self)
        if self._session is not None:
            self._session.lose(LinkLost())
        elif not self._over:
            self._over = True
            self._server.count_refusal(Refusal.CLOSED_EARLY)
        self._over = True

    # ---- called by the server

    def refuse(self, reason: Refusal) -> None:
        """Cut off a stranger."""
        if not self._over:
            self._server.count_refusal(reason)
            self.abort()

    def finish(self) -> None:
        """End politely: say that nothing more will come, and read on for a moment."""
        if self._over:
            return
        self._over = True
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        transport.write_eof()
        self._due = self._loop.time() + self._server.limits.linger_seconds

    def abort(self) -> None:
        """End at once."""
        self._over = True
        self._server.forget(self)
        if self._transport is not None:
            self._transport.abort()

    def _begin(self, request: AgiRequest) -> AgiSession | None:
        refusal = self._server.identify(self, request)
        if refusal is not None:
            self.refuse(refusal)
            return None
        assert self._transport is not None
        self._due = None
        session = AgiSession(request, self._machine, self._transport, self._loop)
        self._session = session
        self._server.run(self, session)
        return session

    def check(self, now: float) -> None:
        """End what should have come before now."""
        session = self._session
        if session is not None and session.due is not None and session.due <= now:
            session.break_off(AgiTimeout())
        elif self._due is not None and self._due <= now:
            if session is None:
                self.refuse(Refusal.NO_HEADER_IN_TIME)
            else:
                self.abort()


_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _within(peer: str, networks: tuple[_Network, ...]) -> bool:
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in networks)


def _places(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
