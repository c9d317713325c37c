"""CSV: no formula, names of tables, and the quick way of long lists says just what the slow one does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.document import Cell, Column, Document, Table, Unit
from reports.forms.as_csv import NoTable, cell, csv_of, table_names
from reports.forms.csv_stream import BATCH, Moments, csv_rows
from tests.reports.forms import samples
from tests.reports.forms.reading import rows_of

COLUMNS = (
    Column("name", "Name"),
    Column("at", "At", Unit.MOMENT),
    Column("waited", "Waited", Unit.SECONDS),
    Column("level", "Level", Unit.SHARE),
    Column("calls", "Calls", Unit.COUNT),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("=1+1", "'=1+1", id="equals"),
        pytest.param("+37052000000", "'+37052000000", id="plus"),
        pytest.param("-2", "'-2", id="minus"),
        pytest.param("@SUM(A1)", "'@SUM(A1)", id="at"),
        pytest.param("\t=1", "'\t=1", id="tab"),
        pytest.param("\r=1", "'\r=1", id="carriage return"),
        pytest.param("\n=1", "'\n=1", id="line feed"),
        pytest.param("  =1", "'  =1", id="behind blanks"),
        pytest.param("\u00a0=1", "'\u00a0=1", id="behind a hard blank"),
        pytest.param("＝1", "'＝1", id="wide equals"),
        pytest.param("a=1", "a=1", id="no formula"),
        pytest.param("", "", id="empty"),
        pytest.param("\ud800", "?", id="half a letter"),
    ],
)
def test_no_field_is_a_formula(text: str, expected: str) -> None:
    assert cell(text) == expected


def test_tables_are_had_by_name_and_the_figures_first() -> None:
    assert table_names(samples.FULL) == (
        "figures",
        "departments",
        "intervals",
        "hours",
        "waits",
        "trend",
        "paths",
        "calls",
    )
    assert rows_of(csv_of(samples.FULL)) == rows_of(csv_of(samples.FULL, "figures"))
    only = replace(samples.FULL, head=())
    assert rows_of(csv_of(only)) == rows_of(csv_of(only, "departments"))


def test_a_table_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(NoTable, match="there are figures, departments"):
        csv_of(samples.FULL, "persons")


def test_figures_over_a_gap_are_named_in_a_column_of_their_own() -> None:
    heading, billing, support, *_ = rows_of(csv_of(samples.FULL, "departments"))
    assert heading[-1] == "unsure"
    assert billing[-1] == ""
    assert support[-1] == "offered answered service_level"


@given(st.text(), st.text())
def test_whatever_is_written_comes_back_and_is_no_formula(name: str, other: str) -> None:
    table = Table("names", "Names", (Column("name", "Name"), Column("other", "Other")), ((Cell(name), Cell(other)),))
    found = rows_of(csv_of(replace(samples.EMPTY, parts=(table,)), "names"))[1]
    for text, field in zip((name, other), found, strict=True):
        kept = text.encode("utf-8", "replace").decode()
        assert field in (kept, f"'{kept}")
        assert not field.lstrip(" \v\f\xa0\ufeff").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


MOMENTS = st.integers(631_152_000_000, 3_786_912_000_000).map(
    lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)
ROWS = st.lists(
    st.tuples(
        st.none() | st.text() | st.sampled_from(["billing", "+37060000000", "Ona, Žukauskaitė", '"x"', "=1"]),
        st.none() | MOMENTS,
        st.none() | st.floats(-1e6, 1e6) | st.integers(0, 10_000),
        st.none() | st.floats(0, 1),
        st.none() | st.integers(-5, 10**9),
    ),
    max_size=12,
)


@given(ROWS, st.sampled_from(["Europe/Vilnius", "America/St_Johns", "Asia/Kathmandu", "UTC"]))
async def test_the_quick_way_says_the_same(rows: list[tuple[Any, ...]], name: str) -> None:
    zone = ZoneInfo(name)
    table = Table("rows", "Rows", COLUMNS, tuple(tuple(Cell(value) for value in row) for row in rows))
    slow = rows_of(csv_of(_document(table, zone), "rows"))
    in_ms = [(row[0], row[1] and _ms(row[1]), *row[2:]) for row in rows]
    assert rows_of(await _all(rows, zone)) == slow
    assert rows_of(await _all(in_ms, zone)) == slow


async def _all(rows: Sequence[Sequence[Any]], zone: ZoneInfo) -> list[str]:
    async def batches() -> AsyncIterator[Sequence[Sequence[Any]]]:
        for begin in range(0, len(rows), 5):
            yield rows[begin : begin + 5]

    return [chunk async for chunk in csv_rows(COLUMNS, batches(), zone)]


def _document(table: Table, zone: ZoneInfo) -> Document:
    return replace(samples.EMPTY, parts=(table,), period=replace(samples.DAY, zone=zone))


def _ms(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


async def test_a_list_of_one_column_has_no_empty_lines() -> None:
    async def batches() -> AsyncIterator[Sequence[Sequence[Any]]]:
        yield [("a",), ("",), ("b",)]

    chunks = [chunk async for chunk in csv_rows((Column("name", "Name"),), batches(), samples.VILNIUS)]
    assert rows_of(chunks) == [["name"], ["a"], [""], ["b"]]


async def test_chunks_stay_small_whatever_a_batch_brings() -> None:
    async def batches() -> AsyncIterator[Sequence[Sequence[Any]]]:
        yield [("billing", 1_795_521_601_250, 1.5, 0.5, 1)] * (3 * BATCH + 1)

    chunks = [chunk async for chunk in csv_rows(COLUMNS, batches(), samples.VILNIUS)]
    assert [chunk.count("\r\n") for chunk in chunks] == [1, BATCH, BATCH, BATCH, 1]


def test_the_hour_that_comes_twice_is_told_apart() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    both = Moments(samples.VILNIUS).fields([_ms(first), _ms(first + timedelta(hours=1))])
    assert both == ["2026-10-25T03:30:00+03:00", "2026-10-25T03:30:00+02:00"]
