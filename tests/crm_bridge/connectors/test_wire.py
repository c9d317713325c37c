"""The wire, against real servers on loopback: what they may not make us do, whatever they answer."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from crm_bridge.connectors.model import Throttled
from crm_bridge.connectors.wire import Answer, NoAnswer, Wire
from ledger.delivery_model import Accepted, Later, Refused, Result
from ledger.masking import secrets_of, shown
from tests.crm_bridge.connectors.house import TOKEN, Got, says, server

WHO = "the web-hook"


class FixedNames(AbstractResolver):
    """Knows one address for every name, as a name server of a stranger may."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
        kind = socket.AF_INET6 if ":" in self._address else socket.AF_INET
        return [ResolveResult(hostname=host, host=self._address, port=port, family=kind, proto=0, flags=0)]

    async def close(self) -> None:
        pass


@asynccontextmanager
async def wire(*, internal: bool = True, seconds: float = 5.0, address: str | None = None) -> AsyncIterator[Wire]:
    names = None if address is None else FixedNames(address)
    ours = Wire(WHO, internal=internal, seconds=seconds, at_once=4, resolver=names)
    try:
        yield ours
    finally:
        await ours.close()


async def post(url: str, **how: Any) -> Result:
    async with wire(**how) as ours:
        try:
            answer = await ours.ask("POST", url, headers={}, body=b"{}")
        except NoAnswer as none:
            return none.why
        return ours.judge(answer, secrets_of(url))


@asynccontextmanager
async def rough(answer: bytes, *, then_silence: bool = False) -> AsyncIterator[str]:
    """A server that says these bytes, whatever it hears."""
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        if then_silence:
            await over.wait()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/hooks/{TOKEN}"
        over.set()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, Accepted("the web-hook answered 200: so")),
        (302, Later("the web-hook answered 302: it has moved; write its new address into the site", admin=True)),
        (400, Refused("the web-hook answered 400: so")),
        (401, Later("the web-hook answered 401: so", admin=True)),
        (403, Later("the web-hook answered 403: so", admin=True)),
        (404, Later("the web-hook answered 404: so", admin=True)),
        (410, Refused("the web-hook answered 410: so")),
        (408, Later("the web-hook answered 408: so")),
        (425, Later("the web-hook answered 425: so")),
        (429, Later("the web-hook answered 429: so")),
        (500, Later("the web-hook answered 500: so")),
    ],
)
async def test_what_an_answer_means(status: int, expected: Result) -> None:
    async with server(says(status, "so")) as here:
        assert await post(here.url) == expected


@pytest.mark.parametrize(
    ("status", "asked", "after"),
    [
        (429, "7", 7.0),
        (503, "7", 7.0),
        (429, "999999999", 900.0),
        (429, "0", 1.0),
        (429, "-5", None),
        (429, "soon", None),
        (429, "", None),
        (429, "9" * 5_000, 900.0),
        (500, "7", None),
        (429, "Mon, 01 Jan 2026 00:00:00 +99999999999999999999", None),
        (429, "Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
    ],
)
async def test_how_long_it_asks_us_to_wait(status: int, asked: str, after: float | None) -> None:
    async with server(says(status, "", **{"Retry-After": asked})) as here:
        result = await post(here.url)
    assert isinstance(result, Later)
    assert (result.after if isinstance(result, Throttled) else None) == after


async def test_it_may_not_ask_that_of_what_has_arrived() -> None:
    async with server(says(200, "", **{"Retry-After": "7"})) as here, wire() as ours:
        assert (await ours.ask("POST", here.url, headers={}, body=b"{}")).after is None


async def test_it_may_ask_us_to_wait_until_a_time() -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    async with server(says(429, "", **{"Retry-After": at})) as here:
        result = await post(here.url)
    assert isinstance(result, Throttled) and 40 < result.after <= 100


async def test_no_redirect_is_followed_no_cookie_is_kept_no_proxy_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with server() as elsewhere, server() as here, wire() as ours:
        monkeypatch.setenv("http_proxy", elsewhere.base)
        here.answer = says(307, "", **{"Location": elsewhere.url, "Set-Cookie": "a=b; Path=/"})
        for _ in range(2):
            assert (await ours.ask("POST", here.url, headers={}, body=b"{}")).status == 307
    assert elsewhere.got == []
    assert all("Cookie" not in got.headers for got in here.got)


INSIDE = Later(
    "the web-hook lies in a network that nothing is sent to: add `internal: true` if that is meant", admin=True
)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00:ec2::254", "0.0.0.0"]
)
async def test_a_name_that_leads_into_our_own_house_is_refused(address: str) -> None:
    async with server() as here:
        port = here.base.rpartition(":")[2]
        assert await post(f"http://crm.acme.example:{port}/", internal=False, address=address) == INSIDE
    assert here.got == []


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"])
async def test_so_is_an_address(host: str) -> None:
    async with server() as here:
        port = here.base.rpartition(":")[2]
        assert await post(f"http://{host}:{port}/", internal=False) == INSIDE
    assert here.got == []


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "017700000001"])
async def test_so_is_a_number_that_stands_for_one(host: str) -> None:
    async with server() as here:
        port = here.base.rpartition(":")[2]
        assert not isinstance(await post(f"http://{host}:{port}/", internal=False), Accepted)
    assert here.got == []


