"""Deliveries to web-hooks, by real servers on loopback: what they are sent, and what is made of what they say."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import uvloop
from aiohttp import web

from ledger.delivery_model import Accepted, Given, Later, Refused, Result
from ledger.hook_carrier import HookCarrier, Patience
from ledger.posting import Body, Posting
from tests.ledger.hook_house import (
    AT,
    DOCUMENT,
    FACTS,
    SECRET,
    TOKEN,
    OnePosting,
    carrier,
    delivery,
    hook,
    rough,
    says,
)
from tests.smtp_house import free_port, make_certificate

NewLoop = Callable[[], asyncio.AbstractEventLoop]
BOTH_LOOPS = pytest.mark.parametrize(
    "new_loop", [pytest.param(asyncio.new_event_loop, id="asyncio"), pytest.param(uvloop.new_event_loop, id="uvloop")]
)


@pytest.fixture
def document(tmp_path: Path) -> Given:
    path = tmp_path / "fax.pdf"
    path.write_bytes(DOCUMENT)
    return Given("2026-11-22-0708-unknown-a1b2c3d4.pdf", path)


async def test_the_hook_gets_the_facts_and_the_document(document: Given) -> None:
    parts: dict[str, tuple[str | None, str | None, bytes]] = {}

    async def read(request: web.Request) -> web.Response:
        async for part in await request.multipart():
            assert not isinstance(part, type(None))
            parts[str(part.name)] = (  # type: ignore[union-attr]  # no part of ours holds parts
                part.headers.get("Content-Type"), part.filename, bytes(await part.read()),  # type: ignore[union-attr]
            )  # fmt: skip
        return web.Response(text="stored")

    app = web.Application()
    app.router.add_post("/hook", read)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        result = await carrier(document, f"http://127.0.0.1:{runner.addresses[0][1]}/hook").carry(delivery())
    finally:
        await runner.cleanup()
    assert result == Accepted("the web-hook answered 200: stored")
    assert list(parts) == ["fax", "document"]
    kind, name, content = parts["fax"]
    assert (kind, name, json.loads(content)) == ("application/json", None, FACTS)
    assert parts["document"] == ("application/pdf", document.name, DOCUMENT)


async def test_it_can_be_checked_who_sent_it(document: Given) -> None:
    async with hook() as here:
        await carrier(document, here.url).carry(delivery())
    ((headers, body),) = here.heard
    stamp, _, signature = headers["Switchroom-Signature"].partition(",")
    seconds = stamp.removeprefix("t=")
    assert int(seconds) == AT.timestamp()
    signed = hmac.new(SECRET.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    assert signature == f"sha256={signed}"
    assert headers["User-Agent"] == "Switchroom"
    assert int(headers["Content-Length"]) == len(body)
    assert "Transfer-Encoding" not in headers


@BOTH_LOOPS
def test_a_document_arrives_whole(new_loop: NewLoop, document: Given) -> None:
    async def arrive() -> None:
        async with hook() as here:
            assert isinstance(await carrier(document, here.url).carry(delivery()), Accepted)
        assert DOCUMENT in here.heard[0][1]

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(arrive())


async def test_without_a_secret_nothing_is_signed(document: Given) -> None:
    async with hook() as here:
        await carrier(document, here.url, secret=None).carry(delivery())
    assert "Switchroom-Signature" not in here.heard[0][0]


async def test_every_try_is_the_same_to_the_byte(document: Given) -> None:
    async with hook() as here:
        for attempt in (1, 2):
            await carrier(document, here.url).carry(delivery(attempts=attempt))
    first, second = here.heard
    assert first == second
    assert first[0]["Idempotency-Key"] == "d1"


async def test_a_large_document_is_not_held_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is held are blocks: none is larger than the limit, and all together are the document, twice."""
    large = tmp_path / "large.pdf"
    large.write_bytes(b"x" * (20 << 20))
    sizes: list[int] = []
    real = Body._block

    def block(body: Body, at: int) -> bytes:
        sizes.append(len(taken := real(body, at)))
        return taken

    monkeypatch.setattr(Body, "_block", block)
    async with hook() as here:
        ours = carrier(Given("large.pdf", large), here.url, patience=Patience())
        assert isinstance(await ours.carry(delivery()), Accepted)
    assert (max(sizes), sum(sizes)) == (256 * 1024, 40 << 20)
    assert len(here.heard[0][1]) > 20 << 20


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, Accepted("the web-hook answered 200: so")),
        (202, Accepted("the web-hook answered 202: so")),
        (204, Accepted("the web-hook answered 204")),
        (304, Refused("the web-hook answered 304: it has moved; write its new address into the site")),
        (400, Refused("the web-hook answered 400: so")),
        (401, Refused("the web-hook answered 401: so")),
        (404, Refused("the web-hook answered 404: so")),
        (408, Later("the web-hook answered 408: so")),
        (410, Refused("the web-hook answered 410: so")),
        (413, Refused("the web-hook answered 413: so")),
        (425, Later("the web-hook answered 425: so")),
        (429, Later("the web-hook answered 429: so")),
        (500, Later("the web-hook answered 500: so")),
        (503, Later("the web-hook answered 503: so")),
    ],
)
async def test_what_an_answer_means(status: int, expected: Result, document: Given) -> None:
    async with hook(says(status, "so")) as here:
        assert await carrier(document, here.url).carry(delivery()) == expected


