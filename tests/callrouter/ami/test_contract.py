"""What every Pbx promises, shown on both: the manager interface on a real socket, and the one in memory."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import pytest

from callrouter.ami.asterisk_pbx import AsteriskPbx
from callrouter.ami.errors import ActionFailed, LinkDown, NoSuchChannel, UnsafeValue
from callrouter.ami.events import (
    ChannelHungUp,
    ChannelSeen,
    ChannelState,
    HangupCause,
    HangupRequested,
    OriginateEnded,
    PhoneState,
    PhoneStateChanged,
)
from callrouter.ami.fake import FakePbx
from callrouter.ami.port import Notice, Pbx, PbxFound, PbxLost
from callrouter.ami.requests import MOST_LAMPS, DialplanPlace, Lamp, OriginateRequest

from .ami_server import AmiServer
from .conftest import PATIENT, settings
from .worlds import AmiWorld, FakeWorld, World

PLACE = DialplanPlace("switchroom-originate", "callback1")
LAMPS = (Lamp("alice", 3, 1), Lamp("front-desk", 0, 0))
REQUEST = OriginateRequest("sw-1", "PJSIP/bob", PLACE, caller_number="5550", variables=(("A", "1"),))
T = TypeVar("T")


@dataclass
class Listening:
    """Everything a Pbx told, and a way to wait for more."""

    notices: list[Notice] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, notice: Notice) -> None:
        self.notices.append(notice)
        self._news.set()

    def all(self, kind: type[T]) -> list[T]:
        return [notice for notice in self.notices if isinstance(notice, kind)]

    async def first(self, kind: type[T], times: int = 1) -> T:
        """Wait until so many of a kind were told; return the last of them."""
        async with asyncio.timeout(20):
            while len(self.all(kind)) < times:
                self._news.clear()
                await self._news.wait()
        return self.all(kind)[times - 1]


Running = tuple[Pbx, World, Listening]


@contextlib.asynccontextmanager
async def fake() -> AsyncIterator[tuple[Pbx, World]]:
    pbx = FakePbx()
    yield pbx, FakeWorld(pbx)


@contextlib.asynccontextmanager
async def over_ami() -> AsyncIterator[tuple[Pbx, World]]:
    async with AmiServer() as server:
        pbx = AsteriskPbx(
            settings(server.port),
            settings(server.port, user="dialler", events=False),
            limits=PATIENT,
            reread_after=0.01,
        )
        yield pbx, AmiWorld(server)
        pbx.stop()


Maker = Callable[[], contextlib.AbstractAsyncContextManager[tuple[Pbx, World]]]


@pytest.fixture(params=[fake, over_ami], ids=["fake", "ami"])
async def made(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Pbx, World]]:
    maker: Maker = request.param
    async with maker() as both:
        yield both


@pytest.fixture
async def running(made: tuple[Pbx, World]) -> AsyncIterator[Running]:
    pbx, world = made
    listening = Listening()
    pbx.subscribe(listening)  # subscribe first, act second
    run = asyncio.create_task(pbx.run())
    await listening.first(PbxFound)
    if isinstance(pbx, AsteriskPbx):
        assert pbx.originating_link is not None
        await pbx.originating_link.wait_up()  # it comes up by itself, in its own time
    yield pbx, world, listening
    pbx.stop()
    await asyncio.wait_for(run, 20)


async def test_it_is_found_with_its_state(made: tuple[Pbx, World]) -> None:
    pbx, world = made
    world.call_comes("PJSIP/trunk-00000001", "1.1")
    world.phone_idle("bob")
    listening = Listening()
    pbx.subscribe(listening)
    before = pbx.reachable
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(pbx.run())
        found = await listening.first(PbxFound)
        assert (before, pbx.reachable) == (False, True)
        pbx.stop()
    assert found.gap is None
    assert found.state.phones == {"bob": PhoneState.IDLE}
    (now,) = found.state.channels.values()
    assert (now.channel.name, now.channel.uniqueid, now.state) == (
        "PJSIP/trunk-00000001",
        "1.1",
        ChannelState.RING,
    )


async def test_events_are_told_in_order(running: Running) -> None:
    _, world, listening = running
    world.call_comes("PJSIP/trunk-00000001", "1.1")
    world.phone_idle("bob")
    world.call_ends("1.1")
    ended = await listening.first(ChannelHungUp)
    assert [type(notice) for notice in listening.notices[1:]] == [
        ChannelSeen,
        PhoneStateChanged,
        ChannelHungUp,
    ]
    assert (ended.channel.uniqueid, ended.cause) == ("1.1", 16)
    assert ended.at.tzinfo is not None


@pytest.mark.parametrize("by", ["PJSIP/trunk-00000001", "1.1"], ids=["name", "uniqueid"])
async def test_verbs_reach_the_channel(running: Running, by: str) -> None:
    pbx, world, listening = running
    world.call_comes("PJSIP/trunk-00000001", "1.1")
    await pbx.wake(by)
    await pbx.redirect(by, PLACE)
    await pbx.hangup(by, HangupCause.USER_BUSY)
    ended = await listening.first(ChannelHungUp)
    assert ended.cause == HangupCause.USER_BUSY
    assert not listening.all(HangupRequested)[0].by_party
    assert world.asked() == ["wake", "redirect", "hangup"]


async def test_a_channel_that_is_gone(running: Running) -> None:
    pbx, _, _ = running
    for verb in (pbx.wake("1.9"), pbx.hangup("1.9"), pbx.redirect("PJSIP/x-00000009", PLACE)):
        with pytest.raises(NoSuchChannel):
            await verb


@pytest.mark.parametrize("channel", ["/PJSIP.*/", "a\r\nb", ""], ids=["pattern", "line end", "nothing"])
async def test_a_channel_that_is_none(running: Running, channel: str) -> None:
    pbx, world, _ = running
    for verb in (pbx.wake(channel), pbx.hangup(channel), pbx.redirect(channel, PLACE)):
        with pytest.raises(UnsafeValue):
            await verb
    assert world.asked() == []


async def test_an_originated_call(running: Running) -> None:
    pbx, world, listening = running
    await pbx.originate(REQUEST)
    seen = await listening.first(ChannelSeen)
    assert (seen.channel.uniqueid, seen.channel.phone) == ("sw-1", "bob")
    assert world.asked() == ["originate"]
    world.originate_fails("sw-1")
    ended = await listening.first(OriginateEnded)
    assert (ended.channel_id, ended.answered) == ("sw-1", False)
    assert "sw-1" not in (await pbx.state()).channels


async def test_lamps(running: Running) -> None:
    pbx, world, _ = running
    await pbx.show_lamps(LAMPS)
    await pbx.show_lamps(())  # nothing is asked
    await pbx.show_lamps((Lamp("alice", 2, 2),))
    assert world.lamps() == {"alice": "2:2", "front-desk": "0:0"}
    assert len(world.asked()) == 2
    many = [Lamp(f"phone-{number:026}", 9999, 9999) for number in range(MOST_LAMPS)]
    await pbx.show_lamps(many)
    assert set(world.lamps()) == {"alice", "front-desk", *(lamp.phone for lamp in many)}
    with pytest.raises(UnsafeValue):
        await pbx.show_lamps((*many, Lamp("alice", 0, 0)))
    assert (await pbx.state()).channels == {}


async def test_a_pbx_without_lamps(running: Running) -> None:
    pbx, world, _ = running
    world.has_no_lamps()
    with pytest.raises(ActionFailed):
        await pbx.show_lamps(LAMPS)
    assert world.lamps() == {}


async def test_how_far_a_fax_is(running: Running) -> None:
    pbx, world, _ = running
    assert await pbx.fax_pages("PJSIP/trunk-00000002") is None
    world.fax_is_at("PJSIP/trunk-00000001", 3)
    world.fax_is_at("PJSIP/trunk-00000002", 2)
    assert await pbx.fax_pages("PJSIP/trunk-00000002") == 2
    assert await pbx.fax_pages("PJSIP/trunk-00000003") is None
    with pytest.raises(UnsafeValue):
        await pbx.fax_pages("a\r\nb")


async def test_what_is_kept_of_a_fax(running: Running) -> None:
    pbx, world, _ = running
    world.words()["fax-1"] = "SUCCESS:3:+370 5: OK"
    assert [await pbx.fax_word(name) for name in ("fax-1", "fax-2")] == ["SUCCESS:3:+370 5: OK", None]
    await pbx.forget_fax_word("fax-1")
    await pbx.forget_fax_word("fax-1")
    assert await pbx.fax_word("fax-1") is None
    for verb in (pbx.fax_word("a/b"), pbx.forget_fax_word("a,B=1"), pbx.fax_word("")):
        with pytest.raises(UnsafeValue):
            await verb


async def test_out_of_reach(running: Running) -> None:
    pbx, world, listening = running
    world.call_comes("PJSIP/trunk-00000001", "1.1")
    await listening.first(ChannelSeen)
    await world.cut()
    lost = await listening.first(PbxLost)
    meanwhile = pbx.reachable
    acts = (pbx.wake("1.1"), pbx.hangup("1.1"), pbx.redirect("1.1", PLACE), pbx.originate(REQUEST))
    faxes = (pbx.fax_pages("PJSIP/trunk-00000001"), pbx.fax_word("fax-1"), pbx.forget_fax_word("fax-1"))
    for verb in (*acts, *faxes, pbx.show_lamps(LAMPS), pbx.state()):
        with pytest.raises(LinkDown):
            await verb
    world.call_ends("1.1")  # nobody hears it
    world.call_comes("PJSIP/trunk-00000002", "1.2")
    await world.mend()
    found = await listening.first(PbxFound, 2)
    assert (meanwhile, pbx.reachable) == (False, True)
    assert found.gap is not None
    assert found.gap.since == lost.since
    assert found.gap.until >= found.gap.since
    assert list(found.state.channels) == ["1.2"]
    assert listening.all(ChannelHungUp) == []
    assert world.asked() == []  # what was refused is not sent later
    await pbx.wake("1.2")
    assert len(listening.all(PbxLost)) == 1


async def test_verbs_before_run(made: tuple[Pbx, World]) -> None:
    pbx, _ = made
    with pytest.raises(LinkDown):
        await pbx.wake("1.1")


async def test_unsubscribing(running: Running) -> None:
    pbx, world, listening = running
    other = Listening()
    unsubscribe = pbx.subscribe(other)
    unsubscribe()
    unsubscribe()
    world.phone_idle("bob")
    await listening.first(PhoneStateChanged)
    assert other.notices == []


async def test_a_broken_listener_disturbs_nobody(made: tuple[Pbx, World]) -> None:
    pbx, world = made
    listening = Listening()

    def broken(notice: Notice) -> None:
        raise ZeroDivisionError

    pbx.subscribe(broken)
    pbx.subscribe(listening)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(pbx.run())
        await listening.first(PbxFound)
        world.phone_idle("bob")
        await listening.first(PhoneStateChanged)
        assert pbx.reachable
        pbx.stop()


async def test_cancelling_run(made: tuple[Pbx, World]) -> None:
    pbx, _ = made
    listening = Listening()
    pbx.subscribe(listening)
    run = asyncio.create_task(pbx.run())
    await listening.first(PbxFound)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert not pbx.reachable
    with pytest.raises(LinkDown):
        await pbx.state()
