"""The port on a real Asterisk: what a fake server can only pretend."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from callrouter.ami.asterisk_pbx import AsteriskPbx
from callrouter.ami.errors import ActionFailed, NoSuchChannel
from callrouter.ami.events import (
    ChannelHungUp,
    DialEnded,
    FullyBooted,
    HangupCause,
    HangupRequested,
    OriginateEnded,
    PhoneState,
    ShuttingDown,
)
from callrouter.ami.inbox import LinkState
from callrouter.ami.link import AmiLink
from callrouter.ami.port import PbxFound, PbxLost
from callrouter.ami.requests import MOST_LAMPS, DialplanPlace, Lamp, OriginateRequest
from callrouter.ami.settings import AmiSettings, LinkLimits
from pbx.installation import bring_in, default_cache
from pbx.plan import PbxPlan, Phone, free_ports
from pbx.supervisor import Asterisk

from .conftest import Heard
from .conftest import running as running_link
from .test_contract import Listening

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(300)]

SECRET = "a-secret-of-ours"
WAITING = DialplanPlace("ami-test", "400")


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="sw-"))  # short, as a control socket likes it
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
async def asterisk(folder: Path) -> AsyncIterator[Asterisk]:
    installation = await bring_in(default_cache(), lambda progress: None)
    plan = PbxPlan(
        phones=(Phone("alice", "101", "secret-alice"),),
        ports=free_ports(rtp_ports=20),
        agi_port=4573,
        agi_token="token-token",
        ami_secret=SECRET,
        ami_originate_secret=SECRET,
    )
    asterisk = Asterisk(installation, plan, folder, dies_with_us=True)
    await asterisk.start()
    await write_dialplan(asterisk)
    yield asterisk
    await asterisk.stop(0)


async def write_dialplan(asterisk: Asterisk) -> None:
    """400 waits for a key, 200 answers and waits, 500 calls a phone that is not there."""
    for line in (
        "400,1,Answer()",
        "400,2,WaitDigit(20)",
        "400,3,Hangup(21)",
        "200,1,Answer()",
        "200,2,Wait(20)",
        "500,1,Dial(PJSIP/alice,1)",
    ):
        await asterisk.cli(f"dialplan add extension {line} into ami-test")


def settings(asterisk: Asterisk, user: str = "switchroom", secret: str = SECRET) -> AmiSettings:
    return AmiSettings("127.0.0.1", asterisk.plan.ports.ami, user, secret, events=user == "switchroom")


@pytest.fixture
async def running(asterisk: Asterisk) -> AsyncIterator[tuple[AsteriskPbx, Listening]]:
    pbx = AsteriskPbx(
        settings(asterisk), settings(asterisk, "switchroom-originate"), limits=LinkLimits(retry_first=0.05)
    )
    listening = Listening()
    pbx.subscribe(listening)
    run = asyncio.create_task(pbx.run())
    await listening.first(PbxFound)
    assert pbx.originating_link is not None
    await pbx.originating_link.wait_up()
    yield pbx, listening
    pbx.stop()
    await asyncio.wait_for(run, 30)


async def test_it_is_found_with_its_phones(running: tuple[AsteriskPbx, Listening]) -> None:
    _, listening = running
    found = listening.all(PbxFound)[0]
    assert found.state.phones["alice"] is PhoneState.UNAVAILABLE
    assert found.state.channels == {}
    await listening.first(FullyBooted)


async def test_a_call_is_placed_woken_and_ends(running: tuple[AsteriskPbx, Listening]) -> None:
    pbx, listening = running
    await pbx.originate(
        OriginateRequest(
            "sw-1",
            "Local/200@ami-test",
            WAITING,
            caller_number="5550",
            caller_name="Ольга",
            variables=(("A", "1"),),
            other_channel_id="sw-1b",
        )
    )
    ended = await listening.first(OriginateEnded)
    assert (ended.channel_id, ended.answered, ended.reason) == ("sw-1", True, 4)
    state = await pbx.state()
    assert set(state.channels) == {"sw-1", "sw-1b"}
    assert {now.channel.linkedid for now in state.channels.values()} == {"sw-1"}
    await pbx.wake("sw-1")  # WaitDigit returns, and the dialplan hangs up with 21
    await listening.first(ChannelHungUp, 2)  # the two halves end in either order
    causes = {hung_up.channel.uniqueid: hung_up.cause for hung_up in listening.all(ChannelHungUp)}
    assert causes == {"sw-1": HangupCause.REJECTED, "sw-1b": HangupCause.REJECTED}
    asked = {request.channel.uniqueid for request in listening.all(HangupRequested) if not request.by_party}
    assert "sw-1" in asked
    with pytest.raises(NoSuchChannel):
        await pbx.wake("sw-1")


async def test_redirect_and_hangup(running: tuple[AsteriskPbx, Listening]) -> None:
    pbx, listening = running
    await pbx.originate(OriginateRequest("sw-1", "Local/200@ami-test", WAITING, other_channel_id="sw-1b"))
    await listening.first(OriginateEnded)
    name = (await pbx.state()).channels["sw-1"].channel.name
    await pbx.redirect(name, DialplanPlace("ami-test", "200"))
    await pbx.hangup(name, HangupCause.USER_BUSY)
    await listening.first(ChannelHungUp, 2)
    causes = {hung_up.channel.uniqueid: hung_up.cause for hung_up in listening.all(ChannelHungUp)}
    assert causes["sw-1"] == HangupCause.USER_BUSY
    for verb in (pbx.hangup(name), pbx.redirect(name, WAITING), pbx.wake(name)):
        with pytest.raises(NoSuchChannel):
            await verb


async def test_a_call_that_reaches_nobody(running: tuple[AsteriskPbx, Listening]) -> None:
    pbx, listening = running
    await pbx.originate(OriginateRequest("sw-2", "PJSIP/alice", WAITING, ring_seconds=1))
    ended = await listening.first(OriginateEnded)
    assert (ended.channel_id, ended.answered) == ("sw-2", False)
    await pbx.originate(
        OriginateRequest("sw-3", "Local/500@ami-test", WAITING, ring_seconds=5, other_channel_id="sw-3b")
    )
    ended = await listening.first(OriginateEnded, 2)
    assert (ended.channel_id, ended.answered) == ("sw-3", False)
    assert (await listening.first(DialEnded)).channel is None


async def test_lamps_are_lit_or_the_refusal_is_heard(
    running: tuple[AsteriskPbx, Listening], asterisk: Asterisk
) -> None:
    pbx, listening = running
    await pbx.show_lamps([Lamp("alice", 3, 1)])
    await pbx.show_lamps([Lamp("a" * 32, 9999, 9999)] * MOST_LAMPS)
    await listening.first(ChannelHungUp, 4)  # two halves each, and none is left
    assert (await pbx.state()).channels == {}
    await asterisk.cli("module unload app_minivm.so")
    with pytest.raises(ActionFailed):
        await pbx.show_lamps([Lamp("alice", 0, 0)])
    await asterisk.cli("dialplan remove context switchroom-lamps")  # an older dialplan in an Asterisk taken over
    with pytest.raises(ActionFailed):
        await pbx.show_lamps([Lamp("alice", 0, 0)])


async def test_what_is_kept_of_a_fax(running: tuple[AsteriskPbx, Listening], asterisk: Asterisk) -> None:
    pbx, listening = running
    await asterisk.cli('database put switchroom-fax fax-1 "SUCCESS:3:+370 5"')
    assert [await pbx.fax_word(name) for name in ("fax-1", "fax-2")] == ["SUCCESS:3:+370 5", None]
    await pbx.forget_fax_word("fax-1")
    assert await pbx.fax_word("fax-1") is None
    await pbx.forget_fax_word("fax-1")
    await listening.first(ChannelHungUp, 4)  # two halves each, and none is left
    assert (await pbx.state()).channels == {}
    assert await pbx.fax_pages("PJSIP/trunk-00000001") is None
    await asterisk.cli("dialplan remove context switchroom-fax-word")  # an older dialplan in an Asterisk taken over
    with pytest.raises(ActionFailed):
        await pbx.forget_fax_word("fax-1")


async def test_a_restart_is_a_gap(running: tuple[AsteriskPbx, Listening], asterisk: Asterisk) -> None:
    pbx, listening = running
    await pbx.originate(OriginateRequest("sw-1", "Local/200@ami-test", WAITING, other_channel_id="sw-1b"))
    await listening.first(OriginateEnded)
    await asterisk.stop(0)
    lost = await listening.first(PbxLost)
    await asterisk.start()
    found = await listening.first(PbxFound, 2)
    assert found.gap is not None
    assert (found.gap.since, found.state.channels) == (lost.since, {})
    assert listening.all(ShuttingDown)
    await pbx.state()


async def test_rights_are_as_narrow_as_we_think(asterisk: Asterisk) -> None:
    heard = Heard()
    link = AmiLink(settings(asterisk), heard.message, heard.change)
    async with running_link(link):
        await heard.up()
        for action in ("Originate", "Command", "MixMonitor", "ModuleLoad", "GetConfig"):
            with pytest.raises(ActionFailed, match="Permission denied"):
                await link.action(action, {"Channel": "Local/200@ami-test", "Command": "core show uptime"})


async def test_a_wrong_password(asterisk: Asterisk) -> None:
    heard = Heard()
    link = AmiLink(settings(asterisk, secret="wrong-secret"), heard.message, heard.change)
    async with running_link(link):
        await heard.until(lambda: bool(heard.changes))
        assert heard.states == [LinkState.REFUSED]
        assert "Authentication failed" in heard.changes[0].reason
