"""A table on a page of a PDF: how wide its columns are, its heading and its rows. Knows neither report nor page breaks.

Everything is written straight onto the canvas: reportlab's own tables take longer the longer they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from reportlab.lib.colors import Color, HexColor
from reportlab.pdfgen.canvas import Canvas

from ledger.paper.letters import BOLD, PLAIN
from ledger.paper.numbered import FAINT, INK, LINE
from reports.document import Column, Unit
from reports.forms.pen import Pen, clean

SIZE: Final = 7.5
LEADING: Final = 9.5
PADDING: Final = 4.0
#: Lines of a cell, and of a heading.
MOST_LINES: Final = 2
MOST_HEAD: Final = 3
_ZEBRA: Final = HexColor(0xF5F7F8)
_DOOR: Final = HexColor(0x0F6B66)
_WIDEST_TEXT: Final = 170.0
_NARROWEST_TEXT: Final = 70.0
_NARROWEST: Final = 30.0
_WIDEST_FIGURE: Final = 110.0
_GAP: Final = 8.0
#: Wider apart than this, a figure and its name are no row any more.
_MOST_SPREAD: Final = 2.2
_LEFT: Final = (Unit.TEXT, Unit.MOMENT, Unit.DAY)


@dataclass(frozen=True)
class Line:
    """One row as it is laid out: the lines of each cell, and where a cell leads."""

    cells: tuple[tuple[str, ...], ...]
    links: tuple[str, ...] = ()
    bold: bool = False
    height: float = LEADING + PADDING


@dataclass(frozen=True)
class Grid:
    """Columns that are laid out: their headings, whether they are set to the right, and how wide each is.

    `gaps` is room to the left of a column, so that words do not begin where figures end.
    """

    titles: tuple[str, ...]
    right: tuple[bool, ...]
    widths: tuple[float, ...]
    texts: tuple[bool, ...]
    gaps: tuple[float, ...]
    heads: tuple[tuple[str, ...], ...] = ()

    @property
    def head_height(self) -> float:
        return max((len(lines) for lines in self.heads), default=1) * LEADING + PADDING + 1

    @property
    def width(self) -> float:
        return sum(self.widths)

    def lines(self, at: int, text: str, pen: Pen, most: int = MOST_LINES) -> tuple[str, ...]:
        """Lay out the text of a cell; words are wrapped and cut, figures are never."""
        if not self.texts[at]:
            return (text,)
        return tuple(pen.wrapped(text, self.room(at), most))

    def room(self, at: int) -> float:
        """Return how wide the text of a column may be."""
        return self.widths[at] - 2 * PADDING - self.gaps[at]


def natural_widths(columns: Sequence[Column], rows: Iterable[Sequence[str]], pen: Pen, bold: Pen) -> list[float]:
    """Return how wide each column would be if there were room for all of it, within reason."""
    widths = [_head_width(column, bold) for column in columns]
    for row in rows:
        for at, text in enumerate(row):
            widths[at] = max(widths[at], pen.width(text) + 2 * PADDING)
    return [
        min(width, _WIDEST_TEXT if column.unit is Unit.TEXT else _WIDEST_FIGURE) + gap
        for width, column, gap in zip(widths, columns, _gaps(columns), strict=True)
    ]


def _gaps(columns: Sequence[Column]) -> list[float]:
    right = [column.unit not in _LEFT for column in columns]
    return [_GAP if at and right[at - 1] and not right[at] else 0.0 for at in range(len(right))]


def _head_width(column: Column, bold: Pen) -> float:
    words = clean(column.title).split()
    return min(70.0, max([_NARROWEST, *(bold.width(word) + 2 * PADDING + 1 for word in words)]))


def least_widths(columns: Sequence[Column], natural: Sequence[float]) -> list[float]:
    """Return how narrow each column may become: words can be wrapped, figures cannot."""
    return [
        min(width, _NARROWEST_TEXT) if column.unit is Unit.TEXT else width
        for width, column in zip(natural, columns, strict=True)
    ]


def spread(columns: Sequence[Column], natural: Sequence[float], room: float) -> list[float]:
    """Return widths that fill the room, as far as the eye still finds the row; if it is too small, words give way."""
    least = least_widths(columns, natural)
    total = sum(natural)
    if total <= room:
        factor = min(room / total, _MOST_SPREAD)
        return [width * factor for width in natural]
    more = [width - low for width, low in zip(natural, least, strict=True)]
    give = sum(more)
    missing = total - room
    if missing <= give:
        return [width - missing * one / give for width, one in zip(natural, more, strict=True)]
    return [low * room / sum(least) for low in least]


def parted(least: Sequence[float], room: float) -> list[list[int]]:
    """Return the columns in as many groups as have room side by side, each led by the first column.

    >>> parted([50, 40, 40, 40], 140)
    [[0, 1, 2], [0, 3]]
    """
    groups: list[list[int]] = [[0]]
    taken = least[0]
    for at in range(1, len(least)):
        if taken + least[at] > room and len(groups[-1]) > 1:
            groups.append([0])
            taken = least[0]
        groups[-1].append(at)
        taken += least[at]
    return groups


def laid_out(columns: Sequence[Column], widths: Sequence[float], bold: Pen) -> Grid:
    """Return the grid of these columns."""
    titles = tuple(clean(column.title) for column in columns)
    grid = Grid(
        titles,
        tuple(column.unit not in _LEFT for column in columns),
        tuple(widths),
        tuple(column.unit is Unit.TEXT for column in columns),
        tuple(_gaps(columns)),
    )
    heads = (tuple(bold.wrapped(title, grid.room(at), MOST_HEAD)) for at, title in enumerate(titles))
    return replace(grid, heads=tuple(heads))


class Draft:
    """Draws the rows of a grid onto the current page of one canvas."""

    def __init__(self, canvas: Canvas, grid: Grid) -> None:
        self._canvas, self._grid = canvas, grid
        self.pen, self.bold = Pen(canvas, PLAIN, SIZE), Pen(canvas, BOLD, SIZE)
        self._lefts = [sum(grid.widths[:at]) for at in range(len(grid.widths))]

    def head(self, x: float, top: float) -> float:
        """Draw the heading below a line; return where it ends."""
        height = self._grid.head_height
        said = ["q", *_colour(FAINT), "BT", self.bold.begin()]
        for at, lines in enumerate(self._grid.heads):
            # Headings stand on one foot, however many lines they have.
            first = top - height + PADDING + (len(lines) - 1) * LEADING
            said += [self._word(at, x, first - n * LEADING, line, self.bold) for n, line in enumerate(lines)]
        foot = top - height + 0.5
        said += ["ET", *_colour(INK, "RG"), "0.7 w", f"{x:.2f} {foot:.2f} m {x + self._grid.width:.2f} {foot:.2f} l S"]
        self._canvas.addLiteral("\n".join((*said, "Q")))
        return top - height

    def rows(self, lines: Iterable[Line], x: float, top: float, first: int = 0) -> float:
        """Draw rows from here downwards; `first` is the number of the first of them. Return where they end."""
        under: list[str] = []
        words: list[str] = []
        width = self._grid.width
        y = top
        for number, line in enumerate(lines, first):
            if line.bold:
                under += [*_colour(INK, "RG"), "0.7 w", f"{x:.2f} {y:.2f} m {x + width:.2f} {y:.2f} l S"]
            elif number % 2:
                under += [*_colour(_ZEBRA), f"{x:.2f} {y - line.height:.2f} {width:.2f} {line.height:.2f} re f"]
            words += self._line(line, x, y)
            y -= line.height
        said = chain(("q",), under, _colour(INK), ("BT", self.pen.begin()), words, ("ET",))
        foot = (*_colour(LINE, "RG"), "0.5 w", f"{x:.2f} {y:.2f} m {x + width:.2f} {y:.2f} l S", "Q")
        self._canvas.addLiteral("\n".join((*said, *foot)))
        return y

    def _line(self, line: Line, x: float, top: float) -> Iterator[str]:
        pen = self.bold if line.bold else self.pen
        y = top - PADDING / 2 - SIZE
        if line.bold:
            yield pen.begin()
        for at, lines in enumerate(line.cells):
            link = line.links[at] if line.links else ""
            if link:
                yield from _colour(_DOOR)
            for number, text in enumerate(lines):
                if text:
                    yield self._word(at, x, y - number * LEADING, text, pen)
            if link:
                yield from _colour(INK)
                left = x + self._lefts[at]
                place = (left, top - line.height, left + self._grid.widths[at], top)
                self._canvas.linkURL(link, place, relative=1, thickness=0)
        if line.bold:
            yield self.pen.begin()

    def _word(self, at: int, x: float, y: float, text: str, pen: Pen) -> str:
        left, room = x + self._lefts[at] + PADDING + self._grid.gaps[at], self._grid.room(at)
        if not self._grid.right[at]:
            if self._grid.texts[at] or pen.width(text) <= room:
                return pen.words(left, y, text)
            return pen.narrowed(left, y, text, room)
        width = pen.width(text)
        if width > room:
            return pen.narrowed(left, y, text, room)
        return pen.words(left + room - width, y, text)


def _colour(colour: Color, operator: str = "rg") -> tuple[str, ...]:
    return (f"{colour.red:.3f} {colour.green:.3f} {colour.blue:.3f} {operator}",)
