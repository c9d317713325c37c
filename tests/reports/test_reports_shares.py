"""Sums that follow a few changed calls: only what changed is added, and what cannot be taken away is counted anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports import rollup, store
from reports.asking import Ask, Facts
from reports.model import CallRecord, Left, Stay
from reports.period import days_between
from reports.rules import Definition
from reports.shares import Sums, _changes, shares_of
from reports.sums import By, line_sums
from tests.fixtures.journal_of_calls import START
from tests.reports.town import ZONE

DAY = days_between(START.date(), START.date(), ZONE)
DEFINITION = Definition({"billing": 20.0})
KEY = (900, "billing")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(None, {"offered": 1, "longest_ms": 7}, [({"offered": 1, "longest_ms": 7}, False)], id="new"),
        pytest.param({"offered": 1, "longest_ms": 7}, None, [({"offered": -1, "longest_ms": 0}, True)], id="gone"),
        pytest.param({"offered": 1, "longest_ms": 7}, {"offered": 1, "longest_ms": 7}, [], id="the same"),
        pytest.param(
            {"offered": 1, "longest_ms": 7},
            {"offered": 1, "longest_ms": 9},
            [({"offered": 0, "longest_ms": 9}, False)],
            id="longer",
        ),
        pytest.param(
            {"offered": 1, "longest_ms": 9},
            {"offered": 2, "longest_ms": 7},
            [({"offered": 1, "longest_ms": 7}, True)],
            id="shorter",
        ),
    ],
)
def test_what_is_added(before: Sums | None, after: Sums | None, expected: list[tuple[Sums, bool]]) -> None:
    old, new = ({} if sums is None else {KEY: sums} for sums in (before, after))
    assert [(change, is_less) for _, change, is_less in _changes(old, new)] == expected


async def test_sums_of_a_call_that_waited_waits_longer_and_goes_elsewhere(db: Database) -> None:
    await rollup.keep_to(db, DEFINITION)
    other = _call("other", 30.0)
    first = _call("first", 50.0)
    moved = replace(first, stays=(replace(first.stays[0], department="sales", waited=10.0),))
    earlier = replace(first, offered_at=START - timedelta(hours=1))
    for call, expected in (
        (first, {("billing",): (2, 50_000)}),
        (replace(first, stays=(replace(first.stays[0], waited=5.0),)), {("billing",): (2, 30_000)}),
        (moved, {("billing",): (1, 30_000), ("sales",): (1, 10_000)}),
        (earlier, {("billing",): (2, 50_000)}),
    ):
        async with db.writing() as session:
            await store.put_records(session, [other, call], DEFINITION)
            assert await shares_of(session, ["first"], DEFINITION) is not None  # else all would be counted anew
        found = await Facts(db, JournalReads(db)).lines(Ask(DAY, DEFINITION, START), By.DEPARTMENT)
        assert {key: (line.offered, line.longest_ms) for key, line in found.items()} == expected


async def test_only_the_sums_that_are_asked_for(db: Database) -> None:
    await rollup.keep_to(db, DEFINITION)
    async with db.writing() as session:
        await store.put_records(session, [_call("a", 10.0), _call("b", 30.0)], DEFINITION)
    async with db.reading() as session:
        line = (await line_sums(session, DAY, DEFINITION, only=("offered", "within")))[()]
    assert (line.offered, line.within, line.answered, line.wait_ms) == (2, 1, 0, 0)


def _call(name: str, waited: float) -> CallRecord:
    return CallRecord(
        name, START, waited=waited, stays=(Stay("billing", START, Left.ANSWERED, waited, answered_by="alice"),)
    )
