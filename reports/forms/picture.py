"""A drawing with what can be pressed on it: what the PDF and the page share. Owns its inks, letters and scales.

Knows neither what is drawn nor how it comes to paper.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

from reportlab.graphics.shapes import Drawing, Line, Rect, String
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase.pdfmetrics import stringWidth

from ledger.paper import letters
from ledger.paper.letters import PLAIN, cleaned
from ledger.paper.numbered import FAINT, LINE
from reports.document import Unit
from reports.forms.words import number_said
from reports.selection import Selection
from reports.text import NOTHING

#: Colours of series: apart from each other for all eyes, and to be seen on white and on black.
KINDS: Final[tuple[Color, ...]] = tuple(
    HexColor(colour) for colour in (0x0F8B82, 0xD9822B, 0x5B6EE1, 0xC8517A, 0x6B9A2F, 0x8A94A0, 0x2E9BC6, 0x9A6B3F)
)
#: The one colour of a heat map; how much there is of it is its opacity.
HEAT: Final[Color] = KINDS[0]
SMALL: Final = 7.5
#: Words on a drawing are cut to this before they are measured.
_MOST: Final = 200
_SECONDS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400)
_TICKS: Final = 5


@dataclass(frozen=True)
class Spot:
    """A place on a drawing that tells what it is, and opens the calls behind it where there are some."""

    x: float
    y: float
    width: float
    height: float
    words: str
    behind: Selection | None = None


@dataclass(frozen=True)
class Picture:
    """A drawing, its spots, and the same in words for who cannot see it."""

    name: str
    title: str
    words: str
    drawing: Any  # Any: reportlab has no types
    spots: tuple[Spot, ...] = ()

    @property
    def width(self) -> float:
        return float(self.drawing.width)

    @property
    def height(self) -> float:
        return float(self.drawing.height)


def sheet(width: float, height: float) -> Any:  # Any: a Drawing
    """Return an empty drawing. Loads our letters."""
    letters.load()
    return Drawing(width, height)


def nothing(name: str, title: str, width: float) -> Picture:
    """Return what stands in the place of a drawing for which there is nothing to draw."""
    drawing = sheet(width, 16.0)
    drawing.add(text(0, 5, NOTHING, size=8.5))
    return Picture(name, title, NOTHING, drawing)


def text(
    x: float, y: float, words: str, *, size: float = SMALL, colour: Color = FAINT, anchor: str = "start"
) -> Any:  # Any: a String
    """Return words that stand at a point: they begin, end or have their middle there."""
    return String(x, y, words, fontName=PLAIN, fontSize=size, fillColor=colour, textAnchor=anchor)


def block(x: float, y: float, width: float, height: float, colour: Color, opacity: float = 1.0) -> Any:  # Any: a Rect
    """Return a filled rectangle."""
    return Rect(x, y, width, height, fillColor=colour, fillOpacity=opacity, strokeColor=None, strokeWidth=0)


def stroke(x1: float, y1: float, x2: float, y2: float, colour: Color = LINE, width: float = 0.5) -> Any:  # Any: a Line
    """Return a straight line."""
    return Line(x1, y1, x2, y2, strokeColor=colour, strokeWidth=width)


def measure(words: str, size: float = SMALL) -> float:
    """Return how wide words are. Our letters are loaded."""
    return float(stringWidth(words, PLAIN, size))


def fitted(words: str, width: float, size: float = SMALL) -> str:
    """Return as much of some words as fits, with an ellipsis where some are missing."""
    whole = cleaned(words[:_MOST]).strip()
    if measure(whole, size) <= width and len(words) <= _MOST:
        return whole
    low, high = 0, len(whole)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(f"{whole[:middle]}…", size) <= width:
            low = middle
        else:
            high = middle - 1
    return f"{whole[:low].rstrip()}…" if low else ""


def kind(number: int) -> Color:
    """Return the colour of a series."""
    return KINDS[number % len(KINDS)]


def ticks(most: float, unit: Unit) -> list[float]:
    """Return the values that stand at an axis, from 0 to at least `most`.

    >>> ticks(22, Unit.COUNT), ticks(0.91, Unit.SHARE), ticks(200, Unit.SECONDS)
    ([0.0, 5.0, 10.0, 15.0, 20.0, 25.0], [0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [0.0, 60.0, 120.0, 180.0, 240.0])
    """
    step = _step(most if most > 0 else 1.0, unit)
    return [round(step * at, 9) for at in range(math.ceil(max(most, step) / step - 1e-9) + 1)]


def _step(most: float, unit: Unit) -> float:
    raw = most / _TICKS
    if unit is Unit.SECONDS:
        for seconds in _SECONDS:
            if raw <= seconds:
                return float(seconds)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * nice for nice in (1, 2, 5, 10) if raw <= power * nice * 1.000001)
    return max(1.0, step) if unit is Unit.COUNT else step


def tick_said(value: float, unit: Unit) -> str:
    """Say a value at an axis, shorter than in a table.

    >>> tick_said(90, Unit.SECONDS), tick_said(7200, Unit.SECONDS), tick_said(0.8, Unit.SHARE)
    ('1:30 min', '2 h', '80 %')
    """
    if unit is Unit.SHARE:
        return f"{100 * value:.0f} %"
    if unit is Unit.SECONDS and value:
        if value < 60:
            return f"{value:g} s"
        whole, rest = divmod(round(value), 3600 if value >= 3600 else 60)
        word = "h" if value >= 3600 else "min"
        return f"{whole}:{rest // (60 if word == 'h' else 1):02d} {word}" if rest else f"{whole} {word}"
    return number_said(value, Unit.NUMBER)
