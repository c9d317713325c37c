"""What only the real implementation has to get right: when the state is read, and what waits for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from callrouter.ami.asterisk_pbx import AsteriskPbx
from callrouter.ami.errors import LinkDown
from callrouter.ami.events import ChannelHungUp, ChannelSeen, Event, PhoneStateChanged
from callrouter.ami.port import PbxFound, PbxLost
from callrouter.ami.requests import MOST_LAMPS, DialplanPlace, Lamp, OriginateRequest
from callrouter.ami.settings import LinkLimits

from .ami_server import AmiServer, Headers, Session, error
from .conftest import PATIENT, settings
from .test_contract import Listening


@contextlib.asynccontextmanager
async def running(server: AmiServer, limits: LinkLimits = PATIENT) -> AsyncIterator[tuple[AsteriskPbx, Listening]]:
    pbx = AsteriskPbx(settings(server.port), limits=limits, reread_after=0.01)
    listening = Listening()
    pbx.subscribe(listening)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(pbx.run())
        try:
            yield pbx, listening
        finally:
            pbx.stop()


async def test_what_happens_while_the_state_is_read_comes_after_it(server: AmiServer) -> None:
    server.channel_appears("PJSIP/trunk-00000001", "1.1")

    def meanwhile(session: Session, headers: Headers) -> bytes:
        answer = server._coreshowchannels(session, headers)
        server.channel_ends(server.channels["1.1"])  # heard before the list is
        return answer

    server.manners.override["CoreShowChannels"] = meanwhile
    async with running(server) as (_, listening):
        await listening.first(ChannelHungUp)
        assert [type(notice) for notice in listening.notices] == [PbxFound, ChannelHungUp]
        assert "1.1" in listening.all(PbxFound)[0].state.channels


async def test_a_state_that_cannot_be_read_is_asked_for_again(server: AmiServer) -> None:
    server.manners.override["DeviceStateList"] = lambda _, headers: error(headers, "Permission denied")
    async with running(server) as (pbx, listening):
        await server.asked_for("DeviceStateList", 2)
        assert not pbx.reachable
        del server.manners.override["DeviceStateList"]
        await listening.first(PbxFound)
        assert pbx.reachable


async def test_a_link_lost_while_the_state_is_read(server: AmiServer) -> None:
    server.manners.override["DeviceStateList"] = lambda *_: b""
    async with running(server) as (_, listening):
        await server.asked_for("DeviceStateList")
        del server.manners.override["DeviceStateList"]
        server.hang_up()
        found = await listening.first(PbxFound)
        assert found.gap is None  # it had not been found before
        assert listening.all(PbxLost) == []


async def test_a_gap_covers_a_restart(server: AmiServer) -> None:
    async with running(server) as (_, listening):
        await listening.first(PbxFound)
        server.phone_becomes("bob", "INUSE")
        await listening.first(PhoneStateChanged)
        before = datetime.now(UTC)
        await server.stop()
        server.devices = {"PJSIP/bob": "NOT_INUSE"}
        await server.start()
        found = await listening.first(PbxFound, 2)
        assert found.gap is not None
        assert found.gap.since <= before <= found.gap.until
        assert found.state.phones["bob"].value == "idle"


async def test_dropped_messages_are_a_gap(server: AmiServer) -> None:
    async with running(server, replace(PATIENT, inbox_messages=50)) as (pbx, listening):
        await listening.first(PbxFound)
        for number in range(500):
            server.channel_appears("PJSIP/trunk-00000001", f"1.{number}")
        found = await listening.first(PbxFound, 2)
        assert pbx.link.dropped > 0
        assert found.gap is not None
        assert len(found.state.channels) == 500  # read anew: nothing is missing
        assert "dropped" in listening.all(PbxLost)[0].reason
        assert server.connections == 1


async def test_wrong_events_are_counted_not_told(server: AmiServer) -> None:
    async with running(server) as (pbx, listening):
        await listening.first(PbxFound)
        server.event("Event: Hangup\nChannel: nameless")
        server.event("Event: VarSet\nVariable: x")
        server.channel_appears("PJSIP/trunk-00000001", "1.1")
        await listening.first(ChannelSeen)
        assert len(listening.all(Event)) == 1
        assert (pbx.translator.odd, pbx.translator.unknown) == ({"Hangup": 1}, {"VarSet": 1})


async def test_nobody_may_originate(server: AmiServer) -> None:
    async with running(server) as (pbx, _):
        with pytest.raises(LinkDown, match="no manager user"):
            await pbx.originate(OriginateRequest("sw-1", "PJSIP/bob", DialplanPlace("c", "e1")))
        with pytest.raises(LinkDown, match="no manager user"):
            await pbx.show_lamps([Lamp("bob", 1, 0)])


async def test_an_originate_as_asterisk_wants_it(server: AmiServer) -> None:
    pbx = AsteriskPbx(settings(server.port), settings(server.port, user="dialler", events=False), limits=PATIENT)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(pbx.run())
        listening = Listening()
        pbx.subscribe(listening)
        await listening.first(PbxFound)
        assert pbx.originating_link is not None
        request = OriginateRequest(
            "sw-1",
            "Local/300@ctx",
            DialplanPlace("switchroom-originate", "callback1"),
            ring_seconds=12.5,
            caller_number="5550",
            caller_name="Ольга",
            variables=(("A", "1"), ("_B", "two words")),
            other_channel_id="sw-1b",
        )
        await pbx.originating_link.wait_up()
        await pbx.show_lamps([Lamp("a" * 32, 9999, 9999)] * MOST_LAMPS)
        assert max(len(line) for line in server.raw[-1].split(b"\r\n")) < 1024  # a longer one is dropped
        await pbx.originate(request)
        (raw,) = [raw for raw in server.raw if b"ActionID: originate:" in raw]
        assert raw.decode().split("\r\n")[:-2] == [
            "Action: Originate",
            "ActionID: originate:sw-1",
            "Async: true",
            'CallerID: "Ольга" <5550>',
            "Channel: Local/300@ctx",
            "ChannelId: sw-1",
            "Context: switchroom-originate",
            "Exten: callback1",
            "OtherChannelId: sw-1b",
            "Priority: 1",
            "Timeout: 12500",
            "Variable: A=1",
            "Variable: _B=two words",
        ]
        pbx.stop()
