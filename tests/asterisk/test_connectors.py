"""A web-hook that is down while real phones call and our server is killed: it learns of everything in the end.

In order for each number, nothing twice under another key: what is tried again has the key it had.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
from aiohttp import web

from callrouter import events as ev
from crm_bridge.connectors import store
from ledger.database import Database
from ledger.entry import StoredEntry
from ledger.journal_reads import JournalReads
from server.commands import connectors as command
from tests.asterisk.house import SALES, SITE, Tenant, tenant

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(300)]

SECRET = "a secret of both sides"
#: Which of its requests the receiver fails, so that something is tried again.
GRUMPY = (4, 9)


@dataclass
class Receiver:
    """A port that refuses connections until it is opened; then a web-hook that checks what it gets."""

    line: socket.socket
    taken: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    told: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def port(self) -> int:
        return int(self.line.getsockname()[1])

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        app = web.Application()
        app.router.add_post("/hook", self._take)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.SockSite(runner, self.line).start()
            yield
        finally:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        body, key = await request.read(), request.headers["Idempotency-Key"]
        if json.loads(body)["id"] != key or not signed(request.headers["Switchroom-Signature"], body):
            self.odd.append(key)
        if len(self.taken) + len(self.refused) + 1 in GRUMPY:
            self.refused.append(key)
            return web.Response(status=503)
        self.taken.append(key)
        self.told.set()
        return web.Response()

    async def has(self, keys: set[str], seconds: float) -> None:
        """Wait until it has all of these. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not keys <= set(self.taken):
                self.told.clear()
                await self.told.wait()


def signed(header: str, body: bytes) -> bool:
    """Check a signature as the README tells a receiver to."""
    at, _, mac = header.partition(",")
    wanted = hmac.new(SECRET.encode(), at.removeprefix("t=").encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(mac, f"sha256={wanted}")


@pytest.fixture
def receiver() -> Receiver:
    line = socket.socket()
    line.bind(("127.0.0.1", 0))  # nobody listens there: who connects is refused
    return Receiver(line)


def site_with(receiver: Receiver, folder: Path) -> Path:
    shutil.copytree(SITE, folder)
    hook = f'{{url: "http://127.0.0.1:{receiver.port}/hook", secret: "{SECRET}", events: ["*"]}}'
    (folder / "connectors.yaml").write_text(f"connectors: {{shop: {{internal: true, webhook: {hook}}}}}\n")
    return folder


async def entries(home: Tenant) -> list[StoredEntry]:
    """Return what the journal has of calls."""
    async with await Database.open(home.data / "switchroom.db") as database:
        return [entry for entry in await JournalReads(database).read(limit=10_000) if entry.call]


async def kept(home: Tenant) -> int:
    async with await Database.open(home.data / "switchroom.db") as database, database.reading() as session:
        return sum(sum(states.values()) for states in (await store.count(session)).values())


async def test_a_receiver_that_was_down_has_everything_in_the_end(tmp_path: Path, receiver: Receiver) -> None:
    site = await asyncio.to_thread(site_with, receiver, tmp_path / "site")
    async with tenant(tmp_path / "data", site=site) as home:
        ann = await home.operator("ann")
        one, two = await home.caller("+37060000001"), await home.caller("+37060000002", "Ona")
        for caller in (one, two):
            call = await caller.call(SALES)
            operator = await ann.incoming()
            await operator.answer()
            await call.confirmed()
            await call.hang_up()
            await operator.ended()
        talking = await one.call(SALES)
        operator = await ann.incoming()
        await operator.answer()
        await home.told(ev.CallAnswered, 3)

        await home.kill()
        await talking.hang_up()
        await home.start()
        await home.told(ev.CallEnded, 3)
        last = await two.call(SALES)
        await home.told(ev.CallOffered, 4)
        await last.hang_up()
        await home.told(ev.CallEnded, 4)
        happened = await entries(home)
        wanted = {entry.id for entry in happened}
        assert not receiver.taken

        async with receiver.open():
            # Nobody need do this: it is only that a test does not wait for the next try.
            assert await asyncio.to_thread(command.resend, home.data, "shop", "", json=True) == 0
            await receiver.has(wanted, 90)
            async with asyncio.timeout(60):
                while await kept(home):  # noqa: ASYNC110 - another process's table is no event
                    await asyncio.sleep(0.1)

    assert not receiver.odd
    assert receiver.refused and set(receiver.refused) <= set(receiver.taken)  # the same keys again
    of_calls = [key for key in receiver.taken if key in wanted]
    assert len(of_calls) == len(set(of_calls)), "what has arrived is not sent again"
    number = {entry.call: entry.data["ani"] for entry in happened if entry.kind == ev.CallOffered.KIND}
    place = {key: n for n, key in enumerate(of_calls)}
    assert set(number.values()) == {"+37060000001", "+37060000002"}
    for caller_number in set(number.values()):
        order = [place[entry.id] for entry in happened if number[entry.call] == caller_number]
        assert all(before < after for before, after in pairwise(order))
