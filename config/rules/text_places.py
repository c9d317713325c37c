"""Finds a word of a spoken text in the file in which it is written: over folded lines, and behind quotes.

Knows how YAML folds lines, nothing of what the text says.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from itertools import islice

from config.findings import Position

_WORD = re.compile(r"\S+")
_LINE_END = re.compile(r"\r\n|\n|\r")
#: The sign of a text that is written on the lines below, which is no word of it.
_FOLDED = re.compile(r"[|>][0-9+-]{0,2}[ \t]*(?:#[^\r\n]*)?(?=[\r\n])")


class FileText:
    """The text of a file, in which places are looked for."""

    def __init__(self, raw: str) -> None:
        self._raw = raw

    @cached_property
    def _starts(self) -> list[int]:
        """Where each line begins."""
        return [0, *(end.end() for end in _LINE_END.finditer(self._raw))]

    def within(self, text: str, start: Position, index: int) -> Position:
        """Return the place of `text[index]`, where `text` is written from `start` on.

        YAML folds lines but leaves words whole, so words are counted. Returns `start` where they do not agree: a word
        with an escape in it, say.
        """
        word = next((word for word in _WORD.finditer(text) if word.end() > index >= word.start()), None)
        if word is None or not 1 <= start.line <= len(self._starts):
            return start
        begin = self._starts[start.line - 1] + start.column - 1
        if (folded := _FOLDED.match(self._raw, begin)) is not None:
            begin = folded.end()
        number = sum(1 for _ in _WORD.finditer(text, 0, word.start()))
        written = next(islice(_WORD.finditer(self._raw, begin), number, None), None)
        if written is None:
            return start
        sought = text[index : word.end()].rstrip("\"'")
        offset = index - word.start()
        for at in (offset, offset + 1):  # a quote before the first word is no part of the text
            if written[0].startswith(sought, at):
                return self._place(start, written.start() + at)
        return start

    def _place(self, start: Position, index: int) -> Position:
        line = bisect_right(self._starts, index)
        return Position(start.file, line, index - self._starts[line - 1] + 1)
