"""The editor in a real browser: a key changed in a form, findings, two admins at once, and the text with completion."""

from __future__ import annotations

import shutil
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, Page, expect

from config.load import require_site
from config.schema import Site
from tests.server.web.browsing import IN_ONE_BROWSER, arrived, log_in, looked_at, office, opened, pictures, tab_to, url
from tests.server.web.office import PASSWORD, Office

__all__ = ["office", "pictures", "url"]  # fixtures: pytest finds them here by name
pytestmark = IN_ONE_BROWSER

ACME = Path(__file__).resolve().parents[3] / "config" / "acme"
SITE = require_site(ACME)
MENUS = (ACME / "menus.yaml").read_bytes()


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ACME, tmp_path / "draft"))


@pytest.fixture
def site() -> Site:
    return SITE


async def save(page: Page) -> None:
    await page.get_by_role("button", name="Save").first.click()
    await expect(page.locator("#state")).to_contain_text("Saved.")


async def test_a_key_edited_in_the_form(
    one_browser: Browser, office: Office, url: str, draft: Path, pictures: Path
) -> None:
    async with opened(one_browser, url, device_scale_factor=2) as page:
        await log_in(page, "admin")
        await page.goto("/site/edit?file=menus.yaml&line=25&column=7")  # as a finding or the diagram leads here
        await arrived(page, "/site/edit/menus/main#v.keys.3.key")
        await save(page)
        assert (draft / "menus.yaml").read_bytes() == MENUS  # untouched

        # A mistake is said while it is made, beside its field; and is gone when it is mended.
        said = page.locator("#said-v\\.keys\\.2")
        await page.locator("[id='v.keys.2.key']").fill("33333333333")
        await expect(said).to_contain_text("is no key")
        await looked_at(page, pictures, "edit-menu")
        await page.locator("[id='v.keys.2.key']").fill("3")
        await expect(said).to_be_hidden()

        await page.locator("[id='v.keys.1.value.go']").select_option("contract")
        await expect(page.locator("#state")).to_contain_text("Not saved yet.")
        await page.keyboard.press("Control+s")
        await expect(page.locator("#state")).to_contain_text("Saved.")
        changed = MENUS.replace(b"      2: technical\n", b"      2: contract\n")
        assert (draft / "menus.yaml").read_bytes() == changed

        # A row more, and a row less: the server makes them, so they need no script.
        await page.get_by_role("button", name="Add another to Keys").click()
        await expect(page.locator("[id='v.keys.5.key']")).to_be_focused()
        await page.keyboard.type("4")
        await page.locator("[id='v.keys.5.value.go']").select_option("voicemail:billing")
        await page.get_by_role("button", name="Remove 9").click()
        await expect(page.locator("[id='v.keys.5.key']")).to_have_count(0)
        await expect(page.locator("[id='v.keys.4.key']")).to_have_value("4")
        await save(page)
        assert (draft / "menus.yaml").read_bytes() == changed.replace(b"      9: repeat\n", b"").replace(
            b"      0: reception\n", b"      0: reception\n      4: {voicemail: billing}\n"
        )


async def test_the_second_of_two_admins_is_told(
    one_browser: Browser, office: Office, url: str, draft: Path, pictures: Path
) -> None:
    async with opened(one_browser, url, device_scale_factor=2) as mine, opened(one_browser, url) as theirs:
        await log_in(mine, "admin")
        await mine.goto("/site/edit/departments/billing")
        await log_in(theirs, "admin")
        await theirs.goto("/site/edit/departments/billing")
        await theirs.locator("[id='v.wrap_up']").fill("7s")
        await save(theirs)
        saved = (draft / "people.yaml").read_text()

        await mine.locator("[id='v.name']").fill("Invoices")
        await mine.get_by_role("button", name="Save").click()
        await expect(mine.get_by_role("alert")).to_contain_text("admin saved this file at")
        await expect(mine.locator("pre").first).to_contain_text("wrap_up: 7s")
        await expect(mine.locator("pre").last).to_contain_text("name: Invoices")
        assert (draft / "people.yaml").read_text() == saved
        await looked_at(mine, pictures, "edit-two-admins")
        await mine.locator("[id='v.wrap_up']").fill("7s")
        await mine.get_by_role("button", name="Save mine over it").click()
        await expect(mine.locator("#state")).to_contain_text("Saved.")
        assert (draft / "people.yaml").read_text() == saved.replace("name: Billing", "name: Invoices")


