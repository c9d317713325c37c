"""One report in all its forms: whatever it is read from, each figure is the same."""

from __future__ import annotations

import doctest
import importlib
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reports.document import Cell, Column, Table, Unit
from reports.forms.as_csv import csv_of
from reports.forms.as_json import json_of
from reports.forms.pdf import pdf_of
from reports.forms.plain import key, plain
from reports.forms.tabled import tabled
from reports.forms.text import lines_of
from reports.forms.words import UNKNOWN, said
from reports.forms.xlsx import write_xlsx
from reports.text import NOTHING
from tests.reports.forms import samples
from tests.reports.forms.reading import book_of, pages_of, rows_of, words_of

ZONE = samples.VILNIUS
TABLES = [part for part in samples.FULL.parts if isinstance(part, Table)]
EVERY = [tabled(part) for part in samples.FULL.parts]


def rows(table: Table) -> list[tuple[Cell, ...]]:
    return [*table.rows, *([table.total] if table.total else [])]


@pytest.mark.parametrize("table", EVERY, ids=lambda table: table.name)
def test_csv_has_the_values_of_every_part(table: Table) -> None:
    heading, *found = rows_of(csv_of(samples.FULL, table.name))
    names = [key(column.name, column.unit) for column in table.columns]
    assert heading[: len(names)] == names
    assert len(found) == len(rows(table))
    for fields, row in zip(found, rows(table), strict=True):
        for field, cell, column in zip(fields, row, table.columns, strict=False):
            expected = UNKNOWN if cell.unknown else plain(cell.value, column.unit, ZONE)
            assert field.removeprefix("'") == ("" if expected is None else str(expected))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_json_has_the_values_of_every_table(table: Table) -> None:
    part = next(part for part in json_of(samples.FULL)["parts"] if part["name"] == table.name)
    said_rows = [*part["rows"], *([part["total"]] if table.total else [])]
    for found, row in zip(said_rows, rows(table), strict=True):
        for cell, column in zip(row, table.columns, strict=True):
            name = key(column.name, column.unit)
            assert found["values"][name] == (None if cell.unknown else plain(cell.value, column.unit, ZONE))
            more = found.get("more", {}).get(name, {})
            assert more.get("unknown", False) is cell.unknown
            assert more.get("unsure", False) is cell.unsure
            assert more.get("calls") == (None if cell.behind is None else cell.behind.query())


@pytest.mark.parametrize("table", EVERY, ids=lambda table: table.name)
def test_the_workbook_has_the_values_of_every_part(table: Table, tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write_xlsx(samples.FULL, path, "https://calls.example")
    sheet = book_of(path)[table.title]
    for number, row in enumerate(rows(table), 2):
        for place, (cell, column) in enumerate(zip(row, table.columns, strict=True), 1):
            value = sheet.cell(number, place).value
            assert value == in_a_workbook(cell, column), f"{column.name} in row {number}"


def in_a_workbook(cell: Cell, column: Column) -> Any:  # Any: as openpyxl reads it
    if cell.unknown or cell.value is None:
        expected = said(cell, column.unit, ZONE)
        return _marked(expected, cell)
    value = cell.value
    if isinstance(value, datetime):
        return value.astimezone(ZONE).replace(tzinfo=None)
    if isinstance(value, date):
        return datetime.fromisoformat(value.isoformat())
    if column.unit is Unit.SECONDS:
        assert isinstance(value, int | float)
        return _Near(timedelta(seconds=value))
    if isinstance(value, float):
        return pytest.approx(value)
    return value


def _marked(expected: str, cell: Cell) -> Any:  # Any: equal to what begins so
    return _Begins(expected) if cell.note or cell.unsure else expected or None


class _Begins:
    """Equal to a text that begins so and has a mark behind it."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and other.startswith(self._text) and len(other) <= len(self._text) + 2

    __hash__ = None  # type: ignore[assignment]  # it is equal to many


class _Near:
    """Equal to a duration, as a workbook has it: a part of a day, or a time of day."""

    def __init__(self, duration: timedelta) -> None:
        self._duration = duration

    def __eq__(self, other: object) -> bool:
        if isinstance(other, timedelta):
            return abs(other - self._duration) < timedelta(milliseconds=2)
        found = str(other)
        return found[:8] == str(timedelta(seconds=int(self._duration.total_seconds()))).zfill(8)[:8]

    __hash__ = None  # type: ignore[assignment]  # it is equal to many


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_text_and_pdf_say_every_row_alike(table: Table) -> None:
    lines = "\n".join(lines_of(samples.FULL))
    pages = words_of(" ".join(pages_of(pdf_of(samples.FULL))))
    for row in rows(table):
        for cell, column in zip(row, table.columns, strict=True):
            words = said(cell, column.unit, ZONE)
            assert words in lines
            # A long name breaks into two lines of its cell, between which stands the rest of the row.
            assert all(word in pages for word in words.split())


def test_head_figures_agree_in_all_forms(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write_xlsx(samples.FULL, path)
    front = [[cell.value for cell in row] for row in book_of(path)["Report"].iter_rows()]
    csv = {fields[0]: fields[1] for fields in rows_of(csv_of(samples.FULL, "figures"))}
    json = json_of(samples.FULL)["figures"]
    text = [words_of(line) for line in lines_of(samples.FULL)]
    pages = words_of(pages_of(pdf_of(samples.FULL))[0])
    for figure in samples.FULL.head:
        name, words = key(figure.name, figure.unit), said(figure.cell, figure.unit, ZONE)
        value = None if figure.cell.unknown else plain(figure.cell.value, figure.unit, ZONE)
        assert json[name]["value"] == value
        assert csv[name] == (UNKNOWN if figure.cell.unknown else "" if value is None else str(value))
        assert any(line.startswith(f"{figure.title} {words}") for line in text)
        assert words in pages
        assert any(row[0] == figure.title and row[1] is not None for row in front)


def test_an_empty_report_says_no_calls_in_all_forms(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write_xlsx(samples.EMPTY, path)
    assert book_of(path)["Departments"]["A2"].value == NOTHING
    assert "".join(pages_of(pdf_of(samples.EMPTY))).count(NOTHING) == 7
    assert sum(NOTHING in line for line in lines_of(samples.EMPTY)) == 7
    assert rows_of(csv_of(samples.EMPTY, "figures"))[2][1] == ""
    assert json_of(samples.EMPTY)["figures"]["level"]["value"] is None


@pytest.mark.parametrize(
    "module", ["as_csv", "csv_stream", "grid", "links", "picture", "plain", "svg", "text_charts", "words"]
)
def test_the_examples_are_true(module: str) -> None:
    result = doctest.testmod(importlib.import_module(f"reports.forms.{module}"))
    assert result.failed == 0
    assert result.attempted > 0
