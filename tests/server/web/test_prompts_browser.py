"""The page of prompts in a real browser: found, heard, tried out; and a recording spoken, sent, compared and kept."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from config.load import require_site
from config.schema import Site
from tests.server.sounds import voice
from tests.server.web.browsing import IN_ONE_BROWSER, arrived, log_in, looked_at, office, opened, pictures, url
from tests.server.web.office import Office

__all__ = ["office", "pictures", "url"]  # fixtures: pytest finds them here by name
pytestmark = IN_ONE_BROWSER

SITE = """
company: {name: Acme, country: LT, timezone: Europe/Vilnius, languages: [en, lt]}
numbers: {"+370 5 200 0000": {menu: main}}
menus:
  main:
    say: {en: "Welcome to Acme. For sales, press 1.", lt: "Sveiki. Pardavimai, spauskite 1."}
    keys: {1: sales, 2: {go: hello}}
    silence: {go: sales}
    mistake: {say: {en: "Sorry?", lt: "Atsiprašome?"}, go: sales}
  hello: {play: welcome, go: sales}
departments: {sales: {mailbox: sales@acme.example}}
people: {alice: {name: Alice, phone: 101, departments: [sales]}}
mail: {server: 127.0.0.1, sender: sales@acme.example}
by_phone: {recording: {pin: "7301"}}
"""


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    folder = tmp_path / "draft"
    voice(folder / "recordings" / "en" / "welcome.wav")
    voice(folder / "recordings" / "lt" / "welcome.wav")
    (folder / "site.yaml").write_text(SITE)
    return folder


@pytest.fixture
def site(draft: Path) -> Site:
    return require_site(draft)


async def test_words_are_found_and_what_is_not_published_is_marked(
    one_browser: Browser, office: Office, url: str, draft: Path, pictures: Path
) -> None:
    (draft / "site.yaml").write_text(SITE.replace("For sales, press 1.", "For a person, press 1."))
    async with opened(one_browser, url) as page:
        await log_in(page, "admin")
        await page.goto("/site/prompts?words=press+1&language=en")
        row = page.get_by_role("row").filter(has_text="For a person, press 1.")
        await expect(row).to_contain_text("not published")
        await expect(row.get_by_role("link", name="menu main: menu")).to_have_attribute("href", "/site/edit/menus/main")
        await row.get_by_role("button", name="Try other words").click()
        await expect(page.get_by_label("Words", exact=True)).to_have_value("Welcome to Acme. For a person, press 1.")
        await expect(page.get_by_role("link", name="menu main: menu").first).to_have_attribute(
            "href", "/site/edit/menus/main"
        )
        await page.goto("/site/prompts?shown=changed")
        await expect(page.locator("#texts-title small")).to_have_text("1")
        await page.get_by_role("button", name="Try other words").click()
        await page.get_by_label("Words", exact=True).fill("Welcome to Acme. For somebody who sells, press 1.")
        await page.get_by_role("button", name="Save in the draft").click()
        await expect(page.locator("#saying")).to_contain_text("Saved in the draft (site.yaml).")
        assert "For somebody who sells" in (draft / "site.yaml").read_text()
        await looked_at(page, pictures, "prompts-saved")
        await page.goto("/site/prompts?words=main")
        await looked_at(page, pictures, "prompts")


async def test_a_file_is_sent_looked_at_and_kept_in_the_draft(
    one_browser: Browser, office: Office, url: str, draft: Path, pictures: Path, tmp_path: Path
) -> None:
    voice(tmp_path / "sent.wav", before=1.5)
    before = (draft / "recordings" / "lt" / "welcome.wav").read_bytes()
    async with opened(one_browser, url) as page:
        await log_in(page, "admin")
        await page.goto("/site/prompts")
        await page.get_by_role("button", name="Record anew welcome in lt").click()
        await page.locator("#document").set_input_files(tmp_path / "sent.wav")
        await page.get_by_role("button", name="Send and look at it").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("welcome")
        await expect(page.get_by_text("begins with 1.5 s of silence")).to_be_visible()
        await expect(page.get_by_label("Take away the silence")).to_be_checked()
        await expect(page.get_by_role("heading", name="What is in the draft now")).to_be_visible()
        assert (draft / "recordings" / "lt" / "welcome.wav").read_bytes() == before
        await looked_at(page, pictures, "take")

        await page.get_by_role("button", name="Keep it in the draft").click()
        await arrived(page, f"{url}/site/prompts?words=welcome#recordings")
        with wave.open(str(draft / "recordings" / "lt" / "welcome.wav")) as file:
            assert 1.9 < file.getnframes() / file.getframerate() < 2.3

        # What is no sound is refused where it was chosen, and says why.
        (tmp_path / "page.mp3").write_text("<html>")
        await page.get_by_label("Name", exact=True).fill("welcome")
        await page.locator("#document").set_input_files(tmp_path / "page.mp3")
        await page.get_by_role("button", name="Send and look at it").click()
        await expect(page.locator("#wrong")).to_contain_text("no sound that we can read")


async def test_a_recording_is_spoken_in_the_browser(one_browser: Browser, office: Office, url: str) -> None:
    async with opened(one_browser, url, permissions=["microphone"]) as page:
        await log_in(page, "admin")
        # What a microphone gives is made here: a tone, through the browser's own recorder and encoder.
        await page.add_init_script(
            """navigator.mediaDevices.getUserMedia = async () => {
                 const context = new AudioContext(); const tone = context.createOscillator();
                 const into = context.createMediaStreamDestination(); tone.connect(into); tone.start();
                 await context.resume(); return into.stream; };"""
        )
        answer = await page.goto("/site/prompts?name=storm")
        assert answer is not None and "microphone=(self)" in answer.headers["permissions-policy"]
        record = page.locator("#record")
        await record.click()
        await expect(page.locator("#recording")).to_contain_text("0:01")
        await record.click()
        await expect(page.locator("#recording")).to_contain_text("Recorded")
        await page.get_by_role("button", name="Send and look at it").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("storm")
        await expect(page.get_by_role("button", name="Keep it in the draft")).to_be_enabled()
