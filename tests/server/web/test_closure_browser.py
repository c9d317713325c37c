"""The page of closures in a real browser: closed by keyboard, seen at once on a colleague's page, opened again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, expect

from server.closure_office import ClosureOffice
from tests.server.fake_store import FakeStore
from tests.server.web.browsing import IN_ONE_BROWSER, log_in, looked_at, opened, pictures, tab_to, url
from tests.server.web.closing import closing_office
from tests.server.web.office import Office

__all__ = ["pictures", "url"]  # fixtures: pytest finds them here by name
pytestmark = IN_ONE_BROWSER


@pytest_asyncio.fixture(loop_scope="session")
async def closing(tmp_path: Path) -> AsyncIterator[tuple[Office, ClosureOffice, FakeStore]]:
    async with closing_office(tmp_path) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def office(closing: tuple[Office, ClosureOffice, FakeStore]) -> Office:
    return closing[0]


async def test_a_closure_from_the_keyboard_to_a_colleagues_page(
    one_browser: Browser, closing: tuple[Office, ClosureOffice, FakeStore], url: str, pictures: Path
) -> None:
    async with opened(one_browser, url) as colleague, opened(one_browser, url) as page:
        await log_in(colleague, "alice")
        await expect(colleague.locator("#link")).to_have_text("Live")
        await log_in(page, "sue")
        await page.goto(f"{url}/closures")
        await expect(page.get_by_text("Nothing is closed by hand.")).to_be_visible()
        await page.get_by_label("What", exact=True).select_option(label="Technical support")
        await tab_to(page, page.get_by_label("en", exact=True))
        await page.keyboard.press("Control+A")
        await page.keyboard.type("Our telephone system is being repaired.")

        # a login that ended meanwhile takes nothing away: the form is sent after the next one
        await tab_to(page, page.get_by_role("button", name="Close now"))
        await page.context.clear_cookies()
        await page.keyboard.press("Enter")
        await expect(page.locator("#sending")).to_contain_text("You are logged out.")
        other = await page.context.new_page()
        await log_in(other, "sue")
        await page.keyboard.press("Enter")

        said = "Technical support is closed until 12:30, by sue."
        await expect(page.locator("#closed-now")).to_contain_text(said)
        await expect(colleague.locator("#closed-now")).to_contain_text(said)
        await expect(page.get_by_text("Our telephone system is being repaired.").first).to_be_visible()
        await looked_at(page, pictures, "closures")
        await looked_at(colleague, pictures, "closures-banner")

        await page.get_by_role("button", name="Open again Technical support").click()
        await expect(page.get_by_text("Nothing is closed by hand.")).to_be_visible()
        await expect(colleague.locator("#closed-now")).to_have_text("")
