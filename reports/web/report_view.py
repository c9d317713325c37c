"""A report as its page shows it: texts, addresses and pictures for the templates. Pure.

Owns what a reader sees of a document; words and drawings are those of `reports.forms`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from markupsafe import Markup

from reports.document import Cell, Chart, Column, Document, Figure, Flow, Heat, Table, Term, Unit
from reports.forms.drawings import picture_of
from reports.forms.links import link_of
from reports.forms.svg import svg_of
from reports.forms.tabled import tabled
from reports.forms.words import UNSURE_SAID, Footnotes, said, term_lines

#: Rows of one table on a page; files have them all.
MOST_ROWS = 500
#: Width of pictures, in the points of paper, and of the narrow ones beside each other.
WIDTH = 720.0
#: How the cells of a column stand; figures stand to the right.
_KINDS = {Unit.TEXT: "words", Unit.MOMENT: "when", Unit.DAY: "when"}


@dataclass(frozen=True)
class Shown:
    """A figure or word: `muted` where there is nothing to measure, `bar` from 0 to 100 or None."""

    text: str
    href: str = ""
    mark: str = ""
    why: str = ""
    muted: bool = False
    bar: float | None = None


@dataclass(frozen=True)
class ShownColumn:
    """A column's head; `kind` is how its cells stand, `term` what the mark beside it leads to."""

    name: str
    title: str
    kind: str
    term: str
    means: str


@dataclass(frozen=True)
class ShownTable:
    """A table; `hidden` are the rows that only files have."""

    name: str
    title: str
    columns: tuple[ShownColumn, ...]
    rows: tuple[tuple[Shown, ...], ...]
    total: tuple[Shown, ...]
    empty: str
    note: str
    footnotes: tuple[tuple[str, str], ...]
    hidden: int


@dataclass(frozen=True)
class ShownPicture:
    """A drawing, and the same as a table for who reads rather than looks; `doors` are the links in it."""

    name: str
    title: str
    svg: Markup
    table: ShownTable
    doors: int = 0


@dataclass(frozen=True)
class ShownFigure:
    """A figure at the head."""

    name: str
    title: str
    value: Shown
    sub: str
    term: str
    means: str


@dataclass(frozen=True)
class ShownTerm:
    """A definition with its labelled lines."""

    name: str
    title: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ReportView:
    """A whole report for its page."""

    head: tuple[ShownFigure, ...]
    parts: tuple[ShownTable | ShownPicture, ...]
    terms: tuple[ShownTerm, ...]

    @property
    def doors(self) -> bool:
        """Tell whether there is a drawing in which one goes from link to link."""
        return any(isinstance(part, ShownPicture) and part.doors > 1 for part in self.parts)


def view_of(doc: Document, most_rows: int = MOST_ROWS) -> ReportView:
    """Return what the page shows of a report. Draws pictures, so call it beside the event loop."""
    terms = {term.name: term for term in doc.terms}
    return ReportView(
        tuple(_figure(figure, terms, doc.period.zone) for figure in doc.head),
        tuple(_parts(doc, terms, most_rows)),
        tuple(ShownTerm(term.name, term.title, tuple(term_lines(term))) for term in doc.terms),
    )


def _parts(doc: Document, terms: Mapping[str, Term], most: int) -> Iterator[ShownTable | ShownPicture]:
    zone = doc.period.zone
    for part in doc.parts:
        table = _table(tabled(part), terms, zone, most)
        match part:
            case Table():
                yield table
            case Chart() | Heat() | Flow():
                picture = picture_of(part, zone, WIDTH)
                # What is drawn was escaped where it was written.
                svg = Markup(svg_of(picture))  # noqa: S704
                doors = sum(spot.behind is not None for spot in picture.spots)
                yield ShownPicture(part.name, part.title, svg, table, doors)


def _figure(figure: Figure, terms: Mapping[str, Term], zone: tzinfo) -> ShownFigure:
    notes = Footnotes()
    term = figure.term if figure.term in terms else ""
    value = _shown(figure.cell, figure.unit, zone, notes)
    return ShownFigure(figure.name, _begun(figure.title), value, figure.sub, term, _means(terms, term))


def _table(table: Table, terms: Mapping[str, Term], zone: tzinfo, most: int) -> ShownTable:
    notes = Footnotes()
    rows = tuple(_row(table.columns, row, zone, notes) for row in table.rows[:most])
    total = _row(table.columns, table.total, zone, notes) if table.total else ()
    return ShownTable(
        table.name,
        table.title,
        tuple(_column(column, terms) for column in table.columns),
        rows,
        total,
        _begun(table.empty),
        _begun(table.note),
        tuple(notes.lines()),
        max(0, len(table.rows) - most),
    )


def _column(column: Column, terms: Mapping[str, Term]) -> ShownColumn:
    term = column.term if column.term in terms else ""
    title = _begun(column.title)
    return ShownColumn(column.name, title, _KINDS.get(column.unit, "right"), term, _means(terms, term))


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]


def _means(terms: Mapping[str, Term], term: str) -> str:
    return terms[term].definition if term else ""


def _row(columns: Sequence[Column], cells: Sequence[Cell], zone: tzinfo, notes: Footnotes) -> tuple[Shown, ...]:
    return tuple(_shown(cell, column.unit, zone, notes) for column, cell in zip(columns, cells, strict=True))


def _shown(cell: Cell, unit: Unit, zone: tzinfo, notes: Footnotes) -> Shown:
    why = "; ".join(filter(None, (UNSURE_SAID if cell.unsure else "", cell.note)))
    return Shown(
        said(cell, unit, zone),
        link_of(cell),
        notes.mark(cell),
        why,
        muted=cell.unknown or cell.value is None,
        bar=None if cell.bar is None else round(100 * min(1.0, max(0.0, cell.bar)), 1),
    )
