"""The pages in a real browser: log in, see a call appear, read its story by keyboard, lose and find the connection.

Takes pictures of every page, light and dark, wide and narrow, into the folder SWITCHROOM_SCREENSHOTS names.
"""

from __future__ import annotations

import os
import socket
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from playwright.async_api import Browser, expect

from callrouter.agents import Deed
from callrouter.ami.events import PhoneState
from server.web.app import serving_parts
from tests.server.web.browsing import (
    IN_ONE_BROWSER,
    arrived,
    is_live,
    log_in,
    looked_at,
    office,
    opened,
    pictures,
    tab_to,
    url,
)
from tests.server.web.office import PASSWORD, Office

__all__ = ["office", "pictures", "url"]  # fixtures: pytest finds them here by name
pytestmark = IN_ONE_BROWSER


def own_port() -> int:
    """Return a port that nobody else gets by asking for any, so that it is still ours the second time."""
    for port in range(20_000 + os.getpid() % 10_000, 32_000):
        with socket.socket() as tried, suppress(OSError):
            tried.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")


async def busy_day(office: Office) -> str:
    """Play a morning; return a call whose story has all that a story can have."""
    await office.whole_call("Jonas Petraitis", ani="+37061200001")
    office.clock.advance(300)
    await office.ended(office.offered(ani=""), "abandoned")
    office.clock.advance(200)
    await office.ended(office.offered("Ona K.", ani="+37065500002"), "voicemail")
    office.clock.advance(90)
    await office.ended(office.offered("UAB Labai ilgo pavadinimo įmonė ir partneriai", ani="+37065500003"), "failed")
    office.clock.advance(600)
    roster = office.parts.roster
    roster.do("bob", Deed.LOG_IN)
    roster.do("bob", Deed.PAUSE, reason="lunch")
    call = await office.whole_call("<script>document.title='broken'</script>", ani="+37061200009")
    roster.do("carol", Deed.LOG_IN)
    roster.phone_changed("carol", PhoneState.IDLE)
    talking = office.offered("Rasa", ani="+37061200010")
    office.answered(office.queued(talking), "alice")
    office.clock.advance(95)
    office.queued(office.offered("Tomas Kazlauskas", ani="+37061200011"))
    office.clock.advance(41)
    office.offered(ani="+37061200012", menus=("welcome",))
    office.clock.advance(6)
    return call


async def test_a_call_appears_without_reloading_and_its_story_opens_by_keyboard(
    one_browser: Browser, office: Office, url: str
) -> None:
    async with opened(one_browser, url) as page:
        await log_in(page)
        await expect(page.get_by_text("Nobody is calling.")).to_be_visible()
        await is_live(page)
        await page.evaluate("window.same = true")

        call = office.offered("Ona", ani="+37061200001")
        row = page.locator(f"#call-{call}")
        await expect(row.locator(".pill")).to_have_text("In the menu")
        office.queued(call)
        await expect(row.locator(".pill")).to_have_text("Waiting")
        await expect(page.locator("[data-figure=waiting]")).to_have_text("1")

        await tab_to(page, row.locator("a.open"))
        await page.keyboard.press("Enter")
        story = page.get_by_role("dialog")
        await expect(story.get_by_text("Joined the line of billing at place 1.")).to_be_visible()

        # What goes on happening is told in the open story too, and the row moves to the calls of the day.
        await office.ended(call, "abandoned")
        await expect(story.get_by_text("The caller gave up")).to_be_visible()
        await expect(story.get_by_role("button", name="Close")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(story).to_be_hidden()
        await expect(page.locator(f"#ended #call-{call} .pill")).to_have_text("Gave up")
        await expect(row.locator("a.open")).to_be_focused()
        assert await page.evaluate("window.same") is True


async def test_the_clock_of_a_waiting_caller_ticks(one_browser: Browser, office: Office, url: str) -> None:
    call = office.offered("Ona")
    office.queued(call)
    async with opened(one_browser, url) as page:
        await log_in(page)
        clock = page.locator(f"#call-{call} .time .clock")
        before = await clock.inner_text()
        await expect(clock).not_to_have_text(before)


async def test_names_are_text_whatever_they_contain(one_browser: Browser, office: Office, url: str) -> None:
    evil = "<img src=x onerror=\"document.title='broken'\">"
    async with opened(one_browser, url) as page:
        await log_in(page)
        await is_live(page)
        call = office.offered(evil)
        await expect(page.locator(f"#call-{call} a.open")).to_have_text(evil)
        await page.locator(f"#call-{call} a.open").click()
        await expect(page.get_by_role("dialog").get_by_role("heading")).to_have_text(evil)
        assert "broken" not in await page.title()


async def test_a_lost_connection_is_said_and_found_again(one_browser: Browser, office: Office) -> None:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(AsyncExitStack())
        port = own_port()
        url = await first.enter_async_context(serving_parts(office.parts, office.accounts, "127.0.0.1", port))
        page = await stack.enter_async_context(opened(one_browser, url))
        await log_in(page)
        await is_live(page)
        await first.aclose()
        await expect(page.locator("#link")).to_contain_text("Connection lost")
        missed = office.offered("Called meanwhile")
        await stack.enter_async_context(serving_parts(office.parts, office.accounts, "127.0.0.1", port))
        await expect(page.locator("#link")).to_have_text("Live")
        await expect(page.locator(f"#call-{missed}")).to_be_visible()


async def test_a_login_that_ends_leads_to_the_login_page(one_browser: Browser, office: Office, url: str) -> None:
    async with opened(one_browser, url) as page:
        await log_in(page)
        await page.get_by_role("button", name="Log out").click()
        await arrived(page, "/login")
        await page.goto("/calls?day=2026-11-19")
        await page.get_by_label("Name").fill("sue")
        await page.get_by_label("Password").fill("not this one")
        await page.get_by_role("button", name="Log in").click()
        await expect(page.get_by_role("alert")).to_have_text("The name or the password is wrong.")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_label("Password").press("Enter")
        await expect(page).to_have_url("/calls?day=2026-11-19")


async def test_pictures(one_browser: Browser, office: Office, url: str, pictures: Path) -> None:
    async with opened(one_browser, url, device_scale_factor=2) as page:
        await page.goto("/login")
        await looked_at(page, pictures, "login")
        await log_in(page)
        await looked_at(page, pictures, "empty")
        call = await busy_day(office)
        await expect(page.locator("#now tr")).to_have_count(3)
        await is_live(page)
        await page.reload()
        await is_live(page)
        await page.locator(f"#call-{call} a.open").focus()
        await looked_at(page, pictures, "calls")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("dialog")).to_be_visible()
        await looked_at(page, pictures, "dialog", whole=False)
        await page.goto(f"/calls/{call}")
        await looked_at(page, pictures, "story")
        assert await page.title() == "Call of <script>document.title='broken'</script> · Acme & Sons"
        office.reachable = False
        await page.goto("/calls")
        await expect(page.locator("#unreachable")).to_be_visible()
        await looked_at(page, pictures, "unreachable", whole=False)
        await page.goto("/nowhere")
        await looked_at(page, pictures, "error", whole=False)
