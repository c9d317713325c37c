"""From a draft to callers and back again, and what the audit log says of it, in a real browser and by keyboard."""

from __future__ import annotations

import asyncio
from pathlib import Path
from threading import Event

import pytest
from playwright.async_api import Browser, expect

from callrouter.menu_tests.run import TestReport, run_tests
from config.schema import Site
from ivr.prompt_book import PromptBook
from server import live_site
from server.progress import Show
from server.studio.testing import job
from tests.server.web.browsing import (
    IN_ONE_BROWSER,
    arrived,
    bureau,
    log_in,
    looked_at,
    office_of_bureau,
    opened,
    pictures,
    tab_to,
    url,
)
from tests.server.web.publishing import Bureau

__all__ = ["bureau", "office_of_bureau", "pictures", "url"]  # fixtures: pytest finds them here by name
pytestmark = IN_ONE_BROWSER


@pytest.fixture
def voices(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Nothing is spoken here: rendering is half done until this is set."""
    goes_on = asyncio.Event()

    async def render(site: Site, prompts: Path, folder: Path, show: Show | None = None, *_more: object) -> PromptBook:
        if show is not None:
            show("rendering prompts (en)", 0.5)
            await goes_on.wait()
        return PromptBook({}, {}, folder)

    monkeypatch.setattr(live_site, "render", render)
    return goes_on


async def test_from_the_draft_to_callers_and_back(
    one_browser: Browser, bureau: Bureau, url: str, pictures: Path, voices: asyncio.Event
) -> None:
    async with opened(one_browser, url, device_scale_factor=2) as page:
        await log_in(page, "admin")
        await page.goto("/site/publish")
        await expect(page.get_by_text("there is nothing to publish")).to_be_visible()

        bureau.write(("{1: billing, 2: sales}", "{1: billing, 2: nobody}"))
        await page.reload()
        await expect(page.get_by_role("heading", name="It cannot be published yet")).to_be_visible()
        await looked_at(page, pictures, "publish-errors")

        # a test of the site fails: it needs a reason, and a word that this is meant
        bureau.write(("{1: billing, 2: sales}", "{1: billing, 2: billing}"))
        await page.reload()
        await expect(page.get_by_text("1 of 1 fail")).to_be_visible()
        await expect(page.get_by_role("checkbox", name="Publish although tests fail")).to_be_visible()
        await looked_at(page, pictures, "publish-tests-fail")

        bureau.write(("For invoices", "For bills"), ("{1: billing, 2: sales}", "{1: billing, 2: sales, 3: billing}"))
        await page.reload()
        await expect(page.get_by_text("the one test passes")).to_be_visible()
        await expect(page.locator(".changes")).to_contain_text("key 3")
        await looked_at(page, pictures, "publish")

        # published, with the page left meanwhile
        await tab_to(page, page.get_by_label("Why"))
        await page.keyboard.type("bills are called bills")
        await page.keyboard.press("Enter")
        await expect(page.locator("#job-what")).to_have_text("rendering prompts (en)")
        assert await page.locator("#job-bar").evaluate("bar => bar.value") == 0.5
        await looked_at(page, pictures, "publish-under-way")
        twice = "fetch('/site/publish', {method: 'POST', body: new URLSearchParams({why: ''})})"
        assert await page.evaluate(f"{twice}.then(({{status, url}}) => [status, url])") == [200, f"{url}/site/publish"]
        await page.goto("/site/versions")
        voices.set()
        await expect(page.locator("#job-ended")).to_contain_text("Callers hear number 2 now")
        row = page.locator("#number-2")
        await expect(row).to_contain_text("heard now")
        await expect(row).to_contain_text("bills are called bills")
        await expect(row.get_by_role("cell").nth(5)).not_to_have_text("–")
        assert bureau.movers.switched == [bureau.live.now().version]
        assert bureau.live.served.publication.who == "admin"

        # and back
        first = page.locator("#number-1")
        await tab_to(page, first.locator("summary"))
        await page.keyboard.press("Enter")
        await expect(first).to_contain_text("The draft stays as it is.")
        await looked_at(page, pictures, "versions")
        await tab_to(page, first.get_by_label("Why"))
        await page.keyboard.type("they missed the invoices")
        await page.keyboard.press("Enter")
        await expect(page.locator("#number-3")).to_contain_text("back to 1")
        await expect(page.locator("#number-3")).to_contain_text("heard now")
        assert bureau.live.served.publication.back_to == 1

        # all of it is in the audit log
        await page.goto("/site/audit")
        table = page.get_by_role("table", name="What was done")
        await expect(table.get_by_role("row").nth(1)).to_contain_text("rolled back")
        await expect(table).to_contain_text("asked to roll back")
        await expect(table).to_contain_text("asked to publish")
        await looked_at(page, pictures, "audit")
        await page.get_by_role("searchbox", name="What").fill("roll")
        await page.keyboard.press("Enter")
        await arrived(page, "/site/audit?who=&kind=&what=roll&from=&to=")
        await expect(table.get_by_role("row")).to_have_count(3)  # and the head
        await page.goto("/site/audit?from=2001-01-01&to=2001-01-01")
        await expect(page.get_by_text("Nothing of that kind was done.")).to_be_visible()


async def test_what_is_published_waits_for_its_tests_in_sight(
    one_browser: Browser, bureau: Bureau, url: str, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = Event()

    def run(site: Site, names: tuple[str, ...]) -> TestReport:
        assert over.wait(20)
        return run_tests(site, names)

    monkeypatch.setattr(job, "run_tests", run)
    bureau.write(
        ("For invoices", "For bills"),
        ("  - name: orders are", "  - {name: more, call: {to: '+370 5 200 0000', at: 2026-11-24T10:00},"
         " press: [2], expect: {department: sales}}\n  - name: orders are"),
    )  # fmt: skip
    async with opened(one_browser, url) as page:
        await log_in(page, "admin")
        await page.goto("/site/publish")
        tests, button = page.locator("#tests"), page.get_by_role("button", name="Publish")
        await expect(tests).to_contain_text("0 of 2 have run")
        await expect(button).to_be_disabled()
        await expect(page.locator("#what")).to_contain_text("1 change callers will hear, 1 of your tests")
        await looked_at(page, pictures, "publish-tests-run")
        await page.get_by_label("Why").fill("bills are called bills")
        over.set()
        await expect(tests).to_contain_text("all 2 pass")
        await expect(button).to_be_enabled()
        await expect(page.get_by_label("Why")).to_be_focused()
        await expect(page.get_by_label("Why")).to_have_value("bills are called bills")
        states = page.get_by_role("navigation", name="From draft to callers")
        await expect(states.get_by_role("link", name="What changes")).to_contain_text("1 change, 1 test")


async def test_the_second_of_two_admins_is_told_and_a_version_that_cannot_be_served_too(
    one_browser: Browser, bureau: Bureau, url: str, pictures: Path, voices: asyncio.Event
) -> None:
    voices.set()
    async with opened(one_browser, url) as page:
        await log_in(page, "admin")
        bureau.write(("For invoices", "For bills"))
        await page.goto("/site/publish")
        now = bureau.live.served
        version = bureau.store.keep(bureau.draft, (await bureau.room.load_draft()).site or now.site)
        bureau.store.publish(version, who="eve", why="", at=bureau.office.clock.now())
        bureau.write(("For invoices", "For money"))
        await page.get_by_role("button", name="Publish").click()
        await expect(page.locator("#job-ended")).to_contain_text("eve published version")

        # what was saved since the page was looked at is not published unseen
        await page.goto("/site/publish")
        bureau.write(("For invoices", "For gold"))
        await page.get_by_role("button", name="Publish").click()
        await expect(page.locator("#job-ended")).to_contain_text("saved since you looked")
        await expect(page.locator(".changes")).to_contain_text("For gold")
        bureau.movers.refusal = OSError("No space left on device")
        await page.goto("/site/publish")
        await page.get_by_role("button", name="Publish").click()
        await expect(page.locator("#job-ended")).to_contain_text("callers hear the version of before")
        await expect(page.locator("#job-ended")).to_contain_text("No space left on device")
        assert bureau.live.served is now
        assert bureau.movers.put_back == [now.site.version]
        await page.goto("/site/versions")
        await expect(page.locator("#number-1")).to_contain_text("heard now")
        await looked_at(page, pictures, "versions-trouble")
