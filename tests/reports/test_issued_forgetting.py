"""Issued reports that name somebody who is forgotten go whole, with their files; all others stay as they were.

However the name is written in them, and while they are made.
"""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.clock import ManualClock
from ledger.database import Database
from ledger.forgetting_words import Whom
from reports.document import Cell, Column, Table
from reports.issued import Order, State, Step, Summary
from reports.issued_document import pack
from reports.issued_forgetting import ForgetIssued, _holds
from reports.issued_making import Tell
from reports.issued_worker import summary
from tests.reports.forms.samples import FULL
from tests.reports.issued_house import MONDAY, broke, by_hand, house, site_of

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


ZOE = Whom(
    "erased abcdefghijkl",
    numbers=(ONA,),
    local=("61234567", "20261124"),
    names=('Živilė "Zoe" Žemaitė', "Živilė"),
    alone=('Živilė "Zoe" Žemaitė',),
    mails=("zoe@example.com",),
)


@pytest.mark.parametrize(
    ("said", "named"),
    [
        pytest.param(ONA, True, id="E.164"),
        pytest.param("861234567", True, id="as a file of a PBX has it"),
        pytest.param("0037061234567", True, id="as it is dialled from abroad"),
        pytest.param("612-34567", True, id="apart"),
        pytest.param('by Živilė "Zoe" Žemaitė', True, id="a name with quotes"),
        pytest.param('ŽIVILĖ "ZOE" ŽEMAITĖ', True, id="in capitals"),
        pytest.param("Zoe@Example.com", True, id="a mail address in capitals"),
        pytest.param("Živilė", False, id="a name that others have, too"),
        pytest.param("+370612345678", False, id="a longer number"),
        pytest.param("a\\b", False, id="nobody"),
    ],
)
def test_somebody_is_found_however_written(said: str, named: bool) -> None:
    """FULL has a day in it that reads as one of the numbers: times are nobody's."""
    sheet = Table("callers", "Callers", (Column("who", "Who"),), ((Cell(said),), (Cell("x" * 70_000),)))
    assert _holds(pack(replace(FULL, parts=(sheet,))), ZOE) is named


def test_what_cannot_be_read_may_name_anybody() -> None:
    assert _holds(pack(FULL)[:-40], ZOE)
    assert _holds(b"nothing packed", ZOE)
    assert _holds(gzip.compress(b"\xff"), ZOE)


async def test_a_report_that_was_being_made_meanwhile_is_made_anew(db: Database, tmp_path: Path) -> None:
    home = await house(db, tmp_path, ManualClock(MONDAY), lambda: site_of({}))
    forget, counted = ForgetIssued(db, home.issuing.spool, home.issuing.deliveries), Counted()
    drawn: list[str] = []

    async def make(order: Order, paper: Path, document: Path, tell: Tell) -> Summary:
        """Read, be told of the forgetting, and write what was read."""
        caller = ONA if not drawn else "erased"
        drawn.append(caller)
        if len(drawn) == 1:
            await forget.forget(ZOE, counted)
            await tell(Step.DRAWING, 0.6)  # it knows nothing of that yet
        await asyncio.to_thread(paper.write_bytes, caller.encode())
        await asyncio.to_thread(document.write_bytes, pack(replace(FULL, notes=(f"called from {caller}",))))
        return summary(FULL, order.form)

    home.desk.make = make  # type: ignore[method-assign]  # a maker of its own
    id_ = await home.issuing.order(by_hand())
    await home.work()
    one = await home.issuing.get(id_)
    assert (one.state, drawn, counted.counts) == (State.READY, [ONA, "erased"], {})
    assert await home.spool.read(one.file) == b"erased"
    assert await forget.count(ZOE) == 0
    assert len([path for path in (tmp_path / "spool").rglob("*") if path.is_file()]) == 2


async def test_one_that_failed_goes_with_what_it_was_asked_with(db: Database, tmp_path: Path) -> None:
    home = await house(db, tmp_path, ManualClock(MONDAY), lambda: site_of({}))
    home.desk.faults = [broke("it has no figures", final=True)]
    await home.issuing.order(by_hand(more={"number": "8 612 34567"}))
    await home.work()
    forget, counted = ForgetIssued(db, home.issuing.spool, home.issuing.deliveries), Counted()
    await forget.forget(ZOE, counted)
    assert (await home.all(), counted.counts) == ([], {"issued reports": 1})
