"""What the pages read and keep by themselves, on both databases: lists with filters, their files, their names."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ledger.clock import ManualClock
from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports import store
from reports.asking import Ask, Facts
from reports.model import Unknown
from reports.period import days_between
from reports.selection import Selection
from reports.web.call_file_store import each_batch, each_batch_behind
from reports.web.call_list_store import Narrowed
from reports.web.call_rows import Place
from reports.web.filters import MOST, Filters, NoFilter
from reports.web.listing import Behind, Listed, Listing
from tests.reports.town import DEFINITION, FIRST, LAST, NOW, ZONE, month

LISTS = (
    Narrowed(),
    Narrowed(outcome="answered"),
    Narrowed(department="billing", least_wait=20),
    Narrowed(person="bob", least_talk=60),
    Narrowed(number="3706", did="52000000"),
    Narrowed(number="%_"),
)


async def paged(listing: Listing, limit: int) -> list[str]:
    after: Place | None = None
    found: list[str] = []
    while True:
        page = await listing.page(after, limit)
        found += [record.call for _, record in page]
        if len(page) < limit:
            return found
        after = page[-1][0]


async def test_a_list_its_count_and_its_file_agree(db: Database) -> None:
    records = month(90)
    async with db.writing() as session:
        await store.put_records(session, records, None)
    ask = Ask(days_between(FIRST, LAST, ZONE), DEFINITION, NOW)
    facts = Facts(db, JournalReads(db))
    for narrowed in LISTS:
        listing = Listed(facts, ask, narrowed)
        calls = await paged(listing, 7)
        rows = [row async for batch in each_batch(db, ask, narrowed, at_once=11) for row in batch]
        assert [row[0] for row in rows] == calls, narrowed
        assert await listing.count() == len(calls), narrowed
    whole = {row[0]: row async for batch in each_batch(db, ask, Narrowed()) for row in batch}
    assert len(whole) == len(records)
    for record in records:
        assert (whole[record.call][5] or "").split() == [stay.department for stay in record.stays]
        assert (whole[record.call][10] or "").split() == [talk.agent for talk in record.talks]


@pytest.mark.parametrize(
    "narrowing",
    [
        pytest.param({"count": "offered"}, id="contacts"),
        pytest.param({"count": "stays_offered"}, id="stays in all lines"),
        pytest.param({"count": "line_answered", "department": "billing"}, id="stays in one line"),
        pytest.param({"count": "talks", "hour": 10}, id="conversations of an hour"),
        pytest.param({"count": "menu_visits", "menu": "main"}, id="visits of a menu"),
    ],
)
async def test_the_file_of_the_calls_behind_a_figure_is_its_list(db: Database, narrowing: dict[str, Any]) -> None:
    async with db.writing() as session:
        await store.put_records(session, month(90), None)
    period = days_between(FIRST, LAST, ZONE)
    ask = Ask(period, DEFINITION, NOW)
    selection = Selection(start=period.start, end=period.end, **narrowing)
    listed, after = [], None
    listing = Behind(Facts(db, JournalReads(db)), ask, selection)
    while page := await listing.page(after, 7):
        listed += page
        after = page[-1][0]
    rows = [row async for batch in each_batch_behind(db, ask, selection, at_once=11) for row in batch]
    assert len(rows) == len(listed) == await listing.count() > 3
    for row, ((second, call, _), record) in zip(rows, listed, strict=True):
        assert row[:5] == (call, second * 1000, record.ani_name, record.ani, record.did)
        assert (row[5] or "").split() == [stay.department for stay in record.stays]
        assert row[6] == (None if Unknown.WAIT in record.unknown else pytest.approx(record.waited, abs=0.001))
        assert row[7] == (None if Unknown.TALK in record.unknown else pytest.approx(record.talked, abs=0.001))
        assert row[8] == (None if record.outcome is None else str(record.outcome))
        assert (row[10] or "").split() == [talk.agent for talk in record.talks]


async def test_lists_are_kept_by_name(db: Database) -> None:
    clock = ManualClock(NOW)
    filters = Filters(db, clock)
    await filters.keep("sue", " Long  waits ", "?wait=60")
    clock.advance(timedelta(minutes=1).total_seconds())
    await filters.keep("sue", "Long waits", "?wait=90")
    await filters.keep("sue", "abandoned", "?outcome=abandoned")
    assert [(one.name, one.query) for one in await filters.of("sue")] == [
        ("abandoned", "?outcome=abandoned"),
        ("Long waits", "?wait=90"),
    ]
    assert await filters.of("bob") == []
    assert not await filters.remove("bob", "abandoned")
    assert await filters.remove("sue", "abandoned") and not await filters.remove("sue", "abandoned")
    for n in range(MOST - 1):
        await filters.keep("sue", f"list {n}", "")
    with pytest.raises(NoFilter, match="remove one first"):
        await filters.keep("sue", "one more", "")
    await filters.keep("sue", "Long waits", "")
