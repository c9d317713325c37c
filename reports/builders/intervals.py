"""Intervals of 15, 30 or 60 minutes, by department: how each line did through the day."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from itertools import product

from reports.asking import Ask, Facts
from reports.builders import departments
from reports.builders.base import Lights, Report, document, lights
from reports.document import Cell, Chart, Document, Part, Series, Shape, Table, Unit
from reports.document import Column as C
from reports.period import interval_end, stretches
from reports.rules import LineSums
from reports.selection import NoSelection
from reports.sums import By, Key

NAME = ("intervals", "Intervals")
MINUTES = (15, 30, 60)
#: Days with more intervals than anybody reads.
MOST_DAYS = 92


async def build(ask: Ask, facts: Facts) -> Document:
    """Make the report: a row for each interval of each department, those without calls among them.

    Of hours in which nobody ever came, such as the night, there are none: it is said of them in one line.
    """
    if ask.minutes not in MINUTES:
        raise NoSelection(f"an interval has {', '.join(map(str, MINUTES[:-1]))} or {MINUTES[-1]} minutes")
    if (ask.period.last - ask.period.first).days >= MOST_DAYS:
        raise NoSelection(f"intervals are told of at most {MOST_DAYS} days: ask for less")
    seen = await lights(ask, facts)
    sums = await facts.lines(ask, By.DEPARTMENT, By.INTERVAL)
    by_interval = await facts.lines(ask, By.INTERVAL)
    return await asyncio.to_thread(_made, ask, seen, sums, by_interval)  # of 15 minutes a month has thousands of rows


def _made(ask: Ask, seen: Lights, sums: Mapping[Key, LineSums], by_interval: Mapping[Key, LineSums]) -> Document:
    one_day = ask.period.first == ask.period.last
    clock = stretches(ask.period)
    every = _starts(ask, by_interval)
    low, high = _hours(ask, seen, every, by_interval)
    shown = [start for start in every if low <= _clock(ask, start) <= high]
    rows = []
    for department, start in product(sorted({department for department, _ in sums}), shown):
        end = interval_end(start, ask.minutes, clock)
        here = start.astimezone(ask.period.zone)
        label = f"{here:%H:%M}" if one_day else f"{here:%Y-%m-%d %H:%M}"
        if len(clock) > 1:
            label += f" {here.tzname()}"  # an hour that comes twice says which it is
        unsure = seen.over(start, end)
        cells = departments.row(
            ask, Cell(label), department, sums.get((department, start), LineSums()), unsure=unsure, start=start, end=end
        )
        rows.append((Cell(ask.called(department)), *cells))
    columns = (C("department", "Department"), C("interval", "From", Unit.TEXT), *departments.COLUMNS[1:])
    note = _unshown(ask, low, high) if rows else ""
    table = Table("intervals", f"Every {ask.minutes} minutes", columns, tuple(rows), note=note)
    starts = shown if one_day else every  # of several days the nights as well: all are as far from each other
    found = [by_interval.get((start,), LineSums()) for start in starts]
    form = "%H:%M" if one_day else "%d %b %H:%M"
    chart = Chart(
        "course",
        "Offered and answered",
        Shape.LINE,
        tuple(start.astimezone(ask.period.zone).strftime(form) for start in starts),
        (
            Series("Offered", tuple(one.offered for one in found)),
            Series("Answered", tuple(one.answered for one in found)),
        ),
        unsure=tuple(seen.over(start, interval_end(start, ask.minutes, clock)) for start in starts),
    )
    parts: list[Part] = [chart, table] if rows else [table]
    return document(NAME, ask, parts=parts, terms=departments.TERMS, seen=seen, rule=True)


def _starts(ask: Ask, known: Mapping[Key, LineSums]) -> list[datetime]:
    """Return where each interval of the period begins, up to now."""
    clock, at = stretches(ask.period), ask.period.start
    found = {start for (start,) in known}
    while at < min(ask.period.end, ask.now):
        found.add(at)
        at = interval_end(at, ask.minutes, clock)
    return sorted(found)


def _clock(ask: Ask, start: datetime) -> time:
    return start.astimezone(ask.period.zone).time()


def _hours(ask: Ask, seen: Lights, every: Sequence[datetime], known: Mapping[Key, LineSums]) -> tuple[time, time]:
    """Return the first and the last interval of a day in which on any day somebody came, or we saw nothing."""
    clock = stretches(ask.period)
    told = [
        _clock(ask, start)
        for start in every
        if (start,) in known or seen.over(start, interval_end(start, ask.minutes, clock))
    ]
    return (min(told), max(told)) if told else (time.min, time.min)


def _unshown(ask: Ask, low: time, high: time) -> str:
    behind = high.hour * 60 + high.minute + ask.minutes
    said = [f"before {low:%H:%M}"] if low > time.min else []
    said += [f"from {behind // 60:02d}:{behind % 60:02d} on"] if behind < 24 * 60 else []
    return f"nobody joined a line {' or '.join(said)}" if said else ""


REPORT = Report(*NAME, "How each line did, every 15, 30 or 60 minutes.", build, frozenset({"department", "minutes"}))
