"""All of the admin's pages in a real browser: nothing in the console, nothing cut off, hostile names, the way."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import Browser, expect

from tests.server.web.browsing import IN_ONE_BROWSER, bureau, log_in, looked_at, office_of_bureau, opened, pictures, url
from tests.server.web.office import PASSWORD
from tests.server.web.publishing import Bureau

__all__ = ["bureau", "office_of_bureau", "pictures", "url"]  # fixtures: pytest finds them here by name
pytestmark = IN_ONE_BROWSER

PAGES = (
    "/site", "/site?as=list", "/site?of=published", "/site/edit", "/site/edit/menus", "/site/edit/menus/main",
    "/site/edit/company", "/site/edit/file/site.yaml", "/site/check", "/site/rules", "/site/rules/E301", "/site/tests",
    "/site/changes", "/site/backtest", "/site/publish", "/site/versions", "/site/try", "/site/prompts", "/site/hours",
    "/site/audit",
)  # fmt: skip
#: Markup, quotes, what is read from right to left, signs beyond 16 bits, and a word that nothing can break.
HOSTILE = "</script><script>alert(1)</script>'\"&amp;{{7*7}} \u202eشكرا 😀 " + "M" * 300


async def test_no_page_complains_whatever_the_site_is_called(
    one_browser: Browser, bureau: Bureau, url: str, pictures: Path
) -> None:
    said = HOSTILE.replace("\\", "\\\\").replace('"', '\\"')
    bureau.write(
        ("sales: {}", f'sales: {{name: "{said[:60]}"}}'),
        ('"For invoices, press 1. For orders, press 2."', f'"For invoices, press 1. {said}"'),
        ("orders are taken by Sales", "</script><script>alert(2)</script> & 😀 \u202eشكرا"),
    )
    complaints: list[str] = []
    async with opened(one_browser, url) as page:
        page.on("console", lambda one: complaints.append(f"{page.url}: {one.text}") if one.type == "error" else None)
        page.on("dialog", lambda dialog: complaints.append(f"{page.url}: {dialog.message}"))
        await log_in(page, "admin")
        for at in PAGES:
            answer = await page.goto(at)
            assert answer is not None
            assert answer.status == 200, at
            assert await page.locator("h1").count() == 1, at
            # who has no eyes needs a name for everything that can be changed
            unnamed = await page.evaluate(
                "[...document.querySelectorAll('input:not([type=hidden]), select, textarea')]"
                ".filter(one => one.checkVisibility() && !one.labels?.length && !one.ariaLabel"
                " && !one.getAttribute('aria-labelledby')).map(one => one.id || one.name)"
            )
            assert unnamed == [], at
            await looked_at(page, pictures, "studio" + at.translate(str.maketrans("/?=", "---")))
        # a name that is too long is an error, and is shown all the same
        bureau.write(("people:", f"  {'x' * 300}: {{}}\npeople:"))
        for at in ("/site/edit", "/site/edit/departments", "/site/check", "/site/changes", "/site/publish"):
            await page.goto(at)
            await looked_at(page, pictures, "long" + at.replace("/", "-"))
        await page.goto("/site/edit/departments/" + "x" * 300)  # no form takes it: the text does, at its line
        await expect(page).to_have_url(re.compile(r"/site/edit/file/site\.yaml\?line=13$"))
    assert complaints == []


async def test_the_way_tells_how_each_step_stands_and_leads_on(one_browser: Browser, bureau: Bureau, url: str) -> None:
    async with opened(one_browser, url) as page:
        await log_in(page, "admin")
        way = page.get_by_role("navigation", name="From draft to callers")
        await page.goto("/site")
        await expect(way.get_by_role("link", name="Test 1 passed")).to_be_visible()
        await expect(way.get_by_role("link", name="Publish up to date")).to_be_visible()

        bureau.write(("{1: billing, 2: sales}", "{1: billing, 2: billing}"))
        await page.goto("/site/check")
        await expect(way.get_by_role("link", name="Edit changed")).to_be_visible()
        await expect(way.get_by_role("link", name="Test 1 failed")).to_be_visible()
        await expect(way.get_by_role("link", name="Publish not yet")).to_be_visible()
        for heading in ("Test the menus", "What changes", "Back-test", "Publish"):
            await page.get_by_role("navigation", name="The next step").get_by_role("link").click()
            await expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()

        bureau.write(("{1: billing, 2: sales}", "{1: billing, 2: nobody}"))
        await page.reload()
        await expect(way.get_by_role("link", name="Check 1 error")).to_be_visible()
        await expect(way.get_by_role("link", name="What changes not yet")).to_be_visible()

        # on a phone it is two rows, with the step that is looked at in sight
        await page.set_viewport_size({"width": 360, "height": 780})
        await page.reload()
        box = await way.bounding_box()
        assert box is not None
        assert box["height"] < 120
        await expect(way.get_by_role("link", name="Publish")).to_be_in_viewport(ratio=1)


async def test_a_form_that_cannot_be_read_keeps_what_was_written(
    one_browser: Browser, bureau: Bureau, url: str
) -> None:
    """Without script: a key that is there twice is no reason to lose the rest of the form."""
    async with opened(one_browser, url, java_script_enabled=False) as page:
        await page.goto("/login")
        await page.get_by_label("Name").fill("admin")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Log in").click()
        before = (bureau.draft / "site.yaml").read_text()
        await page.goto("/site/edit/menus/main")
        await page.get_by_role("button", name="Save the draft").click()  # untouched: no deed for the audit log
        await expect(page.get_by_text("Saved.")).to_be_visible()
        await page.locator("[id='v.say.en']").fill("For orders, press 1.")
        await page.locator("[id='v.keys.1.key']").fill("1")
        await page.get_by_role("button", name="Save the draft").click()
        await expect(page.get_by_role("alert")).to_contain_text("1 is there twice")
        await expect(page.locator("[id='v.say.en']")).to_have_value("For orders, press 1.")
        assert (bureau.draft / "site.yaml").read_text() == before
        await page.locator("[id='v.keys.1.key']").fill("2")
        await page.get_by_role("button", name="Save the draft").click()
        await expect(page.get_by_text("Saved.")).to_be_visible()
        assert "For orders, press 1." in (bureau.draft / "site.yaml").read_text()
        await page.goto("/site/audit")
        await expect(page.get_by_role("cell", name="edited the site")).to_have_count(1)


async def test_a_supervisor_looks_and_an_operator_is_shown_no_door(
    one_browser: Browser, bureau: Bureau, url: str, pictures: Path
) -> None:
    """Who is let in where at all is in test_doors."""
    async with opened(one_browser, url) as page:
        await log_in(page, "sue")
        main = page.get_by_role("navigation", name="Main")
        await main.get_by_role("link", name="Site").click()
        doors = page.get_by_role("navigation", name="The site").get_by_role("link")
        await expect(doors).to_have_text(
            ["What callers hear", "Try a call", "Opening hours", "Versions", "What changed"]
        )
        for name, at in [(await door.inner_text(), await door.get_attribute("href")) for door in await doors.all()]:
            await page.goto(at or "")
            await expect(page.locator("[aria-current=page]").filter(has_text=name)).to_be_visible()
            await expect(page.locator("form[method=post]:not([action='/logout'])")).to_have_count(0)
            await expect(page.locator("a[href^='/site/edit']")).to_have_count(0)
            await looked_at(page, pictures, "supervisor-" + name.replace(" ", "-"))
            await doors.last.click(trial=True)  # nothing lies over them
    async with opened(one_browser, url) as page:
        await log_in(page, "alice")
        await expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Site")).to_have_count(0)
