"""A link or a PBX under test, running, with everything it says written down."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

import pytest

from callrouter.ami.client import AmiMessage
from callrouter.ami.inbox import LinkChange, LinkState
from callrouter.ami.link import AmiLink
from callrouter.ami.settings import AmiSettings, LinkLimits

from .ami_server import AmiServer

QUICK = LinkLimits(
    connect=1.0,
    greeting=0.2,
    login=0.2,
    ping_every=0.05,
    pong_within=0.2,
    goodbye=0.2,
    retry_first=0.01,
    retry_most=0.05,
    retry_refused=0.05,
)
PATIENT = replace(QUICK, ping_every=60.0, greeting=5.0, login=5.0, retry_first=0.01, retry_refused=60.0)


@dataclass
class Heard:
    """What a link said, and a way to wait for more."""

    messages: list[AmiMessage] = field(default_factory=list)
    changes: list[LinkChange] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def message(self, message: AmiMessage) -> None:
        self.messages.append(message)
        self._news.set()

    def change(self, change: LinkChange) -> None:
        self.changes.append(change)
        self._news.set()

    @property
    def states(self) -> list[LinkState]:
        return [change.state for change in self.changes]

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not true():
                self._news.clear()
                await self._news.wait()

    async def up(self, times: int = 1) -> None:
        await self.until(lambda: self.states.count(LinkState.UP) >= times)


def settings(port: int, secret: str = "s3cret", *, user: str = "switchroom", events: bool = True) -> AmiSettings:
    return AmiSettings("127.0.0.1", port, user, secret, events)


@contextlib.asynccontextmanager
async def running(link: AmiLink) -> AsyncIterator[AmiLink]:
    """Run a link as a caller does: in a task group, stopped at the end and awaited."""
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        tasks.create_task(link.run())
        try:
            yield link
        finally:
            link.stop()


@contextlib.asynccontextmanager
async def linked(
    server: AmiServer, limits: LinkLimits = PATIENT, secret: str = "s3cret"
) -> AsyncIterator[tuple[AmiLink, Heard]]:
    """Run a link against the server and wait until it is up."""
    heard = Heard()
    link = AmiLink(settings(server.port, secret), heard.message, heard.change, limits=limits)
    async with running(link):
        await heard.up()
        yield link, heard


@pytest.fixture
async def server() -> AsyncIterator[AmiServer]:
    async with AmiServer() as server:
        yield server
