"""The certificate that a person was forgotten, as a PDF for a drawer: what went, what stays, and why.

Names nobody but the pseudonym and whoever had it done. The same erasure gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Any, Final

from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, Paragraph, Spacer, Table

from config.schema import Site
from crm_bridge.erasing_model import Erasure
from crm_bridge.erasing_words import counted, staying
from ledger.paper import letters, numbered
from ledger.paper.letters import BOLD, PLAIN, marked_up
from ledger.paper.numbered import FAINT, INK, LINE

_MARGIN: Final = 24 * mm
_WIDTH: Final = A4[0] - 2 * _MARGIN
_SEAL: Final = HexColor(0x1F5F4A)
_MOST: Final = 200

_COMPANY = ParagraphStyle("company", fontName=BOLD, fontSize=10, leading=14, textColor=FAINT)
_TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=24, leading=30, textColor=INK)
_LEAD = ParagraphStyle("lead", fontName=PLAIN, fontSize=10.5, leading=16, textColor=INK)
_SECTION = ParagraphStyle("section", fontName=BOLD, fontSize=11.5, leading=16, textColor=INK, spaceAfter=2 * mm)
_LABEL = ParagraphStyle("label", fontName=PLAIN, fontSize=9.5, leading=13.5, textColor=FAINT)
_VALUE = ParagraphStyle("value", fontName=PLAIN, fontSize=9.5, leading=13.5, textColor=INK)
_NUMBER = ParagraphStyle("number", parent=_VALUE, fontName=BOLD, alignment=2)
_SIGN = ParagraphStyle("sign", fontName=PLAIN, fontSize=8.5, leading=12, textColor=FAINT)

_STAYS: Final = (
    (
        "When calls came, which department and person took them, and how they ended",
        "So that every total of every report stays as it was. Under the pseudonym, without name, number or words.",
    ),
    (
        "This certificate, and that it was asked for",
        "To be able to show that it was done. It names nobody but whoever had it done.",
    ),
    (
        "Backups made before this day",
        "They are out of reach of this server. When one is brought back, have the person forgotten anew.",
    ),
    (
        "What other systems were sent before this day",
        "Mails, web-hooks and connected systems have copies of their own: those who run them are to be told.",
    ),
)


def draw(erasure: Erasure, site: Site) -> bytes:
    """Return the certificate as a PDF. Blocks."""
    letters.load()
    return numbered.build(
        _story(erasure, site),
        title=f"Certificate of erasure {erasure.id[:8]}",
        author=site.company.name,
        foot=f"Certificate of erasure {erasure.id}",
        sides=_MARGIN,
        top=26 * mm,
        bottom=26 * mm,
        behind=_paper,
    )


def _story(erasure: Erasure, site: Site) -> list[Flowable]:
    ended = erasure.ended_at or erasure.asked_at
    changed = counted(erasure.counts, nameless=True)
    story: list[Flowable] = [
        Paragraph(marked_up(site.company.name[:_MOST]), _COMPANY),
        Paragraph("Certificate of erasure", _TITLE),
        Spacer(0, 4 * mm),
        Paragraph(
            "A person asked to be forgotten, or nothing allowed us to keep what was known of them. What this server "
            "held was removed, as listed below; afterwards every file of its data was searched, byte by byte.",
            _LEAD,
        ),
        Spacer(0, 6 * mm),
        _rows(
            [
                ("Pseudonym", erasure.pseudonym),
                ("Asked for", f"{_moment(erasure.asked_at, site)}, by {erasure.by}"),
                ("Completed", _moment(ended, site)),
                ("Reference", erasure.id),
            ]
        ),
        Spacer(0, 8 * mm),
        Paragraph("What was removed", _SECTION),
        _counted(counted(erasure.counts, nameless=False), "Nothing but the name was known."),
    ]
    if changed:
        nameless = [Paragraph("What was made nameless; times, departments and outcomes stay", _SECTION)]
        story += [Spacer(0, 7 * mm), KeepTogether([*nameless, _counted(changed, "")])]
    if others := staying(erasure.counts):
        before = [Paragraph("What came over a number of theirs, but is not theirs, and stays", _SECTION)]
        story += [Spacer(0, 7 * mm), KeepTogether([*before, _counted(others, "")])]
    story += [Spacer(0, 7 * mm), KeepTogether([Paragraph("What the search found", _SECTION), _found(erasure.stays)])]
    story += [Spacer(0, 7 * mm), KeepTogether([Paragraph("What stays, and why", _SECTION), _reasons(_STAYS)])]
    story += [Spacer(0, 16 * mm), KeepTogether(_signatures())]
    return story


def _counted(counts: Sequence[tuple[str, int]], nothing: str) -> Flowable:
    """Return what was counted in two columns, downwards."""
    if not counts:
        return Paragraph(nothing, _VALUE)
    half = -(-len(counts) // 2)
    rows = []
    for left, right in zip_longest(counts[:half], counts[half:]):
        cells = [*_cells(left), "", *(_cells(right) if right else ("", ""))]
        rows.append(cells)
    column = (_WIDTH - 10 * mm) / 2
    return _table(rows, [column - 14 * mm, 14 * mm, 10 * mm, column - 14 * mm, 14 * mm], gap=2)


def _cells(counted: tuple[str, int]) -> list[Flowable]:
    what, count = counted
    return [Paragraph(marked_up(what), _VALUE), Paragraph(f"{count:,}", _NUMBER)]


def _found(stays: Mapping[str, int]) -> Flowable:
    if not stays:
        return Paragraph(
            "No number, mail address or full name that was this person’s alone stands in any file of the data.",
            _VALUE,
        )
    rows = [_cells((f"In {place}", count)) for place, count in stays.items()]
    said = "The same words still stand where they are about somebody else, or were written anew. A person has to look:"
    return Table(
        [[Paragraph(said, _VALUE)], [_table(rows, [_WIDTH - 30 * mm, 30 * mm])]], colWidths=[_WIDTH], style=_FLAT
    )


def _reasons(reasons: Sequence[tuple[str, str]]) -> Flowable:
    rows = [[Paragraph(what, _VALUE), Paragraph(why, _LABEL)] for what, why in reasons]
    return _table(rows, [_WIDTH * 0.42, _WIDTH * 0.58])


def _rows(rows: Sequence[tuple[str, str]]) -> Flowable:
    cells = [[Paragraph(label, _LABEL), Paragraph(marked_up(value[:_MOST]), _VALUE)] for label, value in rows]
    return _table(cells, [34 * mm, _WIDTH - 34 * mm])


def _signatures() -> list[Flowable]:
    cells = [["", "", ""], [Paragraph("Place and date", _SIGN), "", Paragraph("Signature", _SIGN)]]
    table = Table(cells, colWidths=[_WIDTH * 0.42, _WIDTH * 0.1, _WIDTH * 0.48])
    lines = [("LINEABOVE", (column, 1), (column, 1), 0.7, FAINT) for column in (0, 2)]
    table.setStyle([*_FLAT, *lines, ("TOPPADDING", (0, 1), (-1, 1), 4)])
    return [table]


_FLAT: Final[list[tuple[Any, ...]]] = [  # Any: as reportlab's commands are
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
]


def _table(rows: list[list[Any]], widths: list[float], *, gap: int | None = None) -> Table:  # Any: a cell
    """Return a table with lines between its rows, but none in the column `gap`."""
    table = Table(rows, colWidths=widths, hAlign="LEFT")
    sides = [(0, -1)] if gap is None else [(0, gap - 1), (gap + 1, -1)]
    lines: list[tuple[Any, ...]] = []
    for first, last in sides:
        lines.append(("LINEABOVE", (first, 0), (last, -1), 0.5, LINE))
        lines.append(("LINEBELOW", (first, -1), (last, -1), 0.5, LINE))
    padding = [("TOPPADDING", (0, 0), (-1, -1), 3.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 4.5)]
    table.setStyle([*_FLAT, *padding, *lines, *([("RIGHTPADDING", (0, 0), (-2, -1), 8)] if gap is None else [])])
    return table


def _moment(at: datetime, site: Site) -> str:
    there = at.astimezone(site.company.zone)
    return f"{there.day} {there:%B %Y}, {there:%H:%M} ({site.company.timezone})"


def _paper(canvas: Canvas) -> None:
    """Draw what every page has, and the seal of the first."""
    canvas.saveState()
    canvas.setFillColor(_SEAL)
    canvas.rect(0, A4[1] - 6 * mm, A4[0], 6 * mm, stroke=0, fill=1)
    if canvas.getPageNumber() == 1:
        _seal(canvas, A4[0] - _MARGIN - 12 * mm, A4[1] - 25 * mm, _SEAL)
    canvas.restoreState()


def _seal(canvas: Canvas, x: float, y: float, colour: Color) -> None:
    """Draw a check mark in two rings."""
    canvas.setStrokeColor(colour)
    canvas.setFillColor(white)
    canvas.setLineWidth(1.6)
    canvas.circle(x, y, 12 * mm, stroke=1, fill=1)
    canvas.setLineWidth(0.6)
    canvas.circle(x, y, 10.5 * mm, stroke=1, fill=0)
    canvas.setLineWidth(3)
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    mark = canvas.beginPath()
    mark.moveTo(x - 5 * mm, y + 0.2 * mm)
    mark.lineTo(x - 1.4 * mm, y - 3.6 * mm)
    mark.lineTo(x + 5.4 * mm, y + 4.2 * mm)
    canvas.drawPath(mark, stroke=1, fill=0)
