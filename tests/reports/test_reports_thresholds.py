"""Stored sums are all of the same thresholds, whoever writes: one that began before they were changed keeps to them."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports import rollup, store
from reports.asking import Ask, Facts
from reports.model import CallRecord, Left, Stay
from reports.period import days_between
from reports.recount import differences
from reports.rollup import _kept_to, _making
from reports.rules import Definition
from reports.sums import By
from tests.fixtures.journal_of_calls import START
from tests.reports.town import ZONE

DAY = days_between(START.date(), START.date(), ZONE)
OLD, NEW = Definition({"billing": 5.0}, short=2.0), Definition({"billing": 60.0})
MAKING_NEW = f"making 0011aabb {NEW.thresholds()}"


@pytest.fixture
async def house(migrated: Path, tmp_path: Path) -> AsyncIterator[Database]:
    shutil.copy(migrated, tmp_path / "a.db")
    async with await Database.open(str(tmp_path / "a.db")) as db:
        yield db


def call(name: str, at: datetime = START) -> CallRecord:
    """A call that was answered after 30 s: in time for the new thresholds, too late for the old ones."""
    return CallRecord(
        name, at, at + timedelta(seconds=90), answered_by="alice", answered_at=at + timedelta(seconds=30), waited=30.0,
        stays=(Stay("billing", at, Left.ANSWERED, 30.0, "alice"),),
    )  # fmt: skip


async def write(db: Database, records: list[CallRecord], definition: Definition | None) -> None:
    async with db.writing() as session:
        await store.put_records(session, records, definition)


def asked(definition: Definition) -> Ask:
    return Ask(DAY, definition, datetime(2026, 12, 1, tzinfo=UTC))


@pytest.mark.parametrize("many", [1, 600], ids=["few calls", "whole quarters"])
async def test_a_writer_with_older_thresholds_keeps_to_those_of_the_sums(house: Database, many: int) -> None:
    await write(house, [call(f"c{n}") for n in range(10)], None)
    await rollup.keep_to(house, NEW)
    await write(house, [replace(call(f"i{n}"), source="queue_log") for n in range(many)], OLD)
    facts, ask = Facts(house, JournalReads(house)), asked(NEW)
    line = (await facts.lines(ask, By.DEPARTMENT))["billing",]
    assert (line.answered, line.within) == (10 + many, 10 + many)
    assert await facts.count(ask, ask.behind("line_within", department="billing")) == 10 + many
    assert await differences(DAY, ask, facts) == []
    async with house.writing() as session:
        assert await store.remove_source(session, "queue_log", 1_000, OLD) == many
    assert (await facts.lines(ask, By.DEPARTMENT))["billing",].within == 10


async def test_two_who_make_the_sums_anew_at_once_do_not_mix_them(house: Database) -> None:
    await write(house, [call(f"c{n}", START - timedelta(days=n)) for n in range(12)], None)
    await asyncio.gather(rollup.keep_to(house, OLD), rollup.keep_to(house, NEW), rollup.keep_to(house, OLD))
    facts = Facts(house, JournalReads(house))
    for definition in (OLD, NEW):
        for period in (*DAY.days(), days_between(START.date() - timedelta(days=11), START.date(), ZONE)):
            assert await differences(period, replace(asked(definition), period=period), facts) == []
    while await rollup.keep_to(house, NEW):
        pass  # the other one's last run may have been at work
    assert await differences(DAY, asked(NEW), facts) == []


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        pytest.param("", OLD, id="made by nobody"),
        pytest.param(OLD.thresholds(), OLD, id="his own"),
        pytest.param(NEW.thresholds(), NEW, id="newer ones"),
        pytest.param(MAKING_NEW, NEW, id="being made by newer ones"),
        pytest.param("others", OLD, id="of another version"),
        pytest.param("short=1 else=3 billing=4", OLD, id="of a version with another target"),
    ],
)
def test_whom_a_writer_keeps_to(mark: str, expected: Definition) -> None:
    assert _kept_to(mark, OLD) == expected


def test_a_killed_run_is_joined_and_another_one_is_not() -> None:
    assert _making(MAKING_NEW, NEW.thresholds()) == MAKING_NEW
    ours = _making(MAKING_NEW, OLD.thresholds())
    assert ours != _making("", OLD.thresholds())
    assert _making(ours, OLD.thresholds()) == ours
