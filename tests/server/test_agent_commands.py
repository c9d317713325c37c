"""`switchroom agents` and `switchroom agent` against a running server, and where none runs."""

from __future__ import annotations

import asyncio
import json
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callrouter.agents import AgentState
from server.commands import agents as command
from server.local_server import ADDRESS_FILE, TOKEN_FILE, find_server
from server.terminal import Foreseen
from server.web.app import serving_parts
from tests.server.web.office import open_office


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path


async def run(what: object, *arguments: object) -> int:
    """Run a command as the command line does: in a thread without an event loop."""
    return await asyncio.to_thread(what, *arguments)  # type: ignore[arg-type]  # any command


async def test_agents_are_shown_and_changed(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with open_office(data) as office, serving_parts(office.parts, office.accounts, "127.0.0.1", 0):
        assert await run(command.do, data, "alice", "login", "") == 0
        assert await run(command.do, data, "alice", "pause", "lunch") == 0
        capfd.readouterr()
        assert await run(command.show, data, False) == 0
        lines = capfd.readouterr().out.splitlines()
        assert [line.split()[:2] for line in lines] == [["alice", "101"], ["bob", "102"], ["carol", "103"]]
        assert "paused (lunch)" in lines[0] and "logged out" in lines[1]
        assert await run(command.show, data, True) == 0
        assert [agent["state"] for agent in json.loads(capfd.readouterr().out)] == ["paused"] + ["logged out"] * 2
        assert office.parts.roster.agents["alice"].state is AgentState.PAUSED


@pytest.mark.parametrize(
    ("name", "deed", "says"),
    [
        ("zoe", "login", "there is no such agent"),
        ("alice", "promote", "the deeds are login, logout, pause, resume"),
        ("alice", "pause", "alice is logged out and cannot pause"),
        ("../../healthz", "login", "there is no such agent"),
    ],
)
async def test_what_cannot_be_done_is_said(data: Path, name: str, deed: str, says: str) -> None:
    async with open_office(data) as office, serving_parts(office.parts, office.accounts, "127.0.0.1", 0):
        with pytest.raises(Foreseen, match=says):
            await run(command.do, data, name, deed, "")


def test_without_a_server_it_says_how_to_start_one(data: Path) -> None:
    with pytest.raises(Foreseen, match=r"start it with \./switchroom up"):
        command.show(data, False)


def test_a_server_that_was_killed_is_no_server(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]
    (data / ADDRESS_FILE).write_text(json.dumps({"url": f"http://127.0.0.1:{port}"}))
    (data / TOKEN_FILE).write_text("token")
    with pytest.raises(Foreseen, match=r"start it with \./switchroom up"):
        command.show(data, False)


@pytest.mark.parametrize("text", ["", "[]", "{}", "\0"], ids=repr)
def test_a_damaged_address_is_said(data: Path, text: str) -> None:
    (data / ADDRESS_FILE).write_text(text)
    (data / TOKEN_FILE).write_text("token")
    with pytest.raises(Foreseen, match="cannot be read"):
        command.show(data, False)


async def test_the_files_are_there_while_it_serves(data: Path) -> None:
    async with open_office(data) as office:
        async with serving_parts(office.parts, office.accounts, "127.0.0.1", 0) as url:
            assert find_server(data).url == url
            for name in (ADDRESS_FILE, TOKEN_FILE):
                assert (data / name).stat().st_mode & 0o777 == 0o600
            first = find_server(data)
            assert first.token not in repr(first)
        assert not (data / ADDRESS_FILE).exists() and not (data / TOKEN_FILE).exists()


async def test_a_server_that_stops_leaves_the_files_of_its_successor(data: Path) -> None:
    async with open_office(data) as office:
        old = serving_parts(office.parts, office.accounts, "127.0.0.1", 0)
        await old.__aenter__()
        async with serving_parts(office.parts, office.accounts, "127.0.0.1", 0) as url:
            await old.__aexit__(None, None, None)
            assert find_server(data).url == url


async def test_what_answers_may_be_something_else(data: Path) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    (data / ADDRESS_FILE).write_text(json.dumps({"url": f"http://127.0.0.1:{port}"}))
    (data / TOKEN_FILE).write_text("token")
    async with server:
        with pytest.raises(Foreseen, match="is no Switchroom"):
            await run(command.show, data, False)


def test_a_line_says_what_is_in_the_way() -> None:
    agent = {
        "name": "alice", "phone": "101", "state": "talking", "reason": "", "since": "2026-11-20T09:00:00Z",
        "then": "pause", "trouble": "on another call",
    }  # fmt: skip
    line = command.line(agent, datetime(2026, 11, 20, 9, 5, tzinfo=UTC))
    assert line.split() == ["alice", "101", "talking", "for", "5", "min,", "then:", "pause", "[on", "another", "call]"]
