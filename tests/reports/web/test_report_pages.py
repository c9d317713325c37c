"""The reports' pages over HTTP: what they show, where figures lead, who may see what, and what is refused."""

from __future__ import annotations

import csv
import html
import io
import json
import re

import aiohttp
import pytest

from reports.catalogue import REPORTS
from reports.document import Document
from reports.web.asking import Wanted
from reports.web.call_list_store import Narrowed
from reports.web.listing import Behind, Listed
from reports.web.room import Busy, TooLong
from server.scopes import Scope
from server.tokens import Tokens
from tests.reports.town import EVIL
from tests.reports.web.report_house import SUE, ReportHouse

pytestmark = pytest.mark.asyncio(loop_scope="module")

MONTH = "from=2026-10-01&to=2026-10-31"
DAY = "from=2026-10-27"
A_DAY = "from=2026-10-26T22:00:00%2B00:00&to=2026-10-27T22:00:00%2B00:00"


def time_of(year: int) -> str:
    return f"from={year:04d}-01-01T00:00:00%2B00:00&to={year:04d}-12-31T23:59:59-00:01"


async def read(session: aiohttp.ClientSession, path: str, status: int = 200) -> str:
    async with session.get(path) as answer:
        text = await answer.text()
        assert answer.status == status, text[:2_000]
        return text


def total(page: str) -> int:
    found = re.search(r'data-total="(\d+)"', page)
    assert found is not None, page[:2_000]
    return int(found[1])


def shown_figures(page: str) -> list[tuple[str, str]]:
    """Return where the whole numbers of a page lead, with what they say."""
    found = re.findall(r'<(?:td|dd)[^>]*><a href="(/reports/calls\?[^"]+)">([\d,]+)</a>', page)
    return [(html.unescape(path), words) for path, words in found]


@pytest.mark.parametrize("name", list(REPORTS))
async def test_every_report_has_its_page(by_sue: aiohttp.ClientSession, name: str) -> None:
    page = await read(by_sue, f"/reports/{name}?{DAY}")
    assert f"<h1>{REPORTS[name].title}</h1>" in page
    assert "Tuesday, 27 October 2026" in page
    assert EVIL not in page and "<b>invoices" not in page
    assert "style=" not in page, "the content policy lets no style in that is written inline"


async def test_figures_of_a_page_lead_to_as_many_calls(by_sue: aiohttp.ClientSession) -> None:
    figures = shown_figures(await read(by_sue, f"/reports/day?{DAY}"))
    assert len(figures) > 15
    for path, words in figures[::3]:
        page = await read(by_sue, path)
        assert total(page) == int(words.replace(",", ""))
        assert page.count('<tr role="row" id="row-') == min(100, total(page))


async def test_the_list_says_what_it_lists(by_sue: aiohttp.ClientSession) -> None:
    page = await read(by_sue, f"/reports/calls?count=line_abandoned&department=support&hour=10&{A_DAY}")
    assert "<h1>Abandoned in a line, Technical support, Tuesday 27 October 2026, 10:00 to 11:00</h1>" in page


async def test_definitions_and_rule_are_printed(by_sue: aiohttp.ClientSession) -> None:
    page = await read(by_sue, f"/reports/day?{DAY}")
    assert "Service level: answered within the department&#39;s target ÷" in page
    assert 'href="#term-service_level"' in page and 'id="term-service_level"' in page
    assert "<svg" in page and 'href="/reports/calls?count=offered' in page


async def test_the_list_is_paged_whole(house: ReportHouse, by_sue: aiohttp.ClientSession) -> None:
    path, seen, pages = f"/reports/calls?outcome=abandoned&{MONTH}", [], 0
    while path:
        page = await read(by_sue, path)
        seen += re.findall(r'<tr role="row" id="row-([^"]+)"', page)
        further = re.search(r'<a href="([^"]+)" rel="next">', page)
        path, pages = (html.unescape(further[1]) if further else ""), pages + 1
    expected = [record.call for record in house.records if record.outcome == "abandoned"]
    assert sorted(seen) == sorted(f"{call}-0" for call in expected)
    assert pages == len(expected) // 100 + 1


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("", id="all of today"),
        pytest.param(MONTH, id="a month, in pieces"),
        pytest.param(f"count=line_offered&department=billing&{A_DAY}", id="behind a figure"),
        pytest.param(f"{MONTH}&outcome=fax", id="narrowed"),
    ],
)
async def test_the_list_as_a_file_has_every_row(by_sue: aiohttp.ClientSession, query: str) -> None:
    page = await read(by_sue, f"/reports/calls?{query}")
    rows = list(csv.DictReader(io.StringIO(await read(by_sue, f"/reports/calls.csv?{query}"))))
    assert len(rows) == total(page)
    assert not rows or {"call", "at", "number", "wait_s", "outcome"} <= set(rows[0])


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        pytest.param("department=sales", lambda r: "sales" in {s.department for s in r.stays}, id="department"),
        pytest.param("person=carol", lambda r: "carol" in {t.agent for t in r.talks}, id="person"),
        pytest.param("number=%2B370%20612", lambda r: "370612" in r.ani, id="part of a number"),
        pytest.param("did=8%205%20200%200001", lambda r: r.did == "+37052000001", id="a number as it is dialled here"),
        pytest.param("did=61234567", lambda r: "61234567" in r.did, id="dialled"),
        pytest.param("wait=60", lambda r: r.waited >= 60, id="waited"),
        pytest.param("talk=300", lambda r: r.talked >= 300, id="talked"),
        pytest.param(
            "outcome=abandoned&wait=30&department=billing",
            lambda r: r.outcome == "abandoned" and r.waited >= 30 and "billing" in {s.department for s in r.stays},
            id="all together",
        ),
    ],
)
async def test_filters(house: ReportHouse, by_sue: aiohttp.ClientSession, query: str, fits: object) -> None:
    page = await read(by_sue, f"/reports/calls?{MONTH}&{query}")
    assert callable(fits)
    assert total(page) == sum(bool(fits(record)) for record in house.records) > 0


