"""What is done to the site from a real phone: `*20` closes the line, and `*77` speaks a recording into the draft."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from callrouter import events as ev
from ledger.clock import SystemClock
from pbx.installation import default_cache
from pbx.softphone import Phones
from pbx.softphone_phone import Phone
from server.settings import Settings
from server.switchroom import running
from tests.asterisk.house import SALES, House
from tests.asterisk.listening import when_heard
from tests.server.sounds import voice

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

SITE = """
company: {name: Test, country: LT, timezone: Europe/Vilnius, languages: [en]}
numbers:
  "+370 5 211 0001": {go: sales}
  "+370 5 211 0002": {menu: hello}
menus:
  hello: {play: welcome, go: sales}
departments:
  sales: {mailbox: sales@test.example, closed: hangup, hours: always}
hours:
  always: {open: ["daily 00:00-24:00"]}
people:
  ann: {name: Ann Other, phone: 201, departments: [sales]}
mail: {server: 127.0.0.1, sender: sales@test.example}
by_phone: {closing: {pin: "4829"}, recording: {pin: "7301"}}
"""


class MovedClock(SystemClock):
    """The machine's clock, for the time of day moved on by a test."""

    ahead = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.ahead


@pytest.fixture(scope="module")
def clock() -> MovedClock:
    return MovedClock()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory, clock: MovedClock) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("by-phone")
    await asyncio.to_thread(voice, folder / "site" / "recordings" / "en" / "welcome.wav", 1.0)
    (folder / "site" / "site.yaml").write_text(SITE)
    settings = Settings(folder / "site", folder / "data", cache=default_cache(), asterisk_dies_with_us=True, drain=1.0)
    async with running(settings, clock=clock) as switchroom, Phones(2) as phones:
        yield House(switchroom, phones)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ann(home: House) -> Phone:
    return await home.operator("ann", log_in=False)


async def test_the_next_caller_hears_what_a_supervisor_said_who_closed_by_phone(
    home: House, ann: Phone, clock: MovedClock, tmp_path: Path
) -> None:
    server = home.switchroom
    until = (clock.now() + timedelta(minutes=40)).astimezone(server.site.company.zone).replace(second=0, microsecond=0)
    await asyncio.to_thread(voice, tmp_path / "said.wav", 9.0)
    supervisor = await ann.call("*20")
    await supervisor.confirmed()
    await supervisor.keys("w0.5 4829# w1 5 w1 3")
    # They speak on while they are told how to, and after the tone: then 1 takes it, and 4 asks for a time.
    await supervisor.play_through(tmp_path / "said.wav")
    await supervisor.keys(f"# w1.5 1 w1 4 w1 {until:%H%M}# w1.5 1")
    closed = await home.watch.kind(ev.LineClosed)
    assert isinstance(closed, ev.LineClosed)
    assert (closed.scope, closed.who, datetime.fromisoformat(closed.until)) == ("line", "ann", until)
    await supervisor.hang_up()

    watch = home.listen()
    caller = await home.caller()
    call = await caller.call(SALES)
    await call.confirmed()
    await call.start_recording(tmp_path / "heard.wav")
    await call.ended(60)
    end = await watch.ended()
    assert end.outcome == "closed"
    assert not [event for event in watch.events if isinstance(event, ev.CallQueued)]
    message = server.closures.recording(closed.play, "en")
    assert message is not None
    assert 1 < message.seconds < 10
    assert when_heard(tmp_path / "heard.wav", Path(message.path).with_suffix("")) is not None

    # When the time has come it is open by itself.
    clock.ahead = timedelta(minutes=41)
    again = await caller.call(SALES)
    await again.confirmed()
    queued = await home.watch.kind(ev.CallQueued)
    assert queued.department == "sales"
    await again.hang_up()
    await home.settled()


async def test_a_recording_spoken_by_phone_is_in_the_draft_and_nobody_hears_it_yet(
    home: House, ann: Phone, tmp_path: Path
) -> None:
    server = home.switchroom
    file = server.settings.site / "recordings" / "en" / "welcome.wav"
    heard_now = server.live.served.folder / "recordings" / "en" / "welcome.wav"
    before = await asyncio.to_thread(file.read_bytes)
    await asyncio.to_thread(voice, tmp_path / "said.wav", 12.0)
    admin = await ann.call("*77")
    await admin.confirmed()
    await admin.keys("w0.5 7301# w1 1#")
    # Somebody speaks on while the number and the recording of now are played, and after the tone.
    await admin.play_through(tmp_path / "said.wav")
    await admin.keys("#")
    async with asyncio.timeout(30):
        while await asyncio.to_thread(file.read_bytes) == before:  # nothing tells of it but the file
            await admin.keys("w1 1")  # to keep it, as soon as it was looked at
    await admin.hang_up()
    with wave.open(str(file)) as kept:
        assert (kept.getframerate(), kept.getnchannels()) == (8000, 1)
        assert 1.5 < kept.getnframes() / 8000 < 12.5
    assert await asyncio.to_thread(heard_now.read_bytes) == before
    await home.settled()
