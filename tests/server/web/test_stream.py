"""Server-sent events over a real socket: what comes, when it comes back, who does not read, how it ends."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from urllib.parse import urlsplit

import aiohttp
import pytest

from server.accounts import LOGIN_LASTS
from server.web import app
from server.web.app import serving_parts
from server.web.guard import COOKIE
from server.web.stream import Pace
from tests.server.web.office import Office


class Stream:
    """An open stream of events as a browser reads it."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer
        self.position = ""

    async def next(self, *wanted: str) -> tuple[str, object]:
        """Return the next event, of these kinds if any are named, or ("end", None)."""
        async with asyncio.timeout(20):
            fields: dict[str, str] = {}
            async for raw in self._answer.content:
                line = raw.decode().rstrip("\n")
                if line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif "event" in fields:
                    self.position = fields.get("id", self.position)
                    if not wanted or fields["event"] in wanted:
                        return fields["event"], json.loads(fields["data"])
                    fields = {}
                else:
                    fields = {}
        return "end", None


@asynccontextmanager
async def listening(
    session: aiohttp.ClientSession, after: str = "", headers: dict[str, str] | None = None
) -> AsyncIterator[Stream]:
    async with session.get("/events", params={"after": after}, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        assert answer.content_type == "text/event-stream"
        yield Stream(answer)


async def place_in(session: aiohttp.ClientSession) -> str:
    """Return the place in the feed that the page of calls was made at."""
    text = await (await session.get("/calls")).text()
    return text.partition('data-position="')[2].partition('"')[0]


async def test_a_calls_life_is_told(sue: aiohttp.ClientSession, office: Office) -> None:
    async with listening(sue, await place_in(sue)) as stream:
        call = office.offered("<i>Ona</i>")
        kind, data = await stream.next("call")
        assert isinstance(data, dict) and data["id"] == call
        assert "&lt;i&gt;Ona&lt;/i&gt;" in data["row"] and "In the menu" in data["row"]
        office.queued(call)
        kind, data = await stream.next("call")
        assert isinstance(data, dict) and "Waiting" in data["row"]
        _, board = await stream.next("board")
        assert isinstance(board, dict) and board["waiting"] == 1
        await office.ended(call, "abandoned")
        kind, data = await stream.next("call", "ended")
        assert isinstance(data, dict) and (kind, data["id"], data["day"]) == ("ended", call, "2026-11-20")


async def test_what_happens_between_page_and_stream_is_not_lost(sue: aiohttp.ClientSession, office: Office) -> None:
    place = await place_in(sue)
    async with listening(sue, place) as first:
        office.offered("Ona")
        await first.next("call")
        # Another page that was made before all this, with somebody listening: it hears the same afterwards.
        async with listening(sue, place) as second:
            assert (await second.next("call", "reload"))[0] == "call"


async def test_with_nobody_listening_the_page_begins_anew(sue: aiohttp.ClientSession, office: Office) -> None:
    place = await place_in(sue)
    office.offered("Ona")
    await asyncio.sleep(0.15)  # longer than changes gather
    async with listening(sue, place) as stream:
        assert (await stream.next())[0] == "reload"


async def test_who_comes_back_goes_on_where_it_was(sue: aiohttp.ClientSession, office: Office) -> None:
    async with listening(sue, await place_in(sue)) as keeper:
        async with listening(sue, await place_in(sue)) as stream:
            office.offered("First")
            await stream.next("call")
            await keeper.next("call")
        office.offered("Second")
        await keeper.next("call")
        async with listening(sue, "old-1", {"Last-Event-ID": stream.position}) as again:
            kind, data = await again.next()
    assert kind == "call" and isinstance(data, dict) and "Second" in data["row"]


async def test_many_calls_at_once_are_one_message(sue: aiohttp.ClientSession, office: Office) -> None:
    async with listening(sue, await place_in(sue)) as stream:
        for _ in range(201):
            office.offered()
        assert (await stream.next())[0] == "reload"
        office.queued(office.offered("Ona"))
        assert [(await stream.next())[0] for _ in range(2)] == ["call", "board"]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


class TestQuickBeat:
    @pytest.fixture
    def pace(self) -> Pace:
        return Pace(beat=0.05)

    async def test_a_silent_stream_shows_that_it_lives(self, sue: aiohttp.ClientSession, office: Office) -> None:
        async with listening(sue, await place_in(sue)) as stream:
            assert [(await stream.next())[0] for _ in range(3)] == ["beat"] * 3
            office.reachable = False
            _, board = await stream.next("board")
            assert isinstance(board, dict) and board["reachable"] is False

    async def test_it_ends_with_the_login(self, sue: aiohttp.ClientSession, office: Office) -> None:
        async with listening(sue, await place_in(sue)) as stream:
            office.clock.advance(LOGIN_LASTS.total_seconds())
            assert (await stream.next("expired", "end"))[0] == "expired"
            assert (await stream.next())[0] == "end"

    async def test_it_goes_on_while_the_database_is_away(self, sue: aiohttp.ClientSession, office: Office) -> None:
        async with listening(sue, await place_in(sue)) as stream:
            await office.parts.database.close()
            assert [(await stream.next())[0] for _ in range(3)] == ["beat"] * 3


async def test_stopping_ends_the_streams_at_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "GOODBYE", 60.0)  # had it to wait for the stream, it would be longer than we wait
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        login = await office.accounts.log_in("sue", "correct horse battery", "127.0.0.1")
        serving = serving_parts(office.parts, office.accounts, "127.0.0.1", 0)
        url = await serving.__aenter__()
        async with session.get(f"{url}/events", headers={"Cookie": f"{COOKIE}={login.token}"}) as answer:
            stream = Stream(answer)
            await stream.next("reload")
            async with asyncio.timeout(20):
                await serving.__aexit__(None, None, None)
            assert (await stream.next())[0] == "closing"
            assert (await stream.next())[0] == "end"


async def test_a_page_that_does_not_read_is_cut_off_and_costs_little(office: Office, stack: ExitStack) -> None:
    """Its socket fills, its buffer is dropped, then the connection ends; the others hear everything."""
    pace = Pace(write=0.3)
    serving = serving_parts(office.parts, office.accounts, "127.0.0.1", 0, pace=pace)
    async with serving as url:
        login = await office.accounts.log_in("sue", "correct horse battery", "127.0.0.1")
        parts = urlsplit(url)
        deaf = stack.enter_context(socket.socket())
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(deaf, (parts.hostname, parts.port))
        request = f"GET /events HTTP/1.1\r\nHost: x\r\nCookie: {COOKIE}={login.token}\r\n\r\n"
        await loop.sock_sendall(deaf, request.encode())
        await loop.sock_recv(deaf, 10)

        headers = {"Cookie": f"{COOKIE}={login.token}"}
        async with aiohttp.ClientSession(url, headers=headers) as session, listening(session) as other:
            await other.next("reload")
            heard = 0
            for _ in range(40):
                for _ in range(60):
                    office.offered("x" * 2000)
                for _ in range(60):
                    assert (await other.next("call", "reload"))[0] == "call"
                    heard += 1
                figures = await (await session.get("/metrics")).text()
                if "switchroom_pages_listening 1.0" in figures:
                    break
            else:
                pytest.fail("who does not read still listens")
            assert heard > 0
