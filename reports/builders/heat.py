"""Hour by weekday: when calls come, and when callers give up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from reports.asking import Ask, Facts
from reports.builders.base import Lights, Report, document, lights, stays_behind
from reports.builders.departments import SOME_UNKNOWN, TERMS, level
from reports.document import Cell, Document, Heat, Unit
from reports.rules import LineSums
from reports.selection import Selection
from reports.sums import By

NAME = ("heat", "Hour by weekday")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS = tuple(f"{hour:02d}" for hour in range(24))


async def build(ask: Ask, facts: Facts) -> Document:
    """Make the report: calls offered, abandoned and the service level of each hour of each weekday."""
    seen = await lights(ask, facts)
    lines = await facts.lines(ask, By.WEEKDAY, By.HOUR)
    parts = []
    if ask.within is None:
        calls = await facts.calls(ask, By.WEEKDAY, By.HOUR)
        offered = {key: one.offered for key, one in calls.items()}
        parts.append(_map("calls", "Calls that came in", partial(ask.behind, "offered"), offered))
    levels = _levels(ask, lines)
    parts += [
        _map("offered", "Callers who joined a line", partial(stays_behind, ask, "offered"), _of(lines, "offered")),
        _map(
            "abandoned",
            "Callers who gave up in a line",
            partial(stays_behind, ask, "abandoned"),
            _of(lines, "abandoned"),
        ),
        levels,
    ]
    parts = [_with_marks(part, seen) for part in parts]
    notes = [SOME_UNKNOWN] if any(cell.note for row in levels.cells for cell in row) else []  # a map has no footnotes
    return document(NAME, ask, parts=parts, terms=TERMS, seen=seen, notes=notes, rule=True)


def _with_marks(heat: Heat, seen: Lights) -> Heat:
    """Return a map with the hours marked that lie over a gap on any of these days, those without calls as well."""
    return replace(
        heat,
        cells=tuple(
            tuple(replace(cell, unsure=(day, hour) in seen.hours) for hour, cell in enumerate(cells))
            for day, cells in enumerate(heat.cells)
        ),
    )


def _of(sums: Mapping[tuple[Any, ...], LineSums], name: str) -> dict[tuple[Any, ...], int]:
    return {key: getattr(one, name) for key, one in sums.items()}


def _map(name: str, title: str, behind: Callable[..., Selection], found: Mapping[tuple[Any, ...], int]) -> Heat:
    cells = tuple(
        tuple(
            Cell(
                found.get((day, hour), 0),
                behind(weekday=day, hour=hour) if found.get((day, hour)) else None,
            )
            for hour in range(24)
        )
        for day in range(7)
    )
    return Heat(name, title, DAYS, HOURS, cells)


def _levels(ask: Ask, sums: Mapping[tuple[Any, ...], LineSums]) -> Heat:
    cells = tuple(
        tuple(
            level(ask, sums.get((day, hour), LineSums()), stays_behind(ask, "served", weekday=day, hour=hour))
            for hour in range(24)
        )
        for day in range(7)
    )
    return Heat("service_level", "Service level", DAYS, HOURS, cells, Unit.SHARE)


_SUMMARY = "When calls come and when callers give up, by hour and weekday."
REPORT = Report(*NAME, _SUMMARY, build, frozenset({"department"}))
