"""The rows that a CDR file has of one call, in words. Pure; owns the wording.

A row tells when a channel began, was answered and ended, and neither who hung up nor what was pressed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from reports.imports.cdr_contact import Reading, endpoint_of
from reports.imports.cdr_rows import CdrRow, row_from
from reports.imports.model import MOST_LINES
from reports.imports.telling import Called, Sentence, Told, for_time

_NOT_ANSWERED = {
    "BUSY": "{} was busy.",
    "FAILED": "{} could not be reached.",
    "CONGESTION": "{} could not be reached: the way there was congested.",
}


def cdr_words(lines: Sequence[str], reading: Reading, called: Called) -> Told:
    """Tell the rows of a call, by time."""
    rows: dict[CdrRow, str] = {}
    unread = []
    for text in lines:
        try:
            rows[row_from(text)] = text
        except (ValueError, TypeError, AttributeError):  # somebody was taken out of it
            unread.append(text)
    told = [sentence for row in _by_time(rows) for sentence in _said(row, _columns(rows[row]), reading, called)]
    return Told(tuple(sorted(told, key=lambda one: one.at)), tuple(unread))


def _by_time(rows: dict[CdrRow, str]) -> list[CdrRow]:
    return sorted(rows, key=lambda row: (row.start, row.sequence, rows[row]))[:MOST_LINES]


def _said(row: CdrRow, line: str, reading: Reading, called: Called) -> Iterator[Sentence]:
    answered = row.disposition == "ANSWERED"
    if not row.to_channel:
        yield Sentence(row.start, _alone(row, answered=answered), line)
        return
    who = called(reading.names.person(endpoint_of(row.to_channel)))
    yield Sentence(row.start, f"Asterisk called {who}{_by(row)}.", line)
    if not answered:
        words = _NOT_ANSWERED.get(row.disposition, "{} did not answer.")
        yield Sentence(row.end, words.format(who), line)
        return
    if reading.menus:  # the answer is that of a menu or of a line, at whatever moment the person came to it
        if row.answer is not None:
            yield Sentence(row.answer, f"The PBX answered; when {who} did is not known.", line)
        words = f"It was over, {who} having been on it; how long they talked and who hung up first is not known."
        yield Sentence(row.end, words, line)
        return
    if row.answer is not None:
        rang = (row.answer - row.start).total_seconds()
        yield Sentence(row.answer, f"{who} answered" + (f" after {for_time(rang)}." if rang else "."), line)
    words = f"The conversation with {who} was over after {for_time(row.talked)}; who hung up first is not known."
    yield Sentence(row.end, words, line)


def _columns(kept: str) -> str:
    """Return a kept row as its columns, each on a line of its own."""
    return "\n".join(f"{name}: {value}" for name, value in json.loads(kept).items())


def _alone(row: CdrRow, *, answered: bool) -> str:
    where = f"“{row.app}” of the dialplan" if row.app else "the dialplan"
    lasted = for_time((row.end - row.start).total_seconds())
    return f"Was in {where} for {lasted}" + ("." if answered else "; nobody answered.")


def _by(row: CdrRow) -> str:
    return f", by “{row.app}” of the dialplan" if row.app else ""
