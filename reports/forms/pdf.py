"""A report as a PDF for the desk of a manager: A4, charts and tables, the definitions of its figures, page x of y.

Owns what comes after what. The same report gives the same bytes; figures link to the page where its address is given.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Paragraph, Spacer
from reportlab.platypus import Table as Columns

from ledger.paper import letters, numbered
from ledger.paper.letters import BOLD, PLAIN, marked_up
from ledger.paper.numbered import FAINT, INK
from reports.document import Cell, Chart, Column, Document, Flow, Heat, Table
from reports.forms.drawings import picture_of
from reports.forms.grid import (
    LEADING,
    PADDING,
    SIZE,
    Line,
    laid_out,
    least_widths,
    natural_widths,
    parted,
    spread,
)
from reports.forms.links import link_of
from reports.forms.pdf_parts import NOTE, WARNING, Apart, Drawn, Rows, Tile, Tiles, tiles_across
from reports.forms.pen import Pen, clean
from reports.forms.words import Footnotes, clipped, head_lines, made_said, said, term_lines

#: More rows than this belong into a list of their own: see `long_pdf`.
MOST_ROWS: Final = 50_000
#: More links make a file that opens slowly; a list of calls is better read on its page.
MOST_LINKS: Final = 5_000
#: Words of a warning, a note or a definition; and how many warnings and notes are printed.
MOST_WORDS: Final = 1_200
MOST_SAID: Final = 40
_SIDES: Final = 16 * mm
_TOP: Final = 16 * mm
_BOTTOM: Final = 20 * mm
_MEASURED: Final = 5_000

_COMPANY = ParagraphStyle("company", fontName=BOLD, fontSize=10, leading=14, textColor=FAINT)
_TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=22, leading=28, textColor=INK)
_PERIOD = ParagraphStyle("period", fontName=PLAIN, fontSize=12, leading=17, textColor=INK, spaceAfter=3 * mm)
_SECTION = ParagraphStyle("section", fontName=BOLD, fontSize=11.5, leading=16, textColor=INK, spaceAfter=2 * mm)
_LABEL = ParagraphStyle("label", fontName=PLAIN, fontSize=8.5, leading=12, textColor=FAINT, splitLongWords=1)
_WORDS = ParagraphStyle("words", parent=_LABEL, textColor=INK)
_SMALL = ParagraphStyle("small", fontName=PLAIN, fontSize=7.5, leading=10, textColor=FAINT, splitLongWords=1)
_TERM = ParagraphStyle("term", fontName=BOLD, fontSize=8.5, leading=12, textColor=INK)
_FLAT: Final = [
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 6),
    ("TOPPADDING", (0, 0), (-1, -1), 0),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
]


def write_pdf(doc: Document, path: Path, base_url: str = "") -> None:
    """Write the report; figures link to their calls where the site's own address is given. Blocks."""
    path.write_bytes(pdf_of(doc, base_url))


def pdf_of(doc: Document, base_url: str = "") -> bytes:
    """Return the report as a PDF. Blocks."""
    letters.load()
    printer = _Printer(doc, base_url)
    return numbered.build(
        [*printer.story()],
        title=f"{clipped(doc.title, 80)}, {doc.period.title()}",
        author=clipped(doc.company, 120),
        foot=f"{clipped(doc.title, 40)} · made {made_said(doc)}",
        sides=_SIDES,
        top=_TOP,
        bottom=_BOTTOM,
        size=printer.size,
    )


