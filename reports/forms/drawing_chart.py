"""A chart as a picture: bars that stand or lie, stacks and lines. Knows neither paper nor page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from itertools import groupby
from typing import Any, Final

from reportlab.graphics.shapes import Circle, PolyLine

from ledger.paper.numbered import FAINT, INK, LINE
from reports.document import Chart, Shape
from reports.forms.picture import (
    SMALL,
    Picture,
    Spot,
    block,
    fitted,
    kind,
    measure,
    nothing,
    sheet,
    stroke,
    text,
    tick_said,
    ticks,
)
from reports.forms.words import UNSURE, UNSURE_SAID, value_said

_HEIGHT: Final = 150.0
_LEGEND: Final = 16.0
_FOOT: Final = 18.0
#: The line that says what the mark of a gap means, and how dark the ground of a label is that lies over one.
_NOTE: Final = 13.0
_DARK: Final = 0.2
#: More labels than this are thinned out along the foot; fewer that are too wide lie beside horizontal bars.
_MOST_BESIDE: Final = 16
_BESIDE: Final = 15.0
#: So many points of a line still have a dot each.
_MOST_DOTS: Final = 60


def chart_picture(chart: Chart, zone: tzinfo, width: float) -> Picture:
    """Draw a chart as wide as this."""
    if not any(value is not None for series in chart.series for value in series.values):
        return nothing(chart.name, chart.title, width)
    draw = _Beside if _lies(chart, width) else _Upright
    return draw(chart, zone, width).picture()


def _lies(chart: Chart, width: float) -> bool:
    """Whether the bars lie, so that there is room for the words beside them."""
    if chart.shape is Shape.LINE or len(chart.labels) > _MOST_BESIDE:
        return False
    sheet(width, 1.0)  # loads the letters
    return max(measure(label[:80]) for label in chart.labels) > (width - 50) / len(chart.labels) - 4


class _Base:
    """What both ways of drawing share: values, spots, the legend above."""

    def __init__(self, chart: Chart, zone: tzinfo, width: float, height: float) -> None:
        self.chart, self.zone, self.width, self.height = chart, zone, width, height
        self.drawing: Any = sheet(width, height)  # Any: a Drawing
        self.spots: list[Spot] = []
        self.unsure = chart.unsure or (False,) * len(chart.labels)
        self.stacked = chart.shape is Shape.STACKED
        self.scale = ticks(max(self._sizes(), default=0.0), chart.unit)

    def _sizes(self) -> Sequence[float]:
        if not self.stacked:
            return [value for series in self.chart.series for value in series.values if value is not None]
        return [sum(s.values[at] or 0.0 for s in self.chart.series) for at in range(len(self.chart.labels))]

    def picture(self) -> Picture:
        words = "; ".join(self._words(at) for at in range(len(self.chart.labels)))
        return Picture(self.chart.name, self.chart.title, words, self.drawing, tuple(self.spots))

    def legend(self) -> None:
        """Name the series above the chart, from the left."""
        if len(self.chart.series) < 2:
            return
        x, y = 0.0, self.height - 10
        for number, series in enumerate(self.chart.series):
            name = fitted(series.name, 150)
            if x + 14 + measure(name) > self.width:
                break
            self.drawing.add(block(x, y, 8, 8, kind(number)))
            self.drawing.add(text(x + 12, y + 1, name, colour=INK))
            x += 12 + measure(name) + 16

    def note(self, y: float) -> None:
        """Say what the mark of a gap means, beside its ground where some of it has one."""
        if all(self.unsure):
            self.drawing.add(text(0, y + 1, fitted(f"{UNSURE} all of it {UNSURE_SAID}", self.width)))
        elif any(self.unsure):
            self.drawing.add(block(0, y, 8, 8, FAINT, _DARK))
            self.drawing.add(text(12, y + 1, fitted(f"{UNSURE} {UNSURE_SAID}", self.width - 12)))

    def spot(self, at: int, x: float, y: float, width: float, height: float) -> None:
        behind = self.chart.behind[at] if self.chart.behind else None
        self.spots.append(Spot(x, y, width, height, self._words(at), behind))

    def _words(self, at: int) -> str:
        several = len(self.chart.series) > 1
        said = (
            f"{series.name} {value_said(series.values[at], self.chart.unit, self.zone)}"
            if several
            else value_said(series.values[at], self.chart.unit, self.zone)
            for series in self.chart.series
        )
        over = f"; {UNSURE_SAID}" if self.unsure[at] else ""
        return f"{self.chart.labels[at]}: {', '.join(said)}{over}"


class _Upright(_Base):
    """Values upwards, labels along the foot."""

    def __init__(self, chart: Chart, zone: tzinfo, width: float) -> None:
        super().__init__(chart, zone, width, _HEIGHT + _above(chart))
        self.left = max(measure(tick_said(value, chart.unit)) for value in self.scale) + 8
        self.top = _HEIGHT - 10
        self.slot = (width - self.left) / len(chart.labels)
        self._grounds()
        self._frame()
        if chart.shape is Shape.LINE:
            self._lines()
        else:
            self._bars()
        self.legend()
        self.note(_HEIGHT)
        for at in range(len(chart.labels)):
            self.spot(at, self.left + at * self.slot, _FOOT, self.slot, self.top - _FOOT)

    def _y(self, value: float) -> float:
        return _FOOT + (self.top - _FOOT) * max(0.0, value) / self.scale[-1]

    def _grounds(self) -> None:
        """Darken what lies over a gap if not all of it does, and set its mark where it hides no value: above them."""
        if all(self.unsure):
            return
        for over, run in groupby(range(len(self.unsure)), self.unsure.__getitem__):
            places = list(run)
            if over:  # one ground for what is side by side: seams would show
                x, width = self.left + places[0] * self.slot, len(places) * self.slot
                self.drawing.add(block(x, _FOOT, width, self.top - _FOOT, FAINT, _DARK))
            for at in places if over and self.slot >= measure(UNSURE) else ():
                x = self.left + (at + 0.5) * self.slot
                self.drawing.add(text(x, self.top + 1, UNSURE, colour=INK, anchor="middle"))

    def _frame(self) -> None:
        for value in self.scale:
            y = self._y(value)
            self.drawing.add(stroke(self.left, y, self.width, y, FAINT if value == 0 else LINE))
            self.drawing.add(text(self.left - 5, y - 2.5, tick_said(value, self.chart.unit), anchor="end"))
        widest = max(measure(fitted(label, 90)) for label in self.chart.labels) + 6
        every = max(1, -int(-widest // self.slot))
        for at in range(0, len(self.chart.labels), every):
            middle = self.left + (at + 0.5) * self.slot
            said = fitted(self.chart.labels[at], max(self.slot * every - 3, 10.0))
            if at and middle + measure(said) / 2 > self.width:
                continue  # it would be cut by the edge
            self.drawing.add(text(max(middle, measure(said) / 2), _FOOT - 11, said, anchor="middle"))

    def _bars(self) -> None:
        for at in range(len(self.chart.labels)):
            begin = self.left + at * self.slot
            thick = min(self.slot * 0.72, 46.0)
            x = begin + (self.slot - thick) / 2
            reached = 0.0
            each = thick if self.stacked else thick / len(self.chart.series)
            for number, series in enumerate(self.chart.series):
                value = series.values[at]
                if not value:
                    continue
                low = reached if self.stacked else 0.0
                place = x if self.stacked else x + number * each
                self.drawing.add(block(place, self._y(low), each, self._y(low + value) - self._y(low), kind(number)))
                reached += value
                if len(self.chart.series) == 1:
                    self._label(begin + self.slot / 2, value)

    def _label(self, x: float, value: float) -> None:
        words = tick_said(value, self.chart.unit)
        if measure(words) < self.slot - 1:
            self.drawing.add(text(x, self._y(value) + 2.5, words, colour=INK, anchor="middle"))

    def _lines(self) -> None:
        for number, series in enumerate(self.chart.series):
            for run in _runs(series.values):
                points = [(self.left + (at + 0.5) * self.slot, self._y(value)) for at, value in run]
                if len(points) > 1:
                    flat = [part for point in points for part in point]
                    self.drawing.add(PolyLine(flat, strokeColor=kind(number), strokeWidth=1.5, strokeLineJoin=1))
                if len(points) == 1 or len(series.values) <= _MOST_DOTS:
                    for x, y in points:
                        self.drawing.add(Circle(x, y, 2.2, fillColor=kind(number), strokeColor=None, strokeWidth=0))


class _Beside(_Base):
    """Values to the right, labels beside them."""

    def __init__(self, chart: Chart, zone: tzinfo, width: float) -> None:
        rows = 1 if chart.shape is Shape.STACKED else len(chart.series)
        self.slot = _BESIDE * max(1.0, rows * 0.7)
        legend = _above(chart)
        super().__init__(chart, zone, width, self.slot * len(chart.labels) + legend + 2)
        room = min(width * 0.4, max(measure(label[:80]) for label in chart.labels) + 6)
        self.left, self.right = room, width - 60
        for at, label in enumerate(chart.labels):
            y = self.height - legend - (at + 1) * self.slot
            mark = UNSURE if self.unsure[at] else ""
            said = fitted(label, room - 6 - measure(mark)) + mark
            self.drawing.add(text(room - 6, y + self.slot / 2 - 2.5, said, colour=INK, anchor="end"))
            self._row(at, y, rows)
            self.spot(at, 0.0, y, width, self.slot)
        self.drawing.add(stroke(room, 0, room, self.height - legend, FAINT))
        self.legend()
        self.note(self.height - legend + 2)

    def _row(self, at: int, y: float, rows: int) -> None:
        thick = (self.slot - 4) / rows
        x, total = self.left, 0.0
        for number, series in enumerate(self.chart.series):
            value = series.values[at] or 0.0
            length = (self.right - self.left) * max(0.0, value) / self.scale[-1]
            low = y + 2 if self.stacked else y + self.slot - 2 - (number + 1) * thick
            begin = x if self.stacked else self.left
            if length:
                self.drawing.add(block(begin, low, length, thick, kind(number)))
            x, total = begin + length, total + value
            if not self.stacked and series.values[at] is not None:
                self._said(x, low + thick / 2, value)
        if self.stacked:
            self._said(x, y + self.slot / 2, total)

    def _said(self, x: float, middle: float, value: float) -> None:
        said = value_said(value, self.chart.unit, self.zone)
        self.drawing.add(text(x + 4, middle - SMALL / 3, fitted(said, 54), colour=INK))


def _above(chart: Chart) -> float:
    """Return how much room the legend takes, and what the mark of a gap means."""
    return (_LEGEND if len(chart.series) > 1 else 0.0) + (_NOTE if any(chart.unsure) else 0.0)


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """Return the stretches of values without a hole, each value with its place."""
    runs: list[list[tuple[int, float]]] = [[]]
    for at, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((at, value))
    return [run for run in runs if run]
