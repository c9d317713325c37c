"""Taking a form with a file: bounds of size, number and time, on a real socket; what is no form is said."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from ledger.web.visit import Upload
from server.web import upload
from server.web.problems import Problem

LARGEST = 3_000_000
FORM = "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
END = b"--x--\r\n"


@dataclass
class Door:
    """A server that takes one form at a time."""

    url: str = ""
    taken: list[Upload] = field(default_factory=list)
    into: Path = Path()

    async def take(self, request: web.Request) -> web.Response:
        try:
            self.taken.append(await upload.receive(request, "document", self.into, LARGEST))
        except Problem as problem:
            return web.Response(status=problem.status, text=f"{problem.error}: {problem.hint}")
        return web.Response(text="taken")


@pytest.fixture
async def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    monkeypatch.setattr(upload, "PIECE_SECONDS", 0.3)
    opened = Door(into=tmp_path / "document")
    app = web.Application()
    app.router.add_post("/", opened.take)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    opened.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield opened
    await runner.cleanup()


def part(name: bytes, content: bytes, more: bytes = b"") -> bytes:
    return PART % (name, more, content)


FILE = b'; filename="../a \xc4\x85.pdf"'


async def send(door: Door, body: bytes | AsyncIterator[bytes], kind: str = FORM) -> tuple[int, str]:
    data = io.BytesIO(body) if isinstance(body, bytes) else body
    async with (
        aiohttp.ClientSession() as session,
        session.post(door.url, data=data, headers={"Content-Type": kind}) as answer,
    ):
        return answer.status, await answer.text()


async def test_fields_and_a_file(door: Door) -> None:
    content = bytes(range(256)) * 8_000
    body = part(b"box", "apskaita ąč".encode()) + part(b"document", content, FILE) + part(b"note", b"a\0b") + END
    assert await send(door, body) == (200, "taken")
    [taken] = door.taken
    assert taken.fields == {"box": "apskaita ąč", "note": "a b"}
    assert (taken.size, taken.file_name) == (len(content), "../a ą.pdf")
    assert await asyncio.to_thread(door.into.read_bytes) == content
    assert door.into.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("body", "kind", "status", "said"),
    [
        (b"a=b", "application/x-www-form-urlencoded", 415, "this is no form with a document"),
        (b"{}", "application/json", 415, "this is no form with a document"),
        (END, "multipart/form-data", 400, "the form cannot be read"),
        (b"rubbish", FORM, 400, "the form cannot be read"),
        (part(b"a", b"\xff\xfe") + END, FORM, 400, "the form cannot be read"),
        (part(b"a", b"x" * 100_001) + END, FORM, 413, "too long"),
        (part(b"a", b"x") * 41 + END, FORM, 400, "the form cannot be read"),
        (
            b"".join(part(b"a%d" % n, b"x") for n in range(41)) + END,
            FORM, 400, "the form cannot be read",
        ),
        (part(b"document", b"x", FILE) * 2 + END, FORM, 400, "more than one document"),
        (part(b"document", b"x" * (LARGEST + 1), FILE) + END, FORM, 413, "than 3 MB"),
        (
            part(b"document", b"eA==", FILE + b"\r\nContent-Transfer-Encoding: base64") + END,
            FORM, 400, "the form cannot be read",
        ),
    ],
    ids=[
        "a simple form", "json", "no boundary", "rubbish", "no text", "a long field", "a field again and again",
        "many fields", "two documents", "too large", "written in another way",
    ],
)  # fmt: skip
async def test_what_is_not_taken(door: Door, body: bytes, kind: str, status: int, said: str) -> None:
    got, text = await send(door, body, kind)
    assert (got, said in text) == (status, True), text


@pytest.mark.parametrize(
    "begun",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"--x\r\nContent-Disposition: form", id="half a head"),
        pytest.param(part(b"a", b"x") + b"--x", id="between two parts"),
        pytest.param(part(b"document", b"x", FILE)[:-3], id="within the file"),
    ],
)
async def test_who_says_nothing_more_is_not_waited_for(door: Door, begun: bytes) -> None:
    done = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield begun or b"\r\n"
        await done.wait()

    async with asyncio.timeout(20):
        status, text = await send(door, slow())
    assert (status, "did not come in time" in text) == (408, True), text
