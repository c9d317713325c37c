"""No message is lost and none is mailed twice: not by kill -9, a mail server's moods, nor a full disk."""

from __future__ import annotations

import asyncio
import os
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
from server.demo.mail_server import CaughtMail
from tests.asterisk.house import Tenant, tenant
from tests.asterisk.listening import when_heard
from tests.asterisk.mailbox_house import (
    CAREFUL,
    SALES,
    SCRIBE,
    TONE,
    Ledger,
    PostOffice,
    render_voices,
    site_with_mail,
)

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]

# ---------------------------------------------------------------------------------- killed at each step of a message


@dataclass
class Drama:
    """Six callers, one kill -9, and what there was in the end."""

    home: Tenant
    post: PostOffice
    ledger: Ledger
    voices: dict[str, Path]
    stories: dict[str, list[Event]] = field(default_factory=dict)

    async def dial(self, name: str, number: str, to: str) -> SoftCall:
        """Let a customer call."""
        call = await (await self.home.caller(number, name)).call(to)
        await call.confirmed(15.0)
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
        self.ledger.wait(sql, *given, deadline=30.0)
        self.home.process.kill()

    def files_of(self, number: str) -> list[Path]:
        """Return the recordings that were begun for a caller; blocks."""
        named = """SELECT json_extract(b.data, '$.file') FROM journal a JOIN journal b ON a.call = b.call
            WHERE a.kind = 'call_offered' AND json_extract(a.data, '$.ani') = ? AND b.kind = 'message_begun'"""
        return [self.ledger.data / "drop" / str(name) for (name,) in self.ledger.rows(named, number)]

    def mails(self, caller: str) -> list[CaughtMail]:
        return self.post.of(caller)


#: Who is in which step when the server is killed: (name, number, mailbox).
SPEAKING = ("Speaks On", "+37060000201", SALES)
REVIEWING = ("Re Viewer", "+37060000202", CAREFUL)
COMMITTED = ("Com Mitted", "+37060000203", SALES)
TRANSCRIBED = ("John Miller", "+37060000204", SCRIBE)
MAILED = ("May Ling", "+37060000205", SALES)
ALONE = ("+37060000206", "+37060000206", SALES)  # the attendant knows no names
KILLED = [SPEAKING, REVIEWING, COMMITTED, TRANSCRIBED, MAILED, ALONE]
STEPS = ["speaking", "reviewing", "committed", "transcribed", "mailed", "nobody there"]


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
        async with asyncio.timeout(30):
            await post.hung.wait()
        long, *others = await asyncio.gather(
            play.speaks(*TRANSCRIBED, "long"),
            play.speaks(*COMMITTED, "other", on=True),
        )
        (committed,) = others
        speaking, reviewing = await asyncio.gather(
            play.speaks(*SPEAKING, "short", on=True), play.speaks(*REVIEWING, "short")
        )
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
        alone = await play.dial(*ALONE)
        await asyncio.to_thread(attendant_records, play.ledger.data / "drop")
        assert await alone.lasts(TONE)
        await alone.play_through(play.voices["other"])
        await alone.keys("#")
        await alone.ended(20.0)
        await asyncio.to_thread(grow_old, play.files_of(REVIEWING[1]), 3 * 3600.0)

        await home.start()
        for name, _, _ in KILLED:
            await post.about(name, deadline=60.0)
        await play.ledger.idle()
        play.stories = await home.stories()
        yield play


def attendant_records(drop: Path) -> None:
    """Wait until an attendant has begun a recording; blocks."""
    end = time.monotonic() + 15.0
    while not [path for path in drop.glob("*.wav") if not path.name.startswith("taking-")]:
        assert time.monotonic() < end, "the attendant records nobody"
        time.sleep(0.02)


def grow_old(files: list[Path], seconds: float) -> None:
    """Let files lie there for so long already; blocks."""
    for file in files:
        os.utime(file, (time.time() - seconds, time.time() - seconds))


@pytest.mark.parametrize(("name", "number", "to"), KILLED, ids=STEPS)
async def test_killed_at_any_step_one_mail_comes(drama: Drama, name: str, number: str, to: str) -> None:
    (mail,) = drama.mails(name)
    id_ = str(mail.message["X-Switchroom-Message"])
    assert await asyncio.to_thread(drama.ledger.rows, "SELECT id FROM voicemail_messages WHERE ani = ?", number) == [
        (id_,)
    ]
    said = {TRANSCRIBED[1]: "long", COMMITTED[1]: "other", ALONE[1]: "other"}.get(number, "short")
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


async def test_nothing_is_left_in_the_drop_folder(drama: Drama) -> None:
    assert await asyncio.to_thread(drama.ledger.drop) == []
    assert len(drama.post.mails) == len(KILLED)
