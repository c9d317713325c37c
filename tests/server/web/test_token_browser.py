"""The page of tokens in a real browser, by keyboard: one is made, copied, used, rotated and removed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import aiohttp
from playwright.async_api import Browser, Route, expect

from server import token_secret
from server.scopes import Scope
from server.tokens import Tokens
from tests.server.web.browsing import IN_ONE_BROWSER, arrived, log_in, looked_at, office, opened, pictures, tab_to, url
from tests.server.web.office import Office

__all__ = ["office", "pictures", "url"]  # fixtures: pytest finds them here by name
pytestmark = IN_ONE_BROWSER


async def status_of(url: str, secret: str) -> int:
    headers = {"Authorization": f"Bearer {secret}"}
    async with aiohttp.ClientSession(url, headers=headers) as session, session.get("/api/v1/calls") as answer:
        return answer.status


async def test_by_keyboard_from_the_first_to_the_last_day_of_a_token(
    one_browser: Browser, office: Office, url: str
) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    async with opened(one_browser, url, permissions=permissions) as page:
        await log_in(page, "admin")
        await tab_to(page, page.get_by_role("link", name="Tokens"))
        await page.keyboard.press("Enter")
        await arrived(page, "/tokens")
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

        # copied: the keyboard is on the button as soon as it can copy
        await expect(made.get_by_role("button", name="Copy")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(made.locator("#copied")).to_have_text("Copied.")
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
        await expect(made.get_by_role("button", name="Copy")).to_be_focused()
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


async def test_what_is_wrong_is_said_where_it_was_written(one_browser: Browser, office: Office, url: str) -> None:
    async with opened(one_browser, url) as page:
        await log_in(page, "admin")
        await page.goto("/tokens")
        await page.get_by_label("Name", exact=True).fill("crm")
        await page.get_by_role("button", name="Make the token").click()
        await expect(page.get_by_role("alert")).to_have_text("A token needs at least one scope.")
        await expect(page.get_by_label("Name", exact=True)).to_have_value("crm")


async def test_where_the_browser_gives_no_clipboard_the_token_is_copied_all_the_same(
    one_browser: Browser, office: Office, url: str
) -> None:
    async with opened(one_browser, url) as page:
        await page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
        await log_in(page, "admin")
        await page.goto("/tokens")
        await page.get_by_label("Name", exact=True).fill("crm")
        await page.get_by_role("checkbox", name="admin").check()
        script = asyncio.Event()

        async def late(route: Route) -> None:
            await script.wait()
            await route.continue_()

        await page.route("**/tokens.js*", late)
        await page.get_by_role("button", name="Make the token").click(no_wait_after=True)
        await expect(page.locator("#secret")).to_be_visible()
        await expect(page.get_by_role("button", name="Copy")).to_be_hidden()  # it can do nothing yet
        script.set()
        await page.get_by_role("button", name="Copy").click()
        await expect(page.locator("#copied")).to_have_text("Copied.")
        selected = await page.evaluate("document.getSelection().toString()")
        assert selected == await page.locator("#secret").input_value()


async def test_pictures(one_browser: Browser, office: Office, url: str, pictures: Path) -> None:
    tokens = Tokens(office.parts.database, office.clock)
    await tokens.add("old-portal", [Scope.ADMIN], by="command line", expires=timedelta(days=1))
    office.clock.advance(86_400 * 3)
    several = [Scope.CALLS_READ, Scope.CALLS_WRITE, Scope.CUSTOMERS_READ, Scope.EVENTS_READ]
    crm = await tokens.add("crm", several, by="admin", expires=timedelta(days=90))
    await tokens.find(crm.secret)
    await tokens.rotate("crm", by="admin")
    office.clock.advance(60 * 25)
    await tokens.add("wallboard-in-the-very-long-corridor-of-the-second-floor", [Scope.EVENTS_READ], by="sue")
    async with opened(one_browser, url, device_scale_factor=2) as page:
        await log_in(page, "admin")
        await page.goto("/tokens")
        await page.locator("#token-crm summary", has_text="Rotate").click()
        await looked_at(page, pictures, "tokens")
        await page.get_by_role("button", name="Make a new secret").click()
        await expect(page.get_by_role("button", name="Copy")).to_be_focused()
        await looked_at(page, pictures, "token-made")
