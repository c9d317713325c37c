"""Hour by weekday: when calls come, and when callers give up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.asking import Ask, Facts
from reports.builders.base import Report, document, lights
from reports.builders.departments import TERMS
from reports.document import Cell, Document, Heat, Unit
from reports.rules import LineSums
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
        parts.append(_map(ask, "calls", "Calls that came in", "offered", {k: v.offered for k, v in calls.items()}))
    parts += [
        _map(ask, "offered", "Callers who joined a line", _by(ask, "offered"), _of(lines, "offered")),
        _map(ask, "abandoned", "Callers who gave up in a line", _by(ask, "abandoned"), _of(lines, "abandoned")),
        _levels(ask, lines),
    ]
    return document(NAME, ask, parts=parts, terms=TERMS, seen=seen, rule=True)


def _of(sums: Mapping[tuple[Any, ...], LineSums], name: str) -> dict[tuple[Any, ...], int]:
    return {key: getattr(one, name) for key, one in sums.items()}


def _by(ask: Ask, name: str) -> str:
    """Stays of several departments are counted one by one, which a list of contacts would not be."""
    return f"line_{name}" if ask.department else ""


def _map(ask: Ask, name: str, title: str, count: str, found: Mapping[tuple[Any, ...], int]) -> Heat:
    cells = tuple(
        tuple(
            Cell(
                found.get((day, hour), 0),
                ask.behind(count, weekday=day, hour=hour) if count and found.get((day, hour)) else None,
            )
            for hour in range(24)
        )
        for day in range(7)
    )
    return Heat(name, title, DAYS, HOURS, cells)


def _levels(ask: Ask, sums: Mapping[tuple[Any, ...], LineSums]) -> Heat:
    rule = ask.definition.rule
    cells = tuple(tuple(Cell(rule.level(sums.get((day, hour), LineSums()))) for hour in range(24)) for day in range(7))
    return Heat("service_level", "Service level", DAYS, HOURS, cells, Unit.SHARE)


_SUMMARY = "When calls come and when callers give up, by hour and weekday."
REPORT = Report(*NAME, _SUMMARY, build, frozenset({"department"}))
