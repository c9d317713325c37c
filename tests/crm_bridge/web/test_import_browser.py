"""Importing in a real browser: a file is dropped in, columns are chosen, the import runs, its rows go again.

Takes pictures, light and dark, wide and narrow, into the folder SWITCHROOM_SCREENSHOTS names.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from crm_bridge.model import Details, Phone
from server.web.app import serving_parts
from tests.crm_bridge.web.import_house import ImportOffice, import_office
from tests.server.web.browsing import arrived, log_in, looked_at, opened, pictures, running

__all__ = ["pictures", "running"]  # fixtures: pytest finds them here by name
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

#: Where one import is.
IMPORT = re.compile(r"/customers/import/[0-9a-f-]+(\?did=\w+)?$")
EVIL = "<img src=x onerror=\"document.title='broken'\">"
FILE = (
    "Kontaktas;Mobilusis;El. paštas;Įmonė;Būsena;Miestas;Pastabos;Grupė\n"
    "Ona Žemaitė;8 600 00001;ona@acme.example;UAB Žalgirio statyba;customer;Vilnius;skambinti ryte;VIP\n"
    f"{EVIL};+370 600 00002;;UAB Žalgirio statyba;lead;Kaunas;=HYPERLINK(1);\n"
    "شركة القاهرة;+20 2 2579 9999;;;unknown;القاهرة;;export\n"
    ";123;;;;;;\n"
    "Rasa Rasaitė;8 600 00007;rasa@beta.example;Beta;;;;\n"
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ImportOffice]:
    async with import_office(tmp_path) as opened_office:
        yield opened_office


@pytest.fixture
async def url(house: ImportOffice) -> AsyncIterator[str]:
    async with serving_parts(house.office.parts, house.office.accounts, "127.0.0.1", 0) as address:
        yield address


async def test_a_file_is_imported_and_taken_back(
    running: Browser, house: ImportOffice, url: str, tmp_path: Path, pictures: Path
) -> None:
    await house.room.files.add(Details("Rasa Rasaitė", phones=(Phone("", "8 600 00007"),)), "sue")
    file = tmp_path / "klientai.csv"
    file.write_bytes((FILE + "".join(f"Nr {n};+3706{n:07d};;;;;;\n" for n in range(100, 2_100))).encode())
    async with opened(running, url) as page:
        await log_in(page)
        await page.goto("/customers/import")
        await expect(page.get_by_text("Nothing has been imported yet.")).to_be_visible()
        await looked_at(page, pictures, "import-start-empty")
        await page.get_by_label("A file with customers").set_input_files(file)
        await expect(page.locator("#chosen")).to_contain_text("klientai.csv")
        await page.get_by_role("button", name="Look at it").click()
        await arrived(page, IMPORT)
        await expect(page.get_by_role("heading", name="klientai.csv")).to_be_visible()
        await expect(page.get_by_label("Mobilusis")).to_have_value("phone|mobile")
        await expect(page.locator(".fates tbody tr")).to_have_count(20)
        await expect(page.locator(".fates tr.skip")).to_contain_text("is there already")
        await looked_at(page, pictures, "import-preview")

        await page.evaluate("window.same = true")
        await page.get_by_label("Grupė").focus()
        await page.get_by_label("Grupė").select_option("tags")
        await expect(page.locator(".fates .tag").first).to_have_text("VIP")
        await expect(page.get_by_label("Grupė")).to_be_focused()
        await page.get_by_label("Add what is new").check()
        await expect(page.locator(".fates tr.join")).to_contain_text("Rasa")
        assert await page.evaluate("window.same") is True and await page.title() != "broken"

        await page.get_by_role("button", name="Import", exact=True).click()
        await expect(page.locator(".title .pill")).to_have_text("Done", timeout=60_000)
        added = page.locator(".figures div", has_text="Added").locator("dd")
        await expect(added).to_have_text("2,003")
        await expect(page.locator(".figures div", has_text="Joined").locator("dd")).to_have_text("1")
        await expect(page.locator("#refused-title")).to_contain_text("1")
        await looked_at(page, pictures, "import-done")
        async with page.expect_download() as started:
            await page.get_by_role("link", name="Download as CSV").click()
        download = await (await started.value).path()
        assert "it has no name" in download.read_text("utf-8-sig")

        await page.get_by_role("button", name="Undo the import").click()
        await expect(page.locator(".title .pill")).to_have_text("Undone", timeout=60_000)
        await expect(page.locator(".figures div", has_text="Taken back").locator("dd")).to_have_text("2,005")
        await page.get_by_role("link", name="Import customers").click()
        await arrived(page, "/customers/import")
        await expect(page.locator(".history tbody tr")).to_contain_text("undone by sue")
        await looked_at(page, pictures, "import-start")
        await page.get_by_role("link", name="Export").click()
        await arrived(page, "/customers/export")
        await expect(page.get_by_role("heading", name="Export customers")).to_be_visible()
        async with page.expect_download() as started:
            await page.get_by_role("button", name="Export").click()
        assert "Rasa Rasaitė" in (await (await started.value).path()).read_text("utf-8-sig")
        await page.reload()
        await expect(page.locator(".history tbody tr")).to_contain_text("sue")
        await looked_at(page, pictures, "import-export")
