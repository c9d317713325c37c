"""Issued reports in a real browser: one is followed while it is made, and becomes the report without a reload.

Takes pictures, light and dark, wide and narrow, into the folder SWITCHROOM_SCREENSHOTS names.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from reports.issued import State
from tests.reports.issued_house import Desk, broke
from tests.reports.web.test_issued_pages import ISSUED, IssuedHouse, home
from tests.server.web.browsing import arrived, log_in, looked_at, opened, pictures
from tests.server.web.chromium import chromium, running_browser

__all__ = ["home", "pictures"]  # fixtures: pytest finds them here by name
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    async with running_browser(tmp_path_factory.mktemp("browser"), await chromium()) as running:
        yield running


#: A form as the page of a report has it.
_ORDER = """
const form = document.createElement("form");
form.method = "post"; form.action = "/reports/day/issue";
document.body.append(form); form.submit();
"""


async def test_one_is_followed_until_it_is_made(browser: Browser, home: IssuedHouse, pictures: Path) -> None:
    desk: Desk = home.desk
    desk.held = asyncio.Event()
    async with opened(browser, home.address) as page:
        await log_in(page)
        await page.goto(ISSUED)
        await expect(page.locator(".empty")).to_have_text("No report was issued yet.")
        await page.evaluate(_ORDER)
        await expect(page.locator("progress")).to_have_attribute("value", re.compile(r"30(\.0)?"))
        await expect(page.locator("#step")).to_have_text("counting")
        await page.evaluate("window.same = true")
        await looked_at(page, pictures, "issued-making")
        desk.held.set()
        await expect(page.locator("[data-figure=answered] dd")).to_contain_text("130")
        assert await page.evaluate("window.same") is True
        await looked_at(page, pictures, "issued-report")

        desk.faults.append(broke("the report is too large: ask for less time", final=True))
        await page.goto(ISSUED)
        await page.evaluate(_ORDER)
        await expect(page.get_by_role("button", name="Make again")).to_be_visible()
        failed = page.url.rpartition("/")[2]
        await home.until(failed, State.FAILED)
        await page.get_by_role("button", name="Make again").click()
        await home.until(failed, State.READY)
        await page.get_by_role("link", name="Issued reports").click()
        await arrived(page, f"{home.address}{ISSUED}")
        await expect(page.locator("tbody tr")).to_have_count(2)
        await looked_at(page, pictures, "issued-list")
