"""Issued reports that name somebody who is forgotten go whole, with their files; all others stay as they were."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from ledger.clock import ManualClock
from ledger.database import Database
from ledger.forgetting_words import Whom
from reports.issued import State
from reports.issued_document import pack
from reports.issued_forgetting import ForgetIssued
from tests.reports.forms.samples import FULL
from tests.reports.issued_house import house, site_of
from tests.reports.test_issued_reports import MONDAY, by_hand

ONA = "+37061234567"


class Counted:
    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    async def add(self, _: AsyncSession, what: str, count: int) -> None:
        self.counts[what] = self.counts.get(what, 0) + count


async def test_a_report_that_names_somebody_goes_and_others_stay(db: Database, tmp_path: Path) -> None:
    home = await house(db, tmp_path, ManualClock(MONDAY), lambda: site_of({}))
    hers, other = await home.issuing.order(by_hand("sue")), await home.issuing.order(by_hand("bob"))
    await home.work()
    about_her = replace(await home.issuing.get(hers))
    assert about_her.state is State.READY
    async with home.issuing.spool.create(name=about_her.document) as writer:
        await writer.write(pack(replace(FULL, notes=(f"somebody called from {ONA}",))))
    whom = Whom("erased abcdefghijkl", numbers=(ONA,), local=("61234567",))
    forget, counted = ForgetIssued(db, home.issuing.spool, home.issuing.deliveries), Counted()

    assert await forget.count(whom) == 1
    await forget.forget(whom, counted)

    assert counted.counts == {"issued reports": 1}
    assert [one.id for one in await home.all()] == [other]
    assert not await home.issuing.spool.exists(about_her.file)
    assert not await home.issuing.spool.exists(about_her.document)
    assert await forget.count(whom) == 0
