"""The names the server answers to: its own, and never one that a stranger has made lead here."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import aiohttp
import pytest

from server.local_server import TOKEN_FILE
from server.terminal import Foreseen
from server.web.app import serving_parts
from server.web.hosts import SETTING, Hosts, host_name
from tests.server.web.office import Office


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("calls.example", "calls.example"),
        ("Calls.Example:8080", "calls.example"),
        ("calls.example.", "calls.example"),
        ("127.0.0.1:80", "127.0.0.1"),
        ("[::1]", "::1"),
        ("[0:0::1]:8080", "::1"),
        ("[::ffff:192.0.2.1]", "192.0.2.1"),
        ("pbx_1.lan", "pbx_1.lan"),
        ("", None),
        (":80", None),
        ("a b", None),
        ("a@b", None),
        ("a/b", None),
        ("::1", None),
        ("[::1", None),
        ("[1:2]", None),
        ("calls.example:port", None),
        ("calls.example:123456", None),
        ("a..b", None),
        ("a." * 130, None),
    ],
)
def test_the_name_in_a_host_header(header: str, name: str | None) -> None:
    assert host_name(header) == name


@pytest.mark.parametrize(
    ("name", "bound", "ours"),
    [
        pytest.param("localhost", "192.0.2.1", True, id="localhost"),
        pytest.param("127.0.0.1", "127.0.0.1", True, id="loopback"),
        pytest.param("127.0.0.5", "127.0.0.1", True, id="all of loopback"),
        pytest.param("::1", "::1", True, id="loopback of IPv6"),
        pytest.param("0.0.0.0", "127.0.0.1", True, id="everywhere"),
        pytest.param("192.0.2.1", "192.0.2.1", True, id="the address bound to"),
        pytest.param("192.0.2.1", "::ffff:192.0.2.1", True, id="the address bound to, as IPv6 writes it"),
        pytest.param("fe80::1", "fe80::1%eth0", True, id="a link's own address"),
        pytest.param("192.0.2.2", "192.0.2.1", False, id="another address"),
        pytest.param("calls.example", "127.0.0.1", True, id="a name of the setting"),
        pytest.param("203.0.113.9", "10.0.0.2", True, id="an address of the setting"),
        pytest.param("2001:db8::9", "10.0.0.2", True, id="an IPv6 address of the setting"),
        pytest.param("evil.example", "127.0.0.1", False, id="a stranger's name"),
        pytest.param("calls.example.evil.example", "127.0.0.1", False, id="a name that only begins like ours"),
        pytest.param("localhost.evil.example", "127.0.0.1", False, id="a name that begins like localhost"),
        pytest.param("127.0.0.1.evil.example", "127.0.0.1", False, id="a name that begins like an address"),
    ],
)
def test_which_names_are_ours(name: str, bound: str, ours: bool) -> None:
    hosts = Hosts.of({SETTING: "Calls.example, 203.0.113.9 2001:db8::9"})
    assert hosts.include(name, bound) is ours


@pytest.mark.parametrize("text", ["https://calls.example", "calls.example/pages", "*", "a:b:c"])
def test_a_setting_that_holds_no_name(text: str) -> None:
    with pytest.raises(Foreseen, match=f"{SETTING} holds .*: write names such as"):
        Hosts.of({SETTING: text})


@pytest.mark.parametrize(
    ("host", "status"),
    [
        pytest.param("OWN", 200, id="the address"),
        pytest.param("localhost:1234", 200, id="localhost, by whatever port"),
        pytest.param("evil.example", 421, id="a stranger's name"),
        pytest.param("evil.example:80", 421, id="a stranger's name and port"),
        pytest.param("a b", 400, id="no name"),
        pytest.param("", 400, id="empty"),
    ],
)
@pytest.mark.parametrize("path", ["/healthz", "/login", "/api/v1/agents", "/metrics", "/static/switchroom.css"])
async def test_every_door_is_open_to_our_names_only(
    url: str, office: Office, path: str, host: str, status: int
) -> None:
    token = await asyncio.to_thread((office.parts.data / TOKEN_FILE).read_text)
    headers = {"Authorization": f"Bearer {token}", "Host": urlsplit(url).netloc if host == "OWN" else host}
    async with aiohttp.ClientSession(url) as session, session.get(path, headers=headers) as answer:
        assert answer.status == status
        text = await answer.text()
    if status == 421:
        assert SETTING in text


async def test_the_refusal_says_on_a_page_what_to_do(url: str) -> None:
    headers = {"Host": "pbx.lan", "Accept": "text/html"}
    async with aiohttp.ClientSession(url) as session, session.get("/login", headers=headers) as answer:
        text = await answer.text()
    assert answer.status == 421
    assert "server is not called pbx.lan" in text
    assert "start it with SWITCHROOM_HOSTS=pbx.lan in the environment" in text


async def test_a_name_of_the_setting_is_let_in(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, "calls.example")
    async with (
        serving_parts(office.parts, office.accounts, "127.0.0.1", 0) as url,
        aiohttp.ClientSession(url) as session,
        session.get("/login", headers={"Host": "calls.example"}) as answer,
    ):
        assert answer.status == 200


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param(b"GET /healthz HTTP/1.0\r\n\r\n", b"200", id="an old health check without a Host"),
        pytest.param(b"GET /healthz HTTP/1.1\r\n\r\n", b"400", id="none at all"),
        pytest.param(
            b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", b"400", id="two of them"
        ),
    ],
)
async def test_requests_without_one_host(url: str, request_: bytes, status: bytes) -> None:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(request_)
    async with asyncio.timeout(20):
        line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    assert line.split()[1] == status
