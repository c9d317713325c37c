"""Repeat callers: who had to call again, and how often one call was enough."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from reports import metrics
from reports import tables as t
from reports.asking import Ask, Facts
from reports.builders.base import Report, document, figure, lights
from reports.document import Cell, Document, Figure, Table, Unit
from reports.document import Column as C
from reports.rows import second_of
from reports.terms import term_of

NAME = ("repeats", "Repeat callers")
MOST = 200


async def build(ask: Ask, facts: Facts) -> Document:
    """Make the report: shares of repeats within a day and a week, first contact resolution, and who called most."""
    seen = await lights(ask, facts)
    c = t.calls.c
    time = (c.second >= second_of(ask.period.start), c.second < second_of(ask.period.end))
    known = await facts.rows(sa.select(sa.func.count().label("n")).where(*time, c.ani != ""))
    withheld = await facts.rows(sa.select(sa.func.count().label("n")).where(*time, c.ani == ""))
    named = known[0]["n"]
    day, week = [await facts.count(ask, ask.behind(name)) for name in ("repeat_day", "repeat_week")]
    resolved, unresolved = [await facts.count(ask, ask.behind(name)) for name in ("resolved", "unresolved")]
    number = sa.func.count().label("number")
    callers = await facts.rows(
        sa.select(c.ani, number, sa.func.max(c.ani_name).label("name"))
        .where(*time, c.ani != "")
        .group_by(c.ani)
        .having(sa.func.count() > 1)
        .order_by(sa.desc("number"), c.ani)
        .limit(MOST)
    )
    of_calls = f"of {named} calls with a number"
    answered = resolved + unresolved
    head = [
        _share(ask, "repeat_day", "Again within a day", day, named, f"{day} {of_calls}"),
        _share(ask, "repeat_week", "Again within a week", week, named, f"{week} {of_calls}"),
        _share(
            ask, "resolved", "First contact resolution", resolved, answered, f"{resolved} of {answered} answered calls"
        ),
    ]
    table = Table(
        "callers",
        "Who called more than once",
        (C("number", "Number"), C("name", "Name"), C("calls", "Calls", Unit.COUNT)),
        tuple(
            (Cell(row["ani"]), Cell(row["name"]), Cell(row["number"], ask.behind("offered", ani=row["ani"])))
            for row in callers
        ),
        empty="nobody called twice",
        note=f"the {MOST} who called most" if len(callers) == MOST else "",
    )
    notes = []
    if withheld[0]["n"]:
        notes.append(f"{withheld[0]['n']} calls without a number are in none of these figures")
    if ask.now < ask.period.end + timedelta(days=7):
        notes.append("seven days after some of these calls are not over yet: who calls again until then changes them")
    terms = [
        term_of("repeat_day", "Again within a day", metrics.repeats),
        term_of("repeat_week", "Again within a week", metrics.repeats),
        term_of("resolved", "First contact resolution", metrics.first_contact_resolution),
    ]
    return document(NAME, ask, parts=[table], head=head, terms=terms, seen=seen, notes=notes, whole=True)


def _share(ask: Ask, name: str, title: str, part: int, of: int, sub: str) -> Figure:
    return figure(name, title, Cell(metrics.share(part, of), ask.behind(name)), Unit.SHARE, sub=sub)


_SUMMARY = "Who had to call again within a day or a week, and how often one call was enough."
REPORT = Report(*NAME, _SUMMARY, build, whole_site=True)
