"""The pages of calls as they are sent: what is shown, escaped, of which day, page by page."""

from __future__ import annotations

import re
from datetime import timedelta

import aiohttp
import pytest
from yarl import URL

from callrouter import events as ev
from callrouter.agents import Deed
from callrouter.ami.events import PhoneState
from tests.server.web.conftest import Browser
from tests.server.web.office import Office

EVIL = "<script>alert(1)</script>"


async def text_of(session: aiohttp.ClientSession, path: str | URL, status: int = 200) -> str:
    async with session.get(path) as answer:
        text = await answer.text()
        assert answer.status == status, text
        assert answer.headers["Cache-Control"] == "no-store"
    return text


def rows(page: str, table: str) -> list[str]:
    """Return what the rows of a table say, without the tags."""
    body = page.partition(f'id="{table}">')[2].partition("</tbody>")[0]
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in body.split("</tr>")[:-1]]


async def test_an_empty_day_is_said_in_words(sue: aiohttp.ClientSession) -> None:
    page = await text_of(sue, "/calls")
    assert "Nobody is calling." in page
    assert "Customers reach you at +370 5 200 0000." in page
    assert "No calls that day." in await text_of(sue, "/calls?day=2020-01-01")


async def test_calls_of_now_and_of_today(sue: aiohttp.ClientSession, office: Office) -> None:
    await office.whole_call("Ona")
    office.clock.advance(600)
    await office.ended(office.offered(ani=""), "abandoned")
    waiting = office.offered("Rasa", ani="+37060000002")
    office.parts.roster.do("alice", Deed.PAUSE, reason="lunch")
    office.queued(waiting)
    office.clock.advance(65)
    page = await text_of(sue, "/calls")
    assert rows(page, "now") == ["Waiting Rasa +37060000002 +37052000000 welcome › , then main Billing 1:05 –"]
    assert rows(page, "ended") == [
        "11:41 Number withheld +37052000000 – – – – Gave up",
        "11:30 Ona +37060000001 +37052000000 Billing Alice Doe 0:04 1:00 Answered",
    ]
    figures = re.findall(r'data-figure="(\w+)"[^>]*>(\d+)<', page)
    assert figures == [("waiting", "1"), ("talking", "0"), ("ready", "0"), ("logged_in", "1")]


async def test_who_rings_now_is_named(sue: aiohttp.ClientSession, office: Office) -> None:
    for name in ("alice", "bob"):
        office.parts.roster.do(name, Deed.LOG_IN)
    office.parts.roster.phone_changed("bob", PhoneState.UNAVAILABLE)
    office.queued(office.offered("Rasa"))
    [row] = rows(await text_of(sue, "/calls"), "now")
    assert row.startswith("Ringing") and row.endswith("Alice Doe")


async def test_a_story_tells_what_and_why(sue: aiohttp.ClientSession, office: Office) -> None:
    office.parts.roster.do("bob", Deed.LOG_IN)
    office.parts.roster.do("bob", Deed.PAUSE, reason="lunch")
    call = await office.whole_call("Ona")
    page = await text_of(sue, f"/calls/{call}")
    assert "<dt>not bob</dt><dd>paused: lunch</dd>" in page
    assert "11:30:04" in page, "in the site's own zone, not in UTC"
    assert "Europe/Vilnius" in page
    assert "alice answered; the caller had waited 4 s." in page


async def test_names_are_escaped_everywhere(sue: aiohttp.ClientSession, office: Office) -> None:
    call = await office.whole_call(EVIL)
    office.offered(EVIL, ani=EVIL, menus=(EVIL,))
    for path in ("/calls", f"/calls/{call}"):
        page = await text_of(sue, path)
        assert EVIL not in page
        assert "&lt;script&gt;" in page


async def test_digits_that_are_secret_are_not_shown(sue: aiohttp.ClientSession, office: Office) -> None:
    call = office.offered("Ona")
    office.parts.chronicle.tell(ev.KeysPressed(at=office.clock.now(), call=call, keys="••••", menu="pin"))
    await office.ended(call)
    assert "Pressed ••••." in await text_of(sue, f"/calls/{call}")


@pytest.mark.parametrize(
    "call", ["nothing", "%3Cb%3E", "1795309200-1%00", "%ff", "a" * 5000], ids=["unknown", "tags", "nul", "byte", "long"]
)
async def test_a_call_there_is_not(sue: aiohttp.ClientSession, call: str) -> None:
    page = await text_of(sue, URL(f"/calls/{call}", encoded=True), status=404)
    assert "There is no such call" in page
    assert "<b>" not in page


async def test_the_day_is_the_sites_own(sue: aiohttp.ClientSession, office: Office) -> None:
    before_midnight = office.offered("Late")
    await office.ended(before_midnight, "answered")
    office.clock.advance(timedelta(hours=12, minutes=45).total_seconds())  # 00:15 there, 22:15 UTC
    await office.ended(office.offered("Early"), "answered")
    # The login of 12 hours is over by now.
    await sue.post("/login", data={"name": "sue", "password": "correct horse battery"})
    assert [row.split()[1] for row in rows(await text_of(sue, "/calls"), "ended")] == ["Early"]
    yesterday = await text_of(sue, "/calls?day=2026-11-20")
    assert [row.split()[1] for row in rows(yesterday, "ended")] == ["Late"]
    assert 'id="now"' not in yesterday


async def test_older_calls_are_on_further_pages(sue: aiohttp.ClientSession, office: Office) -> None:
    for n in range(205):
        if n % 2:  # calls of the same instant must not be lost between two pages
            office.clock.advance(1)
        await office.ended(office.offered(f"n{n}"), "answered")
    seen: list[str] = []
    path = "/calls"
    while path:
        page = await text_of(sue, path)
        seen += [row.split()[1] for row in rows(page, "ended")]
        found = re.search(r'href="([^"]+before=[^"]+)"', page)
        path = found[1].replace("&amp;", "&") if found else ""
    assert seen == [f"n{n}" for n in reversed(range(205))]


@pytest.mark.parametrize(
    ("query", "status"),
    [("day=nonsense", 400), ("day=0001-01-01", 400), ("day=9999-12-31", 400), ("before=nothing", 404)],
)
async def test_questions_that_cannot_be_answered(sue: aiohttp.ClientSession, query: str, status: int) -> None:
    await text_of(sue, f"/calls?{query}", status=status)


async def test_asterisk_out_of_reach_is_said(sue: aiohttp.ClientSession, office: Office) -> None:
    hidden = 'id="unreachable" hidden'
    assert hidden in await text_of(sue, "/calls")
    office.reachable = False
    page = await text_of(sue, "/calls")
    assert hidden not in page and "Asterisk is out of reach." in page


async def test_the_database_away_is_said_to_people_too(browser: Browser, office: Office) -> None:
    sue = await browser("sue")
    await office.parts.database.close()
    page = await text_of(sue, "/calls", status=503)
    assert "The server cannot do this now" in page
