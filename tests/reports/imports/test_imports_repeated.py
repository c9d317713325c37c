"""Lines that stand in a file twice, and starts of the PBX: what happened, and what is only told again."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.database import Database
from reports import spans_store
from reports.imports import pieces
from reports.imports.undoing import forget
from reports.rules import Definition
from tests.reports.imports.files import T, records, take, write

ENTER = f"{T}|{T}.1|support|NONE|ENTERQUEUE||+37060000001|1"
BUSY = f"{T + 9}|{T}.1|support|bob|RINGNOANSWER|0"
LATER = f"{T + 14}|{T}.1|support|bob|RINGNOANSWER|0"
GAVE_UP = f"{T + 20}|{T}.1|support|NONE|ABANDON|1|1|20"


@pytest.fixture
async def data(migrated: Path, tmp_path: Path) -> AsyncIterator[Database]:
    shutil.copy(migrated, tmp_path / "a.db")
    async with await Database.open(tmp_path / "a.db", migrate=False) as database:
        yield database


async def rung(data: Database) -> int:
    (record,) = (await records(data)).values()
    return len(record.offers)


@pytest.mark.parametrize("lines", [pytest.param(500, id="in one piece"), pytest.param(1, id="in two pieces")])
async def test_two_ringings_of_one_second_are_two(
    data: Database, tmp_path: Path, lines: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "LINES", lines)
    story = [ENTER, BUSY, BUSY, LATER, GAVE_UP]
    await take(data, write(tmp_path / "queue_log", story))
    assert await rung(data) == 3
    await take(data, write(tmp_path / "rotated", ["", *story[1:]]))  # an overlap
    await take(data, write(tmp_path / "put-together", ["", "", *story, *story]))  # a file that has all twice
    assert await rung(data) == 3


async def test_any_other_line_counts_once(data: Database, tmp_path: Path) -> None:
    await take(data, write(tmp_path / "queue_log", [ENTER, ENTER, BUSY, GAVE_UP, GAVE_UP]))
    (record,) = (await records(data)).values()
    assert (len(record.stays), len(record.offers), record.odd) == (1, 1, 0)


def word(second: int, agent: str, event: str, line: str = "support") -> str:
    return f"{T + second}|MANAGER|{line}|{agent}|{event}|"


START = f"{T + 100}|NONE|NONE|NONE|QUEUESTART|"
DAYS = [
    pytest.param([word(0, "alice", "ADDMEMBER"), START], [(0, 100)], id="never heard of again: ends there"),
    pytest.param(
        [word(0, "alice", "ADDMEMBER"), START, word(150, "alice", "ADDMEMBER"), word(200, "alice", "REMOVEMEMBER")],
        [(0, 100), (150, 200)],
        id="logs in anew",
    ),
    pytest.param(
        [word(0, "alice", "ADDMEMBER"), START, word(100, "alice", "ADDMEMBER"), word(200, "alice", "REMOVEMEMBER")],
        [(0, 200)],
        id="logs in in the second of the start",
    ),
    pytest.param(
        [word(0, "alice", "ADDMEMBER"), START, word(200, "alice", "REMOVEMEMBER")],
        [(0, 200)],
        id="members that survive a restart: was there all along",
    ),
    pytest.param(
        [
            *(word(0, "alice", "ADDMEMBER", line) for line in ("support", "sales")),
            *(START, word(150, "alice", "PAUSE"), word(200, "alice", "REMOVEMEMBER")),
        ],
        [(0, 150), (150, 200)],
        id="stays in one line of two",
    ),
]


@pytest.mark.parametrize(("lines", "expected"), DAYS)
async def test_who_was_logged_in_when_the_pbx_was_started(
    data: Database, tmp_path: Path, lines: list[str], expected: list[tuple[int, int]]
) -> None:
    told = await take(data, write(tmp_path / "queue_log", [*lines, word(1000, "bob", "ADDMEMBER")]))
    assert told.moments == len(lines)  # the start is nobody's
    assert await logged_in(data) == expected
    await forget(data, "queue_log", Definition())
    assert await logged_in(data) == []


async def test_a_start_that_comes_with_a_later_file_counts_for_all(data: Database, tmp_path: Path) -> None:
    await take(data, write(tmp_path / "queue_log", [word(0, "alice", "ADDMEMBER"), word(1000, "bob", "ADDMEMBER")]))
    assert await logged_in(data) == [(0, 1000)]
    await take(data, write(tmp_path / "queue_log.1", [START]))
    assert await logged_in(data) == [(0, 100)]


async def logged_in(data: Database) -> list[tuple[int, int]]:
    async with data.reading() as session:
        found = await spans_store.list_spans(session, 0, 10**16, ["alice"])
    return [(_second(span.since), _second(span.until or 0)) for span in found]


def _second(us: int) -> int:
    return round((datetime.fromtimestamp(us / 10**6, UTC) - datetime.fromtimestamp(T, UTC)).total_seconds())
