"""The overview, the time machine and the opening hours in a real browser, by keyboard, and looked at."""

from __future__ import annotations

import io
import re
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, expect

from config.load import require_site
from ivr import phrases
from ivr.speech.prompt_files import Note, write_prompt
from ivr.speech.store import PromptStore
from tests.server.studio.studios import ACME, Studio, open_studio
from tests.server.web.browsing import IN_ONE_BROWSER, arrived, log_in, looked_at, opened, pictures, tab_to

__all__ = ["pictures"]  # fixtures: pytest finds them here by name
pytestmark = IN_ONE_BROWSER


@pytest_asyncio.fixture(loop_scope="session")
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path) as opened_:
        yield opened_


def speak_welcome(prompts: Path) -> None:
    """Lay the first prompt of the sample site where calls have it: half a second of silence."""
    site = require_site(ACME)
    say = site.menus["welcome"].say
    assert say is not None
    spoken = phrases.spoken(site, say, "en")
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setparams((1, 2, 8_000, 0, "NONE", "not compressed"))
        file.writeframes(bytes(8_000))
    note = Note(spoken.text, "en", spoken.voice, "none", 4_000, 0.5)
    stem = PromptStore(prompts).path_of(spoken)
    write_prompt(stem, wav=made.getvalue(), ulaw=bytes(4_000), alaw=bytes(4_000), note=note)


async def test_from_the_diagram_over_a_tried_call_to_a_closed_day(
    one_browser: Browser, studio: Studio, pictures: Path
) -> None:
    speak_welcome(studio.office.parts.studio.prompts)  # type: ignore[union-attr]  # a studio's office has one
    async with opened(one_browser, studio.url, viewport={"width": 1280, "height": 860}) as page:
        await log_in(page, "admin")

        # the diagram: its size by keys, a branch by Enter
        await page.goto("/site")
        room, size = page.get_by_role("region", name="Diagram"), page.locator("[data-zoom-shown]")
        await expect(page.locator("g.box")).to_have_count(20)
        await tab_to(page, room)
        fits = await size.inner_text()
        await page.keyboard.press("+")
        await expect(size).not_to_have_text(fits)
        assert await room.evaluate("it => it.scrollWidth > it.clientWidth")
        await page.keyboard.press("0")
        await expect(size).to_have_text(fits)
        branch = page.get_by_role("link", name="1 intent: invoice: Billing: edit")
        await expect(branch).to_have_attribute("href", "/site/edit?file=menus.yaml&line=22&column=15")
        await branch.focus()
        await expect(branch).to_be_focused()
        await looked_at(page, pictures, "site-overview")
        await expect(page.locator(".drawing")).to_be_hidden()  # the phone is looked at last: there is a list
        await expect(page.get_by_role("link", name="Technical support", exact=True)).to_be_visible()
        await page.set_viewport_size({"width": 1280, "height": 860})

        # a call: one key after the other, and its path beside it
        await page.goto("/site/try?at=2026-12-23T17:59&who=nobody")
        for key in ("1", "2", "2"):
            before = page.url
            await page.get_by_role("button", name=key, exact=True).click()
            await arrived(page, re.compile(rf"(?!{re.escape(before)}$).*#keypad$"))
        await expect(page.locator("#result")).to_contain_text("Mailbox support")
        await expect(page.locator("g.box.lit [aria-label*='step 5 of the path']").first).to_be_attached()
        play = page.get_by_role("button", name=re.compile("^Play: Welcome"))
        async with page.expect_response("**/site/try/sound/*.wav") as sent:
            await play.click()
        assert (await sent.value).ok
        await expect(page.locator("#said")).to_have_text("")  # it plays; else this says why not
        await expect(play).to_have_class("play")  # and it is over
        await looked_at(page, pictures, "site-try")
        await page.set_viewport_size({"width": 1280, "height": 860})

        # one person is busy and the caller hangs up: the same call as a test of the draft
        await page.get_by_text("What the caller does, and who is there, one by one").click()
        await page.get_by_label("Hangs up after, seconds").fill("90")
        await page.locator("[name='is.bob']").select_option("on another call")
        await page.get_by_role("button", name="Try the call").click()
        await arrived(page, re.compile(r"hang_up=90&people=bob%3Abusy$"))
        await expect(page.get_by_role("link", name="hang up here").first).to_be_visible()
        await page.get_by_label("Name of the test").fill("bob is busy")
        await page.get_by_role("button", name="Make a test of this call").click()
        await expect(page.get_by_text("“bob is busy” is a test of the draft now.")).to_be_visible()
        await looked_at(page, pictures, "site-try-kept")
        await page.set_viewport_size({"width": 1280, "height": 860})

        # a day that is not as usual: written into the draft, and tried there
        await page.goto("/site/hours")
        today = page.get_by_role("link", name="20 November, today")
        await tab_to(page, today)
        for key in (*["ArrowDown"] * 5, *["ArrowRight"] * 5):
            await page.keyboard.press(key)
        await expect(page.get_by_role("link", name="30 December: open, 09:00–18:00")).to_be_focused()
        await page.keyboard.press("Enter")
        await arrived(page, re.compile(r"day=2026-12-30#day$"))
        await page.get_by_role("radio", name="closed").check()
        await page.get_by_label("to", exact=True).fill("2027-01-02")
        await page.get_by_role("button", name="Look first").click()
        await expect(page.get_by_text("4 of 4 days would be otherwise")).to_be_visible()
        await expect(page.get_by_role("link", name="31 December: closed for this once")).to_be_visible()
        await looked_at(page, pictures, "site-hours-tried")
        await page.set_viewport_size({"width": 1280, "height": 860})
        await page.get_by_role("button", name="Write it into the draft").click()
        await expect(page.get_by_text("Written into the draft.")).to_be_visible()
        await looked_at(page, pictures, "site-hours")
        await page.set_viewport_size({"width": 1280, "height": 860})
        await page.get_by_role("link", name="Try a call at noon of this day").click()
        await expect(page.get_by_text("office closed (closed on 2026-12-30)").first).to_be_visible()
