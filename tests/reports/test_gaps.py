"""Gaps: found in what the journal tells, said in few lines, marked on the figures that lie over them and no others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter import events as ev
from callrouter.events import Event
from reports.builders.lights import Lights, marked_row
from reports.document import Cell, Chart, Column, Edge, Figure, Flow, Heat, Node, Series, Shape, Table, Unit
from reports.gap_words import MOST_LINES, gap_lines
from reports.gaps import Gap, Why, bounds_of, find_gaps, times_of
from reports.period import days_between

ZONE = ZoneInfo("Europe/Vilnius")
START = datetime(2026, 11, 24, 6, tzinfo=UTC)  # 08:00 in Vilnius
DAY = days_between(START.date(), START.date(), ZONE)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def lost(since: float, until: float) -> ev.LinkLost:
    return ev.LinkLost(at=at(until), since=at(since).isoformat(), until=at(until).isoformat())


def started(minutes: float, after: float | None = None) -> ev.ServerStarted:
    return ev.ServerStarted(at=at(minutes), site="v1", after="" if after is None else at(after).isoformat())


def stopped(minutes: float) -> ev.ServerStopped:
    return ev.ServerStopped(at=at(minutes))


def gap(why: Why, since: float | None, until: float | None) -> Gap:
    return Gap(why, None if since is None else at(since), None if until is None else at(until))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([], [], id="nothing told"),
        pytest.param([started(-60)], [], id="the first start"),
        pytest.param([lost(10, 20)], [gap(Why.LINK_LOST, 10, 20)], id="link lost"),
        pytest.param([stopped(10), started(10.03)], [gap(Why.STOPPED, 10, 10.03)], id="a restart of two seconds"),
        pytest.param([stopped(10)], [gap(Why.STOPPED, 10, None)], id="stopped and away still"),
        pytest.param([stopped(-9_000_000)], [gap(Why.STOPPED, -9_000_000, None)], id="away for years"),
        pytest.param([started(-60), started(30, after=12)], [gap(Why.DIED, 12, 30)], id="died after its last word"),
        pytest.param([started(-60), started(30)], [gap(Why.DIED, None, 30)], id="died, by an older journal"),
        pytest.param([started(-60), started(30, after=45)], [gap(Why.DIED, 30, 30)], id="the clock was set back"),
        pytest.param(
            [started(-60), ev.ServerStarted(at=at(30), site="v1", after="x")], [gap(Why.DIED, 30, 30)], id="no moment"
        ),
        pytest.param([started(-60), started(-30, after=-45)], [], id="over before the time"),
        pytest.param([lost(-20, 0)], [], id="over at the beginning"),
        pytest.param([lost(60, 70)], [], id="begins at the end"),
        pytest.param([lost(-20, 90)], [gap(Why.LINK_LOST, -20, 90)], id="longer than the time"),
        pytest.param(
            [stopped(20), lost(10, 25), started(30)],
            [gap(Why.LINK_LOST, 10, 25), gap(Why.STOPPED, 20, 30)],
            id="by their beginning",
        ),
    ],
)
def test_gaps_of_an_hour(events: list[Event], expected: list[Gap]) -> None:
    assert list(find_gaps(events, at(0), at(60))) == expected


MOMENTS = st.integers(-100, 200)


@given(st.lists(st.tuples(MOMENTS, st.integers(0, 60)), max_size=12), MOMENTS, st.integers(1, 60))
def test_times_are_those_of_their_gaps(gaps: list[tuple[int, int]], begin: int, long: int) -> None:
    """What `Times` says of a time is what looking at each gap says, whatever they overlap."""
    found = [gap(Why.LINK_LOST, since, since + length) for since, length in gaps]
    times = times_of(found)
    bounds = [bounds_of(one) for one in found]
    touched = any(since < at(begin + long) and until > at(begin) for since, until in bounds)
    assert times.touch(at(begin), at(begin + long)) is touched
    parts = list(times.within(at(begin), at(begin + long)))
    assert bool(parts) is touched
    assert all(at(begin) <= since < until <= at(begin + long) for since, until in parts)
    assert all(one[1] < two[0] for one, two in zip(times.spans, times.spans[1:], strict=False))
    if len(found) < 4:
        assert all(times_of(order) == times for order in permutations(found))


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        pytest.param([], [], id="none"),
        pytest.param(
            [gap(Why.LINK_LOST, 10, 20)],
            [
                "the link to Asterisk was lost from 2026-11-24 08:10:00 until 08:20:00: figures of that time"
                " are not sure"
            ],
            id="one",
        ),
        pytest.param(
            [gap(Why.STOPPED, 0, None)],
            ["the server was stopped from 2026-11-24 08:00:00: figures of that time are not sure"],
            id="it goes on",
        ),
        pytest.param(
            [gap(Why.DIED, 0, 960)],
            [
                "the server ended without being stopped, at 2026-11-24 08:00:00 or later; it started again at"
                " 2026-11-25 00:00:00: figures of that time are not sure"
            ],
            id="died before midnight",
        ),
        pytest.param(
            [gap(Why.DIED, None, 5)],
            [
                "the server ended without being stopped; it started again at 2026-11-24 08:05:00: figures of that time"
                " are not sure"
            ],
            id="died, nobody knows when",
        ),
        pytest.param(
            [gap(Why.LINK_LOST, n, n + 0.5) for n in range(0, 140, 10)],
            [
                "the link to Asterisk was lost 14 times between 2026-11-24 08:00:00 and 10:10:30, 7 min 00 s together:"
                " figures of those times are not sure"
            ],
            id="many of a night are one line",
        ),
        pytest.param(
            [*(gap(Why.DIED, n, n + 2) for n in range(0, 50, 10)), gap(Why.STOPPED, 700, 720)],
            [
                "the server ended without being stopped 5 times between 2026-11-24 08:00:00 and 08:42:00, at most"
                " 10 min 00 s together: figures of those times are not sure",
                "the server was stopped from 2026-11-24 19:40:00 until 20:00:00: figures of that time are not sure",
            ],
            id="of another kind apart",
        ),
    ],
)
def test_gaps_in_words(gaps: list[Gap], expected: list[str]) -> None:
    assert list(gap_lines(gaps, ZONE)) == expected


def test_a_year_of_gaps_is_a_page_of_lines() -> None:
    """Each far from the next, so that none are put together."""
    found = [gap(Why.LINK_LOST, n * 24 * 60, n * 24 * 60 + 30) for n in range(365)]
    lines = list(gap_lines(found, ZONE))
    assert len(lines) == MOST_LINES + 1
    assert lines[-1] == "and 345 more such times, 172 h 30 min together: figures of those times are not sure"


def lit(*gaps: Gap) -> Lights:
    return Lights.of(gaps, DAY, DAY.end)


SEEN, DARK = lit(), lit(gap(Why.LINK_LOST, 50, 70))


def test_the_hours_of_the_site_that_a_gap_touches() -> None:
    assert SEEN.hours == frozenset()
    assert DARK.hours == {(1, 8), (1, 9)}  # a Tuesday
    autumn = days_between(date(2026, 10, 25), date(2026, 10, 25), ZONE)
    again = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 03:30 for the second time
    twice = Lights.of([Gap(Why.STOPPED, again, again + timedelta(minutes=5))], autumn, autumn.end)
    assert twice.hours == {(6, 3)}
    assert not twice.over(again - timedelta(hours=1), again - timedelta(minutes=30))
    assert twice.over(again, again + timedelta(minutes=30))


def test_what_is_still_to_come_lies_over_no_gap() -> None:
    away = Lights.of([gap(Why.STOPPED, 0, None)], DAY, at(90))
    assert away.hours == {(1, 8), (1, 9)}
    assert away.unsure
    assert not away.over(at(90), DAY.end)
    tomorrow = Lights.of([gap(Why.STOPPED, 0, None)], DAY, DAY.start - timedelta(hours=1))
    assert not tomorrow.unsure


def test_a_gap_of_weeks_touches_every_hour() -> None:
    year = days_between(date(2026, 1, 1), date(2026, 12, 31), ZONE)
    assert len(Lights.of([Gap(Why.STOPPED, year.start, None)], year, year.end).hours) == 7 * 24


COLUMNS = (Column("name", "Name"), Column("calls", "Calls", Unit.COUNT), Column("last", "Last", Unit.MOMENT))
ROW = (Cell("billing"), Cell(3), Cell(START))
PARTS = [
    Table("t", "T", COLUMNS, (ROW,), ROW),
    Chart("c", "C", Shape.BARS, ("a", "b"), (Series("s", (1.0, None)),)),
    Heat("h", "H", ("Mon",), ("09", "10"), ((Cell(0), Cell(None)),)),
    Flow("f", "F", (Node("a", "A", 0, 3), Node("b", "B", 1, 3)), (Edge("a", "b", 3),)),
]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: type(part).__name__)
def test_figures_of_the_whole_time_are_marked(part: Table | Chart | Heat | Flow) -> None:
    assert SEEN.marked(part) == part
    marks = list(_marks(DARK.marked(part)))
    assert marks
    assert all(marks)


def test_words_and_moments_are_no_figures() -> None:
    marked = marked_row((*COLUMNS, COLUMNS[1]), (*ROW, Cell(None)))
    assert [cell.unsure for cell in marked] == [False, True, False, True]


def test_a_figure_at_the_head() -> None:
    figure = Figure("offered", "Offered", Cell(3))
    assert SEEN.marked_figure(figure) == figure
    assert DARK.marked_figure(figure) == replace(figure, cell=Cell(3, unsure=True))


def _marks(part: Table | Chart | Heat | Flow) -> Iterator[bool]:
    match part:
        case Table():
            yield from (row[1].unsure for row in (*part.rows, part.total))
        case Chart():
            yield from part.unsure
        case Heat():
            yield from (cell.unsure for row in part.cells for cell in row)
        case Flow():
            yield part.unsure


@pytest.mark.parametrize(
    ("filled", "expected"),
    [
        (0, []),
        (1, ["we did not see the end of 1 call: it was filled in from Asterisk's own file"]),
        (12, ["we did not see the end of 12 calls: it was filled in from Asterisk's own file"]),
    ],
)
def test_how_many_calls_were_completed_is_said(filled: int, expected: list[str]) -> None:
    assert list(Lights.of((), DAY, DAY.end, filled).lines) == expected
