"""The reports' pages for tests: a month of a town in a real database, and accounts in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ledger.web.visit import Who
from reports.model import CallRecord
from reports.web.room import Directly, ReportsRoom
from server.accounts import Role
from server.web.report_feature import room_of
from tests.reports.town import CALLS, NOW, SITE, settle
from tests.reports.town_messages import settle_messages
from tests.server.web.office import PASSWORD, Office, open_office

#: Who sees all, who sees one department, who sees the own day only, and who sees nothing.
SUE, ALICE, BOB, NOBODY = (
    Who("sue", sees_all=True),
    Who("alice", "alice"),
    Who("bob", "bob"),
    Who("nobody"),
)


@dataclass
class ReportHouse:
    """The office, the reports' room in it, and the calls that are known."""

    office: Office
    room: ReportsRoom
    records: Sequence[CallRecord]


@asynccontextmanager
async def report_house(folder: Path, calls: int = CALLS) -> AsyncIterator[ReportHouse]:
    """Open it."""
    async with open_office(folder, site=SITE, start=NOW) as office:
        await office.hire()
        await office.accounts.add("bob", PASSWORD, Role.OPERATOR, person="bob")
        await office.accounts.add("nobody", PASSWORD, Role.OPERATOR)
        records = await settle(office.parts.database, calls)
        await settle_messages(office.parts.database)
        office.parts = replace(office.parts, report_maker=Directly)
        yield ReportHouse(office, room_of(office.parts, Directly), records)
