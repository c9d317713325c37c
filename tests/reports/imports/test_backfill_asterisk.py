"""Back-fill with a real Asterisk: we are killed in a conversation, and what we missed is in its own file."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callrouter import events as ev
from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports.derive import record_of
from reports.gap_reading import gaps_between
from reports.gaps import Why
from reports.model import CallRecord
from tests.asterisk.house import SALES, Tenant, tenant
from tests.reports.imports.files import records

pytestmark = pytest.mark.asterisk


async def filled(home: Tenant, call: str) -> CallRecord:
    """Return the record of a call when the server has filled its end: it does so by itself when it starts."""
    async with asyncio.timeout(30), await Database.open(home.data / "switchroom.db", migrate=False) as db:
        while True:
            found = await records(db)
            if call in found and found[call].ended_at is not None and not found[call].estimated:
                assert set(found) == {call}
                return found[call]
            await asyncio.sleep(0.1)


async def died(home: Tenant) -> tuple[datetime, datetime]:
    """Return the one gap there is: from the last that the dead server had written to its next start."""
    async with await Database.open(home.data / "switchroom.db", migrate=False) as db:
        found = await gaps_between(JournalReads(db), datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC))
    ((why, since, until),) = [(gap.why, gap.since, gap.until) for gap in found]
    assert why is Why.DIED
    assert since is not None
    assert until is not None
    return since, until


async def test_what_went_on_while_we_were_dead_is_in_the_records(tmp_path: Path) -> None:
    async with tenant(tmp_path / "data") as home:
        ann, jonas = await home.operator("ann"), await home.caller()
        talking = await jonas.call(SALES)
        operator = await ann.incoming()
        offered = time.monotonic()
        await operator.answer()
        await home.told(ev.CallAnswered, 1)
        talked = time.monotonic()
        await home.kill()
        at_least = time.monotonic() - talked
        await operator.hang_up()
        await talking.ended()
        at_most = time.monotonic() - offered
        await home.start()
        (call,) = await home.told(ev.CallEnded, 1)
        before = record_of((await home.stories())[call])
        assert before is not None
        assert before.estimated
        after = await filled(home, call)
        assert (after.estimated, after.hung_up_first, after.answered_by) == (False, "agent", "ann")
        assert after.filled == "cel"
        assert at_least - 0.1 < after.talked < at_most + 0.1
        assert after.talked < before.talked
        assert after.stays == before.stays
        since, until = await died(home)
        assert after.offered_at < since < until < after.offered_at + timedelta(hours=1)
