"""The door: logging in and out, forged requests, roles, what every answer carries."""

from __future__ import annotations

import asyncio
import io
import socket
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict
from yarl import URL

from server.accounts import LOGIN_LASTS, Role
from server.web.app import serving_parts
from server.web.guard import COOKIE
from server.web.headers import HEADERS
from server.web.login import local_goal, peer_of
from server.web.route import Feature, NavItem, Route
from server.web.visit import Visit
from tests.server.web.conftest import Browser
from tests.server.web.office import PASSWORD, Office


async def log_in(session: aiohttp.ClientSession, **form: str) -> aiohttp.ClientResponse:
    given = {"name": "sue", "password": PASSWORD, **form}
    return await session.post("/login", data=given, allow_redirects=False)


async def test_who_is_not_logged_in_is_led_to_the_login_and_back(browser: Browser) -> None:
    anybody = await browser()
    async with anybody.get("/calls?day=2026-11-19", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/login?next=/calls?day%3D2026-11-19")
    async with anybody.get("/calls?day=2026-11-19") as page:
        text = await page.text()
    assert 'name="next" value="/calls?day=2026-11-19"' in text
    answer = await log_in(anybody, next="/calls?day=2026-11-19")
    assert (answer.status, answer.headers["Location"]) == (303, "/calls?day=2026-11-19")


async def test_the_cookie_is_closed_to_scripts_and_other_sites(browser: Browser) -> None:
    answer = await log_in(await browser())
    cookie = answer.headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Strict", "Path=/", f"Max-Age={int(LOGIN_LASTS.total_seconds())}"):
        assert part in cookie
    assert "Secure" not in cookie, "a browser would not send it back over http"
    answer = await log_in(await browser(Origin="https://calls.example"))
    assert "Secure" in answer.headers["Set-Cookie"], "a proxy does the encryption"


@pytest.mark.parametrize(
    "form", [{"password": "not this one"}, {"name": "nobody"}, {"name": "", "password": ""}, {"name": "<b>"}], ids=str
)
async def test_a_wrong_login_says_always_the_same(browser: Browser, form: dict[str, str]) -> None:
    answer = await log_in(await browser(), **form)
    text = await answer.text()
    assert answer.status == 401
    assert "The name or the password is wrong." in text
    assert PASSWORD not in text and "<b>" not in text
    assert "Set-Cookie" not in answer.headers


async def test_who_guesses_has_to_wait(browser: Browser) -> None:
    stranger = await browser()
    statuses = [(await log_in(stranger, password="a wrong guess")).status for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    refused = await log_in(stranger)
    assert refused.status == 429 and int(refused.headers["Retry-After"]) > 0


async def test_a_stranger_shuts_only_themselves_out_also_behind_a_proxy(browser: Browser) -> None:
    stranger = await browser(**{"X-Forwarded-For": "203.0.113.9"})
    owner = await browser(**{"X-Forwarded-For": "203.0.113.9, 198.51.100.1"})
    statuses = [(await log_in(stranger, password="a wrong guess")).status for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    assert (await log_in(owner)).status == 303


@pytest.mark.parametrize(
    ("remote", "said", "peer"),
    [
        pytest.param("192.0.2.1", [], "192.0.2.1", id="no proxy"),
        pytest.param("192.0.2.1", ["203.0.113.9"], "192.0.2.1", id="a stranger's word"),
        pytest.param("127.0.0.1", ["203.0.113.9"], "203.0.113.9", id="a proxy beside us"),
        pytest.param("::1", ["2001:db8::9"], "2001:db8::9", id="IPv6"),
        pytest.param("127.0.0.1", ["10.0.0.1, 203.0.113.9"], "203.0.113.9", id="a stranger's word before the proxy's"),
        pytest.param("127.0.0.1", ["10.0.0.1", "203.0.113.9"], "203.0.113.9", id="in two lines"),
        pytest.param("127.0.0.1", ["nonsense"], "127.0.0.1", id="no address"),
        pytest.param("127.0.0.1", [""], "127.0.0.1", id="empty"),
    ],
)
def test_who_asks(remote: str, said: list[str], peer: str) -> None:
    headers = CIMultiDict([("X-Forwarded-For", value) for value in said])
    request = make_mocked_request("POST", "/login", headers=headers).clone(remote=remote)
    assert peer_of(request) == peer


async def test_logging_out_ends_the_login_for_every_copy_of_the_cookie(
    sue: aiohttp.ClientSession, browser: Browser, url: str
) -> None:
    [cookie] = [c.value for c in sue.cookie_jar if c.key == COOKIE]
    thief = await browser(Cookie=f"{COOKIE}={cookie}")
    assert (await thief.get("/calls", allow_redirects=False)).status == 200
    answer = await sue.post("/logout", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/login")
    assert (await sue.get("/calls", allow_redirects=False)).status == 303
    assert (await thief.get("/calls", allow_redirects=False)).status == 303


async def test_an_expired_login_is_none(sue: aiohttp.ClientSession, office: Office) -> None:
    office.clock.advance(LOGIN_LASTS.total_seconds())
    assert (await sue.get("/calls", allow_redirects=False)).status == 303
    assert (await sue.get("/api/v1/agents")).status == 401


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "OWN"}, False),
        ({"Origin": "OWN"}, True),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({}, False),
    ],
    ids=["own page", "typed", "other site", "other port", "both", "old browser", "evil origin", "sandbox", "nothing"],
)
async def test_forms_of_other_sites_are_refused(
    url: str, browser: Browser, headers: dict[str, str], allowed: bool
) -> None:
    sue = await browser("sue")
    cookies = {c.key: c.value for c in sue.cookie_jar}
    given = {name: url if value == "OWN" else value for name, value in headers.items()}
    async with aiohttp.ClientSession(url, cookies=cookies, cookie_jar=aiohttp.CookieJar(unsafe=True)) as other:
        for path in ("/api/v1/agents/alice/login", "/logout", "/login"):
            async with other.post(path, headers=given, data=b"", allow_redirects=False) as answer:
                assert (answer.status != 403) is allowed, path


