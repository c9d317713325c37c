"""One receiver at work: it follows the journal and drains its shelf, until the site says otherwise.

Owns putting the parts together, and going on after the database was away or one of our own faults.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import structlog
from aiohttp.abc import AbstractResolver

from config.connectors import Connector
from config.schema import Person
from crm_bridge.connectors.breaker import Breaker
from crm_bridge.connectors.draining import Drainer
from crm_bridge.connectors.following import Follower
from crm_bridge.connectors.lane import Outbound
from crm_bridge.connectors.model import Occasion, Tested
from crm_bridge.connectors.occasions import Owners
from crm_bridge.connectors.rest import RestSender
from crm_bridge.connectors.senders import make_sender, make_wire
from crm_bridge.connectors.shelf import Shelf
from ledger.backoff import Backoff
from ledger.clock import Clock
from ledger.database import Database
from ledger.delivery_model import Accepted
from ledger.errors import DatabaseError
from ledger.journal_reads import JournalReads

log = structlog.get_logger(__name__)

#: Before the work begins anew, seconds.
PAUSES: Final = Backoff(first=0.5, longest=30.0, attempts=1_000_000_000)


@dataclass(frozen=True)
class House:
    """What all receivers share."""

    db: Database
    journal: JournalReads
    clock: Clock
    owners: Owners
    tls: ssl.SSLContext | None = None
    resolver: AbstractResolver | None = None


@dataclass(frozen=True)
class Settings:
    """What the site says of one receiver, and what its work depends on; another value is another piece of work."""

    connector: Connector
    people: Mapping[str, Person]
    country: str


class Receiver:
    """Tells one receiver what happens. Make it while a loop runs, `run` it as a task, and close it in the end."""

    def __init__(self, name: str, settings: Settings, house: House) -> None:
        self.name = name
        self.settings = settings
        self._house = house
        connector = settings.connector
        self._wire = make_wire(connector, house.tls, house.resolver)
        self._sender = make_sender(name, connector, self._wire, settings.people, house.clock)
        self._testing = asyncio.Lock()
        self.breaker = Breaker()
        self.shelf = Shelf(name, house.db, house.journal, house.clock)
        self._outbound = Outbound(name, self._sender, self.breaker, house.clock, connector.at_once)

    @property
    def source(self) -> RestSender | None:
        """Who can be asked who has a number; None where that cannot be asked, or not now."""
        sender = self._sender
        return sender if isinstance(sender, RestSender) and sender.can_look_up and self.breaker.closed else None

    async def test(self) -> Tested:
        """Try whether the receiver takes what we tell it; one that does is sent what waits at once."""
        loop = asyncio.get_running_loop()
        async with self._testing:
            began = loop.time()
            result = await self._sender.test()
        if isinstance(result, Accepted):
            self.hurry()
        return Tested(result, loop.time() - began)

    def preview(self, occasion: Occasion) -> str:
        """Return what is told of an event, for people."""
        return self._sender.preview(occasion)

    def hurry(self) -> None:
        """Look now whether something can go, and whether the receiver is back."""
        self.breaker.probe_now()
        self._outbound.work.set()

    async def run(self) -> None:
        """Work until cancelled."""
        failed = 0
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                await self._work()
            except BaseExceptionGroup as group:
                _, others = group.split(DatabaseError)
                if others is not None:
                    log.error("the work of a receiver failed; it begins anew", receiver=self.name, exc_info=others)
                else:
                    log.warning("a receiver falls behind: the database is away", receiver=self.name)
            failed = 1 if loop.time() - began > PAUSES.longest else failed + 1
            await asyncio.sleep(PAUSES.delay(failed, random.random()) or PAUSES.longest)  # noqa: S311 - spreads waits

    async def close(self) -> None:
        """End every connection."""
        await self._wire.close()

    async def _work(self) -> None:
        house = self._house
        drainer = Drainer(self.shelf, self._outbound, self.breaker, house.clock, self.settings.connector.at_once)
        follower = Follower(
            self.name, house.journal, house.owners, self._sender, self._outbound, self.breaker, self.shelf, drainer,
            self.settings.country,
        )  # fmt: skip
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._begin(follower, drainer))
        finally:
            await drainer.close()

    async def _begin(self, follower: Follower, drainer: Drainer) -> None:
        await self.shelf.begin()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(follower.run(), name=f"connector {self.name} follows")
            tasks.create_task(drainer.run(), name=f"connector {self.name} drains")
