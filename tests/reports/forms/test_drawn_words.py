"""What charts and maps write: a share of 0 is no blank, days of several years say which, no word is cut by the edge."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from reports.builders.base import day_labels
from reports.document import Cell, Chart, Heat, Series, Shape, Unit
from reports.forms.drawings import picture_of
from reports.forms.svg import svg_of
from reports.period import days_between

ZONE = ZoneInfo("Europe/Vilnius")
WIDTH = 720.0


@pytest.mark.parametrize(
    ("value", "unit", "words", "times"),
    [
        pytest.param(0.0, Unit.SHARE, ">0 %<", 1, id="nobody was served in time"),
        pytest.param(None, Unit.SHARE, ">–<", 1, id="nobody called"),
        pytest.param(0, Unit.COUNT, ">0<", 1, id="no calls, which the scale alone says"),
    ],
)
def test_an_hour_of_a_map(value: float | None, unit: Unit, words: str, times: int) -> None:
    heat = Heat("level", "Level", ("Monday",), ("08", "09"), ((Cell(value), Cell(1)),), unit)
    drawn = svg_of(picture_of(heat, ZONE, WIDTH)).replace("\u00a0", " ")
    assert drawn.count(words) == times


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        pytest.param(date(2026, 12, 30), date(2026, 12, 31), ("30 Dec", "31 Dec"), id="one year"),
        pytest.param(date(2026, 12, 31), date(2027, 1, 1), ("31 Dec 2026", "1 Jan 2027"), id="two years"),
    ],
)
def test_days_of_several_years_say_which(first: date, last: date, labels: tuple[str, ...]) -> None:
    assert day_labels(list(days_between(first, last, ZONE).days())) == labels
    assert day_labels([]) == ()


@pytest.mark.parametrize("days", [365, 500, 730], ids=lambda days: f"{days} days")
def test_no_label_of_the_foot_is_cut_by_the_edge(days: int) -> None:
    labels = tuple(f"{n % 28 + 1} Oct {2020 + n // 365}" for n in range(days))
    chart = Chart("c", "Course", Shape.LINE, labels, (Series("Offered", (1.0,) * days),))
    drawing = picture_of(chart, ZONE, WIDTH).drawing
    foot = [one for one in drawing.contents if getattr(one, "text", "") in labels]
    assert len(foot) > 3
    for one in foot:
        begin, end = one.getBounds()[0], one.getBounds()[2]
        assert begin >= 0 and end <= WIDTH + 1