@pytest.mark.parametrize(
    ("wanted", "goal"),
    [
        ("/calls?day=2026-11-20", "/calls?day=2026-11-20"),
        (None, "/calls"),
        ("", "/calls"),
        ("//evil.example", "/calls"),
        ("/\\evil.example", "/calls"),
        ("https://evil.example", "/calls"),
        ("/x\r\nSet-Cookie: a=b", "/calls"),
        ("/\tevil", "/calls"),
        ("javascript:alert(1)", "/calls"),
        ("/login?next=/login", "/calls"),
        ("//[", "/calls"),
    ],
)
def test_the_way_after_the_login_stays_here(wanted: str | None, goal: str) -> None:
    assert local_goal(wanted) == goal


@pytest.mark.parametrize("path", ["/login", "/calls", "/nowhere", "/static/calls.js", "/healthz", "/api/v1/agents"])
async def test_every_answer_carries_the_security_headers(sue: aiohttp.ClientSession, path: str) -> None:
    async with sue.get(path) as answer:
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        assert "unsafe" not in answer.headers["Content-Security-Policy"]


async def test_pages_hold_nothing_inline(sue: aiohttp.ClientSession, office: Office) -> None:
    call = await office.whole_call("Ona")
    for path in ("/login", "/calls", f"/calls/{call}", "/nowhere"):
        text = await (await sue.get(path)).text()
        assert " style=" not in text and "<style" not in text and " onclick" not in text
        assert text.count("<script") == text.count('<script type="module" src="/static/')


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/", 200, None),
        ("HEAD", "/calls", 200, None),
        ("HEAD", "/static/calls.js", 200, None),
        ("HEAD", "/events", 405, "GET"),
        ("POST", "/calls", 405, "GET,HEAD"),
        ("DELETE", "/api/v1/calls", 405, "GET,HEAD"),
        ("GET", "/logout", 405, "POST"),
        ("GET", "/nowhere", 404, None),
        ("GET", "/static/", 404, None),
        ("GET", "/static/../app.py", 404, None),
        ("GET", "/static/..%2fapp.py", 404, None),
        ("GET", "/static/%2e%2e/%2e%2e/accounts.py", 404, None),
        ("GET", "/static//etc/passwd", 404, None),
        ("GET", "/static/frame.html", 404, None),
        ("GET", "/calls/..%2f..%2fetc", 404, None),
        ("GET", "/calls/%00", 404, None),
    ],
)
async def test_methods_and_paths(
    sue: aiohttp.ClientSession, url: str, method: str, path: str, status: int, allow: str | None
) -> None:
    async with sue.request(method, URL(url + path, encoded=True)) as answer:
        assert answer.status == status
        assert answer.headers.get("Allow") == allow
        if method == "HEAD":
            assert await answer.read() == b""


