"""Who hears that a phone rings: the pages of whose phone it is, and nobody else, whatever their role or their token."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from server.scopes import Scope
from server.token_model import Limit
from server.tokens import Tokens
from server.web.feed import RELOAD, Feed
from tests.crm_bridge.web.desk_house import ONA, DeskHouse, desk_house
from tests.server.web.conftest import Browser, browser, pace, url
from tests.server.web.office import Office
from tests.server.web.test_stream import Stream, listening

__all__ = ["browser", "pace", "url"]  # fixtures: pytest finds them here by name


@pytest.fixture
async def desks(tmp_path: Path) -> AsyncIterator[DeskHouse]:
    async with desk_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def office(desks: DeskHouse) -> Office:
    return desks.office


async def kinds_until(stream: Stream, last: str) -> list[str]:
    """Return the kinds of what comes, up to this kind."""
    kinds = [""]
    while kinds[-1] != last:
        kinds.append((await stream.next())[0])
        assert kinds[-1] != "end"
    return kinds[1:]


async def test_only_the_pages_of_whose_phone_rings_hear_of_it(url: str, browser: Browser, desks: DeskHouse) -> None:
    await desks.customer("Ona Žydrė", ONA)
    tokens = Tokens(desks.office.parts.database, desks.office.clock)
    made = [
        await tokens.add(name, scopes, by="admin", limit=Limit(100, 100))
        for name, scopes in (("ears", [Scope.EVENTS_READ]), ("all", [Scope.ADMIN]))
    ]
    shown = [one.secret for one in made] + [(desks.office.parts.data / "api-token").read_text()]
    async with AsyncExitStack() as stack:
        mine = [await stack.enter_async_context(listening(await browser("alice"))) for _ in range(2)]
        others = [await stack.enter_async_context(listening(await browser(n))) for n in ("bob", "sue", "admin", "max")]
        for secret in shown:
            headers = {"Authorization": f"Bearer {secret}"}
            session = await stack.enter_async_context(aiohttp.ClientSession(url, headers=headers))
            others.append(await stack.enter_async_context(listening(session)))
        # Whoever is logged in as Alice and shows a token is the token.
        both = await stack.enter_async_context(listening(await browser("alice"), headers=headers))
        others.append(both)
        for stream in (*mine, *others):
            await stream.next(RELOAD)
        desks.rings()
        for stream in mine:
            assert await stream.next("desk") == ("desk", {})
        for stream in others:
            assert "desk" not in await kinds_until(stream, "board")


async def test_who_comes_back_hears_what_was_missed_of_the_own_phone_only(browser: Browser, desks: DeskHouse) -> None:
    alice, bob = await browser("alice"), await browser("bob")
    async with listening(alice) as keeper:
        await keeper.next(RELOAD)
        place = keeper.position
        desks.rings()
        await kinds_until(keeper, "board")
        async with listening(alice, place) as mine, listening(bob, place) as other:
            assert "desk" in await kinds_until(mine, "board")
            assert "desk" not in await kinds_until(other, "board")


async def test_nothing_of_a_private_message_is_in_anothers_buffer() -> None:
    feed = Feed()
    with (
        feed.listening(feed.position, "alice") as mine,
        feed.listening(feed.position, "bob") as other,
        feed.listening(feed.position) as nobody,
    ):
        feed.publish("desk", json.dumps({"secret": 1}), to="alice")
        feed.publish("board", "{}")
        heard = await mine.next(15.0)
        assert heard is not None and heard.event == "desk"
        for listener in (other, nobody):
            first = await listener.next(1.0)
            assert first is not None and first.event == "board"
    with feed.listening(f"{feed.position.partition('-')[0]}-0", "bob") as late:
        first = await late.next(1.0)
        assert first is not None and first.event == "board"


async def test_a_page_that_was_made_before_the_call_is_told_of_it(browser: Browser, desks: DeskHouse) -> None:
    """The place in the news is from before the page was made, so a ring in between is not lost."""
    alice = await browser("alice")
    page = await (await alice.get("/desk")).text()
    place = page.partition('data-position="')[2].partition('"')[0]
    desks.rings()
    async with listening(alice, place) as stream:
        assert (await stream.next("desk", RELOAD))[0] in ("desk", RELOAD)


async def test_a_crowd_of_others_does_not_fill_ones_buffer() -> None:
    feed = Feed(buffer=2)
    with feed.listening(feed.position, "alice") as mine:
        for _ in range(50):
            feed.publish("desk", "{}", to="bob")
        feed.publish("desk", "{}", to="alice")
        async with asyncio.timeout(20):
            heard = await mine.next(15.0)
        assert heard is not None and heard.event == "desk"
