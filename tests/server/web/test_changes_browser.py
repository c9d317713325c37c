"""What a draft changes, in words and by the calls of the last days: both pages in a real browser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest_asyncio
from playwright.async_api import Browser, expect

from callrouter.event import Event
from config.load import require_site
from config.versions.store import VersionStore
from server.studio.backtesting.job import BacktestJob
from server.studio.room import StudioRoom
from tests.callrouter.backtest_calls import told
from tests.fixtures.journal_of_calls import store
from tests.server.web.browsing import IN_ONE_BROWSER, arrived, log_in, looked_at, opened, pictures, tab_to, url
from tests.server.web.office import MORNING, PASSWORD, Office, open_office

__all__ = ["pictures", "url"]  # fixtures: pytest finds them here by name
pytestmark = IN_ONE_BROWSER

SITE = """\
company: {name: Acme & Sons, timezone: Europe/Vilnius}
numbers:
  "+370 5 200 0000": {menu: main}
hours:
  office: {open: ["mon-fri 09:00-18:00", "sun 10:00-14:00"]}
menus:
  main:
    say: {en: "For invoices, press 1. For orders, press 2. For technical support, press 3."}
    keys: {1: billing, 2: sales, 3: support}
    silence: {go: support}
    mistake: {go: support}
departments:
  billing: {ring_for: 20s, mailbox: billing@acme.example}
  sales: {hours: office, closed: {voicemail: billing}}
  support: {}
people:
  alice: {name: Alice Doe, phone: 101, departments: [billing, sales, support]}
