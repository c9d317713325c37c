"""The inbox in a real browser: hear a message, follow its words, handle it, take a deletion back, see news arrive.

Takes pictures, light and dark, wide and narrow, into the folder SWITCHROOM_SCREENSHOTS names.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from ledger.delivery_model import Later
from tests.server.web.browsing import IN_ONE_BROWSER, arrived, is_live, looked_at, opened, pictures, url
from tests.server.web.browsing import log_in as log_in_to_calls
from tests.voicemail.house import SILENT
from tests.voicemail.web.inbox_house import WORDS, InboxHouse, inbox_house
from voicemail.transcription.model import NoModel

__all__ = ["pictures", "url"]  # fixtures: pytest finds them here by name
pytestmark = IN_ONE_BROWSER
EVIL = "<img src=x onerror=\"document.title='broken'\">"


@pytest_asyncio.fixture(loop_scope="session")
async def inbox(tmp_path: Path) -> AsyncIterator[InboxHouse]:
    async with inbox_house(tmp_path) as opened_:
        yield opened_


async def log_in(page: Page, name: str = "alice") -> None:
    await log_in_to_calls(page, name)
    await page.get_by_role("link", name="Voicemail").click()
    await arrived(page, "/voicemail")
    await expect(page.get_by_role("heading", name="Voicemail", exact=True)).to_be_visible()
    await is_live(page)


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


#: Keeps each word as it is shown to be spoken, and where the sound was then: a slow machine looks too late to see it.
_LISTEN = """() => {
  window.heard = [];
  new MutationObserver(() => {
    const word = document.querySelector("#transcript .word.now");
    if (word && window.heard.at(-1)?.[0] !== word.textContent) {
      window.heard.push([word.textContent, document.querySelector("audio").currentTime]);
    }
  }).observe(document.querySelector("article"), { attributes: true, childList: true, subtree: true });
}"""


async def slow_sound(page: Page) -> None:
    """Have a word last four seconds, and the message half a minute."""
    await page.evaluate("document.querySelector('audio').playbackRate = 0.2")


async def test_a_message_is_heard_and_its_words_follow(one_browser: Browser, inbox: InboxHouse, url: str) -> None:
    id_ = await inbox.leave()
    async with opened(one_browser, url) as page:
        await log_in(page)
        row = page.locator(f"#item-{id_}")
        await expect(row).to_have_class("unread")
        await row.locator("a.open").click()
        await arrived(page, f"/voicemail/{id_}")  # the list has her name, too
        await expect(page.get_by_role("heading", name="Ona")).to_be_visible()
        # Opening is not hearing.
        assert (await inbox.home.voicemail.get(id_)).heard_at is None
        await page.evaluate(_LISTEN)
        await page.get_by_role("button", name="Play").click()
        await page.wait_for_function("() => window.heard.length >= 3")
        await slow_sound(page)  # it goes on while we look at the rest
        begins = {word.text: word.start for word in WORDS}
        for text, moment in await page.evaluate("window.heard"):
            assert begins[text] - 0.05 < moment < begins[text] + 1.5, text
        message = await inbox.home.until(id_, lambda message: message.heard_at is not None)
        assert message.heard_by == "alice"
        # What others are told, this page is told too, and the sound goes on.
        await expect(page.locator("#head .pill")).to_have_text("Heard")
        await expect(page.locator("#ledger")).to_contain_text("Heard by alice")
        assert not await page.evaluate("document.querySelector('audio').paused")
        await page.get_by_role("button", name="Pause").click()
        assert [step.what for step in await inbox.home.voicemail.ledger(id_)].count("heard") == 1


async def test_a_click_on_a_word_or_on_the_wave_jumps_there(one_browser: Browser, inbox: InboxHouse, url: str) -> None:
    id_ = await inbox.leave()
    async with opened(one_browser, url) as page:
        await log_in(page)
        await page.goto(f"/voicemail/{id_}")
        await slow_sound(page)
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


async def test_the_player_by_keyboard(one_browser: Browser, inbox: InboxHouse, url: str) -> None:
    id_ = await inbox.leave()
    async with opened(one_browser, url) as page:
        await log_in(page)
        await page.goto(f"/voicemail/{id_}")
        now = page.locator(".times .now")
        await page.keyboard.press("ArrowRight")
        await expect(now).to_have_text("0:05")
        await page.keyboard.press("ArrowLeft")
        await expect(now).to_have_text("0:00")
        await slow_sound(page)
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


async def test_handled_on_the_page_and_a_note_without_reloading(
    one_browser: Browser, inbox: InboxHouse, url: str
) -> None:
    id_ = await inbox.leave()
    async with opened(one_browser, url) as page:
        await log_in(page)
        await page.locator(f"#item-{id_} a.open").click()
        await arrived(page, f"/voicemail/{id_}")  # the list has her name, too
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
        await arrived(page, "/voicemail")
        await expect(page.locator(f"#item-{id_}")).to_contain_text("Alice Doe")


async def test_a_deletion_is_taken_back(one_browser: Browser, inbox: InboxHouse, url: str) -> None:
    id_ = await inbox.leave()
    async with opened(one_browser, url) as page:
        await log_in(page)
        await page.get_by_role("searchbox").fill("invoice")
        await page.get_by_role("searchbox").press("Enter")
        await arrived(page, "/voicemail?words=invoice")
        await page.locator(f"#item-{id_} a.open").click()
        await arrived(page, f"/voicemail/{id_}")
        await page.get_by_role("button", name="Delete").click()
        await arrived(page, "/voicemail?words=invoice")
        await expect(page.locator(f"#item-{id_}")).to_have_count(0)
        assert (await inbox.home.voicemail.get(id_)).deleted_by == "alice"
        await page.locator("#toast").get_by_role("button", name="Undo").click()
        await expect(page.locator(f"#item-{id_}")).to_be_visible()
        await expect(page.locator("#toast")).to_contain_text("Brought back")
        assert (await inbox.home.voicemail.get(id_)).deleted_at is None


async def test_the_list_by_keyboard(one_browser: Browser, inbox: InboxHouse, url: str) -> None:
    made = []
    for name in ("first", "second", "third"):
        made.append(await inbox.leave(name=name))
        inbox.home.clock.advance(60)
    links = [f"#item-{id_} a.open" for id_ in reversed(made)]
    async with opened(one_browser, url) as page:
        await log_in(page)
        for key, link in (("j", 0), ("ArrowDown", 1), ("k", 0), ("j", 1)):
            await page.keyboard.press(key)
            await expect(page.locator(links[link]), key).to_be_focused()
        await page.keyboard.press("e")
        await expect(page.locator(links[1])).to_have_count(0)
        assert (await inbox.home.voicemail.get(made[1])).handled_by == "alice"
        # The keyboard stands on the row that took the place.
        await expect(page.locator(links[2])).to_be_focused()
        await page.keyboard.press("Delete")
        await expect(page.locator(links[2])).to_have_count(0)
        await expect(page.locator("#toast")).to_contain_text("Deleted")
        await page.keyboard.press("/")
        await page.keyboard.type("first e")
        assert (await inbox.home.voicemail.get(made[2])).handled_at is None
        await page.keyboard.press("Escape")
        await page.keyboard.press("j")
        await expect(page.locator(links[0])).to_be_focused()
        await page.keyboard.press("Enter")
        await arrived(page, f"/voicemail/{made[2]}")
        await expect(page.get_by_role("heading", name="third")).to_be_visible()


async def test_news_arrive_without_reloading(one_browser: Browser, inbox: InboxHouse, url: str) -> None:
    async with opened(one_browser, url) as page:
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


async def test_news_take_nothing_from_under_the_pointer_and_the_keyboard(
    one_browser: Browser, inbox: InboxHouse, url: str
) -> None:
    id_ = await inbox.leave(name="first")
    async with opened(one_browser, url) as page:
        await log_in(page)
        await page.locator(f"#item-{id_}").get_by_role("button", name="Mark handled").hover()
        await page.mouse.down()
        async with page.expect_response(f"{url}/voicemail"):
            inbox.home.clock.advance(60)
            other = await inbox.leave(name="second")
        await page.mouse.up()
        await expect(page.locator(f"#item-{other}")).to_be_visible()
        await expect(page.locator(f"#item-{id_}")).to_have_count(0)
        assert (await inbox.home.voicemail.get(id_)).handled_by == "alice"
        delete = page.locator(f"#item-{other}").get_by_role("button", name="Delete")
        await delete.focus()
        third = await inbox.leave(name="third")
        await expect(page.locator(f"#item-{third}")).to_be_visible()
        await expect(delete).to_be_focused()


async def test_a_transcript_arrives_in_the_open_message(one_browser: Browser, inbox: InboxHouse, url: str) -> None:
    id_ = await inbox.leave(said=NoModel("en"))
    async with opened(one_browser, url) as page:
        await log_in(page)
        await page.goto(f"/voicemail/{id_}")
        await expect(page.locator("#transcript")).to_contain_text("No text: no speech model for en.")
        await page.get_by_label("Note").fill("half a no")
        await page.get_by_role("button", name="Transcribe again").click()
        await expect(page.locator("#transcript")).to_contain_text("please")
        await expect(page.get_by_label("Note")).to_have_value("half a no")


async def test_an_operator_finds_no_way_to_others_messages(one_browser: Browser, inbox: InboxHouse, url: str) -> None:
    id_ = await inbox.leave("support", "Jonas")
    async with opened(one_browser, url) as page:
        await log_in(page)
        await expect(page.locator("tr[data-item]")).to_have_count(0)
        await expect(page.get_by_role("link", name="support")).to_have_count(0)
        await page.goto(f"/voicemail/{id_}")
        await expect(page.get_by_role("heading")).to_contain_text("There is no such message")
        for path in (f"/voicemail/{id_}/sound", f"/api/v1/voicemail/{id_}", f"/api/v1/voicemail/{id_}/sound"):
            assert await page.evaluate("path => fetch(path).then(answer => answer.status)", path) == 404
        assert (await inbox.home.voicemail.get(id_)).heard_at is None


async def test_names_are_text_whatever_they_contain(one_browser: Browser, inbox: InboxHouse, url: str) -> None:
    id_ = await inbox.leave(name=EVIL, facts={EVIL: EVIL})
    await inbox.home.voicemail.note(id_, EVIL, "bob")
    async with opened(one_browser, url) as page:
        await log_in(page)
        await expect(page.locator(f"#item-{id_} a.open")).to_have_text(EVIL)
        await page.locator(f"#item-{id_} a.open").click()
        await arrived(page, f"/voicemail/{id_}")
        await expect(page.get_by_role("heading", level=1)).to_have_text(EVIL)
        await expect(page.locator("#ledger")).to_contain_text(EVIL)
        assert await page.locator("article img").count() == 0
        assert await page.title() == f"Voicemail from {EVIL} · Acme"


async def test_without_scripts_it_works_too(one_browser: Browser, inbox: InboxHouse, url: str) -> None:
    id_ = await inbox.leave()
    async with opened(one_browser, url, java_script_enabled=False) as page:
        await log_in_to_calls(page, "alice")
        await page.goto("/voicemail")
        await page.get_by_role("link", name="Ona").click()
        await expect(page.locator("audio")).to_be_visible()
        await page.get_by_role("button", name="Mark as handled").click()
        await expect(page.locator("#head .pill")).to_have_text("Handled")
        await page.get_by_role("button", name="Delete").click()
        await arrived(page, re.compile(r"/voicemail\?did="))
        await page.get_by_role("button", name="Undo").click()
        await expect(page.locator("#toast")).to_contain_text("Brought back")
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


async def test_pictures(one_browser: Browser, inbox: InboxHouse, url: str, pictures: Path) -> None:
    async with opened(one_browser, url, device_scale_factor=2) as page:
        await log_in(page, "admin")
        await looked_at(page, pictures, "voicemail-empty")
        id_ = await full_inbox(inbox)
        await page.reload()
        await expect(page.locator("tr[data-item]")).to_have_count(6)
        await is_live(page)
        await page.locator("tr[data-item] a.open").nth(1).focus()
        await looked_at(page, pictures, "voicemail-inbox")
        await page.goto(f"/voicemail/{id_}")
        await slow_sound(page)
        await page.locator(".word", has_text="invoice").click()
        await is_playing(page)
        await page.keyboard.press("Space")
        await looked_at(page, pictures, "voicemail-message")
        await page.get_by_role("button", name="Delete").click()
        await arrived(page, "/voicemail")
        await expect(page.locator("#toast")).to_contain_text("Deleted")
        await looked_at(page, pictures, "voicemail-deleted", whole=False)
        await page.goto("/voicemail/undelivered")
        await looked_at(page, pictures, "voicemail-undelivered")
