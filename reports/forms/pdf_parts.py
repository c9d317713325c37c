"""The parts of a printed report: tiles of head figures, words set apart, pictures, and tables that break over pages.

Owns how each looks; what comes after what is in `pdf`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from reportlab.graphics import renderPDF
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph

from ledger.paper.letters import BOLD, PLAIN
from ledger.paper.numbered import FAINT, INK
from reports.forms.grid import Draft, Grid, Line
from reports.forms.links import door
from reports.forms.pen import Pen, clean
from reports.forms.picture import Picture

_DOOR: Final = HexColor(0x0F6B66)
_TILE: Final = HexColor(0xF5F7F8)
_TILE_HEIGHT: Final = 21.5 * mm
_TILE_GAP: Final = 3 * mm
#: Of the letters of a head figure, as large as there is room for.
_SIZES: Final = (15, 14, 13, 12, 11, 10, 9)


@dataclass(frozen=True)
class Tile:
    """A head figure as words: its title, what it is, a line or two below it, and where it leads."""

    title: str
    said: str
    sub: str
    link: str


class Tiles(Flowable):  # type: ignore[misc]  # reportlab has no types
    """One row of tiles, `across` of which fill the width."""

    def __init__(self, tiles: Sequence[Tile], across: int) -> None:
        super().__init__()
        self._tiles, self._across = tiles, across

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """Take the whole width."""
        self.width = width
        return width, _TILE_HEIGHT + _TILE_GAP

    def draw(self) -> None:
        """Draw them from the left."""
        wide = (self.width - (self._across - 1) * _TILE_GAP) / self._across
        for at, tile in enumerate(self._tiles):
            self._tile(tile, at * (wide + _TILE_GAP), wide)

    def _tile(self, tile: Tile, x: float, wide: float) -> None:
        canvas, y = self.canv, _TILE_GAP
        canvas.setFillColor(_TILE)
        canvas.setStrokeColor(_TILE)
        canvas.roundRect(x, y, wide, _TILE_HEIGHT, 2 * mm, stroke=0, fill=1)
        canvas.setFillColor(_DOOR)
        canvas.rect(x, y + 3 * mm, 0.8 * mm, _TILE_HEIGHT - 6 * mm, stroke=0, fill=1)
        room, left = wide - 6 * mm, x + 3.5 * mm
        self._write(left, y + _TILE_HEIGHT - 5 * mm, self._pen(PLAIN, 8), tile.title, room, FAINT)
        pen = self._largest(tile.said, room)
        self._write(left, y + 9.2 * mm, pen, tile.said, room, _DOOR if tile.link else INK)
        small = self._pen(PLAIN, 6.8)
        for number, line in enumerate(small.wrapped(clean(tile.sub), room, 2)):
            self._write(left, y + 5.4 * mm - number * 8, small, line, room, FAINT)
        if tile.link:
            canvas.linkURL(tile.link, (x, y, x + wide, y + _TILE_HEIGHT), relative=1, thickness=0)

    def _largest(self, words: str, room: float) -> Pen:
        for size in _SIZES:
            pen = self._pen(BOLD, size)
            if pen.width(clean(words)) <= room:
                break
        return pen

    def _pen(self, font: str, size: float) -> Pen:
        return Pen(self.canv, font, size)

    def _write(self, x: float, y: float, pen: Pen, words: str, room: float, colour: Color) -> None:
        self.canv.setFillColor(colour)
        self.canv.addLiteral(f"BT {pen.begin()} {pen.words(x, y, pen.fitted(clean(words), room))} ET")


class Apart(Flowable):  # type: ignore[misc]  # reportlab has no types
    """A paragraph on a ground of its own, with a bar to its left: a warning, or what to mind when reading."""

    def __init__(self, paragraph: Paragraph, bar: Color, ground: Color) -> None:
        super().__init__()
        self._paragraph, self._bar, self._ground = paragraph, bar, ground

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Be as high as the words and their margin."""
        _, high = self._paragraph.wrap(width - 9 * mm, height)
        self.width, self.height = width, high + 3.6 * mm
        return width, self.height + 1.5 * mm

    def draw(self) -> None:
        """Draw ground, bar and words."""
        canvas, y = self.canv, 1.5 * mm
        canvas.setFillColor(self._ground)
        canvas.rect(0, y, self.width, self.height, stroke=0, fill=1)
        canvas.setFillColor(self._bar)
        canvas.rect(0, y, 1.1 * mm, self.height, stroke=0, fill=1)
        self._paragraph.drawOn(canvas, 4.5 * mm, y + 1.6 * mm)


class Drawn(Flowable):  # type: ignore[misc]  # reportlab has no types
    """A picture, with links over what has calls behind; made smaller where the page is not high enough for it."""

    def __init__(self, picture: Picture, base: str, most: float) -> None:
        super().__init__()
        self._picture, self._base, self._most, self._scale = picture, base, most, 1.0

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """Be as large as drawn, or as large as a page may be filled."""
        picture = self._picture
        self._scale = min(1.0, width / picture.width, self._most / picture.height)
        return picture.width * self._scale, picture.height * self._scale

    def draw(self) -> None:
        """Draw it, then lay the links over it."""
        self.canv.scale(self._scale, self._scale)
        renderPDF.draw(self._picture.drawing, self.canv, 0, 0)
        if not self._base:
            return
        for spot in self._picture.spots:
            if spot.behind is not None:
                place = (spot.x, spot.y, spot.x + spot.width, spot.y + spot.height)
                self.canv.linkURL(door(spot.behind, self._base), place, relative=1, thickness=0)


class Rows(Flowable):  # type: ignore[misc]  # reportlab has no types
    """Rows of a grid that break between pages, with the heading on each; many take no longer per row than few."""

    def __init__(self, grid: Grid, lines: Sequence[Line], begin: int = 0, ends: Sequence[float] = ()) -> None:
        super().__init__()
        self._grid, self._lines, self._begin = grid, lines, begin
        self._end = len(lines)
        #: How far down each row ends, counted from the first of all.
        self._ends = ends or [0.0, *accumulate(line.height for line in lines)]

    def _height(self) -> float:
        return self._grid.head_height + self._ends[self._end] - self._ends[self._begin]

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        """Be as wide as the grid and as high as all rows."""
        return self._grid.width, self._height()

    def split(self, _width: float, height: float) -> list[Flowable]:
        """Keep as many rows as fit; two at least, or all go to the next page."""
        room = height - self._grid.head_height + self._ends[self._begin]
        fit = bisect_right(self._ends, room + 1e-6) - 1
        if fit >= self._end:
            return [self]
        if fit - self._begin < 2:
            return []
        rest = Rows(self._grid, self._lines, fit, self._ends)
        rest._end = self._end
        first = Rows(self._grid, self._lines, self._begin, self._ends)
        # A total never stands alone on a page.
        first._end = rest._begin = fit - 1 if fit == self._end - 1 else fit
        return [first, rest]

    def draw(self) -> None:
        """Draw heading and rows."""
        draft = Draft(self.canv, self._grid)
        y = draft.head(0, self._height())
        draft.rows(self._lines[self._begin : self._end], 0, y, self._begin)


def tiles_across(width: float) -> int:
    """Return how many tiles stand side by side on paper of this width."""
    return max(2, int((width + _TILE_GAP) // (42 * mm)))


WARNING: Final = (HexColor(0xA3241F), HexColor(0xFBE7E6))
NOTE: Final = (HexColor(0xB7791F), HexColor(0xFDF5E6))
