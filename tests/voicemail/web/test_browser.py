"""The inbox in a real browser: hear a message, follow its words, handle it, take a deletion back, see news arrive.

Takes pictures, light and dark, wide and narrow, into the folder SWITCHROOM_SCREENSHOTS names.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from ledger.delivery_model import Later
from tests.server.web.chromium import chromium, running_browser
from tests.server.web.test_browser import SIZES, in_all_looks, no_wider_than_the_window, opened
from tests.server.web.test_browser import log_in as log_in_to_calls
from tests.voicemail.house import SILENT
from tests.voicemail.web.inbox_house import InboxHouse
from voicemail.transcription.model import NoModel

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
EVIL = "<img src=x onerror=\"document.title='broken'\">"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = Path(os.environ.get("SWITCHROOM_SCREENSHOTS") or tmp_path / "pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Browser]:
    async with running_browser(tmp_path, await chromium()) as browser:
        yield browser


async def log_in(page: Page, name: str = "alice") -> None:
    await log_in_to_calls(page, name)
    await page.get_by_role("link", name="Voicemail").click()
    await expect(page.get_by_role("heading", name="Voicemail", exact=True)).to_be_visible()
    await expect(page.locator("#link")).to_have_text("Live")


async def at(page: Page) -> float:
    """Tell where the sound is, seconds."""
    return float(await page.evaluate("document.querySelector('audio').currentTime"))


async def is_playing(page: Page) -> None:
    """Wait until the sound moves on by itself."""
    await page.wait_for_function(
        """() => {
          const audio = document.querySelector("audio");
          return !audio.paused && audio.currentTime > 0.3 && audio.readyState > 2;
        }"""
    )


async def has_focus(link: Locator) -> bool:
    return bool(await link.evaluate("link => link === document.activeElement"))


async def test_a_message_is_heard_and_its_words_follow(running: Browser, inbox: InboxHouse, url: str) -> None:
    id_ = await inbox.leave()
    async with opened(running, url) as page:
        await log_in(page)
        row = page.locator(f"#item-{id_}")
        await expect(row).to_have_class("unread")
        await row.locator("a.open").click()
        await expect(page).to_have_url(f"{url}/voicemail/{id_}")  # the list has her name, too
        await expect(page.get_by_role("heading", name="Ona")).to_be_visible()
        # Opening is not hearing.
        assert (await inbox.home.voicemail.get(id_)).heard_at is None
        await page.get_by_role("button", name="Play").click()
        await is_playing(page)
        word = page.locator("#transcript .word.now")
        for text in ("please", "call", "me"):
            await expect(word).to_have_text(text)
        assert 1.5 < await at(page) < 4.0
        message = await inbox.home.until(id_, lambda message: message.heard_at is not None)
        assert message.heard_by == "alice"
        # What others are told, this page is told too, and the sound goes on.
        await expect(page.locator("#head .pill")).to_have_text("Heard")
        await expect(page.locator("#ledger")).to_contain_text("Heard by alice")
        assert not await page.evaluate("document.querySelector('audio').paused")
        await page.get_by_role("button", name="Pause").click()
        assert [step.what for step in await inbox.home.voicemail.ledger(id_)].count("heard") == 1


async def test_a_click_on_a_word_or_on_the_wave_jumps_there(running: Browser, inbox: InboxHouse, url: str) -> None:
    id_ = await inbox.leave()
    async with opened(running, url) as page:
        await log_in(page)
        await page.goto(f"/voicemail/{id_}")
        await page.locator(".word", has_text="invoice").click()
        await is_playing(page)
        await expect(page.locator(".word.now")).to_have_text("invoice")
        assert 3.3 < await at(page) < 4.6
        await page.keyboard.press("Space")
        wave = page.get_by_role("slider", name="Position")
        box = await wave.bounding_box()
        assert box is not None
        await wave.click(position={"x": box["width"] / 4, "y": box["height"] / 2})
        await page.wait_for_function("() => Math.abs(document.querySelector('audio').currentTime - 1.5) < 0.2")
        await expect(page.locator(".word.now")).to_have_text("call")
        await expect(wave).to_have_attribute("aria-valuetext", "0:01 of 0:06")
        played = page.locator("#played rect")
        assert 100 < float(await played.get_attribute("width") or 0) < 200
        doubtful = page.locator(".word.doubtful")
        await expect(doubtful).to_have_text("Petraitis")
        await expect(doubtful).to_have_attribute("title", "Doubtful: 41 % sure")


async def test_the_player_by_keyboard(running: Browser, inbox: InboxHouse, url: str) -> None:
    id_ = await inbox.leave()
    async with opened(running, url) as page:
        await log_in(page)
        await page.goto(f"/voicemail/{id_}")
        now = page.locator(".times .now")
        await page.keyboard.press("ArrowRight")
        await expect(now).to_have_text("0:05")
        await page.keyboard.press("ArrowLeft")
        await expect(now).to_have_text("0:00")
        await page.keyboard.press("Space")
        await is_playing(page)
        await page.keyboard.press("Space")
        assert await page.evaluate("document.querySelector('audio').paused")
        words = page.locator(".words")
        await words.focus()
        await page.keyboard.press("ArrowRight")
        await expect(page.locator(".word.now")).not_to_have_text("please")
        # Who writes a note is not playing.
        await page.get_by_label("Note").press_sequentially("call at 5 e")
        assert await page.evaluate("document.querySelector('audio').paused")
        assert (await inbox.home.voicemail.get(id_)).handled_at is None


async def test_handled_on_the_page_and_a_note_without_reloading(running: Browser, inbox: InboxHouse, url: str) -> None:
    id_ = await inbox.leave()
    async with opened(running, url) as page:
        await log_in(page)
        await page.locator(f"#item-{id_} a.open").click()
        await expect(page).to_have_url(f"{url}/voicemail/{id_}")  # the list has her name, too
        await expect(page.get_by_role("heading", name="Ona")).to_be_visible()
        await page.evaluate("window.same = true")
        await page.get_by_role("button", name="Mark as handled").click()
        await expect(page.locator("#head .pill")).to_have_text("Handled")
        await expect(page.locator("#toast")).to_contain_text("Marked as handled")
        assert (await inbox.home.voicemail.get(id_)).handled_by == "alice"
        await page.locator("#toast").get_by_role("button", name="Undo").click()
        await expect(page.locator("#head .pill")).to_have_text("New")
        await page.get_by_label("Note").fill("rings tomorrow")
        await page.get_by_role("button", name="Write down").click()
        await expect(page.locator("#ledger")).to_contain_text("rings tomorrow")
        await expect(page.get_by_label("Note")).to_have_value("")
        await page.get_by_label("Assigned to").select_option("alice")
        await page.get_by_role("button", name="Assign").click()
        await expect(page.locator("#toast")).to_contain_text("Assigned")
        await page.get_by_role("button", name="Call back").click()
        await expect(page.locator("#toast")).to_contain_text("Your phone rings")
        inbox.ringing.busy = True
        await page.get_by_role("button", name="Call back").click()
        await expect(page.locator("#toast")).to_contain_text("Your phone is busy")
        assert await page.evaluate("window.same") is True
        await page.keyboard.press("u")
        await expect(page.locator(f"#item-{id_}")).to_contain_text("Alice Doe")


async def test_a_deletion_is_taken_back(running: Browser, inbox: InboxHouse, url: str) -> None:
    id_ = await inbox.leave()
    async with opened(running, url) as page:
        await log_in(page)
        await page.get_by_role("searchbox").fill("invoice")
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(f"{url}/voicemail?words=invoice")
        await page.locator(f"#item-{id_} a.open").click()
        await page.get_by_role("button", name="Delete").click()
        await expect(page).to_have_url(f"{url}/voicemail?words=invoice")
        await expect(page.locator(f"#item-{id_}")).to_have_count(0)
        assert (await inbox.home.voicemail.get(id_)).deleted_by == "alice"
        await page.locator("#toast").get_by_role("button", name="Undo").click()
        await expect(page.locator(f"#item-{id_}")).to_be_visible()
        await expect(page.locator("#toast")).to_contain_text("Brought back")
        assert (await inbox.home.voicemail.get(id_)).deleted_at is None


async def test_the_list_by_keyboard(running: Browser, inbox: InboxHouse, url: str) -> None:
    made = []
    for name in ("first", "second", "third"):
        made.append(await inbox.leave(name=name))
        inbox.home.clock.advance(60)
    links = [f"#item-{id_} a.open" for id_ in reversed(made)]
    async with opened(running, url) as page:
        await log_in(page)
        for key, link in (("j", 0), ("ArrowDown", 1), ("k", 0), ("j", 1)):
            await page.keyboard.press(key)
            assert await has_focus(page.locator(links[link])), key
        await page.keyboard.press("e")
        await expect(page.locator(links[1])).to_have_count(0)
        assert (await inbox.home.voicemail.get(made[1])).handled_by == "alice"
        # The keyboard stands on the row that took the place.
        assert await has_focus(page.locator(links[2]))
        await page.keyboard.press("Delete")
        await expect(page.locator(links[2])).to_have_count(0)
        await expect(page.locator("#toast")).to_contain_text("Deleted")
        await page.keyboard.press("/")
        await page.keyboard.type("first e")
        assert (await inbox.home.voicemail.get(made[2])).handled_at is None
        await page.keyboard.press("Escape")
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="third")).to_be_visible()


async def test_news_arrive_without_reloading(running: Browser, inbox: InboxHouse, url: str) -> None:
    async with opened(running, url) as page:
        await log_in(page)
        await expect(page.get_by_text("Everything is handled.")).to_be_visible()
        await page.evaluate("window.same = true")
        id_ = await inbox.leave()
        row = page.locator(f"#item-{id_}")
        await expect(row).to_contain_text("please call me about invoice")
        await expect(page.locator(".boxes [data-box=billing] .count")).to_have_text("1 unread")
        await expect(page.locator(".top nav .count")).to_have_text("1 new")
        await expect(page).to_have_title("Voicemail (1) · Acme")
        other = await inbox.leave("support", "Jonas")
        await inbox.home.voicemail.handle(id_, "bob")
        await expect(row).to_have_count(0)
        await expect(page.locator(f"#item-{other}")).to_have_count(0)
        await inbox.home.voicemail.forward(other, "billing", "bob")
        await expect(page.locator(f"#item-{other}")).to_be_visible()
        assert await page.evaluate("window.same") is True


async def test_a_transcript_arrives_in_the_open_message(running: Browser, inbox: InboxHouse, url: str) -> None:
    id_ = await inbox.leave(said=NoModel("en"))
    async with opened(running, url) as page:
        await log_in(page)
        await page.goto(f"/voicemail/{id_}")
        await expect(page.locator("#transcript")).to_contain_text("No text: no speech model for en.")
        await page.get_by_label("Note").fill("half a no")
        await page.get_by_role("button", name="Transcribe again").click()
        await expect(page.locator("#transcript")).to_contain_text("please")


async def test_an_operator_finds_no_way_to_others_messages(running: Browser, inbox: InboxHouse, url: str) -> None:
    id_ = await inbox.leave("support", "Jonas")
    async with opened(running, url) as page:
        await log_in(page)
        await expect(page.locator("tr[data-item]")).to_have_count(0)
        await expect(page.get_by_role("link", name="support")).to_have_count(0)
        await page.goto(f"/voicemail/{id_}")
        await expect(page.get_by_role("heading")).to_contain_text("There is no such message")
        for path in (f"/voicemail/{id_}/sound", f"/api/v1/voicemail/{id_}", f"/api/v1/voicemail/{id_}/sound"):
            assert await page.evaluate("path => fetch(path).then(answer => answer.status)", path) == 404
        assert (await inbox.home.voicemail.get(id_)).heard_at is None


async def test_names_are_text_whatever_they_contain(running: Browser, inbox: InboxHouse, url: str) -> None:
    id_ = await inbox.leave(name=EVIL, facts={EVIL: EVIL})
    await inbox.home.voicemail.note(id_, EVIL, "bob")
    async with opened(running, url) as page:
        await log_in(page)
        await expect(page.locator(f"#item-{id_} a.open")).to_have_text(EVIL)
        await page.locator(f"#item-{id_} a.open").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(EVIL)
        await expect(page.locator("#ledger")).to_contain_text(EVIL)
        assert await page.locator("article img").count() == 0
        assert await page.title() == f"Voicemail from {EVIL} · Acme"


async def test_without_scripts_it_works_too(running: Browser, inbox: InboxHouse, url: str) -> None:
    id_ = await inbox.leave()
    async with opened(running, url, java_script_enabled=False) as page:
        await log_in_to_calls(page, "alice")
        await page.goto("/voicemail")
        await page.get_by_role("link", name="Ona").click()
        await expect(page.locator("audio")).to_be_visible()
        await page.get_by_role("button", name="Mark as handled").click()
        await expect(page.locator("#head .pill")).to_have_text("Handled")
        await page.get_by_role("button", name="Delete").click()
        await page.get_by_role("button", name="Undo").click()
        assert (await inbox.home.voicemail.get(id_)).deleted_at is None


async def full_inbox(inbox: InboxHouse) -> str:
    """Fill it with all that an inbox can hold; return a message with everything."""
    rules = inbox.home.voicemail
    await inbox.customer("Ona Petraitienė", "+37060000001")
    id_ = await inbox.leave("billing", "ONA P")
    await rules.heard(id_, "alice")
    await rules.assign(id_, "alice", "sue")
    await rules.note(id_, "Wants the invoice of October again.\nSent it; ring her tomorrow.", "alice")
    inbox.home.clock.advance(7 * 3600)
    await inbox.leave("billing", "UAB Labai ilgo pavadinimo įmonė ir partneriai", "+37065500003", said=NoModel("lt"))
    inbox.home.clock.advance(3000)
    await inbox.refused_mail("550 5.1.1 <support@acme.example>: Recipient address rejected: User unknown")
    inbox.home.clock.advance(400)
    await inbox.leave("billing", "", "", partial=True)
    inbox.home.told.results.append(Later("421 4.3.2 Service not available, try again later"))
    await inbox.leave("support", EVIL, "+37061200009")
    inbox.home.clock.advance(720)
    await inbox.leave("alice", "Jonas", "+37061200001")
    await inbox.leave(examined=SILENT)
    return id_


@in_all_looks
async def test_pictures(running: Browser, inbox: InboxHouse, url: str, pictures: Path, size: str, scheme: str) -> None:
    width, height = SIZES[size]
    screen = {"color_scheme": scheme, "viewport": {"width": width, "height": height}, "device_scale_factor": 2}
    async with opened(running, url, **screen) as page:

        async def picture(name: str, *, whole: bool = True) -> None:
            await no_wider_than_the_window(page)
            await page.screenshot(path=pictures / f"voicemail-{name}-{size}-{scheme}.png", full_page=whole)

        await log_in(page, "admin")
        await picture("empty")
        id_ = await full_inbox(inbox)
        await page.reload()
        await expect(page.locator("tr[data-item]")).to_have_count(6)
        await expect(page.locator("#link")).to_have_text("Live")
        await page.locator("tr[data-item] a.open").nth(1).focus()
        await picture("inbox")
        await page.goto(f"/voicemail/{id_}")
        await page.locator(".word", has_text="invoice").click()
        await is_playing(page)
        await page.keyboard.press("Space")
        await picture("message")
        await page.get_by_role("button", name="Delete").click()
        await expect(page.locator("#toast")).to_contain_text("Deleted")
        await picture("deleted", whole=False)
        await page.goto("/voicemail/undelivered")
        await picture("undelivered")
