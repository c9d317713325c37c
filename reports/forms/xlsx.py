"""A report as a workbook: a first sheet that says what it is, then one sheet a table, with real numbers and dates.

Owns form and names of sheets; figures come from elsewhere. There is never a formula in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from reports.document import Cell, Column, Document, Table, Unit, Value
from reports.forms.links import link_of
from reports.forms.plain import moment_of
from reports.forms.tabled import tabled
from reports.forms.words import Footnotes, clipped, head_lines, said, term_lines

#: What a sheet, a cell and a name of Excel can hold, whatever the letters; and how many links we use of its 65,530.
MOST_ROWS: Final = 1_048_576 - 100
MOST_TEXT: Final = 16_000
MOST_NAME: Final = 31
MOST_LINKS: Final = 20_000
_NO_NAME: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f']")
_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: Excel takes no longer address than about this.
_MOST_LINK: Final = 2_000
_FORMS: Final[dict[Unit, dict[str, Any]]] = {  # Any: as xlsxwriter's
    Unit.TEXT: {},
    Unit.COUNT: {"num_format": "#,##0"},
    Unit.NUMBER: {"num_format": "#,##0.##"},
    Unit.SECONDS: {"num_format": "[h]:mm:ss"},
    Unit.AGE: {"num_format": "[h]:mm:ss"},
    Unit.SHARE: {"num_format": "0.0%"},
    Unit.MOMENT: {"num_format": "yyyy-mm-dd hh:mm:ss"},
    Unit.DAY: {"num_format": "ddd yyyy-mm-dd"},
}
_LEFT: Final = (Unit.TEXT, Unit.MOMENT, Unit.DAY)
_WIDTHS: Final = {Unit.MOMENT: 20.0, Unit.DAY: 16.0, Unit.TEXT: 26.0}
_DAY_S: Final = 86_400
_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write_xlsx(doc: Document, path: Path, base_url: str = "") -> None:
    """Write the report as a workbook; figures link to their calls where the site's own address is given. Blocks."""
    with Workbook(str(path), _OPTIONS) as book:
        writer = _Writer(book, doc, base_url)
        names = {"report"}
        for part in doc.parts:
            table = tabled(part)
            writer.table(table, table.rows, _sheet_name(part.title or part.name, names))


def write_long_xlsx(doc: Document, table: Table, rows: Iterable[Sequence[Value]], path: Path) -> None:
    """Write a list of any length, one row at a time, behind the first sheet of its report. Blocks.

    `table` has its name and columns. A moment may also be given as milliseconds of epoch.
    """

    def cells() -> Iterator[tuple[Cell, ...]]:
        for row in rows:
            values = zip(row, table.columns, strict=True)
            yield tuple(Cell(moment_of(value) if column.unit is Unit.MOMENT else value) for value, column in values)

    with Workbook(str(path), _OPTIONS) as book:
        _Writer(book, doc, "").table(table, cells(), _sheet_name(table.title or table.name, {"report"}))


def _sheet_name(title: str, taken: set[str]) -> str:
    """Return a name that Excel takes: no more than 31 letters, and not used yet whatever its case."""
    wanted = _cut(_NO_NAME.sub(" ", _text(title)), MOST_NAME) or "Table"
    name, number = wanted, 1
    while name.lower() in taken or name.lower() == "history":
        number += 1
        name = f"{_cut(wanted, MOST_NAME - 1 - len(str(number)))} {number}"
    taken.add(name.lower())
    return name


def _cut(text: str, most: int) -> str:
    """Return a text cut as Excel counts: what lies beyond the first 65,536 letters counts twice."""
    return text.strip().encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore").strip()


def _text(text: str) -> str:
    return clipped(_NO_XML.sub("\ufffd", text), MOST_TEXT)


