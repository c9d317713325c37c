"""Channel events: what a real Asterisk 22.10 wrote of calls, and the gaps of our journal filled with it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callrouter import events as ev
from callrouter.events import Outcome, Party
from ledger.clock import ManualClock
from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports.gaps import Gap, Why
from reports.imports.backfill import LONGEST_CALL, BackFill, throw_away, windows_of
from reports.imports.cel import Cel
from reports.imports.joining import Known, twin_of
from reports.imports.model import Parsed
from reports.imports.store import Contact, SourceRow, put_source
from reports.imports.writing import fill, settle, write
from reports.model import CallRecord, Unknown
from reports.records import Projection
from reports.rules import Definition
from tests.fixtures.journal_of_calls import store as journal
from tests.reports.imports.files import records

BRIDGE = '"{""bridge_id"":""563aee12"",""bridge_technology"":""simple_bridge""}"'


def hangup(source: str) -> str:
    return f'"{{""hangupcause"":16,""hangupsource"":""{source}"",""dialstatus"":""ANSWER""}}"'


CALLER = '"+37060000001","Jonas","{}","{}","PJSIP/trunk-00000003","1795358915.5","1795358915.5",'
AGENT = '"201","Ann Other","s","switchroom-phones","PJSIP/ann-00000004","1795358915.6","1795358915.5",'
CAME_IN = f'"CHAN_START",1795358915.052921,{CALLER.format("+37052110001", "switchroom-trunk")}""'
IN_AGI = CALLER.format("inbound", "switchroom-entry")
ANSWERED = [
    CAME_IN,
    f'"ANSWER",1795358915.067215,{IN_AGI}""',
    f'"CHAN_START",1795358915.160097,{AGENT}""',
    f'"ANSWER",1795358915.247744,{AGENT}""',
    f'"BRIDGE_ENTER",1795358915.251319,{AGENT}{BRIDGE}',
    f'"BRIDGE_ENTER",1795358915.251456,{IN_AGI}{BRIDGE}',
    f'"BRIDGE_EXIT",1795358976.296296,{AGENT}{BRIDGE}',
    f'"BRIDGE_EXIT",1795358976.296424,{IN_AGI}{BRIDGE}',
    f'"HANGUP",1795358976.296585,{AGENT}{hangup("PJSIP/ann-00000004")}',
    f'"HANGUP",1795358976.301384,{IN_AGI}{hangup("PJSIP/ann-00000004")}',
    f'"LINKEDID_END",1795358976.301384,{IN_AGI}""',
]
GAVE_UP = [CAME_IN, f'"HANGUP",1795358916.5,{IN_AGI}{hangup("PJSIP/trunk-00000003")}']
BEGAN = datetime.fromtimestamp(1795358915, UTC) + timedelta(microseconds=52921)


def record(lines: list[str]) -> CallRecord | None:
    parsed = [Cel().parse(number, line) for number, line in enumerate(lines, 1)]
    assert not any(one.fault for one in parsed)
    kept = [one.entry for one in parsed if one.entry is not None]
    assert {entry.key for entry in kept} == {"1795358915.5"}
    return Cel().record("cel:1795358915.5", "cel", [entry.text for entry in reversed(kept)])


def known(lines: list[str]) -> CallRecord:
    found = record(lines)
    assert found is not None
    return found


def test_an_answered_call() -> None:
    call = known(ANSWERED)
    assert (call.did, call.ani, call.ani_name) == ("+37052110001", "+37060000001", "Jonas")
    assert (call.outcome, call.answered_by, call.hung_up_first) == (Outcome.ANSWERED, "ann", Party.AGENT)
    assert (call.offered_at, call.talked) == (BEGAN, 61.045)
    assert {Unknown.MENUS, Unknown.LINES, Unknown.WAIT} <= call.unknown
    assert Unknown.TALK not in call.unknown


@pytest.mark.parametrize(
    ("lines", "outcome", "first", "gave_up"),
    [
        pytest.param(GAVE_UP, Outcome.ABANDONED, Party.CALLER, "menu", id="gave up"),
        pytest.param(
            [*GAVE_UP, ANSWERED[2].replace("915.160097", "916.1")], Outcome.ABANDONED, Party.CALLER, "ringing",
            id="gave up while a phone rang",
        ),
        pytest.param(
            [CAME_IN, f'"HANGUP",1795358916.5,{IN_AGI}{hangup("dialplan/builtin")}'], Outcome.FAILED, Party.US, "",
            id="the survival path had nobody",
        ),
        pytest.param([CAME_IN], None, Party.UNKNOWN, "", id="goes on"),
        pytest.param(ANSWERED[:6], None, Party.UNKNOWN, "", id="the conversation goes on"),
    ],
)  # fmt: skip
def test_how_a_call_ended(lines: list[str], outcome: Outcome | None, first: Party, gave_up: str) -> None:
    call = known(lines)
    assert (call.outcome, call.hung_up_first, call.abandoned_in) == (outcome, first, gave_up)
    assert (call.ended_at is None) == (outcome is None)


def test_a_hold_does_not_part_a_conversation() -> None:
    again = [
        f'"BRIDGE_EXIT",1795358930.0,{IN_AGI}{BRIDGE}',
        f'"BRIDGE_ENTER",1795358940.0,{IN_AGI}{BRIDGE}',
    ]
    assert [talk.talked for talk in known([*ANSWERED, *again]).talks] == [61.045]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(ANSWERED[2].replace("1795358915.5", "1795358915.9"), id="a phone's own call"),
        pytest.param(CAME_IN.replace("switchroom-trunk", "switchroom-phones"), id="from inside"),
    ],
)
def test_only_customers_calls_are_contacts(line: str) -> None:
    parsed = Cel().parse(1, line)
    assert parsed.entry is not None
    assert Cel().record("cel:1", "cel", [parsed.entry.text]) is None


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_text_makes_it_raise(text: str) -> None:
    assert isinstance(Cel().parse(1, text), Parsed)
    assert isinstance(Cel().parse(1, CAME_IN + text), Parsed)


@pytest.fixture
async def data(migrated: Path, tmp_path: Path) -> AsyncIterator[Database]:
    path = tmp_path / "backfill.db"
    shutil.copy(migrated, path)
    async with await Database.open(path, migrate=False) as database:
        yield database


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


CALL = "1795358915-5"
#: We were killed in the conversation, and were there again ten minutes later.
TOLD = [
    ev.ServerStarted(at=at(-600), site="acme"),
    ev.CallOffered(at=at(0), call=CALL, did="+37052110001", ani="+37060000001"),
    ev.CallQueued(at=at(0.05), call=CALL, department="sales", position=1),
    ev.CallAnswered(at=at(0.2), call=CALL, agent="ann", department="sales", waited=0.15),
    ev.ServerStarted(at=at(600), site="acme"),
    ev.CallReleased(at=at(601), call=CALL, agent="ann", department="sales", talked=600.8),
    ev.CallEnded(at=at(601), call=CALL, outcome="answered", estimated=True),
]


async def test_a_gap_is_filled(data: Database, tmp_path: Path) -> None:
    await journal(data, TOLD)
    await Projection(JournalReads(data), data, Definition).catch_up()
    derived = (await records(data))[CALL]
    missed = [line.replace("1795358915", "1795359000") for line in GAVE_UP]
    long_before = [line.replace("1795358915", "1795258915") for line in ANSWERED]
    file = tmp_path / "calls.csv"
    file.write_text("\n".join([*long_before, *ANSWERED, *missed]) + "\n")
    back_fill = BackFill(data, JournalReads(data), Definition, file, ManualClock(at(3600)))
    told = await back_fill.run()
    assert (told.faults, told.ours, told.contacts) == (0, 1, 1)
    found = await records(data)
    assert set(found) == {CALL, "cel:1795359000.5"}  # what is in no gap is not taken, for the journal knows it
    filled = found[CALL]
    assert (filled.talked, filled.estimated, filled.hung_up_first) == (61.045, False, Party.AGENT)
    assert filled.ended_at == at(61.248463)
    assert filled.stays[0].department == "sales"
    assert found["cel:1795359000.5"].outcome is Outcome.ABANDONED
    await back_fill.run()
    assert await records(data) == found
    async with data.reading() as session:  # as whoever makes our records anew does
        assert await fill(session, [derived]) == [filled]


async def test_a_call_that_the_file_told_of_first_is_one_call(data: Database, tmp_path: Path) -> None:
    await journal(data, TOLD)
    file = tmp_path / "calls.csv"
    file.write_text("\n".join(ANSWERED) + "\n")
    back_fill = BackFill(data, JournalReads(data), Definition, file, ManualClock(at(3600)))
    assert (await back_fill.run()).contacts == 1
    assert set(await records(data)) == {"cel:1795358915.5"}  # nobody has read the journal to here yet
    reader = Projection(JournalReads(data), data, Definition)
    await reader.catch_up()
    first = await records(data)
    assert [(call, one.talked, one.estimated) for call, one in first.items()] == [(CALL, 61.045, False)]
    await back_fill.run()
    await reader.rebuild(at(-600), at(600))
    assert await records(data) == first


async def test_a_call_that_the_journal_tells_of_while_the_file_is_read_is_one_call(data: Database) -> None:
    await journal(data, TOLD)
    telling = Contact("cel:1795358915.5", "cel", twin_of("", "1795358915.5"), "", False, tuple(ANSWERED))
    sources = {"cel": Known("cel", Cel(), at(600))}
    async with data.writing() as session:
        await put_source(session, SourceRow("cel", "cel", "", {}, None, at(600), at(3600)))
    settled = await settle(data, {telling.contact: telling}, sources, {telling.twin}, at_end=False)
    await Projection(JournalReads(data), data, Definition).catch_up()
    async with data.writing() as session:
        await write(session, settled, sources, Definition())
    assert [(call, one.talked, one.estimated) for call, one in (await records(data)).items()] == [(CALL, 61.045, False)]


async def test_without_a_gap_or_a_file_nothing_is_taken(data: Database, tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    back_fill = BackFill(data, JournalReads(data), Definition, file, ManualClock(at(3600)))
    assert (await back_fill.run()).lines == 0
    file.write_text("\n".join(ANSWERED) + "\n")
    assert (await back_fill.run()).lines == 0
    assert not await records(data)


async def test_the_file_is_put_aside_before_it_holds_more_than_is_needed(data: Database, tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text("\n".join(ANSWERED) + "\n")
    young, old = (
        BackFill(data, JournalReads(data), Definition, file, ManualClock(BEGAN + LONGEST_CALL + timedelta(minutes=n)))
        for n in (-1, 1)
    )
    await young.look()
    assert file.exists()
    await old.look()
    assert not await old.put_aside()
    assert not file.exists()
    await journal(data, TOLD)
    await Projection(JournalReads(data), data, Definition).catch_up()
    assert (await old.run()).ours == 1  # what was put aside is still read
    await throw_away(file)
    assert not any(path.name.startswith("calls") for path in await asyncio.to_thread(lambda: list(tmp_path.iterdir())))


def test_a_gap_without_a_beginning_reaches_back_by_the_longest_call() -> None:
    gap = Gap(Why.DIED, None, at(0))
    assert windows_of([gap, replace(gap, until=None)], at(60)) == [
        (at(0) - LONGEST_CALL, at(0) + LONGEST_CALL),
        (at(60) - LONGEST_CALL, at(60) + LONGEST_CALL),
    ]
