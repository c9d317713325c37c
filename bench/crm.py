"""How soon a web-hook hears that a call is over, while 40 calls a second end and another receiver is down.

Owns the yardstick for `crm_bridge.connectors`; the figures of pops, look-ups, searches and imports are added beside it.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import uvloop
from aiohttp import web

from bench._customers import customers
from bench._desk import desk
from callrouter.chronicle import entry
from config.connectors import Connector
from config.schema import Company
from crm_bridge.connectors.model import About, CustomerShort
from crm_bridge.connectors.service import Connectors
from ledger.database import Database
from ledger.entry import Entry
from ledger.journal import Journal
from server.terminal import log_to
from tests.crm_bridge.connectors.house import FakeSite
from tests.fixtures.journal_of_calls import answered_call

RATE: Final = 40
SECONDS: Final = 15
LIMIT: Final = 1.0


async def customer_of(about: About) -> CustomerShort | None:
    """Say that every tenth caller is known, as a database would after a millisecond."""
    await asyncio.sleep(0.001)
    return CustomerShort(f"k{hash(about.call) % 500}", "Ona") if hash(about.call) % 10 == 0 else None


class Receiver:
    """A web-hook that answers after some milliseconds and keeps when it heard of which call's end."""

    def __init__(self) -> None:
        self.heard: dict[str, float] = {}
        self.requests = 0

    async def handle(self, request: web.Request) -> web.Response:
        told = await request.json()
        self.requests += 1
        if told["kind"] == "call_ended":
            self.heard.setdefault(told["call"], time.monotonic())
        await asyncio.sleep(0.02)
        return web.Response()


class Down:
    """A web-hook that is out of order until it is mended; then it answers after some milliseconds."""

    mended = False

    async def handle(self, request: web.Request) -> web.Response:
        await request.read()
        await asyncio.sleep(0.005)
        return web.Response(status=200 if self.mended else 503)


def _hook(port: int, path: str, events: list[str]) -> Connector:
    webhook = {"url": f"http://127.0.0.1:{port}/{path}", "secret": "a secret of the site", "events": events}
    return Connector.model_validate({"webhook": webhook, "internal": True})


async def hooks(folder: Path) -> dict[str, float]:
    """Let calls end, RATE each second, each with the entries of a whole call; measure to the web-hook's own ears."""
    receiver, other = Receiver(), Down()
    app = web.Application()
    app.router.add_post("/up", receiver.handle)
    app.router.add_post("/down", other.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    site = FakeSite(
        {"up": _hook(port, "up", ["call_*"]), "down": _hook(port, "down", ["*"])},
        Company(name="Bench", country="LT"),
        {},
    )
    ended: dict[str, float] = {}
    commits: list[asyncio.Task[float]] = []
    async with await Database.open(folder / "bench.db") as db, await Journal.open(db, folder / "emergency") as journal:
        connectors = Connectors(lambda: site, db, journal, customer_of)
        task = asyncio.create_task(connectors.run())
        while not all(state.known for state in await connectors.state()):  # noqa: ASYNC110 - a row is no event
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)
        cpu = time.process_time()
        began = time.monotonic()
        for number in range(RATE * SECONDS):
            await asyncio.sleep(max(0.0, began + number / RATE - time.monotonic()))
            # What one number is told of goes one after the other; so each call is another's.
            events = answered_call(f"c{number}", at=datetime.now(UTC), ani=f"+3706{number:07}")
            for event in events[:-1]:
                journal.append(entry(event))
            ended[f"c{number}"] = time.monotonic()
            journal.append(entry(events[-1]))
            if number % RATE == 0:
                commits.append(asyncio.create_task(_commit(journal)))
        async with asyncio.timeout(30):
            while len(receiver.heard) < len(ended):  # noqa: ASYNC110 - of a benchmark
                await asyncio.sleep(0.05)
        cpu = time.process_time() - cpu
        slowest = max(await asyncio.gather(*commits))
        waiting = await _waiting(connectors)
        other.mended = True
        mended = time.monotonic()
        async with asyncio.timeout(300):
            while await _waiting(connectors):  # noqa: ASYNC110 - a row is no event
                await asyncio.sleep(0.1)
        mended = time.monotonic() - mended
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await runner.cleanup()
    waits = sorted(receiver.heard[call] - at for call, at in ended.items())
    return {
        "hook_p50_seconds": waits[len(waits) // 2],
        "hook_p95_seconds": waits[int(len(waits) * 0.95)],
        "hook_worst_seconds": waits[-1],
        "hook_posts_a_second": receiver.requests / SECONDS,
        "hook_waited_for_the_other": float(waiting),
        "hook_arrived_a_second_once_it_was_mended": waiting / mended,
        "hook_processor_share": cpu / SECONDS,
        # Says how busy the disk was: an entry that somebody waits for is stored at once.
        "hook_slowest_commit_seconds": slowest,
        "hook_ok": float(waits[int(len(waits) * 0.95)] <= LIMIT),
    }


async def _commit(journal: Journal) -> float:
    began = time.monotonic()
    await journal.append(Entry(kind="measured", at=datetime.now(UTC)))
    return time.monotonic() - began


async def _waiting(connectors: Connectors) -> int:
    return sum(state.waiting for state in await connectors.state())


def run() -> dict[str, float]:
    """Return the figures; each part says whether it met its goal."""
    log_to(level="error")
    with tempfile.TemporaryDirectory(prefix="switchroom-bench-") as folder:
        here = Path(folder)
        (here / "desk").mkdir()
        return uvloop.run(hooks(here)) | uvloop.run(desk(here / "desk")) | uvloop.run(customers(here))


if __name__ == "__main__":
    print(json.dumps({name: round(value, 3) for name, value in run().items()}))
