"""Messages taken by a real Asterisk from a real phone: what lies on disk afterwards, and what the phone heard."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from callrouter.reception import Reception
from callrouter.waiting import Wakeable
from ivr import phrases
from ivr.conversation import CallerGone, EndedBy, Recording, Taking
from ivr.message import Message, take_message
from pbx.softphone_call import SoftCall
from pbx.softphone_phone import Phone
from pbx.tones import hears
from tests.asterisk.house import MAILBOX, PATIENT, House, house, patience
from tests.asterisk.listening import when_heard
from tests.asterisk.mailbox_house import complete

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

TAKING = Taking(longest=8.0, silence=2.0)
#: The tone, and what the way to the phone takes.
BEEP = 0.7


@dataclass
class Desk:
    """Takes one message of every caller, instead of the reception."""

    home: House
    customer: Phone
    #: Make Asterisk write into a full disk.
    full: bool = False
    calls: list[SoftCall] = field(default_factory=list)
    #: The recording that runs, or ran last.
    file: Path = Path()
    begun: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(maxsize=20))
    taken: asyncio.Queue[Message] = field(default_factory=lambda: asyncio.Queue(maxsize=20))

    async def began(self, path: str) -> None:
        if self.full:
            await asyncio.to_thread(os.symlink, "/dev/full", path)
        self.begun.put_nowait(path)

    async def receive(self, conversation: Wakeable, *_: object) -> None:
        site = self.home.switchroom.site
        message = await take_message(
            conversation, site, "en",
            greeting=[phrases.phrase(site, "leave_message", "en")], taking=TAKING, least=1.0, began=self.began,
        )  # fmt: skip
        self.taken.put_nowait(message)
        with suppress(CallerGone):
            # Not at once: the phone is not done with its key.
            await conversation.play([phrases.phrase(site, "thank_you" if message.recording else "no_answer", "en")])
            await conversation.hangup()

    async def dial(self) -> SoftCall:
        """Dial, and wait until we answer."""
        call = await self.customer.call(MAILBOX)
        self.calls.append(call)
        await call.confirmed()
        return call

    async def call(self) -> SoftCall:
        """Dial, cut the greeting, and hear the tone."""
        call = await self.dial()
        await call.keys("5")
        await self.recording(call)
        return call

    async def recording(self, call: SoftCall) -> None:
        """Wait until the next recording runs."""
        async with asyncio.timeout(PATIENT):
            self.file = Path(await self.begun.get())
        assert await call.lasts(BEEP)

    async def recorded(self) -> None:
        """Wait until the recording is over; what is said or asked then comes at once."""
        await asyncio.to_thread(complete, self.file)

    async def message(self, deadline: float = PATIENT) -> Message:
        """Return the next message that was taken; the drop folder holds no other."""
        async with asyncio.timeout(deadline):
            message = await self.taken.get()
        paths = [message.recording.path] if message.recording is not None else []
        assert await asyncio.to_thread(self._in_drop) == paths
        return message

    def _in_drop(self) -> list[str]:
        return [str(path) for path in self._drop.glob("*.wav")]

    def sweep(self) -> None:
        """Remove what the reception would have kept."""
        for path in self._drop.glob("*.wav"):
            path.unlink()

    @property
    def _drop(self) -> Path:
        return self.home.switchroom.settings.data.absolute() / "drop"


@dataclass
class Stage:
    """A server for all tests here, and a customer's phone."""

    home: House
    customer: Phone


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with house(tmp_path_factory.mktemp("house")) as home:
        yield Stage(home, await home.caller())


