"""Messages as they should be: real callers speak, a real mail server gets them, and people listen by phone."""

from __future__ import annotations

import asyncio
import io
import json
import math
import re
import time
import wave
from array import array
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from pydub import AudioSegment

from callrouter import events as ev
from pbx.softphone_errors import CallEnded
from pbx.softphone_phone import Phone
from server.call_back import CallBack
from server.commands import voicemail as command
from tests.asterisk.house import House, house
from tests.asterisk.listening import when_heard
from tests.asterisk.mailbox_house import (
    SAID,
    SALES,
    SCRIBE,
    Ledger,
    PostOffice,
    hears,
    leave,
    phrase,
    render_voices,
    site_with_mail,
    tone,
)
from tests.asterisk.talking import talk
from voicemail import promises
from voicemail.model import NotPossible

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

PIN = "4711"
#: A keypad's tones for these keys, hertz.
KEYPAD = {"5": (770, 1336), "6": (770, 1477), "7": (852, 1209)}


@dataclass(frozen=True)
class Stage:
    """A server for all tests here, who takes its mail, and what callers say."""

    home: House
    post: PostOffice
    voices: dict[str, Path]
    ledger: Ledger
    ann: Phone
    ben: Phone
    #: Plays the carrier who takes our calls.
    carrier: Phone


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    folder = tmp_path_factory.mktemp("messages")
    async with AsyncExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(promises, "WAIT_FOR_WORDS", timedelta(minutes=10))  # who recognises words may be slow here
        post = await stack.enter_async_context(PostOffice())
        site = await asyncio.to_thread(site_with_mail, folder, post.port)
        home = await stack.enter_async_context(house(folder / "data", site))
        trunk = home.switchroom.site.pbx.trunk
        ann = await home.operator("ann", log_in=False)
        # In the process of Ann's phone: beside a customer's it would not get the calls for that customer's number.
        carrier = await home.phones.caller("carrier", server=home.server, bind=trunk, port=5060)
        ben = await home.operator("ben", log_in=False)
        yield Stage(home, post, await render_voices(), Ledger(folder / "data"), ann, ben, carrier)


def understood(said: str, heard: str) -> float:
    """Return the share of different words said that were heard."""
    words, found = (set(re.findall(r"[a-z]+", text.lower())) for text in (said, heard))
    return len(words & found) / len(words)


async def test_a_message_comes_as_a_mail_with_sound_and_text(stage: Stage, capfd: pytest.CaptureFixture[str]) -> None:
    home, name, number = stage.home, "Mary Long", "+37060000101"
    call = await leave(home, SCRIBE, stage.voices["short"], name, number, keys="# w1 1")
    assert (await call.ended()).by == "there"
    (mail,) = await stage.post.about(name, deadline=100)
    await stage.ledger.idle()
    assert stage.post.of(name) == [mail]

    assert mail.recipients == ("scribe@test.example",)
    assert number in mail.text and number in mail.html
    id_ = str(mail.message["X-Switchroom-Message"])
    message = await home.switchroom.mailroom.voicemail.get(id_)
    assert understood(SAID["short"], message.text) > 0.8
    assert all(word in mail.text for word in message.text.split())
    (attached,) = mail.attachments
    sound = AudioSegment.from_file(io.BytesIO(attached.content), Path(attached.name).suffix[1:])
    assert sound.duration_seconds == pytest.approx(message.seconds, abs=0.5)
    assert sound.dBFS > -30
    spoken = stage.voices["short"].with_suffix("")
    assert await asyncio.to_thread(when_heard, stage.ledger.sound(id_), spoken) is not None

    story = await home.story(message.call)
    assert [e.KIND for e in story if isinstance(e, (ev.MessageBegun, ev.MessageTaken))] == [
        "message_begun", "message_taken",
    ]  # fmt: skip
    assert [e.outcome for e in story if isinstance(e, ev.CallEnded)] == ["voicemail"]
    await stage.ledger.nothing_dropped()

    data = stage.ledger.data
    capfd.readouterr()
    assert await asyncio.to_thread(command.list_messages, data, "scribe", "open", "price", json=False) == 0
    heads, line = capfd.readouterr().out.splitlines()
    assert heads.split()[0] == "Time" and number in line and id_[:12] in line
    assert await asyncio.to_thread(command.show, data, id_[:12], json=True) == 0
    shown = json.loads(capfd.readouterr().out)
    steps = [step["what"] for step in shown["ledger"]]
    assert steps == ["recorded", "stored", "examined", "transcribed", "mailing", "mailed"]
    assert [(m["to"], m["state"], m["attempts"]) for m in shown["mails"]] == [("scribe@test.example", "accepted", 1)]


