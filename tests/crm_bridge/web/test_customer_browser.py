"""Customers in a real browser: found while typing, changed, in conflict, a board moved by keyboard, merged and parted.

Takes pictures, light and dark, wide and narrow, into the folder SWITCHROOM_SCREENSHOTS names.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, Route, expect

from crm_bridge.model import MatterKind, Relation
from server.web.app import serving_parts
from tests.crm_bridge.web.customer_house import EVIL, TURNED, CustomerHouse, customer_house
from tests.server.web.browsing import IN_ONE_BROWSER, arrived, is_live, log_in, looked_at, opened, pictures

__all__ = ["pictures"]  # fixtures: pytest finds them here by name
pytestmark = IN_ONE_BROWSER
#: Where one customer is.
CUSTOMER = re.compile(r"/customers/[0-9a-f-]+(\?did=\w+)?$")
ONA, JONAS, OFFICE = "+37060000001", "+37060000002", "+37052123456"


@pytest_asyncio.fixture(loop_scope="session")
async def house(tmp_path: Path) -> AsyncIterator[CustomerHouse]:
    async with customer_house(tmp_path, live=True) as opened_house:
        yield opened_house


@pytest_asyncio.fixture(loop_scope="session")
async def at(house: CustomerHouse) -> AsyncIterator[str]:
    async with serving_parts(house.office.parts, house.office.accounts, "127.0.0.1", 0) as address:
        yield address


async def told(house: CustomerHouse) -> None:
    """Let what was just written be told: its job is due at the house's own time, which a test moves."""
    house.office.clock.advance(1)


