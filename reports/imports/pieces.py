"""A file in pieces: so many lines at a time, each understood or not. Blocks; use a thread. Knows no database."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from reports.imports.model import MOST_LINES, AgentMoment, Entry, Fault, Format, ImportRefused
from reports.imports.reading import Place, RawLine, TextFile, decode

#: Lines of a piece, which is written in one transaction: calls that go on beside wait for it less than 0.1 s.
LINES = 500
#: From when to when something may have happened.
Window = tuple[datetime, datetime]
#: Lines of one second that are told apart; more are of no honest file.
_MOST_OF_A_SECOND = 10_000
#: The beginning of a file by which its form is found out.
HEAD_LINES = 200
TOO_LONG = "it is longer than any line that Asterisk writes"
NO_END = "the file ends in the middle of this line: it is read when the rest is there"


@dataclass
class Reading:
    """A file as it is read: by which format, and the lines of the second that is being read.

    What is twice in one second happened twice. What comes again later is a copy: of two files put together, say.
    """

    format: Format
    encoding: str
    _second: datetime | None = None
    _seen: Counter[str] = field(default_factory=Counter)

    def count(self, entry: Entry) -> int:
        """Return how often this line was there by now, in one second; once if it says nothing twice."""
        if not entry.again:
            return 1
        if entry.at != self._second or len(self._seen) >= _MOST_OF_A_SECOND:
            self._second = entry.at
            self._seen.clear()
        self._seen[entry.text] = min(self._seen[entry.text] + 1, MOST_LINES)
        return self._seen[entry.text]


@dataclass
class Piece:
    """What some lines of a file told: lines of contacts by their key, moments of agents, and what was odd.

    Each line of a contact with how often it was there in its second of the file, up to here.
    """

    place: Place
    lines: int = 0
    told: dict[str, Counter[str]] = field(default_factory=dict)
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

    def take(self, raw: RawLine, reading: Reading, only: Sequence[Window] | None) -> None:
        """Take one line in; with `only`, if it is of one of these times."""
        text, wrong = decode(raw.data, reading.encoding)
        if not raw.ended:
            self.faults.append(Fault(raw.number, text, NO_END))
            return
        self.place = Place(raw.end, raw.number)
        self.lines += 1
        if not raw.whole:
            self.faults.append(Fault(raw.number, text, TOO_LONG))
            return
        parsed = reading.format.parse(raw.number, text)
        if parsed.fault is not None:
            self.faults.append(parsed.fault)
        elif wrong:
            self.faults.append(Fault(raw.number, text, f"{wrong}; the rest was taken"))
        if parsed.aside:
            self.asides[parsed.aside] += 1
        if parsed.entry is not None and _is_in(parsed.entry.at, only):
            lines = self.told.setdefault(parsed.entry.key, Counter())
            lines[parsed.entry.text] = max(lines[parsed.entry.text], reading.count(parsed.entry))
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


def next_piece(lines: Iterator[RawLine], after: Place, reading: Reading, only: Sequence[Window] | None = None) -> Piece:
    """Read the next piece; at the end of the file it has no line. Never raises: see `Piece.damage`."""
    piece = Piece(after)
    try:
        for raw in islice(lines, LINES):
            piece.take(raw, reading, only)
    except ImportRefused as damage:
        piece.damage = damage
    return piece


def _is_in(at: datetime, windows: Sequence[Window] | None) -> bool:
    return windows is None or any(since <= at <= until for since, until in windows)