@pytest.mark.parametrize(
    ("path", "words"),
    [
        pytest.param("/reports/day?from=2026-10-31&to=2026-10-01", "write the earlier day first", id="backwards"),
        pytest.param("/reports/day?from=2000-01-01&to=2026-10-01", "longer than ten years", id="ten years"),
        pytest.param("/reports/day?from=yesterday", "is no day", id="no day"),
        pytest.param("/reports/day?from=0001-01-01", "no day that we have calls of", id="the year 1"),
        pytest.param("/reports/day?period=next-year", "is no time that we know", id="no period"),
        pytest.param("/reports/day?period=today&from=2026-10-01", "a time is given twice", id="two times"),
        pytest.param("/reports/day?to=2026-10-01", "no beginning", id="no beginning"),
        pytest.param("/reports/day?sort=calls", "there is no parameter", id="unknown parameter"),
        pytest.param("/reports/day?department=a&department=b", "given twice", id="twice"),
        pytest.param("/reports/day?department=%3Cb%3E%00", "is no name", id="a NUL"),
        pytest.param("/reports/intervals?minutes=7", "15, 30 or 60", id="an interval of 7 minutes"),
        pytest.param("/reports/intervals?minutes=x", "no number of minutes", id="minutes in letters"),
        pytest.param(f"/reports/intervals?{MONTH.replace('2026-10-01', '2026-01-01')}", "ask for less", id="too long"),
        pytest.param("/reports/calls?outcome=gone", "no call ends as", id="unknown outcome"),
        pytest.param("/reports/calls?wait=-1", "no number of seconds", id="a wait below nothing"),
        pytest.param("/reports/calls?number=%27%20or%201", "", id="SQL in a number"),
        pytest.param("/reports/calls?number=nobody", "is no number", id="a number in letters"),
        pytest.param("/reports/calls?after=x", "no place in this list", id="no place"),
        pytest.param(f"/reports/calls?count=everything&{A_DAY}", "nothing is counted as", id="unknown count"),
        pytest.param("/reports/calls?count=offered", "is no moment", id="a count of no time"),
        pytest.param(f"/reports/calls?count=offered&{time_of(1)}", "no time that we have calls of", id="year 1"),
        pytest.param(f"/reports/calls?count=offered&{time_of(9999)}", "no time that we have calls of", id="year 9999"),
        pytest.param(f"/reports/calls?count=offered&{A_DAY}&hour=24", "0 to 23", id="hour 24"),
        pytest.param(f"/reports/calls?count=talks&did=1&{A_DAY}", "is not counted by did", id="cannot be narrowed so"),
        pytest.param("/reports/day.csv?table=nothing", "there is no table", id="unknown table"),
        pytest.param("/reports?sort=x", "there is no parameter", id="the list of reports"),
    ],
)
async def test_bad_input_is_refused_in_words(by_sue: aiohttp.ClientSession, path: str, words: str) -> None:
    if path.endswith("or%201"):  # the digits of it are looked for, and nothing else of it gets to the database
        assert total(await read(by_sue, path)) >= 0
        return
    page = html.unescape(await read(by_sue, path, status=400))
    assert words.casefold() in page.casefold()
    assert "<b>\0" not in page


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        pytest.param("sue", "/reports", 200, id="a supervisor sees the list"),
        pytest.param("sue", "/reports/my-day", 404, id="a supervisor without a phone has no own day"),
        pytest.param("sue", "/reports/nothing", 404, id="no such report"),
        pytest.param("alice", f"/reports/day?{DAY}", 200, id="her department"),
        pytest.param("alice", f"/reports/day?{DAY}&department=billing", 200, id="her department, named"),
        pytest.param("alice", f"/reports/day?{DAY}&department=sales", 403, id="another department"),
        pytest.param("alice", f"/reports/calls?{MONTH}&department=sales", 403, id="calls of another department"),
        pytest.param("alice", "/reports/my-day?from=2026-10-27", 200, id="her own day"),
        pytest.param("bob", "/reports", 200, id="the list of an operator"),
        pytest.param("bob", "/reports/my-day?from=2026-10-27", 200, id="an operator's own day"),
        pytest.param("bob", "/reports/my-day?from=2026-10-01&to=2026-10-09", 400, id="a day is no week"),
        pytest.param("bob", "/reports/day", 403, id="no report for an operator"),
        pytest.param("bob", "/reports/day.pdf", 403, id="nor as a file"),
        pytest.param("bob", "/api/v1/reports/day", 403, id="nor by a program"),
        pytest.param("bob", f"/reports/calls?{MONTH}", 403, id="nor a list"),
        pytest.param("bob", f"/reports/calls?count=offered&{A_DAY}", 403, id="nor what is behind"),
        pytest.param("bob", f"/reports/calls?count=talks&person=bob&{A_DAY}", 200, id="but his own conversations"),
        pytest.param("bob", f"/reports/calls?count=talks&person=carol&{A_DAY}", 403, id="and nobody else's"),
        pytest.param("nobody", "/reports", 200, id="an account of nobody"),
        pytest.param("nobody", "/reports/my-day", 404, id="has no day"),
    ],
)
async def test_rights(
    by_sue: aiohttp.ClientSession, by_alice: aiohttp.ClientSession, by_bob: aiohttp.ClientSession,
    by_nobody: aiohttp.ClientSession, who: str, path: str, status: int,
) -> None:  # fmt: skip
    await read({"sue": by_sue, "alice": by_alice, "bob": by_bob, "nobody": by_nobody}[who], path, status)