async def test_from_search_to_merge_by_keyboard(one_browser: Browser, house: CustomerHouse, at: str) -> None:
    acme = await house.company("Acme", OFFICE)
    ona = await house.add("Ona Onaitė", ONA, organisation=acme.id, status="lead")
    twin = await house.add("O. Onaitė", ONA, "+37061100000", language="lt")
    await house.add("Jonas Petraitis", JONAS)
    async with opened(one_browser, at) as page:
        # ---- found while typing, without reloading
        await log_in(page, "alice")
        await page.get_by_role("link", name="Customers", exact=True).click()
        await arrived(page, "/customers")
        await is_live(page)
        await page.evaluate("window.same = true")
        await page.keyboard.press("/")
        await page.keyboard.type("acme on")
        rows = page.locator("#items a.open")
        await expect(rows).to_have_text(["Ona Onaitė"])
        assert await page.evaluate("window.same") is True
        await page.keyboard.press("ArrowDown")
        await expect(rows.first).to_be_focused()
        await page.keyboard.press("Enter")
        await arrived(page, f"/customers/{ona.id}")
        await is_live(page)

        # ---- changed, while somebody else changes it too
        await page.keyboard.press("e")
        await arrived(page, f"/customers/{ona.id}/edit")
        await expect(page.get_by_label("Name", exact=True)).to_be_focused()
        await page.get_by_label("Name", exact=True).fill("Ona Kazlauskienė")
        await page.get_by_role("button", name="Another number").click()
        await page.locator("#phone-2").fill("8 612 00000")
        await house.rename(ona.id, "Ona O.", "sue", tags=("vip",))
        await page.locator("#phone-2").press("Enter")
        conflict = page.locator("#conflict")
        await expect(conflict).to_contain_text("Sue changed this customer while you were writing", ignore_case=True)
        await expect(conflict).to_contain_text("theirs is “Ona O.”")
        await expect(page.get_by_label("Name", exact=True)).to_have_value("Ona Kazlauskienė")
        await expect(page.get_by_label("Tags")).to_have_value("vip")
        await page.get_by_role("button", name="Save").press("Enter")
        await arrived(page, f"/customers/{ona.id}")
        await expect(page.get_by_role("heading", name="Ona Kazlauskienė")).to_be_visible()
        await expect(page.locator("#card .number")).to_have_text([ONA, "8 612 00000"])
        await is_live(page)

        # ---- a note, something to do, an opportunity: nothing reloads
        await page.evaluate("window.same = true")
        await page.keyboard.press("w")
        await expect(page.locator("#note")).to_be_focused()
        await page.keyboard.type("Prefers mornings")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator("#timeline li").first).to_contain_text("Prefers mornings")
        await expect(page.locator("#note")).to_have_value("")
        await page.locator("h1").focus()
        await page.keyboard.press("a")
        await expect(page.locator("#new-activity").get_by_label("What")).to_be_focused()
        await page.keyboard.type("Ring her")
        await page.keyboard.press("Enter")
        await expect(page.locator("#activities")).to_contain_text("Ring her")
        await page.get_by_role("button", name="Done: Ring her").click()
        await expect(page.locator("#activities .is-done")).to_contain_text("done by you")
        await page.locator("#toast").get_by_role("button", name="Undo").click()
        await expect(page.locator("#activities .is-done")).to_have_count(0)
        await page.locator("h1").focus()
        await page.keyboard.press("o")
        await expect(page.locator("#new-matter").get_by_label("Title")).to_be_focused()
        await page.keyboard.type("Fifty boxes")
        await page.locator("#new-matter").get_by_label("Amount").fill("12 500,50")
        await page.locator("#new-matter").get_by_label("Amount").press("Enter")
        await expect(page.locator("#matters")).to_contain_text("12,500.50 EUR")
        assert await page.evaluate("window.same") is True

        # ---- the board
        await page.get_by_role("link", name="Opportunities", exact=True).click()
        await arrived(page, "/opportunities")
        await is_live(page)
        card = page.locator("li[data-card]")
        await card.press("Shift+ArrowRight")
        offered = page.locator(".column[data-stage=offered]")
        await expect(offered.locator("li[data-card]")).to_be_focused()
        await expect(offered.locator(".total")).to_have_text("12,500.50 EUR")
        # Whoever looks through the stages is not interrupted by what is told.
        await card.get_by_role("combobox").focus()
        stages = await card.get_by_role("combobox").element_handle()
        async with page.expect_response(f"{at}/opportunities"):
            await house.rename(ona.id, "Ona K.", "sue")
            await told(house)
        await page.evaluate("() => new Promise(requestAnimationFrame)")
        assert await stages.evaluate("select => select.isConnected && select === document.activeElement")
        await card.get_by_role("combobox").select_option("won")
        await expect(page.locator(".column[data-stage=won] li[data-card]")).to_have_count(1)
        await page.locator("#toast").get_by_role("button", name="Undo").click()
        await expect(offered.locator("li[data-card]")).to_have_count(1)
        # What is told while a card is pressed does not take it from under the pointer.
        await card.hover()
        await page.mouse.down()
        async with page.expect_response(f"{at}/opportunities"):
            await house.rename(ona.id, "Ona O.", "sue")
            await told(house)
        await page.locator(".column[data-stage=lost]").hover()
        await page.mouse.up()
        await expect(page.locator(".column[data-stage=lost] .total")).to_have_text("12,500.50 EUR")
        await card.press("Enter")
        await arrived(page, f"/customers/{ona.id}")

        # ---- merged with the other by search, and parted again
        await page.get_by_role("link", name="Merge", exact=True).click()
        await arrived(page, f"/customers/{ona.id}/merge")
        await page.get_by_role("combobox", name="The other one").press_sequentially("o ona")
        await expect(page.locator(".offer [role=option]")).to_have_count(1)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("combobox", name="The other one")).to_have_value("O. Onaitė")
        await page.keyboard.press("Enter")
        await arrived(page, f"/customers/{ona.id}/merge?with={twin.id}")
        await expect(page.locator("section[aria-labelledby=would]")).to_contain_text("1 number")
        await page.get_by_role("button", name="Merge them").press("Enter")
        await arrived(page, f"/customers/{ona.id}")
        await expect(page.locator("#toast")).to_contain_text("undone for 14 days")
        await is_live(page)
        await expect(page.locator("#card .number")).to_have_count(3)
        await page.locator("#toast").get_by_role("button", name="Undo").click()
        await expect(page.locator("#card .number")).to_have_count(2)
        assert (await house.room.files.get(twin.id)).merged_into is None


