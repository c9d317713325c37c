"""The pages in a real browser: log in, see a call appear, read its story by keyboard, lose and find the connection.

Takes pictures of every page, light and dark, wide and narrow, into the folder SWITCHROOM_SCREENSHOTS names.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from callrouter.agents import Deed
from callrouter.ami.events import PhoneState
from server.web.app import serving_parts
from tests.server.web.chromium import chromium, running_browser
from tests.server.web.office import PASSWORD, Office

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SIZES = {"desktop": (1280, 860), "phone": (360, 780)}
#: Of every page pictures are made in these ways: in all four for whoever asks for pictures, else in two that have all.
LOOKS = [("desktop", "light"), ("phone", "dark")]
if os.environ.get("SWITCHROOM_SCREENSHOTS"):
    LOOKS += [("desktop", "dark"), ("phone", "light")]
in_all_looks = pytest.mark.parametrize(("size", "scheme"), LOOKS, ids=["-".join(look) for look in LOOKS])
#: What the first fetch of Chromium may take is in the time of the first test.
PATIENCE = 20_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = Path(os.environ.get("SWITCHROOM_SCREENSHOTS") or tmp_path / "pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Browser]:
    async with running_browser(tmp_path, await chromium()) as browser:
        yield browser


@asynccontextmanager
async def opened(browser: Browser, url: str, **settings: object) -> AsyncIterator[Page]:
    """Open a page that fails the test when a script of it fails or breaks the content policy."""
    complaints: list[str] = []
    context = await browser.new_context(base_url=url, **settings)  # type: ignore[arg-type]  # Playwright's many
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
    try:
        yield page
        assert complaints == []
    finally:
        await context.close()


async def log_in(page: Page, name: str = "sue") -> None:
    await page.goto("/calls")
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("heading", name="Calls", exact=True)).to_be_visible()


async def no_wider_than_the_window(page: Page) -> None:
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{wide} pixels are beyond the right edge"


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
    running: Browser, office: Office, url: str
) -> None:
    async with opened(running, url) as page:
        await log_in(page)
        await expect(page.get_by_text("Nobody is calling.")).to_be_visible()
        await expect(page.locator("#link")).to_have_text("Live")
        await page.evaluate("window.same = true")

        call = office.offered("Ona", ani="+37061200001")
        row = page.locator(f"#call-{call}")
        await expect(row.locator(".pill")).to_have_text("In the menu")
        office.queued(call)
        await expect(row.locator(".pill")).to_have_text("Waiting")
        await expect(page.locator("[data-figure=waiting]")).to_have_text("1")

        await page.keyboard.press("Tab")
        for _ in range(20):
            if await row.locator("a.open").evaluate("link => link === document.activeElement"):
                break
            await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        story = page.get_by_role("dialog")
        await expect(story.get_by_text("Joined the line of billing at place 1.")).to_be_visible()

        # What goes on happening is told in the open story too, and the row moves to the calls of the day.
        await office.ended(call, "abandoned")
        await expect(story.get_by_text("The caller gave up")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(story).to_be_hidden()
        await expect(page.locator(f"#ended #call-{call} .pill")).to_have_text("Gave up")
        assert await row.locator("a.open").evaluate("link => link === document.activeElement")
        assert await page.evaluate("window.same") is True


async def test_the_clock_of_a_waiting_caller_ticks(running: Browser, office: Office, url: str) -> None:
    call = office.offered("Ona")
    office.queued(call)
    async with opened(running, url) as page:
        await log_in(page)
        clock = page.locator(f"#call-{call} .time .clock")
        before = await clock.inner_text()
        await expect(clock).not_to_have_text(before)


async def test_names_are_text_whatever_they_contain(running: Browser, office: Office, url: str) -> None:
    evil = "<img src=x onerror=\"document.title='broken'\">"
    async with opened(running, url) as page:
        await log_in(page)
        call = office.offered(evil)
        await expect(page.locator(f"#call-{call} a.open")).to_have_text(evil)
        await page.locator(f"#call-{call} a.open").click()
        await expect(page.get_by_role("dialog").get_by_role("heading")).to_have_text(evil)
        assert "broken" not in await page.title()


async def test_a_lost_connection_is_said_and_found_again(running: Browser, office: Office) -> None:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(AsyncExitStack())
        url = await first.enter_async_context(serving_parts(office.parts, office.accounts, "127.0.0.1", 0))
        page = await stack.enter_async_context(opened(running, url))
        await log_in(page)
        await expect(page.locator("#link")).to_have_text("Live")
        await first.aclose()
        await expect(page.locator("#link")).to_contain_text("Connection lost")
        missed = office.offered("Called meanwhile")
        port = int(url.rpartition(":")[2])
        await stack.enter_async_context(serving_parts(office.parts, office.accounts, "127.0.0.1", port))
        await expect(page.locator("#link")).to_have_text("Live", timeout=15_000)
        await expect(page.locator(f"#call-{missed}")).to_be_visible()


async def test_a_login_that_ends_leads_to_the_login_page(running: Browser, office: Office, url: str) -> None:
    async with opened(running, url) as page:
        await log_in(page)
        await page.get_by_role("button", name="Log out").click()
        await expect(page).to_have_url(f"{url}/login")
        await page.goto("/calls?day=2026-11-19")
        await page.get_by_label("Name").fill("sue")
        await page.get_by_label("Password").fill("not this one")
        await page.get_by_role("button", name="Log in").click()
        await expect(page.get_by_role("alert")).to_have_text("The name or the password is wrong.")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(f"{url}/calls?day=2026-11-19")


@in_all_looks
async def test_pictures(running: Browser, office: Office, url: str, pictures: Path, size: str, scheme: str) -> None:
    width, height = SIZES[size]
    screen = {"color_scheme": scheme, "viewport": {"width": width, "height": height}, "device_scale_factor": 2}
    async with opened(running, url, **screen) as page:

        async def picture(name: str, *, whole: bool = True) -> None:
            await no_wider_than_the_window(page)
            await page.screenshot(path=pictures / f"{name}-{size}-{scheme}.png", full_page=whole)

        await page.goto("/login")
        await picture("login")
        await log_in(page)
        await picture("empty")
        call = await busy_day(office)
        await expect(page.locator("#now tr")).to_have_count(3)
        await expect(page.locator("#link")).to_have_text("Live")
        await page.reload()
        await expect(page.locator("#link")).to_have_text("Live")
        await page.locator(f"#call-{call} a.open").focus()
        await picture("calls")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("dialog")).to_be_visible()
        await picture("dialog", whole=False)
        await page.goto(f"/calls/{call}")
        await picture("story")
        assert await page.title() == "Call of <script>document.title='broken'</script> · Acme & Sons"
        office.reachable = False
        await page.goto("/calls")
        await expect(page.locator("#unreachable")).to_be_visible()
        await picture("unreachable", whole=False)
        await page.goto("/nowhere")
        await picture("error", whole=False)
