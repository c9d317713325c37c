"""Back-fill with a real Asterisk: we are killed in a conversation, and what we missed is in its own file."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from callrouter import events as ev
from ledger.database import Database
from ledger.journal_reads import JournalReads
from pbx.render import layout
from reports.imports.backfill import BackFill
from reports.records import Projection
from reports.rules import Definition
from tests.asterisk.house import SALES, tenant
from tests.reports.imports.files import records

pytestmark = pytest.mark.asterisk


async def test_what_went_on_while_we_were_dead_is_in_the_records(tmp_path: Path) -> None:
    async with tenant(tmp_path / "data") as home:
        ann, jonas = await home.operator("ann"), await home.caller()
        talking = await jonas.call(SALES)
        operator = await ann.incoming()
        await operator.answer()
        await talking.confirmed()
        answered = time.monotonic()
        await home.told(ev.CallAnswered, 1)
        await home.kill()
        await operator.hang_up()
        await talking.ended()
        talked = time.monotonic() - answered
        await home.start()
        (call,) = await home.told(ev.CallEnded, 1)
        await home.terminate()

        async with await Database.open(home.data / "switchroom.db") as db:
            journal = JournalReads(db)
            await Projection(journal, db, Definition).catch_up()
            before = (await records(db))[call]
            assert before.estimated
            told = await BackFill(db, journal, Definition, layout(home.data / "asterisk").channel_events).run()
            assert (told.faults, told.ours) == (0, 1)
            after = (await records(db))[call]
        assert (after.estimated, after.hung_up_first, after.answered_by) == (False, "agent", "ann")
        assert after.talked == pytest.approx(talked, abs=1.5)
        assert after.talked < before.talked
        assert after.stays == before.stays