async def test_two_browsers_see_the_same(one_browser: Browser, house: CustomerHouse, at: str) -> None:
    ona = await house.add("Ona", ONA)
    async with opened(one_browser, at) as one, opened(one_browser, at) as other:
        for page, name in ((one, "alice"), (other, "sue")):
            await log_in(page, name)
            await page.goto(f"/customers/{ona.id}")
            await is_live(page)
        await other.locator("#note").fill("half a note of hers")
        await one.locator("#note").fill("Rings tomorrow")
        await one.get_by_role("button", name="Write down").click()
        await told(house)
        await expect(other.locator("#timeline")).to_contain_text("Rings tomorrow")
        await expect(other.locator("#note")).to_have_value("half a note of hers")  # nothing is taken away
        # A form that she opened and half filled outlasts what others do, and what she does beside it.
        paper = await house.room.matters.add_matter(ona.id, MatterKind.OFFER, "Paper", "sue", amount=100)
        await told(house)
        await other.locator("#matters").get_by_text("Change", exact=True).click()
        title = other.locator(f"[data-matter='{paper.id}']").get_by_label("Title")
        await title.fill("Thick paper")
        await house.room.matters.add_matter(ona.id, MatterKind.ORDER, "Ink", "bob", amount=100)
        await told(house)
        await other.locator("#tag").fill("early")
        await other.locator("#tag").press("Enter")
        await expect(other.locator("#matters")).to_contain_text("Ink")
        await expect(title).to_have_value("Thick paper")
        await title.press("Enter")
        await expect(other.locator("#matters")).to_contain_text("Thick paper")
        # What is written while a note is on its way stays.
        way = asyncio.Event()

        async def slowly(route: Route) -> None:
            await way.wait()
            await route.continue_()

        await other.route(f"{at}/customers/{ona.id}/note", slowly, times=1)
        await other.get_by_role("button", name="Write down").click()
        await other.locator("#note").fill("And another thing")
        way.set()
        await expect(other.locator("#timeline")).to_contain_text("half a note of hers")
        await expect(other.locator("#note")).to_have_value("And another thing")
        await one.locator("#tag").fill("vip")
        await one.locator("#tag").press("Enter")
        await told(house)
        await expect(other.locator("#tags")).to_contain_text("vip")
        # The button for older lines leaves those that are there.
        for n in range(40):
            await house.room.matters.add_note(ona.id, f"Note {n}", "bob")
        await told(house)
        await expect(other.locator("#timeline")).to_contain_text("Note 39")
        await other.reload()
        await is_live(other)
        await other.get_by_role("link", name="Show older").click()
        await expect(other.locator("#timeline")).to_contain_text("Customer added")
        many = await other.locator("#timeline > li").count()
        house.office.clock.advance(1)
        await house.room.matters.add_note(ona.id, "The newest", "bob")
        await told(house)
        await expect(other.locator("#timeline > li").first).to_contain_text("The newest")
        await expect(other.locator("#timeline > li")).to_have_count(many + 1)


async def test_nobody_found_is_added_with_what_was_typed(one_browser: Browser, house: CustomerHouse, at: str) -> None:
    await house.company("Acme", OFFICE)
    await house.add(EVIL, ONA)
    async with opened(one_browser, at) as page:
        await log_in(page, "alice")
        await page.goto("/customers")
        await page.locator("#q").press_sequentially("Rasa Rasaitė")
        await expect(page.locator("#add-typed")).to_have_text("Add Rasa Rasaitė")
        await page.keyboard.press("Enter")
        await arrived(page, re.compile("/customers/new"))
        await expect(page.get_by_label("Name", exact=True)).to_have_value("Rasa Rasaitė")
        await page.get_by_role("combobox", name="Organisation").press_sequentially("acm")
        await expect(page.locator(".offer [role=option]")).to_have_count(1)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("combobox", name="Organisation")).to_have_value("Acme")
        await page.locator("#phone-0").fill("12")
        await page.locator("#phone-0").press("Enter")
        await expect(page.locator("#wrong-phone-0")).to_contain_text("This is no telephone number")
        await expect(page.locator("#phone-0")).to_be_focused()
        await page.locator("#phone-0").fill("8 600 00002")
        await page.locator("#phone-0").press("Enter")
        await arrived(page, CUSTOMER)
        await expect(page.get_by_role("heading", name="Rasa Rasaitė")).to_be_visible()
        await expect(page.locator("#head")).to_contain_text("at Acme")
        await page.get_by_role("button", name="Call 8 600 00002").click()
        await expect(page.locator("#toast")).to_contain_text("Your phone rings")
        assert house.ringing.rung[0][:2] == ("alice", JONAS)


