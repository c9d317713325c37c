"""Importing files into the records: whole, cut, longer, twice, packed, damaged, beside our own journal, and undone."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from callrouter.events import Outcome
from ledger.database import Database
from ledger.forgetting_words import Whom, new_pseudonym
from reports import spans_store, store, tables
from reports.imports import forgetting, importing, pieces, writing
from reports.imports import store as imports_store
from reports.imports.formats import Options
from reports.imports.listing import MOST
from reports.imports.model import ImportRefused, Kind, Source
from reports.imports.undoing import forget
from reports.model import CallRecord, Left
from reports.rules import Definition
from tests.reports.imports.files import CDR, QUEUE_LOG, ZONE, T, call, cdr_row, log_of, records, take, write

#: Without shrinking: each example is files on a disk.
QUICK = (Phase.explicit, Phase.generate)


@pytest.fixture
async def data(migrated: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database; SQLite, for what the tests on both databases have shown."""
    path = tmp_path / "imports.db"
    shutil.copy(migrated, path)
    async with await Database.open(path, migrate=False) as database:
        yield database


async def test_a_queue_log_becomes_records_with_their_sums(db: Database, tmp_path: Path) -> None:
    shift = [f"{T}|NONE|support|alice|ADDMEMBER|", f"{T + 3600}|NONE|support|alice|REMOVEMEMBER|"]
    told = await take(db, write(tmp_path / "queue_log", [*log_of(9), *shift]))
    found = await records(db)
    assert (told.lines, told.contacts, told.faults, told.moments) == (26, 9, 0, 2)
    assert (told.first_at, told.last_at) == (datetime.fromtimestamp(T, UTC), datetime.fromtimestamp(T + 3600, UTC))
    assert {record.source for record in found.values()} == {"queue_log"}
    assert [record.outcome for record in found.values()].count(Outcome.ABANDONED) == 3
    async with db.reading() as session:
        assert await session.scalar(sa.select(sa.func.sum(tables.quarter_calls.c.offered))) == 9
        (span,) = await spans_store.list_spans(session, 0, 10**16)
        assert (span.agent, span.since, span.until) == ("alice", T * 10**6, (T + 3600) * 10**6)


async def test_the_same_file_twice_changes_nothing(data: Database, tmp_path: Path) -> None:
    path = write(tmp_path / "queue_log", log_of(6))
    await take(data, path)
    before = await records(data)
    again = await take(data, path)
    assert (again.lines, again.known_lines, again.contacts) == (0, 16, 0)
    copy = await take(data, write(tmp_path / "copy", ["", *log_of(6)]))  # another beginning: read anew
    assert (copy.lines, copy.contacts) == (17, 0)
    assert await records(data) == before


async def test_a_file_that_has_grown_is_read_on_from_where_it_was(data: Database, tmp_path: Path) -> None:
    lines = log_of(40)
    path = write(tmp_path / "queue_log", lines[:60])
    await take(data, path)
    write(path, lines)
    grown = await take(data, path)
    assert (grown.known_lines, grown.lines) == (60, len(lines) - 60)
    assert len(await records(data)) == 40
    path.write_text("\n".join(line.replace("support", "sales__") for line in lines) + "\n")
    other = await take(data, path)  # another file of that name: nothing of it is skipped
    assert other.known_lines == 0


@pytest.mark.parametrize("name", ["queue_log.1.gz", "queue_log"])
async def test_a_line_without_an_end_waits_for_the_rest(data: Database, tmp_path: Path, name: str) -> None:
    lines = log_of(1)
    told = await take(data, write(tmp_path / name, lines, ended=False))
    packed = name.endswith(".gz")
    assert told.faults == (0 if packed else 1)
    assert (await records(data))[f"queue_log:{T}.0"].ended_at is not None or not packed
    if not packed:
        await take(data, write(tmp_path / name, lines))
    assert (await records(data))[f"queue_log:{T}.0"].outcome is Outcome.ANSWERED


@settings(max_examples=3, deadline=None, phases=QUICK, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 33), first=st.booleans(), chance=st.randoms(use_true_random=False))
async def test_any_cut_in_two_files_is_one_file(
    data: Database, tmp_path: Path, cut: int, first: bool, chance: random.Random
) -> None:
    lines = [*log_of(12), f"{T + 90_000}|{T + 89_999}.99|support|NONE|ENTERQUEUE||+37060000099|1"]
    example = uuid4().hex  # one database for all of them
    whole, parts = Source(Kind.QUEUE_LOG, f"whole-{example}"), Source(Kind.QUEUE_LOG, f"parts-{example}")
    halves = [lines[:cut], lines[cut:]]
    for half in halves:
        chance.shuffle(half)
    await take(data, write(tmp_path / "whole", ["", *lines]), whole)
    for number, half in enumerate(halves if first else halves[::-1]):
        await take(data, write(tmp_path / f"part{number}", ["", *half]), parts)
    by_source: dict[str, list[CallRecord]] = {whole.name: [], parts.name: []}
    for record in (await records(data)).values():
        if record.source in by_source:
            by_source[record.source].append(replace(record, call=record.call.partition(":")[2], source=""))
    assert len(by_source[whole.name]) == 13
    assert by_source[parts.name] == by_source[whole.name]


