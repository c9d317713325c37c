"""One thing in the drop folder that nobody thought of keeps none of the others waiting, and no call from its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callrouter import events as ev
from callrouter import recovery
from callrouter.chronicle import Chronicle
from ivr.attendant.report import Report
from ledger.clock import ManualClock
from ledger.entry import StoredEntry
from ledger.journal import Journal
from ledger.journal_reads import JournalReads
from tests.callrouter.recovery_house import AT, CALL, UNIQUEID, House, open_house

OTHER = "1795309200.43"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as home:
        yield home


class Odd(JournalReads):
    """A journal in which nobody can read one call."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal._db)

    async def of_call(self, call: str, limit: int = 0) -> list[StoredEntry]:
        if call == CALL:
            raise ZeroDivisionError
        return []


def report(uniqueid: str) -> Report:
    return Report(uniqueid=uniqueid, did="+37052000000", ani="+37060000001", began=AT, ended=AT, outcome="abandoned")


async def test_the_others_are_taken(house: House) -> None:
    for uniqueid in (UNIQUEID, OTHER):
        house.leave(report(uniqueid))
    assert await (await house.process(reads=Odd(house.journal))).take_reports() == 1
    assert len(list(house.drop.iterdir())) == 1  # it stays, and is tried again
    assert await (await house.process()).take_reports() == 1


async def test_the_call_ends_all_the_same(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "REPORT_GRACE", 0.0)
    offered = ev.CallOffered(at=ManualClock().now(), call=CALL, uniqueid=UNIQUEID, did="", ani="")
    await Chronicle(house.journal).tell(offered)
    process = await house.process(reads=Odd(house.journal))
    house.drop.write_bytes(b"")  # no folder
    process.take_up(list(process._chronicle.calls.values()))
    for task in list(process._tasks):
        await task
    assert await house.journaled() == ["call_offered", "call_ended"]
