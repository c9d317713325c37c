"""Faxes in a real browser: look at the pages, send a document, see it go out page by page, by keyboard too."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from fax.model import Asked, Direction
from tests.fax.web.fax_house import FaxHouse, fax_house
from tests.server.web.browsing import IN_ONE_BROWSER, arrived, is_live, opened, url
from tests.server.web.browsing import log_in as log_in_to_calls

__all__ = ["url"]  # fixtures: pytest finds them here by name
pytestmark = IN_ONE_BROWSER
EVIL = "<img src=x onerror=\"document.title='broken'\">"


@pytest_asyncio.fixture(loop_scope="session")
async def faxes(tmp_path: Path) -> AsyncIterator[FaxHouse]:
    async with fax_house(tmp_path) as opened_:
        yield opened_


async def log_in(page: Page, name: str = "alice") -> None:
    await log_in_to_calls(page, name)
    await page.get_by_role("link", name="Fax").click()
    await arrived(page, "/fax")
    await expect(page.get_by_role("heading", name="Fax", exact=True)).to_be_visible()
    await is_live(page)


async def stands_on(page: Page, id_: str) -> None:
    """Wait until the keyboard is on the element of this id."""
    await expect(page.locator(f"#{id_}")).to_be_focused()


async def drawn(page: Page, number: int) -> None:
    """Wait until a page's picture is there."""
    await page.wait_for_function(
        "n => { const img = document.querySelector(`#page-${n} img`); return img?.complete && img.naturalWidth > 0; }",
        arg=number,
    )


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "užsakymas.txt"
    path.write_text("Gerbiamieji,\n\nprašome atsiųsti 50 dėžių.\n\fAntras puslapis\n")
    return path


async def test_a_fax_is_looked_at_page_by_page_by_keyboard(one_browser: Browser, faxes: FaxHouse, url: str) -> None:
    id_ = await faxes.receive()
    async with opened(one_browser, url) as page:
        await log_in(page)
        await expect(page.locator(f"#item-{id_}")).to_have_class("unread")
        await page.keyboard.press("j")
        await expect(page.locator(f"#item-{id_} a.open")).to_be_focused()
        await page.keyboard.press("Enter")
        await arrived(page, f"/fax/{id_}")  # the list has her name, too
        await expect(page.get_by_role("heading", name="Ona")).to_be_visible()
        assert (await faxes.home.service.get(id_)).seen_by == "alice"
        await drawn(page, 1)
        which, shown = page.get_by_label("Page", exact=True), page.locator("#shown")
        await expect(which).to_have_value("1")
        await expect(shown).to_have_text("Page 1 of 2")
        await page.keyboard.press("PageDown")
        await expect(shown).to_have_text("Page 2 of 2")
        await drawn(page, 2)
        await page.wait_for_function("() => document.querySelector('.desk').scrollTop > 300")
        await page.keyboard.press("Home")
        await expect(shown).to_have_text("Page 1 of 2")
        wide = "document.querySelector('#page-1').getBoundingClientRect().width"
        before = float(await page.evaluate(wide))
        await page.keyboard.press("+")
        await page.keyboard.press("+")
        assert float(await page.evaluate(wide)) == pytest.approx(before * 1.5, rel=0.02)
        await page.keyboard.press("0")
        assert float(await page.evaluate(wide)) == pytest.approx(before, rel=0.01)
        height = "document.querySelector('#page-1').getBoundingClientRect().height"
        upright = float(await page.evaluate(height))
        await page.keyboard.press("r")
        assert float(await page.evaluate(height)) < upright * 0.75
        for _ in range(3):
            await page.keyboard.press("r")
        assert float(await page.evaluate(height)) == pytest.approx(upright, rel=0.01)
        await which.fill("2")
        await which.press("Enter")
        await expect(shown).to_have_text("Page 2 of 2")
        # Who writes a note is not turning pages.
        await page.get_by_label("Note").press_sequentially("re 0 e")
        assert (await faxes.home.service.get(id_)).handled_at is None


async def test_printing_waits_for_every_page(one_browser: Browser, faxes: FaxHouse, url: str) -> None:
    id_ = await faxes.receive()
    async with opened(one_browser, url) as page:
        await log_in(page)
        await page.goto(f"/fax/{id_}")
        await page.evaluate(
            "window.print = () => { window.printed = [...document.querySelectorAll('.desk img')]"
            ".map(img => img.complete && img.naturalWidth > 0); }"
        )
        await page.get_by_role("button", name="Print").click()
        await page.wait_for_function("() => window.printed")
        assert await page.evaluate("window.printed") == [True, True]
        await page.emulate_media(media="print")
        assert not await page.locator(".top").is_visible() and not await page.locator("#actions").is_visible()
        assert await page.locator("#page-2 img").is_visible()