async def test_a_contact_is_not_written_before_it_is_over(
    data: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "LINES", 1)
    seen: list[int] = []
    real = writing.write

    async def write_and_look(*arguments: object) -> None:
        await real(*arguments)  # type: ignore[arg-type]
        seen.append(len(arguments[1].records))  # type: ignore[attr-defined]

    monkeypatch.setattr(writing, "write", write_and_look)
    await take(data, write(tmp_path / "queue_log", call(0)))
    assert seen == [0, 0, 1]


async def test_a_cancelled_import_goes_on(data: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "LINES", 10)
    path = write(tmp_path / "queue_log", log_of(30))
    importer = importing.Importer(data, Definition())
    reached = asyncio.Event()
    work = asyncio.create_task(
        importer.take(path, QUEUE_LOG, Options(ZONE), tmp_path / "list", show=lambda done, told: reached.set())
    )
    async with asyncio.timeout(20):
        await reached.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    rest = await importer.take(path, QUEUE_LOG, Options(ZONE), tmp_path / "list")
    assert rest.known_lines > 0
    assert rest.known_lines + rest.lines == 80
    assert len(await records(data)) == 30


DAMAGED = [
    pytest.param(b"nonsense", "5 fields", id="nonsense"),
    pytest.param(b"x" * 10_000_000, "longer than any line", id="a line of 10 MB"),
    pytest.param(b"\xff\xfe\x00|\x00", "5 fields", id="UTF-16"),
    pytest.param(f"{T}|1.1|q|NONE".encode(), "5 fields", id="cut off"),
]


@pytest.mark.parametrize(("damage", "why"), DAMAGED)
async def test_damaged_lines_are_listed_and_the_rest_is_taken(
    data: Database, tmp_path: Path, damage: bytes, why: str
) -> None:
    before, after = ("\n".join(call(n)).encode() for n in (0, 1))
    path = tmp_path / "queue_log"
    path.write_bytes(before + b"\n" + damage + b"\n" + after + b"\n")
    told = await take(data, path)
    assert (told.lines, told.faults, told.first_faults[0].line) == (7, 1, 4)
    assert why in told.first_faults[0].why
    assert len(await records(data)) == 2
    listed = path.with_suffix(".list").read_text()
    assert listed.startswith("4: ")
    assert len(listed) < 500
    assert path.with_suffix(".list").stat().st_mode & 0o077 == 0


async def test_nul_bytes_of_a_power_cut_do_not_spoil_the_line_behind_them(data: Database, tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    path.write_bytes(b"\0" * 4000 + "\r\n".join(call(0)).encode() + b"\r\n")
    told = await take(data, path)
    assert told.faults == 1
    assert "NUL" in told.first_faults[0].why
    assert (await records(data))[f"queue_log:{T}.0"].waited == 10.0


async def test_the_list_of_damaged_lines_has_an_end(data: Database, tmp_path: Path) -> None:
    path = write(tmp_path / "queue_log", ["nonsense"] * (MOST + 500))
    told = await take(data, path)
    assert told.faults == MOST + 500
    assert len(told.first_faults) == 20
    assert len(path.with_suffix(".list").read_text().splitlines()) == MOST + 1


@pytest.mark.parametrize(
    ("make", "why"),
    [
        pytest.param(lambda path: path.mkdir(), "is a folder", id="a folder"),
        pytest.param(lambda path: None, "not there", id="nothing"),
        pytest.param(lambda path: path.write_bytes(b"\x1f\x8b\x08\x00damaged"), "cannot be unpacked", id="no gzip"),
    ],
)
async def test_what_is_no_file_is_refused(data: Database, tmp_path: Path, make: object, why: str) -> None:
    make(tmp_path / "file")  # type: ignore[operator]
    with pytest.raises(ImportRefused, match=why):
        await take(data, tmp_path / "file")


async def test_of_a_packed_file_that_is_cut_off_the_beginning_counts(data: Database, tmp_path: Path) -> None:
    path = write(tmp_path / "queue_log.1.gz", log_of(300))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ImportRefused, match="all before it is imported"):
        await take(data, path)
    assert 0 < len(await records(data)) < 300
    path.write_bytes(whole)
    await take(data, path)
    assert len(await records(data)) == 300


