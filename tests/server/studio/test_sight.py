"""What a supervisor sees of the site: what callers hear, how it came to that, no draft and no secret."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
import pytest_asyncio

from config.diff.model import AREAS as ALL_AREAS
from config.diff.model import Change
from config.load import require_site
from server.studio.sight import AREAS, told_of
from server.web.app import serving_parts
from tests.server.web.conftest import OWN_PAGE
from tests.server.web.office import MORNING, PASSWORD
from tests.server.web.publishing import Bureau, open_bureau


@pytest.mark.parametrize(
    ("area", "text", "told"),
    [
        ("menus", "in main key 2 now leads to Sales", "in main key 2 now leads to Sales"),
        ("mailboxes", "its mail goes to anna.b+x@acme.example too", "its mail goes to (an address) too"),
        ("people", "Alice is rung at +370 600 00001", "Alice is rung at (a number)"),
        ("people", "the phone of Alice is now 102", "the phone of Alice is now 102"),
        ("numbers", "the number +370 5 200 0000 is new", "the number +370 5 200 0000 is new"),
        ("hours", "office is closed on 2026-12-24", "office is closed on 2026-12-24"),
        ("by_phone", "the PIN for closing the line by phone was changed", None),
        ("connectors", "url of the connector crm is now https://crm.acme.example", None),
        ("mail", "server of mail is now mail.acme.example", None),
        ("tests", "the test of Alice is new", None),
        ("some_new_section", "x is new", None),
    ],
)
def test_what_is_told_of_a_change(area: str, text: str, told: str | None) -> None:
    found = told_of([Change(area, "x", "changed", text)])
    assert [change.text for change in found.changes] == ([told] if told is not None else [])
    assert found.hidden == (told is None)


def test_the_areas_are_those_of_changes() -> None:
    assert not AREAS - set(ALL_AREAS)


#: What a second publication changes: things for everybody, and things for admins.
CHANGED = (
    ("{1: billing, 2: sales}", "{1: billing, 2: billing}"),
    ("billing@acme.example", "anna@acme.example"),
    ("server: mail.acme.example", "server: other.acme.example"),
    ("expect: {department: sales}", "expect: {department: billing}"),
)
#: What stands in the draft alone, or behind an admin's door.
HIDDEN = (
    "nobody-knows",
    "anna@",
    "other.acme",
    "/site/edit",
    "/site/publish",
    "/site/audit",
    'method="post" action="/site',
    "<pre",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bureau(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bureau]:
    async with open_bureau(tmp_path_factory.mktemp("sight")) as opened:
        opened.write(*CHANGED)
        version = opened.store.keep(opened.draft, require_site(opened.draft))
        at = MORNING - timedelta(days=1)
        opened.store.publish(version, who="admin", why="Sales is away", at=at, expected=1)
        opened.write(("sales: {}", "sales: {name: nobody-knows}"))
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sue(bureau: Bureau) -> AsyncIterator[aiohttp.ClientSession]:
    async with (
        serving_parts(bureau.office.parts, bureau.office.accounts, "127.0.0.1", 0) as url,
        aiohttp.ClientSession(
            url,
            headers={"Accept": "text/html", **OWN_PAGE},
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            timeout=aiohttp.ClientTimeout(total=20),
        ) as session,
    ):
        await (await session.post("/login", data={"name": "sue", "password": PASSWORD})).release()
        yield session


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/site", ["What callers hear"]),
        ("/site?of=draft&all=1", ["What callers hear", "billing"]),
        ("/site?as=list", ["What callers hear"]),
        ("/site/try?keys=2&of=draft", ["What happens to a caller"]),
        ("/site/hours?of=draft", ["Opening hours"]),
        ("/site/versions", ["Sales is away"]),
        ("/site/changes", ["What changed", "Key 2", "2 changes of settings are shown to admins only"]),
        ("/site/changes?a=1&b=2", ["Key 2"]),
        ("/site/changes?a=2&b=2", ["Nothing changed for callers"]),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_page_shows_what_callers_hear_and_no_way_to_change_it(
    sue: aiohttp.ClientSession, path: str, words: list[str]
) -> None:
    async with sue.get(path) as answer:
        text = await answer.text()
    assert answer.status == 200, text
    assert [word for word in words if word not in text] == []
    assert [word for word in HIDDEN if word in text] == []
    assert ': edit"' not in text


@pytest.mark.parametrize("path", ["/site/changes?b=draft", "/site/changes?a=draft&b=1", "/site/audit", "/site/check"])
@pytest.mark.asyncio(loop_scope="module")
async def test_the_draft_and_the_log_are_an_admins(sue: aiohttp.ClientSession, path: str) -> None:
    async with sue.get(path) as answer:
        assert answer.status == 403


@pytest.mark.asyncio(loop_scope="module")
async def test_a_draft_that_cannot_be_used_is_no_matter(bureau: Bureau, sue: aiohttp.ClientSession) -> None:
    bureau.write(("menus:", "menus: ["))
    for path in ("/site", "/site/try", "/site/hours", "/site/versions", "/site/changes"):
        async with sue.get(path) as answer:
            assert answer.status == 200, path
            assert "error" not in (await answer.text()).lower(), path
