"""The trend: day by day over a longer time, with weeks to compare."""

from __future__ import annotations

from reports.asking import Ask, Facts
from reports.builders import departments
from reports.builders.base import Report, day_labels, document, lights, stays_behind
from reports.builders.lights import marked_row
from reports.document import Cell, Chart, Document, Series, Shape, Table, Unit
from reports.document import Column as C
from reports.rules import LineSums
from reports.selection import NoSelection
from reports.sums import By

NAME = ("trend", "Trend")
MOST_DAYS = 1_100


async def build(ask: Ask, facts: Facts) -> Document:
    """Make the report: a row for each day, those without calls among them."""
    if (ask.period.last - ask.period.first).days >= MOST_DAYS:
        raise NoSelection(f"a trend is told of at most {MOST_DAYS} days: ask for less")
    seen = await lights(ask, facts)
    sums = await facts.lines(ask, By.DAY)
    days = list(ask.period.days())
    found = [(day, sums.get((day.first,), LineSums())) for day in days]
    labels = day_labels(days)
    unsure = tuple(seen.over(day.start, day.end) for day in days)
    levels = Series("Service level", tuple(_share(ask, one) for _, one in found))
    level = Chart("level", "Service level", Shape.LINE, labels, (levels,), Unit.SHARE, unsure=unsure)
    calls = Chart(
        "lines", "Callers in lines", Shape.LINE, labels,
        (
            Series("Offered", tuple(one.offered for _, one in found)),
            Series("Answered", tuple(one.answered for _, one in found)),
            Series("Abandoned", tuple(one.abandoned for _, one in found)),
        ),
        unsure=unsure,
    )  # fmt: skip
    columns = (
        C("day", "Day", Unit.DAY), C("offered", "Offered", Unit.COUNT), C("answered", "Answered", Unit.COUNT),
        C("abandoned", "Abandoned", Unit.COUNT), C("service_level", "Service level", Unit.SHARE, "service_level"),
        C("average_wait", "Average wait", Unit.SECONDS, "average_wait"),
    )  # fmt: skip
    rows = []
    for (day, one), dark in zip(found, unsure, strict=True):
        selection = {
            name: stays_behind(ask, name, start=day.start, end=day.end) if one.offered else None
            for name in ("offered", "answered", "abandoned", "served", "waits")
        }
        row = (
            Cell(day.first),
            Cell(one.offered if one.offered else None, selection["offered"]),
            Cell(one.answered if one.offered else None, selection["answered"]),
            Cell(one.abandoned if one.offered else None, selection["abandoned"]),
            departments.level(ask, one, selection["served"]),
            departments.average_wait(one, selection["waits"]),
        )
        rows.append(marked_row(columns, row) if dark else row)
    table = Table("days", "Day by day", columns, tuple(rows))
    return document(NAME, ask, parts=[calls, level, table], terms=departments.TERMS, seen=seen, rule=True)


def _share(ask: Ask, sums: LineSums) -> float | None:
    value = departments.level(ask, sums).value
    return value if isinstance(value, float) else None


REPORT = Report(*NAME, "Calls, service level and waits day by day.", build, frozenset({"department"}))
