"""Calls in which we send a fax: who hears what of them, and how they end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from callrouter import events as ev
from callrouter import fax_calls
from callrouter.ami.errors import ActionFailed, AmiError, LinkDown, LinkLost
from callrouter.ami.events import ChannelState, HangupCause, OriginateEnded
from callrouter.ami.fake import Asked
from callrouter.fax_calls import FaxCalls
from callrouter.fax_calls_result import FaxCallOver, FaxCallResult, after, cancelled, stopped
from ivr.agi.fax import FaxSent
from ivr.conversation import CallerGone
from ledger.clock import ManualClock
from tests.callrouter.fax_line import BROKEN, CALL, NUMBER, OURS, SENT, Leg, Room, line


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with line(tmp_path) as made:
        yield made


async def test_a_fax_is_sent(room: Room) -> None:
    sending, leg = await room.send(), Leg()
    assert [(asked.request.destination, asked.request.caller_number) for asked in room.pbx.asked if asked.request] == [
        (f"PJSIP/{NUMBER}@trunk", OURS)
    ]
    serving = await room.answer(leg)
    await leg.begins.wait()
    assert (leg.asked, room.began) == ([(str(room.file), "+370 5", "Acme")], [CALL])
    leg.over.set()
    assert await sending == SENT
    assert (leg.known, leg.hung_up) == (False, False)  # until it is written down, Asterisk's word is all there is
    await room.calls.forget(CALL)
    assert await serving
    assert (leg.known, leg.hung_up) == (True, True)
    [begun] = room.book.told(ev.FaxCallBegun)
    assert isinstance(begun, ev.FaxCallBegun)
    assert (begun.call, begun.number, begun.fax) == (CALL, NUMBER, "f1")
    assert room.told == [("sent", 3)]


async def test_a_result_that_nobody_writes_down_stays_with_asterisk(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fax_calls, "KNOWN_WITHIN", 0.01)
    sending, leg = await room.send(), Leg()
    serving = await room.answer(leg)
    leg.over.set()
    assert await sending == SENT
    assert await serving
    assert leg.hung_up and not leg.known


@pytest.mark.parametrize(
    ("sent", "result"),
    [
        (FaxSent(False, 3, 3, why="The call dropped prematurely", status="FAILED"), "sent"),
        (FaxSent(True, 1, 3, status="SUCCESS"), "partial"),
        (FaxSent(True, 1, 0, status="SUCCESS"), "sent"),
        (FaxSent(False, 2, 3, why="The call dropped prematurely", status="FAILED"), "partial"),
    ],
    ids=["all-pages-confirmed", "fewer-than-there-are", "nobody-knows-how-many", "some"],
)
def test_the_confirmed_pages_decide(sent: FaxSent, result: str) -> None:
    over = after(sent)
    assert over.result == result
    assert stopped(over).result == result


def test_cancelled_it_may_have_arrived_all_the_same() -> None:
    over = FaxCallOver(FaxCallResult.UNKNOWN)
    assert cancelled(over) == over


async def test_how_far_it_is(room: Room) -> None:
    sending, leg = await room.send(), Leg()
    [channel] = (now.channel.name for now in (await room.pbx.state()).channels.values())
    room.pbx.pages[channel] = 2
    before = await room.calls.pages(CALL)
    await room.answer(leg)
    await leg.begins.wait()
    assert (before, await room.calls.pages(CALL), await room.calls.pages("fax-2")) == (None, 2, None)
    room.pbx.cut()
    assert await room.calls.pages(CALL) is None
    leg.over.set()
    await sending
    assert await room.calls.pages(CALL) is None


@pytest.mark.parametrize(
    ("cause", "result"),
    [
        (HangupCause.USER_BUSY, FaxCallResult.BUSY),
        (HangupCause.NO_ANSWER, FaxCallResult.NO_ANSWER),
        (HangupCause.UNALLOCATED, FaxCallResult.UNREACHABLE),
    ],
    ids=["busy", "no answer", "unreachable"],
)
async def test_nobody_answers(room: Room, cause: HangupCause, result: FaxCallResult) -> None:
    sending = await room.send()
    room.end(cause)
    assert (await sending).result is result
    assert room.began == []
    assert not await room.calls.serve(Leg(), CALL)


async def test_the_answer_to_originate_may_come_before_the_end_of_the_channel(room: Room) -> None:
    sending = await room.send()
    room.pbx.emit(OriginateEnded(ManualClock().now(), CALL, answered=False, reason=0))
    await asyncio.sleep(0)
    assert not sending.done()
    room.end(HangupCause.USER_BUSY)
    assert (await sending).result is FaxCallResult.BUSY


async def test_a_trunk_that_asterisk_does_not_know(room: Room) -> None:
    room.pbx.error = LinkLost("and so nobody knows whether it was placed")
    sending = await room.send()
    await asyncio.sleep(0)
    assert not sending.done()
    room.pbx.emit(OriginateEnded(ManualClock().now(), CALL, answered=False, reason=0))
    assert await sending == FaxCallOver(FaxCallResult.NOT_CALLED, why="Asterisk has no way to the trunk")


@pytest.mark.parametrize("error", [LinkDown("gone"), ActionFailed("Originate", "Permission denied")], ids=repr)
async def test_an_asterisk_that_cannot_be_told(room: Room, error: AmiError) -> None:
    room.pbx.error = error
    assert (await (await room.send())).result is FaxCallResult.NOT_CALLED
    assert room.told == [("not called", 0)]


@pytest.mark.parametrize("number", ["37060000001", "+370@x", "+1&PJSIP/2", ""])
async def test_what_is_no_number(room: Room, number: str) -> None:
    room.pbx.placed.set()
    assert (await (await room.send(number))).result is FaxCallResult.NOT_CALLED
    assert room.pbx.asked == []


async def test_nobody_is_rung_for_nothing(room: Room) -> None:
    room.pbx.placed.set()
    room.file.unlink()
    assert (await (await room.send())).result is FaxCallResult.NOT_CALLED
    assert room.pbx.asked == []


async def test_who_hangs_up_at_once(room: Room) -> None:
    sending = await room.send()
    [now] = (await room.pbx.state()).channels.values()
    room.pbx.channel_becomes(now.channel, ChannelState.UP)
    room.end()
    assert (await sending).result is FaxCallResult.FAILED


async def test_nobody_is_waited_for_for_ever(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fax_calls, "RING", 0.01)
    monkeypatch.setattr(fax_calls, "RING_GRACE", 0.0)
    assert (await (await room.send())).result is FaxCallResult.NO_ANSWER
    await room.switchboard.close()
    assert room.hung_up


async def hangs(_: Room) -> None:
    await asyncio.Event().wait()


async def test_an_answer_may_come_before_asterisk_says_that_it_calls(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fax_calls, "RING", 0.01)
    monkeypatch.setattr(fax_calls, "RING_GRACE", 0.0)
    leg = Leg()
    room.pbx.meanwhile = lambda: room.answer(leg)
    sending = await room.send()
    await leg.begins.wait()
    await asyncio.sleep(0.02)  # longer than it may ring
    leg.over.set()
    assert await sending == SENT
    assert not room.hung_up


@pytest.mark.parametrize("refuses", [ValueError("cancelled"), None], ids=["it raises", "it takes too long"])
async def test_without_the_word_of_whoever_wants_it_nothing_is_sent(
    room: Room, refuses: Exception | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fax_calls, "BEGIN_WITHIN", 0.01)
    room.refuses = refuses
    if refuses is None:
        monkeypatch.setattr(room, "begins", lambda: hangs(room))
    sending, leg = await room.send(), Leg()
    assert await (await room.answer(leg))
    assert (await sending).result is FaxCallResult.NOT_CALLED
    assert (leg.asked, leg.hung_up) == ([], True)


async def test_who_is_gone_before_it_begins(room: Room) -> None:
    sending, leg = await room.send(), Leg(comes=CallerGone())
    leg.over.set()
    await room.answer(leg)
    assert (await sending).result is FaxCallResult.FAILED


@pytest.mark.parametrize("call", ["fax-2", "out-1", ""], ids=["of an earlier process", "another's", "nothing"])
async def test_a_call_that_is_none_of_ours_is_not_touched(room: Room, call: str) -> None:
    sending, leg = await room.send(), Leg()
    assert not await room.calls.serve(leg, call)
    assert (leg.asked, leg.hung_up) == ([], False)
    room.end()
    await sending


Ends = Callable[[Room], Awaitable[None]]


async def cancel(room: Room) -> None:
    await room.calls.hang_up(CALL)
    await room.switchboard.close()


async def stop(room: Room) -> None:
    room.calls.stop()
    await room.switchboard.close()


ENDS = pytest.mark.parametrize(
    ("ends", "without", "with_a_page"), [(cancel, "cancelled", "cancelled"), (stop, "not called", "partial")]
)


@ENDS
async def test_we_end_it_before_it_is_placed(room: Room, ends: Ends, without: str, with_a_page: str) -> None:
    room.pbx.placed.set()
    sending = await room.send()
    await asyncio.sleep(0)  # its file is being looked at
    await ends(room)
    assert (await sending).result == without
    assert [asked.verb for asked in room.pbx.asked] == []


@ENDS
async def test_we_end_it_while_it_rings(room: Room, ends: Ends, without: str, with_a_page: str) -> None:
    sending = await room.send()
    await ends(room)
    assert (await sending).result == without
    assert room.hung_up


@ENDS
async def test_we_end_it_before_there_is_a_channel(room: Room, ends: Ends, without: str, with_a_page: str) -> None:
    room.pbx.error = LinkLost("but it was placed")
    sending = await room.send()
    await ends(room)
    room.pbx.channel_appears("PJSIP/trunk-1", uniqueid=CALL)
    assert (await sending).result == without


@ENDS
async def test_we_end_it_when_a_page_is_through(room: Room, ends: Ends, without: str, with_a_page: str) -> None:
    sending, leg = await room.send(), Leg(comes=BROKEN)
    await room.answer(leg)
    await leg.begins.wait()
    await ends(room)
    leg.over.set()
    over = await sending
    assert (over.result, over.pages) == (with_a_page, 1)


@ENDS
async def test_we_end_it_too_late(room: Room, ends: Ends, without: str, with_a_page: str) -> None:
    sending, leg = await room.send(), Leg()
    await room.answer(leg)
    await leg.begins.wait()
    await ends(room)
    leg.over.set()
    assert await sending == SENT


async def test_nothing_is_called_when_we_stop(room: Room) -> None:
    room.calls.stop()
    over = await room.calls.send(
        "f1", CALL, NUMBER, Path("/x"), station="", header="", shown_as=OURS, began=room.begins
    )
    assert over.result is FaxCallResult.NOT_CALLED
    assert room.pbx.asked == []


async def test_who_does_not_wait_any_more_leaves_no_call(room: Room) -> None:
    sending, leg = await room.send(), Leg()
    serving = await room.answer(leg)
    await leg.begins.wait()
    sending.cancel()
    came = await asyncio.gather(sending, serving, return_exceptions=True)
    assert [type(result) for result in came] == [asyncio.CancelledError] * 2  # so that Asterisk keeps the word
    await room.switchboard.close()
    assert room.hung_up
    assert room.told == []


@pytest.mark.parametrize(
    ("answered", "result"), [(False, FaxCallResult.NOT_CALLED), (True, FaxCallResult.SENT)], ids=["rang", "sends"]
)
async def test_a_call_that_ended_while_we_heard_nothing(room: Room, answered: bool, result: FaxCallResult) -> None:
    sending, leg = await room.send(), Leg()
    if answered:
        await room.answer(leg)
        await leg.begins.wait()
    room.pbx.cut()
    [now] = [*room.pbx._channels.values()]
    room.pbx.channel_ends(now.channel)
    room.pbx.mend()
    leg.over.set()
    assert (await sending).result is result


def test_ids_differ_and_fit() -> None:
    one, other = FaxCalls.new_call(), FaxCalls.new_call()
    assert one != other
    assert one.startswith("fax-")
    assert Asked("originate", one).channel == one