async def test_a_static_file_is_kept_by_the_browser_until_it_changes(sue: aiohttp.ClientSession) -> None:
    page = await (await sue.get("/login")).text()
    address = next(part for part in page.split('"') if part.startswith("/static/switchroom.css"))
    async with sue.get(address) as first:
        assert "immutable" in first.headers["Cache-Control"]
        assert first.content_type == "text/css"
        tag = first.headers["ETag"]
    async with sue.get("/static/switchroom.css?v=older", headers={"If-None-Match": tag}) as again:
        assert again.status == 304
        assert again.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "application/x-www-form-urlencoded"}, io.BytesIO(b"name=" + b"x" * 2_000_000), 413),
        ({"Content-Type": "application/json"}, b"{}", 415),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x--", 415),
        ({"Content-Type": "application/x-www-form-urlencoded; charset=nonsense"}, b"name=a", 400),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b"name=\xff\xfe", 400),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b"%ff%00=%ff", 401),
    ],
    ids=["oversized", "json", "upload", "unknown charset", "no UTF-8", "escaped rubbish"],
)
async def test_bodies_that_are_no_login(
    browser: Browser, headers: dict[str, str], body: bytes | io.BytesIO, status: int
) -> None:
    anybody = await browser()
    async with anybody.post("/login", data=body, headers=headers) as answer:
        assert answer.status == status


async def test_a_body_without_end_is_cut(url: str) -> None:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(
        b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    for _ in range(20):
        writer.write(chunk)
    async with asyncio.timeout(20):
        assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
    writer.close()


class TestFeature:
    """A later page plugs in: routes with roles, a door in the navigation, templates of its own."""

    @pytest.fixture
    def feature(self, tmp_path: object) -> Feature:
        async def secret(visit: Visit) -> object:
            return visit.page("notes/list.html", notes=["<one>"])

        folder = tmp_path / "templates"  # type: ignore[operator]  # a path
        folder.mkdir()
        (folder / "list.html").write_text(
            '{% extends "frame.html" %}{% block title %}Notes{% endblock %}'
            "{% block content %}{% for note in notes %}<p>{{ note }}</p>{% endfor %}{% endblock %}"
        )
        return Feature(
            "notes",
            routes=(Route("GET", "/notes", secret, role=Role.SUPERVISOR),),  # type: ignore[arg-type]
            nav=(NavItem("Notes", "/notes", Role.SUPERVISOR),),
            templates=folder,
        )

    async def test_it_is_shown_to_whom_it_is_for(self, office: Office, feature: Feature) -> None:
        async with serving_parts(office.parts, office.accounts, "127.0.0.1", 0, [feature]) as url:
            shown = {}
            for name in ("sue", "alice"):
                headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
                jar = aiohttp.CookieJar(unsafe=True)
                async with aiohttp.ClientSession(url, headers=headers, cookie_jar=jar) as session:
                    await log_in(session, name=name)
                    async with session.get("/notes") as answer:
                        shown[name] = (answer.status, await answer.text())
                    calls = await (await session.get("/calls")).text()
                    assert ('href="/notes"' in calls) is (name == "sue")
        assert shown["sue"][0] == 200 and "<p>&lt;one&gt;</p>" in shown["sue"][1]
        assert shown["alice"][0] == 403


@pytest.mark.parametrize(
    "sent",
    [b"rubbish\r\n\r\n", b"\x16\x03\x01\x00", b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 20_000 + b"\r\n\r\n", b""],
    ids=["rubbish", "TLS", "long header", "nothing"],
)
async def test_what_is_no_request_ends_that_connection_only(
    url: str, browser: Browser, sent: bytes, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(sent)
    writer.write_eof()
    async with asyncio.timeout(20):
        await reader.read()
    writer.close()
    await writer.wait_closed()
    assert (await (await browser()).get("/healthz")).status == 200
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err + caplog.text


async def test_a_taken_port_is_said(office: Office) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=r"in use"):
            async with serving_parts(office.parts, office.accounts, "127.0.0.1", port):
                pass
