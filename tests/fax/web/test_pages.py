"""The pages of faxes as a server sends them: who sees what, filters, one fax."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import aiohttp
import pytest

from fax.by_mail.model import DoorState
from fax.model import State
from tests.fax.house import BUSY, SITE, Over
from tests.fax.web.fax_house import FaxHouse
from tests.fax.web.reading import BARE, ids, rows, send, text_of
from tests.server.web.conftest import Browser

# ---- who sees what


async def test_an_operator_sees_the_own_boxes_and_no_other(browser: Browser, faxes: FaxHouse) -> None:
    billing, support = await faxes.receive("billing"), await faxes.receive("support", "Jonas")
    out = await faxes.order(State.SENT)
    alice, bob, nemo, sue = [await browser(name) for name in ("alice", "bob", "nemo", "sue")]
    assert ids(await text_of(alice, "/fax")) == [billing]
    assert ids(await text_of(alice, "/fax/sent")) == [out]
    assert ids(await text_of(bob, "/fax")) == [support]
    assert ids(await text_of(bob, "/fax/sent")) == []
    assert set(ids(await text_of(sue, "/fax"))) == {billing, support}
    page = await text_of(nemo, "/fax")
    assert ids(page) == [] and "You read no fax box." in page and "New fax" not in page
    await text_of(nemo, "/fax/new", status=403)
    files = ("", "/page/1", "/pdf", "/tiff", "/report")
    for path in [*(f"/fax/{support}{file}" for file in files), "/fax?box=support", "/fax/sent?box=quiet"]:
        await text_of(alice, path, status=404)
    await send(alice, f"/fax/{support}/handled", status=404)
    assert (await faxes.home.service.get(support)).handled_at is None


async def test_nobody_sees_anything_without_login(browser: Browser, faxes: FaxHouse) -> None:
    id_ = await faxes.receive()
    anybody = await browser()
    for path in ("/fax", "/fax/sent", "/fax/new", f"/fax/{id_}", f"/fax/{id_}/page/1", f"/fax/{id_}/pdf"):
        async with anybody.get(path, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"][:7]) == (303, "/login?")


async def test_another_sites_page_cannot_send_our_forms(browser: Browser, faxes: FaxHouse) -> None:
    id_ = await faxes.receive()
    alice = await browser("alice")
    for path in (f"/fax/{id_}/deleted", "/fax/new"):
        async with alice.post(path, headers={"Sec-Fetch-Site": "cross-site"}) as answer:
            assert answer.status == 403
    assert (await faxes.home.service.get(id_)).deleted_at is None


async def test_the_navigation_counts_what_is_unread_for_whoever_looks(browser: Browser, faxes: FaxHouse) -> None:
    alice, bob, sue = [await browser(name) for name in ("alice", "bob", "sue")]
    count = r'href="/fax" *>Fax <span class="count">(\d+)'
    await faxes.receive("billing")
    await faxes.receive("billing")
    seen = await faxes.receive("support")
    for asker, unread in ((alice, ["2"]), (bob, ["1"]), (sue, ["3"])):
        assert re.findall(count, await text_of(asker, "/calls")) == unread
    await faxes.home.service.seen(seen, "bob")
    assert re.findall(count, await text_of(bob, "/calls")) == []


async def test_the_navigation_leads_to_faxes_where_there_are_any(browser: Browser, faxes: FaxHouse) -> None:
    alice = await browser("alice")
    door = 'href="/fax"'
    assert door in await text_of(alice, "/calls")
    faxes.site = SITE.model_copy(update={"faxboxes": {}})
    assert door not in await text_of(alice, "/calls")
    await faxes.home.service.handle(await faxes.receive("billing"), "alice")  # of a box that the site had
    assert door in await text_of(alice, "/calls")


# ---- orders by mail


async def test_supervisors_are_told_how_orders_by_mail_fare(browser: Browser, faxes: FaxHouse) -> None:
    state = DoorState(looked_at=faxes.home.clock.now(), faxes=3)
    faxes.home.service.by_mail = lambda: state
    alice, sue = await browser("alice"), await browser("sue")
    for path in ("/fax", "/fax/sent"):
        assert "Faxes by mail" not in await text_of(alice, path)
        assert "Since the start 3 taken." in await text_of(sue, path)
    state = DoorState(error="the server <does> not answer", failing_since=faxes.home.clock.now())
    page = await text_of(sue, "/fax")
    assert "Faxes by mail have not come in since" in page and "The server &lt;does&gt; not answer." in page


async def test_nothing_is_said_of_orders_by_mail_where_there_are_none(
    sue: aiohttp.ClientSession, faxes: FaxHouse
) -> None:
    assert faxes.home.service.by_mail() is None
    assert "by mail" not in await text_of(sue, "/fax")


# ---- the lists


async def test_a_row_says_who_when_and_how_much(sue: aiohttp.ClientSession, faxes: FaxHouse) -> None:
    await faxes.customer("Ona Petraitienė", "+37060000001")
    whole = await faxes.receive("billing", "ONA P")
    faxes.home.clock.advance(12 * 60)
    await faxes.partial(name="", number="")
    page = await text_of(sue, "/fax")
    newest, older = rows(page)
    assert older.startswith("Unread: Ona Petraitienė +37060000001 “SENDER 1” 2 pages")
    assert "Billing" in older and "12 min" in older
    assert "Number withheld" in newest and "1 page " in newest and "Broken off" in newest
    assert f'src="/fax/{whole}/page/1?width=240"' in page
    assert 'title="Monday 5 January 2026, 11:00:00 (Europe/Vilnius)"' in page


#: What to ask for, and what is found of the faxes of `test_filters`.
FILTERS = {
    "": ["today", "before"],
    "?show=open": ["today", "before"],
    "?show=handled": ["done"],
    "?show=failed": ["failed"],
    "?show=deleted": ["gone"],
    "?unread=1": ["today"],
    "?mine=1": ["before"],
    "?words=Jonas": ["before"],
    "?words=SENDER": ["today", "before"],
    "?words=0+600+00002": ["before"],
    "?words=%22*%28%00%27%25": [],
    "?since=2026-01-06": ["today"],
    "?until=2026-01-05": ["before"],
    "?box=billing": ["today", "before"],
    "?box=billing&show=handled": ["done"],
}


async def test_filters(browser: Browser, faxes: FaxHouse) -> None:
    rules = faxes.home.service
    made = {"before": await faxes.receive(name="Jonas", number="+37060000002")}
    await rules.seen(made["before"], "alice")
    await rules.assign(made["before"], "alice", "sue")
    faxes.home.clock.advance(timedelta(days=1).total_seconds())
    made["today"] = await faxes.receive(wait=False)
    made["done"] = await faxes.receive(wait=False)
    await rules.handle(made["done"], "alice")
    made["failed"] = await faxes.nothing()
    made["gone"] = await faxes.receive(wait=False)
    await rules.delete(made["gone"], "alice")
    await faxes.order()
    alice, names = await browser("alice"), {id_: name for name, id_ in made.items()}
    pages = {query: await text_of(alice, f"/fax{query}") for query in FILTERS}
    assert {query: [names[id_] for id_ in ids(page)] for query, page in pages.items()} == FILTERS


@pytest.mark.parametrize("query", ["show=new", "unread=perhaps", "since=yesterday", "until=0001-01-01"])
async def test_questions_that_cannot_be_answered(sue: aiohttp.ClientSession, query: str) -> None:
    await text_of(sue, f"/fax?{query}", status=400)


async def test_older_faxes_are_on_further_pages(sue: aiohttp.ClientSession, faxes: FaxHouse) -> None:
    made = []
    for n in range(53):
        if n % 3:  # faxes of the same instant must not be lost between two pages
            faxes.home.clock.advance(1)
        made.append(await faxes.nothing())
    first = await text_of(sue, "/fax?show=failed")
    [older] = re.findall(r'href="([^"]+before=[^"]+)"', first)
    second = await text_of(sue, older.replace("&amp;", "&"))
    assert len(ids(first)) == 50
    assert set(ids(first)) | set(ids(second)) == set(made) and len(ids(second)) == 3
    await text_of(sue, "/fax?before=nothing", status=404)


async def test_sent_faxes_say_where_they_stand(sue: aiohttp.ClientSession, faxes: FaxHouse) -> None:
    line = faxes.home.line
    sent = await faxes.order(State.SENT, subject="Order 12", name="Ona")
    line.overs += [BUSY]
    busy = await faxes.order()
    await faxes.home.until(busy, lambda fax: fax.state is State.WAITING and fax.tries == 1)
    await faxes.home.put_back(busy)
    tomorrow = faxes.home.clock.now() + timedelta(days=1)
    later = await faxes.order(State.WAITING, send_at=tomorrow)
    line.overs += [Over("unknown", why="the connection was lost")]
    unknown = await faxes.order(State.UNKNOWN)
    page = await text_of(sue, "/fax/sent")
    told = dict(zip(ids(page), rows(page), strict=True))
    assert "Ona +37060000007" in told[sent] and "Order 12 2 pages Sent" in told[sent] and "Alice Doe" in told[sent]
    assert "Waits for another try" in told[busy] and "1 attempt " in told[busy] and "Cancel" in told[busy]
    assert "next try at 11:01:00" in told[busy]
    assert "goes out at Tue 6 Jan, 11:00" in told[later]
    assert "Nobody knows" in told[unknown] and "Send again" in told[unknown]
    assert set(ids(await text_of(sue, "/fax/sent?show=under+way"))) == {busy, later}
    assert ids(await text_of(sue, "/fax/sent?show=not+sent")) == [unknown]
    assert ids(await text_of(sue, "/fax/sent?show=sent")) == [sent]
    assert ids(await text_of(sue, "/fax/sent?words=order")) == [sent]


async def test_what_is_on_the_line_is_shown_to_whom_it_concerns(browser: Browser, faxes: FaxHouse) -> None:
    alice, bob = await browser("alice"), await browser("bob")
    faxes.comes()
    await faxes.page_through()
    page = await text_of(alice, "/fax")
    assert "receiving, page 2" in page and "+37060000005" in page and 'data-line="c-9"' in page
    await faxes.customer("Kunde AG", "+37060000006")
    faxes.comes("c-8", number="8 600 00006")
    assert "Kunde AG" in await text_of(alice, "/fax")
    faxes.home.service.under_way.end("c-8")
    assert "data-line" not in await text_of(bob, "/fax")
    assert "data-line" not in await text_of(alice, "/fax/sent")
    held = faxes.home.line.held = asyncio.Event()
    id_ = await faxes.order()
    await faxes.home.line.ringing.wait()
    await faxes.home.service.under_way.look()
    page = await text_of(alice, "/fax/sent")
    assert re.search(rf'data-line="{id_}">\s*<progress max="2" value="1"', page) and "page 2 of 2" in page
    held.set()
    await faxes.home.becomes(id_, State.SENT)
    assert "data-line" not in await text_of(alice, "/fax/sent")


# ---- one fax


async def test_a_fax_tells_all_that_is_known_of_it(sue: aiohttp.ClientSession, faxes: FaxHouse) -> None:
    id_ = await faxes.receive("billing", "ONA P")
    await faxes.home.steps(id_, "delivered", 2)
    page = await text_of(sue, f"/fax/{id_}")
    assert '<a href="/calls/c-1">' in page and "Intent" in page and "+37052000009" in page
    assert "14400 bit/s, errors corrected" in page and "fine" in page and "0:40" in page
    assert "SENDER 1" in page and "the machine's own word; anybody may set it" in page
    assert page.count("250 ok") >= 2 and "billing@acme.example" in page and "/srv/faxes" in page
    assert "SHA-256" in page and page.count("<figure") == 2
    await text_of(sue, f"/fax/{id_[:8]}")  # as the command line writes it
    await text_of(sue, "/fax/nothing", status=404)


@pytest.mark.parametrize(
    ("kind", "said", "pictures"),
    [
        ("partial", "The line broke off: the line broke off. What is here are the complete pages, 1 page.", 1),
        ("nothing", "No page came through: the machines found no common speed. Ask the sender to send it again.", 0),
    ],
)
async def test_what_went_wrong_is_explained(
    sue: aiohttp.ClientSession, faxes: FaxHouse, kind: str, said: str, pictures: int
) -> None:
    id_ = await getattr(faxes, kind)()
    page = await text_of(sue, f"/fax/{id_}")
    assert said in page and page.count("<figure") == pictures


async def test_opening_a_fax_is_seeing_it_and_looking_again_is_not(browser: Browser, faxes: FaxHouse) -> None:
    id_ = await faxes.receive()
    alice = await browser("alice")
    async with alice.head(f"/fax/{id_}") as answer:
        assert answer.status == 200
    for by_itself in ({"X-Look": "again"}, {"Sec-Purpose": "prefetch;prerender"}):
        async with alice.get(f"/fax/{id_}", headers=by_itself) as answer:
            assert answer.status == 200
    await (await alice.get(f"/fax/{id_}/page/1?width=240")).read()
    assert (await faxes.home.service.get(id_)).is_unread
    assert "by alice" in await text_of(alice, f"/fax/{id_}")
    assert (await faxes.home.service.get(id_)).seen_by == "alice"


async def test_the_calls_with_a_sent_fax_are_told(sue: aiohttp.ClientSession, faxes: FaxHouse) -> None:
    faxes.home.line.overs += [BUSY]
    id_ = await faxes.order()
    await faxes.home.until(id_, lambda fax: fax.state is State.WAITING and fax.tries == 1)
    await faxes.home.put_back(id_)
    page = " ".join(BARE.sub(" ", await text_of(sue, f"/fax/{id_}")).split())
    assert "Attempt 1: busy (the number is busy). The next try is at Monday 5 January 2026, 11:01:00" in page
    faxes.home.pass_time(seconds=61)
    await faxes.home.until(id_, lambda fax: bool(fax.report))
    page = await text_of(sue, f"/fax/{id_}")
    assert 'href="/calls/fax-2"' in page and 'href="/calls/fax-1"' not in page  # the first reached no machine
    assert f'href="/fax/{id_}/report"' in page and "ELSEWHERE" in page


EVIL = "<script>alert(1)</script>\r\nBcc: x"


async def test_what_a_stranger_sends_is_text(sue: aiohttp.ClientSession, faxes: FaxHouse) -> None:
    id_ = await faxes.receive(name=EVIL, number='"><img src=x>', station="<b>mine</b>", why="<i>")
    await faxes.home.service.note(id_, "<marquee>", "sue")
    out = await faxes.order(State.SENT, name=EVIL, subject="<u>")
    for path in (
        "/fax",
        "/fax/sent",
        f"/fax/{id_}",
        f"/fax/{out}",
        f"/fax/new?answer={id_}",
        "/fax?words=%3Cscript%3E",
    ):
        page = await text_of(sue, path)
        for tag in ("<script>alert", "<img src=x", "<b>mine", "<i>", "<u>", "<marquee>", 'value="<'):
            assert tag not in page, path