class _Printer:
    """Turns one report into what goes onto its pages."""

    def __init__(self, doc: Document, base: str) -> None:
        self._doc, self._base, self._links = doc, base, 0
        # Of a canvas that is never printed: letters are as wide on every one.
        scratch = Canvas(io.BytesIO())
        self._pen, self._bold = Pen(scratch, PLAIN, SIZE), Pen(scratch, BOLD, SIZE)
        self.size = self._page()
        self._width = self.size[0] - 2 * _SIDES
        self._height = self.size[1] - _TOP - _BOTTOM

    def _page(self) -> tuple[float, float]:
        """Return the page upright, or lying where a table is too wide for it."""
        room = A4[0] - 2 * _SIDES
        for part in self._doc.parts:
            if isinstance(part, Table) and part.rows:
                natural = self._natural(part.columns, [*self._texts(part, Footnotes(), _MEASURED)])
                if sum(least_widths(part.columns, natural)) > room:
                    wide: tuple[float, float] = landscape(A4)
                    return wide
        upright: tuple[float, float] = A4
        return upright

    def story(self) -> Iterator[Flowable]:
        """Yield the report from title to definitions."""
        yield from self._title()
        yield from self._head()
        for part in self._doc.parts:
            yield Spacer(0, 7 * mm)
            yield from self._table(part) if isinstance(part, Table) else self._picture(part)
        yield from self._terms()

    def _title(self) -> Iterator[Flowable]:
        doc = self._doc
        if doc.company:
            yield _paragraph(clipped(doc.company, 200), _COMPANY)
        yield _paragraph(clipped(doc.title, 200), _TITLE)
        facts = head_lines(doc)
        yield _paragraph(facts[0][1], _PERIOD)
        rows = [[_paragraph(label, _LABEL), _paragraph(words, _WORDS)] for label, words in facts[1:]]
        if rows:
            yield Columns(rows, colWidths=[28 * mm, self._width - 28 * mm], style=_FLAT, hAlign="LEFT")
        yield Spacer(0, 4 * mm)
        for label, kind, words in (("Warning: ", WARNING, doc.warnings), ("", NOTE, doc.notes)):
            for one in _bounded(words):
                yield Apart(_paragraph(label + one, _WORDS), *kind)
        if doc.warnings or doc.notes:
            yield Spacer(0, 3 * mm)

    def _head(self) -> Iterator[Flowable]:
        notes, zone = Footnotes(), self._doc.period.zone
        tiles = [
            Tile(one.title, said(one.cell, one.unit, zone) + notes.mark(one.cell), one.sub, self._link(one.cell))
            for one in self._doc.head
        ]
        across = tiles_across(self._width)
        for begin in range(0, len(tiles), across):
            yield Tiles(tiles[begin : begin + across], across)
        yield from self._notes(notes)

    def _picture(self, part: Chart | Heat | Flow) -> Iterator[Flowable]:
        picture = picture_of(part, self._doc.period.zone, self._width)
        title = [_paragraph(clipped(part.title, 200), _SECTION)] if part.title else []
        yield KeepTogether([*title, Drawn(picture, self._base, self._height - 20 * mm)])

    def _table(self, table: Table) -> Iterator[Flowable]:
        yield CondPageBreak(32 * mm)
        if table.title:
            yield _paragraph(clipped(table.title, 200), _SECTION)
        if not table.rows:
            yield _paragraph(table.empty, _LABEL)
        else:
            notes = Footnotes()
            yield from self._grids(table, notes)
            yield from self._notes(notes)
        if len(table.rows) > MOST_ROWS:
            yield _paragraph(f"{len(table.rows) - MOST_ROWS:,} more rows: have them as CSV", _SMALL)
        if table.note:
            yield Spacer(0, 1.2 * mm)
            yield _paragraph(table.note, _SMALL)

    def _grids(self, table: Table, notes: Footnotes) -> Iterator[Flowable]:
        """Yield the table, in several pieces where it has more columns than there is room for."""
        rows = [*self._texts(table, notes, MOST_ROWS)]
        links = [[self._link(cell) for cell in row] for row in _rows(table, MOST_ROWS)]
        natural = self._natural(table.columns, rows[:_MEASURED])
        for number, group in enumerate(parted(least_widths(table.columns, natural), self._width)):
            columns = [table.columns[at] for at in group]
            grid = laid_out(columns, spread(columns, [natural[at] for at in group], self._width), self._bold)
            lines = []
            for place, (texts, leads) in enumerate(zip(rows, links, strict=True)):
                total = bool(table.total) and place == len(rows) - 1
                pen = self._bold if total else self._pen
                cells = tuple(grid.lines(to, texts[at], pen) for to, at in enumerate(group))
                height = max(map(len, cells)) * LEADING + PADDING
                lines.append(Line(cells, tuple(leads[at] for at in group) if any(leads) else (), total, height))
            if number:
                yield Spacer(0, 4 * mm)
            yield Rows(grid, lines)

    def _natural(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[float]:
        return natural_widths(columns, rows, self._pen, self._bold)

    def _texts(self, table: Table, notes: Footnotes, most: int) -> Iterator[list[str]]:
        """Yield the words of each row, the total last."""
        zone = self._doc.period.zone
        for row in _rows(table, most):
            yield [
                clean(said(cell, column.unit, zone) + notes.mark(cell))
                for cell, column in zip(row, table.columns, strict=True)
            ]

    def _notes(self, notes: Footnotes) -> Iterator[Flowable]:
        for number, (mark, words) in enumerate(notes.lines()):
            if number == 0:
                yield Spacer(0, 1.2 * mm)
            yield _paragraph(f"{mark} {words}", _SMALL)

    def _terms(self) -> Iterator[Flowable]:
        for number, term in enumerate(self._doc.terms):
            body: list[Flowable] = [_paragraph(clipped(term.title, 120), _TERM)]
            for label, words in term_lines(term):
                body.append(_paragraph(f"{label}: {words}" if label else words, _WORDS if not label else _SMALL))
            title = [Spacer(0, 9 * mm), _paragraph("Definitions", _SECTION)] if number == 0 else []
            yield KeepTogether([*title, *body, Spacer(0, 2.5 * mm)])

    def _link(self, cell: Cell) -> str:
        link = link_of(cell, self._base) if self._base and self._links < MOST_LINKS else ""
        self._links += bool(link)
        return link


def _rows(table: Table, most: int) -> tuple[tuple[Cell, ...], ...]:
    return (*table.rows[:most], *([table.total] if table.total else []))


def _paragraph(words: str, style: ParagraphStyle) -> Paragraph:
    # Lines of its own would let few words fill pages.
    return Paragraph(marked_up(clipped(" ".join(words.split()), MOST_WORDS)), style)


def _bounded(words: Sequence[str]) -> Iterator[str]:
    yield from words[:MOST_SAID]
    if len(words) > MOST_SAID:
        yield f"and {len(words) - MOST_SAID} more"
