"""Faxes whose end we did not see: what Asterisk kept of them, and when it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from callrouter.ami.errors import LinkDown
from callrouter.fax_calls_result import FaxCallOver, FaxCallResult
from callrouter.fax_word import left_word
from ivr.agi.fake_fax import tiff
from ivr.agi.fax import LINE_LOST
from ivr.conversation import FaxTaken
from tests.callrouter.fax_line import CALL, NOTHING, SENT, Leg, Room, line


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with line(tmp_path) as made:
        yield made


WORD = "SUCCESS:3:14400:8031x7716:T38:yes:+370 6:OK:30"


@pytest.mark.parametrize(
    ("word", "over"),
    [
        pytest.param(WORD, replace(SENT), id="sent"),
        pytest.param(
            "FAILED:1:14400:8031x7716:T38:yes:+370 6:The call dropped prematurely:12",
            replace(
                SENT, result=FaxCallResult.PARTIAL, pages=1, of=1, seconds=12.0, why="The call dropped prematurely"
            ),
            id="broken off",
        ),
        pytest.param(
            ":::::yes:::1",
            FaxCallOver(FaxCallResult.NOT_CALLED, seconds=1.0, why="the call ended before the fax began"),
            id="never began",
        ),
        pytest.param(None, None, id="no word"),
        pytest.param("SUCCESS:3", None, id="not a word"),
    ],
)
async def test_what_became_of_a_call_of_an_earlier_process(
    room: Room, word: str | None, over: FaxCallOver | None
) -> None:
    if word is not None:
        room.pbx.words[CALL] = word
    assert await room.calls.recover(CALL, "f1") == over
    assert room.told == ([(over.result.value, over.pages)] if over else [])
    await room.calls.forget(CALL)
    assert room.pbx.words == {}
    assert await room.calls.recover(CALL) is None


async def test_a_call_that_goes_on_is_waited_for(room: Room) -> None:
    channel = room.pbx.channel_appears("PJSIP/trunk-1", uniqueid=CALL)
    asking = asyncio.create_task(room.calls.recover(CALL))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not asking.done()
    room.pbx.words[CALL] = WORD
    room.pbx.channel_ends(channel)
    assert await asking == SENT


async def test_it_is_waited_for_though_the_line_breaks(room: Room) -> None:
    channel = room.pbx.channel_appears("PJSIP/trunk-1", uniqueid=CALL)
    asking = asyncio.create_task(room.calls.recover(CALL))
    for _ in range(5):
        await asyncio.sleep(0)
    room.pbx.cut()
    room.pbx.words[CALL] = WORD
    room.pbx.channel_ends(channel)
    room.pbx.mend()
    assert await asking == SENT


async def test_it_can_be_cancelled_too(room: Room) -> None:
    room.pbx.channel_appears("PJSIP/trunk-1", uniqueid=CALL)
    asking = asyncio.create_task(room.calls.recover(CALL))
    for _ in range(5):
        await asyncio.sleep(0)
    room.pbx.words[CALL] = "FAILED:1:14400:8031x7716:T38:yes:+370 6:The call dropped prematurely:12"
    await room.calls.hang_up(CALL)
    over = await asking
    assert over is not None
    assert (over.result, over.pages) == (FaxCallResult.CANCELLED, 1)


async def test_asterisk_cannot_be_asked(room: Room) -> None:
    room.pbx.cut()
    with pytest.raises(LinkDown):
        await room.calls.recover(CALL)
    await room.calls.forget(CALL)  # it stays, which does no harm


async def test_the_connection_breaks_while_we_send_and_asterisk_knows(room: Room) -> None:
    sending, leg = await room.send(), Leg(comes=replace(NOTHING, status="", why=LINE_LOST))
    await room.answer(leg)
    room.pbx.words[CALL] = WORD
    leg.over.set()
    [now] = (await room.pbx.state()).channels.values()
    room.pbx.channel_ends(now.channel)
    assert await sending == SENT


@pytest.mark.parametrize(
    ("word", "pages", "came"),
    [
        pytest.param(WORD, 3, FaxTaken("", 3, True, "+370 6", 14_400, (204, 196), True, True, gone=True), id="all"),
        pytest.param(
            WORD,
            2,
            FaxTaken("", 2, False, "+370 6", 14_400, (204, 196), True, True, "no room on the disk", gone=True),
            id="more than there is in the file",
        ),
    ],
)
async def test_a_fax_that_came_when_we_were_gone(
    room: Room, tmp_path: Path, word: str, pages: int, came: FaxTaken
) -> None:
    file = tmp_path / "taking-1.tif"
    await asyncio.to_thread(file.write_bytes, tiff(pages))
    room.pbx.words["taking-1"] = word
    left = await left_word(room.pbx, "taking-1")
    assert left is not None
    assert await left.taken(file) == replace(came, path=str(file))
