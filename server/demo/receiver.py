"""A system that is down while the demo goes on and comes up at its end: a web-hook of the demo's own.

Owns its port, which refuses connections until it is opened, what it got, and the judgement over that.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import shutil
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from aiohttp import web

from config.connectors import TOLD, matches
from ledger.entry import StoredEntry

#: What the site calls it, and the variable in which the site finds the secret.
NAME = "partner"
VARIABLE = "SWITCHROOM_DEMO_SECRET"
#: So long after it came up it may take to have everything, seconds.
DEADLINE = 30.0
MOST = 10_000

_YAML = """\
# A system that is told of calls; the demo brings one, which is down until the calls are over.
connectors:
  %s:
    webhook: {url: "http://127.0.0.1:%d/switchroom", secret: "${ENV:%s}"}
    internal: true
"""


@dataclass
class Receiver:
    """The web-hook. `bodies` are what it got first under each key, in their order."""

    line: socket.socket
    secret: str = field(default_factory=secrets.token_hex, repr=False)
    bodies: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: How often something came again; how often it was forged, or another than under this key before.
    repeats: int = 0
    forged: int = 0
    changed: int = 0
    _came: asyncio.Event = field(default_factory=asyncio.Event)
    _runner: web.AppRunner | None = None

    async def come_up(self) -> None:
        """Take what comes, from now on."""
        app = web.Application()
        app.router.add_post("/switchroom", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.5, access_log=None)
        await self._runner.setup()
        await web.SockSite(self._runner, self.line).start()

    async def close(self) -> None:
        """Be gone."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def has(self, keys: set[str]) -> None:
        """Wait until everything of these is there; what is not in time is a matter for the verdict."""
        try:
            async with asyncio.timeout(DEADLINE):
                while not keys <= self.bodies.keys():
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            return

    async def _take(self, request: web.Request) -> web.Response:
        body, key = await request.read(), request.headers.get("Idempotency-Key", "")
        if not signed(request.headers.get("Switchroom-Signature", ""), body, self.secret) or len(self.bodies) > MOST:
            self.forged += 1
            return web.Response(status=403)
        told = json.loads(body)
        if key in self.bodies:
            self.repeats += 1
            self.changed += told != self.bodies[key]
        self.bodies.setdefault(key, told)
        self._came.set()
        return web.Response(text="thank you")


@asynccontextmanager
async def receiver_that_is_down() -> AsyncIterator[Receiver]:
    """Take a port on which nobody listens: who connects is refused."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        receiver = Receiver(line)
        try:
            yield receiver
        finally:
            await receiver.close()


def site_that_tells(receiver: Receiver, site: Path, folder: Path) -> Path:
    """Copy a site into a folder and let it tell the receiver; return the folder. Blocks."""
    shutil.copytree(site, folder, dirs_exist_ok=True)
    port = int(receiver.line.getsockname()[1])
    (folder / "connectors.yaml").write_text(_YAML % (NAME, port, VARIABLE))
    return folder


def signed(header: str, body: bytes, secret: str) -> bool:
    """Tell whether a body was signed with the secret, as every receiver should."""
    at, _, mac = header.partition(",sha256=")
    wanted = hmac.new(secret.encode(), f"{at.removeprefix('t=')}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(mac, wanted)


def wanted(entries: Sequence[StoredEntry]) -> list[StoredEntry]:
    """Return what of the journal the receiver must have: all of calls that leaves where nothing else is said."""
    return [entry for entry in entries if entry.call and any(matches(pattern, entry.kind) for pattern in TOLD)]


def faults(receiver: Receiver, entries: Sequence[StoredEntry]) -> list[str]:
    """List everything that is not as it should be: each event is there, once per key, in order for each number."""
    found = []
    if missing := [entry for entry in entries if entry.id not in receiver.bodies]:
        found.append(f"{len(missing)} of {len(entries)} events never came, such as {missing[0].kind}")
    if receiver.forged:
        found.append(f"{receiver.forged} were not signed with the secret")
    if receiver.changed:
        found.append(f"{receiver.changed} came again as something else under the same key")
    if other := [key for key, told in receiver.bodies.items() if told.get("id") != key]:
        found.append(f"{len(other)} came under the key of another event")
    place = {key: number for number, key in enumerate(receiver.bodies)}
    lines: dict[str, list[int]] = {}
    numbers = _numbers(entries)
    for entry in entries:
        if entry.id in place:
            lines.setdefault(numbers.get(entry.call or "", entry.call or ""), []).append(place[entry.id])
    if odd := sum(any(one > two for one, two in pairwise(line)) for line in lines.values()):
        found.append(f"the events of {odd} callers came out of order")
    return found


def summary(receiver: Receiver, entries: Sequence[StoredEntry]) -> str:
    """Say how it ended, in a line."""
    there = sum(entry.id in receiver.bodies for entry in entries)
    again = f", {receiver.repeats} of them a second time under the same key" if receiver.repeats else ""
    return f"A web-hook that was down until the last call was over has {there} of {len(entries)} events{again}"


def as_json(receiver: Receiver, entries: Sequence[StoredEntry]) -> dict[str, Any]:
    """Return what `demo --json` prints of it."""
    there = sum(entry.id in receiver.bodies for entry in entries)
    return {"events": len(entries), "received": there, "repeats": receiver.repeats}


def _numbers(entries: Sequence[StoredEntry]) -> Mapping[str, str]:
    """Return the other side's number by call."""
    numbers: dict[str, str] = {}
    for entry in entries:
        number = entry.data.get("ani") or entry.data.get("number")
        if entry.call and isinstance(number, str) and number:
            numbers.setdefault(entry.call, number)
    return numbers
