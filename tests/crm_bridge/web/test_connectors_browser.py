"""The connectors in a real browser: what goes wrong appears by itself, and is mended without leaving the page.

Takes pictures, light and dark, wide and narrow, into the folder SWITCHROOM_SCREENSHOTS names.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.crm_bridge.connectors.conftest import quick
from tests.crm_bridge.connectors.house import says
from tests.crm_bridge.web.connector_house import ConnectorHouse, connector_house
from tests.server.web.browsing import IN_ONE_BROWSER, arrived, is_live, log_in, looked_at, opened, pictures, url
from tests.server.web.office import Office

__all__ = ["pictures", "quick", "url"]  # fixtures: pytest finds them here by name
pytestmark = [*IN_ONE_BROWSER, pytest.mark.usefixtures("quick")]


@pytest_asyncio.fixture(loop_scope="session")
async def house(tmp_path: Path) -> AsyncIterator[ConnectorHouse]:
    async with connector_house(tmp_path) as opened_:
        yield opened_


@pytest.fixture
def office(house: ConnectorHouse) -> Office:
    return house.office


async def test_what_fails_appears_and_is_mended_on_the_page(
    one_browser: Browser, house: ConnectorHouse, url: str
) -> None:
    async with opened(one_browser, url) as page:
        await log_in(page, "admin")
        await page.get_by_role("link", name="Connectors").click()
        await arrived(page, "/connectors")
        await is_live(page)
        await expect(page.get_by_text("Nothing has been sent to it yet")).to_be_visible()
        await page.evaluate("window.same = true")
        house.hook.answer = says(400, "no such field")
        await house.happen(3)
        await expect(page.locator("#receiver-shop")).to_contain_text("3 events failed")
        await expect(page.locator("#alarm")).to_contain_text("1 connector needs somebody to look")
        assert await page.evaluate("window.same") is True
        await page.locator("#receiver-shop a.open").press("Enter")
        await arrived(page, "/connectors/shop")
        await expect(page.locator("#failed tbody tr")).to_have_count(3)
        await is_live(page)

        # What the receiver says to a test is on the page at once.
        await page.get_by_role("button", name="Send a test event").click()
        await expect(page.locator("#tested")).to_contain_text("the web-hook answered 400: no such field")
        house.hook.answer = says()
        await page.get_by_role("button", name="Send a test event").click()
        await expect(page.locator("#tested")).to_contain_text("Taken")

        # One is sent again from the list, another is looked at and dropped, which is asked twice.
        await page.evaluate("window.same = true")
        await page.locator("#event-c0-001").get_by_role("button", name="Send again").click()
        await expect(page.locator("#failed tbody tr")).to_have_count(2)
        await expect(page.locator("#toast")).to_contain_text("Sent again: 1 event")
        assert await page.evaluate("window.same") is True
        await page.locator("#event-c1-001 a.open").click()
        await arrived(page, "/connectors/shop/event/c1-001")
        await expect(page.locator(".payload")).to_contain_text('"kind": "call_ended"')
        await page.get_by_text("Drop it", exact=True).click()
        await page.get_by_role("button", name="Drop it for good").click()
        await arrived(page, "/connectors/shop")
        await expect(page.locator("#failed tbody tr")).to_have_count(1)
        await page.get_by_role("button", name="Send all again").click()
        await expect(page.locator("#about")).to_contain_text("Everything has arrived.")
        await house.hook.until(lambda: house.hook.keys[-1] == "c2-001")


async def test_pictures(one_browser: Browser, house: ConnectorHouse, url: str, pictures: Path) -> None:
    house.hook.answer = says(422, "unknown field <b>phone</b>")
    await house.happen(3, customer="c0ffee", note="<img src=x>")
    await house.until_failed(3)
    house.hook.answer = says(503, "closed for the night", **{"Retry-After": "600"})
    await house.happen(9, "w", ani="+37060000001", text="Labas, čia Ona. " * 12)
    await house.until_waiting(9)
    house.office.clock.advance(47 * 60)
    async with opened(one_browser, url) as page:
        await log_in(page, "admin")
        for name, path, there in (
            ("connectors", "/connectors", "#receiver-shop"),
            ("connector", "/connectors/shop", "#event-c0-001"),
            ("connector-event", "/connectors/shop/event/c0-001", ".payload"),
        ):
            await page.goto(path)
            await expect(page.locator(there)).to_be_visible()
            await is_live(page)
            await looked_at(page, pictures, name)