async def test_no_redirect_is_followed(document: Given) -> None:
    async with hook() as elsewhere, hook(says(307, "", Location=elsewhere.url)) as here:
        result = await carrier(document, here.url).carry(delivery())
    assert result == Refused("the web-hook answered 307: it has moved; write its new address into the site")
    assert (len(here.heard), len(elsewhere.heard)) == (1, 0)


async def test_no_proxy_is_used(document: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    async with hook() as proxy, hook() as here:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        await carrier(document, here.url).carry(delivery())
    assert (len(here.heard), len(proxy.heard)) == (1, 0)


@pytest.mark.parametrize(
    "text",
    [
        "Cannot POST /hooks/{token}?key={token}",
        "no hook {token}\r\nSet-Cookie: {token}",
        "signed with {secret}",
        "see {url} for more",
    ],
    ids=["path", "piece", "secret", "whole"],
)
async def test_what_is_secret_is_not_said_back(text: str, document: Given) -> None:
    async with hook() as here:
        here.answer = says(404, text.format(token=TOKEN, secret=SECRET, url=here.url))
        result = await carrier(document, here.url).carry(delivery())
    assert isinstance(result, Refused)
    assert "***" in result.why
    assert TOKEN not in result.why and SECRET not in result.why


async def test_an_answer_is_cut_and_cleaned(document: Given) -> None:
    async with hook(says(200, "a\0b\x1b[31m\u202ec\r\nd " + "x" * 9_000)) as here:
        result = await carrier(document, here.url).carry(delivery())
    assert isinstance(result, Accepted)
    assert result.reply.startswith("the web-hook answered 200: a b [31m c d xxx")
    assert result.reply.isprintable() and result.reply.endswith("…") and len(result.reply) < 450


async def test_an_endless_answer_is_not_read(document: Given) -> None:
    gone = asyncio.Event()

    async def for_ever(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"y" * 65_536)
        except OSError:
            gone.set()
        return response

    async with hook(for_ever) as here:
        result = await carrier(document, here.url).carry(delivery())
        assert isinstance(result, Accepted) and len(result.reply) < 450
        async with asyncio.timeout(20):
            await gone.wait()


async def test_an_accepted_fax_stays_accepted_when_the_words_never_come(document: Given) -> None:
    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = 1_000
        await response.prepare(request)
        await response.write(b"half")
        await asyncio.Event().wait()
        return response

    async with hook(half) as here:
        assert await carrier(document, here.url).carry(delivery()) == Accepted("the web-hook answered 200: half")


async def test_a_silent_hook_is_tried_later(document: Given) -> None:
    async def silent(_request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async with hook(silent) as here:
        result = await carrier(document, here.url).carry(delivery())
    assert result == Later("the web-hook did not answer in time; it may have got it")


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@BOTH_LOOPS
def test_a_hook_that_reads_nothing_is_left_in_time(new_loop: NewLoop, tmp_path: Path) -> None:
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(leave_in_time(tmp_path))


async def leave_in_time(tmp_path: Path) -> None:
    deadline_over = asyncio.Event()

    async def deaf(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await deadline_over.wait()
        writer.transport.abort()

    large = tmp_path / "large.pdf"
    large.write_bytes(b"x" * (16 << 20))
    async with await asyncio.start_server(deaf, "127.0.0.1", 0, limit=1_000) as server:
        before = open_files()
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        ours = carrier(Given("large.pdf", large), url, patience=Patience(5.0, 5.0, whole=1.0))
        result = await ours.carry(delivery())
        async with asyncio.timeout(20):
            # The server's end stays; ours is closed, though nobody reads.
            while open_files() > before + 1:  # noqa: ASYNC110 - that a file is closed is no event
                await asyncio.sleep(0)
        deadline_over.set()
    assert result == Later("the web-hook did not answer in time; it may have got it")


@pytest.mark.parametrize(
    ("answer", "says_it"),
    [
        pytest.param(b"", "broke off; it may have got it", id="cut without a word"),
        pytest.param(b"HTTP/1.1 20", "", id="cut in the status"),
        pytest.param(b"220 mail.acme.example ESMTP\r\n\r\n", "no HTTP", id="no HTTP"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", "no HTTP", id="endless header"),
    ],
)
async def test_what_is_no_answer_is_tried_later(answer: bytes, says_it: str, document: Given) -> None:
    async with rough(answer) as url:
        result = await carrier(document, url).carry(delivery())
    assert isinstance(result, Later)
    assert says_it in result.why and TOKEN not in result.why


async def test_a_refusal_before_all_was_sent_is_heard(document: Given) -> None:
    refusal = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 9\r\nConnection: close\r\n\r\ntoo large"
    async with rough(refusal, listens=False) as url:
        result = await carrier(document, url).carry(delivery())
    # When the connection is reset first, the words are lost with it.
    assert isinstance(result, Refused) or result == Later(
        "the connection to the web-hook broke off; it may have got it"
    )


async def test_nobody_there_is_tried_later(document: Given) -> None:
    result = await carrier(document, f"http://127.0.0.1:{await free_port()}/{TOKEN}").carry(delivery())
    assert isinstance(result, Later) and not result.admin
    assert "cannot be reached" in result.why and TOKEN not in result.why


async def test_a_name_that_nobody_knows_is_tried_later(document: Given) -> None:
    result = await carrier(document, f"http://nowhere.invalid/{TOKEN}").carry(delivery())
    assert result == Later("the name of the web-hook's machine is not known")


async def test_whom_the_system_does_not_trust_gets_nothing(document: Given, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    trusting = ssl.create_default_context(cafile=certificate.file)
    async with hook(tls=certificate.server_context()) as here:
        refused = await carrier(document, here.url).carry(delivery())
        assert here.heard == []
        accepted = await carrier(document, here.url, tls=trusting).carry(delivery())
    assert refused == Later("the certificate of the web-hook is not trusted", admin=True)
    assert isinstance(accepted, Accepted)


async def test_plain_text_where_tls_was_meant_is_said(document: Given) -> None:
    async with hook() as here:
        result = await carrier(document, here.url.replace("http:", "https:")).carry(delivery())
    assert result == Later("TLS with the web-hook failed", admin=True)


@pytest.mark.parametrize("url", ["http://:99999/", "ftp://acme.example/", "http://", "http://[::1", "http://a..b/"])
async def test_what_is_no_address_is_refused(url: str, document: Given) -> None:
    result = await carrier(document, url).carry(delivery())
    assert isinstance(result, Refused | Later)
    assert "acme" not in str(result)


async def test_what_cannot_be_posted(document: Given) -> None:
    posting = Posting("http://127.0.0.1:9/", "fax", FACTS, document)
    gone = HookCarrier({"fax": OnePosting(posting, gone="ona deleted the fax")})
    assert await gone.carry(delivery()) == Refused("ona deleted the fax")
    assert await gone.carry(delivery(kind="report")) == Later("nobody here posts about report", admin=True)
    lost = replace(posting, document=Given("x.pdf", document.path.with_name("lost.pdf")))
    assert await HookCarrier({"fax": OnePosting(lost)}).carry(delivery()) == Later(
        "our own copy cannot be read", admin=True
    )


def test_no_secret_is_shown_with_a_posting(document: Given) -> None:
    shown = repr(Posting(f"https://acme.example/{TOKEN}", "fax", FACTS, document, SECRET))
    assert TOKEN not in shown and SECRET not in shown
