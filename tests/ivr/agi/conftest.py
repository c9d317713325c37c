"""A real server on a free port of loopback, on both event loops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass

import pytest
import uvloop

from ivr.agi.fake_pbx import FakeCall
from ivr.agi.server import AgiServer, Handler, Limits

# looptime asks for the current loop also in tests that have none; asyncio would make one that nobody closes.
asyncio.set_event_loop(None)

TOKEN = "a-long-random-token"
HOST = "127.0.0.1"


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run what touches the loop's transports on both: uvloop is what runs, asyncio is what may have to."""
    loops: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
    if item.path.stem == "test_agi_server":
        loops["uvloop"] = uvloop.new_event_loop
    return loops


@dataclass(frozen=True)
class Running:
    """A server and how to call it."""

    server: AgiServer
    port: int

    async def call(self, call: FakeCall, *, token: str = TOKEN) -> FakeCall:
        return await call.run(HOST, self.port, token=token, timeout=20.0)

    async def stranger(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(HOST, self.port)


Serve = Callable[..., Awaitable[Running]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start servers that are closed after the test."""
    servers: list[AgiServer] = []

    async def start(handler: Handler, *, peers: tuple[str, ...] = (HOST,), **limits: float) -> Running:
        server = AgiServer(handler, token=TOKEN, allowed_peers=peers, limits=Limits(**limits))  # type: ignore[arg-type]  # ints and floats
        servers.append(server)
        return Running(server, await server.start(HOST))

    yield start
    for server in servers:
        await server.close()
