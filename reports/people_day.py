"""One person's day: what they did hour by hour, every change, and beside it the average of the others. Pure.

No colleague is named, and no average is shown from which one person's figures could be had.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from reports import people_metrics as metrics
from reports.document import Cell, Chart, Column, Figure, Series, Shape, Table, Unit
from reports.people_sheet import Line, count_cell, handling_cell, seconds, share_cell
from reports.period import Period
from reports.spans import Doing, Span, micros, moment_at

#: Minutes of one bar of the day's chart.
MINUTES = 30
#: An average is of at least so many people: of two, each could work out the other's figures.
FEWEST = 3
#: More changes than this are no day that anybody reads; what is left out is said.
MOST_CHANGES = 500

_LAYERS = (
    Doing.TALKING, Doing.WRAP_UP, Doing.RINGING, Doing.READY, Doing.UNDIVIDED, Doing.PAUSED, Doing.NOT_KNOWN,
)  # fmt: skip


@dataclass(frozen=True)
class Others:
    """The people of somebody's departments who were logged in that day, that person among them, added up."""

    line: Line
    people: int


def head(line: Line) -> tuple[Figure, ...]:
    """Return the figures at the head of somebody's own day."""
    return (
        Figure("logged_in", "logged in", _time(line, metrics.logged_in(line.times)), Unit.SECONDS, "logged_in"),
        Figure("conversations", "conversations", _conversations(line), Unit.COUNT, "conversations"),
        Figure("missed", "missed", count_cell(line, "missed", line.calls.missed, of_ringing=True), term="missed"),
        Figure("average_talk", "average talk", _average_talk(line), Unit.SECONDS, "average_talk"),
        Figure("handling_time", "handling time", handling_cell(line), Unit.SECONDS, "handling_time"),
        Figure("occupancy", "occupancy", share_cell(line, metrics.occupancy), Unit.SHARE, "occupancy"),
    )


def chart(day: Period, spans: Sequence[Span], now: datetime) -> Chart:
    """Return what somebody did in each half hour of a day, from the first to the last in which they were logged in."""
    edges = _edges(day)
    rows = [_within(spans, begin, end, micros(now)) for begin, end in pairwise(edges)]
    busy = [place for place, row in enumerate(rows) if row]
    some = range(busy[0], busy[-1] + 1) if busy else range(0)
    series = tuple(
        Series(doing.value, tuple(seconds(rows[place].get(doing, 0)) for place in some))
        for doing in _LAYERS
        if any(doing in row for row in rows)
    )
    return Chart("my_day", "The day by half hours", Shape.STACKED, _labels(day, edges, some), series, Unit.SECONDS)


def changes(day: Period, spans: Sequence[Span], now: datetime) -> Table:
    """Return every change of a day, cut at midnight; what goes on ends now."""
    start, end = micros(day.start), min(micros(day.end), micros(now))
    rows = []
    for span in spans:
        since, until = max(span.since, start), end if span.until is None else min(span.until, end)
        if until <= since:
            continue
        goes_on = "goes on" if span.until is None and end < micros(day.end) else ""
        rows.append(
            (
                Cell(moment_at(since)),
                Cell(moment_at(until), note=goes_on),
                Cell(seconds(until - since), note=goes_on),
                Cell(span.doing.value, note="" if span.reachable else "the phone could not be reached"),
                Cell(span.reason or span.department),
            )
        )
    left_out = len(rows) - MOST_CHANGES
    return Table(
        "changes",
        "What you did",
        (
            Column("since", "from", Unit.MOMENT),
            Column("until", "until", Unit.MOMENT),
            Column("length", "for", Unit.SECONDS),
            Column("doing", "you were"),
            Column("about", "reason or department"),
        ),
        tuple(rows[:MOST_CHANGES]),
        empty="you were not logged in",
        note=f"{left_out} more changes are left out" if left_out > 0 else "",
    )


def beside(line: Line, others: Others) -> Table:
    """Return somebody's figures with the average of their departments below, where enough people were there."""
    rows = [(Cell("you"), *_own(line))]
    if others.people >= FEWEST:
        rows.append((Cell("average of your departments"), *_average(others)))
        note = f"the average is of {others.people} people, you among them"
    else:
        note = f"no average: fewer than {FEWEST} people were logged in, and it would tell what one of them did"
    columns = (Column("who", ""), *_BESIDE)
    return Table("beside", "You and your departments", columns, tuple(rows), note=note)


_BESIDE = (
    Column("logged_in", "logged in", Unit.SECONDS, "logged_in"),
    Column("conversations", "conversations", Unit.NUMBER, "conversations"),
    Column("missed", "missed", Unit.NUMBER, "missed"),
    Column("average_talk", "average talk", Unit.SECONDS, "average_talk"),
    Column("handling_time", "handling time", Unit.SECONDS, "handling_time"),
    Column("occupancy", "occupancy", Unit.SHARE, "occupancy"),
    Column("utilisation", "utilisation", Unit.SHARE, "utilisation"),
)


def _own(line: Line) -> tuple[Cell, ...]:
    return (
        _time(line, metrics.logged_in(line.times)),
        _conversations(line),
        count_cell(line, "missed", line.calls.missed, of_ringing=True),
        _average_talk(line),
        handling_cell(line),
        share_cell(line, metrics.occupancy),
        share_cell(line, metrics.utilisation),
    )


def _average(others: Others) -> tuple[Cell, ...]:
    """Times and numbers by head; a ratio is that of all of them together."""
    line, people = others.line, others.people
    missed = count_cell(line, "missed", line.calls.missed, of_ringing=True)
    return (
        _time(line, metrics.logged_in(line.times) / people),
        Cell(line.calls.conversations / people, unsure=line.unsure),
        missed if missed.unknown else Cell(line.calls.missed / people, unsure=missed.unsure),
        _average_talk(line),
        handling_cell(line),
        share_cell(line, metrics.occupancy),
        share_cell(line, metrics.utilisation),
    )


def _time(line: Line, us: float) -> Cell:
    return Cell(seconds(us), unsure=line.unsure)


def _conversations(line: Line) -> Cell:
    return count_cell(line, "talks", line.calls.conversations, of_ringing=False)


def _average_talk(line: Line) -> Cell:
    return Cell(seconds(metrics.average_talk(line.calls)), unsure=line.unsure)


def _edges(day: Period) -> list[int]:
    """Return where the half hours of a day begin, and its end: 46, 48 or 50 of them."""
    step, end = MINUTES * 60_000_000, micros(day.end)
    return [*range(micros(day.start), end, step), end]


def _labels(day: Period, edges: Sequence[int], some: range) -> tuple[str, ...]:
    """Return the local times; an hour that comes twice has the name of its zone the second time."""
    local = [moment_at(edges[place]).astimezone(day.zone) for place in some]
    return tuple(f"{at:%H:%M} {at:%Z}" if at.fold else f"{at:%H:%M}" for at in local)


def _within(spans: Sequence[Span], begin: int, end: int, now: int) -> dict[Doing, int]:
    """Return how long each thing was done from `begin` up to `end`."""
    found: dict[Doing, int] = {}
    for span in spans:
        part = min(end, now if span.until is None else span.until, now) - max(begin, span.since)
        if part > 0:
            found[span.doing] = found.get(span.doing, 0) + part
    return found
