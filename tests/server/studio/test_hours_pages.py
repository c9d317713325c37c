"""The calendar of opening hours over HTTP: days in a row, looked at first, written and taken back; what is closed."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
import pytest_asyncio

from callrouter import events as ev
from tests.server.studio.studios import Studio, open_studio
from tests.server.web.conftest import OWN_PAGE
from tests.server.web.office import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="module")

AT = "/site/hours"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def studio(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path_factory.mktemp("hours")) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def admin(studio: Studio) -> AsyncIterator[aiohttp.ClientSession]:
    headers, jar = {"Accept": "text/html", **OWN_PAGE}, aiohttp.CookieJar(unsafe=True)
    timeout = aiohttp.ClientTimeout(total=20)
    async with aiohttp.ClientSession(studio.url, headers=headers, cookie_jar=jar, timeout=timeout) as session:
        await (await session.post("/login", data={"name": "admin", "password": PASSWORD})).release()
        yield session


async def shown(session: aiohttp.ClientSession, **query: str) -> str:
    async with session.get(AT, params=query) as answer:
        text = html.unescape(await answer.text())
        assert answer.status == 200, text
        return text


async def sent(session: aiohttp.ClientSession, path: str = AT, **form: str) -> tuple[int, str]:
    async with session.post(path, data=form) as answer:
        return answer.status, html.unescape(await answer.text())


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


async def test_a_week_is_looked_at_then_written_then_taken_back(studio: Studio, admin: aiohttp.ClientSession) -> None:
    file = studio.draft / "company.yaml"
    before = file.read_bytes()
    page = await shown(admin, day="2026-12-28")
    week = {"hours": "office", "day": "2026-12-28", "last": "2027-01-03", "digest": field(page, "digest")}

    looked = await shown(admin, **week, wish="closed", look="1")
    assert "Not written yet." in looked and "7 of 7 days would be otherwise" in looked
    assert "Mon 28 Dec</time> open, 09:00–18:00 → <b>closed for this once" in looked
    assert looked.count(" tried") == 4 + 1, "those of this year, and the legend"
    assert file.read_bytes() == before

    status, page = await sent(admin, **week, wish="closed")
    assert status == 200 and "Written into the draft." in page
    text = file.read_text()
    assert all(day in text for day in ("2026-12-28", "2026-12-31", "2027-01-03"))

    status, page = await sent(admin, f"{AT}/undo", hours="office", day="2026-12-28", of=field(page, "of"))
    assert status == 200 and "Taken back" in page
    assert file.read_bytes() == before, "to the byte"
    assert (await sent(admin, f"{AT}/undo", hours="office", day="2026-12-28", of="0"))[0] == 400


async def test_what_somebody_has_changed_since_is_not_taken_back(studio: Studio, admin: aiohttp.ClientSession) -> None:
    file = studio.draft / "company.yaml"
    before = file.read_bytes()
    try:
        digest = field(await shown(admin), "digest")
        _, page = await sent(admin, hours="office", day="2026-12-29", wish="closed", last="2026-12-30", digest=digest)
        of = field(page, "of")
        file.write_bytes(file.read_bytes() + b"# by hand\n")
        assert 'value="' + of + '"' not in await shown(admin, day="2026-12-29", done="closed"), "it is not offered"
        status, page = await sent(admin, f"{AT}/undo", hours="office", day="2026-12-29", of=of)
        assert status == 409 and "changed meanwhile" in page
        assert file.read_bytes().endswith(b"# by hand\n")
    finally:
        file.write_bytes(before)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"last": "2026-12-01"}, "before the first"),
        ({"last": "2028-01-01"}, "100 days at once is the most"),
        ({"last": "later"}, "write the last day as a date"),
        ({"wish": "open", "times": "nine"}, "nine"),
    ],
    ids=["back", "too many", "no date", "no times"],
)
@pytest.mark.parametrize("look", ["1", ""], ids=["looked at", "written"])
async def test_what_cannot_be_is_said_in_the_form_with_what_was_written(
    admin: aiohttp.ClientSession, more: dict[str, str], why: str, look: str
) -> None:
    form = {"hours": "office", "day": "2026-12-28", "wish": "closed", **more}
    sending = admin.get(AT, params=form | {"look": look}) if look else admin.post(AT, data=form)
    async with sending as answer:
        page = html.unescape(await answer.text())
        assert answer.status == 400
    assert why in page
    assert f'value="{more.get("last", "")}"' in page


async def test_departments_without_hours_have_a_calendar_too(admin: aiohttp.ClientSession) -> None:
    page = await shown(admin, department="reception")
    assert "always open" in page and "Reception, Technical support" in page
    assert "365 full" in page and "Give them opening hours" in page
    assert "Write it into the draft" not in page, "there is nothing to write it to"
    assert "Billing" in (await shown(admin, department="billing")).split('aria-current="true"')[1][:200]
    digest = field(await shown(admin), "digest")
    status, page = await sent(admin, hours="-", day="2026-12-28", wish="closed", digest=digest)
    assert status == 400 and "there are no hours called -" in page


async def test_what_is_closed_by_hand_is_drawn_with_words(studio: Studio, admin: aiohttp.ClientSession) -> None:
    office = studio.office
    now = office.clock.now()

    def tell(scope: str, begin: float, until: float) -> None:
        at, end = now + timedelta(hours=begin), now + timedelta(hours=until)
        office._tell(ev.LineClosed(at=at, scope=scope, until=end.isoformat(), who="sue"))

    tell("department:billing", -47, -46)
    tell("department:reception", -24, -23)
    tell("line", -1, 24)
    await office.parts.journal.drain(20)

    page = await shown(admin)
    assert 'aria-label="18 November: open, 09:00–18:00; closed by hand: Billing 12:30–13:30"' in page
    assert "20 November, today: open, 09:00–18:00; closed by hand: the whole line 10:30–24:00" in page
    assert "21 November: closed as every week; closed by hand: the whole line 00:00–11:30" in page
    assert 'aria-label="19 November: open, 09:00–18:00"' in page, "Reception keeps other hours"
    assert "by sue, <a href" in page and "under way" in page
    always = await shown(admin, department="reception", day="2026-11-19")
    assert "closed by hand: Reception 11:30–12:30" in always
    assert "Billing 12:30" not in always
