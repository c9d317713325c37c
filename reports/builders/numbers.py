"""The numbers that were dialled: how many calls came in on each, and how they ended."""

from __future__ import annotations

import sqlalchemy as sa

from reports import metrics
from reports import tables as t
from reports.asking import Ask, Facts
from reports.builders.base import Report, document, lights
from reports.document import Cell, Chart, Document, Part, Series, Shape, Table, Unit
from reports.document import Column as C
from reports.rows import second_of
from reports.sums_sql import call_conditions, total
from reports.terms import term_of

NAME = ("numbers", "Numbers dialled")
#: More numbers than a site has; a flood of wrong ones makes no longer report.
MOST = 500
_SHOWN = ("offered", "answered", "abandoned", "voicemail", "fax", "closed", "unserved", "failed")
_TITLES = ("Offered", "Answered", "Abandoned", "Voicemail", "Fax", "Closed", "Unserved", "Failed")


async def build(ask: Ask, facts: Facts) -> Document:
    """Make the report: a row for each number, the busiest first."""
    seen = await lights(ask, facts)
    c, conditions = t.calls.c, call_conditions()
    query = (
        sa.select(c.did, *(total(conditions[name]).label(name) for name in _SHOWN))
        .where(c.second >= second_of(ask.period.start), c.second < second_of(ask.period.end))
        .group_by(c.did)
        .order_by(sa.desc("offered"), c.did)
        .limit(MOST + 1)
    )
    rows = await facts.rows(query)
    cells = tuple(
        (
            Cell(row["did"] or "not told"),
            *(Cell(int(row[name]), ask.behind(name, did=row["did"]) if row["did"] else None) for name in _SHOWN),
        )
        for row in rows[:MOST]
    )
    columns = (
        C("number", "Number"),
        *(C(name, title, Unit.COUNT) for name, title in zip(_SHOWN, _TITLES, strict=True)),
    )
    note = f"the {MOST} busiest numbers; there are more" if len(rows) > MOST else ""
    table = Table("numbers", "Numbers dialled", columns, cells, note=note)
    busiest = rows[:15]
    chart = Chart(
        "busiest",
        "The busiest numbers",
        Shape.BARS,
        tuple(row["did"] or "not told" for row in busiest),
        (Series("Offered", tuple(int(row["offered"]) for row in busiest)),),
        behind=tuple(ask.behind("offered", did=row["did"]) if row["did"] else None for row in busiest),
    )
    parts: list[Part] = [chart, table] if rows else [table]
    terms = [term_of("offered", "Offered", metrics.count_offered)]
    return document(NAME, ask, parts=parts, terms=terms, seen=seen, whole=True)


REPORT = Report(*NAME, "How many calls came in on each number, and how they ended.", build, whole_site=True)
