"""What a link does when Asterisk is slow, silent, wrong or gone."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from callrouter.ami.client import AmiMessage
from callrouter.ami.errors import (
    LinkDown,
    LinkLost,
    UnsafeValue,
)
from callrouter.ami.link import AmiLink, LinkState

from .ami_server import AmiServer, Manners, message
from .conftest import PATIENT, Heard, linked, running, settings

UP, DOWN, REFUSED, OVERRUN = LinkState.UP, LinkState.DOWN, LinkState.REFUSED, LinkState.OVERRUN


async def test_unsafe_values_never_leave(server: AmiServer) -> None:
    async with linked(server) as (link, _):
        for headers in ({"Channel": "x\r\n\r\nAction: Command"}, {"ActionID": "a\nb"}):
            with pytest.raises(UnsafeValue):
                await link.action("Hangup", headers)
        with pytest.raises(UnsafeValue):
            await link.action("Ping\r\nX: y")
        await link.action("Ping")
        assert server.named("Hangup") == []


@pytest.mark.parametrize(
    "junk",
    [
        pytest.param(b"\r\n\r\n", id="empty"),
        pytest.param(b"no headers at all\r\n\r\n", id="no headers"),
        pytest.param(b"Response: Success\r\n\r\n", id="an answer to nobody"),
        pytest.param(b"Response: Success\r\nActionID: 1\r\nActionID: 2\r\n\r\n", id="two ids"),
        pytest.param(b"Event: \xff\xfe\r\n\r\n", id="not UTF-8"),
    ],
)
async def test_junk_costs_nothing(server: AmiServer, junk: bytes) -> None:
    async with linked(server) as (link, heard):
        server.send(junk + message(Event="After"))
        await heard.until(lambda: {"Event": "After"} in heard.messages)
        await link.action("Ping")
        assert heard.states == [UP]


async def test_a_split_character_survives(server: AmiServer) -> None:
    whole = message(Event="Newchannel", CallerIDName="Ольга")
    middle = whole.index("О".encode()) + 1
    async with linked(server) as (_, heard):
        server.send(message(Event="First") + whole[:middle])
        await heard.until(lambda: len(heard.messages) == 1)  # so the first half has been read as well
        server.send(whole[middle:])
        await heard.until(lambda: len(heard.messages) == 2)
        assert heard.messages[1]["CallerIDName"] == "Ольга"


async def test_headers_that_repeat_are_lists_and_empty_ones_stay(server: AmiServer) -> None:
    async with linked(server) as (_, heard):
        server.send(b"Event: A\r\nChanVariable: x=1\r\nChanVariable: y=100%25\r\nBridgeId: \r\n\r\n")
        await heard.until(lambda: bool(heard.messages))
        assert heard.messages == [{"Event": "A", "ChanVariable": ["x=1", "y=100%25"], "BridgeId": ""}]


async def test_a_megabyte_in_one_message(server: AmiServer) -> None:
    async with linked(server) as (link, heard):
        server.send(b"Event: Big\r\n" + b"Output: x\r\n" * 100_000 + b"\r\n")
        await heard.until(lambda: bool(heard.messages))
        assert len(heard.messages[0]["Output"]) == 100_000
        await link.action("Ping")


async def test_an_endless_message_ends_the_connection(server: AmiServer) -> None:
    async with linked(server, replace(PATIENT, message_bytes=10_000)) as (_, heard):
        server.send(b"Event: Big\r\n" + b"Output: x\r\n" * 2000)
        await heard.up(2)
        assert "more than 10000 bytes" in heard.changes[1].reason


# -- handlers that misbehave --


async def test_a_handler_that_raises_costs_nothing(server: AmiServer) -> None:
    heard = Heard()

    def handle(received: AmiMessage) -> None:
        heard.message(received)
        if received["Event"] == "Bad":
            raise ZeroDivisionError

    link = AmiLink(settings(server.port), handle, heard.change, limits=PATIENT)
    async with running(link):
        await heard.up()
        server.send(message(Event="Bad") + message(Event="Good"))
        await heard.until(lambda: len(heard.messages) == 2)
        assert link.counters.handler_faults == 1
        assert heard.states == [UP]


FLOOD = 50_000


async def test_a_flood_is_heard_whole(server: AmiServer) -> None:
    async with linked(server) as (link, heard):
        event = message(Event="Newexten", Channel="PJSIP/101-00000001", Application="Set", Padding="x" * 300)
        lag = asyncio.create_task(_worst_lag(heard, FLOOD))
        for _ in range(FLOOD // 100):
            server.send(event * 100)
            await server.sessions[0].writer.drain()
        assert await lag < 0.5  # the server itself, in the same loop, is part of it
        assert len(heard.messages) == FLOOD
        assert (link.dropped, heard.states) == (0, [UP])


async def _worst_lag(heard: Heard, count: int) -> float:
    loop, worst = asyncio.get_running_loop(), 0.0
    while len(heard.messages) < count:
        due = loop.time() + 0.01
        await asyncio.sleep(0.01)
        worst = max(worst, loop.time() - due)
    return worst


async def test_a_slow_handler_costs_messages_never_the_connection(server: AmiServer) -> None:
    heard = Heard()

    def slow(received: AmiMessage) -> None:
        time.sleep(0.001)  # a handler that blocks: what must not happen, and must not hurt
        heard.message(received)

    limits = replace(PATIENT, inbox_messages=100)
    link = AmiLink(settings(server.port), slow, heard.change, limits=limits)
    async with running(link):
        await heard.up()
        server.send(b"".join(message(Event="E", Number=str(n)) for n in range(2000)))
        await heard.until(lambda: heard.states == [UP, OVERRUN, UP])
        assert link.dropped > 0
        assert len(heard.messages) + link.dropped <= 2000
        numbers = [int(str(received["Number"])) for received in heard.messages]
        assert numbers == sorted(numbers)
        assert server.connections == 1
        await link.action("Ping")


# -- stopping, in every phase --


@pytest.mark.parametrize(
    ("manners", "secret"),
    [
        pytest.param(Manners(greeting=b""), "s3cret", id="before the greeting"),
        pytest.param(Manners(answer_login=False), "s3cret", id="before the login is answered"),
        pytest.param(Manners(), "s3cret", id="logged in"),
        pytest.param(Manners(), "wrong", id="refused, waiting to try again"),
        pytest.param(Manners(answer_ping=False), "s3cret", id="while a ping waits"),
    ],
)
@pytest.mark.parametrize("how", ["stop", "cancel"])
async def test_stopping(manners: Manners, secret: str, how: str) -> None:
    async with AmiServer(manners) as server:
        heard = Heard()
        limits = replace(PATIENT, ping_every=0.01, pong_within=60.0)
        link = AmiLink(settings(server.port, secret), heard.message, heard.change, limits=limits)
        run = asyncio.create_task(link.run())
        if not manners.greeting:
            await server.until(lambda: server.connections == 1)
        elif not manners.answer_ping:
            await server.asked_for("Ping")
        else:
            await server.asked_for("Login")
        if secret == "wrong":
            await heard.until(lambda: heard.states == [REFUSED])
        await _end(run, link, how)
        await server.until(lambda: not server.sessions)
        assert server.connections == 1


@pytest.mark.parametrize("how", ["stop", "cancel"])
async def test_stopping_while_it_waits_to_reconnect(how: str) -> None:
    async with AmiServer() as server:
        heard = Heard()
        limits = replace(PATIENT, retry_first=60.0, retry_most=60.0)
        link = AmiLink(settings(server.port), heard.message, heard.change, limits=limits)
        run = asyncio.create_task(link.run())
        await heard.up()
        server.hang_up()
        await heard.until(lambda: heard.states == [UP, DOWN])
        await _end(run, link, how)
        assert server.connections == 1


async def test_stopping_fails_what_waits(server: AmiServer) -> None:
    server.manners.override["Hangup"] = lambda *_: b""
    async with linked(server) as (link, _):
        task = asyncio.create_task(link.action("Hangup", {"Channel": "a"}, 60))
        await server.asked_for("Hangup")
        link.stop()
        with pytest.raises(LinkLost):
            await task


async def _end(run: asyncio.Task[None], link: AmiLink, how: str) -> None:
    if how == "stop":
        link.stop()
        await asyncio.wait_for(run, 20)
    else:
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(run, 20)
    with pytest.raises(LinkDown):
        await link.action("Ping")
