"""An admin changes a menu at noon, and a supervisor closes a line: a real browser, a real Asterisk, real phones."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize, expect

from callrouter import events as ev
from ivr.speech.spoken import Spoken
from ivr.speech.store import PromptStore
from ledger.clock import SystemClock
from pbx.installation import default_cache
from pbx.softphone import Phones
from pbx.softphone_call import SoftCall
from pbx.softphone_phone import Phone
from server.accounts import Accounts, Role
from server.settings import Settings
from server.switchroom import running
from server.web.app import serving
from tests.asterisk.house import MAIN, SALES, House, dial_code
from tests.asterisk.listening import is_heard, most_heard
from tests.server.web.browsing import SIZES, arrived, is_live, log_in, looked_at, opened, pictures
from tests.server.web.office import PASSWORD, quick_passwords

__all__ = ["pictures"]  # fixtures: pytest finds them here by name
pytestmark = [pytest.mark.asterisk, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

OLD = "For sales, press 1. For repairs, press 2."
NEW = "For repairs, press 1. For sales, press 2. For parcels, press 3."
CLOSED = "Our workshop is under water. Please call again tomorrow."
SITE = f"""\
company: {{name: Acme, country: LT, timezone: Europe/Vilnius, languages: [en]}}
numbers:
  "+370 5 211 0000": {{menu: main}}
  "+370 5 211 0001": {{go: sales}}
hours:
  always: {{open: ["daily 00:00-24:00"]}}
menus:
  main:  # what everybody hears first
    say: "{OLD}"
    keys:
      1: sales
      2: repairs
    silence: {{tries: 2, go: sales}}
    mistake: {{tries: 2, go: sales}}
    wait: {{first_key: 60s}}
departments:
  sales: {{hours: always, wrap_up: 0s}}
  repairs: {{hours: always, wrap_up: 0s}}
  parcels: {{hours: always, wrap_up: 0s}}
people:
  ann: {{name: Ann Other, phone: 201, departments: [sales, parcels]}}
  cat: {{name: Cat Stevens, phone: 203, departments: [repairs]}}
by_phone: {{closing: {{pin: "4829"}}}}
tests:
  - name: who has something to repair
    call: {{to: "+370 5 211 0000", at: 2026-12-23T12:00}}
    press: [2]
    expect: {{department: repairs}}
"""


class MovedClock(SystemClock):
    """The machine's clock, for the time of day moved on by a test."""

    ahead = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.ahead


@dataclass
class Stage:
    """A server with pages; Ann is of Sales, Cat of Repairs."""

    home: House
    url: str
    clock: MovedClock
    draft: Path
    ann: Phone
    cat: Phone

    async def hears(self, call: SoftCall, file: Path, text: str) -> None:
        """Wait until a caller whose call is recorded there has heard a text of ours."""
        sound = PromptStore(default_cache() / "prompts").path_of(Spoken(text, "en", None))
        async with asyncio.timeout(30):
            while not await asyncio.to_thread(is_heard, file, sound):  # noqa: ASYNC110 - sound
                await asyncio.sleep(0.3)

    async def dial(self, number: str, file: Path) -> SoftCall:
        """Let a customer call the menu, and record what is heard there."""
        watch = self.home.listen()
        call = await (await self.home.caller(number)).call(MAIN)
        await call.confirmed()
        await call.start_recording(file)
        await watch.kind(ev.MenuEntered)
        return call


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    folder, clock = tmp_path_factory.mktemp("walk"), MovedClock()
    draft = folder / "site"
    draft.mkdir()
    (draft / "site.yaml").write_text(SITE)
    settings = Settings(draft, folder / "data", cache=default_cache(), asterisk_dies_with_us=True, drain=1.0)
    async with running(settings, clock=clock) as switchroom, Phones(2) as phones:
        home = House(switchroom, phones)
        accounts = Accounts(switchroom.database, switchroom.clock, quick_passwords())
        await accounts.add("admin", PASSWORD, Role.ADMIN)
        await accounts.add("sue", PASSWORD, Role.SUPERVISOR)
        async with serving(switchroom, "127.0.0.1", 0) as url:
            yield Stage(home, url, clock, draft, await home.operator("ann"), await home.operator("cat"))


async def looks(page: Page, pictures: Path, name: str) -> None:
    """Look at the page in every way, and go on at a desk."""
    await looked_at(page, pictures, name)
    width, height = SIZES["desktop"]
    await page.set_viewport_size(ViewportSize(width=width, height=height))


