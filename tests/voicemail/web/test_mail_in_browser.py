"""The mail as its reader sees it, in a real browser: nothing of a stranger's runs, nothing is wider than the window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.server.web.browsing import IN_ONE_BROWSER, WANTED, no_wider_than_the_window, pictures
from tests.voicemail.test_mail import MESSAGE, SOUND, html, written
from tests.voicemail.web.test_browser import EVIL

__all__ = ["pictures"]  # fixtures: pytest finds them here by name
pytestmark = IN_ONE_BROWSER

LONG = "x" * 150


@pytest.mark.parametrize("width", [700, 360])
@pytest.mark.parametrize("name", ["Ona Kazlauskienė", EVIL, LONG], ids=["a name", "an attack", "a long name"])
async def test_the_mail_reads_well(one_browser: Browser, pictures: Path, width: int, name: str) -> None:
    page = await one_browser.new_page(viewport={"width": width, "height": 600})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.set_content(html(written(replace(MESSAGE, ani_name=name), sound=SOUND)))
    assert await page.title() == "Voicemail for Billing"
    assert asked == []  # a mail that fetches anything tells a stranger that it was opened
    assert name in await page.locator("h1").inner_text()
    assert await page.get_by_text("Maria").evaluate("word => getComputedStyle(word).borderBottomStyle") == "dotted"
    await no_wider_than_the_window(page)
    if WANTED:
        await page.screenshot(path=pictures / f"mail-{width}-{len(name)}.png", full_page=True)
    await page.close()
