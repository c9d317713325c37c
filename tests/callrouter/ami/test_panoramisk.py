"""The faults of panoramisk 1.4 that client.py and link.py fence, each shown not to happen here.

Those that a test of the link shows anyway (no watchdog, no deadline, resending, split characters, a huge
message) are in test_link.py.
"""

from __future__ import annotations

import ast
import asyncio
from pathlib import Path

import pytest

import callrouter
from callrouter.ami.inbox import LinkState

from .ami_server import AmiServer, Headers, Session, message, success
from .conftest import linked


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("QueueAdd", "Added interface to queue", id="QueueAdd hung for ever"),
        pytest.param("Originate", "Originate successfully queued", id="Originate without Async cut the link"),
        pytest.param("Redirect", "Redirects will follow", id="a text that sounds like a list"),
    ],
)
async def test_an_answer_is_not_judged_by_its_text(server: AmiServer, name: str, text: str) -> None:
    server.manners.override[name] = lambda _, headers: success(headers, text)
    async with linked(server) as (link, heard):
        assert (await link.action(name)).message == text
        assert heard.states == [LinkState.UP]


async def test_a_list_is_a_list_without_being_announced(server: AmiServer) -> None:
    """Asterisk 22 leaves `EventList: start` out here and there; and an item may name itself anything."""

    def answer(session: Session, headers: Headers) -> bytes:
        action_id = headers["ActionID"]
        return (
            message(Response="Success", ActionID=action_id)
            + message(Event="SomethingComplete", ActionID=action_id)
            + message(Event="CoreShowChannel", ActionID=action_id, Uniqueid="1")
            + message(Event="CoreShowChannelsComplete", ActionID=action_id)
        )

    server.manners.override["CoreShowChannels"] = answer
    async with linked(server) as (link, _):
        assert [item["Uniqueid"] for item in await link.list_action("CoreShowChannels")] == ["1"]


async def test_an_originate_is_over_when_it_is_queued(server: AmiServer) -> None:
    """Its OriginateResponse carries the same ActionID, but is an event like any other."""
    async with linked(server) as (link, heard):
        await link.action("Originate", {"ActionID": "mine", "Channel": "PJSIP/1", "ChannelId": "c"})
        server.send(message(Event="OriginateResponse", ActionID="mine", Response="Failure"))
        await heard.until(lambda: any(m["Event"] == "OriginateResponse" for m in heard.messages))


async def test_actions_go_out_without_fully_booted(server: AmiServer) -> None:
    """That event needs the read class `system`; panoramisk keeps waiting actions back until it comes."""
    async with linked(server) as (link, heard):
        server.hang_up()
        await heard.up(2)
        await link.action("Ping")


async def test_a_logoff_by_us_is_final(server: AmiServer) -> None:
    async with linked(server):
        pass
    await server.until(lambda: not server.sessions)
    assert server.connections == 1


async def test_the_headers_of_the_caller_stay_as_they_are(server: AmiServer) -> None:
    headers = {"Channel": "a"}
    async with linked(server) as (link, _):
        await asyncio.gather(link.action("Ping", headers), link.action("Ping", headers))
    assert headers == {"Channel": "a"}
    assert len({asked["ActionID"] for asked in server.named("Ping")}) == 2


def test_only_one_file_imports_panoramisk() -> None:
    root = Path(callrouter.__file__).parent
    importing = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("panoramisk"))
        or (isinstance(node, ast.Import) and any(name.name.startswith("panoramisk") for name in node.names))
    }
    assert importing == {"ami/client.py"}