async def test_other_options_for_the_same_source_are_refused(data: Database, tmp_path: Path) -> None:
    path = write(tmp_path / "queue_log", call(0))
    await take(data, path)
    with pytest.raises(ImportRefused, match="other options"):
        await take(data, path, options=Options(ZONE, people={"alice": "ann"}))
    await take(data, path, options=Options("UTC"))  # whose lines have no local times
    await take(data, path, Source(Kind.QUEUE_LOG, "old"), Options(ZONE, people={"alice": "ann"}))
    assert len(await records(data)) == 2


OURS = CallRecord(
    call=f"{T}-0",
    offered_at=datetime.fromtimestamp(T, UTC),
    ended_at=datetime.fromtimestamp(T + 70, UTC),
    outcome=Outcome.ANSWERED,
)


async def put(db: Database, *own: CallRecord) -> None:
    async with db.writing() as session:
        await store.put_records(session, own, Definition())


async def test_a_call_of_our_own_journal_is_not_imported_again(db: Database, tmp_path: Path) -> None:
    await put(db, OURS)
    told = await take(db, write(tmp_path / "queue_log", log_of(2)))
    assert told.ours == 1
    found = await records(db)
    assert set(found) == {OURS.call, f"queue_log:{T + 60}.1"}
    assert found[OURS.call] == OURS  # what we saw to its end stays as we saw it


async def test_an_end_that_we_did_not_see_is_filled_and_stays_filled(data: Database, tmp_path: Path) -> None:
    unseen = replace(OURS, outcome=Outcome.FAILED, estimated=True, ended_at=datetime.fromtimestamp(T + 3, UTC))
    await put(data, unseen)
    await take(data, write(tmp_path / "queue_log", log_of(2)))
    filled = (await records(data))[OURS.call]
    assert (filled.outcome, filled.estimated, filled.answered_by, filled.talked) == (
        Outcome.ANSWERED, False, "alice", 60.0,
    )  # fmt: skip
    assert filled.ended_at == datetime.fromtimestamp(T + 70, UTC)
    async with data.reading() as session:  # as a rebuild of our records does, before it writes them
        assert await writing.fill(session, [unseen, OURS]) == [filled, OURS]


async def test_a_call_in_both_kinds_of_files_is_one(data: Database, tmp_path: Path) -> None:
    too_long = f"{T + 90}|{T + 60}.1|support|NONE|EXITWITHTIMEOUT|1|1|30"
    log = write(tmp_path / "queue_log", [*call(0), call(1)[0], too_long])
    rows = write(tmp_path / "Master.csv", [cdr_row(0), cdr_row(1, to="", app="VoiceMail"), cdr_row(5)])
    both: list[dict[str, CallRecord]] = []
    for order in ((log, rows), (rows, log)):
        for path in order:
            await take(data, path, QUEUE_LOG if path is log else CDR)
        both.append(await records(data))
        for name in ("queue_log", "cdr"):
            await forget(data, name, Definition())
    assert both[0] == both[1]
    first, second, third = both[0].values()
    assert [record.source for record in both[0].values()] == ["queue_log", "queue_log", "cdr"]
    assert (first.answered_by, first.talked) == ("alice", 60.0)
    # Where the caller went when it took too long is in the CDR only.
    assert (second.outcome, second.stays[0].left) == (Outcome.VOICEMAIL, Left.VOICEMAIL)
    assert third.talked == 75.0


async def test_a_source_that_is_forgotten_uncovers_what_it_stood_before(data: Database, tmp_path: Path) -> None:
    await take(data, write(tmp_path / "Master.csv", [cdr_row(0), cdr_row(7)]), CDR)
    only_cdr = await records(data)
    await take(data, write(tmp_path / "queue_log", log_of(3)))
    assert await forget(data, "queue_log", Definition()) == 3
    assert await records(data) == only_cdr
    async with data.reading() as session:
        assert await session.scalar(sa.select(sa.func.sum(tables.quarter_calls.c.offered))) == 2
        assert [row.source for row in await imports_store.list_sources(session)] == ["cdr"]
    with pytest.raises(ImportRefused, match=r"no source 'queue_log' \(cdr\)"):
        await forget(data, "queue_log", Definition())


async def test_who_was_forgotten_does_not_come_back_with_the_file(db: Database, tmp_path: Path) -> None:
    named = [line.replace("+37060000001|1", "+37060000001|1|Ona Onaitė") for line in log_of(3)]
    await take(db, write(tmp_path / "queue_log", named))
    whom = Whom(new_pseudonym(), numbers=("+37060000001",), local=("60000001",))
    await forgetting.mask_mentions(db, whom)
    async with db.reading() as session:
        first, second, _ = await imports_store.list_page(session, "queue_log", "", 10)
        assert not forgetting.is_masked(first.lines)
        assert whom.pseudonym in "".join(second.lines)
        assert "Ona" not in "".join(second.lines)
    assert (await records(db))[second.contact].ani_name == whom.pseudonym
    await take(db, write(tmp_path / "copy", ["", *named]))
    async with db.reading() as session:
        assert await imports_store.find_contact(session, second.contact) == second
