"""The page of the site's own tests in a real browser: what failed and why, what is covered, drafts to be looked at."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, expect

import config
from config.load import require_site
from server.studio.testing.job import A_GO, TestsJob
from tests.server.web.browsing import IN_ONE_BROWSER, log_in, looked_at, office, opened, pictures, url
from tests.server.web.office import PASSWORD, Office

__all__ = ["office", "pictures", "url"]  # fixtures: pytest finds them here by name
pytestmark = IN_ONE_BROWSER

ACME = Path(config.__file__).parent / "acme"
WRONG = """\
tests:
  - name: an invoice goes to support
    call: {to: "+370 5 200 0001", at: 2026-11-24T10:00}
    press: [w1, 1]
    expect: {department: support, facts: {intent: invoice}}
  - name: a delivery
    call: {to: "+370 5 200 0001", at: 2026-11-24T10:00}
    press: [w1, 3]
    expect: {department: delivery}
"""


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    folder = tmp_path / "draft"
    shutil.copytree(ACME, folder)
    (folder / "tests.yaml").write_text(WRONG)
    return folder


async def test_from_a_failure_to_its_reason_and_from_what_is_missing_to_drafts(
    one_browser: Browser, office: Office, url: str, draft: Path, pictures: Path
) -> None:
    async with opened(one_browser, url, device_scale_factor=2) as page:
        await log_in(page, "admin")
        await page.goto("/site/tests")
        await expect(page.locator("#passed")).to_have_text("1 of 2")
        await expect(page.locator("#failed")).to_have_text("1")
        failed = page.get_by_role("region", name="What failed")
        told = "where it ends: expected department support, but it ended at department billing (key 1)"
        await expect(failed).to_contain_text(told)
        await expect(failed).to_contain_text("Went from main to department billing: key 1.")
        place = failed.get_by_role("link", name="tests.yaml, line 2")
        await expect(place).to_have_attribute("href", "/site/edit?file=tests.yaml&line=2&column=5")
        way = failed.get_by_role("link", name="See its way")
        await expect(way).to_have_attribute("href", re.compile(r"^/site/try\?to=.*&at=2026-11-24T10.*&keys=w1\+1$"))
        missing = page.get_by_role("region", name="What is covered")
        await expect(missing).to_contain_text("silence to the end, to department reception")
        await looked_at(page, pictures, "tests")

        await page.get_by_role("button", name="Draft the missing tests").click()
        drafts = page.get_by_role("region", name="tests drafted")
        await expect(drafts).to_contain_text("# drafted: look whether this is what you want")
        assert not (draft / "tests-drafted.yaml").exists()
        await looked_at(page, pictures, "tests-drafted")
        await drafts.get_by_role("button", name="Write tests-drafted.yaml").click()
        await expect(page.locator("#covered")).to_contain_text("100 %")
        await expect(page.locator("#failed")).to_have_text("1")
        assert (draft / "tests-drafted.yaml").read_text().count("- name:") > 30

        (draft / "tests.yaml").write_text(WRONG.replace("department: support", "department: billing"))
        await page.goto("/site/tests")
        await expect(page.locator("#failed")).to_have_text("0")
        await looked_at(page, pictures, "tests-passed")


async def test_what_cannot_be_tested_or_written_is_told(office: Office, url: str, draft: Path) -> None:
    async with aiohttp.ClientSession(url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        ours = {"Sec-Fetch-Site": "same-origin"}
        await session.post("/login", data={"name": "admin", "password": PASSWORD}, headers=ours)
        async with session.post("/site/tests/write", data={"version": "of another"}, headers=ours) as answer:
            assert answer.status == 409
            assert "The draft is another since" in await answer.text()
        (draft / "more.yaml").write_text("menus: {main: nowhere}")
        async with session.get("/site/tests") as answer:
            assert "The draft has errors" in await answer.text()
        await session.post("/login", data={"name": "sue", "password": PASSWORD}, headers=ours)
        async with session.get("/site/tests") as answer:
            assert answer.status == 403


@pytest.mark.asyncio(loop_scope="session")
async def test_many_tests_run_in_a_process_of_their_own() -> None:
    site = require_site(ACME)
    many = tuple(
        test.model_copy(update={"name": f"{test.name} {n}"})
        for n in range(A_GO // len(site.tests) + 1)
        for test in site.tests
    )
    job = TestsJob()
    standing = job.start(site.model_copy(update={"tests": many, "version": "many"}))
    await job.wait(60)
    assert standing.report is not None, standing.trouble
    assert (len(standing.report.results), standing.report.failed) == (len(many), ())
    assert standing.report.coverage.share == 1.0