async def test_handled_on_the_page_and_a_note_without_reloading(
    one_browser: Browser, faxes: FaxHouse, url: str
) -> None:
    id_ = await faxes.receive()
    async with opened(one_browser, url) as page:
        await log_in(page)
        await page.locator(f"#item-{id_} a.open").click()
        await arrived(page, f"/fax/{id_}")  # the list has her name, too
        await expect(page.get_by_role("heading", name="Ona")).to_be_visible()
        await page.evaluate("window.same = true")
        await page.get_by_role("button", name="Mark as handled").click()
        await expect(page.locator("#head .pill")).to_have_text("Handled")
        await page.locator("#toast").get_by_role("button", name="Undo").click()
        await expect(page.locator("#head .pill")).to_have_text("Seen")
        await page.get_by_label("Note").fill("rings tomorrow")
        await page.get_by_role("button", name="Write down").click()
        await expect(page.locator("#ledger")).to_contain_text("rings tomorrow")
        await page.get_by_role("button", name="Call back").click()
        await expect(page.locator("#toast")).to_contain_text("Your phone rings")
        assert await page.evaluate("window.same") is True
        await page.get_by_role("button", name="Delete").click()
        await arrived(page, "/fax")
        await page.locator("#toast").get_by_role("button", name="Undo").click()
        await expect(page.locator(f"#item-{id_}")).to_be_visible()
        assert (await faxes.home.service.get(id_)).deleted_at is None


async def test_a_fax_comes_in_page_by_page(one_browser: Browser, faxes: FaxHouse, url: str) -> None:
    async with opened(one_browser, url) as page:
        await log_in(page)
        await expect(page.get_by_text("Everything is handled.")).to_be_visible()
        await page.evaluate("window.same = true")
        faxes.comes("c-7", number="+37060000001")
        line = page.locator("#on-the-line li")
        await expect(line).to_contain_text("+37060000001")
        await expect(line.get_by_role("status")).to_have_text("receiving, page 1")
        await faxes.page_through("c-7")
        await expect(line.get_by_role("status")).to_have_text("receiving, page 2")
        faxes.comes("c-8", box="support")  # not hers
        faxes.home.service.under_way.end("c-7")
        id_ = await faxes.receive()
        await expect(page.locator(f"#item-{id_}")).to_contain_text("2 pages")
        await expect(line).to_have_count(0)
        await expect(page.locator(".top nav .count")).to_have_text("1 new")
        await page.wait_for_function(f"() => document.querySelector('#item-{id_} img').naturalWidth > 0")
        assert await page.evaluate("window.same") is True


async def test_a_document_is_sent_by_keyboard_and_goes_out_page_by_page(
    one_browser: Browser, faxes: FaxHouse, url: str, letter: Path
) -> None:
    line = faxes.home.line
    line.held = asyncio.Event()
    async with opened(one_browser, url) as page:
        await log_in(page)
        await page.keyboard.press("n")
        await arrived(page, "/fax/new")
        await expect(page.get_by_role("heading", name="New fax")).to_be_visible()
        # Sent at once, it says what is missing and stands there.
        await page.get_by_role("button", name="Send").press("Enter")
        await expect(page.locator("#wrong-document")).to_have_text("Choose the document to send.")
        await stands_on(page, "document")
        await page.get_by_label("Document").set_input_files(letter)
        await expect(page.locator("#chosen")).to_contain_text("užsakymas.txt")
        await page.get_by_label("Fax number").fill("12")
        await page.get_by_label("Subject").fill("Užsakymas")
        await page.get_by_label("Subject").press("Enter")
        await expect(page.locator("#wrong-number")).to_have_text("'12' is no number.")
        await stands_on(page, "number")
        await expect(page.get_by_label("Subject")).to_have_value("Užsakymas")
        await page.get_by_label("Fax number").fill("+370 600 00007")
        await expect(page.locator("#wrong-number")).to_be_hidden()
        await page.get_by_label("Send a cover sheet first").check()
        await page.get_by_label("To", exact=True).fill("Ona")
        await page.get_by_label("Fax number").press("Enter")
        await expect(page.get_by_role("heading", name="To +37060000007")).to_be_visible()
        await expect(page.locator("#toast")).to_contain_text("Queued")
        async with asyncio.timeout(20):
            await line.ringing.wait()
        word = page.locator("#word .how-far")
        await expect(word).to_have_text("page 2 of 3")
        await expect(page.locator("#word progress")).to_have_js_property("value", 1)
        await page.get_by_role("link", name="Sent faxes").click()
        await arrived(page, "/fax/sent")
        await is_live(page)
        await expect(page.locator("tr .how-far")).to_have_text("page 2 of 3")
        line.held.set()
        await expect(page.locator("tr .pill")).to_have_text("Sent")
        await expect(page.locator("tr .how-far")).to_have_count(0)
        [fax] = (await faxes.home.service.search(Asked(direction=Direction.OUT))).faxes
        assert fax.sent_by == "alice" and fax.subject == "Užsakymas"


