"""Every way a connection can go wrong, on a real socket."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from callrouter.ami.client import AmiMessage
from callrouter.ami.errors import (
    ActionFailed,
    ActionTimedOut,
    LinkDown,
    LinkLost,
    ListTooLong,
    TooManyWaiting,
    UnknownList,
    UnsafeValue,
)
from callrouter.ami.inbox import LinkState
from callrouter.ami.link import AmiLink
from callrouter.ami.settings import AmiSettings

from .ami_server import AmiServer, Headers, Manners, Session, message, success
from .conftest import PATIENT, QUICK, Heard, linked, running, settings

UP, DOWN, REFUSED, OVERRUN = LinkState.UP, LinkState.DOWN, LinkState.REFUSED, LinkState.OVERRUN


# -- the good case --


async def test_it_logs_in_and_hears(server: AmiServer) -> None:
    async with linked(server) as (link, heard):
        server.event("Event: Newchannel\nUniqueid: 1")
        await heard.until(lambda: len(heard.messages) == 1)
        assert link.state is UP
        assert heard.messages == [{"Event": "Newchannel", "Uniqueid": "1"}]
        (login,) = server.named("Login")
        assert (login["Username"], login["Events"]) == ("switchroom", "on")


async def test_it_says_goodbye(server: AmiServer) -> None:
    async with linked(server):
        pass
    await server.asked_for("Logoff")
    await server.until(lambda: not server.sessions)


async def test_an_action_and_its_answer(server: AmiServer) -> None:
    async with linked(server) as (link, _):
        reply = await link.action("Ping")
        assert reply.headers["Ping"] == "Pong"


async def test_answers_find_their_actions(server: AmiServer) -> None:
    """Two answers in the wrong order, on one connection."""
    late: list[bytes] = []

    def answer(session: Session, headers: Headers) -> bytes:
        late.insert(0, success(headers, headers["Channel"]))
        return b"".join(late) if len(late) == 2 else b""

    server.manners.override["Hangup"] = answer
    async with linked(server) as (link, _):
        first, second = await asyncio.gather(
            link.action("Hangup", {"Channel": "a"}), link.action("Hangup", {"Channel": "b"})
        )
        assert (first.message, second.message) == ("a", "b")


async def test_lists_come_whole(server: AmiServer) -> None:
    server.channel_appears("PJSIP/101-00000001", "1.1")
    server.channel_appears("PJSIP/102-00000002", "1.2")
    async with linked(server) as (link, _):
        items = await link.list_action("CoreShowChannels")
        assert [item["Uniqueid"] for item in items] == ["1.1", "1.2"]
        assert await link.list_action("DeviceStateList") == []


async def test_an_error_that_means_none_is_an_empty_list(server: AmiServer) -> None:
    server.manners.override["ConfbridgeListRooms"] = lambda _, headers: message(
        Response="Error", ActionID=headers["ActionID"], Message="No active conferences."
    )
    async with linked(server) as (link, _):
        assert await link.list_action("ConfbridgeListRooms") == []
        with pytest.raises(ActionFailed, match="Invalid"):
            await link.list_action("ParkedCalls")


async def test_only_listed_actions_are_lists(server: AmiServer) -> None:
    async with linked(server) as (link, _):
        with pytest.raises(UnknownList):
            await link.list_action("Ping")


async def test_a_list_has_a_bound(server: AmiServer) -> None:
    for number in range(4):
        server.channel_appears(f"PJSIP/101-0000000{number}", f"1.{number}")
    async with linked(server, replace(PATIENT, list_items=3)) as (link, _):
        with pytest.raises(ListTooLong):
            await link.list_action("CoreShowChannels")


# -- a server that does not speak, or not like Asterisk --


@pytest.mark.parametrize(
    ("manners", "reason"),
    [
        pytest.param(Manners(greeting=b""), "no greeting within 0.2 s", id="nothing after connect"),
        pytest.param(Manners(answer_login=False), "no answer within 0.2 s", id="greeting only"),
        pytest.param(Manners(greeting=b"Asterisk Call Man"), "no greeting within 0.2 s", id="half a greeting"),
        pytest.param(Manners(greeting=b"SSH-2.0-x\r\n"), "not Asterisk's", id="not Asterisk"),
        pytest.param(
            Manners(answer_login=False, on_connect=b"Response: Succ"), "no answer within 0.2 s", id="half a line"
        ),
    ],
)
async def test_it_does_not_wait_for_ever(manners: Manners, reason: str) -> None:
    async with AmiServer(manners) as server:
        heard = Heard()
        link = AmiLink(settings(server.port), heard.message, heard.change, limits=QUICK)
        async with running(link):
            await server.until(lambda: server.connections >= 3)  # it tries again
            assert link.state is DOWN
            with pytest.raises(LinkDown, match=reason):
                await link.action("Ping")
            server.manners = Manners()
            await heard.up()


async def test_nobody_listens(server: AmiServer) -> None:
    await server.stop()
    heard = Heard()
    link = AmiLink(settings(server.port), heard.message, heard.change, limits=QUICK)
    async with running(link):
        with pytest.raises(LinkDown):
            await link.action("Ping")
        await server.start()
        await heard.up()


async def test_a_wrong_password_is_said_and_tried_again_slowly(server: AmiServer) -> None:
    heard = Heard()
    link = AmiLink(settings(server.port, "wrong"), heard.message, heard.change, limits=PATIENT)
    async with running(link):
        await heard.until(lambda: bool(heard.changes))
        assert heard.states == [REFUSED]
        assert heard.changes[0].reason == "login refused: Authentication failed"
        with pytest.raises(LinkDown, match="login refused"):
            await link.action("Ping")
        await server.until(lambda: not server.sessions)
        assert server.connections == 1  # the next attempt is a minute away in this test, 30 s in life


async def test_a_mended_password_is_found_out(server: AmiServer) -> None:
    heard = Heard()
    link = AmiLink(settings(server.port, "mended"), heard.message, heard.change, limits=QUICK)
    async with running(link):
        await server.asked_for("Login", 2)
        server.users["switchroom"] = "mended"
        await heard.up()
        assert heard.states == [REFUSED, UP]


def test_secrets_are_not_shown() -> None:
    assert "s3cret" not in repr(AmiSettings("h", 1, "u", "s3cret"))


# -- a server that goes away --


async def test_a_silent_server_is_noticed(server: AmiServer) -> None:
    async with linked(server, QUICK) as (_, heard):
        await server.asked_for("Ping", 2)
        server.manners.answer_ping = False
        await heard.until(lambda: DOWN in heard.states)
        assert "ping not answered" in heard.changes[-1].reason
        server.manners.answer_ping = True
        await heard.up(2)


async def test_what_waits_fails_when_the_server_closes(server: AmiServer) -> None:
    server.manners.override["Hangup"] = lambda *_: b""
    async with linked(server) as (link, heard):
        waiting = [asyncio.create_task(link.action("Hangup", {"Channel": str(n)}, 60)) for n in range(3)]
        await server.asked_for("Hangup", 3)
        server.hang_up()
        for task in waiting:
            with pytest.raises(LinkLost):
                await task
        await heard.up(2)
        # Nothing is ever sent again: neither by us nor by the library.
        await link.action("Ping")
        assert len(server.named("Hangup")) == 3


async def test_an_action_while_down_is_refused_and_forgotten(server: AmiServer) -> None:
    async with linked(server) as (link, heard):
        await server.stop()
        await heard.until(lambda: heard.states[-1] is DOWN)
        with pytest.raises(LinkDown):
            await link.action("Originate", {"Channel": "PJSIP/1"})
        await server.start()
        await heard.up(2)
        await link.action("Ping")
        assert server.named("Originate") == []


async def test_a_restart_is_reported_with_its_times(server: AmiServer) -> None:
    async with linked(server) as (_, heard):
        server.event("Event: A")
        await heard.until(lambda: len(heard.messages) == 1)
        before = datetime.now(UTC)
        await server.stop()
        await heard.until(lambda: heard.states[-1] is DOWN)
        await server.start()
        await heard.up(2)
        lost = heard.changes[-2]
        assert lost.last_heard is not None
        assert lost.last_heard <= before <= lost.at <= heard.changes[-1].at


# -- answers that come late, wrong or not at all --


async def test_no_answer_in_time(server: AmiServer) -> None:
    asked: list[Headers] = []
    server.manners.override["Hangup"] = lambda _, headers: asked.append(headers) or b""  # type: ignore[func-returns-value]
    async with linked(server) as (link, heard):
        with pytest.raises(ActionTimedOut, match=r"Hangup: no answer within 0\.05 s"):
            await link.action("Hangup", {"Channel": "a"}, deadline=0.05)
        server.send(success(asked[0], "too late") + message(Event="After"))
        await heard.until(lambda: bool(heard.messages))
        assert heard.messages == [{"Event": "After"}]
        assert (await link.action("Ping")).headers["Ping"] == "Pong"


async def test_a_cancelled_caller_leaves_nothing(server: AmiServer) -> None:
    server.manners.override["Hangup"] = lambda *_: b""
    async with linked(server, replace(PATIENT, waiting_actions=1)) as (link, _):
        task = asyncio.create_task(link.action("Hangup", {"Channel": "a"}, 60))
        await server.asked_for("Hangup")
        with pytest.raises(TooManyWaiting):
            await link.action("Ping")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await link.action("Ping")


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
        await asyncio.wait_for(run, 5)
    else:
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(run, 5)
    with pytest.raises(LinkDown):
        await link.action("Ping")
