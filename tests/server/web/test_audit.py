"""The audit log: what is written down at the door, by whom, and what is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from callrouter.agents import Deed
from ledger.database import Database
from ledger.journal_reads import JournalReads
from server.commands import accounts as account_commands
from server.data_folder import SiteNote, write_note
from server.scopes import Scope
from server.studio import audit
from server.studio.audit import DEEDS, NO_DEEDS, Acted, Audit
from server.tokens import Tokens
from server.web.app import make_app
from server.web.route import Route
from tests.server.web.conftest import Browser
from tests.server.web.office import PASSWORD, Office
from tests.server.web.publishing import Bureau, open_bureau


@pytest.fixture
async def bureau(tmp_path: Path) -> AsyncIterator[Bureau]:
    async with open_bureau(tmp_path) as opened:
        yield opened


@pytest.fixture
async def office(bureau: Bureau) -> Office:
    return bureau.office


def log_of(office: Office) -> Audit:
    return Audit(office.parts.journal, office.parts.clock)


async def last(office: Office) -> list[tuple[str, str, str]]:
    return [(deed.who, deed.what, deed.about) for deed in await log_of(office).last(100)]


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
    assert [deed.why for deed in await log_of(office).of_day(start, office.clock.now())] == []
    office.clock.advance(1)
    assert [deed.why for deed in await log_of(office).of_day(start, office.clock.now())] == ["asked to"]


def test_the_command_line_is_in_it_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def prepare() -> None:
        async with open_bureau(tmp_path):
            pass

    async def read() -> list[tuple[str, str]]:
        async with await Database.open(tmp_path / "switchroom.db") as database:
            entries = await JournalReads(database).last(audit.KIND)
            return [(str(entry.data["what"]), str(entry.data["about"])) for entry in entries]

    asyncio.run(prepare())
    write_note(tmp_path, SiteNote())
    account_commands.add(tmp_path, "eve", "supervisor", "")
    account_commands.remove(tmp_path, "eve")
    assert PASSWORD not in capsys.readouterr().out
    assert asyncio.run(read()) == [("removed an account", "eve"), ("made an account (supervisor)", "eve")]


async def test_every_deed_of_the_admins_pages_has_words(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    unnamed: list[str] = []
    watched = Audit.watched

    def look(self: Audit, route: Route) -> Route:
        name, seen = f"{route.method} {route.path}", watched(self, route)
        if seen is not route and name not in DEEDS:
            unnamed.append(name)
        return seen

    monkeypatch.setattr(Audit, "watched", look)
    parts = replace(bureau.office.parts, version="9")
    await make_app(parts, bureau.office.accounts, "x" * 40)
    assert unnamed == [], f"give these words in server/studio/audit.py, or name them in {NO_DEEDS=}"
