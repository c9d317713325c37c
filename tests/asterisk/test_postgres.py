"""The whole server on PostgreSQL instead of SQLite."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from callrouter.calls import fold
from crm_bridge.jobs import Projection as Customers
from reports.records import Projection as Records
from reports.rules import Definition
from tests.asterisk.house import SALES, SITE, house
from tests.asterisk.talking import joined
from tests.ledger.postgres import server

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres]


async def test_a_call_is_served_and_its_record_and_customer_are_there(tmp_path: Path) -> None:
    url = server().new_database()
    site = tmp_path / "site"
    shutil.copytree(SITE, site)
    (site / "database.yaml").write_text(f'database: "{url}"\n')
    async with house(tmp_path / "data", site) as home:
        ann = await home.operator("ann")
        call = await home.call(SALES)
        ringing = await ann.incoming()
        await ringing.answer()
        await joined(call, ringing)
        await call.hang_up()
        end = await home.watch.ended()
        record = fold(await home.story(end.call))
        assert record is not None
        assert (record.outcome, record.answered_by) == ("answered", "ann")
        database, journal = home.switchroom.database, home.switchroom.journal
        assert not database.is_sqlite
        await Records(journal, database, Definition).catch_up()
        await Customers(journal, database, "LT").catch_up()
        async with database.reading() as session:
            outcome = (await session.execute(sa.text("select outcome from reports_calls"))).scalar_one()
            customers = (await session.execute(sa.text("select count(*) from crm_customers"))).scalar_one()
        assert (outcome, customers) == ("answered", 1)
    server().drop_database(url)