mail: {server: mail.acme.example, sender: a@acme.example}
"""
#: What the draft says instead; the first is a question that nobody was ever asked.
EDITS = (
    ("3: support", "3: question, 4: sales"),
    ("1: billing", "1: sales"),
    (', "sun 10:00-14:00"', ""),
    ("ring_for: 20s", "ring_for: 30s"),
    ("menus:\n", 'menus:\n  question:\n    say: {en: "For a device, press 1."}\n    keys: {1: support}\n'),
)


def edited() -> str:
    text = SITE
    for before, after in EDITS:
        assert before in text
        text = text.replace(before, after, 1)
    return text


@pytest_asyncio.fixture(loop_scope="session")
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    draft = tmp_path / "draft"
    draft.mkdir()
    (draft / "site.yaml").write_text(SITE)
    site = require_site(draft)
    versions = VersionStore(tmp_path / "site")
    version = versions.keep(draft, site)
    versions.publish(version, who="admin", why="the first day", at=MORNING - timedelta(days=9), expected=0)
    (draft / "site.yaml").write_text(edited())
    async with open_office(tmp_path, site=site) as opened_:
        await opened_.hire()
        studio = StudioRoom(draft, tmp_path, tmp_path / "prompts", lambda: site)
        opened_.parts = replace(opened_.parts, studio=studio)
        events: list[Event] = []
        for n in range(90):
            at = MORNING - timedelta(days=1 + n % 5, minutes=n)
            keys = "1" if n < 70 else "2" if n < 84 else "3"
            events += (await told(site, keys, call=f"1795309200-{n}", at=at))[0]
        await store(opened_.parts.database, events)
        yield opened_


async def test_from_the_words_to_the_calls(
    one_browser: Browser, office: Office, url: str, pictures: Path, tmp_path: Path
) -> None:
    async with opened(one_browser, url, device_scale_factor=2) as page:
        await log_in(page, "admin")
        await page.goto("/site/changes")
        notice = page.get_by_role("region", name="What callers will notice by the clock")
        await expect(notice).to_contain_text(
            "On Sundays 10:00–14:00 key 2 of the menu main now leads to voicemail billing instead of the department"
        )
        await expect(page.get_by_role("region", name="Departments")).to_contain_text(
            "Billing rings for 30 s instead of 20 s"
        )
        lines = page.get_by_role("region", name="The same as lines of the files").last
        await expect(lines).to_contain_text("-    keys: {1: billing, 2: sales, 3: support}")
        await looked_at(page, pictures, "changes")

        await tab_to(page, page.get_by_role("link", name="See which of the last days' calls"))
        await page.keyboard.press("Enter")
        await arrived(page, "/site/backtest")
        await looked_at(page, pictures, "backtest-before")
        await tab_to(page, page.get_by_role("button", name="Run the back-test"))
        await page.keyboard.press("Enter")
        await expect(page.locator("#elsewhere")).to_have_text("72")
        await expect(page.locator("#same")).to_contain_text("12")
        await expect(page.locator("#not-known")).to_contain_text("6 of 90")
        await expect(page.get_by_role("listitem").filter(has_text="met the menu question")).to_be_visible()
        branches = page.get_by_role("table", name="By branch")
        await expect(branches).to_contain_text("department billing")
        await looked_at(page, pictures, "backtest")
        await page.get_by_role("link", name="More").click()
        await arrived(page, re.compile("page=2"))
        await expect(page.get_by_text("Page 2 of 2")).to_be_visible()
        await branches.get_by_role("link", name="main, key 1").first.click()
        await arrived(page, re.compile("branch=1"))
        await expect(page.locator("#calls").get_by_role("row")).to_have_count(51)

        # who changes the draft is told that this was of another
        (tmp_path / "draft" / "site.yaml").write_text(SITE)
        await page.goto("/site/backtest")
        await expect(page.locator("#old")).to_be_visible()
        await page.goto("/site/changes")
        await expect(page.locator("#nothing")).to_contain_text("Nothing changed.")
        await looked_at(page, pictures, "changes-nothing")


async def test_what_is_asked_for_and_is_not_there(office: Office, url: str, tmp_path: Path) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(url, cookie_jar=jar, headers={"Origin": url.rstrip("/")}) as session:
        form = {"name": "admin", "password": PASSWORD}
        async with session.post("/login", data=form) as answer:
            assert answer.status < 400
        for address, status, said in (
            ("/site/changes?a=7", 404, "nothing was published as 7"),
            ("/site/changes?a=1&b=1", 200, "Nothing changed."),
            ("/site/changes?a=../../etc", 404, "nothing was published as"),
            (f"/site/changes?a={'x' * 99}", 404, "no such version"),
            ("/site/backtest?branch=x&page=-1", 200, "Run the back-test"),
        ):
            async with session.get(address) as answer:
                assert (answer.status, said in await answer.text()) == (status, True), address
        async with session.post("/site/backtest", data={"days": "5000"}) as answer:
            assert answer.status == 400
        (tmp_path / "draft" / "site.yaml").write_text("company: {")
        async with session.get("/site/changes") as answer:
            assert answer.status == 200 and "the draft cannot be used" in await answer.text()
        async with session.post("/site/backtest", data={"days": "7"}) as answer:
            assert answer.status == 409 and "the draft cannot be used" in await answer.text()
        async with session.post("/site/backtest/cancel") as answer:
            assert answer.status == 200, "nothing to cancel is no error"


async def test_a_process_that_dies_is_told(office: Office) -> None:
    from callrouter.backtest.run import Wish
    from server.studio.backtesting.job import Asked

    job = BacktestJob("sqlite+aiosqlite:////nowhere/at/all.db")
    site = office.parts.site()
    asked = Asked("a", "b", 7, MORNING)
    assert job.start(asked, Wish(site, site, MORNING - timedelta(days=7), MORNING))
    assert not job.start(asked, Wish(site, site, MORNING, MORNING)), "one at a time"
    assert job._task is not None
    await job._task
    assert job.standing is not None and "could not be finished" in job.standing.trouble
    assert job.start(asked, Wish(site, site, MORNING - timedelta(days=7), MORNING))
    await job.cancel()
    assert job.standing is None and not job.is_running
