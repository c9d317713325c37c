"""Softphones call each other on loopback, without a PBX: everything that a test of the PBX will rely upon."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pbx.softphone import Phones
from pbx.softphone_call import SoftCall
from pbx.softphone_errors import CallEnded, CommandRefused, PhoneGone, RegistrationRefused, TooLate, WorkerGone
from pbx.softphone_phone import Phone
from pbx.tones import hears, segments, tone_levels

NOWHERE = "127.0.0.1:9"


@pytest.fixture
async def phones() -> AsyncIterator[Phones]:
    async with Phones() as phones:
        yield phones


@pytest.fixture
async def ann(phones: Phones) -> Phone:
    return await phones.caller("700", 'Ann "A" Ąžuolė', server=NOWHERE)


@pytest.fixture
async def bob(phones: Phones) -> Phone:
    return await phones.caller("101", "Bob", server=NOWHERE, bind="127.0.0.3")


@dataclass(frozen=True)
class Talk:
    """Both ends of a call that is up."""

    out: SoftCall
    into: SoftCall


async def talk(caller: Phone, called: Phone) -> Talk:
    out = await caller.call(called.uri)
    into = await called.incoming()
    await into.answer()
    await out.confirmed()
    await asyncio.gather(out.media_is("active"), into.media_is("active"))
    return Talk(out, into)


async def test_the_called_phone_sees_who_calls_and_the_caller_hears_it_ring(ann: Phone, bob: Phone) -> None:
    out = await ann.call(bob.uri, {"X-Ticket": "4711"})
    into = await bob.incoming()

    assert (into.number, into.name) == ("700", 'Ann "A" Ąžuolė')
    assert into.headers["X-Ticket"] == "4711"
    assert "127.0.0.2" in into.headers["Via"]
    assert await out.ringing() >= out.made_at
    assert out.provisional == [180]
    assert out.confirmed_at is None


async def test_both_hear_each_other(ann: Phone, bob: Phone, tmp_path: Path) -> None:
    call = await talk(ann, bob)
    at_ann = await call.out.start_recording(tmp_path / "at-ann.wav")
    at_bob = await call.into.start_recording(tmp_path / "at-bob.wav")
    await call.out.play_tone(700)
    await call.into.play_tone(440)
    assert await call.out.lasts(1.0)
    await call.out.hang_up()
    await call.into.ended()

    assert hears(at_ann.path, 440, 0.7)
    assert hears(at_bob.path, 700, 0.7)
    assert not hears(at_ann.path, 700, 0.1)
    assert not hears(at_bob.path, 440, 0.1)
    levels = tone_levels(at_ann.path, (440, 700))
    assert levels[440] > levels[700] + 30


async def test_keys_arrive_one_by_one_with_their_times(ann: Phone, bob: Phone) -> None:
    call = await talk(ann, bob)
    pressed = await call.out.keys("10 w0.4 #")
    heard = await call.into.heard_keys("10#")

    assert [key.digit for key in pressed] == ["1", "0", "#"]
    assert pressed[2].at - pressed[1].at >= 0.5
    for sent, got in zip(pressed, heard, strict=True):
        assert 0 <= got.at - sent.at < 0.25


async def test_a_recording_starts_at_a_known_moment(ann: Phone, bob: Phone, tmp_path: Path) -> None:
    """So that the time from a key to the next prompt can be read from it."""
    call = await talk(ann, bob)
    recording = await call.out.start_recording(tmp_path / "at-ann.wav")
    assert await call.out.lasts(0.3)
    (pressed,) = await call.out.keys("1")
    await call.into.heard_keys("1")
    await call.into.play_tone(600)
    assert await call.out.lasts(0.3)
    await call.out.stop_recording()

    ((start, _),) = segments(recording.path)
    latency = recording.started + start - pressed.at
    assert 0.0 < latency < 0.3


async def test_a_file_is_said_to_its_end(ann: Phone, bob: Phone, tmp_path: Path) -> None:
    first = await talk(ann, bob)
    spoken = await first.out.start_recording(tmp_path / "tone.wav")
    await first.into.play_tone(500)
    assert await first.out.lasts(0.5)
    await first.out.stop_recording()

    again = await first.into.start_recording(tmp_path / "again.wav")
    await first.out.play_through(spoken.path, 5.0)
    await first.into.stop_recording()
    assert hears(again.path, 500, 0.2)


@pytest.mark.parametrize("who", ["caller", "called"])
async def test_either_side_hangs_up(ann: Phone, bob: Phone, who: str) -> None:
    call = await talk(ann, bob)
    first, second = (call.out, call.into) if who == "caller" else (call.into, call.out)

    assert (await first.hang_up()).by == "here"
    end = await second.ended()
    assert (end.code, end.by) == (200, "there")
    assert ann.calls == bob.calls == ()
    with pytest.raises(CallEnded):
        await second.keys("1")


@pytest.mark.parametrize("code", [486, 480, 603], ids=["busy", "unavailable", "declined"])
async def test_a_refused_call_ends_with_its_code(ann: Phone, bob: Phone, code: int) -> None:
    out = await ann.call(bob.uri)
    await (await bob.incoming()).reject(code)

    end = await out.ended()
    assert (end.code, end.by) == (code, "there")
    with pytest.raises(CallEnded) as caught:
        await out.confirmed()
    assert caught.value.code == code


async def test_a_caller_gives_up_before_the_answer(ann: Phone, bob: Phone) -> None:
    out = await ann.call(bob.uri)
    into = await bob.incoming()
    with pytest.raises(TooLate):
        await out.confirmed(0.1)
    end = await out.hang_up()

    assert (end.code, end.by) == (487, "here")
    assert (await into.ended()).by == "there"


async def test_automatic_answer_says_its_tone(ann: Phone, bob: Phone, tmp_path: Path) -> None:
    bob.auto_answer(after=0.2, tone_hz=550)
    out = await ann.call(bob.uri)
    answered = await out.confirmed()
    assert answered - out.made_at >= 0.2
    recording = await out.start_recording(tmp_path / "at-ann.wav")
    assert await out.lasts(0.6)
    await out.hang_up()
    assert hears(recording.path, 550, 0.3)


async def test_hold_stops_the_audio_and_resume_brings_it_back(ann: Phone, bob: Phone, tmp_path: Path) -> None:
    call = await talk(ann, bob)
    await call.into.play_tone(440)
    await call.into.hold()
    await call.out.media_is("held_there")
    held = await call.out.start_recording(tmp_path / "held.wav")
    assert await call.out.lasts(0.5)
    await call.out.stop_recording()

    await call.into.resume()
    await call.out.media_is("active")
    back = await call.out.start_recording(tmp_path / "back.wav")
    assert await call.out.lasts(0.5)
    await call.out.stop_recording()

    assert not hears(held.path, 440, 0.2)
    assert hears(back.path, 440, 0.2)


async def test_blind_transfer_sends_the_other_party_on(phones: Phones, ann: Phone, bob: Phone) -> None:
    cid = await phones.caller("102", "Cid", server=NOWHERE, bind="127.0.0.4")
    cid.auto_answer()
    call = await talk(ann, bob)

    assert await call.into.transfer(cid.uri) == 200
    await call.into.ended()
    await call.out.ended()
    onward = await call.out.referred()
    at_cid = await cid.incoming()
    await onward.media_is("active")
    assert at_cid.number == "700"
    assert ann.calls == (onward,)


async def test_attended_transfer_joins_the_other_two(phones: Phones, ann: Phone, bob: Phone) -> None:
    cid = await phones.caller("102", "Cid", server=NOWHERE, bind="127.0.0.4")
    first = await talk(ann, bob)
    await first.into.hold()
    second = await talk(bob, cid)

    assert await first.into.transfer_to(second.out) == 200
    at_ann = await first.out.referred()
    at_cid = await second.into.referred()
    await asyncio.gather(at_ann.confirmed(), at_cid.confirmed())
    await asyncio.gather(first.out.ended(), first.into.ended(), second.out.ended(), second.into.ended())
    assert (ann.calls, bob.calls, cid.calls) == ((at_ann,), (), (at_cid,))


async def test_a_vanished_phone_says_nothing_to_anybody(ann: Phone, bob: Phone, tmp_path: Path) -> None:
    call = await talk(ann, bob)
    await call.into.play_tone(440)
    await bob.vanish()
    assert (await call.into.ended()).reason == "vanished"

    silence = await call.out.start_recording(tmp_path / "silence.wav")
    assert await call.out.lasts(1.0), "nobody told the other side"
    await call.out.stop_recording()
    assert not hears(silence.path, 440, 0.1)
    with pytest.raises(PhoneGone):
        await bob.incoming()
    unheard = await ann.call(bob.uri)
    with pytest.raises(TooLate):
        await unheard.ringing(0.3)


async def test_a_crashed_worker_is_told_to_everybody_who_waits(phones: Phones, ann: Phone, bob: Phone) -> None:
    out = await ann.call(bob.uri)
    into = await bob.incoming()
    waiting = asyncio.gather(
        out.confirmed(30), into.ended(30), bob.incoming(30), ann.became_registered(30), return_exceptions=True
    )
    await asyncio.sleep(0)  # let all four begin to wait
    (pid,) = phones.worker_pids()
    os.kill(pid, signal.SIGABRT)

    assert [type(error) for error in await waiting] == [WorkerGone] * 4
    with pytest.raises(WorkerGone):
        await ann.call(bob.uri)
    fresh = await phones.caller("703", server=NOWHERE)
    assert fresh.address


async def test_what_would_abort_the_library_is_refused(ann: Phone, bob: Phone, tmp_path: Path) -> None:
    out = await ann.call(bob.uri)
    await out.ringing()
    with pytest.raises(TooLate):
        await out.start_recording(tmp_path / "early.wav", 0.1)
    into = await bob.incoming()
    await into.answer()
    await out.start_recording(tmp_path / "one.wav")
    with pytest.raises(CommandRefused):
        await out.start_recording(tmp_path / "two.wav")


async def test_phones_beyond_one_worker_get_another(phones: Phones) -> None:
    first, second, third = [await phones.caller(f"70{n}", server=NOWHERE) for n in range(3)]
    assert len(phones.worker_pids()) == 2
    await talk(first, third)

    await second.close()
    await phones.caller("799", server=NOWHERE)
    assert len(phones.worker_pids()) == 2, "a closed phone's place is used again"


async def test_a_phone_with_all_its_calls_is_busy(phones: Phones, ann: Phone, bob: Phone) -> None:
    cid = await phones.caller("703", server=NOWHERE)
    await talk(ann, bob)
    await talk(ann, bob)

    turned_away = await cid.call(bob.uri)
    assert (await turned_away.ended()).code == 486
    with pytest.raises(CommandRefused):
        await ann.call(bob.uri)


async def test_an_address_that_is_none_is_refused_and_harms_nothing(ann: Phone, bob: Phone) -> None:
    with pytest.raises(CommandRefused):
        await ann.call("sip:<>")
    await talk(ann, bob)


async def test_a_registrar_that_is_not_there_refuses_nobody_quickly(phones: Phones) -> None:
    with pytest.raises((RegistrationRefused, TooLate)):
        await phones.register("101", "secret", NOWHERE, deadline=0.5)


@pytest.mark.parametrize(
    ("number", "name"),
    [("7 00", "Ann"), ("700>", "Ann"), ("", "Ann"), ("700", "Ann\r\nX-Evil: 1")],
    ids=["blank", "bracket", "empty", "line end in the name"],
)
async def test_a_name_or_number_that_sip_would_misread_is_refused(phones: Phones, number: str, name: str) -> None:
    with pytest.raises(CommandRefused):
        await phones.caller(number, name, server=NOWHERE)


async def test_nothing_is_left_behind() -> None:
    async with Phones() as phones:
        await phones.caller("700", server=NOWHERE)
        (pid,) = phones.worker_pids()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
