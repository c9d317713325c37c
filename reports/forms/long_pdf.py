"""A list of any length as a PDF, page by page, each row written once. Owns its pages; a row's look is in `grid`.

For lists of calls: no charts, no definitions, one line a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from itertools import chain, islice
from pathlib import Path
from typing import Final

from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from ledger.paper import letters
from ledger.paper.letters import BOLD, PLAIN
from ledger.paper.numbered import FAINT, INK, LINE
from reports.document import Column, Document, Unit, Value
from reports.forms.grid import LEADING, PADDING, SIZE, Draft, Grid, Line, laid_out, natural_widths, spread
from reports.forms.pen import Pen, clean
from reports.forms.plain import moment_of
from reports.forms.words import head_lines, made_said, value_said
from reports.text import NOTHING

_SIDES: Final = 14 * mm
_TOP: Final = 16 * mm
_BOTTOM: Final = 20 * mm
_ROW: Final = LEADING + PADDING / 2
#: So many rows tell how wide the columns are to be.
_SAMPLE: Final = 300
#: Lines above a list.
MOST_LINES: Final = 12
_TOTAL: Final = "pages"

Row = Sequence[Value]


@dataclass(frozen=True)
class Heading:
    """What stands above a list, and at the foot of its pages."""

    title: str
    company: str = ""
    #: Lines below the title: the period, whose calls these are, what was asked.
    lines: tuple[str, ...] = ()
    foot: str = ""


def heading_of(doc: Document) -> Heading:
    """Return the heading of a list that is all of a report."""
    lines = (f"{label}: {words}" for label, words in head_lines(doc))
    said = (*lines, *(f"Warning: {words}" for words in doc.warnings), *doc.notes)
    return Heading(doc.title, doc.company, said[:MOST_LINES], f"{doc.title} · made {made_said(doc)}")


def write_long_pdf(
    heading: Heading, columns: Sequence[Column], rows: Iterable[Row], path: Path, *, zone: tzinfo
) -> int:
    """Write a list and return its number of pages. A moment may also be given as milliseconds of epoch. Blocks."""
    letters.load()
    size = landscape(A4)
    canvas = Canvas(str(path), pagesize=size, invariant=1, pageCompression=1)
    canvas.setTitle(clean(heading.title))
    canvas.setAuthor(clean(heading.company))
    said = (_said(row, columns, zone) for row in rows)
    sample = [*islice(said, _SAMPLE)]
    grid = _grid(canvas, columns, sample, size[0] - 2 * _SIDES)
    pages = _Pages(canvas, grid, heading, size)
    for row in chain(sample, said):
        pages.add(row)
    return pages.finish()


def _said(row: Row, columns: Sequence[Column], zone: tzinfo) -> list[str]:
    return [
        clean(value_said(moment_of(value) if column.unit is Unit.MOMENT else value, column.unit, zone))
        for value, column in zip(row, columns, strict=True)
    ]


def _grid(canvas: Canvas, columns: Sequence[Column], sample: Sequence[Sequence[str]], room: float) -> Grid:
    pen, bold = Pen(canvas, PLAIN, SIZE), Pen(canvas, BOLD, SIZE)
    return laid_out(columns, spread(columns, natural_widths(columns, sample, pen, bold), room), bold)


class _Pages:
    """Fills pages with rows; each is written as soon as it is full."""

    def __init__(self, canvas: Canvas, grid: Grid, heading: Heading, size: tuple[float, float]) -> None:
        self._canvas, self._grid, self._heading, self._size = canvas, grid, heading, size
        self._draft = Draft(canvas, grid)
        self._number, self._rows = 0, 0
        self._waiting: list[Line] = []
        self._top = self._begin()
        self._room = self._fits()

    def add(self, row: Sequence[str]) -> None:
        """Put one row onto the page, or onto the next."""
        if self._room == 0:
            self._turn()
            self._top = self._begin()
            self._room = self._fits()
        cells = tuple(self._grid.lines(at, text, self._draft.pen, 1) for at, text in enumerate(row))
        self._waiting.append(Line(cells, height=_ROW))
        self._room -= 1

    def finish(self) -> int:
        """Write the last page, and on all of them how many there are. Returns that."""
        if not self._waiting and self._number == 1:
            self._canvas.setFont(PLAIN, SIZE)
            self._canvas.drawString(_SIDES + PADDING, self._top - LEADING - PADDING, NOTHING)
        self._turn()
        # The number is a drawing of its own that every page refers to: no page has to wait for the last.
        self._canvas.beginForm(_TOTAL, 0, -3, 60, 12)
        self._canvas.setFillColor(FAINT)
        self._canvas.setFont(PLAIN, SIZE)
        self._canvas.drawString(0, 0, f"of {self._number}")
        self._canvas.endForm()
        self._canvas.save()
        return self._number

    def _fits(self) -> int:
        return int((self._top - self._grid.head_height - _BOTTOM) // _ROW)

    def _begin(self) -> float:
        self._number += 1
        top = float(self._size[1] - _TOP)
        if self._number == 1:
            top = self._title(top)
        return top

    def _title(self, top: float) -> float:
        canvas, heading = self._canvas, self._heading
        room = self._size[0] - 2 * _SIDES
        lines = [
            (heading.company, Pen(canvas, BOLD, 9), FAINT, 14.0),
            (heading.title, Pen(canvas, BOLD, 17), INK, 23.0),
            *((line, Pen(canvas, PLAIN, 9), FAINT, 15.0) for line in heading.lines[:MOST_LINES]),
        ]
        for words, pen, colour, leading in lines:
            if words:
                canvas.setFillColor(colour)
                top -= leading
                said = pen.words(_SIDES, top + 3, pen.fitted(clean(words), room))
                canvas.addLiteral(f"BT {pen.begin()} {said} ET")
        return top - 6

    def _turn(self) -> None:
        """Draw the page and its foot, and begin another."""
        y = self._draft.head(_SIDES, self._top)
        if self._waiting:
            self._draft.rows(self._waiting, _SIDES, y, self._rows)
        self._rows += len(self._waiting)
        self._waiting = []
        self._foot()
        self._canvas.showPage()

    def _foot(self) -> None:
        canvas, right = self._canvas, self._size[0] - _SIDES
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.5)
        canvas.line(_SIDES, 15 * mm, right, 15 * mm)
        canvas.setFillColor(FAINT)
        pen = self._draft.pen
        words = pen.fitted(clean(self._heading.foot), right - _SIDES - 100)
        canvas.addLiteral(f"BT {pen.begin()} {pen.words(_SIDES, 11 * mm, words)} ET")
        canvas.setFont(PLAIN, SIZE)
        canvas.drawRightString(right - 36, 11 * mm, f"Page {self._number}")
        canvas.saveState()
        canvas.translate(right - 33, 11 * mm)
        canvas.doForm(_TOTAL)
        canvas.restoreState()
