"""The audit log: what is written down at the door, by whom, and what is not."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import aiohttp
import pytest

from callrouter.agents import Deed
from server.scopes import Scope
from server.studio import audit
from server.studio.audit import Acted
from server.studio.audit_book import AuditBook
from server.tokens import Tokens
from tests.server.web.conftest import Browser
from tests.server.web.office import Office
from tests.server.web.publishing import Bureau


@pytest.fixture
async def office(bureau: Bureau) -> Office:
    return bureau.office


async def last(office: Office) -> list[tuple[str, str, str]]:
    deeds = [deed.acted for deed in await AuditBook(office.parts.journal).last(100)]
    return [(acted.who, acted.what, acted.about) for acted in deeds]


async def test_an_agent_who_is_changed_by_another_is_in_it_and_one_who_changes_himself_is_not(
    office: Office, browser: Browser, url: str
) -> None:
    for name in ("sue", "alice"):
        session = await browser(name)
        async with session.post(f"{url}/api/v1/agents/alice/login") as answer:
            assert answer.status == 200, await answer.text()
    assert await last(office) == [("sue", "changed an agent's state", "alice login")]
    office.parts.roster.do("alice", Deed.LOG_OUT)


async def test_what_was_refused_is_not_in_it(office: Office, browser: Browser, url: str) -> None:
    for name in ("sue", "admin"):
        session = await browser(name)
        async with session.post(f"{url}/site/rollback", data={"number": "17"}, allow_redirects=False) as answer:
            assert answer.status == (404 if name == "admin" else 403)
    assert await last(office) == []


async def test_tokens_are_read_from_their_own_entries(office: Office, browser: Browser, url: str) -> None:
    tokens = Tokens(office.parts.database, office.clock)
    await tokens.add("crm", [Scope.CALLS_READ], by="admin")
    session: aiohttp.ClientSession = await browser("admin")
    async with session.post(f"{url}/tokens/crm/remove", data={}, allow_redirects=False) as answer:
        assert answer.status == 303
    assert await last(office) == [("admin", "removed a token", "crm"), ("admin", "made a token", "crm")]


async def test_a_day_is_the_sites_own(office: Office) -> None:
    async with office.parts.database.writing() as session:
        await audit.acted(session, Acted(office.clock.now(), "ann", "edited the site", "menus main", "asked to"))
    start = office.clock.now().replace(hour=0)
    book = AuditBook(office.parts.journal)
    assert [deed.acted.why for deed in await book.between(start, office.clock.now(), 10)] == []
    office.clock.advance(1)
    assert [deed.acted.why for deed in await book.between(start, office.clock.now(), 10)] == ["asked to"]


@pytest.fixture
async def log(bureau: Bureau, browser: Browser) -> aiohttp.ClientSession:
    """An admin before a log of three days, by people whose names and words are not harmless."""
    session = await browser("admin")
    deeds = [
        Acted(office_at(20, 21, 59), "ann", "edited the site", "menus main", "late"),
        Acted(office_at(20, 22, 1), '<b onclick="x">', "edited the site", "=HYPERLINK(1)", "</td><script>"),
        Acted(office_at(21, 12, 0), "ann", "changed an agent's state", "bob pause"),
    ]
    async with bureau.office.parts.database.writing() as writing:
        for deed in deeds:
            await audit.acted(writing, deed)
    return session


def office_at(day: int, hour: int, minute: int) -> datetime:
    """Return a moment of the universal clock; at the site it is two hours later."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["bob pause", "=HYPERLINK(1)", "menus main", "number 1"]),
        ({"who": "ann"}, ["bob pause", "menus main"]),
        ({"kind": "agents"}, ["bob pause"]),
        ({"kind": "publishing"}, ["number 1"]),
        ({"what": "SITE main"}, ["menus main"]),
        ({"from": "2026-11-21"}, ["bob pause", "=HYPERLINK(1)"]),
        ({"to": "2026-11-20"}, ["menus main", "number 1"]),
        ({"from": "2026-11-20", "to": "2026-11-20"}, ["menus main"]),
        ({"who": "ann", "kind": "closures"}, []),
    ],
    ids=["all", "a person", "a kind", "what was published", "words", "from a day", "up to a day", "one day", "nothing"],
)
async def test_the_log_is_narrowed_and_taken_as_a_file(
    log: aiohttp.ClientSession, query: dict[str, str], found: list[str]
) -> None:
    async with log.get("/site/audit.json", params=query) as answer:
        told = await answer.json()
        assert answer.headers["Content-Disposition"] == 'attachment; filename="audit.json"'
    assert [one["about"].split(",")[0] for one in told] == found
    async with log.get("/site/audit.csv", params=query) as answer:
        rows = list(csv.DictReader(io.StringIO((await answer.read()).decode("utf-8-sig"))))
    assert [row["about"].lstrip("'").split(",")[0] for row in rows] == found
    assert all(not value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())
    async with log.get("/site/audit", params=query) as answer:
        page = await answer.text()
    assert page.count('<tr role="row">') == len(found) + 1
    assert "<b onclick" not in page and "<script>" not in page


@pytest.mark.parametrize("query", [{"kind": "no"}, {"from": "yesterday"}, {"to": "0001-01-01"}, {"to": "9999-12-31"}])
async def test_what_cannot_be_asked_for_is_said_so(log: aiohttp.ClientSession, query: dict[str, str]) -> None:
    for path in ("/site/audit", "/site/audit.csv", "/site/audit.json"):
        async with log.get(path, params=query) as answer:
            assert answer.status == 400, path
