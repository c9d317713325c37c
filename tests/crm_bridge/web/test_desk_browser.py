"""The desk in a real browser: it pops before the call is answered, by keyboard the work after it is done, and ready.

Takes pictures, light and dark, wide and narrow, into the folder SWITCHROOM_SCREENSHOTS names.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from callrouter import events as ev
from callrouter.agents import Deed
from crm_bridge.model import CustomerFile, MatterKind
from tests.crm_bridge.web.desk_house import JONAS, ONA, DeskHouse, desk_house
from tests.server.web.browsing import IN_ONE_BROWSER, arrived, is_live, log_in, looked_at, opened, pictures, url
from tests.server.web.office import Office

__all__ = ["pictures", "url"]  # fixtures: pytest finds them here by name
pytestmark = IN_ONE_BROWSER


@pytest_asyncio.fixture(loop_scope="session")
async def desks(tmp_path: Path) -> AsyncIterator[DeskHouse]:
    async with desk_house(tmp_path) as house:
        yield house


@pytest.fixture
def office(desks: DeskHouse) -> Office:
    return desks.office


async def at_desk(page: Page, name: str = "alice") -> None:
    """Log in and sit down, until the page hears what happens."""
    await log_in(page, name)
    await page.get_by_role("link", name="Desk").click()
    await arrived(page, "/desk")
    await is_live(page)


def state_of(desks: DeskHouse) -> str:
    return desks.office.parts.roster.agents["alice"].state.value


async def a_good_customer(desks: DeskHouse) -> CustomerFile:
    """Write a file with all that a pop can show, and calls before."""
    company = await desks.company("UAB Medis ir partneriai")
    ona = await desks.customer("Ona Žydrė", ONA, organisation=company.id, language="lt")
    matters, now = desks.room.matters, desks.office.clock.now()
    await matters.add_matter(ona.id, MatterKind.OFFER, "A hundred oak chairs", "sue", amount=1250000)
    await matters.add_activity(ona.id, "Send the new price list", now - timedelta(days=2), "alice")
    for note in ("Asked for oak instead of pine; delivery by Christmas.", ""):
        call = await desks.office.whole_call("Ona", agent="bob", ani=ONA)
        await desks.caught_up()
        if note:
            await matters.add_note(ona.id, note, "bob", interaction=call, disposition="Follow-up")
        desks.office.clock.advance(7_000)
    desks.office.parts.roster.do("bob", Deed.LOG_OUT)
    return ona


async def test_it_pops_before_the_answer_and_after_the_call_she_is_ready_again(
    one_browser: Browser, desks: DeskHouse, url: str
) -> None:
    ona = await a_good_customer(desks)
    async with opened(one_browser, url) as page, opened(one_browser, url) as others:
        await at_desk(page)
        await at_desk(others, "max")
        await expect(page.get_by_text("Your phone is quiet.")).to_be_visible()
        ticket = desks.rings(intent="invoice")
        pop = page.locator(f"#pop-{ticket.call}")
        await expect(pop.get_by_role("heading", name="Ona Žydrė")).to_be_visible()
        assert state_of(desks) == "ringing"
        await expect(pop).to_contain_text("UAB Medis ir partneriai")
        await expect(pop).to_contain_text("Asked for oak instead of pine")
        await expect(page.locator("#announced")).to_have_text("Ona Žydrė is calling.")
        await expect(page).to_have_title("☎ Ona Žydrė is calling")
        assert await others.locator(".pop").count() == 0

        desks.office.answered(ticket, "alice")
        await expect(pop.locator(".pill")).to_have_text("Talking")
        await page.get_by_role("textbox", name="Note").fill("Wants two hundred.")  # while they talk
        desks.hang_up(ticket.call, "alice")
        await expect(page.get_by_role("heading", name="After the call")).to_be_visible()
        await expect(page.locator("#state")).to_contain_text("Wrap-up")
        await expect(page.get_by_role("textbox", name="Note")).to_have_value("Wants two hundred.")
        await expect(page).to_have_title("Desk · Acme & Sons")
        await page.get_by_label("Solved").press("ArrowRight")
        await page.get_by_label("To be done next").fill("Send the offer")
        await page.get_by_label("On", exact=True).fill("2026-11-30")
        await page.get_by_label("On", exact=True).press("Control+Enter")
        await expect(page.locator("#toast")).to_contain_text("Written down.")
        await expect(page.locator("#state")).to_contain_text("Ready")
        await expect(page.locator("#today")).to_contain_text("Follow-up")
        assert state_of(desks) == "ready"
        (note, *_) = await desks.room.matters.notes(ona.id)
        assert (note.text, note.disposition) == ("Wants two hundred.", "Follow-up")
        assert await others.locator(".pop").count() == 0


async def test_a_stranger_is_said_to_be_somebody_while_he_is_on_the_phone(
    one_browser: Browser, desks: DeskHouse, url: str
) -> None:
    ona = await desks.customer("Ona Žydrė", ONA)
    ticket = desks.rings(ani=JONAS)
    async with opened(one_browser, url) as page:
        await at_desk(page)  # in the middle of the ringing
        pop = page.locator(f"#pop-{ticket.call}")
        await expect(pop).to_contain_text("unknown")
        await pop.get_by_label("Find a customer").press_sequentially("zydr")
        desks.office.answered(ticket, "alice")  # what is typed stays
        await expect(pop.get_by_role("button", name="Ona Žydrė")).to_be_visible()
        await pop.get_by_role("button", name="Ona Žydrė").click()
        await expect(pop.get_by_role("heading", name="Ona Žydrė")).to_be_visible()
        await expect(pop.locator(".pill")).to_have_text("Talking")
        assert [p.number for p in (await desks.room.files.get(ona.id)).details.phones] == [ONA, JONAS]


async def test_an_answer_that_was_lost_makes_nobody_write_it_twice(
    one_browser: Browser, desks: DeskHouse, url: str
) -> None:
    ona = await desks.customer("Ona Žydrė", ONA)
    ticket = desks.rings()
    desks.office.answered(ticket, "alice")

    async def lose(route: Route) -> None:
        await route.fetch()
        await route.abort()

    async with opened(one_browser, url) as page:
        await at_desk(page)
        await page.get_by_role("textbox", name="Note").fill("Wants oak.")
        await page.get_by_label("Solved").check()
        await page.route("**/after", lose, times=1)
        await page.get_by_role("button", name="Save").click()
        await expect(page.locator("#toast")).to_contain_text("may have been saved")
        await expect(page.get_by_role("textbox", name="Note")).to_have_value("Wants oak.")
        await page.get_by_role("button", name="Save").click()
        await expect(page.locator("#toast")).to_contain_text("Written down.")
    assert [note.text for note in await desks.room.matters.notes(ona.id)] == ["Wants oak."]


async def test_it_closes_when_it_rings_elsewhere_and_comes_back_after_a_reload(
    one_browser: Browser, desks: DeskHouse, url: str
) -> None:
    await desks.customer("Ona Žydrė", ONA)
    desks.ready("alice")
    desks.office.clock.advance(1)
    desks.ready("bob")
    async with opened(one_browser, url) as page, opened(one_browser, url) as second:
        await at_desk(page)
        await at_desk(second, "bob")
        ticket = desks.rings(name="Ona")
        await expect(page.locator(f"#pop-{ticket.call}")).to_be_visible()
        await page.reload()
        await expect(page.locator(f"#pop-{ticket.call}")).to_be_visible()
        desks.no_answer(ticket, "alice")
        await expect(second.locator(f"#pop-{ticket.call}")).to_contain_text("Ona Žydrė")
        await expect(page.locator("#went")).to_contain_text("It rings at Bob Roe now.")
        await expect(page.locator(".pop")).to_have_count(0)
        desks.tell(ev.CallEnded(at=desks.office.clock.now(), call=ticket.call, outcome="abandoned"))
        await expect(second.locator(".pop")).to_have_count(0)


async def test_pictures(one_browser: Browser, desks: DeskHouse, url: str, pictures: Path) -> None:
    await a_good_customer(desks)
    async with opened(one_browser, url, reduced_motion="reduce") as page:
        await at_desk(page)
        await looked_at(page, pictures, "desk-quiet")
        ticket = desks.rings(intent="invoice", contract="204711")
        await expect(page.locator(".pop")).to_be_visible()
        await looked_at(page, pictures, "desk-rings")
        desks.office.answered(ticket, "alice")
        desks.office.clock.advance(61)
        desks.hang_up(ticket.call, "alice")
        await expect(page.locator("#after-title")).to_have_text("After the call")
        await looked_at(page, pictures, "desk-after")
        for name in ("Ona Žydrė", "Jonas Žydrys"):
            await desks.customer(name, JONAS)
        direct = desks.office.offered("Jonas", ani=JONAS)
        desks.tell(
            ev.AgentsOffered(at=desks.office.clock.now(), call=direct, agents=("alice",), why="dialled directly")
        )
        await expect(page.locator(f"#pop-{direct}")).to_contain_text("one of 2")
        await looked_at(page, pictures, "desk-one-of")
