"""Chooses the rows that sums over a time are added up from: stored hours and quarters, or what the calls amount to.

Owns which table holds what part of the time. Knows no calendar and no grouping.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from reports import rollup
from reports import tables as t
from reports.period import Period
from reports.rows import second_of
from reports.rules import Definition
from reports.whole_hours import Piece, cut


def stored(quarters: sa.Table, sums: Sequence[str], period: Period, step: int | None) -> sa.Subquery:
    """Return the stored rows of a period with these sums, fit to be grouped by `step` seconds of the site's clock.

    A step of 0 asks no clock; without one no hour is read.
    """
    first, behind = _bounds(period)
    pieces = (Piece(first, behind, in_hours=False),) if step is None else cut(period, step)
    selects = []
    for piece in pieces:
        c = (t.HOURS_OF[quarters] if piece.in_hours else quarters).c
        # No more columns than are asked for: rows of several tables are copied.
        chosen = sa.select(*(c[column.name] for column in quarters.primary_key), *(c[name] for name in sums))
        selects.append(chosen.where(c.bucket >= piece.first, c.bucket < piece.behind))
    return sa.union_all(*selects).subquery()


def counted(period: Period, definition: Definition, *, all_lines: bool) -> sa.Subquery:
    """Return the rows of lines that the calls of a period amount to by other thresholds than the stored ones."""
    first, behind = _bounds(period)
    of = rollup.all_lines_of if all_lines else rollup.lines_of
    made = of(rollup.between(first, behind), definition).subquery()
    return sa.select(made).where(made.c.bucket >= first).subquery()


def _bounds(period: Period) -> tuple[int, int]:
    return second_of(period.start), second_of(period.end)
