"""Real calls through a real Asterisk, by real phones: the main ways through the menus."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callrouter import events as ev
from callrouter.calls import fold
from tests.asterisk.house import LOBBY, MAIN, SALES, House, house
from tests.asterisk.mailbox_house import TONE
from tests.asterisk.talking import joined, talk

pytestmark = pytest.mark.asterisk


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path / "data") as made:
        yield made


async def test_a_caller_is_led_to_an_operator_and_both_hear_each_other(home: House, tmp_path: Path) -> None:
    ann = await home.operator("ann")
    call = await home.call(MAIN, keys="w0.5 1")
    ringing = await ann.incoming()
    begun = time.monotonic()
    await ringing.answer()
    await talk(call, ringing, tmp_path)
    await ringing.hang_up()
    await call.ended()

    end = await home.watch.ended()
    ended = time.monotonic()
    assert (end.outcome, end.hung_up_first) == ("answered", "agent")
    record = fold(await home.story(end.call))
    assert record is not None
    assert record.path == ("main",)
    assert record.facts == {"intent": "buy"}
    assert record.destination == "department sales"
    assert record.answered_by == "ann"
    assert 1.0 < record.talked < ended - begun
    assert record.odd == 0


async def test_a_blind_transfer_is_one_call_with_two_talks(home: House) -> None:
    ann, ben = await home.operator("ann"), await home.operator("ben", log_in=False)
    call = await home.call(SALES)
    first = await ann.incoming()
    await first.answer()
    await joined(call, first)  # a transfer before that is refused
    assert await first.transfer("202") == 200
    second = await ben.incoming()
    await second.answer()
    await home.watch.until(lambda e: isinstance(e, ev.CallAnswered) and e.agent == "ben")
    await call.hang_up()

    end = await home.watch.ended()
    record = fold(await home.story(end.call))
    assert record is not None
    assert [talk.agent for talk in record.talks] == ["ann", "ben"]
    assert (end.outcome, end.hung_up_first) == ("answered", "caller")
    assert len([e for e in home.watch.events if isinstance(e, ev.CallOffered)]) == 1


async def test_a_waiting_caller_gets_the_next_free_operator(home: House) -> None:
    ann = await home.operator("ann")
    first = await home.call(SALES, "+37060000001")
    busy = await ann.incoming()
    await busy.answer()
    second = await home.call(SALES, "+37060000002")
    told = await home.watch.kind(ev.PositionTold)
    assert isinstance(told, ev.PositionTold)
    assert told.position == 1
    await first.hang_up()
    next_ = await ann.incoming()  # after a second of wrap-up
    assert next_.number == "+37060000002"
    await next_.answer()
    answered = await home.watch.until(lambda e: isinstance(e, ev.CallAnswered) and e.call == told.call)
    assert isinstance(answered, ev.CallAnswered)
    assert answered.waited > 0.5
    await second.hang_up()


async def test_nobody_logged_in_leads_elsewhere_and_the_message_is_kept(home: House) -> None:
    call = await home.call(LOBBY)
    await call.play_tone(600)
    await home.watch.until(lambda e: isinstance(e, ev.BranchTaken) and "nobody" in e.why)
    await home.watch.kind(ev.MessageBegun)
    assert await call.lasts(TONE + 2.0)
    await call.hang_up()
    end = await home.watch.ended()
    assert end.outcome == "voicemail"
    taken = await home.watch.kind(ev.MessageTaken)
    assert isinstance(taken, ev.MessageTaken)
    assert taken.mailbox == "sales"
    content = await home.switchroom.spool.read(taken.file)
    assert content[:4] == b"RIFF"
    assert len(content) > 8000
