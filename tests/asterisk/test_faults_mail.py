"""No message is lost and none is mailed twice, whatever moods a mail server has, and on a full disk."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
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
from pbx.traces import running_pid
from tests.asterisk.house import PATIENT, House, house
from tests.asterisk.mailbox_house import (
    MENU,
    SALES,
    Ledger,
    PostOffice,
    hears,
    leave,
    phrase,
    render_voices,
    site_with_mail,
    tone,
)

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]


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
    await stage.ledger.nothing_dropped()


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
        async with asyncio.timeout(PATIENT):
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
    await stage.ledger.nothing_dropped()


# The last here: Asterisk is started again meanwhile.
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
    await stage.ledger.nothing_dropped()