def write_keypad(path: Path, keys: str, seconds: float) -> Path:
    """Write the tones of a keypad that sends them as sound; blocks."""
    each = int(8000 * seconds / len(keys))
    samples = array("h")
    for key in keys:
        low, high = KEYPAD[key]
        for n in range(each):
            sounds = n % 2000 < 1200  # pressed again and again
            both = math.sin(2 * math.pi * low * n / 8000) + math.sin(2 * math.pi * high * n / 8000)
            samples.append(int(9_000 * both) if sounds else 0)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, len(samples), "NONE", ""))
        file.writeframes(samples.tobytes())
    return path


async def test_who_does_not_speak_is_a_missed_contact(stage: Stage, tmp_path: Path) -> None:
    keypad = await asyncio.to_thread(write_keypad, tmp_path / "keys.wav", "567", 3.0)
    seen = ("abandoned", "voicemail")
    not_seen = ("voicemail", "")  # while he is on the line we cannot tell
    await asyncio.gather(
        is_missed(stage, "says nothing", "+37060000111", None, "", seen),
        is_missed(stage, "presses keys", "+37060000112", None, "5 w0.8 6 w0.8 7 w0.8", seen),
        is_missed(stage, "keys that sound", "+37060000113", keypad, "", not_seen),
    )


async def is_missed(
    stage: Stage, name: str, number: str, sound: Path | None, keys: str, ended: tuple[str, str]
) -> None:
    """Let a caller not speak, and check that no mail tells of him and the inbox does."""
    home, voicemail = stage.home, stage.home.switchroom.mailroom.voicemail
    call = await leave(home, SALES, sound, name, number, keys)
    await call.ended()
    id_ = await stage.ledger.message(name)
    await stage.ledger.until("SELECT 1 FROM voicemail_messages WHERE id = ? AND empty IS NOT NULL", id_)
    message = await voicemail.get(id_)
    assert message.empty
    await stage.ledger.idle()
    assert stage.post.of(name) == []
    assert await voicemail.deliveries_of(id_) == []
    ends = [event for event in await home.story(message.call) if isinstance(event, ev.CallEnded)]
    assert [(end.outcome, end.abandoned_in) for end in ends] == [ended]


async def test_three_wrong_pins_lock_a_phone(stage: Stage, tmp_path: Path) -> None:
    call = await stage.ben.call("*97")
    await call.confirmed()
    heard = await call.start_recording(tmp_path / "ben.wav")
    server = stage.home.switchroom
    since = await hears(call, heard, phrase(server, "inbox_pin"))  # before that nobody may listen yet
    for guess in ("0000", "1234", "4710"):
        await call.keys(f"{guess}#")  # cuts what is said
        since = await hears(call, heard, phrase(server, "inbox_pin_wrong"), since=since) + 0.5
    await call.ended()
    assert await asyncio.to_thread(when_heard, heard.path, phrase(server, "inbox_locked"), since) is not None

    again = await stage.ben.call("*97")
    await again.confirmed()
    heard = await again.start_recording(tmp_path / "again.wav")
    await again.ended()
    assert await asyncio.to_thread(when_heard, heard.path, phrase(server, "inbox_locked")) is not None
    await stage.home.settled()


