"""What browser tests share: a page that may not fail, a login, arriving somewhere, and looks at a page in every way."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from re import Pattern
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from config.schema import Site
from server.studio.room import StudioRoom
from server.web.app import serving_parts
from tests.server.web.chromium import chromium, running_browser
from tests.server.web.office import PASSWORD, Office, open_office
from tests.server.web.publishing import Bureau, open_bureau

Scheme = Literal["light", "dark"]
SIZES = {"desktop": (1280, 860), "phone": (360, 780)}
#: Where pictures go when somebody wants to see them; a test alone needs none, and they take long.
WANTED = os.environ.get("SWITCHROOM_SCREENSHOTS")
#: Every page is looked at in these ways: in all four for whoever asks for pictures, else in two that have all.
LOOKS: list[tuple[str, Scheme]] = [("desktop", "light"), ("phone", "dark")]
if WANTED:
    LOOKS += [("desktop", "dark"), ("phone", "light")]
#: All of them share one browser, so they run on one loop, and so do their fixtures.
IN_ONE_BROWSER = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]
PATIENCE = 20_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Return where pictures go."""
    folder = Path(WANTED or tmp_path / "pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Browser]:
    """Start a browser of this test's own; what the first fetch of Chromium takes is in the time of the first test."""
    async with running_browser(tmp_path, await chromium()) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def office(tmp_path: Path, site: Site, draft: Path | None) -> AsyncIterator[Office]:
    """Open an office with this site; where a module has a draft, its admins have that to work on."""
    async with open_office(tmp_path, site=site) as made:
        await made.hire()
        if draft is not None:
            made.parts = replace(made.parts, studio=StudioRoom(draft, tmp_path, tmp_path / "prompts", lambda: site))
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def bureau(tmp_path: Path) -> AsyncIterator[Bureau]:
    """Open an office in which one publishes."""
    async with open_bureau(tmp_path) as made:
        yield made


@pytest.fixture(name="office")
def office_of_bureau(bureau: Bureau) -> Office:
    """Have the bureau's office served."""
    return bureau.office


@pytest_asyncio.fixture(loop_scope="session")
async def url(office: Office) -> AsyncIterator[str]:
    """Serve the office on the loop of the browser."""
    async with serving_parts(office.parts, office.accounts, "127.0.0.1", 0) as address:
        yield address


@asynccontextmanager
async def opened(browser: Browser, url: str, **settings: object) -> AsyncIterator[Page]:
    """Open a page that fails the test when a script of it fails or breaks the content policy."""
    complaints: list[str] = []
    if not WANTED:
        settings.pop("device_scale_factor", None)  # four times the work, for who looks at the pictures
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


async def arrived(page: Page, address: str | Pattern[str]) -> None:
    """Wait until the page at an address is there and its scripts have run.

    After a click that leads elsewhere this comes before the next deed: on a page without its scripts a key means
    nothing, and a button sends its form and leads away. Module scripts have run when the DOM is said to be loaded.
    """
    await expect(page).to_have_url(address)
    await page.wait_for_load_state("domcontentloaded")


async def is_live(page: Page) -> None:
    """Wait until the page hears what happens, which is after its scripts have run."""
    await expect(page.locator("#link")).to_have_text("Live")


async def log_in(page: Page, name: str = "sue") -> None:
    """Log in, and wait for the calls."""
    await page.goto("/calls")
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()
    await arrived(page, "/calls")
    await expect(page.get_by_role("heading", name="Calls", exact=True)).to_be_visible()


async def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the keyboard is there, as who has no mouse."""
    await expect(wanted).to_be_visible()
    for _ in range(60):
        if await wanted.evaluate("it => it === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    pytest.fail(f"the keyboard never comes to {wanted}")


async def no_wider_than_the_window(page: Page) -> None:
    """Fail when something is beyond the right edge."""
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{wide} pixels are beyond the right edge"


async def looked_at(page: Page, pictures: Path, name: str, *, whole: bool = True) -> None:
    """Look at the page in every way, and take pictures for whoever wants them; it stays as it was looked at last."""
    for size, scheme in LOOKS:
        width, height = SIZES[size]
        await page.set_viewport_size(ViewportSize(width=width, height=height))
        await page.emulate_media(color_scheme=scheme)
        await no_wider_than_the_window(page)
        if WANTED:
            await page.screenshot(path=pictures / f"{name}-{size}-{scheme}.png", full_page=whole)