async def leads_to(page: Page, path: str) -> None:
    """Follow the way's link, and arrive."""
    await page.locator(f".way a[href='{path}']").click()
    await arrived(page, re.compile(rf"{path}$"))


async def edits_the_menu(page: Page, pictures: Path) -> None:
    """Announce a third key before it is there, see that said at the field, and mend it."""
    await page.goto("/site/edit/menus/main")
    text = page.get_by_label("Says, en").first
    await expect(text).to_have_value(OLD)
    await text.fill(NEW)
    await page.locator("[id='v.keys.0.value.go']").select_option("repairs")
    await page.locator("[id='v.keys.1.value.go']").select_option("sales")
    await expect(page.get_by_text("callers are told to press 3, which does nothing").first).to_be_visible()
    await looks(page, pictures, "walk-2-finding")
    await page.get_by_role("button", name="Add another to Keys").click()
    await expect(page.locator("[id='v.keys.2.key']")).to_be_focused()
    await page.keyboard.type("3")
    await page.locator("[id='v.keys.2.value.go']").select_option("parcels")
    await expect(page.get_by_text("callers are told to press 3")).to_have_count(0)
    await page.get_by_role("button", name="Save the draft").click()
    await expect(page.locator("#state")).to_contain_text("Saved.")
    await looks(page, pictures, "walk-3-mended")


async def mends_the_tests(page: Page, pictures: Path) -> None:
    """See the test fail that knew the old menu, correct it, and have the missing ones drafted."""
    await leads_to(page, "/site/tests")
    await expect(page.locator("#failed")).to_have_text("1")
    await looks(page, pictures, "walk-4-test-fails")
    await page.locator(".tested").get_by_role("link").first.click()
    await expect(page.get_by_label("Keys and pauses")).to_have_value("[2]")
    await page.get_by_role("link", name="site.yaml as text").click()
    editor = page.get_by_role("textbox", name="The text of site.yaml")
    await expect(editor).to_be_focused()
    await expect(page.locator(".cm-activeLine")).to_contain_text("who has something to repair")
    for key in ("ArrowDown", "ArrowDown", "End"):
        await page.keyboard.press(key)
    await expect(page.locator(".cm-activeLine")).to_contain_text("press: [2]")
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("Backspace")
    await page.keyboard.type("1")
    await page.keyboard.press("Control+s")
    await expect(page.locator("#state")).to_contain_text("Saved.")
    await leads_to(page, "/site/tests")
    await expect(page.locator("#failed")).to_have_text("0")
    await page.get_by_role("button", name="Draft the missing tests").click()
    await expect(page.locator("#drafts-title")).to_be_visible()
    await looks(page, pictures, "walk-5-drafted")
    await page.get_by_role("button", name="Write ").click()
    await expect(page.locator("#covered")).to_contain_text("100 %")
    await expect(page.locator("#failed")).to_have_text("0")


