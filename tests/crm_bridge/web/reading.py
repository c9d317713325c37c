"""Reading pages of customers: what a part of one says, without the tags."""

from __future__ import annotations

import re

import aiohttp


async def text_of(session: aiohttp.ClientSession, path: str, status: int = 200) -> str:
    """Fetch a page."""
    async with session.get(path) as answer:
        text = await answer.text()
        assert answer.status == status, text
        assert answer.headers["Cache-Control"] == "no-store"
    return text


def names(page: str) -> list[str]:
    """Return the names in the list."""
    return [re.sub(r"<[^>]+>", "", link) for link in re.findall(r'<a class="open"[^>]*>(.*?)</a>', page)]


def said(page: str, part: str, end: str = "</section>") -> str:
    """Return what a part of a page says."""
    body = page.partition(f'id="{part}"')[2].partition(">")[2].partition(end)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"</?(?:bdi|a|b)\b[^>]*>", "", body)).split())
