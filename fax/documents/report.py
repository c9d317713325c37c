"""Owns the transmission report of a fax, as a PDF: the proof for a drawer. Must not know how its figures came about.

The same figures give the same bytes.
"""

from __future__ import annotations

from typing import Any, Final

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, Spacer, Table, TableStyle

from fax.documents.marks import INKS, Banner, Mark, Thumbnail
from fax.documents.model import MOST_ATTEMPTS, Attempt, Outcome, Report, Resolution
from ledger.paper import letters, numbered
from ledger.paper.letters import BOLD, PLAIN, marked_up
from ledger.paper.numbered import FAINT, INK, LINE

_MARGIN: Final = 18 * mm
_WIDTH: Final = A4[0] - 2 * _MARGIN
_PICTURE, _GAP, _LABELS = 56 * mm, 8 * mm, 34 * mm
_DETAILS: Final = _WIDTH - _PICTURE - _GAP
_MOST_PICTURE_HEIGHT: Final = 100 * mm
_HEADLINES: Final = {
    Outcome.SENT: "Delivered",
    Outcome.PARTIAL: "Delivered in part",
    Outcome.FAILED: "Not delivered",
    Outcome.UNKNOWN: "Nobody knows whether it arrived",
}
_ROWS: Final = {
    Outcome.SENT: "Sent",
    Outcome.PARTIAL: "In part",
    Outcome.FAILED: "Failed",
    Outcome.UNKNOWN: "Not known",
}
_RESOLUTIONS: Final = {
    Resolution.STANDARD: "Standard, 204 × 98 dpi",
    Resolution.FINE: "Fine, 204 × 196 dpi",
    Resolution.SUPERFINE: "Super fine, 204 × 391 dpi",
}
_UNKNOWN: Final = "–"
#: Of a field, and of the words under the headline: a report is a summary, and must come out whatever is in it.
_MOST_FIELD, _MOST_SAID = 120, 600

_COMPANY = ParagraphStyle("company", fontName=PLAIN, fontSize=10, leading=14, textColor=FAINT)
_TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=19, leading=25, textColor=INK)
_HEADLINE = ParagraphStyle("headline", fontName=BOLD, fontSize=13, leading=18)
_WORDS = ParagraphStyle("words", fontName=PLAIN, fontSize=9.5, leading=13.5, textColor=INK)
_SECTION = ParagraphStyle("section", fontName=BOLD, fontSize=10.5, leading=15, textColor=INK, spaceAfter=1.5 * mm)
_LABEL = ParagraphStyle("label", fontName=PLAIN, fontSize=9, leading=12.5, textColor=FAINT)
_VALUE = ParagraphStyle("value", fontName=PLAIN, fontSize=9, leading=12.5, textColor=INK, splitLongWords=1)
_CAPTION = ParagraphStyle("caption", parent=_LABEL, fontSize=8, leading=11, alignment=1)


def draw(report: Report) -> bytes:
    """Return the report as a PDF."""
    letters.load()
    title = f"Transmission report {report.reference}"
    return numbered.build(
        _story(report),
        title=title.strip(),
        author=report.company,
        foot=title,
        sides=_MARGIN,
        top=16 * mm,
        bottom=20 * mm,
    )


def _story(report: Report) -> list[Flowable]:
    story: list[Flowable] = [
        _paragraph(report.company, _COMPANY),
        Paragraph("Transmission report", _TITLE),
        Spacer(0, 5 * mm),
        Banner(
            report.outcome,
            Paragraph(_headline(report), _headline_style(report)),
            _paragraph(report.said, _WORDS, _MOST_SAID),
        ),
        Spacer(0, 7 * mm),
        _details_and_picture(report),
    ]
    if report.attempts:
        story += [Spacer(0, 8 * mm), Paragraph("Attempts", _SECTION), _attempts(report.attempts)]
    return story


def _headline_style(report: Report) -> ParagraphStyle:
    return ParagraphStyle("outcome", parent=_HEADLINE, textColor=INKS[report.outcome])


