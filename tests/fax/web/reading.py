"""How the tests read our pages and send forms, without a real browser."""

from __future__ import annotations

import re

import aiohttp

BARE = re.compile(r"<[^>]+>")


async def text_of(session: aiohttp.ClientSession, path: str, status: int = 200) -> str:
    async with session.get(path) as answer:
        text = await answer.text()
        assert answer.status == status, text
        return text


def ids(page: str) -> list[str]:
    return re.findall(r'data-item="([0-9a-f-]{32,36})"[ >]', page)


def rows(page: str) -> list[str]:
    found = re.findall(r"<tr role=\"row\" id=.*?</tr>", page, re.S)
    return [" ".join(BARE.sub(" ", row).split()) for row in found]


async def send(session: aiohttp.ClientSession, path: str, status: int = 303, **form: str) -> str:
    """Send a form and return where it leads, or what is said."""
    async with session.post(path, data=form, allow_redirects=False) as answer:
        assert answer.status == status, await answer.text()
        return answer.headers["Location"] if status == 303 else await answer.text()
