"""What issues reports, put together as the server does: its runner makes them, and the post room knows who writes."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from ledger.clock import SystemClock
from ledger.database import Database
from ledger.journal_reads import JournalReads
from ledger.spool import Spool
from reports.issued import KIND, TOPIC, Order, State
from reports.issued_worker import NotSettled, caught_up
from reports.period import days_between
from reports.records import Projection
from reports.rules import Definition
from reports.spans_projection import Projection as SpansProjection
from server.postroom import postroom
from server.report_post import issuing_reports
from tests.fixtures.journal_of_calls import answered_call, store
from tests.reports.issued_house import Desk, daily, site_of


async def test_the_server_makes_what_is_ordered(migrated: Path, tmp_path: Path) -> None:
    site, clock = site_of({"boss": daily()}), SystemClock()
    today = clock.now().astimezone(site.company.zone).date()
    await asyncio.to_thread(shutil.copy, migrated, tmp_path / "issued.db")
    async with await Database.open(tmp_path / "issued.db", migrate=False) as db:
        spool, post, desk = await Spool.open(tmp_path / "spool"), postroom(site, db, clock), Desk()
        async with issuing_reports(lambda: site, db, spool, clock, post, maker=desk) as issuing:
            assert KIND in post.composers
            period = days_between(today, today, site.company.zone)
            with db.wakeups.listening(TOPIC) as news:
                id_ = await issuing.order(Order("day", period, "pdf", Definition(), by="sue"))
                async with asyncio.timeout(20):
                    while (await issuing.get(id_)).state is State.MAKING:
                        await news.wait()
                        news.clear()
            assert (await issuing.get(id_)).state is State.READY


async def test_no_report_is_made_of_records_that_are_behind(migrated: Path, tmp_path: Path) -> None:
    await asyncio.to_thread(shutil.copy, migrated, tmp_path / "behind.db")
    async with await Database.open(tmp_path / "behind.db", migrate=False) as db:
        journal = JournalReads(db)
        await caught_up(journal, 20.0)
        await store(db, answered_call("c-1"))
        with pytest.raises(NotSettled):
            await caught_up(journal, 0.05)
        await Projection(journal, db, Definition).catch_up()
        await SpansProjection(journal, db).catch_up()
        await caught_up(journal, 20.0)
