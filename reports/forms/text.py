"""A report as lines for the terminal: aligned tables, and charts drawn in block characters where they help.

Owns the look; words are from `words`. Whatever strangers wrote, it cannot steer the terminal.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import Final

from reports.document import Chart, Document, Flow, Heat, Part, Table, Unit
from reports.forms.text_charts import chart_lines, flow_lines, heat_lines
from reports.forms.words import Footnotes, clipped, head_lines, said, term_lines
from reports.text import printable, table

#: Letters of a cell, and of a line of prose.
MOST_CELL: Final = 60
PROSE: Final = 100


def lines_of(doc: Document, *, definitions: bool = False) -> list[str]:
    """Return the report as lines of text, on request with the definitions of its figures."""
    lines = [printable(f"{doc.company} – {doc.title}" if doc.company else doc.title)]
    lines += [line for label, words in head_lines(doc) for line in _prose(f"{label}: ", words)]
    if doc.warnings or doc.notes:
        lines.append("")
    for warning in doc.warnings:
        lines += _prose("WARNING: ", warning)
    for note in doc.notes:
        lines += _prose("Note: ", note)
    if doc.head:
        lines += ["", *_head(doc)]
    for part in doc.parts:
        lines += ["", *_part(part, doc.period.zone)]
    if definitions and doc.terms:
        lines += ["", "Definitions", *_terms(doc)]
    return lines


def _head(doc: Document) -> list[str]:
    notes = Footnotes()
    rows = [
        (
            clipped(figure.title, MOST_CELL),
            said(figure.cell, figure.unit, doc.period.zone) + notes.mark(figure.cell),
            clipped(figure.sub, 2 * MOST_CELL),
        )
        for figure in doc.head
    ]
    return [*table(("", "", ""), rows, right=(1,))[1:], *_notes(notes)]


def _part(part: Part, zone: tzinfo) -> list[str]:
    title = [printable(clipped(part.title, PROSE))] if part.title else []
    match part:
        case Table():
            return [*title, *_table(part, zone)]
        case Chart():
            return [*title, *chart_lines(part, zone)]
        case Heat():
            return [*title, *heat_lines(part, zone)]
        case Flow():
            return [*title, *flow_lines(part)]


def _table(part: Table, zone: tzinfo) -> list[str]:
    if not part.rows:
        return [f"  {printable(part.empty)}", *_prose("", part.note)]
    notes = Footnotes()
    rows = (*part.rows, *([part.total] if part.total else []))
    marks = [[notes.mark(cell) for cell in row] for row in rows]
    # Figures stay aligned whether or not a mark stands behind them.
    wide = [max(map(len, column)) for column in zip(*marks, strict=True)]
    cells = [
        [
            clipped(said(cell, column.unit, zone), MOST_CELL) + mark.ljust(width)
            for column, cell, mark, width in zip(part.columns, row, marked, wide, strict=True)
        ]
        for row, marked in zip(rows, marks, strict=True)
    ]
    heads = [clipped(column.title, MOST_CELL) for column in part.columns]
    right = [at for at, column in enumerate(part.columns) if column.unit not in (Unit.TEXT, Unit.MOMENT, Unit.DAY)]
    laid = table(heads, cells, right=right)
    if part.total:
        laid.insert(-1, "─" * max(map(len, laid)))
    return [*laid, *_notes(notes), *_prose("", part.note)]


def _notes(notes: Footnotes) -> Iterator[str]:
    for mark, words in notes.lines():
        yield from _prose(f"{mark} ", words)


def _terms(doc: Document) -> Iterator[str]:
    for term in doc.terms:
        yield printable(clipped(term.title, PROSE))
        for label, words in term_lines(term):
            yield from _prose(f"  {label}: " if label else "  ", words)


def _prose(label: str, words: str) -> Sequence[str]:
    """Return words as lines that are not too long, the later ones set below the label's end."""
    if not words:
        return []
    behind = " " * min(len(label), 20)
    return textwrap.wrap(
        printable(" ".join(words.split())), PROSE, initial_indent=printable(label), subsequent_indent=behind
    )
