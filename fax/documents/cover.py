"""Owns the cover sheet of a fax, as a PDF. Made for 98 lines an inch: black on white, large letters, thick rules."""

from __future__ import annotations

import io
from typing import Final

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, HRFlowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from fax.documents.model import Cover
from ledger.paper import letters
from ledger.paper.letters import BOLD, PLAIN, marked_up

_MARGIN: Final = 20 * mm
_WIDTH: Final = A4[0] - 2 * _MARGIN
_PADDING: Final = 6  # what reportlab leaves inside of a margin
_LABELS: Final = 32 * mm

_COMPANY = ParagraphStyle("company", fontName=BOLD, fontSize=18, leading=23, splitLongWords=1)
_TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=40, leading=44)
_LABEL = ParagraphStyle("label", fontName=PLAIN, fontSize=12, leading=17)
_VALUE = ParagraphStyle("value", fontName=BOLD, fontSize=12, leading=17, splitLongWords=1)
_NOTE = ParagraphStyle("note", fontName=PLAIN, fontSize=12, leading=17.5, splitLongWords=1)


def draw(cover: Cover, following: int) -> bytes:
    """Return the sheet as a PDF, with the number of all pages on it: its own, and those that follow."""
    letters.load()
    own, sheet = _drawn(cover, following + 1)
    if own > 1:  # a long note
        _, sheet = _drawn(cover, following + own)
    return sheet


def _drawn(cover: Cover, pages: int) -> tuple[int, bytes]:
    with io.BytesIO() as file:
        document = SimpleDocTemplate(
            file,
            pagesize=A4,
            invariant=True,
            leftMargin=_MARGIN - _PADDING,
            rightMargin=_MARGIN - _PADDING,
            topMargin=_MARGIN - _PADDING,
            bottomMargin=_MARGIN - _PADDING,
            title="Fax",
            author=letters.cleaned(cover.company),
        )
        document.build(_story(cover, pages))
        return document.page, file.getvalue()


def _story(cover: Cover, pages: int) -> list[Flowable]:
    rows = [
        ("To", cover.to),
        ("", cover.to_company),
        ("Fax number", cover.number),
        ("From", cover.sender),
        ("", cover.sender_number),
        ("Subject", cover.subject),
        ("Date", cover.date),
        ("Pages", f"{pages}, this one included"),
    ]
    story: list[Flowable] = [
        Paragraph(marked_up(cover.company), _COMPANY),
        Spacer(0, 8 * mm),
        Paragraph("FAX", _TITLE),
        Spacer(0, 4 * mm),
        _rule(),
        Spacer(0, 3 * mm),
        _table([row for row in rows if row[1].strip()]),
        Spacer(0, 3 * mm),
        _rule(),
        Spacer(0, 8 * mm),
    ]
    # One paragraph a line: a note of many lines must be able to go on, on the next page.
    story.extend(Paragraph(marked_up(line) or "&nbsp;", _NOTE) for line in cover.note.splitlines())
    return story


def _table(rows: list[tuple[str, str]]) -> Table:
    table = Table(
        [[Paragraph(label, _LABEL), Paragraph(marked_up(value), _VALUE)] for label, value in rows],
        colWidths=[_LABELS, _WIDTH - _LABELS],
    )
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 2.5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
            ]
        )
    )
    return table


def _rule() -> Flowable:
    return HRFlowable(width="100%", thickness=2, color="black", spaceBefore=0, spaceAfter=0)
