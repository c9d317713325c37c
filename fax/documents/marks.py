"""Owns the drawn parts of a transmission report: the banner with its mark, the picture of page one. Draws only."""

from __future__ import annotations

import io
import math
from typing import Final

from PIL import Image
from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph

from fax.documents.model import Outcome
from ledger.paper.letters import PLAIN
from ledger.paper.numbered import FAINT, LINE

GREEN, AMBER, RED = HexColor(0x1A7F37), HexColor(0x9A6700), HexColor(0xB42318)
INKS: Final = {Outcome.SENT: GREEN, Outcome.PARTIAL: AMBER, Outcome.FAILED: RED, Outcome.UNKNOWN: AMBER}
_TINTS: Final = {
    Outcome.SENT: HexColor(0xEAF6ED),
    Outcome.PARTIAL: HexColor(0xFDF4DC),
    Outcome.UNKNOWN: HexColor(0xFDF4DC),
    Outcome.FAILED: HexColor(0xFDECEA),
}
_PICTURE_DOTS: Final = 400
_MOST_PICTURE_PIXELS: Final = 20_000_000


def draw_mark(canvas: Canvas, outcome: Outcome, x: float, y: float, radius: float) -> None:
    """Draw a tick, an exclamation mark or a cross in a disc: who sees no colours sees the shape."""
    canvas.saveState()
    canvas.setFillColor(INKS[outcome])
    canvas.circle(x, y, radius, stroke=0, fill=1)
    canvas.setStrokeColor(HexColor(0xFFFFFF))
    canvas.setLineWidth(radius * 0.22)
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    r = radius * 0.42
    if outcome is Outcome.SENT:
        path = canvas.beginPath()
        path.moveTo(x - 1.1 * r, y - 0.05 * r)
        path.lineTo(x - 0.3 * r, y - 0.85 * r)
        path.lineTo(x + 1.15 * r, y + 0.85 * r)
        canvas.drawPath(path)
    elif outcome in (Outcome.PARTIAL, Outcome.UNKNOWN):
        canvas.line(x, y + 1.2 * r, x, y - 0.2 * r)
        canvas.line(x, y - 1.15 * r, x, y - 1.15 * r)
    else:
        canvas.line(x - 0.9 * r, y - 0.9 * r, x + 0.9 * r, y + 0.9 * r)
        canvas.line(x - 0.9 * r, y + 0.9 * r, x + 0.9 * r, y - 0.9 * r)
    canvas.restoreState()


class Mark(Flowable):  # type: ignore[misc]  # reportlab has no types
    """A small mark in a row of a table."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self._outcome = outcome
        self.width = self.height = 3.6 * mm

    def draw(self) -> None:
        """Draw it."""
        draw_mark(self.canv, self._outcome, self.width / 2, self.height / 2, self.width / 2)


class Banner(Flowable):  # type: ignore[misc]  # reportlab has no types
    """The result in a tinted box: mark, headline, and what it means in plain words."""

    _SIDE: Final = 20 * mm

    def __init__(self, outcome: Outcome, headline: Paragraph, words: Paragraph) -> None:
        super().__init__()
        self._outcome, self._parts = outcome, (headline, words)

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Return the room that it takes."""
        self.width = width
        self._heights = [part.wrap(width - self._SIDE - 6 * mm, height)[1] for part in self._parts]
        self.height = sum(self._heights) + 9 * mm
        return self.width, self.height

    def draw(self) -> None:
        """Draw it."""
        canvas = self.canv
        canvas.saveState()
        canvas.setFillColor(_TINTS[self._outcome])
        canvas.roundRect(0, 0, self.width, self.height, 2 * mm, stroke=0, fill=1)
        canvas.setFillColor(INKS[self._outcome])
        canvas.roundRect(0, 0, 1.6 * mm, self.height, 0.8 * mm, stroke=0, fill=1)
        canvas.restoreState()
        draw_mark(canvas, self._outcome, self._SIDE / 2 + 1 * mm, self.height / 2, 5 * mm)
        top = self.height - 4 * mm
        for part, height in zip(self._parts, self._heights, strict=True):
            top -= height
            part.drawOn(canvas, self._SIDE, top)


class Thumbnail(Flowable):  # type: ignore[misc]  # reportlab has no types
    """The picture of page one in a frame; where there is none that can be read, the frame says so."""

    def __init__(self, picture: bytes, width: float, most_height: float) -> None:
        super().__init__()
        self._picture = _small(picture)
        self.width = width
        shape = math.sqrt(2) if self._picture is None else self._picture.height / self._picture.width
        if width * shape > most_height:
            self.width = most_height / shape
        self.height = self.width * shape
        self._width = width

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Return the room that it takes."""
        return self._width, self.height

    def draw(self) -> None:
        """Draw it."""
        canvas, left = self.canv, (self._width - self.width) / 2
        canvas.saveState()
        if self._picture is None:
            canvas.setFillColor(FAINT)
            canvas.setFont(PLAIN, 8)
            canvas.drawCentredString(self._width / 2, self.height / 2, "no picture of page 1")
        else:
            canvas.drawImage(ImageReader(self._picture), left, 0, self.width, self.height)
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.75)
        canvas.rect(left, 0, self.width, self.height)
        canvas.restoreState()


def _small(picture: bytes) -> Image.Image | None:
    if not picture:
        return None
    try:
        with Image.open(io.BytesIO(picture), formats=["PNG"]) as whole:
            if whole.width * whole.height > _MOST_PICTURE_PIXELS:
                return None
            small = whole.convert("L")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None  # a report without its picture is still one
    small.thumbnail((_PICTURE_DOTS, 4 * _PICTURE_DOTS), Image.Resampling.LANCZOS)
    return small
