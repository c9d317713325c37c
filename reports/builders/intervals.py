"""Intervals of 15, 30 or 60 minutes, by department: how each line did through the day."""

from __future__ import annotations

from datetime import timedelta

from reports.asking import Ask, Facts
from reports.builders import departments
from reports.builders.base import Report, document, lights
from reports.document import Cell, Chart, Document, Part, Series, Shape, Table, Unit
from reports.document import Column as C
from reports.period import stretches
from reports.selection import NoSelection
from reports.sums import By

NAME = ("intervals", "Intervals")
MINUTES = (15, 30, 60)
#: Days with more intervals than anybody reads.
MOST_DAYS = 92


async def build(ask: Ask, facts: Facts) -> Document:
    """Make the report: a row for each interval of each department in which somebody joined its line."""
    if ask.minutes not in MINUTES:
        raise NoSelection(f"an interval has {', '.join(map(str, MINUTES[:-1]))} or {MINUTES[-1]} minutes")
    if (ask.period.last - ask.period.first).days >= MOST_DAYS:
        raise NoSelection(f"intervals are told of at most {MOST_DAYS} days: ask for less")
    seen = await lights(ask, facts)
    sums = await facts.lines(ask, By.DEPARTMENT, By.INTERVAL)
    one_day = ask.period.first == ask.period.last
    changes = len(stretches(ask.period)) > 1
    rows = []
    for department, start in sorted(sums):
        end = start + timedelta(minutes=ask.minutes)
        here = start.astimezone(ask.period.zone)
        label = f"{here:%H:%M}" if one_day else f"{here:%Y-%m-%d %H:%M}"
        if changes:
            label += f" {here.tzname()}"  # an hour that comes twice says which it is
        cells = departments.row(ask, Cell(label), department, sums[department, start], start=start, end=end)
        rows.append((Cell(ask.called(department)), *cells))
    columns = (C("department", "Department"), C("interval", "From", Unit.TEXT), *departments.COLUMNS[1:])
    table = Table("intervals", f"Every {ask.minutes} minutes", columns, tuple(rows))
    by_interval = await facts.lines(ask, By.INTERVAL)
    starts = sorted(by_interval)
    form = "%H:%M" if one_day else "%d %b %H:%M"
    chart = Chart(
        "course",
        "Offered and answered",
        Shape.LINE,
        tuple(key[0].astimezone(ask.period.zone).strftime(form) for key in starts),
        (
            Series("Offered", tuple(by_interval[key].offered for key in starts)),
            Series("Answered", tuple(by_interval[key].answered for key in starts)),
        ),
    )
    parts: list[Part] = [chart, table] if starts else [table]
    return document(NAME, ask, parts=parts, terms=departments.TERMS, seen=seen, rule=True)


REPORT = Report(*NAME, "How each line did, every 15, 30 or 60 minutes.", build, frozenset({"department", "minutes"}))