def _headline(report: Report) -> str:
    headline = _HEADLINES[report.outcome]
    # Where nobody knows, no number is told: it would be taken for knowledge.
    unknown = report.outcome is Outcome.UNKNOWN
    return headline if unknown else f"{headline}: {_of(report.pages_sent, report.pages)}"


def _details_and_picture(report: Report) -> Table:
    groups = [
        ("Fax", [("Date", report.at), ("Subject", report.subject), ("Reference", report.reference)]),
        ("To", [("Number", report.their_number), ("Station identifier", report.their_station)]),
        ("From", [("Number", report.our_number), ("Station identifier", report.our_station)]),
        (
            "Transmission",
            [
                ("Pages", _of(report.pages_sent, report.pages)),
                ("Duration", _duration(report.seconds)),
                ("Speed", f"{report.bits_per_second:,} bit/s" if report.bits_per_second else ""),
                ("Resolution", _RESOLUTIONS[report.resolution]),
                ("Error correction", {None: "", True: "On (ECM)", False: "Off"}[report.ecm]),
            ],
        ),
    ]
    details: list[Flowable] = []
    for name, rows in groups:
        details += [Paragraph(name, _SECTION), _rows(rows), Spacer(0, 4 * mm)]
    picture: list[Flowable] = [Thumbnail(report.picture, _PICTURE, _MOST_PICTURE_HEIGHT)]
    if report.picture:
        picture += [Spacer(0, 1.5 * mm), Paragraph("Page 1", _CAPTION)]
    return _styled(Table([[details[:-1], picture]], colWidths=[_DETAILS + _GAP, _PICTURE]))


def _rows(rows: list[tuple[str, str]]) -> Table:
    table = Table(
        [[Paragraph(label, _LABEL), _paragraph(value.strip() or _UNKNOWN, _VALUE)] for label, value in rows],
        colWidths=[_LABELS, _DETAILS - _LABELS],
        hAlign="LEFT",
    )
    return _styled(table, ("LINEABOVE", (0, 0), (-1, -1), 0.5, LINE), padding=2.2)


def _attempts(attempts: tuple[Attempt, ...]) -> Table:
    shown = attempts[-MOST_ATTEMPTS:]
    first = len(attempts) - len(shown) + 1
    heads = ("", "", "Time", "Result", "Pages", "Duration")
    rows: list[list[Any]] = [[Paragraph(head, _LABEL) for head in heads]]  # Any: what a cell may be
    for number, attempt in enumerate(shown, first):
        result = f'<font name="{BOLD}">{_ROWS[attempt.outcome]}</font>'
        said = f"{result}. {marked_up(_cut(attempt.said, _MOST_FIELD))}" if attempt.said.strip() else result
        rows.append(
            [
                Paragraph(str(number), _LABEL),
                Mark(attempt.outcome),
                _paragraph(attempt.at, _VALUE),
                Paragraph(said, _VALUE),
                Paragraph(str(attempt.pages), _VALUE),
                Paragraph(_duration(attempt.seconds) or _UNKNOWN, _VALUE),
            ]
        )
    widths = [8 * mm, 7 * mm, 42 * mm, 0, 14 * mm, 24 * mm]
    widths[3] = _WIDTH - sum(widths)
    table = Table(rows, colWidths=widths, repeatRows=1)
    return _styled(table, ("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE), ("RIGHTPADDING", (0, 0), (-1, -1), 4), padding=3)


def _styled(table: Table, *more: tuple[Any, ...], padding: float = 0) -> Table:  # Any: as reportlab's commands are
    plain: list[tuple[Any, ...]] = [(f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT")]
    plain += [(f"{side}PADDING", (0, 0), (-1, -1), padding) for side in ("TOP", "BOTTOM")]
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *plain, *more]))
    return table


def _paragraph(text: str, style: ParagraphStyle, most: int = _MOST_FIELD) -> Paragraph:
    return Paragraph(marked_up(_cut(text, most)), style)


def _cut(text: str, most: int) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= most else f"{one_line[: most - 1]}…"


def _of(sent: int, pages: int) -> str:
    return f"{sent} of {pages} {'page' if pages == 1 else 'pages'}"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
