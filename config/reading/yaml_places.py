"""Turns an index in a text into a line and column as an editor counts them. Knows nothing of what the text says."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Any

from config.findings import Position

LINE_END = re.compile(r"\r\n|\n|\r")
#: What a YAML parser takes for line ends, and no editor does.
STRANGE_END = re.compile("[\x85\u2028\u2029]")


class Places:
    """The places of one file's text."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._starts = [0, *(match.end() for match in LINE_END.finditer(text))]
        self._length = len(text)
        self._as_parser = STRANGE_END.search(text) is None

    def of(self, mark: Any) -> Position:  # Any: the parser has no types
        """Return the place of a parser's mark."""
        if self._as_parser:
            return Position(self._file, mark.line + 1, mark.column + 1)
        return self.at(mark.index)

    def at(self, index: int, *, last: bool = False) -> Position:
        """Return the place of the index; with `last` the place just after the text."""
        index = self._length if last else min(index, self._length)
        line = bisect_right(self._starts, index)
        return Position(self._file, line, index - self._starts[line - 1] + 1)
