"""A sound and a notification when the phone rings: nothing without being asked for, once for a call, by keyboard."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from callrouter.agents import Deed
from tests.crm_bridge.web.desk_house import JONAS, ONA, DeskHouse, desk_house
from tests.server.web.browsing import arrived, is_live, log_in, looked_at, opened, pictures, running, tab_to
from tests.server.web.conftest import pace, url
from tests.server.web.office import Office

__all__ = ["pace", "pictures", "running", "url"]  # fixtures: pytest finds them here by name
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
#: Writes down what would be heard and seen outside the page; nobody looks at the page itself.
OUTSIDE = """
  const [heard, seen] = [[], []];
  const told = () => {
    const page = document.documentElement.dataset;
    [page.heard, page.seen] = [String(heard.length), JSON.stringify(seen)];
  };
  addEventListener("DOMContentLoaded", told);
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...at) { heard.push(at); told(); return start.apply(this, at); };
  window.Notification = class {
    static get permission() { return sessionStorage.permission ?? "default"; }
    static async requestPermission() { return (sessionStorage.permission = window.answer); }
    constructor(title, { body, tag }) { this.tag = tag; seen.push([title, body]); told(); }
    close() { seen.push(["closed", this.tag]); told(); }
  };
  document.hasFocus = () => false;
"""


@pytest.fixture
async def desks(tmp_path: Path) -> AsyncIterator[DeskHouse]:
    async with desk_house(tmp_path) as house:
        yield house


@pytest.fixture
def office(desks: DeskHouse) -> Office:
    return desks.office


async def at_desk(page: Page) -> None:
    await page.goto("/desk")
    await arrived(page, "/desk")
    await is_live(page)


async def outside(page: Page) -> tuple[int, list[list[str]]]:
    """Return how many tones sounded and what notifications were shown."""
    told = await page.evaluate("({...document.documentElement.dataset})")
    return int(told["heard"]), json.loads(told["seen"])


async def seen(page: Page, *notices: list[str]) -> None:
    """Wait until just these notifications were shown and closed."""
    words = json.dumps(notices, separators=(",", ":"), ensure_ascii=False)
    await expect(page.locator("html")).to_have_attribute("data-seen", words)


async def test_only_who_asks_for_it_hears_and_sees_it_and_once_for_a_call(
    running: Browser, desks: DeskHouse, url: str, pictures: Path
) -> None:
    await desks.customer("Ona Žydrė", ONA)
    async with opened(running, url) as page:
        await page.add_init_script(OUTSIDE)
        await log_in(page, "alice")
        await at_desk(page)
        sound = page.get_by_role("button", name="Play a sound")
        notice = page.get_by_role("button", name="Show a notification")
        quiet = desks.rings(department="sales")
        await expect(page.locator(f"#pop-{quiet.call}")).to_be_visible()
        assert await outside(page) == (0, [])
        desks.office.answered(quiet, "alice")
        desks.hang_up(quiet.call, "alice", "sales")
        await expect(page.locator(f"#pop-{quiet.call}")).to_have_count(0)

        await tab_to(page, sound)
        await page.keyboard.press("Space")
        await expect(sound).to_have_attribute("aria-pressed", "true")
        await page.evaluate("answer = 'denied'")
        await notice.press("Enter")
        await expect(page.locator("#alerts [role=status]")).to_contain_text("does not allow them")
        await expect(notice).to_have_attribute("aria-pressed", "false")
        await page.evaluate("answer = 'granted'")
        await notice.press("Enter")
        await expect(notice).to_have_attribute("aria-pressed", "true")
        await looked_at(page, pictures, "desk-alerts")
        assert await outside(page) == (2, [])  # how it sounds

        desks.office.parts.roster.do("alice", Deed.LOG_OUT)
        ticket = desks.rings(ani=JONAS)
        await expect(page.locator("html")).to_have_attribute("data-heard", "4")
        shown = ["Your phone rings", f"{JONAS} is calling"]
        await seen(page, shown)
        desks.office.answered(ticket, "alice")
        await seen(page, shown, ["closed", f"switchroom-{ticket.call}"])

        # What was chosen is remembered, and is switched off as it was switched on.
        desks.hang_up(ticket.call, "alice")
        await at_desk(page)
        await expect(sound).to_have_attribute("aria-pressed", "true")
        await expect(notice).to_have_attribute("aria-pressed", "true")
        await sound.press("Space")
        await expect(sound).to_have_attribute("aria-pressed", "false")
        assert await outside(page) == (0, [])


async def test_of_two_windows_one_tells(running: Browser, desks: DeskHouse, url: str) -> None:
    async with opened(running, url) as page:
        await page.context.add_init_script(OUTSIDE)
        await page.context.add_init_script("sessionStorage.permission = 'granted'")
        await page.context.add_init_script("localStorage['switchroom-alerts'] = JSON.stringify({notice: true})")
        await log_in(page, "alice")
        other = await page.context.new_page()
        for window in (page, other):
            await at_desk(window)
        ticket = desks.rings()
        for window in (page, other):
            await expect(window.locator(f"#pop-{ticket.call}")).to_be_visible()
        # The turns are over when the newest call is written down and both have looked at it.
        for window in (page, other):
            await window.evaluate("navigator.locks.request('switchroom-rung', () => 1)")
        assert sorted([len((await outside(window))[1]) for window in (page, other)]) == [0, 1]
        await at_desk(page)  # while it rings
        await page.evaluate("navigator.locks.request('switchroom-rung', () => 1)")
        assert (await outside(page))[1] == []