async def test_what_is_internal_may_be_there() -> None:
    async with server() as here:
        assert isinstance(await post(here.url, internal=True), Accepted)


async def test_an_endless_answer_is_left() -> None:
    gone = asyncio.Event()

    async with server() as here:

        async def for_ever(_got: Got) -> web.StreamResponse:
            return endless

        class Endless(web.StreamResponse):
            async def prepare(self, request: Any) -> Any:
                await super().prepare(request)
                try:
                    while True:
                        await self.write(b"y" * 65_536)
                except OSError:
                    gone.set()

        endless = Endless()
        here.answer = for_ever
        result = await post(here.url)
        assert isinstance(result, Accepted) and len(result.reply) < 450
        async with asyncio.timeout(20):
            await gone.wait()


@pytest.mark.parametrize(
    ("answer", "silence", "expected"),
    [
        pytest.param(b"", False, "broke off; it may have got it", id="cut without a word"),
        pytest.param(b"", True, "did not answer in time; it may have got it", id="silent"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: y\r\n", True, "did not answer in time", id="silent in the header"),
        pytest.param(b"220 mail.acme.example ESMTP\r\n\r\n", False, "no HTTP", id="no HTTP"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", False, "no HTTP", id="endless header"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000, True, "", id="endless headers"),
        pytest.param(bytes(range(256)) * 20, False, "no HTTP", id="garbage"),
    ],
)
async def test_what_is_no_answer_is_tried_later(answer: bytes, silence: bool, expected: str) -> None:
    async with rough(answer, then_silence=silence) as url:
        result = await post(url, seconds=0.5)
    assert isinstance(result, Later) and expected in result.why and TOKEN not in result.why


async def test_an_answer_that_drips_is_cut_off_in_time() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf"
    loop = asyncio.get_running_loop()
    async with rough(head, then_silence=True) as url:
        began = loop.time()
        assert await post(url, seconds=0.3) == Accepted("the web-hook answered 200: half")
        assert loop.time() - began < 3


async def test_a_body_without_end_holds_nobody_up() -> None:
    """Its status has said that it has arrived: the rest is waited for a second, not until the deadline."""
    loop = asyncio.get_running_loop()
    async with rough(b"HTTP/1.1 200 OK\r\n\r\nso", then_silence=True) as url:
        began = loop.time()
        assert await post(url, seconds=60.0) == Accepted("the web-hook answered 200: so")
        assert loop.time() - began < 30


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param("http://us:pass%20word@a.example/", "dXM6cGFzcyB3b3Jk", id="a pair"),
        pytest.param("http://us:pass%20word@a.example/", "pass%20word", id="in an address"),
        pytest.param("http://a.example/?k=ab/cd%22ef", 'ab\\/cd\\"ef', id="in JSON of PHP"),
        pytest.param("http://a.example/?k=ab/cd%26ef", "ab/cd&amp;ef", id="on a page"),
    ],
)
def test_a_secret_is_known_however_it_is_said_back(url: str, said: str) -> None:
    assert shown(f"you sent {said} here".encode(), secrets_of(url)) == "you sent *** here"


async def test_nobody_there_and_no_such_name() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        result = await post(f"http://127.0.0.1:{taken.getsockname()[1]}/{TOKEN}")
    assert result == Later(f"{WHO} cannot be reached: Connection refused")
    assert await post("http://nowhere.invalid/") == Later("the name of the web-hook's machine is not known")


@pytest.mark.parametrize("url", ["http://:99999/", "http://[::1", "http://a..b/", "http://"])
async def test_what_is_no_address(url: str) -> None:
    assert isinstance(await post(url), Refused | Later)


async def test_what_is_secret_is_not_said_back() -> None:
    async with server() as here:
        here.answer = says(404, f"Cannot POST /hooks/{TOKEN}\x1b[31m\u202e")
        result = await post(here.url)
    assert result == Later("the web-hook answered 404: Cannot POST *** [31m", admin=True)


async def test_no_more_is_read_than_was_asked_for() -> None:
    async with server(says(200, "z" * 100_000)) as here, wire() as ours:
        answer = await ours.ask("GET", here.url, headers={}, most=1_000)
        assert answer == Answer(200, b"z" * 1_000)
