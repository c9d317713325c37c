"""Faxes that we send over a real Asterisk: what a call comes to, how far it is, and what is known after a restart.

A fax takes its time, so all of them are under way at once, and each test waits for one of them. The longest is a
person who listens to our tones: 70 seconds.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from callrouter import events as ev
from callrouter import fax_calls
from callrouter.fax_calls import FaxCalls
from callrouter.fax_calls_result import FaxCallOver, FaxCallResult
from callrouter.outbound import Outbound
from tests.asterisk import fax_far_end as far
from tests.asterisk.fax_scenes import DEADLINE, SCENES, Came, Room
from tests.asterisk.house import house, patience

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(400)]

#: How long the other side rings here, seconds.
RING = 4.0


class Stage:
    """The scenes, under way."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self._scenes = {name: asyncio.create_task(self._play(scene), name=name) for name, scene in SCENES.items()}

    async def _play(self, scene: Callable[[Room], Awaitable[Came]]) -> Came:
        async with asyncio.timeout(patience(DEADLINE)):
            return await scene(self.room)

    async def scene(self, name: str) -> Came:
        return await self._scenes[name]

    async def over(self, name: str) -> FaxCallOver:
        came = await self.scene(name)
        assert came.over is not None
        return came.over

    async def end(self) -> None:
        for task in self._scenes.values():
            task.cancel()
        await asyncio.gather(*self._scenes.values(), return_exceptions=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    folder = tmp_path_factory.mktemp("faxes")
    file = await asyncio.to_thread(far.write_pages, folder)
    with pytest.MonkeyPatch.context() as patch:
        async with house(tmp_path_factory.mktemp("house")) as home:
            server = home.switchroom
            calls = FaxCalls(server.link, server.switchboard, server.chronicle, server.clock)
            room = Room(home, folder, calls, file)
            patch.setattr(Outbound, "serve", lambda _, *args: room.serve(*args))
            patch.setattr(fax_calls, "RING", RING)
            await far.add_far_end(server, folder)
            stage = Stage(room)
            yield stage
            await stage.end()


async def test_three_pages_and_how_far_they_are(stage: Stage) -> None:
    came = await stage.scene("through")
    over = came.over
    assert over == FaxCallOver(
        FaxCallResult.SENT, 3, 3, over.seconds if over else 0.0, "", 14_400, (204, 98), ecm=True
    )  # fmt: skip
    assert came.pages == sorted(came.pages)
    assert {0, 1, 2} <= set(came.pages)
    assert stage.room.came(came.number) == 3
    assert await stage.room.calls.recover(came.call) is None  # we know it ourselves, so Asterisk keeps nothing
    story = await stage.room.home.story(came.call)
    assert [type(event) for event in story] == [ev.FaxCallBegun, ev.FaxCallEnded]


async def test_three_pages_as_data(stage: Stage) -> None:
    over = await stage.over("as data")
    assert (over.result, over.pages, over.t38) == (FaxCallResult.SENT, 3, True)
    assert stage.room.came((await stage.scene("as data")).number) == 3


@pytest.mark.parametrize(
    ("scene", "result", "why"),
    [
        ("busy", FaxCallResult.BUSY, "the line is busy"),
        ("rings", FaxCallResult.NO_ANSWER, "nobody answered"),
        ("wrong number", FaxCallResult.UNREACHABLE, "there is no such number"),
        ("refused", FaxCallResult.UNREACHABLE, "the call was refused"),
        ("congested", FaxCallResult.UNREACHABLE, "all lines are busy"),
        ("a voice puts down", FaxCallResult.VOICE, "whoever answered hung up before there was a fax machine"),
        ("cancelled at once", FaxCallResult.CANCELLED, "cancelled"),
        ("taken back", FaxCallResult.NOT_CALLED, "it was taken back, or could not be written down that it begins"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 20 else "",
)
async def test_calls_without_a_fax(stage: Stage, scene: str, result: FaxCallResult, why: str) -> None:
    over = await stage.over(scene)
    assert (over.result, over.why, over.pages) == (result, why, 0)


async def test_nothing_is_sent_that_was_taken_back(stage: Stage) -> None:
    came = await stage.scene("taken back")
    assert stage.room.came(came.number) == 0


async def test_who_hangs_up_after_a_page_has_that_page(stage: Stage) -> None:
    over = await stage.over("breaks off")
    assert (over.result, over.pages, over.of) == (FaxCallResult.PARTIAL, 1, 3)
    assert over.why == "The call dropped prematurely"


async def test_a_fax_under_way_is_cancelled(stage: Stage) -> None:
    came = await stage.scene("cancelled")
    assert came.over is not None
    assert (came.over.result, came.over.pages) == (FaxCallResult.CANCELLED, 1)
    assert stage.room.came(came.number) < 3


async def test_a_fax_that_nobody_waits_for_any_more_is_broken_off_and_kept(stage: Stage) -> None:
    over = await stage.over("dropped")
    assert (over.result, over.pages) == (FaxCallResult.PARTIAL, 1)


async def test_a_fax_that_came_when_we_were_gone_is_known_too(stage: Stage) -> None:
    came = await stage.scene("receiving is cut")
    assert came.taken is not None
    assert (came.taken.pages, came.taken.ok, came.taken.resolution, came.taken.why) == (3, True, (204, 98), "")


async def test_killed_in_the_second_page_it_goes_on_and_is_known_to_the_next_process(stage: Stage) -> None:
    came = await stage.scene("killed in page 2")
    told = json.loads(came.told)
    assert (told["result"], told["pages"], told["t38"]) == ("sent", 3, True)
    assert 10.0 < told["seconds"] < patience(DEADLINE)
    assert came.pages == [3]


async def test_killed_before_it_began_nothing_is_sent_later(stage: Stage) -> None:
    came = await stage.scene("killed while it rings")
    assert came.told == f"refused {came.call} null"
    assert came.pages == [0]


async def test_a_person_who_listens_is_no_machine(stage: Stage) -> None:
    over = await stage.over("a voice listens")
    assert (over.result, over.why) == (FaxCallResult.VOICE, "whoever answered is no fax machine")


async def test_nothing_is_left_of_them(stage: Stage) -> None:
    for name in SCENES:
        await stage.scene(name)
    await stage.room.home.settled()
