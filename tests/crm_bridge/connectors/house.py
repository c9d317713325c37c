"""What the tests of connectors share: receivers on loopback that answer what they are told, and a site with them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from callrouter.chronicle import entry as entry_of
from callrouter.events import Event
from config.connectors import Connector
from config.schema import Company, Person
from crm_bridge.connectors.model import About, CustomerOf, CustomerShort, ReceiverState
from crm_bridge.connectors.service import Connectors
from ledger import journal_store
from ledger.database import Database
from ledger.entry import Entry, StoredEntry
from ledger.journal_reads import JournalReads
from ledger.safekeeping import TOPIC

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SECRET = "a secret of the site"
TOKEN = "T0K3N-of-the-hook"
PEOPLE = {"alice": Person(name="Alice Doe", phone="101"), "bob": Person(name="Bob Roe", phone="102")}

Answer = Callable[["Got"], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Got:
    """One request a receiver got."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes

    @property
    def key(self) -> str:
        return self.headers.get("Idempotency-Key", "")

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def says(status: int = 200, text: str = "thank you", **headers: str) -> Answer:
    async def answer(_got: Got) -> web.StreamResponse:
        return web.Response(status=status, text=text, headers=headers)

    return answer


@dataclass
class Server:
    """A receiver that keeps what it got, and answers what it is told now."""

    answer: Answer
    base: str = ""
    got: list[Got] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        return f"{self.base}/hooks/{TOKEN}"

    @property
    def keys(self) -> list[str]:
        return [got.key for got in self.got]

    async def until(self, true: Callable[[], bool], seconds: float = 15.0) -> None:
        """Wait until something is true of what was got. Raises TimeoutError."""
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(true)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        got = Got(
            request.method, request.path, tuple(request.query.items()), dict(request.headers), await request.read()
        )
        async with self.changed:
            self.got.append(got)
            self.changed.notify_all()
        return await self.answer(got)


@asynccontextmanager
async def server(answer: Answer | None = None) -> AsyncIterator[Server]:
    here = Server(answer or says())
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", here.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        here.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield here
    finally:
        await runner.cleanup()


@dataclass
class FakeSite:
    """The part of a site that connectors read; may change while they work."""

    connectors: Mapping[str, Connector]
    company: Company = field(default_factory=lambda: Company(name="Acme", country="LT"))
    people: Mapping[str, Person] = field(default_factory=lambda: PEOPLE)


def hook(url: str, *, timeout: float = 5.0, at_once: int = 8, **more: Any) -> Connector:
    webhook = {"url": url, "events": ["*"], **more}
    return Connector.model_validate({"webhook": webhook, "internal": True, "timeout": timeout, "at_once": at_once})


async def nobody(_about: About) -> CustomerShort | None:
    return None


def customers(**of: str) -> CustomerOf:
    """Say whose calls are whose: `customers(c1="ona")`."""

    async def customer_of(about: About) -> CustomerShort | None:
        name = about.customer or of.get(about.call)
        return None if name is None else CustomerShort(name, name.title(), "Acme", ("+37060000001",))

    return customer_of


@asynccontextmanager
async def working(site: FakeSite, db: Database, customer_of: Any = nobody) -> AsyncIterator[Connectors]:
    """Run connectors, from when every receiver has begun."""
    connectors = Connectors(lambda: site, db, JournalReads(db), customer_of)
    task = asyncio.create_task(connectors.run())
    try:
        await begun(connectors, *site.connectors)
        yield connectors
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def begun(connectors: Connectors, *names: str) -> None:
    """Wait until these receivers follow the journal."""

    async def follow() -> bool:
        return {one.name for one in await connectors.state() if one.known} >= set(names)

    await until(follow)


async def settled(connectors: Connectors, name: str = "shop", waiting: int = 0) -> ReceiverState:
    """Wait until a receiver has looked at the whole journal and so many wait."""

    async def state() -> ReceiverState:
        return next(one for one in await connectors.state() if one.name == name)

    async def is_so() -> bool:
        now = await state()
        return not now.behind and now.waiting == waiting

    await until(is_so)
    return await state()


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 15.0) -> None:
    """Wait until something in the database is so. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not await true():  # noqa: ASYNC110 - a row of a table is no event
            await asyncio.sleep(0.01)


async def put(db: Database, entries: Iterable[Entry]) -> list[StoredEntry]:
    """Store entries as the journal's writer does, and wake who reads."""
    async with db.writing() as session:
        stored = await journal_store.insert_entries(session, list(entries))
        await db.wakeups.wake_after_commit(session, TOPIC)
    return stored


async def tell(db: Database, events: Iterable[Event]) -> list[StoredEntry]:
    return await put(db, [entry_of(event) for event in events])


def happened(call: str, number: int = 1, kind: str = "call_ended", **data: Any) -> Entry:
    """Something small of a call; the id says which."""
    at = AT + timedelta(seconds=number)
    return Entry(id=f"{call}-{number:03d}", kind=kind, at=at, call=call, data={"n": number, **data})
