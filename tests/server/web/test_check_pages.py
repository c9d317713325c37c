"""The pages of `check` in a real browser: findings by severity and file, each with its place, mend and explanation."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, expect

from config.findings import Finding, Position
from config.rules.book import RULES
from config.rules.examples import SAMPLE, spoiled
from server.studio.check_pages import groups
from tests.server.web.browsing import IN_ONE_BROWSER, arrived, log_in, looked_at, office, opened, pictures, tab_to, url
from tests.server.web.office import PASSWORD, Office

__all__ = ["office", "pictures", "url"]  # fixtures: pytest finds them here by name
pytestmark = IN_ONE_BROWSER


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    folder = tmp_path / "draft"
    folder.mkdir()
    (folder / "site.yaml").write_text(spoiled(("1: sales", "1: sails"), ("silence: {go", "silence: {say: Hm?, go")))
    (folder / "more.yaml").write_text("menus:\n  other:\n    say: {en: More., lt: Daugiau.}\n    go: nowhere <b>\n")
    return folder


async def test_from_a_finding_to_its_place_and_its_explanation(
    one_browser: Browser, office: Office, url: str, draft: Path, pictures: Path
) -> None:
    async with opened(one_browser, url, device_scale_factor=2) as page:
        await log_in(page, "admin")
        await page.goto("/site/check")
        await expect(page.locator("#errors")).to_have_text("2")
        await expect(page.locator("#warnings")).to_have_text("1")
        finding = page.get_by_role("listitem").filter(has_text="no menu, department or person 'sails'")
        await expect(finding).to_contain_text("did you mean sales?")
        place = finding.get_by_role("link", name="line 8, column 10")
        await expect(place).to_have_attribute("href", "/site/edit?file=site.yaml&line=8&column=10")
        await looked_at(page, pictures, "check")

        await tab_to(page, finding.get_by_role("link", name="What E301 means"))
        await page.keyboard.press("Enter")
        await arrived(page, "/site/rules/E301")
        await expect(page.get_by_role("heading", level=1)).to_contain_text("An unknown destination")
        await expect(page.get_by_role("region", name="Wrong")).to_contain_text("1: sails")
        await expect(page.get_by_role("region", name="Right")).to_contain_text("1: sales")
        await looked_at(page, pictures, "rule")

        # errors only, by keyboard; the address says so, and the way back leads there
        await page.goto("/site/check")
        await expect(page.get_by_role("link", name="All findings")).to_have_attribute("aria-current", "true")
        await tab_to(page, page.get_by_role("link", name="Errors only"))
        await page.keyboard.press("Enter")
        await arrived(page, "/site/check?only=errors")
        await expect(page.get_by_role("link", name="Errors only")).to_have_attribute("aria-current", "true")
        await expect(page.locator("#findings").get_by_role("listitem")).to_have_count(2)
        await expect(page.locator("#warnings")).to_have_text("1")
        await looked_at(page, pictures, "check-errors-only")
        await finding.get_by_role("link", name="What E301 means").click()
        await arrived(page, "/site/rules/E301")
        await page.go_back()
        await expect(page.locator("#findings").get_by_role("listitem")).to_have_count(2)

        # mended in an editor beside it: the page notices by itself
        await page.clock.install()
        await page.goto("/site/check?only=errors")
        (draft / "more.yaml").unlink()
        (draft / "site.yaml").write_text(SAMPLE.replace("lt: Sveiki.", "lt: '...'"))
        await page.clock.run_for(10_000)
        await expect(page.locator("#none")).to_have_text("No errors. 1 warning is not shown here: all findings.")
        await looked_at(page, pictures, "check-no-errors")
        await page.locator("#none").get_by_role("link").click()
        await expect(page.locator("#findings").get_by_role("listitem")).to_have_count(1)
        (draft / "site.yaml").write_text(SAMPLE)
        await page.clock.run_for(10_000)
        await expect(page.locator("#none")).to_contain_text("No findings.")
        await expect(page.locator("#changed")).to_have_text("The draft has changed: 0 errors, 0 warnings.")
        await looked_at(page, pictures, "check-none")
        await page.goto("/site/rules")
        await expect(page.get_by_role("main").get_by_role("listitem").last).to_be_visible()
        await looked_at(page, pictures, "rules")


async def test_every_rule_has_its_page_and_only_admins_see_them(office: Office, url: str) -> None:
    async with aiohttp.ClientSession(url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        form = {"name": "admin", "password": PASSWORD}
        await session.post("/login", data=form, headers={"Sec-Fetch-Site": "same-origin"})
        for rule in RULES.values():
            async with session.get(f"/site/rules/{rule.id}") as answer:
                assert answer.status == 200 and rule.id in await answer.text()
        for unknown in ("E999", "%2e%2e", "x" * 300):
            async with session.get(f"/site/rules/{unknown}") as answer:
                assert answer.status == 404
        form["name"] = "sue"
        await session.post("/login", data=form, headers={"Sec-Fetch-Site": "same-origin"})
        for path in ("/site/check", "/site/rules", "/site/rules/E301"):
            async with session.get(path) as answer:
                assert answer.status == 403


async def test_findings_are_shown_by_severity_and_file(tmp_path: Path) -> None:
    def finding(file: str, line: int, rule: str = "E301") -> Finding:
        return Finding(Position(file, line), rule, "error" if rule[0] == "E" else "warning", "x")

    shown = groups(
        [
            finding(str(tmp_path / "b.yaml"), 2),
            finding(str(tmp_path / "a.yaml"), 9, "W401"),
            finding(str(tmp_path / "b.yaml"), 1),
            finding(str(tmp_path / "recordings/en/x.wav"), 1, "W445"),
            finding(str(tmp_path), 1, "E112"),
        ],
        tmp_path,
    )
    assert [(group.severity, group.file, [row.path for row in group.rows]) for group in shown] == [
        ("error", "", [""]),
        ("error", "b.yaml", [f"/site/edit?file=b.yaml&line={line}&column=1" for line in (1, 2)]),
        ("warning", "a.yaml", ["/site/edit?file=a.yaml&line=9&column=1"]),
        ("warning", "recordings/en/x.wav", ["/site/prompts"]),
    ]
