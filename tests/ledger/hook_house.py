"""Web-hooks for tests, on loopback: polite ones of aiohttp, and rough ones that say bytes; and a carrier to them."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web

from ledger.clock import ManualClock
from ledger.delivery_model import Delivery, DeliveryState, Given, NothingToSend
from ledger.hook_carrier import HookCarrier, Patience
from ledger.posting import Posting

AT = datetime(2026, 11, 22, tzinfo=UTC)
SECRET = "a secret of the site"
TOKEN = "T0K3N-of-the-hook"
DOCUMENT = b"%PDF " + bytes(range(256)) * 4_000 + b"\r\n--switchroom\r\n"
FACTS: dict[str, object] = {"id": "f1", "name": "Ona Petraitė", "text": 'a "line"\r\n--switchroom-d1--\r\n', "pages": 3}
#: Long enough for a busy machine, short enough for a test.
HASTE = Patience(connect=5.0, answer=0.4, whole=10.0)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def delivery(kind: str = "fax", attempts: int = 1) -> Delivery:
    return Delivery(
        "d1", kind, "f1", "webhook", "", DeliveryState.WAITING, AT, attempts, "", None, None, "deliver d1"
    )  # fmt: skip


@dataclass
class OnePosting:
    """Posts the same each time, or says that there is nothing."""

    posting: Posting
    gone: str | None = None

    async def post(self, _delivery: Delivery) -> Posting:
        if self.gone is not None:
            raise NothingToSend(self.gone)
        return self.posting


@dataclass
class Hook:
    """A web-hook that keeps what it heard and answers what it is told."""

    answer: Handler
    url: str = ""
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.heard.append((dict(request.headers), await request.read()))
        return await self.answer(request)


def says(status: int = 200, text: str = "thank you", **headers: str) -> Handler:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=text, headers=headers)

    return answer


@asynccontextmanager
async def hook(answer: Handler | None = None, tls: ssl.SSLContext | None = None) -> AsyncIterator[Hook]:
    here = Hook(answer or says())
    app = web.Application(client_max_size=64 << 20)
    app.router.add_route("*", "/{any:.*}", here.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        scheme = "http" if tls is None else "https"
        here.url = f"{scheme}://127.0.0.1:{runner.addresses[0][1]}/hooks/{TOKEN}?key={TOKEN}"
        yield here
    finally:
        await runner.cleanup()


@asynccontextmanager
async def rough(answer: bytes, *, listens: bool = True) -> AsyncIterator[str]:
    """A server that says these bytes, whatever it hears, and closes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if listens:
            await reader.readuntil(b"--switchroom-d1--\r\n")
        else:
            await reader.readline()
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 26)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hooks/{TOKEN}"


def carrier(document: Given, url: str, secret: str | None = SECRET, **more: object) -> HookCarrier:
    posting = Posting(url, "fax", FACTS, document, secret)
    settings: dict[str, object] = {"clock": ManualClock(AT), "patience": HASTE}
    return HookCarrier({"fax": OnePosting(posting)}, **(settings | more))  # type: ignore[arg-type]  # tests' own values
