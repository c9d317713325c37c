"""A document is handed to the server of this machine, whole, and counts once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import BodyPartReader, web

from server.local_server import ADDRESS_FILE, TOKEN_FILE
from server.local_upload import hand_over
from server.terminal import Foreseen

CONTENT = b"pages " * 50_000
Answering = Callable[[web.Request, int], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def answering(data: Path, answer: Answering) -> AsyncIterator[list[dict[str, bytes]]]:
    """Run a server that answers so, given the request and how many there were before; give the forms that came."""
    forms: list[dict[str, bytes]] = []

    async def take(request: web.Request) -> web.StreamResponse:
        assert request.headers["Authorization"] == "Bearer secret"
        form: dict[str, bytes] = {}
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader) and part.name is not None
            form[part.name] = bytes(await part.read())
        forms.append(form)
        return await answer(request, len(forms) - 1)

    app = web.Application()
    app.router.add_post("/api", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        (data / ADDRESS_FILE).write_text(json.dumps({"url": f"http://127.0.0.1:{port}"}))
        (data / TOKEN_FILE).write_text("secret")
        yield forms
    finally:
        await runner.cleanup()


async def hand(data: Path) -> Any:
    document = data / "my letter.pdf"
    document.write_bytes(CONTENT)
    return await asyncio.to_thread(hand_over, data, "/api", {"key": "k", "name": "Jūratė"}, "document", document)


async def done(_request: web.Request, _before: int) -> web.StreamResponse:
    return web.json_response({"id": "f1"})


async def lost_once(request: web.Request, before: int) -> web.StreamResponse:
    return await (lost if before == 0 else done)(request, before)


async def lost(request: web.Request, _before: int) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def refused(_request: web.Request, _before: int) -> web.StreamResponse:
    return web.json_response({"error": "`box`: there is none", "hint": "mend it"}, status=400)


async def something_else(_request: web.Request, _before: int) -> web.StreamResponse:
    return web.Response(text="hello")


@pytest.mark.parametrize(("answer", "times"), [(done, 1), (lost_once, 2)], ids=["at once", "the answer was lost"])
async def test_it_arrives(tmp_path: Path, answer: Answering, times: int) -> None:
    async with answering(tmp_path, answer) as forms:
        assert await hand(tmp_path) == {"id": "f1"}
    assert forms == [{"key": b"k", "name": "Jūratė".encode(), "document": CONTENT}] * times


@pytest.mark.parametrize(
    ("answer", "told", "times"),
    [
        pytest.param(refused, "`box`: there is none; mend it", 1, id="refused"),
        pytest.param(something_else, "is no Switchroom", 1, id="something else"),
        pytest.param(lost, "may have the document or not", 2, id="no answer"),
    ],
)
async def test_what_goes_wrong_is_told(tmp_path: Path, answer: Answering, told: str, times: int) -> None:
    async with answering(tmp_path, answer) as forms:
        with pytest.raises(Foreseen, match=told):
            await hand(tmp_path)
    assert len(forms) == times


async def test_no_server_is_told(tmp_path: Path) -> None:
    with pytest.raises(Foreseen, match="no server runs"):
        await hand(tmp_path)
    async with answering(tmp_path, done):
        pass
    with pytest.raises(Foreseen, match="no server answers at"):
        await hand(tmp_path)
