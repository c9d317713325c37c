"""Owns writing CSV that spreadsheets open and run nothing of: customers, and lists of refused rows. Pure."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Sequence

from crm_bridge.exchange.columns import REASONS, cells, headings
from crm_bridge.exchange.formula import defuse, undo
from crm_bridge.exchange.model import NewCustomer
from crm_bridge.exchange.rows import Refused


def written(rows: Iterable[Sequence[str]], delimiter: str) -> bytes:
    """Return rows as lines of CSV in UTF-8, every cell in quotes and defused."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([defuse(cell) for cell in row] for row in rows)
    # A lone surrogate is nothing that UTF-8 can say; no value of ours has one, but what a file said may.
    return out.getvalue().encode("utf-8", "replace")


class CsvExport:
    """Writes customers piece by piece."""

    content_type = "text/csv; charset=utf-8"

    def __init__(self, own: Sequence[str] = (), delimiter: str = ",") -> None:
        """`own` are the names of the site's own fields, each a column. Raises ValueError for another delimiter."""
        if delimiter not in (",", ";"):
            raise ValueError("the delimiter is a comma or a semicolon")
        self._own = tuple(own)
        self._delimiter = delimiter

    def begin(self) -> bytes:
        """Return the mark by which spreadsheets know UTF-8, and the headings."""
        return codecs.BOM_UTF8 + written([headings(self._own)], self._delimiter)

    def some(self, customers: Iterable[NewCustomer]) -> bytes:
        """Return the lines of some customers."""
        return written((cells(customer, self._own) for customer in customers), self._delimiter)


def refused_csv(headings: Sequence[str], rows: Sequence[Refused], *, untold: int = 0, delimiter: str = ",") -> bytes:
    """Return a list of rows as CSV: the file's own columns, so that it can be mended and read again, then the reasons.

    `untold` more rows were counted and not kept, which a last line says.
    """
    width = max((len(headings), *(len(row.cells) for row in rows)))
    pad = [""] * width
    lines = [[*[*headings, *pad][:width], *REASONS]]
    # Some may be defused already; once is enough.
    lines += [[*[*map(undo, row.cells), *pad][:width], str(row.number), row.why] for row in rows]
    if untold:
        lines.append([*pad, "", f"{untold:,} more rows are not in this list"])
    return codecs.BOM_UTF8 + written(lines, delimiter)