async def test_a_menu_is_changed_at_noon_and_changed_back(
    stage: Stage, one_browser: Browser, pictures: Path, tmp_path: Path
) -> None:
    home = stage.home
    await home.free("ann", "cat")
    before = await home.call(MAIN, "+37060000009", keys="1")  # a call of before, for the back-test
    await (await stage.ann.incoming()).hang_up()
    await before.hang_up()
    await home.settled()
    stays = await stage.dial("+37060000001", tmp_path / "stays.wav")
    async with opened(one_browser, stage.url) as page:
        await log_in(page, "admin")
        await page.get_by_role("link", name="Site", exact=True).click()
        await arrived(page, re.compile("/site$"))
        await looks(page, pictures, "walk-1-overview")
        await edits_the_menu(page, pictures)
        await mends_the_tests(page, pictures)

        await leads_to(page, "/site/changes")
        await expect(page.locator(".changes")).to_contain_text(
            "Key 1 of the menu main now leads to the department repairs"
        )
        await looks(page, pictures, "walk-6-changes")
        await leads_to(page, "/site/backtest")
        await page.get_by_role("button", name="Run the back-test").click()
        await expect(page.locator("#elsewhere")).to_have_text("1")
        await looks(page, pictures, "walk-7-backtest")

        await leads_to(page, "/site/publish")
        await expect(page.get_by_text(re.compile("tests? pass|all .* pass"))).to_be_visible()
        await looks(page, pictures, "walk-8-publish")
        await page.get_by_label("Why").fill("repairs first, and parcels")
        await page.get_by_role("button", name="Publish").click()
        await page.reload()  # in the middle of it: nothing is published twice
        await expect(page.locator("#job-ended")).to_contain_text("Callers hear number 2 now")
        await page.go_back()
        await page.go_forward()
        await expect(page.get_by_text("there is nothing to publish")).to_be_visible()
        await looks(page, pictures, "walk-9-published")

        comes = await stage.dial("+37060000002", tmp_path / "comes.wav")
        await stage.hears(comes, tmp_path / "comes.wav", NEW)
        await comes.keys("1")
        await (await stage.cat.incoming()).answer()
        await stays.keys("1")  # still in the menu of before, where 1 is Sales
        await (await stage.ann.incoming()).answer()
        store = PromptStore(default_cache() / "prompts")
        sounds = {text: store.path_of(Spoken(text, "en", None)) for text in (OLD, NEW)}
        for call, file, text in ((stays, "stays.wav", OLD), (comes, "comes.wav", NEW)):
            assert await asyncio.to_thread(most_heard, tmp_path / file, sounds) == text
            await call.hang_up()
        await home.settled()

        await leads_to(page, "/site/versions")
        await looks(page, pictures, "walk-10-versions")
        first = page.locator("#number-1")
        await first.locator("summary").click()
        await first.get_by_label("Why").fill("the workshop moves next week")
        await first.get_by_role("button", name="Roll back to 1").click()
        await expect(page.locator("#number-3")).to_contain_text("heard now")
        again = await stage.dial("+37060000003", tmp_path / "again.wav")
        await stage.hears(again, tmp_path / "again.wav", OLD)
        await again.hang_up()
        await home.settled()

        await leads_to(page, "/site/audit")
        table = page.get_by_role("table", name="What was done")
        for said in ("edited the site", "edited a file of the site", "wrote drafted tests", "asked to publish",
                     "repairs first, and parcels", "rolled back", "the workshop moves next week"):  # fmt: skip
            await expect(table).to_contain_text(said)
        await looks(page, pictures, "walk-11-audit")


async def test_a_supervisor_closes_a_line_while_somebody_waits_there(
    stage: Stage, one_browser: Browser, pictures: Path, tmp_path: Path
) -> None:
    home = stage.home
    await home.free("ann")
    await dial_code(stage.ann, "*13")  # a break: callers wait
    watch = home.listen()
    waits = await (await home.caller("+37060000004")).call(SALES)
    await waits.confirmed()
    await waits.start_recording(tmp_path / "waits.wav")
    await watch.kind(ev.CallQueued)
    async with opened(one_browser, stage.url) as page, opened(one_browser, stage.url) as admin:
        await log_in(admin, "admin")
        await admin.goto("/site")
        await log_in(page)
        await page.get_by_role("link", name="Closures").click()
        await page.get_by_label("What", exact=True).select_option("department:sales")
        await page.get_by_label("en", exact=True).fill(CLOSED)
        await page.get_by_role("button", name="Close now").click()
        await waits.ended(60)
        assert (await watch.ended()).outcome == "closed"
        await stage.hears(waits, tmp_path / "waits.wav", CLOSED)
        for path in ("/calls", "/reports", "/customers", "/voicemail"):
            await page.goto(path)
            await expect(page.locator("#closed-now")).to_contain_text("sales is closed until")
        await admin.reload()
        await expect(admin.locator("#closed-now")).to_contain_text("by sue")
        await looks(admin, pictures, "walk-12-closed")

        stage.clock.ahead = timedelta(hours=1, seconds=1)  # it ends by itself
        await page.goto("/calls")
        await is_live(page)
        await expect(page.locator("#closed-now")).to_have_text("")

        # From a phone: seen on the page at once, and gone at once.
        supervisor = await stage.cat.call("*20")
        await supervisor.confirmed()
        await supervisor.keys("w0.5 4829# w1 0 w1 1# w1 1")
        await expect(page.locator("#closed-now")).to_contain_text("sales is closed until")
        await expect(page.locator("#closed-now")).to_contain_text("by Cat Stevens")
        await supervisor.keys("9")
        await expect(page.locator("#closed-now")).to_have_text("")
        await supervisor.hang_up()
        again = await (await home.caller("+37060000004")).call(SALES)
        await again.confirmed()
        await watch.times(ev.CallQueued, 2)
        await again.hang_up()
        await home.settled()
        await admin.goto("/site/audit")
        table = admin.get_by_role("table", name="What was done")
        for said in ("closed by hand", "opened again", "department:sales", "cat"):
            await expect(table).to_contain_text(said)
