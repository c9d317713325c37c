"""What the tests of the pages share: the office, and browsers of each role before a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from config.schema import Site
from server.web.app import serving_parts
from server.web.stream import Pace
from tests.server.web.office import PASSWORD, SITE, Office, open_office

Browser = Callable[..., Awaitable[aiohttp.ClientSession]]
#: What a browser of today sends with a form of our own page.
OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def site() -> Site:
    """What callers hear where a module has no site of its own."""
    return SITE


@pytest.fixture
def draft() -> Path | None:
    """Return nothing: a module whose admins have something to work on says what."""
    return None


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        await opened.hire()
        yield opened


@pytest.fixture
def pace() -> Pace:
    """A test that waits for a heartbeat gives a quicker one."""
    return Pace()


@pytest.fixture
async def url(office: Office, pace: Pace) -> AsyncIterator[str]:
    """The address of a real server on the loopback."""
    async with serving_parts(office.parts, office.accounts, "127.0.0.1", 0, pace=pace) as address:
        yield address


@pytest.fixture
async def browser(url: str) -> AsyncIterator[Browser]:
    """Make browsers; one with a role is logged in."""
    opened: list[aiohttp.ClientSession] = []

    async def open_one(name: str | None = None, **more: str) -> aiohttp.ClientSession:
        headers = {"Accept": "text/html", **OWN_PAGE, **more}
        session = aiohttp.ClientSession(
            url, headers=headers, cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout(total=20)
        )
        opened.append(session)
        if name is not None:
            form = {"name": name, "password": PASSWORD}
            async with session.post("/login", data=form, allow_redirects=False) as answer:
                assert answer.status == 303, await answer.text()
        return session

    yield open_one
    for session in opened:
        await session.close()


@pytest.fixture
async def sue(browser: Browser) -> aiohttp.ClientSession:
    """A supervisor's browser."""
    return await browser("sue")
