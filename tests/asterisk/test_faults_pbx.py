"""What Asterisk does to us: the manager link is lost and comes back, and Asterisk itself dies."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from callrouter import events as ev
from callrouter.agents import Deed
from callrouter.ami.errors import LinkDown
from callrouter.ami.link import AmiLink
from callrouter.ami.port import PbxLost
from callrouter.calls import fold
from ivr.agi.leg import LOOK
from tests.asterisk.house import MAIN, PATIENT, SALES, SERVICE, House, Watch, house, patience
from tests.asterisk.talking import hears, joined

pytestmark = pytest.mark.asterisk


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path / "data") as made:
        yield made


async def kick(home: House) -> None:
    """Let Asterisk cut our manager sessions off."""
    asterisk = home.switchroom.telephone.asterisk
    shown = await asterisk.cli("manager show connected")
    sessions = re.findall(r"^\s*switchroom\S*\s+127\.0\.0\.1\s+\d+\s+\d+\s+(\d+)", shown, re.MULTILINE)
    assert sessions, shown
    for session in sessions:
        await asterisk.cli(f"manager kick session {session}")


async def offered(watch: Watch, number: int) -> ev.CallOffered:
    """Return the call that came in as the first, second, …"""
    return (await watch.times(ev.CallOffered, number))[-1]


async def test_calls_go_on_while_the_link_is_lost_and_back(home: House) -> None:
    ann = await home.operator("ann")
    first = await home.call(SALES, "+37060000001")
    talking = await ann.incoming()
    await talking.answer()
    second = await home.call(SALES, "+37060000002")
    await home.watch.kind(ev.CallQueued, (await offered(home.watch, 2)).call)

    before = datetime.now(UTC)
    await kick(home)
    gap = await home.watch.kind(ev.LinkLost)
    assert isinstance(gap, ev.LinkLost)
    since, until = datetime.fromisoformat(gap.since), datetime.fromisoformat(gap.until)
    # Since the last thing heard: an answered ping is not older than its interval.
    assert (before - since).total_seconds() < patience(6.0)
    assert since <= until <= datetime.now(UTC)

    await joined(first, talking)
    await first.hang_up()
    waiting = await ann.incoming()
    assert waiting.number == "+37060000002"
    await waiting.answer()
    await second.hang_up()
    await home.settled()
    assert [e.outcome for e in home.watch.events if isinstance(e, ev.CallEnded)] == ["answered", "answered"]


async def test_agents_still_get_calls_while_the_link_is_down(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = await home.operator("ann")
    roster = home.switchroom.roster
    roster.do("ann", Deed.PAUSE, reason="lunch")
    call = await home.call(SALES)
    await home.watch.kind(ev.PositionTold)
    at_will = AmiLink._open

    async def no_link(_: AmiLink) -> object:
        raise LinkDown("the test holds it down")

    monkeypatch.setattr(AmiLink, "_open", no_link)
    lost = home.listen()
    is_down = asyncio.Event()
    home.switchroom.link.subscribe(lambda notice: is_down.set() if isinstance(notice, PbxLost) else None)
    await kick(home)
    async with asyncio.timeout(PATIENT):
        await is_down.wait()
    down = datetime.now(UTC)
    roster.do("ann", Deed.RESUME)
    free = asyncio.get_running_loop().time()
    ringing = await ann.incoming()
    assert asyncio.get_running_loop().time() - free <= LOOK + patience(0.5)
    begun = asyncio.get_running_loop().time()
    await ringing.answer()
    await joined(call, ringing)
    await ringing.hang_up()
    end = await home.watch.ended()
    ended = asyncio.get_running_loop().time()

    monkeypatch.setattr(AmiLink, "_open", at_will)
    gap = await lost.kind(ev.LinkLost)
    assert isinstance(gap, ev.LinkLost)
    assert datetime.fromisoformat(gap.since) <= down
    assert datetime.fromisoformat(gap.until) >= end.at
    await home.settled()
    record = fold(await home.story(end.call))
    assert record is not None
    assert (record.outcome, record.answered_by, record.hung_up_first) == ("answered", "ann", "agent")
    assert record.talked < ended - begun + 1.0
    assert record.odd == 0
    await home.free("ann")


async def test_asterisk_dies_and_comes_back(home: House, tmp_path: Path) -> None:
    ann = await home.operator("ann")
    await home.operator("ben")
    talking = await home.call(SALES, "+37060000001")
    operator = await ann.incoming()
    await operator.answer()
    await home.watch.kind(ev.CallAnswered)
    in_menu = await home.call(MAIN, "+37060000002")
    roster = home.switchroom.roster
    roster.do("ben", Deed.PAUSE)
    waiting = await home.call(SERVICE, "+37060000003")
    names = {number: (await offered(home.watch, number)).call for number in (1, 2, 3)}
    await home.watch.kind(ev.CallQueued, names[3])

    asterisk = home.switchroom.telephone.asterisk
    killed = asterisk.pid
    assert killed is not None
    with structlog.testing.capture_logs() as said:
        os.kill(killed, signal.SIGKILL)
        ends = {}
        for name in names.values():
            end = await home.watch.kind(ev.CallEnded, name)
            assert isinstance(end, ev.CallEnded)
            ends[name] = (end.outcome, end.hung_up_first, end.estimated)
        gap = await home.watch.kind(ev.LinkLost)
    assert list(ends.values()) == [
        ("answered", "unknown", True),
        ("failed", "unknown", True),
        ("failed", "unknown", True),
    ]
    assert isinstance(gap, ev.LinkLost)
    assert [line["signal"] for line in said if line["event"].startswith("Asterisk ended")] == [9]
    assert asterisk.pid not in (None, killed)
    for call in (talking, in_menu, waiting, operator):
        await call.hang_up()  # Asterisk knows nothing of it any more

    roster.do("ben", Deed.RESUME)
    await home.free("ann", "ben")
    again = await home.call(SALES, "+37060000004")
    ringing = await ann.incoming()
    await ringing.answer()
    await ringing.play_tone(440)
    await hears(again, 440, tmp_path)
    await again.hang_up()
    await home.settled()
    for name in names.values():
        story = await home.story(name)
        assert len([event for event in story if isinstance(event, ev.CallEnded)]) == 1
