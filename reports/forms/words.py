"""How a figure is said to people: numbers, moments in the site's zone, and the marks and footnotes that go with it.

Owns the wording that the page, the PDF, the spreadsheet's first sheet and the terminal share; knows no form.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Final

from reports.document import Cell, Document, Term, Unit, Value
from reports.text import NOTHING, seconds, share

UNKNOWN: Final = "not known"
NONE: Final = "–"
#: The mark of a figure that lies over a gap, and what it means.
UNSURE: Final = "*"
UNSURE_SAID: Final = "lies over a gap in what was seen: calls may be missing from it"
#: Footnotes of one table; more would be no notes any more.
MOST_NOTES: Final = 30
#: Letters of a footnote.
MOST_NOTE: Final = 300
_DAY: Final = 86_400
_RAISED: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def said(cell: Cell, unit: Unit, zone: tzinfo) -> str:
    """Say a figure, without its marks."""
    return UNKNOWN if cell.unknown else value_said(cell.value, unit, zone)


def value_said(value: Value, unit: Unit, zone: tzinfo) -> str:
    """Say a value.

    >>> from zoneinfo import ZoneInfo
    >>> zone = ZoneInfo("Europe/Vilnius")
    >>> value_said(12345, Unit.COUNT, zone), value_said(0.4, Unit.SHARE, zone), value_said(None, Unit.SECONDS, zone)
    ('12,345', '40.0 %', 'no calls')
    >>> value_said(datetime.fromisoformat("2026-11-24T12:00:01Z"), Unit.MOMENT, zone)
    '2026-11-24 14:00:01'
    """
    if value is None:
        # A word, a moment, a day or an age that is not there is no measurement of any call.
        return "" if unit is Unit.TEXT else NONE if unit in (Unit.MOMENT, Unit.DAY, Unit.AGE) else NOTHING
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return f"{value:%a %Y-%m-%d}"
    return number_said(value, unit)


def number_said(value: float, unit: Unit) -> str:
    """Say a number.

    >>> number_said(3840.0, Unit.SECONDS), number_said(2.5, Unit.NUMBER), number_said(1200, Unit.TEXT)
    ('1 h 04 min', '2.5', '1,200')
    >>> number_said(86_400.0, Unit.AGE), number_said(183_600.0, Unit.AGE)
    ('24 h 00 min', '2 days 3 h')
    """
    if unit is Unit.AGE and value >= 2 * _DAY:
        return f"{int(value // _DAY)} days {int(value % _DAY // 3_600)} h"
    if unit in (Unit.SECONDS, Unit.AGE):
        return f"-{seconds(-value)}" if value < 0 else seconds(value)
    if unit is Unit.SHARE:
        return share(value)
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def clipped(text: str, most: int) -> str:
    """Return at most so many letters, with an ellipsis where some are missing.

    >>> clipped("Pneumonoultramicroscopic", 8)
    'Pneumon…'
    """
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


@dataclass
class Footnotes:
    """The notes of one table: a mark for each figure that has some, and what the marks mean, in order."""

    _notes: dict[str, str] = field(default_factory=dict)
    _unsure: bool = False

    def mark(self, cell: Cell) -> str:
        """Return what goes behind a figure, and remember what it means.

        >>> notes = Footnotes()
        >>> notes.mark(Cell(3, unsure=True, note="one of them twice")), notes.mark(Cell(3))
        ('*¹', '')
        """
        mark = ""
        if cell.unsure:
            self._unsure = True
            mark = UNSURE
        if cell.note and (cell.note in self._notes or len(self._notes) < MOST_NOTES):
            mark += self._notes.setdefault(cell.note, str(len(self._notes) + 1).translate(_RAISED))
        return mark

    def lines(self) -> list[tuple[str, str]]:
        """Return each mark with its meaning."""
        unsure = [(UNSURE, UNSURE_SAID)] if self._unsure else []
        return unsure + [(mark, clipped(note, MOST_NOTE)) for note, mark in self._notes.items()]


def head_lines(doc: Document) -> list[tuple[str, str]]:
    """Return what a report says of itself: a label, and the words."""
    zone = doc.period.zone
    lines = [
        ("Period", f"{doc.period.title()} ({zone})"),
        ("Whose calls", doc.scope),
        *((label.replace("_", " ").capitalize(), value) for label, value in doc.asked),
        ("Service level", doc.rule),
        ("Made", made_said(doc)),
    ]
    return [(label, words) for label, words in lines if words]


def made_said(doc: Document) -> str:
    """Say when a report was made, by the clock of its site."""
    at = doc.made_at.astimezone(doc.period.zone)
    return f"{at.day} {at:%B %Y}, {at:%H:%M} ({doc.period.zone})"


def term_lines(term: Term) -> list[tuple[str, str]]:
    """Return the parts of a definition that are there, each with its label; the definition itself has none."""
    lines = [
        ("", term.definition),
        ("Formula", term.formula),
        ("Unit", term.unit),
        ("Clock", term.clock),
        ("Exclusions", term.exclusions),
        ("Source", term.source),
    ]
    return [(label, words) for label, words in lines if words]
