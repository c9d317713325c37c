"""A file in pieces: so many lines at a time, each understood or not. Blocks; use a thread. Knows no database."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from reports.imports.model import AgentMoment, Fault, Format, ImportRefused
from reports.imports.reading import Place, RawLine, TextFile, decode

#: Lines of a piece, which is written in one transaction: calls that go on beside wait for it less than 0.1 s.
LINES = 500
#: From when to when something may have happened.
Window = tuple[datetime, datetime]
#: The beginning of a file by which its form is found out.
HEAD_LINES = 200
TOO_LONG = "it is longer than any line that Asterisk writes"
NO_END = "the file ends in the middle of this line: it is read when the rest is there"


@dataclass
class Piece:
    """What some lines of a file told: lines of contacts by their key, moments of agents, and what was odd."""

    place: Place
    lines: int = 0
    told: dict[str, set[str]] = field(default_factory=dict)
    moments: list[AgentMoment] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    asides: Counter[str] = field(default_factory=Counter)
    #: The file cannot be read any further.
    damage: ImportRefused | None = None
    first_at: datetime | None = None
    last_at: datetime | None = None

    def _at(self, at: datetime) -> None:
        self.first_at = at if self.first_at is None else min(at, self.first_at)
        self.last_at = at if self.last_at is None else max(at, self.last_at)

    def take(self, raw: RawLine, format: Format, encoding: str, only: Sequence[Window] | None) -> None:
        """Take one line in; with `only`, if it is of one of these times."""
        text, wrong = decode(raw.data, encoding)
        if not raw.ended:
            self.faults.append(Fault(raw.number, text, NO_END))
            return
        self.place = Place(raw.end, raw.number)
        self.lines += 1
        if not raw.whole:
            self.faults.append(Fault(raw.number, text, TOO_LONG))
            return
        parsed = format.parse(raw.number, text)
        if parsed.fault is not None:
            self.faults.append(parsed.fault)
        elif wrong:
            self.faults.append(Fault(raw.number, text, f"{wrong}; the rest was taken"))
        if parsed.aside:
            self.asides[parsed.aside] += 1
        if parsed.entry is not None and _is_in(parsed.entry.at, only):
            self.told.setdefault(parsed.entry.key, set()).add(parsed.entry.text)
            self._at(parsed.entry.at)
        for moment in parsed.moments:
            self.moments.append(moment)
            self._at(moment.at)


def head_of(file: TextFile, encoding: str) -> list[str]:
    """Return the first lines of a file."""
    head: list[str] = []
    with contextlib.suppress(ImportRefused):  # what stands before the damage is imported
        for raw in islice(file.lines(Place()), HEAD_LINES):
            head += [decode(raw.data, encoding)[0]] if raw.ended else []
    return head


def next_piece(
    lines: Iterator[RawLine], after: Place, format: Format, encoding: str, only: Sequence[Window] | None = None
) -> Piece:
    """Read the next piece; at the end of the file it has no line. Never raises: see `Piece.damage`."""
    piece = Piece(after)
    try:
        for raw in islice(lines, LINES):
            piece.take(raw, format, encoding, only)
    except ImportRefused as damage:
        piece.damage = damage
    return piece


def _is_in(at: datetime, windows: Sequence[Window] | None) -> bool:
    return windows is None or any(since <= at <= until for since, until in windows)