async def test_who_sees_one_department_sees_its_calls_alone(
    house: ReportHouse, by_alice: aiohttp.ClientSession
) -> None:
    page = await read(by_alice, f"/reports/calls?{MONTH}")
    theirs = [record for record in house.records if any(stay.department == "billing" for stay in record.stays)]
    assert total(page) == len(theirs)
    figures = shown_figures(await read(by_alice, f"/reports/departments?{MONTH}"))
    assert figures and "support" not in " ".join(path for path, _ in figures)


@pytest.mark.parametrize(
    ("form", "begins"),
    [
        pytest.param("pdf", b"%PDF-", id="pdf"),
        pytest.param("xlsx", b"PK\x03\x04", id="xlsx"),
        pytest.param("csv", b"PK\x03\x04", id="csv"),
        pytest.param("json", b"{", id="json"),
    ],
)
async def test_files(by_sue: aiohttp.ClientSession, form: str, begins: bytes) -> None:
    async with by_sue.get(f"/reports/day.{form}?{DAY}") as answer:
        content = await answer.read()
        assert answer.status == 200, content[:500]
        ending = "zip" if form == "csv" else form
        assert answer.headers["Content-Disposition"] == f'attachment; filename="day-2026-10-27.{ending}"'
        assert (answer.content_type == "application/zip") is (form == "csv")
    assert content.startswith(begins)


async def test_one_table_as_csv(by_sue: aiohttp.ClientSession) -> None:
    rows = list(csv.DictReader(io.StringIO(await read(by_sue, f"/reports/day.csv?{DAY}&table=departments"))))
    assert len(rows) == 3 and {"department", "offered", "service_level"} <= set(rows[0])


async def test_lists_are_kept_for_each_account(by_sue: aiohttp.ClientSession, by_alice: aiohttp.ClientSession) -> None:
    form = {"name": "Long waits <i>", "query": "?period=yesterday&outcome=abandoned&wait=60"}
    async with by_sue.post("/reports/calls/keep", data=form) as answer:
        assert answer.status == 200 and str(answer.url).endswith(form["query"])
        page = await answer.text()
    assert "Long waits &lt;i&gt;" in page and 'aria-current="true"><bdi>Long waits' in page
    assert "Long waits" not in await read(by_alice, "/reports/calls")
    async with by_sue.post("/reports/calls/remove", data={"name": form["name"], "query": ""}) as answer:
        assert answer.status == 200 and "Long waits" not in await answer.text()
    async with by_sue.post("/reports/calls/remove", data={"name": form["name"]}) as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({"name": "", "query": ""}, id="no name"),
        pytest.param({"name": "x" * 61, "query": ""}, id="a long name"),
        pytest.param({"name": "x", "query": "?sort=1"}, id="an unknown parameter"),
        pytest.param({"name": "x", "query": "?outcome=gone"}, id="an unknown outcome"),
    ],
)
async def test_what_cannot_be_kept(by_sue: aiohttp.ClientSession, form: dict[str, str]) -> None:
    async with by_sue.post("/reports/calls/keep", data=form) as answer:
        assert answer.status == 400, await answer.text()


