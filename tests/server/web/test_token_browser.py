"""The page of tokens in a real browser, by keyboard: one is made, copied, used, rotated and removed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, Locator, Page, expect

from server import token_secret
from server.scopes import Scope
from server.tokens import Tokens
from tests.server.web.chromium import chromium, running_browser
from tests.server.web.office import Office
from tests.server.web.test_browser import SIZES, in_all_looks, log_in, no_wider_than_the_window, opened, pictures

__all__ = ["pictures"]  # a fixture: pytest finds it here by name
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Browser]:
    async with running_browser(tmp_path, await chromium()) as browser:
        yield browser


async def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the keyboard is there, as who has no mouse."""
    for _ in range(60):
        if await wanted.evaluate("it => it === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    pytest.fail(f"the keyboard never comes to {wanted}")


async def status_of(url: str, secret: str) -> int:
    headers = {"Authorization": f"Bearer {secret}"}
    async with aiohttp.ClientSession(url, headers=headers) as session, session.get("/api/v1/calls") as answer:
        return answer.status


async def test_by_keyboard_from_the_first_to_the_last_day_of_a_token(
    running: Browser, office: Office, url: str
) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    async with opened(running, url, permissions=permissions) as page:
        await log_in(page, "admin")
        await tab_to(page, page.get_by_role("link", name="Tokens"))
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("There is no token yet.")).to_be_visible()

        # made
        await tab_to(page, page.get_by_label("Name", exact=True))
        await page.keyboard.type("crm")
        await tab_to(page, page.get_by_role("checkbox", name="calls:read"))
        await page.keyboard.press("Space")
        await page.keyboard.press("Enter")
        made = page.get_by_role("region", name="The new token crm")
        await expect(made).to_be_visible()
        first = await made.get_by_role("textbox").input_value()
        assert token_secret.is_whole(first) and await status_of(url, first) == 200

        # copied: the keyboard is on the button already
        await expect(made.get_by_role("button", name="Copy")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(made.get_by_role("status")).to_have_text("Copied.")
        assert await page.evaluate("navigator.clipboard.readText()") == first

        # shown once: a reload is a look, not a second token
        await page.reload()
        row = page.locator("#token-crm")
        await expect(row).to_contain_text("calls:read")
        await expect(page.get_by_role("region", name="The new token crm")).to_have_count(0)
        assert first not in await page.content()

        # rotated
        await tab_to(page, row.locator("summary", has_text="Rotate"))
        await page.keyboard.press("Enter")
        await tab_to(page, row.get_by_role("button", name="Make a new secret"))
        await page.keyboard.press("Enter")
        made = page.get_by_role("region", name="The new secret of crm")
        second = await made.get_by_role("textbox").input_value()
        assert second != first
        assert [await status_of(url, secret) for secret in (first, second)] == [200, 200]
        await expect(row).to_contain_text("an older secret ends")

        # removed
        await tab_to(page, row.locator("summary", has_text="Remove"))
        await page.keyboard.press("Enter")
        await expect(row).to_contain_text("Every program with this token is refused from now on.")
        await tab_to(page, row.get_by_role("button", name="Remove crm"))
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("There is no token yet.")).to_be_visible()
        assert [await status_of(url, secret) for secret in (first, second)] == [401, 401]


async def test_what_is_wrong_is_said_where_it_was_written(running: Browser, office: Office, url: str) -> None:
    async with opened(running, url) as page:
        await log_in(page, "admin")
        await page.goto("/tokens")
        await page.get_by_label("Name", exact=True).fill("crm")
        await page.get_by_role("button", name="Make the token").click()
        await expect(page.get_by_role("alert")).to_have_text("A token needs at least one scope.")
        await expect(page.get_by_label("Name", exact=True)).to_have_value("crm")


async def test_where_the_browser_gives_no_clipboard_the_token_is_copied_all_the_same(
    running: Browser, office: Office, url: str
) -> None:
    async with opened(running, url) as page:
        await page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
        await log_in(page, "admin")
        await page.goto("/tokens")
        await page.get_by_label("Name", exact=True).fill("crm")
        await page.get_by_role("checkbox", name="admin").check()
        await page.get_by_role("button", name="Make the token").click()
        await page.get_by_role("button", name="Copy").click()
        await expect(page.get_by_role("status")).to_have_text("Copied.")
        selected = await page.evaluate("document.getSelection().toString()")
        assert selected == await page.locator("#secret").input_value()


@in_all_looks
async def test_pictures(running: Browser, office: Office, url: str, pictures: Path, size: str, scheme: str) -> None:
    tokens = Tokens(office.parts.database, office.clock)
    await tokens.add("old-portal", [Scope.ADMIN], by="command line", expires=timedelta(days=1))
    office.clock.advance(86_400 * 3)
    several = [Scope.CALLS_READ, Scope.CALLS_WRITE, Scope.CUSTOMERS_READ, Scope.EVENTS_READ]
    crm = await tokens.add("crm", several, by="admin", expires=timedelta(days=90))
    await tokens.find(crm.secret)
    await tokens.rotate("crm", by="admin")
    office.clock.advance(60 * 25)
    await tokens.add("wallboard-in-the-very-long-corridor-of-the-second-floor", [Scope.EVENTS_READ], by="sue")
    width, height = SIZES[size]
    screen = {"color_scheme": scheme, "viewport": {"width": width, "height": height}, "device_scale_factor": 2}
    async with opened(running, url, **screen) as page:

        async def picture(name: str) -> None:
            await no_wider_than_the_window(page)
            await page.screenshot(path=pictures / f"{name}-{size}-{scheme}.png", full_page=True)

        await log_in(page, "admin")
        await page.goto("/tokens")
        await page.locator("#token-crm summary", has_text="Rotate").click()
        await picture("tokens")
        await page.get_by_role("button", name="Make a new secret").click()
        await expect(page.get_by_role("button", name="Copy")).to_be_focused()
        await picture("token-made")
