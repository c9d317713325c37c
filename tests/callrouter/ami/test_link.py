"""Every way a connection can go wrong, on a real socket."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from callrouter.ami.errors import (
    ActionFailed,
    ActionTimedOut,
    LinkDown,
    LinkLost,
    ListTooLong,
    TooManyWaiting,
    UnknownList,
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