async def test_a_report_that_takes_too_long_says_so(
    house: ReportHouse, by_sue: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def late(*_: object) -> Document:
        raise TooLong

    monkeypatch.setattr(type(house.room.maker), "make", late)
    page = await read(by_sue, f"/reports/day?{MONTH}", status=503)
    assert "takes longer than 10 seconds" in page
    await read(by_sue, f"/reports/day.pdf?{MONTH}", status=503)


async def test_who_comes_while_others_have_theirs_made_may_try_again(
    house: ReportHouse, by_sue: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def taken(*_: object) -> Document:
        raise Busy

    monkeypatch.setattr(type(house.room.maker), "make", taken)
    page = await read(by_sue, f"/reports/day?{MONTH}", status=503)
    assert "Other reports are being made" in page and "takes longer" not in page
    assert f'href="/reports/day?{MONTH.replace("&", "&amp;")}">Try again' in page
    assert "being made at this moment" in await read(by_sue, f"/reports/day.pdf?{MONTH}", status=503)
    assert "being made at this moment" in await read(by_sue, f"/api/v1/reports/day?{MONTH}", status=503)


async def test_the_time_goes_along_in_the_address(by_sue: aiohttp.ClientSession) -> None:
    page = await read(by_sue, "/reports?period=last-week")
    assert 'href="/reports/departments?period=last-week"' in page
    assert 'href="/reports/calls?period=last-week"' in page


async def test_the_api_tells_the_same(house: ReportHouse, by_sue: aiohttp.ClientSession) -> None:
    listed = json.loads(await read(by_sue, "/api/v1/reports"))
    assert [one["name"] for one in listed["reports"]] == list(REPORTS)
    told = json.loads(await read(by_sue, f"/api/v1/reports/day?{DAY}"))
    doc = await house.room.maker.make("day", house.room.ask(REPORTS["day"], Wanted(start="2026-10-27"), SUE))
    offered = told["figures"]["offered"]
    assert offered["value"] == doc.head[0].cell.value
    seen: list[str] = []
    after = ""
    while True:
        query = {**offered["calls"], "limit": "40", **({"after": after} if after else {})}
        async with by_sue.get("/api/v1/reports/day/calls", params=query) as answer:
            page = await answer.json()
        assert page["total"] == offered["value"]
        seen += [call["call"] for call in page["calls"]]
        if (after := page["next"]) is None:
            break
    assert len(set(seen)) == len(seen) == offered["value"]


@pytest.mark.parametrize(
    ("scope", "status"),
    [pytest.param(Scope.REPORTS_READ, 200, id="may"), pytest.param(Scope.CALLS_READ, 403, id="may not")],
)
async def test_a_token_needs_its_scope(house: ReportHouse, address: str, scope: Scope, status: int) -> None:
    office = house.office
    made = await Tokens(office.parts.database, office.clock).add(f"bi-{status}", [scope], by="admin")
    async with aiohttp.ClientSession(address, headers={"Authorization": f"Bearer {made.secret}"}) as program:
        await read(program, f"/api/v1/reports/day?{DAY}", status)
        await read(program, f"/reports/day?{DAY}", 403)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/api/v1/reports/nothing", 404, id="no such report"),
        pytest.param("/api/v1/reports/day?from=x", 400, id="no day"),
        pytest.param("/api/v1/reports/day?sort=x", 400, id="no such parameter"),
        pytest.param("/api/v1/reports/menus?department=billing", 400, id="a parameter of others"),
        pytest.param("/api/v1/reports/day/calls", 400, id="no count"),
        pytest.param(f"/api/v1/reports/day/calls?count=offered&{A_DAY}&limit=0", 400, id="nothing asked for"),
    ],
)
async def test_what_the_api_refuses(by_sue: aiohttp.ClientSession, path: str, status: int) -> None:
    answer = json.loads(await read(by_sue, path, status))
    assert answer["error"]


async def test_both_ways_to_a_file_give_the_same_rows(house: ReportHouse) -> None:
    """A list with filters is read as plain rows, the calls behind a figure as records: a file looks alike."""
    room = house.room
    ask = room.asking(room.time(Wanted(start="2026-10-01", end="2026-10-31")))
    plain = [row async for batch in Listed(room.facts, ask, Narrowed()).batches() for row in batch]
    behind = Behind(room.facts, ask, ask.behind("offered"))
    records = [row async for batch in behind.batches() for row in batch]
    assert [tuple(value or None for value in row) for row in plain] == [
        tuple(value or None for value in row) for row in records
    ]
    assert len(plain) == len(house.records)
