"""Owns CSV as rows of cells: quoted line breaks, and going on after a row that is broken. Knows no customer.

A quote that nobody closes would swallow all that follows: of such a row only the first line is refused, and the lines
after it are read again as rows of their own.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from crm_bridge.exchange.limits import MOST_LINES_OF_A_ROW, MOST_SIGNS_OF_A_ROW
from crm_bridge.exchange.lines import CUT, Lines, is_damaged

#: Line breaks and tabs are meant; a vertical tab is the line break of some databases.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_SEPARATOR_LINE = re.compile(r"sep=([,;\t|])[\r\n]*", re.IGNORECASE)

UNREADABLE = "it holds bytes that are not of the file's encoding"
TOO_LONG = f"it is longer than {MOST_SIGNS_OF_A_ROW:,} signs"
CONTROLS = "it holds control characters"


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that is none, and why; `text` is its beginning as it was read."""

    number: int
    why: str
    text: str


@dataclass(frozen=True, slots=True)
class Cells:
    """A row as it stands in the file; `number` as a spreadsheet counts."""

    number: int
    cells: list[str]


class _TooLong(Exception):
    """The row goes on beyond what a row may have."""


class _Feed:
    """Gives lines to the parser, remembers those of its row, and takes back those that are to be read again."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self.taken: list[str] = []
        self._signs = 0

    def begin_row(self) -> None:
        self.taken = []
        self._signs = 0

    def take_back_all_but_first(self) -> None:
        self._again.extendleft(reversed(self.taken[1:]))

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self._signs += len(line)
        self.taken.append(line)
        if self._signs > MOST_SIGNS_OF_A_ROW or len(self.taken) > MOST_LINES_OF_A_ROW or CUT in line[-3:]:
            raise _TooLong
        return line


def rows_of(lines: Lines, delimiter: str) -> Iterator[Cells | Broken]:
    """Yield every row that is not empty, in order; a broken one does not end the reading."""
    feed = _Feed(iter(lines))
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    number = 0
    while True:
        feed.begin_row()
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _TooLong) as error:
            yield Broken(number, _why(error, feed.taken), feed.taken[0])
            feed.take_back_all_but_first()
            reader = csv.reader(feed, delimiter=delimiter, strict=True)
            continue
        if number == 1 and _SEPARATOR_LINE.fullmatch(feed.taken[0]):
            number = 0  # Excel's own word for the delimiter, which it reads and does not show
            continue
        if not any(cells) or not "".join(cells).strip():
            continue
        if why := _fault(feed.taken):
            yield Broken(number, why, "".join(feed.taken))
        else:
            yield Cells(number, cells)


def separator_said(text: str) -> str | None:
    """Return the delimiter that the first line names, as Excel reads and writes it (`sep=;`); None if it does not."""
    said = _SEPARATOR_LINE.match(text)
    return said[1] if said else None


def _fault(taken: list[str]) -> str:
    for line in taken:
        if is_damaged(line):
            return UNREADABLE
        if holds_controls(line):
            return CONTROLS
    return ""


def holds_controls(text: str) -> bool:
    """Say whether a text holds signs that no text has, such as NUL."""
    return _CONTROL.search(text) is not None


def _why(error: Exception, taken: list[str]) -> str:
    if isinstance(error, _TooLong):
        return TOO_LONG if len(taken) == 1 else "a quote is opened and never closed"
    if "unexpected end of data" in str(error):
        return "a quote is opened and never closed"
    return "a quote stands where none can be"
