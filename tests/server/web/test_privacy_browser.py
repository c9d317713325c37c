"""Privacy in a real browser, by keyboard: everything is gathered, a person is forgotten, the certificate is there.

Takes pictures, light and dark, wide and narrow, into the folder SWITCHROOM_SCREENSHOTS names.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.server.privacy_house import NAME, House, filled
from tests.server.web.browsing import (
    SIZES,
    WANTED,
    arrived,
    log_in,
    looked_at,
    no_wider_than_the_window,
    opened,
    pictures,
    running,
)
from tests.server.web.test_privacy_pages import house, office, ona

__all__ = ["filled", "house", "office", "ona", "pictures", "running"]  # fixtures: pytest finds them here by name
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


async def test_from_the_customer_to_the_certificate(
    running: Browser, house: House, ona: str, url: str, pictures: Path, tmp_path: Path
) -> None:
    async with opened(running, url, device_scale_factor=2) as page:
        await log_in(page, "admin")
        await page.goto(f"/customers/{ona}")
        await page.get_by_role("link", name="Privacy", exact=True).last.click()
        await arrived(page, f"/customers/{ona}/privacy")
        async with house.office.working():
            await page.get_by_role("button", name="Gather everything").focus()
            await page.keyboard.press("Enter")
            link = page.get_by_role("link", name="Download")
            await expect(link).to_be_visible()
            async with page.expect_download() as coming:
                await link.click()
            await (await coming.value).save_as(tmp_path / "everything.zip")
            await looked_at(page, pictures, "privacy-customer")

            await page.get_by_role("link", name="See what would go").focus()
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("heading", name=f"Forget {NAME}")).to_be_visible()
            await page.get_by_label("To be sure").fill("somebody else")
            await page.get_by_label("To be sure").press("Enter")
            await expect(page.get_by_role("alert")).to_contain_text("not the name")
            await looked_at(page, pictures, "privacy-erase")
            await page.get_by_label("To be sure").fill(NAME)
            await page.get_by_label("To be sure").press("Enter")
            await expect(page.get_by_role("link", name="Open the certificate")).to_be_visible()
        await looked_at(page, pictures, "privacy-erasure")
        await page.goto("/privacy")
        await expect(page.get_by_role("link", name="Certificate")).to_be_visible()
        await looked_at(page, pictures, "privacy-all")
    assert house.left() == {}

    def unpacked() -> str:
        with zipfile.ZipFile(tmp_path / "everything.zip") as file:
            return file.read("overview.html").decode()

    # Who gets the ZIP opens its page without a server.
    overview = tmp_path / "overview.html"
    overview.write_text(unpacked())
    async with opened(running, url) as page:
        await page.goto(overview.as_uri())
        await expect(page.get_by_role("heading", name=NAME)).to_be_visible()
        for size in SIZES:
            await page.set_viewport_size(dict(zip(("width", "height"), SIZES[size], strict=True)))  # type: ignore[arg-type]
            await no_wider_than_the_window(page)
            if WANTED:
                await page.screenshot(path=pictures / f"privacy-overview-{size}.png", full_page=True)