async def busy_town(house: CustomerHouse) -> dict[str, str]:
    """Write a town down in which everything is that a page can show; return its pages."""
    acme = await house.company("Acme Boxes & Sons", OFFICE, status="customer", website="acme.example", owner="alice")
    jonas = await house.add("Jonas Petraitis", JONAS, organisation=acme.id, tags=("wholesale",), owner="bob")
    ona = await house.add(
        "Ona Onaitė",
        ONA,
        mails=("ona@acme.example",),
        organisation=acme.id,
        status="customer",
        language="lt",
        owner="alice",
        address="Gedimino pr. 1\nVilnius",
        website="acme.example",
        tags=("vip", "wholesale"),
        insiders=("alice", "bob"),
        relations=(Relation(jonas.id, "assistant"),),
        fields={"contract": "K-2041", "until": "2027-01-31", "seats": 1200},
    )
    twin = await house.add("O. Onaitė", ONA, "+37061100000", language="lt", status="lead")
    await house.add("Rasa Rasaitė", "+37060000007", status="lead", owner="sue")
    await house.add(TURNED, "+37060000008", organisation=acme.id)
    await house.add(EVIL + " " + "long" * 30, "+37060000006", tags=(EVIL[:40],), status="lead")
    await house.calls(("c-1", ONA), ("c-2", JONAS), ("c-3", "+37060000009"), ("c-4", ONA))
    matters, now = house.room.matters, house.office.clock.now()
    for title, amount, stage, whose, customer, days in (
        ("Fifty boxes for the warehouse", 1_250_050, "new", "alice", ona, 20),
        ("Paper", 480_000, "new", "bob", jonas, -2),
        ("Yearly contract " + EVIL, 9_900_000, "offered", "alice", ona, 5),
        ("Pallets", 120_000, "won", "sue", jonas, 7),
        ("Pens", 4_000, "lost", "bob", ona, 7),
    ):
        when = (now + timedelta(days=days)).date()
        kind, about = MatterKind.OPPORTUNITY, {"amount": amount, "stage": stage, "whose": whose, "expected": when}
        await matters.add_matter(customer.id, kind, title, "alice", **about)  # type: ignore[arg-type]  # by name
    await matters.add_matter(ona.id, MatterKind.ORDER, "Order 1204", "alice", amount=42_00, stage="won")
    for what, hours in (
        ("Send the offer with the new prices", -20),
        ("Ring back about pallets", 3),
        ("Visit them", 72),
    ):
        await matters.add_activity(ona.id, what, now + timedelta(hours=hours), "alice")
    house.office.clock.advance(60)
    await matters.add_note(ona.id, "Prefers to be rung in the morning.\nAsks for Jonas about money.", "bob")
    await house.rename(ona.id, "Ona Onaitė-Kazlauskienė", "sue")
    at = f"/customers/{ona.id}"
    return {
        "list": "/customers",
        "found": "/customers?q=acme",
        "nobody": "/customers?q=Gintaras+Nobody",
        "customer": at,
        "organisation": f"/customers/{acme.id}",
        "edit": f"{at}/edit",
        "board": "/opportunities",
        "due": "/activities?whose=all&when=all",
        "merge": f"{at}/merge?with={twin.id}",
        "choose": f"{at}/merge",
        "whose": "/customers/whose/c-4?next=/calls/c-4",
        "unknown": "/customers/whose/c-3?next=/calls",
        "call": "/calls/c-4",
        "unknown-call": "/calls/c-3",
    }


async def test_pictures_of_every_page(one_browser: Browser, house: CustomerHouse, at: str, pictures: Path) -> None:
    pages = await busy_town(house)
    async with opened(one_browser, at) as page:
        await log_in(page, "alice")
        for name, path in pages.items():
            await page.goto(path)
            await expect(page.locator("h1")).to_be_visible()
            await looked_at(page, pictures, f"crm-{name}")
        assert await page.title() != "broken"
