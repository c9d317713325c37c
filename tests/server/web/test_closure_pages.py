"""The page of closures over HTTP: who may, what is refused, and that everybody is told."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from callrouter.closures import Scope
from server.closure_office import ClosureOffice
from server.web.app import serving_parts
from tests.server.sounds import voice
from tests.server.web.closing import closing_office
from tests.server.web.conftest import OWN_PAGE
from tests.server.web.office import PASSWORD, Office, open_office

pytestmark = pytest.mark.asyncio(loop_scope="module")

FORM = {
    "scope": "department:billing",
    "until": "hour",
    "how": "words",
    "words:en": "We are closed.",
    "words:lt": "Uždaryta.",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def closing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Office, ClosureOffice, str]]:
    """One server for all tests here."""
    async with (
        closing_office(tmp_path_factory.mktemp("closures")) as (office, closures, _),
        serving_parts(office.parts, office.accounts, "127.0.0.1", 0) as url,
    ):
        yield office, closures, url


@pytest.fixture
def office(closing: tuple[Office, ClosureOffice, str]) -> Office:
    return closing[0]


@pytest_asyncio.fixture(loop_scope="module")
async def closures(closing: tuple[Office, ClosureOffice, str]) -> AsyncIterator[ClosureOffice]:
    """The doors, all open before a test and after it."""
    yield closing[1]
    for closure in closing[1].closures.now():
        await closing[1].reopen(closure.scope, "the test")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(closing: tuple[Office, ClosureOffice, str]) -> AsyncIterator[dict[str, aiohttp.ClientSession]]:
    """A browser of each account."""
    sessions = {}
    for name in ("admin", "sue", "alice"):
        jar = aiohttp.CookieJar(unsafe=True)
        sessions[name] = aiohttp.ClientSession(closing[2], headers={"Accept": "text/html", **OWN_PAGE}, cookie_jar=jar)
        await sessions[name].post("/login", data={"name": name, "password": PASSWORD})
    yield sessions
    for session in sessions.values():
        await session.close()


@pytest.fixture
def sue(browser: dict[str, aiohttp.ClientSession], closures: ClosureOffice) -> aiohttp.ClientSession:
    return browser["sue"]


async def close(session: aiohttp.ClientSession, **more: str) -> tuple[int, str]:
    async with session.post("/closures", data=FORM | more, allow_redirects=False) as answer:
        return answer.status, await answer.text()


async def text_of(session: aiohttp.ClientSession, path: str) -> str:
    async with session.get(path) as answer:
        assert answer.status == 200
        return await answer.text()


async def test_a_supervisor_closes_and_everybody_sees_it(
    sue: aiohttp.ClientSession, browser: dict[str, aiohttp.ClientSession], closures: ClosureOffice
) -> None:
    assert (await close(sue))[0] == 303
    (closure,) = closures.closures.now()
    assert (str(closure.scope), closure.who, dict(closure.say)["lt"]) == ("department:billing", "sue", "Uždaryta.")
    banner = "Billing is closed until 12:30, by sue."
    page = await text_of(sue, "/closures")
    assert banner in page and "We are closed." in page
    assert 'href="/closures">Change' in await text_of(sue, "/calls")
    alice = browser["alice"]
    for path in ("/calls", "/closures/now"):
        seen = await text_of(alice, path)
        assert banner in seen and ">Change<" not in seen
    figures = await text_of(sue, "/metrics")
    assert 'switchroom_closures{extent="department"} 1.0' in figures

    async with sue.post("/closures/open", data={"scope": "department:billing"}) as answer:
        assert banner not in await answer.text()
    assert closures.closures.now() == ()


@pytest.mark.parametrize(
    ("more", "why"),
    [
        pytest.param({"scope": "the moon"}, "choose what to close", id="no scope"),
        pytest.param({"scope": "department:gone"}, "no such number or department", id="gone"),
        pytest.param({"until": "christmas"}, "choose until when", id="no span"),
        pytest.param({"until": "closing time"}, "no opening hours tell", id="no hours"),
        pytest.param({"until": "at", "time": "soon"}, "as date and time", id="no time"),
        pytest.param({"until": "at", "time": "2026-11-20T09:00"}, "a time to come", id="past"),
        pytest.param({"until": "at", "time": "2027-11-20T09:00"}, "31 days", id="next year"),
        pytest.param({"words:en": "", "words:lt": ""}, "write what callers are to hear", id="no words"),
        pytest.param({"how": "recording", "play": "../../x"}, "no such recording", id="no recording"),
    ],
)
async def test_a_wrong_form_is_shown_again_with_what_was_written(
    sue: aiohttp.ClientSession, closures: ClosureOffice, more: dict[str, str], why: str
) -> None:
    status, page = await close(sue, **more)
    assert status == 400
    assert why in page
    if "words:en" not in more:
        assert "We are closed." in page
    assert closures.closures.now() == ()


async def test_a_time_is_the_sites_own(sue: aiohttp.ClientSession, closures: ClosureOffice) -> None:
    await close(sue, until="at", time="2026-11-21T08:00")
    (closure,) = closures.closures.now()
    assert closure.until.isoformat() == "2026-11-21T06:00:00+00:00"
    assert "until Sat 21 Nov, 08:00" in await text_of(sue, "/closures")


async def test_who_did_not_know_that_it_is_closed_already_is_told_and_may_send_it_again(
    sue: aiohttp.ClientSession, browser: dict[str, aiohttp.ClientSession], closures: ClosureOffice
) -> None:
    def seen(page: str) -> str:
        return str(re.findall(r'name="seen" value="([^"]*)"', page)[-1])

    before = seen(await text_of(sue, "/closures"))
    assert (await close(browser["admin"], until="at", time="2026-11-21T08:00", seen=before))[0] == 303
    status, page = await close(sue, seen=before)
    assert status == 409
    assert "Billing was closed meanwhile by admin, until Sat 21 Nov, 08:00: send it again" in page
    assert [closure.who for closure in closures.closures.now()] == ["admin"]
    # Another door is nobody's business, and neither is what was seen.
    assert (await close(sue, seen=before, scope="line"))[0] == 303
    now = seen(page)
    assert (await close(sue, seen=now))[0] == 303
    assert [closure.who for closure in closures.closures.now()] == ["sue", "sue"]
    async with sue.post("/closures/open", data={"scope": "department:billing", "seen": now}) as answer:
        assert answer.status == 409
        assert "closed meanwhile by sue" in await answer.text()
    assert len(closures.closures.now()) == 2


async def test_a_message_spoken_by_phone_is_shown_as_one_and_can_be_used_again(
    sue: aiohttp.ClientSession, closures: ClosureOffice, tmp_path: Path
) -> None:
    await asyncio.to_thread(voice, tmp_path / "said.wav", 2.0)
    name = await closures.keep_spoken(str(tmp_path / "said.wav"))
    assert name
    until = closures.clock.now() + timedelta(hours=1)
    assert await closures.close_for(Scope.read("line"), until, name, "sue")
    page = await text_of(sue, "/closures")
    assert "A message spoken by phone" in page and ">a message spoken by phone</option>" in page
    assert (await close(sue, how="recording", play=name))[0] == 303
    assert {closure.play for closure in closures.closures.now()} == {name}


@pytest.mark.parametrize(("name", "status"), [("alice", 403), ("sue", 200), ("admin", 200)])
async def test_only_supervisors_close(
    browser: dict[str, aiohttp.ClientSession], closures: ClosureOffice, name: str, status: int
) -> None:
    session = browser[name]
    async with session.get("/closures") as answer:
        assert answer.status == status
    assert (await close(session))[0] == (303 if status == 200 else 403)
    assert bool(closures.closures.now()) is (status == 200)


async def test_markup_in_the_words_stays_words(sue: aiohttp.ClientSession) -> None:
    await close(sue, **{"words:en": "Closed & <b>sorry</b>"})
    assert "<b>sorry" not in await text_of(sue, "/closures")


async def test_a_server_that_closes_nothing_has_no_such_page(tmp_path: Path) -> None:
    async with open_office(tmp_path) as plain:
        await plain.hire()
        async with (
            serving_parts(plain.parts, plain.accounts, "127.0.0.1", 0) as address,
            aiohttp.ClientSession() as any_one,
            any_one.get(f"{address}/closures", allow_redirects=False) as answer,
        ):
            assert answer.status == 404


async def test_the_banner_ends_with_the_closure(sue: aiohttp.ClientSession, office: Office) -> None:
    await close(sue)
    office.clock.advance(3601)
    assert "is closed until" not in await text_of(sue, "/calls")