async def test_the_text_by_keyboard(
    one_browser: Browser, office: Office, url: str, draft: Path, pictures: Path
) -> None:
    async with opened(one_browser, url, device_scale_factor=2) as page:
        await log_in(page, "admin")
        await page.goto("/site/edit/file/menus.yaml?line=24")
        editor = page.get_by_role("textbox", name="The text of menus.yaml")
        await expect(editor).to_be_focused()
        # Names of this site complete as values, keys of the schema as keys.
        await page.keyboard.press("End")
        await page.keyboard.type("\n4: rec")
        await expect(page.get_by_role("option", name="reception")).to_be_visible()
        await page.get_by_role("option", name="reception").click()
        await page.keyboard.type("\n5: {la")
        await page.get_by_role("option", name="language").click()
        await page.keyboard.type("de, go: nowhere}")
        # A finding comes by itself, with its mend, in the list and under the text.
        found = page.locator("#findings li").filter(has_text="nowhere")
        await expect(found).to_contain_text("26:29")
        await expect(page.locator(".cm-lintRange-error").first).to_be_visible()
        await looked_at(page, pictures, "edit-text", whole=False)
        # Tab leads on: nobody is caught in the text.
        await page.keyboard.press("Tab")
        await expect(editor).not_to_be_focused()
        await tab_to(page, found.get_by_role("link", name="26:29"))
        await page.keyboard.press("Enter")
        await expect(editor).to_be_focused()
        await page.keyboard.press("Control+s")
        await expect(page.locator("#state")).to_contain_text("Saved.")
        added = b"      4: reception\n      5: {language: de, go: nowhere}\n"
        before, line, after = MENUS.partition(b"      3: {go: delivery, as: {intent: delivery}}\n")
        assert (draft / "menus.yaml").read_bytes() == before + line + added + after


async def test_what_was_written_outlives_the_session_and_a_server_that_is_away(
    one_browser: Browser, office: Office, url: str, draft: Path
) -> None:
    async with opened(one_browser, url) as page:
        await log_in(page, "admin")
        await page.goto("/site/edit/file/menus.yaml")
        await page.get_by_role("textbox", name="The text of menus.yaml").press_sequentially("# an hour's work\n")
        await page.context.clear_cookies()
        await page.get_by_role("button", name="Save the draft").click()
        await expect(page.locator("#state")).to_contain_text("You are logged out.")
        other = await page.context.new_page()
        await log_in(other, "admin")
        await page.route("**/site/publish/progress", lambda route: route.abort())
        await page.get_by_role("button", name="Save the draft").click()
        await expect(page.locator("#state")).to_contain_text("The server does not answer.")
        assert (draft / "menus.yaml").read_bytes() == MENUS
        await page.unroute("**/site/publish/progress")
        await page.get_by_role("button", name="Save the draft").dblclick()  # nobody is told of himself
        await expect(page.locator("#state")).to_contain_text("Saved.")
        assert (draft / "menus.yaml").read_bytes() == b"# an hour's work\n" + MENUS


async def test_without_a_script_the_text_is_a_field(
    one_browser: Browser, office: Office, url: str, draft: Path
) -> None:
    (draft / "menus.yaml").write_bytes(b"\xef\xbb\xbf" + MENUS.replace(b"\n", b"\r\n"))
    async with opened(one_browser, url, java_script_enabled=False) as page:
        await log_in(page, "admin")
        await page.goto("/site/edit/file/menus.yaml")
        text = page.get_by_label("The text of menus.yaml")
        await text.fill((await text.input_value()).replace("9: repeat", "9: back"))
        await page.get_by_role("button", name="Save").click()
        await expect(page.locator("#state")).to_contain_text("Saved.")
    wanted = MENUS.replace(b"9: repeat", b"9: back").replace(b"\n", b"\r\n")
    assert (draft / "menus.yaml").read_bytes() == b"\xef\xbb\xbf" + wanted