@pytest_asyncio.fixture(loop_scope="module")
async def desk(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """A desk for one call; afterwards nothing is left of it."""
    one = Desk(stage.home, stage.customer)
    monkeypatch.setattr(Reception, "receive", lambda _, leg, arrival, __: one.receive(leg, arrival))
    yield one
    for call in one.calls:
        await call.hang_up()
    await stage.home.settled()
    await asyncio.to_thread(one.sweep)


def recorded(message: Message) -> Recording:
    assert message.recording is not None
    return message.recording


async def speak(call: SoftCall, hz: float, seconds: float) -> None:
    """Say a tone for so long."""
    await call.play_tone(hz)
    assert await call.lasts(seconds)
    await call.be_silent()


def stored(recording: Recording) -> float:
    return (Path(recording.path).stat().st_size - 44) / 16_000


async def test_hash_ends_it_and_1_keeps_it(desk: Desk) -> None:
    call = await desk.call()
    await speak(call, 600, 2.0)
    await call.keys("# w1 1")
    message = await desk.message()
    recording = recorded(message)
    assert message == Message(recording)
    assert recording.ended_by is EndedBy.KEY
    assert recording.seconds == stored(recording)
    assert 1.5 < recording.seconds < 2.0 + patience(1.5)
    assert hears(Path(recording.path), 600, 1.0)
    await call.ended()


async def test_hanging_up_leaves_what_was_said(desk: Desk) -> None:
    call = await desk.call()
    await speak(call, 600, 2.0)
    await call.hang_up()
    message = await desk.message()
    recording = recorded(message)
    assert message == Message(recording, gone=True)
    assert recording.ended_by is EndedBy.HANGUP
    assert recording.seconds == stored(recording)
    assert hears(Path(recording.path), 600, 1.0)


async def test_silence_ends_it_and_a_second_of_it_stays(desk: Desk) -> None:
    call = await desk.call()
    await speak(call, 600, 2.0)
    await desk.recorded()
    assert await call.lasts(0.5)  # into the question
    await call.hang_up()
    message = await desk.message()
    recording = recorded(message)
    assert message == Message(recording, gone=True)
    assert recording.ended_by is EndedBy.SILENCE
    assert recording.seconds == stored(recording)
    assert 1.8 < recording.said < 2.0 + patience(0.8)
    assert hears(Path(recording.path), 600, 1.0)


async def test_the_limit_ends_it_too(desk: Desk) -> None:
    call = await desk.call()
    await call.play_tone(600)
    await desk.recorded()
    await call.keys("w0.5 1")
    recording = recorded(await desk.message())
    assert recording.ended_by is EndedBy.LONGEST
    assert recording.seconds == pytest.approx(TAKING.longest, abs=patience(0.2))


async def test_who_says_nothing_is_asked_nothing(desk: Desk) -> None:
    await desk.call()
    message = await desk.message(patience(TAKING.silence + 1.0))
    recording = recorded(message)
    assert message == Message(recording, empty=True)
    assert recording.ended_by is EndedBy.SILENCE
    assert recording.said < 0.2


async def test_who_is_gone_before_the_tone_left_nothing(desk: Desk) -> None:
    call = await desk.dial()
    assert await call.lasts(0.5)
    await call.hang_up()
    assert await desk.message() == Message(None, empty=True, gone=True)


async def test_2_plays_what_was_said(desk: Desk, tmp_path: Path) -> None:
    call = await desk.call()
    await speak(call, 600, 2.0)
    await call.keys("#")
    await desk.recorded()
    await call.start_recording(tmp_path / "heard.wav")
    await call.keys("w0.5 2")
    assert await call.lasts(4.0)
    await call.stop_recording()
    await call.keys("1")
    message = await desk.message()
    assert message == Message(recorded(message))
    assert hears(tmp_path / "heard.wav", 600, 1.0)


async def test_3_records_anew_and_the_first_is_gone(desk: Desk) -> None:
    call = await desk.call()
    await speak(call, 600, 2.0)
    await call.keys("#")
    await desk.recorded()
    await call.keys("w0.5 3")
    await desk.recording(call)
    await speak(call, 900, 2.0)
    await call.keys("# w0.5 1")
    recording = recorded(await desk.message())
    assert hears(Path(recording.path), 900, 1.0)
    assert not hears(Path(recording.path), 600, 0.2)


async def test_hash_in_the_tone_is_too_short_and_leaves_no_file(desk: Desk, tmp_path: Path) -> None:
    call = await desk.dial()
    await call.start_recording(tmp_path / "heard.wav")
    await call.keys("5")
    first = await desk.begun.get()
    await call.keys("#")
    await desk.recording(call)
    assert not Path(first).exists()  # noqa: ASYNC240  a look, in a test
    await speak(call, 600, 1.5)
    await call.keys("# w0.5 1")
    message = await desk.message()
    assert recorded(message).path != first
    home = desk.home.switchroom
    said = home.book.path_of(phrases.phrase(home.site, "message_too_short", "en"))
    assert await asyncio.to_thread(when_heard, tmp_path / "heard.wav", said) is not None


@pytest.mark.parametrize("seconds", [0.5, 5.0], ids=["within Asterisk's buffer", "beyond it"])
async def test_a_full_disk_is_told_and_the_call_goes_on(desk: Desk, seconds: float, tmp_path: Path) -> None:
    desk.full = True
    call = await desk.call()
    await call.start_recording(tmp_path / "heard.wav")
    await speak(call, 600, seconds)
    await call.keys("#")
    assert await desk.message() == Message(None, empty=True, refused=True)
    await call.ended()
    home = desk.home.switchroom
    said = home.book.path_of(phrases.phrase(home.site, "cannot_record", "en"))
    assert await asyncio.to_thread(when_heard, tmp_path / "heard.wav", said) is not None
