"""Where a figure leads: the page that lists the calls behind it, or the page that tells more. Knows no form."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from reports.document import Cell
from reports.selection import Selection

#: The page that lists calls by a selection.
CALLS: Final = "/reports/calls"


def door(behind: Selection, base: str = "") -> str:
    """Return the address of the calls behind a figure; `base` is the site's own, or '' for a path.

    >>> from datetime import UTC, datetime
    >>> day = datetime(2026, 11, 24, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC)
    >>> door(Selection("answered", *day, department="billing"))[:60]
    '/reports/calls?count=answered&from=2026-11-24T00%3A00%3A00%2'
    """
    return f"{base.rstrip('/')}{CALLS}?{urlencode(behind.query())}"


def link_of(cell: Cell, base: str = "") -> str:
    """Return where a figure leads, or ''."""
    if cell.behind is not None:
        return door(cell.behind, base)
    # A page of ours is a path and nothing else: whoever wrote it cannot send a reader elsewhere.
    if cell.page.startswith("/") and not cell.page.startswith(("//", "/\\")):
        return f"{base.rstrip('/')}{cell.page}"
    return ""