async def test_new_things_other_names_and_refusals(office: Office, url: str, draft: Path) -> None:
    """What a form sends, sent by hand: quicker than a browser, and ruder."""
    own = {"Origin": url, "Accept": "text/html"}
    async with aiohttp.ClientSession(url, headers=own, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        assert (await session.get("/site/schema.json")).status == 200
        assert (await session.get("/site/edit", allow_redirects=False)).status == 303
        await session.post("/login", data={"name": "admin", "password": PASSWORD})

        async def post(path: str, **fields: str) -> tuple[int, str]:
            async with session.post(path, data=fields, allow_redirects=False) as answer:
                return answer.status, answer.headers.get("Location", "") or await answer.text()

        async def digest(path: str) -> str:
            async with session.get(path) as answer:
                return (await answer.text()).partition('name="digest" value="')[2][:16]

        hours = "/site/edit/hours/night"
        fields = {"v.open": "mon-sun 22:00-24:00\r\nmon-sun 00:00-06:00", "digest": await digest(hours)}
        assert await post(hours, **fields) == (303, hours + "?saved=1")
        added = '  night: {open: ["mon-sun 22:00-24:00", "mon-sun 00:00-06:00"]}\n'
        company = (draft / "company.yaml").read_text()
        assert "  night:\n    open: [" in company or added in company
        status, goal = await post(hours, do="rename", called="late", **fields | {"digest": await digest(hours)})
        assert (status, goal) == (303, "/site/edit/hours/late?saved=1")
        assert "  late:" in (draft / "company.yaml").read_text()
        status, text = await post(
            "/site/edit/hours/late", do="rename", called="office", digest=await digest("/site/edit/hours/late")
        )
        assert status == 409 and "something called office already" in text
        assert (await post("/site/edit/hours/late", do="remove", digest=await digest("/site/edit/hours/late")))[
            0
        ] == 303
        assert (draft / "company.yaml").read_bytes() == (ACME / "company.yaml").read_bytes()

        for section in ("connectors/crm", "reports", "customers", "by_phone", "database", "pause_reasons", "numbers"):
            assert (await session.get(f"/site/edit/{section}")).status == 200, section
        for path, status in (
            ("/site/edit/file/..%2Fcompany.yaml", 404),
            ("/site/edit/file/.hidden.yaml", 404),
            ("/site/edit/nothing/here", 404),
            ("/site/edit/version", 404),
        ):
            assert (await session.get(path)).status == status, path
        # Somebody wrote the file by hand, meanwhile: nothing of it is lost.
        old = await digest("/site/edit/file/faxes.yaml")
        (draft / "faxes.yaml").write_text("faxboxes: {billing: {}}  # by hand\n")
        status, text = await post("/site/edit/file/faxes.yaml", text="faxboxes: {}\r\n", digest=old)
        assert status == 409 and "changed outside of these pages" in text and "# by hand" in text
        assert (draft / "faxes.yaml").read_text() == "faxboxes: {billing: {}}  # by hand\n"
        taken = await post(
            "/site/edit/file/faxes.yaml",
            text="faxboxes: {}\r\n",
            digest=text.partition('name="digest" value="')[2][:16],
        )
        assert taken[0] == 303 and (draft / "faxes.yaml").read_text() == "faxboxes: {}\n"
        (draft / "broken.yaml").write_text("menus: {x\n")
        assert "broken.yaml cannot be read" in await (await session.get("/site/edit")).text()
        assert "E105" in await (await session.get("/site/edit/file/broken.yaml")).text()
        async with session.get("/site/edit?file=broken.yaml&line=1", allow_redirects=False) as answer:
            assert answer.headers["Location"] == "/site/edit/file/broken.yaml?line=1"
