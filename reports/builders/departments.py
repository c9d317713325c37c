"""The departments: how the stays in each line ended, and how long they took."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports import metrics
from reports.asking import Ask, Facts
from reports.builders.base import Report, document, lights, seconds
from reports.document import Cell, Chart, Document, Part, Series, Shape, Table, Unit
from reports.document import Column as C
from reports.rules import OURS, LineSums
from reports.selection import Selection
from reports.sums import By, CallSums
from reports.terms import term_of

NAME = ("departments", "Departments")

COLUMNS = (
    C("department", "Department"),
    C("offered", "Offered", Unit.COUNT, "line_offered"),
    C("answered", "Answered", Unit.COUNT, "line_answered"),
    C("abandoned", "Abandoned", Unit.COUNT, "line_abandoned"),
    C("short", "of these short", Unit.COUNT, "short"),
    C("voicemail", "Voicemail", Unit.COUNT),
    C("overflowed", "Overflowed", Unit.COUNT, "overflowed"),
    C("failed", "Failed", Unit.COUNT),
    C("waiting", "Waiting", Unit.COUNT),
    C("target", "Target", Unit.SECONDS),
    C("service_level", "Service level", Unit.SHARE, "service_level"),
    C("average_wait", "Average wait", Unit.SECONDS, "average_wait"),
    C("longest_wait", "Longest wait", Unit.SECONDS, "longest_wait"),
    C("talk_time", "Talk time", Unit.SECONDS, "talk_time"),
)
_COUNTS = ("offered", "answered", "abandoned", "short", "voicemail", "overflowed", "failed", "waiting")
_WAYS = (
    ("answered", "Answered"), ("abandoned", "Abandoned"), ("voicemail", "Voicemail"), ("overflowed", "Overflowed"),
)  # fmt: skip
SOME_UNKNOWN = "the wait of some is not known: they are not counted as served in time"
TERMS = (
    term_of("service_level", "Service level", OURS.level),
    term_of("line_offered", "Offered to a department", metrics.count_stays),
    term_of("short", "Short abandons", metrics.count_short),
    term_of("overflowed", "Overflowed", metrics.count_overflowed),
    term_of("average_wait", "Average wait (ASA)", metrics.average_wait),
    term_of("longest_wait", "Longest wait", metrics.longest_wait),
    term_of("talk_time", "Talk time", metrics.talk_time),
)


async def build(ask: Ask, facts: Facts) -> Document:
    """Make the report."""
    seen = await lights(ask, facts)
    sums = await facts.lines(ask, By.DEPARTMENT)
    named = [(ask.called(key[0]), one) for key, one in sorted(sums.items())]
    ways = tuple(Series(title, tuple(getattr(one, way) for _, one in named)) for way, title in _WAYS)
    labels = tuple(name for name, _ in named)
    behind = tuple(ask.behind("line_offered", department=key[0]) for key in sorted(sums))
    chart = Chart("ways", "How callers left each line", Shape.STACKED, labels, ways, behind=behind)
    parts: list[Part] = [table(ask, sums, unsure=seen.unsure)]
    if named:
        parts.append(seen.marked(chart))
    return document(NAME, ask, parts=parts, terms=TERMS, seen=seen, lines=named, rule=True)


def table(ask: Ask, sums: Mapping[tuple[Any, ...], LineSums], *, unsure: bool = False) -> Table:
    """Return a row for each department, those that had no call among them."""
    asked = ask.site_departments if ask.within is None else tuple(sorted(ask.within))
    names = sorted({key[0] for key in sums} | set(asked))
    rows = tuple(row(ask, Cell(ask.called(name)), name, sums.get((name,), LineSums()), unsure=unsure) for name in names)
    return Table("departments", "Departments", COLUMNS, rows, empty="no departments")


def row(ask: Ask, first: Cell, department: str, sums: LineSums, *, unsure: bool = False, **by: Any) -> tuple[Cell, ...]:
    """Return the cells of one department's stays; `by` narrows the calls behind them."""
    if not sums.offered and not sums.talks:
        return (first, Cell(None, unsure=unsure), *[Cell("")] * (len(COLUMNS) - 2))
    by = {**by, "department": department}
    return (
        first,
        *(Cell(getattr(sums, name), ask.behind(f"line_{name}", **by), unsure=unsure) for name in _COUNTS),
        Cell(ask.definition.target(department)),
        level(ask, sums, ask.behind("line_served", **by), unsure=unsure),
        average_wait(sums, ask.behind("line_waits", **by), unsure=unsure),
        longest_wait(sums, unsure=unsure),
        Cell(sums.talk_ms / 1000 if sums.talks else None, ask.behind("talks", **by), unsure=unsure),
    )


def level(ask: Ask, sums: LineSums, behind: Selection | None = None, *, unsure: bool = False) -> Cell:
    """Return the service level: not known where no wait that it depends on is, with a note where some are not."""
    rule = ask.definition.rule
    unjudged, value = rule.unjudged(sums), rule.level(sums)
    if unjudged and not rule.judged(sums):
        return Cell(None, unknown=True, unsure=unsure)
    return Cell(value, behind if value is not None else None, unsure=unsure, note=SOME_UNKNOWN if unjudged else "")


def average_wait(sums: LineSums | CallSums, behind: Selection | None = None, *, unsure: bool = False) -> Cell:
    """Return the mean wait of the answered whose wait is known; not known where none is."""
    value = seconds(sums.wait_ms, sums.waits)
    unknown = sums.answered > 0 and value is None
    return Cell(value, None if value is None else behind, unknown=unknown, unsure=unsure)


def longest_wait(sums: LineSums, longest_ms: int = 0, *, unsure: bool = False) -> Cell:
    """Return the longest wait that is known, of the line or another of so many milliseconds."""
    over = sums.offered - sums.waiting
    if over > sums.unknown or longest_ms:
        return Cell(max(sums.longest_ms, longest_ms) / 1000, unsure=unsure)
    return Cell(None, unknown=sums.unknown > 0, unsure=unsure)


_SUMMARY = "Each line: offered, answered, abandoned, waits and service level."
REPORT = Report(*NAME, _SUMMARY, build, frozenset({"department"}))
