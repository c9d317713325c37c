"""No message is lost and none is mailed twice: not by kill -9, a mail server's moods, nor a full disk."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from callrouter import events as ev
from callrouter import left_behind
from callrouter.events import Event
from callrouter.messages import LeftMessage
from ivr import phrases
from ledger.deliveries import Deliveries
from ledger.delivery_model import DeliveryState
from ledger.errors import SpoolFull
from ledger.spool import SpoolFile
from pbx.render import layout
from pbx.softphone_call import SoftCall
from pbx.traces import running_pid
from server.demo.mail_server import CaughtMail
from tests.asterisk.house import House, Tenant, house, tenant
from tests.asterisk.listening import when_heard
from tests.asterisk.mailbox_house import (
    CAREFUL,
    MENU,
    SALES,
    SCRIBE,
    TONE,
    Ledger,
    PostOffice,
    hears,
    leave,
    phrase,
    render_voices,
    site_with_mail,
    tone,
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
    #: How long the one who spoke on was on the line after the tone, seconds.
    spoken_for: float = 0.0

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


async def test_what_was_said_after_the_kill_is_in_the_sound(drama: Drama) -> None:
    kept = "SELECT seconds, partial FROM voicemail_messages WHERE ani = ?"
    ((seconds, partial),) = await asyncio.to_thread(drama.ledger.rows, kept, SPEAKING[1])
    assert seconds > drama.spoken_for > 3.0
    assert partial


async def test_nothing_is_left_in_the_drop_folder(drama: Drama) -> None:
    assert await asyncio.to_thread(drama.ledger.drop) == []
    assert len(drama.post.mails) == len(KILLED)


# ------------------------------------------------------------------------- moods of a mail server, and full disks


@dataclass(frozen=True)
class Stage:
    """A server whose mail goes to a moody post office."""

    home: House
    post: PostOffice
    ledger: Ledger
    voices: dict[str, Path]

    @property
    def deliveries(self) -> Deliveries:
        return self.home.switchroom.mailroom.deliveries

    async def leave(self, name: str, mailbox: str = "sales") -> str:
        """Let a message come in as one does that was recorded; return its id."""
        server = self.home.switchroom
        path = server.settings.drop / f"{name.encode().hex()[:40]}.wav"
        await asyncio.to_thread(shutil.copy, self.voices["short"], path)
        left = LeftMessage(mailbox, path, server.clock.now(), 4.0, call="c", ani="+37060000300", ani_name=name)
        file = await server.mailroom.voicemail.keep(left)
        await server.mailroom.voicemail.done(left)
        return file.partition(".")[0]

    async def attempts(self, message: str) -> list[str]:
        """Return how each attempt to mail a message ended."""
        deliveries = await self.deliveries.list_about("voicemail", [message])
        return [attempt.result for attempt in await self.deliveries.attempts([one.id for one in deliveries])]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    folder = tmp_path_factory.mktemp("moods")
    async with AsyncExitStack() as stack:
        post = await stack.enter_async_context(PostOffice())
        site = await asyncio.to_thread(site_with_mail, folder, post.port)
        home = await stack.enter_async_context(house(folder / "data", site))
        yield Stage(home, post, Ledger(folder / "data"), await render_voices())


async def test_a_mail_server_that_was_down_gets_it_later(stage: Stage) -> None:
    name = "Down Under"
    await stage.post.__aexit__(None, None, None)
    try:
        id_ = await stage.leave(name)
        await stage.ledger.until("SELECT 1 FROM delivery_attempts WHERE result = 'later'")
    finally:
        await stage.post.__aenter__()
    assert len(await stage.post.about(name)) == 1
    await stage.ledger.idle()
    assert len(stage.post.of(name)) == 1
    assert await stage.attempts(id_) == ["later", "accepted"]


async def test_one_address_refused_does_not_trouble_the_other(stage: Stage) -> None:
    name, voicemail = "Pair Wise", stage.home.switchroom.mailroom.voicemail
    stage.post.refuses = {"two@test.example"}
    id_ = await stage.leave(name, "pair")
    await stage.ledger.until("SELECT 1 FROM deliveries WHERE about = ? AND state = 'refused'", id_)
    await stage.post.about(name)
    await stage.ledger.idle()
    assert [mail.recipients for mail in stage.post.of(name)] == [("one@test.example",)]
    settled = "SELECT settled_at IS NOT NULL FROM spool_files WHERE name LIKE ? || '%'"
    assert await asyncio.to_thread(stage.ledger.rows, settled, id_) == [(0,)]  # the original stays
    (refused,) = await stage.deliveries.list_in(DeliveryState.REFUSED)
    assert (refused.about, refused.receiver) == (id_, "two@test.example")
    assert "550 5.1.1 Nobody of that name" in refused.last_reply
    assert "refused" in [step.what for step in await voicemail.ledger(id_)]

    stage.post.refuses = set()
    await stage.deliveries.try_again(refused.id)
    await stage.post.about(name, 2)
    await stage.ledger.idle()
    assert [mail.recipients for mail in stage.post.of(name)] == [("one@test.example",), ("two@test.example",)]
    assert await asyncio.to_thread(stage.ledger.rows, settled, id_) == [(1,)]


async def test_a_server_that_forgets_to_answer_gets_the_same_mail_again(stage: Stage) -> None:
    """The one duplicate there can be: who took a mail and did not say so gets it twice, under one Message-ID."""
    name = "Cut Off"
    stage.post.forgets = {name}
    id_ = await stage.leave(name)
    one, other = await stage.post.about(name, 2)
    await stage.ledger.idle()
    assert len(stage.post.of(name)) == 2
    assert one.message["Message-ID"] == other.message["Message-ID"]
    assert await stage.attempts(id_) == ["later", "accepted"]


async def test_where_no_sound_fits_the_mail_goes_without_and_says_so(stage: Stage) -> None:
    name = "Too Large"
    stage.post.takes(20_000)
    try:
        await stage.leave(name)
        (mail,) = await stage.post.about(name)
    finally:
        stage.post.takes(32_000_000)
    assert not mail.attachments
    assert "the mail server takes no mail of this size" in mail.text
    await stage.ledger.idle()
    assert stage.post.of(name) == [mail]


async def test_a_callers_name_cannot_write_headers_or_html(stage: Stage) -> None:
    name = 'Eve "E"\r\nBcc: victim@evil.example\r\n\r\n<img src=x onerror=alert(1)>'
    await stage.leave(name)
    (mail,) = await stage.post.about("Eve")
    assert mail.recipients == ("sales@test.example",)
    assert mail.message["Bcc"] is None and mail.message.get_all("To") == ["sales@test.example"]
    assert "victim@evil.example" in mail.subject  # as text, on the one line
    assert "<img" not in mail.html and "&lt;img src=x" in mail.html


async def test_a_name_from_the_line_is_only_text_too(stage: Stage) -> None:
    name, number = "Mal <b>Ory</b> & Sons", "+37060000311"
    call = await leave(stage.home, SALES, stage.voices["short"], name, number)
    await call.ended()
    (mail,) = await stage.post.about("Mal")
    assert mail.recipients == ("sales@test.example",)
    assert "<b>Ory" not in mail.html and "&lt;b&gt;Ory&lt;/b&gt; &amp; Sons" in mail.html


async def test_a_disk_that_is_full_while_a_caller_speaks(stage: Stage, tmp_path: Path) -> None:
    home, number = stage.home, "+37060000321"
    server = home.switchroom

    def fill(event: Event, _: object) -> None:
        if isinstance(event, ev.MessageBegun):
            (server.settings.drop / event.file).symlink_to("/dev/full")

    before = len(stage.post.mails)
    end = server.chronicle.watch(fill)
    try:
        call = await home.call(MENU, number, "Full Disk")
        heard = await call.start_recording(tmp_path / "heard.wav")
        await call.keys("4")
        await tone(home, number)
        await call.play_through(stage.voices["short"])
        await call.keys("#")
        told = await hears(call, heard, phrase(server, "cannot_record"))
        menu = server.site.menus["main"].say
        assert menu is not None
        await hears(call, heard, server.book.path_of(phrases.spoken(server.site, menu, "en")), since=told + 1.0)
        await call.hang_up()
    finally:
        end()
    await home.settled()
    await stage.ledger.idle()
    assert await asyncio.to_thread(stage.ledger.rows, "SELECT 1 FROM voicemail_messages WHERE ani = ?", number) == []
    assert len(stage.post.mails) == before
    assert await asyncio.to_thread(stage.ledger.drop) == []


async def test_what_the_ledger_cannot_store_waits_in_the_drop_folder(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, name, number = stage.home, "Spool Full", "+37060000331"
    tried = asyncio.Event()

    async def full(*_: object, **__: object) -> SpoolFile:
        tried.set()
        raise SpoolFull

    with monkeypatch.context() as no_room:
        no_room.setattr(home.switchroom.spool, "adopt", full)
        call = await leave(home, SALES, stage.voices["short"], name, number)
        await call.ended()  # thanked: it is on disk
        tried.clear()
        async with asyncio.timeout(15):
            await tried.wait()  # in vain again
        waits = await asyncio.to_thread(stage.ledger.drop)
        assert sorted(Path(file).suffix for file in waits) == [".json", ".wav"]
    (mail,) = await stage.post.about(name)
    await stage.ledger.idle()
    assert stage.post.of(name) == [mail]
    message = await home.switchroom.mailroom.voicemail.get(str(mail.message["X-Switchroom-Message"]))
    assert message.ani == number
    story = await home.story(message.call)
    assert len([event for event in story if isinstance(event, ev.MessageTaken)]) == 1
    assert await asyncio.to_thread(stage.ledger.drop) == []


async def test_what_was_said_before_asterisk_died_is_kept(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(left_behind, "QUIET", 3.0)
    home, name, number = stage.home, "Line Lost", "+37060000341"
    call = await leave(home, SALES, None, name, number, keys="")
    await call.play(stage.voices["long"])
    assert await call.lasts(8.0)
    pid = running_pid(layout(home.switchroom.settings.asterisk))
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    (mail,) = await stage.post.about(name)
    message = await home.switchroom.mailroom.voicemail.get(str(mail.message["X-Switchroom-Message"]))
    assert message.partial and message.mailbox == "sales"
    assert message.seconds > 6.0  # Asterisk writes two seconds at a time
    await stage.ledger.idle()
    assert stage.post.of(name) == [mail]
    assert await asyncio.to_thread(stage.ledger.drop) == []