class _Writer:
    """Writes sheets from top to bottom, as constant memory wants it."""

    def __init__(self, book: Workbook, doc: Document, base: str) -> None:
        self._book, self._zone, self._base = book, doc.period.zone, base
        self._links = 0
        self._formats: dict[tuple[Unit, bool, bool, str], Format] = {}
        self._title = book.add_format({"bold": True, "font_size": 16})
        self._head = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#EEF2F1"}
        )
        self._label = book.add_format({"bold": True, "valign": "top"})
        self._prose = book.add_format({"text_wrap": True, "valign": "top"})
        self._warning = book.add_format({"text_wrap": True, "valign": "top", "bold": True, "font_color": "#A3241F"})

        # The same report gives the same workbook.
        made = doc.made_at.astimezone(UTC).replace(tzinfo=None)
        book.set_properties({"title": _text(doc.title), "company": _text(doc.company), "created": made})
        self._front(doc)

    def _front(self, doc: Document) -> None:
        """Write the first sheet: what the report is about, its warnings, head figures and definitions."""
        sheet = self._book.add_worksheet("Report")
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 22)
        sheet.set_column(2, 2, 90)
        sheet.hide_gridlines(2)
        sheet.write_string(0, 0, _text(doc.title), self._title)
        row = self._pairs(sheet, 1, [("Company", doc.company), *head_lines(doc)])
        row = self._pairs(sheet, row, [("Warning", words) for words in doc.warnings], self._warning)
        row = self._pairs(sheet, row, [("Note", words) for words in doc.notes])
        row = self._figures(sheet, row + 1, doc) if doc.head else row
        for at, term in enumerate(doc.terms):
            if at == 0:
                sheet.write_string(row + 1, 0, "Definitions", self._head)
                row += 2
            lines = [f"{label}: {words}" if label else words for label, words in term_lines(term)]
            sheet.write_string(row, 0, _text(term.title), self._label)
            sheet.write_string(row, 2, _text("\n".join(lines)), self._prose)
            row += 1

    def _pairs(self, sheet: Worksheet, row: int, pairs: Iterable[tuple[str, str]], form: Format | None = None) -> int:
        for label, words in pairs:
            if words:
                sheet.write_string(row, 0, _text(label), self._label)
                # Over both columns it can be read without a wide one.
                sheet.write_string(row, 1, _text(words), form)
                row += 1
        return row

    def _figures(self, sheet: Worksheet, row: int, doc: Document) -> int:
        for column, name in enumerate(("Figure", "Value", "About")):
            sheet.write_string(row, column, name, self._head)
        notes = Footnotes()
        for figure in doc.head:
            row, mark = row + 1, notes.mark(figure.cell)
            sheet.write_string(row, 0, _text(figure.title), self._label)
            self._cell(sheet, row, 1, figure.cell, figure.unit, mark=mark)
            sheet.write_string(row, 2, _text(figure.sub), self._prose)
        return self._notes(sheet, row + 1, notes)

    def table(self, table: Table, rows: Iterable[tuple[Cell, ...]], name: str) -> None:
        """Write one table as a sheet, its heading frozen, its footnotes below it. `rows` are instead of its own."""
        sheet = self._book.add_worksheet(name)
        for at, column in enumerate(table.columns):
            sheet.set_column(at, at, _WIDTHS.get(column.unit, 14.0))
            sheet.write_string(0, at, _text(column.title), self._head)
        sheet.freeze_panes(1, 0)
        row, notes, left_out = 1, Footnotes(), 0
        for cells in rows:
            if row > MOST_ROWS:
                left_out += 1
                continue
            self._row(sheet, row, table.columns, cells, notes)
            row += 1
        if row > 1:
            sheet.autofilter(0, 0, row - 1, max(0, len(table.columns) - 1))
        else:
            sheet.write_string(row, 0, _text(table.empty))
            row += 1
        if table.total:
            self._row(sheet, row, table.columns, table.total, notes, total=True)
            row += 1
        row = self._notes(sheet, row + 1, notes)
        if left_out:
            sheet.write_string(row, 0, f"{left_out:,} more rows: have them as CSV")
            row += 1
        if table.note:
            sheet.write_string(row, 0, _text(table.note))

    def _row(
        self,
        sheet: Worksheet,
        row: int,
        columns: tuple[Column, ...],
        cells: tuple[Cell, ...],
        notes: Footnotes,
        *,
        total: bool = False,
    ) -> None:
        for at, (column, cell) in enumerate(zip(columns, cells, strict=True)):
            self._cell(sheet, row, at, cell, column.unit, total=total, mark=notes.mark(cell))

    def _cell(
        self, sheet: Worksheet, row: int, at: int, cell: Cell, unit: Unit, *, total: bool = False, mark: str = ""
    ) -> None:
        link = self._link(cell)
        form = self._format(unit, total, bool(link), mark)
        value = said(cell, unit, self._zone) if cell.unknown or cell.value is None else cell.value
        if link:
            # What is written after the address stands in its place, and keeps it.
            sheet.write_url(row, at, link, form, _text(said(cell, unit, self._zone)))
        if isinstance(value, str):
            sheet.write_string(row, at, _text(value + mark), form)
        elif isinstance(value, datetime):
            sheet.write_datetime(row, at, value.astimezone(self._zone).replace(tzinfo=None), form)
        elif isinstance(value, date):
            sheet.write_datetime(row, at, value, form)
        elif unit in (Unit.SECONDS, Unit.AGE):
            sheet.write_number(row, at, value / _DAY_S, form)
        else:
            sheet.write_number(row, at, value, form)

    def _link(self, cell: Cell) -> str:
        link = link_of(cell, self._base) if self._base and self._links < MOST_LINKS else ""
        if not link or len(link) > _MOST_LINK:
            return ""
        self._links += 1
        return link

    def _format(self, unit: Unit, total: bool, linked: bool, mark: str) -> Format:
        known = (unit, total, linked, mark)
        if known not in self._formats:
            form = dict(_FORMS[unit])
            if mark and unit is not Unit.TEXT:
                form["num_format"] += f'"{mark}"'  # the value stays a number
            if unit not in _LEFT:
                form["align"] = "right"
            if total:
                form |= {"bold": True, "top": 1}
            if linked:
                form |= {"font_color": "#0F6B66", "underline": 1}
            self._formats[known] = self._book.add_format(form)
        return self._formats[known]

    def _notes(self, sheet: Worksheet, row: int, notes: Footnotes) -> int:
        for mark, words in notes.lines():
            sheet.write_string(row, 0, _text(f"{mark} {words}"))
            row += 1
        return row
