"""How long callers wait: the distribution of waits, of those who were answered and of those who gave up."""

from __future__ import annotations

import sqlalchemy as sa

from reports import tables as t
from reports.asking import Ask, Facts
from reports.builders.base import Report, document, lights
from reports.builders.departments import TERMS
from reports.document import Cell, Chart, Document, Series, Shape, Table, Unit
from reports.document import Column as C
from reports.model import Left
from reports.rows import second_of

NAME = ("waits", "Waiting times")
#: Where one class of waits ends and the next begins, seconds.
EDGES = (0, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600)


async def build(ask: Ask, facts: Facts) -> Document:
    """Make the report: how many waited how long in the line, by how it ended."""
    seen = await lights(ask, facts)
    s = t.stays.c
    of, left, wait, second = t.stays, s.left, s.waited_ms, s.second
    if not ask.department:
        c = t.calls.c
        of, left, wait, second = t.calls, c.line_left, c.line_wait_ms, c.second
    which = sa.case(*[(wait < edge * 1000, n) for n, edge in enumerate(EDGES[1:])], else_=len(EDGES) - 1)
    ours = (
        sa.select(which.label("which"), left.label("left"))
        .select_from(of)
        .where(second >= second_of(ask.period.start), second < second_of(ask.period.end), wait.is_not(None), left != "")
    )
    if ask.department:
        ours = ours.where(s.department == ask.department)
    elif ask.departments is not None:
        ours = ours.where(sa.exists().where(s.call == t.calls.c.call, s.department.in_(sorted(ask.departments))))
    inner = ours.subquery()
    rows = await facts.rows(
        sa.select(inner.c.which, inner.c.left, sa.func.count().label("n")).group_by(inner.c.which, inner.c.left)
    )
    found = {(row["which"], row["left"]): row["n"] for row in rows}
    total = sum(found.values())
    running = 0
    table_rows, labels, others = [], [], []
    for n, low in enumerate(EDGES):
        high = EDGES[n + 1] if n + 1 < len(EDGES) else None
        label = f"{low} to {high} s" if high else f"{low} s and more"
        labels.append(label)
        value = f"{low}-{high or ''}"
        here = sum(count for (which, _), count in found.items() if which == n)
        running += here
        answered = found.get((n, Left.ANSWERED), 0)
        abandoned = found.get((n, Left.ABANDONED), 0)
        others.append(here - answered - abandoned)
        table_rows.append(
            (
                Cell(label),
                Cell(here, ask.behind("line_waited", value=value) if here else None),
                *(
                    Cell(one, ask.behind(f"line_waited_{how}", value=value) if one else None)
                    for how, one in (("answered", answered), ("abandoned", abandoned), ("other", others[n]))
                ),
                Cell(here / total if total else None, bar=here / total if total else None),
                Cell(running / total if total else None),
            )
        )
    columns = (
        C("wait", "Waited"), C("callers", "Callers", Unit.COUNT), C("answered", "Answered", Unit.COUNT),
        C("abandoned", "Abandoned", Unit.COUNT), C("other", "Other", Unit.COUNT), C("share", "Share", Unit.SHARE),
        C("up_to", "Up to here", Unit.SHARE),
    )  # fmt: skip
    chart = Chart(
        "distribution", "Waiting times", Shape.STACKED, tuple(labels),
        (
            Series("Answered", tuple(found.get((n, Left.ANSWERED), 0) for n in range(len(EDGES)))),
            Series("Abandoned", tuple(found.get((n, Left.ABANDONED), 0) for n in range(len(EDGES)))),
            Series("Other", tuple(others)),
        ),
        behind=tuple(row[1].behind for row in table_rows),
    )  # fmt: skip
    table = Table("waits", "How long callers waited", columns, tuple(table_rows) if total else ())
    return document(NAME, ask, parts=[chart, table] if total else [table], terms=TERMS, seen=seen, whole=True)


REPORT = Report(*NAME, "How many waited how long, and how it ended.", build, frozenset({"department"}))