async def test_messages_are_listened_to_by_phone(stage: Stage, tmp_path: Path) -> None:
    home, server, voicemail = stage.home, stage.home.switchroom, stage.home.switchroom.mailroom.voicemail
    first = asyncio.create_task(leave(home, SALES, stage.voices["short"], "short", "+37060000121"))
    await tone(home, "+37060000121")  # so that it is the older one
    await asyncio.gather(first, leave(home, SALES, stage.voices["other"], "other", "+37060000122"))
    ids = {name: await stage.ledger.message(name) for name in ("short", "other")}
    for name in ids:
        await stage.post.about(name)
    sounds = {name: path.with_suffix("") for name, path in stage.voices.items()}

    call = await stage.ann.call("*97")
    await call.confirmed()
    heard = await call.start_recording(tmp_path / "ann.wav")
    await hears(call, heard, phrase(server, "inbox_pin"))  # who types sooner may type before anybody listens
    await call.keys(f"{PIN}#")
    await hears(call, heard, phrase(server, "inbox_2"))
    await hears(call, heard, sounds["short"])
    await call.keys("2")
    await hears(call, heard, sounds["other"])
    await call.keys("3")
    await hears(call, heard, phrase(server, "inbox_deleted"))
    await call.ended()
    assert await asyncio.to_thread(when_heard, heard.path, phrase(server, "inbox_end")) is not None
    assert (await voicemail.get(ids["other"])).deleted_by == "ann"
    assert (await voicemail.get(ids["short"])).heard_by == "ann"

    call = await stage.ann.call("*97")
    await call.confirmed()
    heard = await call.start_recording(tmp_path / "again.wav")
    await hears(call, heard, phrase(server, "inbox_pin"))  # who types sooner may type before anybody listens
    await call.keys(f"{PIN}#")
    await hears(call, heard, phrase(server, "inbox_old"))
    await hears(call, heard, sounds["short"])
    await call.keys("4")
    outside = await stage.carrier.incoming()
    await outside.answer()
    await call.stop_recording()
    await talk(call, outside, tmp_path)
    await outside.hang_up()
    await stage.ledger.until("SELECT 1 FROM voicemail_steps WHERE message = ? AND what = 'called back'", ids["short"])
    while not (await voicemail.get(ids["short"])).handled_by and await call.lasts(1.0):
        with suppress(CallEnded):  # it was heard the last time
            await call.keys("5")  # again if nothing was said yet: meanwhile Asterisk listens to no key
    await call.ended()
    assert (await voicemail.get(ids["short"])).handled_by == "ann"
    steps = [(step.what, step.by) for step in await voicemail.ledger(ids["short"])]
    assert steps.count(("called back", "ann")) == 1
    await home.settled()


async def test_calling_back_rings_the_own_phone_first(stage: Stage, tmp_path: Path) -> None:
    home, server, name = stage.home, stage.home.switchroom, "Call Me"
    await leave(home, SALES, stage.voices["short"], name, "+37060000131")
    message = await server.mailroom.voicemail.get(await stage.ledger.message(name))
    back = CallBack(server.outbound, server.mailroom.voicemail)
    for number in ("+37090012345", "+447700900123", "0", ""):
        with pytest.raises(NotPossible):
            await back.call_back("ann", number, message)
    assert not stage.ann.calls and not stage.carrier.calls

    await back.call_back("ann", message.ani, message)
    own = await stage.ann.incoming()
    assert not stage.carrier.calls
    await own.answer()
    outside = await stage.carrier.incoming()
    await outside.answer()
    begun = time.monotonic()
    await talk(own, outside, tmp_path)
    await outside.hang_up()
    await own.ended()
    what = "SELECT detail FROM voicemail_steps WHERE message = ? AND what = 'called back'"
    ((detail,),) = await stage.ledger.until(what, message.id)
    found = re.fullmatch(r"talked for (\d+) s", detail)
    assert found is not None and 1 <= int(found[1]) <= time.monotonic() - begun + 1
    told = [e for e in home.watch.events if isinstance(e, (ev.OutboundBegun, ev.OutboundEnded))][-2:]
    assert [(e.KIND, e.agent) for e in told] == [("outbound_begun", "ann"), ("outbound_ended", "ann")]
    await home.settled()


async def test_who_hangs_up_after_speaking_has_left_a_message(stage: Stage) -> None:
    name, number = "Hung Up", "+37060000141"
    call = await leave(stage.home, SALES, stage.voices["short"], name, number, keys="")
    await call.hang_up()
    (mail,) = await stage.post.about(name)
    id_ = str(mail.message["X-Switchroom-Message"])
    spoken = stage.voices["short"].with_suffix("")
    assert await asyncio.to_thread(when_heard, stage.ledger.sound(id_), spoken) is not None
    await tone(stage.home, number)
    await stage.ledger.idle()
    assert stage.post.of(name) == [mail]
