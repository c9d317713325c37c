"""No message is lost and none is mailed twice, at whatever step of it the server is killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from callrouter import events as ev
from callrouter.events import Event
from pbx.softphone_call import SoftCall
from tests.asterisk.house import PATIENT, Tenant, tenant
from tests.asterisk.listening import when_heard
from tests.asterisk.mailbox_house import (
    CAREFUL,
    SALES,
    SCRIBE,
    TONE,
    Ledger,
    PostOffice,
    complete,
    render_voices,
    site_with_mail,
)

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(400)]


@dataclass
class Drama:
    """Six callers, one kill -9, and what there was in the end."""

    home: Tenant
    post: PostOffice
    ledger: Ledger
    voices: dict[str, Path]
    stories: dict[str, list[Event]] = field(default_factory=dict)
    #: How long the one who spoke on was on the line after the tone, seconds.
    spoken_for: float = 0.0

    async def dial(self, name: str, number: str, to: str) -> SoftCall:
        """Let a customer call."""
        call = await (await self.home.caller(number, name)).call(to)
        await call.confirmed()
        return call

    async def speaks(self, name: str, number: str, to: str, voice: str, *, on: bool = False) -> SoftCall:
        """Let a customer call and say a sentence after the tone; `on` for ever."""
        call = await self.dial(name, number, to)
        begun = """SELECT 1 FROM journal a JOIN journal b ON a.call = b.call
            WHERE a.kind = 'call_offered' AND json_extract(a.data, '$.ani') = ? AND b.kind = 'message_begun'"""
        await self.ledger.until(begun, number)
        assert await call.lasts(TONE)
        if on:
            await call.play(self.voices[voice], loop=True)
        else:
            await call.play_through(self.voices[voice])
        return call

    def kill_when(self, sql: str, *given: object) -> None:
        """Kill the server the moment that there are such rows; blocks."""
        assert self.home.process is not None
        self.ledger.wait(sql, *given, deadline=PATIENT)
        self.home.process.kill()

    def files_of(self, number: str) -> list[Path]:
        """Return the recordings that were begun for a caller; blocks."""
        named = """SELECT json_extract(b.data, '$.file') FROM journal a JOIN journal b ON a.call = b.call
            WHERE a.kind = 'call_offered' AND json_extract(a.data, '$.ani') = ? AND b.kind = 'message_begun'"""
        return [self.ledger.data / "drop" / str(name) for (name,) in self.ledger.rows(named, number)]

    async def nobody_there(self) -> None:
        """Let somebody leave a message with the emergency attendant."""
        call = await self.dial(*ALONE)
        await asyncio.to_thread(attendants_recording, self.ledger.data / "drop", ALONE[1])
        assert await call.lasts(TONE)
        await call.play_through(self.voices["other"])
        await call.keys("#")
        await call.ended()

    async def attendant_killed(self) -> Path:
        """Let somebody speak to an attendant who is killed meanwhile, and hang up; return the recording."""
        call = await self.dial(*RESCUED)
        file = await asyncio.to_thread(attendants_recording, self.ledger.data / "drop", RESCUED[1])
        assert await call.lasts(TONE)
        await call.play_through(self.voices["other"])
        os.kill(int(file.stem.rpartition("-")[2]), signal.SIGKILL)  # its name ends with its process's id
        await call.hang_up()
        await asyncio.to_thread(complete, file)
        return file


#: Who is in which step when the server is killed: (name, number, mailbox).
SPEAKING = ("Speaks On", "+37060000201", SALES)
REVIEWING = ("Re Viewer", "+37060000202", CAREFUL)
COMMITTED = ("Com Mitted", "+37060000203", SALES)
TRANSCRIBED = ("John Miller", "+37060000204", SCRIBE)
MAILED = ("May Ling", "+37060000205", SALES)
ALONE = ("+37060000206", "+37060000206", SALES)  # the attendant knows no names
RESCUED = ("+37060000207", "+37060000207", CAREFUL)
KILLED = [SPEAKING, REVIEWING, COMMITTED, TRANSCRIBED, MAILED, ALONE, RESCUED]
STEPS = ["speaking", "reviewing", "committed", "transcribed", "mailed", "nobody there", "the attendant killed too"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def drama(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Drama]:
    """Play it once for all tests of what came of it."""
    folder = tmp_path_factory.mktemp("killed")
    async with AsyncExitStack() as stack:
        post = await stack.enter_async_context(PostOffice())
        site = await asyncio.to_thread(site_with_mail, folder, post.port)
        home = await stack.enter_async_context(tenant(folder / "data", site=site))
        play = Drama(home, post, Ledger(folder / "data"), await render_voices())

        post.hangs = True
        await (await play.speaks(*MAILED, "short")).keys("#")
        async with asyncio.timeout(PATIENT):
            await post.hung.wait()
        long, *others = await asyncio.gather(
            play.speaks(*TRANSCRIBED, "long"),
            play.speaks(*COMMITTED, "other", on=True),
        )
        (committed,) = others
        speaking, reviewing = await asyncio.gather(
            play.speaks(*SPEAKING, "short", on=True), play.speaks(*REVIEWING, "short")
        )
        spoke_at = time.monotonic()
        await reviewing.keys("#")
        await long.keys("# w0.5 1")
        await play.ledger.until("SELECT 1 FROM jobs WHERE kind = 'voicemail.transcribe' AND state = 'running'")
        kept = "SELECT 1 FROM voicemail_messages WHERE ani = ?"
        killing = asyncio.create_task(asyncio.to_thread(play.kill_when, kept, COMMITTED[1]))
        await committed.keys("#")
        await killing
        assert home.process is not None
        await home.process.wait()
        running = "SELECT attempts FROM jobs WHERE kind = 'voicemail.transcribe' AND state = 'running'"
        assert await asyncio.to_thread(play.ledger.rows, running) == [(1,)]
        post.hangs = False

        for call in (committed, reviewing, long):
            await call.hang_up()
        assert await speaking.lasts(3.0)
        await speaking.hang_up()
        play.spoken_for = time.monotonic() - spoke_at
        await play.nobody_there()
        lay_there = [*play.files_of(REVIEWING[1]), await play.attendant_killed()]
        await asyncio.to_thread(grow_old, lay_there, 3 * 3600.0)

        await home.start()
        for name, _, _ in KILLED:
            await post.about(name, deadline=90.0)
        await play.ledger.idle()
        play.stories = await home.stories()
        yield play


def attendants_recording(drop: Path, number: str) -> Path:
    """Wait until an attendant has begun to record this caller; blocks."""
    end = time.monotonic() + PATIENT
    while True:
        for known in drop.glob(".*.begun"):
            if json.loads(known.read_text())["ani"] == number:
                return drop / f"{known.stem[1:]}.wav"
        assert time.monotonic() < end, "the attendant records nobody"
        time.sleep(0.02)


def grow_old(files: list[Path], seconds: float) -> None:
    """Let files lie there for so long already, those that still do; blocks."""
    for file in filter(Path.exists, files):
        os.utime(file, (time.time() - seconds, time.time() - seconds))


@pytest.mark.parametrize(("name", "number", "to"), KILLED, ids=STEPS)
async def test_killed_at_any_step_one_mail_comes(drama: Drama, name: str, number: str, to: str) -> None:
    (mail,) = drama.post.of(name)
    id_ = str(mail.message["X-Switchroom-Message"])
    assert await asyncio.to_thread(drama.ledger.rows, "SELECT id FROM voicemail_messages WHERE ani = ?", number) == [
        (id_,)
    ]
    said = {TRANSCRIBED: "long", COMMITTED: "other", ALONE: "other", RESCUED: "other"}.get((name, number, to), "short")
    sound = await asyncio.to_thread(drama.ledger.sound, id_)
    assert await asyncio.to_thread(when_heard, sound, drama.voices[said].with_suffix("")) is not None
    (story,) = [
        story
        for story in drama.stories.values()
        if any(isinstance(event, ev.CallOffered) and event.ani == number for event in story)
    ]
    taken = [event for event in story if isinstance(event, ev.MessageTaken)]
    assert [event.file.partition(".")[0] for event in taken] == [id_]
    ends = [event for event in story if isinstance(event, ev.CallEnded)]
    assert [end.outcome for end in ends] == ["voicemail"]


async def test_what_was_said_after_the_kill_is_in_the_sound(drama: Drama) -> None:
    kept = "SELECT seconds, partial FROM voicemail_messages WHERE ani = ?"
    ((seconds, partial),) = await asyncio.to_thread(drama.ledger.rows, kept, SPEAKING[1])
    assert seconds > drama.spoken_for > 3.0
    assert partial


async def test_nothing_is_left_in_the_drop_folder(drama: Drama) -> None:
    await drama.ledger.nothing_dropped()
    assert len(drama.post.mails) == len(KILLED)
