"""Pictures of every page of faxes in a real browser, light and dark, wide and narrow.

They go into the folder SWITCHROOM_SCREENSHOTS names; a test alone looks whether the pages fit.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import Browser, expect

from fax.model import State
from ledger.delivery_model import Later
from tests.fax.house import BUSY, Over
from tests.fax.web.fax_house import FaxHouse
from tests.fax.web.test_browser import EVIL, drawn, faxes, letter, log_in
from tests.server.web.browsing import IN_ONE_BROWSER, is_live, looked_at, opened, pictures, url

__all__ = ["faxes", "letter", "pictures", "url"]  # fixtures: pytest finds them here by name
pytestmark = IN_ONE_BROWSER


async def full_room(faxes: FaxHouse) -> tuple[str, str]:
    """Fill it with all that there can be; return one that came and one that is sent."""
    rules, line = faxes.home.service, faxes.home.line
    await faxes.customer("Ona Petraitienė", "+37060000001")
    id_ = await faxes.receive("billing", "ONA P")
    await rules.seen(id_, "alice")
    await rules.assign(id_, "alice", "sue")
    await rules.note(id_, "Wants the invoice of October again.\nSent it; ring her tomorrow.", "alice")
    faxes.home.clock.advance(7 * 3600)
    long = "UAB Labai ilgo pavadinimo įmonė ir partneriai"
    await faxes.receive("billing", long, "+37065500003", station="UAB LABAI ILGAS 123")
    await faxes.refused("550 5.1.1 <support@acme.example>: Recipient address rejected: User unknown")
    faxes.home.clock.advance(700)
    await faxes.partial(name="", number="")
    faxes.home.road.results.append(Later("421 4.3.2 Service not available, try again later"))
    await faxes.receive("support", EVIL, "+37061200009", station="")
    await faxes.order(State.SENT, name="Ona Petraitienė", number="+370 600 00001", subject="Sąskaita 4711")
    line.overs += [Over("unknown", 1, why="the connection to Asterisk was lost")]
    await faxes.order(State.UNKNOWN, number="+370 600 00003")
    line.overs += [BUSY]
    busy = await faxes.order(
        number="+370 600 00002", name="Jonas", subject="Užsakymas 12", confirm=("ona@acme.example",)
    )
    await faxes.home.until(busy, lambda fax: fax.state is State.WAITING and fax.tries == 1)
    await faxes.home.put_back(busy)
    line.overs.clear()
    line.held, line.ringing = asyncio.Event(), asyncio.Event()
    await faxes.order(number="+370 600 00009", subject="Sutartis")
    async with asyncio.timeout(20):
        await line.ringing.wait()
    await rules.under_way.look()
    faxes.comes("c-7", number="+37060000001")
    await faxes.page_through("c-7")
    return id_, busy


async def test_pictures(one_browser: Browser, faxes: FaxHouse, url: str, pictures: Path, letter: Path) -> None:
    async with opened(one_browser, url, device_scale_factor=2) as page:

        async def look(name: str, *, whole: bool = True) -> None:
            await page.wait_for_function("() => [...document.images].every(i => i.loading === 'lazy' || i.complete)")
            await looked_at(page, pictures, f"fax-{name}", whole=whole)

        async def sheets_are_drawn() -> None:
            await page.wait_for_function(
                "() => [...document.querySelectorAll('td.sheet img')]"
                ".filter(i => i.complete && i.naturalWidth).length >= 2"
            )

        await log_in(page, "admin")
        await look("empty")
        received, busy = await full_room(faxes)
        await page.reload()
        await expect(page.locator("tr[data-item]")).to_have_count(5)
        await is_live(page)
        await sheets_are_drawn()
        await page.locator("tr[data-item] a.open").nth(1).focus()
        await look("inbox")
        await page.goto("/fax/sent")
        await expect(page.locator("tr[data-item]")).to_have_count(4)
        await sheets_are_drawn()
        await look("sent")
        await page.goto(f"/fax/{received}")
        await drawn(page, 1)
        await look("page")
        await page.keyboard.press("r")
        await look("rotated", whole=False)
        await page.goto(f"/fax/{busy}")
        await drawn(page, 1)
        await look("waits")
        await page.goto("/fax/new")
        await page.get_by_label("Document").set_input_files(letter)
        await page.get_by_label("Send a cover sheet first").check()
        await page.get_by_label("Later").check()
        await page.get_by_label("Fax number").fill("+1 900")
        await page.get_by_role("button", name="Send").click()
        await expect(page.locator("#wrong-number")).to_be_visible()
        await look("new")
        await page.goto("/fax/undelivered")
        await look("undelivered")
    if faxes.home.line.held is not None:
        faxes.home.line.held.set()
