"""Letters onto a page of a PDF, as fast as it goes. Owns measuring, cutting and wrapping; knows no table.

reportlab's own way takes some 25 µs for each word; a list of 50,000 rows has half a million of them. Text of ASCII,
which most of it is, stands in a PDF as it is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from ledger.paper import letters
from ledger.paper.letters import cleaned

#: Letters of a text before it is measured at all.
MOST: Final = 2_000
_ESCAPED: Final = {code: f"\\{code:03o}" for code in (*range(32), 40, 41, 92, *range(127, 256))}
_TO_ESCAPE: Final = frozenset("()\\")


class Pen:
    """Writes in one font and size on one canvas. Its `words` are operators that belong between BT and ET."""

    def __init__(self, canvas: Canvas, font: str, size: float) -> None:
        self._font: Any = letters.font(font)  # Any: reportlab has no types
        self._name, self.size = font, size
        self._document = canvas._doc
        self._plain = self._font.getSubsetInternalName(0, self._document)
        self._widths = [float(stringWidth(chr(code), font, size)) for code in range(128)]
        self._widest = max(self._widths)
        self._written = lru_cache(8_192)(self._write)

    def begin(self) -> str:
        """Return the operator that takes up this pen."""
        return f"{self._plain} {self.size:g} Tf"

    def width(self, text: str) -> float:
        """Return how wide a clean text is."""
        if text.isascii():
            widths = self._widths
            return sum([widths[code] for code in text.encode()])
        return float(stringWidth(text, self._name, self.size))

    def fitted(self, text: str, room: float) -> str:
        """Return as much of a clean text as fits, with an ellipsis where some is missing."""
        if (len(text) * self._widest <= room and text.isascii()) or self.width(text) <= room:
            return text
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            if self.width(f"{text[:middle]}…") <= room:
                low = middle
            else:
                high = middle - 1
        return f"{text[:low].rstrip()}…"

    def wrapped(self, text: str, room: float, most: int) -> list[str]:
        """Return a clean text as at most so many lines; a word that is too long is cut, and so is the last line."""
        if self.width(text) <= room:
            return [text]
        lines: list[str] = []
        words = text.split()
        while words and len(lines) < most - 1:
            line = words.pop(0)
            while words and self.width(f"{line} {words[0]}") <= room:
                line += f" {words.pop(0)}"
            if self.width(line) > room:
                kept = self._longest(line, room)
                line, rest = line[:kept], line[kept:]
                words.insert(0, rest)
            lines.append(line)
        return [*lines, self.fitted(" ".join(words), room)] if words else lines

    def _longest(self, word: str, room: float) -> int:
        kept = 1
        while kept < len(word) and self.width(word[: kept + 1]) <= room:
            kept += 1
        return kept

    def words(self, x: float, y: float, text: str) -> str:
        """Return the operators that write a clean text at a point."""
        if not text.isascii():
            return f"1 0 0 1 {x:.2f} {y:.2f} Tm {self._written(text)}"
        if not _TO_ESCAPE.isdisjoint(text):
            text = text.translate(_ESCAPED)
        return f"1 0 0 1 {x:.2f} {y:.2f} Tm ({text}) Tj"

    def narrowed(self, x: float, y: float, text: str, room: float) -> str:
        """Return the operators for a text that is to be narrowed until it fits: a figure is never cut."""
        return f"{100 * room / max(self.width(text), 1.0):.1f} Tz {self.words(x, y, text)} 100 Tz"

    def _write(self, text: str) -> str:
        # Letters beyond ASCII are spread over several fonts of 256 each.
        said = []
        for subset, codes in self._font.splitString(text, self._document):
            name = self._font.getSubsetInternalName(subset, self._document)
            said.append(f"{name} {self.size:g} Tf ({codes.decode('latin-1').translate(_ESCAPED)}) Tj")
        return " ".join((*said, self.begin()))


def clean(text: str) -> str:
    """Return what can be printed of a text in one line."""
    if text.isascii() and text.isprintable():
        return text[:MOST]
    return _cleaned(text[:MOST])


@lru_cache(8_192)
def _cleaned(text: str) -> str:
    return cleaned(" ".join(text.split()))
