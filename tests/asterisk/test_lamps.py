"""Message lamps, from the caller who speaks to the lamp of a real phone, and back when somebody listens."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from callrouter import events as ev
from pbx.softphone_phone import Phone
from tests.asterisk.house import PATIENT, House, house, patience
from tests.asterisk.mailbox_house import PAIR, SALES, PostOffice, leave, render_voices, site_with_mail
from voicemail.model import Message
from voicemail.service import Voicemail

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

#: How long a lamp may be wrong, seconds.
SOON = 2.0


@dataclass(frozen=True)
class Stage:
    """A server for all tests here; Ben's phone asks for its lamp, Ann's does not."""

    home: House
    voice: Path
    ann: Phone
    ben: Phone

    @property
    def voicemail(self) -> Voicemail:
        return self.home.switchroom.mailroom.voicemail

    async def message(self, to: str, name: str) -> tuple[str, float]:
        """Let a caller leave a message; return its id, and when it was kept."""
        kept: asyncio.Future[tuple[str, float]] = asyncio.get_running_loop().create_future()

        def look(message: Message) -> None:
            if message.ani_name == name and not kept.done():
                kept.set_result((message.id, time.monotonic()))

        stop = self.voicemail.watch(look)
        try:
            await leave(self.home, to, self.voice, name, "+37060000001")
            async with asyncio.timeout(PATIENT):
                return await kept
        finally:
            stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    folder = tmp_path_factory.mktemp("lamps")
    async with AsyncExitStack() as stack:
        post = await stack.enter_async_context(PostOffice())
        home = await stack.enter_async_context(house(folder / "data", site_with_mail(folder, post.port)))
        secrets = home.switchroom.telephone.secrets.phones
        yield Stage(
            home, (await render_voices())["short"],
            ann=await home.phones.register("ann", secrets["ann"], home.server),
            ben=await home.phones.register("ben", secrets["ben"], home.server, asks_for_lamp=True),
        )  # fmt: skip


async def test_a_message_lights_the_lamps_of_who_may_hear_it(stage: Stage) -> None:
    ann, ben = stage.ann, stage.ben
    await ann.lamp_shows(0, 0)
    await ben.lamp_shows(0, 0)
    first, kept = await stage.message(SALES, "First")
    shown = [await phone.lamp_shows(1, 0) for phone in (ann, ben)]
    assert all(lamp.on for lamp in shown)
    assert max(lamp.at for lamp in shown) - kept < patience(SOON)
    second, _ = await stage.message(PAIR, "Second")  # for Ann alone
    await ann.lamp_shows(2, 0)

    heard = time.monotonic()
    await stage.voicemail.heard(first, "ben")
    shown = [await ann.lamp_shows(1, 1), await ben.lamp_shows(0, 1)]
    assert [lamp.on for lamp in shown] == [True, False]
    assert max(lamp.at for lamp in shown) - heard < patience(SOON)
    await stage.voicemail.handle(first, "ben")
    await stage.voicemail.delete(second, "ann")
    assert not (await ann.lamp_shows(0, 0)).on
    await ben.lamp_shows(0, 0)
    await stage.home.settled()


async def test_a_phone_that_comes_later_shows_what_waits(stage: Stage) -> None:
    home = stage.home
    await stage.ben.close()
    id_, _ = await stage.message(SALES, "Third")
    await stage.ann.lamp_shows(1, 0)
    late = await home.phones.register("ben", home.switchroom.telephone.secrets.phones["ben"], home.server)
    assert (await late.lamp_shows(1, 0)).on
    await stage.voicemail.heard(id_, "ann")
    assert not (await late.lamp_shows(0, 1)).on
    await late.close()


async def test_a_new_asterisk_is_told_what_waits(stage: Stage) -> None:
    await stage.message(SALES, "Fourth")
    await stage.ann.lamp_shows(1, 1)  # the third was heard, and nobody has called back
    asterisk = stage.home.switchroom.telephone.asterisk
    assert asterisk.pid is not None
    killed = time.monotonic()
    os.kill(asterisk.pid, signal.SIGKILL)
    await stage.home.watch.kind(ev.LinkLost)
    assert (await stage.ann.lamp_shows(1, 1, since=killed)).on
