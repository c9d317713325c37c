"""Pops at real phones: who is calling is on the desk before the phone is answered, and again at the second operator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from callrouter import events as ev
from callrouter.agents import AgentState
from crm_bridge.model import Details, Phone
from server.accounts import Accounts, Role
from server.web.app import serving
from tests.asterisk.house import MAIN, House, house, patience
from tests.asterisk.talking import joined
from tests.server.web.conftest import OWN_PAGE
from tests.server.web.office import PASSWORD, quick_passwords
from tests.server.web.test_stream import Stream, listening

pytestmark = pytest.mark.asterisk


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path / "data") as made:
        yield made


class Desk:
    """Somebody's page of the desk: it looks whenever it is told to."""

    def __init__(self, session: aiohttp.ClientSession, stream: Stream) -> None:
        self._session = session
        self._stream = stream

    async def text(self) -> str:
        async with self._session.get("/desk/now") as answer:
            assert answer.status == 200
            return await answer.text()

    async def until(self, look: Callable[[str], bool], deadline: float = 20.0) -> str:
        """Return what is on the desk once it is so; nothing but the stream says when to look."""
        async with asyncio.timeout(patience(deadline)):
            while not look(text := await self.text()):
                await self._stream.next("desk")
            return text


@asynccontextmanager
async def desks(home: House, *people: str) -> AsyncIterator[list[Desk]]:
    """Serve the pages, and sit these people at their desks."""
    accounts = Accounts(home.switchroom.database, home.switchroom.clock, quick_passwords())
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(home.switchroom, "127.0.0.1", 0))
        opened = []
        for person in people:
            await accounts.add(person, PASSWORD, Role.OPERATOR, person=person)
            jar = aiohttp.CookieJar(unsafe=True)
            session = await stack.enter_async_context(
                aiohttp.ClientSession(url, headers={"Accept": "text/html", **OWN_PAGE}, cookie_jar=jar)
            )
            await session.post("/login", data={"name": person, "password": PASSWORD}, allow_redirects=False)
            opened.append(Desk(session, await stack.enter_async_context(listening(session))))
        yield opened


def pops(text: str) -> bool:
    return "Ona Žydrė" in text and 'class="pop' in text


async def test_the_desk_pops_before_the_answer_and_the_second_operators_after_a_transfer(home: House) -> None:
    files = home.switchroom.customer_room.files
    await files.add(Details("Ona Žydrė", phones=(Phone("", "+37060000001"),)), "sue")
    ann, ben = await home.operator("ann"), await home.operator("ben", log_in=False)
    agents = home.switchroom.roster.agents
    async with desks(home, "ann", "ben") as (anns, bens):
        call = await home.call(MAIN, keys="w0.5 1")
        first = await ann.incoming()
        shown = await anns.until(pops)
        assert agents["ann"].state is AgentState.RINGING
        assert "Ringing" in shown and "From the line of Sales" in shown and "buy" in shown
        assert not pops(await bens.text())

        await first.answer()
        await joined(call, first)
        await anns.until(lambda text: pops(text) and "Talking" in text)
        await first.hold()
        consultation = await ann.call("202")
        second = await ben.incoming()
        asked = await bens.until(pops)
        assert "Ann Other asks you about this caller" in asked
        assert not [e for e in home.watch.events if isinstance(e, ev.CallAnswered) and e.agent == "ben"]
        await second.answer()
        await consultation.confirmed()
        assert await first.transfer_to(consultation) == 200
        talks = await bens.until(lambda text: pops(text) and "Talking" in text)
        assert "Sent by Ann Other" in talks
        await anns.until(lambda text: not pops(text))

        # On to the first one again, this time without asking.
        await home.free("ann")
        assert await second.transfer("201") == 200
        third = await ann.incoming()
        sent = await anns.until(pops)
        assert "Sent by Ben Nevis" in sent and "Ringing" in sent
        await third.answer()
        await anns.until(lambda text: pops(text) and "Talking" in text)
        await third.hang_up()
        await call.ended()
        await anns.until(lambda text: not pops(text))
    story = await home.story((await home.watch.ended()).call)
    told = [(e.agent, e.to) for e in story if isinstance(e, ev.ConsultationBegun | ev.ConsultationEnded)]
    assert told == [("ann", "ben")]
