"""Pages of a day with a gap: its marks and lines, and that the end of a call was filled in from Asterisk's own file."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest
import pytest_asyncio

from callrouter import events as ev
from ledger.journal_reads import JournalReads
from reports import store
from reports.records import Projection
from tests.fixtures.journal_of_calls import store as put
from tests.reports.town import DEFINITION, NOW
from tests.reports.web.report_house import ReportHouse

pytestmark = pytest.mark.asyncio(loop_scope="module")

TODAY = "from=2026-10-31&to=2026-10-31"
BEHIND = "count=filled&from=2026-10-31T00:00:00%2B03:00&to=2026-11-01T00:00:00%2B02:00"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def call(house: ReportHouse) -> AsyncIterator[str]:
    """A call of today whose end was filled in, after a link that was lost."""
    database = house.office.parts.database
    call = await house.office.whole_call("Ona")
    await Projection(JournalReads(database), database, lambda: DEFINITION).catch_up()
    since, until = NOW - timedelta(hours=3), NOW - timedelta(hours=2, minutes=40)
    await put(database, [ev.LinkLost(at=until, since=since.isoformat(), until=until.isoformat())])
    async with database.writing() as session:
        record = await store.find_record(session, call)
        assert record is not None
        await store.put_records(session, [replace(record, filled="cel")], DEFINITION)
    yield call


async def got(session: aiohttp.ClientSession, path: str) -> str:
    async with session.get(path) as response:
        assert response.status == 200, path
        return await response.text()


async def test_a_report_says_it_and_marks_its_figures(call: str, by_sue: aiohttp.ClientSession) -> None:
    page = await got(by_sue, f"/reports/day?{TODAY}")
    assert "The link to Asterisk was lost from 2026-10-31 13:00:00 until 13:20:00: figures of that time" in page
    assert "We did not see the end of 1 call: it was filled in from Asterisk&#39;s own file" in page
    # Who does not see the title of a mark is told it.
    assert '<span class="mark" role="img" title="lies over a gap in what was seen: calls may be missing' in page
    assert 'aria-label="lies over a gap in what was seen: calls may be missing from it">*</span>' in page
    before = await got(by_sue, "/reports/day?from=2026-10-30&to=2026-10-30")
    assert "lies over a gap" not in before
    assert "was filled in" not in before


async def test_who_may_see_one_department_is_told_of_its_calls(call: str, by_alice: aiohttp.ClientSession) -> None:
    assert "We did not see the end of 1 call" in await got(by_alice, f"/reports/day?{TODAY}")


async def test_the_call_says_it_in_lists(call: str, by_sue: aiohttp.ClientSession) -> None:
    page = await got(by_sue, f"/reports/calls?{BEHIND}")
    assert "Calls whose end was filled in from Asterisk&#39;s own file" in page
    assert page.count('<span class="sub">Its end was filled in from Asterisk&#39;s own file</span>') == 1
    (row,) = csv.DictReader((await got(by_sue, f"/reports/calls.csv?{BEHIND}")).splitlines())
    assert (row["call"], row["filled"]) == (call, "cel")
    async with by_sue.get(f"/api/v1/reports/day/calls?{BEHIND}") as response:
        assert [one["filled"] for one in (await response.json())["calls"]] == ["cel"]


async def test_the_call_says_it_among_those_of_its_day(call: str, by_sue: aiohttp.ClientSession) -> None:
    page = await got(by_sue, "/calls")
    assert f'id="call-{call}"' in page
    assert page.count('<span class="sub">Its end was filled in from Asterisk\'s own file</span>') == 1


async def test_the_story_of_the_call_says_it(call: str, house: ReportHouse, by_sue: aiohttp.ClientSession) -> None:
    page = await got(by_sue, f"/calls/{call}")
    assert (
        "We did not see the end of this call: its end was filled in from Asterisk&#39;s own file. It ended at" in page
    )
    other = await house.office.whole_call("Jonas")
    assert "filled in" not in await got(by_sue, f"/calls/{other}")
