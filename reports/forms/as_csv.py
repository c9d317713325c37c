"""A report as CSV, one table at a time: a heading of machine names, then values, and no formula anywhere.

Owns names and form; figures come from elsewhere. What could not be measured is an empty field.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from typing import Final

from reports.document import Cell, Column, Document, Table, Unit
from reports.forms.plain import key, plain
from reports.forms.tabled import tabled
from reports.forms.words import UNKNOWN

#: The name of the table of the figures at the head.
FIGURES: Final = "figures"
#: A cell that begins so is a formula to a spreadsheet (OWASP, "CSV Injection"); the wide ones are to some as well.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: Spreadsheets look behind these, too.
BLANKS: Final = " \v\f\xa0\ufeff"
#: The last column of a table in which some figures lie over a gap: it names their columns.
UNSURE: Final = "unsure"

Field = str | int | float


class NoTable(ValueError):
    """The report has no table of this name; the text says which there are."""


def table_names(doc: Document) -> tuple[str, ...]:
    """Return the names of what can be had as CSV, the head figures first."""
    return (*([FIGURES] if doc.head else []), *(part.name for part in doc.parts))


def csv_of(doc: Document, name: str | None = None) -> Iterator[str]:
    """Return one table of a report as lines of CSV; without a name, the first there is. Raises NoTable."""
    names = table_names(doc)
    if name is None:
        name = names[0] if names else FIGURES
    if name == FIGURES:
        return _lines(_figures(doc))
    for part in doc.parts:
        if part.name == name:
            return _lines(_table(tabled(part), doc.period.zone))
    raise NoTable(f"there is no table {name[:40]!r} in this report; there are {', '.join(names)}")


def cell(value: str | int | float | None) -> Field:
    """Return what may stand in a field: text that looks like a formula is kept as text by a leading apostrophe.

    >>> cell("=1+1"), cell("+37052000000"), cell("billing"), cell(-1), cell(None)
    ("'=1+1", "'+37052000000", 'billing', -1, '')
    """
    if value is None:
        return ""
    if isinstance(value, str):
        if not value.isascii():
            value = value.encode("utf-8", "replace").decode()
        if value.lstrip(BLANKS).startswith(FORMULA):
            return f"'{value}"
    return value


def _lines(rows: Iterable[Sequence[str | int | float | None]]) -> Iterator[str]:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([cell(value) for value in row])
        yield out.getvalue()
        out.seek(0)
        out.truncate()


def _figures(doc: Document) -> Iterator[Sequence[str | int | float | None]]:
    yield ("figure", "value", "unit", "title", "about", UNSURE)
    for figure in doc.head:
        name, value = key(figure.name, figure.unit), _value(figure.cell, figure.unit, doc.period.zone)
        yield (name, value, str(figure.unit), figure.title, figure.sub, "yes" if figure.cell.unsure else "")


def _table(table: Table, zone: tzinfo) -> Iterator[Sequence[str | int | float | None]]:
    names = [key(column.name, column.unit) for column in table.columns]
    rows = (*table.rows, table.total) if table.total else table.rows
    marked = any(one.unsure for row in rows for one in row)
    yield [*names, UNSURE] if marked else names
    for row in rows:
        values = [_value(one, column.unit, zone) for column, one in zip(table.columns, row, strict=True)]
        unsure = " ".join(name for name, one in zip(names, row, strict=True) if one.unsure)
        yield [*values, unsure] if marked else values


def _value(one: Cell, unit: Unit, zone: tzinfo) -> str | int | float | None:
    return UNKNOWN if one.unknown else plain(one.value, unit, zone)


def heading(columns: Sequence[Column]) -> list[Field]:
    """Return the first line of a list with these columns."""
    return [cell(key(column.name, column.unit)) for column in columns]
