"""The pages of connectors for tests: the real service, a receiver on loopback, accounts before them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from config.schema import Site
from crm_bridge.connectors.model import ReceiverState
from crm_bridge.connectors.service import Connectors
from ledger.clock import SystemClock
from server.customer_room import CustomerRoom
from tests.crm_bridge.connectors.house import Server, begun, happened, hook, put, says, server, until
from tests.server.web.office import MORNING, SITE, Office, open_office

SECRET = "correct horse battery staple"


@dataclass
class ConnectorHouse:
    """A web-hook, the service that sends to it, and the office in front of them."""

    office: Office
    hook: Server
    room: CustomerRoom
    site: Site

    @property
    def connectors(self) -> Connectors:
        return self.room.connectors

    async def state(self, name: str = "shop") -> ReceiverState:
        return next(one for one in await self.connectors.state() if one.name == name)

    async def happen(self, count: int = 1, call: str = "c", **more: Any) -> None:
        """Have things happen, each of a call of its own."""
        entries = [replace(happened(f"{call}{n}", **more), at=MORNING) for n in range(count)]
        await put(self.office.parts.database, entries)

    async def until_failed(self, count: int) -> None:
        async def failed() -> bool:
            return (await self.state()).failed == count

        await until(failed)

    async def until_waiting(self, count: int) -> None:
        async def waiting() -> bool:
            return (await self.state()).waiting == count

        await until(waiting)

    def leave(self) -> None:
        """Let the site name no connector any more."""
        self.site.connectors.clear()


def site_with(url: str, *, secret: str = SECRET) -> Site:
    return SITE.model_copy(update={"connectors": {"shop": hook(url, secret=secret)}})


@asynccontextmanager
async def connector_house(folder: Path, *, at_work: bool = True) -> AsyncIterator[ConnectorHouse]:
    """Open it; the service works on the clock of this machine, the pages on the office's."""
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(server(says()))
        site = site_with(here.url)
        office = await stack.enter_async_context(open_office(folder, site=site))
        await office.hire()
        parts = office.parts
        room = CustomerRoom.of(lambda: site, parts.database, parts.journal, SystemClock())
        office.parts = replace(parts, customers=room)
        house = ConnectorHouse(office, here, room, site)
        if at_work:
            task = asyncio.create_task(room.connectors.run())
            await begun(room.connectors, "shop")
            stack.push_async_callback(_ended, task)
        yield house


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
