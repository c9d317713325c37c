"""The reports in a real browser: from a figure to a call's story by keyboard, and a page of today that keeps itself up.

Takes pictures, light and dark, wide and narrow, into the folder SWITCHROOM_SCREENSHOTS names.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from ledger.journal_reads import JournalReads
from reports.records import Projection
from server.web.app import serving_parts
from tests.reports.town import DEFINITION
from tests.reports.web.report_house import ReportHouse, report_house
from tests.server.web.browsing import IN_ONE_BROWSER, arrived, is_live, log_in, looked_at, opened, pictures

__all__ = ["pictures"]  # a fixture: pytest finds it here by name
pytestmark = IN_ONE_BROWSER


#: What is looked at in every size and colour.
LOOKED_AT = {
    "list": "/reports",
    "month": "/reports/day?period=this-month",
    "heat": "/reports/heat?period=this-month",
    "calls": "/reports/calls?period=this-month&outcome=abandoned",
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def lived_in(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ReportHouse]:
    """A house in which calls come in while it is looked at; so it is these tests' own, and smaller."""
    async with report_house(tmp_path_factory.mktemp("reports"), calls=400) as opened_:
        yield opened_


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def at(lived_in: ReportHouse) -> AsyncIterator[str]:
    async with serving_parts(lived_in.office.parts, lived_in.office.accounts, "127.0.0.1", 0) as address:
        yield address


async def caught_up(house: ReportHouse) -> None:
    """Have the records follow the journal, as the running server does all the time."""
    database = house.office.parts.database
    await Projection(JournalReads(database), database, lambda: DEFINITION).catch_up()


async def test_from_a_figure_to_a_story_by_keyboard(one_browser: Browser, lived_in: ReportHouse, at: str) -> None:
    call = await lived_in.office.whole_call("Naujas Skambintojas")
    await caught_up(lived_in)
    async with opened(one_browser, at) as page:
        await log_in(page)
        await page.get_by_role("link", name="Reports", exact=True).click()
        await arrived(page, f"{at}/reports")
        await page.get_by_role("link", name="Day by day").click()
        await arrived(page, f"{at}/reports/day")
        figure = page.locator("[data-figure=answered] dd a")
        answered = int(await figure.inner_text())
        await figure.focus()
        await page.keyboard.press("Enter")
        await arrived(page, re.compile(r"/reports/calls\?count=answered"))
        await expect(page.locator("#count")).to_have_attribute("data-total", str(answered))
        rows = page.locator("#rows a.open")
        await page.keyboard.press("j")
        await expect(rows.first).to_be_focused()
        mine = page.locator(f"#row-{call}-0 a.open")
        await expect(mine).to_have_text("Naujas Skambintojas")
        await mine.focus()
        await page.keyboard.press("k")
        await page.keyboard.press("j")
        await expect(mine).to_be_focused()
        await page.keyboard.press("Enter")
        await arrived(page, f"{at}/calls/{call}")
        await page.go_back()
        await arrived(page, re.compile(r"/reports/calls\?count=answered"))
        await page.keyboard.press("u")
        await arrived(page, f"{at}/reports/day")

        # A definition opens where its mark leads.
        await page.locator("[data-figure=service_level] a.why").click()
        await expect(page.locator("#term-service_level")).to_be_visible()

        # The form says what was asked and no more; a time that was chosen by its name keeps it.
        await page.get_by_role("link", name="This month").click()
        await arrived(page, f"{at}/reports/day?period=this-month")
        await page.locator("select[name=department]").select_option("billing")
        await arrived(page, re.compile(r"/reports/day\?department=billing&period=this-month$"))


async def test_the_day_keeps_itself_up_to_date(one_browser: Browser, lived_in: ReportHouse, at: str) -> None:
    async with opened(one_browser, at) as page:
        await log_in(page)
        await page.goto("/reports/day")
        await is_live(page)
        offered = page.locator("[data-figure=offered] dd a")
        before = int(await offered.inner_text())
        await page.evaluate("window.same = true")
        await page.locator("#terms summary").click()
        door = page.locator("#part-outcomes tbody tr").first.get_by_role("link")
        await door.focus()
        await page.evaluate("scrollTo(0, 300)")
        await lived_in.office.whole_call("Dar Vienas")
        await caught_up(lived_in)
        lived_in.office.offered("Trečias")  # who looked before the records were there, looks again
        await expect(offered).to_have_text(str(before + 1))
        await expect(door).to_be_focused()
        assert await page.evaluate("window.same && scrollY > 250") is True
        await expect(page.locator("#terms")).to_have_attribute("open", "")


async def test_a_heat_map_is_one_stop_of_the_keyboard(one_browser: Browser, at: str) -> None:
    async with opened(one_browser, at) as page:
        await log_in(page)
        await page.goto("/reports/heat?period=this-month")
        drawing = page.locator("#part-calls .drawing")
        stops = drawing.locator('a[tabindex="0"]')
        await expect(stops).to_have_count(1)
        assert await drawing.locator("a").count() > 20
        await page.locator("#part-calls a.csv").focus()
        await page.keyboard.press("Tab")
        await expect(stops).to_be_focused()
        first = await stops.get_attribute("aria-label") or ""
        for key, stays in (("ArrowRight", 0), ("ArrowDown", 1)):  # of "Monday, 08: 3" the day stays, or the hour
            before = (await stops.get_attribute("aria-label") or "").split(":")[0].split(", ")
            await page.keyboard.press(key)
            await expect(stops).to_be_focused()
            after = (await stops.get_attribute("aria-label") or "").split(":")[0].split(", ")
            assert (before[stays] == after[stays]) and before != after
        for key in ("ArrowUp", "Home"):
            await page.keyboard.press(key)
        await expect(stops).to_have_attribute("aria-label", first)
        await page.keyboard.press("Tab")
        await expect(page.locator("#part-calls summary")).to_be_focused()
        await page.keyboard.press("Shift+Tab")
        await page.keyboard.press("Enter")
        await arrived(page, re.compile(r"/reports/calls\?count=offered&"))
        await expect(page.locator("#count")).to_have_attribute("data-total", first.split(": ")[1])


async def test_pages_fit_every_window(one_browser: Browser, at: str, pictures: Path) -> None:
    async with opened(one_browser, at) as page:
        await log_in(page)
        for name, path in LOOKED_AT.items():
            await page.goto(path)
            await looked_at(page, pictures, f"reports-{name}")
