"""The overview, the time machine and the opening hours over HTTP: who may see them, and what they answer to what."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
import pytest_asyncio

from callrouter import events as ev
from callrouter.menu_tests.run import run_tests
from config.load import require_site
from tests.server.studio.studios import Studio, open_studio
from tests.server.web.conftest import OWN_PAGE
from tests.server.web.office import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def studio(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path_factory.mktemp("studio")) as opened:
        yield opened


def browser(studio: Studio) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        studio.url,
        headers={"Accept": "text/html", **OWN_PAGE},
        cookie_jar=aiohttp.CookieJar(unsafe=True),
        timeout=aiohttp.ClientTimeout(total=20),
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def admin(studio: Studio) -> AsyncIterator[aiohttp.ClientSession]:
    async with browser(studio) as session:
        await (await session.post("/login", data={"name": "admin", "password": PASSWORD})).release()
        yield session


async def shown(session: aiohttp.ClientSession, path: str, status: int = 200) -> str:
    async with session.get(path) as answer:
        text = await answer.text()
        assert answer.status == status, text
        return html.unescape(text)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        pytest.param("/site", ["is the same", "menu technical", "file=menus.yaml&line=22&column=15"], id="all"),
        pytest.param("/site?place=menu:main&depth=1", ["around main", "of 20 places are drawn"], id="a part"),
        pytest.param("/site?q=reception", ["around Reception"], id="found"),
        pytest.param("/site?q=al", ["Found:", "Technical support", "Mailbox alice"], id="several found"),
        pytest.param("/site?q=zebra", ["Nothing has “zebra”"], id="nothing found"),
        pytest.param("/site?of=published&as=list", ["What callers hear", "listing alone"], id="published, a list"),
        pytest.param("/site?depth=99&all=1", ["Draw a part"], id="a depth that is not offered"),
        pytest.param("/site?to=852000000&at=2026-12-24T17:59", ["that was tried", "step 4 of the path"], id="tried"),
        pytest.param("/site/try", ["Friday 20 November 2026, 11:30", "Kūčių diena, 24 December"], id="now"),
        pytest.param("/site/try?at=2026-10-25T03:30", ["comes twice", "Try the second one"], id="clocks put back"),
        pytest.param("/site/try?at=noon&keys=abc", ["no time", "no key of a telephone"], id="faults"),
        pytest.param("/site/try?to=%2B49+30+1", ["Nobody has this number", "+49 30 1"], id="a strange number"),
        pytest.param("/site/try?at=2026-12-24T17:59", ["office closed (public holiday: Kūčių diena)"], id="the reason"),
        pytest.param("/site/hours", ["Friday 20 November 2026", "09:00–18:00", "251 full"], id="hours now"),
        pytest.param("/site/hours?department=billing&year=2027", ["February", "2028 ›"], id="a department, next year"),
        pytest.param("/site/hours?day=2026-12-24", ["Kūčių diena", "closed all day"], id="a holiday"),
        pytest.param("/site/hours?day=2024-02-29&year=2025", ["Friday 28 February 2025"], id="no leap year"),
        pytest.param("/site/hours?day=0000&year=x", ["Friday 20 November 2026"], id="no day"),
    ],
)  # fmt: skip
async def test_a_page_answers(admin: aiohttp.ClientSession, path: str, words: list[str]) -> None:
    text = await shown(admin, path)
    assert not [word for word in words if word not in text]


@pytest.mark.parametrize(
    "path",
    [
        "/site?place=menu:nowhere",
        "/site?call=1-1",
        "/site?call=%00",
        "/site/try/sound/none.wav",
        "/site/hours?hours=nowhere",
    ],
)
async def test_what_is_not_there_is_not_found(admin: aiohttp.ClientSession, path: str) -> None:
    await shown(admin, path, 404)


async def test_the_path_of_a_real_call_is_lit_up(studio: Studio, admin: aiohttp.ClientSession) -> None:
    office = studio.office
    call = office.offered()
    office._tell(ev.BranchTaken(at=office.clock.now(), call=call, origin="main", to="department billing", why="key 1"))
    await office.ended(call)
    text = await shown(admin, f"/site?call={call}")
    lit = re.findall(r'<g class="box (?:\w+) lit[^"]*"[^>]*data-stop="([^"]*)"', text)
    assert lit == ["number +370 5 200 0000", "menu welcome", "menu main", "department billing"]
    assert text.count('class="line by-key lit"') == 1


async def test_a_key_leads_on_to_the_longer_call(admin: aiohttp.ClientSession) -> None:
    async with admin.get("/site/try?who=nobody&press=1", allow_redirects=False) as answer:
        assert answer.status == 303
        asked = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert asked["keys"][0].endswith("1") and asked["at"] == ["2026-11-20T11:30"] and asked["who"] == ["nobody"]
    # Where nobody listens a key changes nothing.
    async with admin.get("/site/try?to=%2B49301&press=1", allow_redirects=False) as answer:
        assert answer.status == 200


async def test_a_form_becomes_a_short_address_that_has_who_is_how_and_what_he_does(
    admin: aiohttp.ClientSession,
) -> None:
    form = "/site/try?asked=1&to=%2B370+5+200+0002&at=2026-12-23T10:00&is.bob=busy&is.carol=&is.alice=nonsense&fax="
    async with admin.get(form + "&hang_up=20&speaks=&waiting=", allow_redirects=False) as answer:
        assert answer.status == 303
        short = answer.headers["Location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(short).query).items()}
    assert asked == {"to": "+370 5 200 0002", "at": "2026-12-23T10:00", "people": "bob:busy", "hang_up": "20"}
    text = await shown(admin, short)
    assert "carol rang" in text and "on another call<" in text
    text = await shown(admin, "/site/try?to=%2B370+5+200+0001&at=2026-12-24T17:59&hang_up=3")
    assert "The caller hung up first" in text and "Stay on the line" in text
    assert "A fax of one page came for billing" in await shown(admin, "/site/try?at=2026-12-23T10:00&fax=1")
    # While he speaks there are keys, too.
    text = await shown(admin, "/site/try?to=%2B370+5+200+0001&at=2026-12-24T17:59&keys=w2+1&speaks=5")
    assert "The next key comes" in text and 'value="#" >#</button>' in text
    for wrong, said in (
        ("hang_up=never", "write seconds"),
        ("people=zoe:busy", "nobody called zoe"),
        ("speaks=-1", "no time"),
    ):
        text = await shown(admin, f"/site/try?{wrong}")
        assert said in text and 'id="make"' not in text


async def test_a_tried_call_is_kept_as_a_test_once(studio: Studio, admin: aiohttp.ClientSession) -> None:
    file = studio.draft / "tests.yaml"
    before = file.read_text()
    tried = "/site/try?to=%2B370+5+200+0001&from=%2B37060000001&at=2026-12-24T17:59&keys=w2+1&people=bob:busy"
    try:
        text = await shown(admin, tried)
        form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', text.partition('id="make"')[2]))
        form["name"] = "Christmas Eve: a message"
        async with admin.post("/site/try/test", data=form) as answer:
            text = html.unescape(await answer.text())
            assert answer.status == 200 and "“Christmas Eve: a message” is a test of the draft now" in text
        after = file.read_text()
        assert after.startswith(before)
        added = after.removeprefix(before)
        assert "Christmas Eve: a message" in added and "busy: [bob]" in added and "voicemail: billing" in added
        site = require_site(studio.draft)
        assert (await asyncio.to_thread(run_tests, site, ["Christmas Eve: a message"])).passed
        # The page shown before is out of date now, and nothing is overwritten.
        late = await admin.post("/site/try/test", data=form)
        assert late.status == 409 and "was changed meanwhile" in await late.text() and file.read_text() == after
        wrong = await admin.post("/site/try/test", data=form | {"keys": "x"})
        assert wrong.status == 400 and file.read_text() == after
        deeds = await studio.office.parts.journal.last("admin_acted", limit=3)
        [deed] = [one for one in deeds if "tried" in str(one.data)]
        assert (deed.data["who"], deed.data["about"]) == ("admin", "a test in tests.yaml")
    finally:
        file.write_text(before)
    async with browser(studio) as sue:
        await (await sue.post("/login", data={"name": "sue", "password": PASSWORD})).release()
        refused = await sue.post("/site/try/test", data=form)
        assert refused.status == 403 and file.read_text() == before


async def test_a_day_is_written_into_the_draft(studio: Studio, admin: aiohttp.ClientSession) -> None:
    file = studio.draft / "company.yaml"
    before = file.read_text()
    try:
        [digest] = re.findall(r'name="digest" value="(\w+)"', await shown(admin, "/site/hours?day=2026-12-31"))
        form = {"hours": "office", "day": "2026-12-31", "digest": digest, "wish": "open", "times": "09:00 – 15:00"}
        text = html.unescape(await (await admin.post("/site/hours", data=form)).text())
        assert "Written into the draft" in text and "open at other times" in text
        after = file.read_text()
        assert "2026-12-31" in after and "# fax machines are led" not in before
        assert [line for line in before.splitlines() if line not in after.splitlines()] == []
        assert "differs" in await shown(admin, "/site")
        # The page shown before is out of date now, and nothing is overwritten.
        late = await admin.post("/site/hours", data=form | {"wish": "closed"})
        assert late.status == 409 and file.read_text() == after
        wrong = await admin.post("/site/hours", data=form | {"digest": "", "times": "nine to five"})
        assert wrong.status == 400 and "nine to five" in html.unescape(await wrong.text())
    finally:
        file.write_text(before)


async def test_a_draft_with_errors_gives_way_to_what_callers_hear(studio: Studio, admin: aiohttp.ClientSession) -> None:
    file = studio.draft / "broken.yaml"
    file.write_text("menus: {broken: {say: Hello, keys: {1: nowhere}}}\n")
    try:
        for path in ("/site", "/site/try", "/site/hours"):
            text = await shown(admin, path)
            assert "what callers hear now" in text
        assert "cannot be published" in await shown(admin, "/site")
    finally:
        file.unlink()