async def test_a_first_attempt_begins_under_a_half_written_note(
    one_browser: Browser, faxes: FaxHouse, url: str
) -> None:
    id_ = await faxes.order(send_at=faxes.home.clock.now() + timedelta(hours=1))
    await faxes.home.put_back(id_)
    async with opened(one_browser, url) as page:
        await log_in(page)
        await page.goto(f"/fax/{id_}")
        await drawn(page, 1)
        await page.evaluate("window.same = true")
        await page.get_by_label("Note").fill("half a no")
        faxes.home.pass_time(hours=2)
        await expect(page.locator("#attempts")).to_contain_text("Sent")
        await expect(page.get_by_label("Note")).to_have_value("half a no")
        assert await page.evaluate("window.same") is True


DROP = """([name, content, many]) => {
  const data = new DataTransfer();
  for (let n = 0; n < many; n++) data.items.add(new File([content], name, { type: "text/plain" }));
  const fire = (kind) => document.getElementById("drop").dispatchEvent(
    new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
  fire("dragover");
  window.over = document.getElementById("drop").classList.contains("over");
  fire("drop");
}"""


async def test_a_file_is_dropped_and_its_way_is_shown(one_browser: Browser, faxes: FaxHouse, url: str) -> None:
    async with opened(one_browser, url) as page:
        await log_in(page)
        await page.goto("/fax/new")
        await page.evaluate(DROP, ["two.txt", "x", 2])
        await expect(page.locator("#wrong-document")).to_contain_text("Drop one file")
        await page.evaluate(DROP, ["letter.txt", "Dear Sir", 1])
        assert await page.evaluate("window.over") is True
        await expect(page.locator("#chosen")).to_contain_text("letter.txt, 1 kB")
        await page.get_by_label("Fax number").fill("+370 600 00007")
        held = asyncio.Event()

        async def hold(_route: Route) -> None:
            held.set()

        await page.route("**/fax/new", hold)
        await page.get_by_role("button", name="Send").click()
        async with asyncio.timeout(20):
            await held.wait()
        await expect(page.locator("#uploading")).to_be_visible()
        await expect(page.locator("#uploaded")).to_contain_text("Uploading")
        await page.get_by_role("button", name="Stop").click()
        await expect(page.locator("#uploading")).to_be_hidden()
        await page.unroute("**/fax/new")
        assert (await faxes.home.service.search(Asked(direction=Direction.OUT))).faxes == ()
        await page.get_by_role("button", name="Send").click()
        await expect(page.get_by_role("heading", name="To +37060000007")).to_be_visible()


async def test_what_is_too_large_is_said_before_it_is_sent(one_browser: Browser, faxes: FaxHouse, url: str) -> None:
    async with opened(one_browser, url) as page:
        await log_in(page)
        await page.goto("/fax/new")
        await page.evaluate(
            """() => {
              const data = new DataTransfer();
              data.items.add(new File([new Uint8Array(50_000_001)], "big.pdf"));
              const file = document.getElementById("document");
              file.files = data.files;
              file.dispatchEvent(new Event("change", { bubbles: true }));
            }"""
        )
        await expect(page.locator("#wrong-document")).to_contain_text("50.0 MB; at most 50 MB can be sent")


async def test_names_are_text_whatever_they_contain(one_browser: Browser, faxes: FaxHouse, url: str) -> None:
    id_ = await faxes.receive(name=EVIL, station=EVIL)
    await faxes.home.service.note(id_, EVIL, "bob")
    async with opened(one_browser, url) as page:
        await log_in(page)
        await expect(page.locator(f"#item-{id_} a.open")).to_have_text(EVIL)
        await page.locator(f"#item-{id_} a.open").click()
        await arrived(page, f"/fax/{id_}")
        await expect(page.get_by_role("heading", level=1)).to_have_text(EVIL)
        await expect(page.locator("#ledger")).to_contain_text(EVIL)
        assert await page.locator("article img[onerror]").count() == 0
        assert await page.title() == f"Fax from {EVIL} · Acme"


async def test_without_scripts_it_works_too(one_browser: Browser, faxes: FaxHouse, url: str, letter: Path) -> None:
    id_ = await faxes.receive()
    async with opened(one_browser, url, java_script_enabled=False) as page:
        await log_in_to_calls(page, "alice")
        await page.goto("/fax")
        await page.get_by_role("link", name="Ona").click()
        await expect(page.locator("#page-1 img")).to_be_visible()
        await page.get_by_role("button", name="Mark as handled").click()
        await expect(page.locator("#head .pill")).to_have_text("Handled")
        await page.get_by_role("button", name="Delete").click()
        await arrived(page, re.compile(r"/fax\?did="))
        await page.get_by_role("button", name="Undo").click()
        await expect(page.locator("#toast")).to_contain_text("Brought back")
        assert (await faxes.home.service.get(id_)).deleted_at is None
        await page.goto("/fax/new")
        await page.get_by_label("Document").set_input_files(letter)
        await page.get_by_label("Fax number").fill("12")
        await page.get_by_role("button", name="Send").click()
        await expect(page.locator("#wrong-number")).to_be_visible()
        await page.get_by_label("Document").set_input_files(letter)
        await page.get_by_label("Fax number").fill("+370 600 00007")
        await page.get_by_role("button", name="Send").click()
        await expect(page.get_by_role("heading", name="To +37060000007")).to_be_visible()
