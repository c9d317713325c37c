"""Owns laying out plain text as a PDF: A4, 80 letters a line, as it would come out of a terminal. No markup."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator
from typing import Final

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from fax.documents.errors import TooLarge, UnknownKind
from fax.documents.model import Limits
from ledger.paper.letters import TYPEWRITER, cleaned, font

COLUMNS: Final = 80
_SIZE, _LEADING, _MARGIN = 10, 12.5, 20 * mm
LINES: Final = int((A4[1] - 2 * _MARGIN) // _LEADING)
_TAB: Final = 8


def lay_out(text: str, limits: Limits) -> bytes:
    """Return a text as a PDF. Raises UnknownKind for letters that we cannot print, and TooLarge."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    _printable(text)
    with io.BytesIO() as file:
        canvas = Canvas(file, pagesize=A4, invariant=True)
        for number, page in enumerate(_pages(text)):
            if number == limits.pages:
                raise TooLarge(f"The text has more than {limits.pages} pages.")
            lines = canvas.beginText(_MARGIN, A4[1] - _MARGIN - _SIZE)
            lines.setFont(TYPEWRITER, _SIZE, _LEADING)
            for line in page:
                lines.textLine(line)
            canvas.drawText(lines)
            canvas.showPage()
        canvas.save()
        return file.getvalue()


def _printable(text: str) -> None:
    """Raise UnknownKind when the text has letters that would come out as boxes, or in the wrong order."""
    known = font(TYPEWRITER).face.charToGlyph
    for letter in set(unicodedata.normalize("NFC", text)):
        right_to_left = unicodedata.bidirectional(letter) in ("R", "AL")
        if right_to_left or (ord(letter) not in known and unicodedata.category(letter)[0] in "LMN"):
            raise UnknownKind(f"The text has letters that we cannot print, such as {letter}. Send it as PDF.")


def _pages(text: str) -> Iterator[list[str]]:
    for part in text.rstrip().split("\f"):
        page: list[str] = []
        for line in part.split("\n"):
            for piece in wrapped(cleaned(line.expandtabs(_TAB))):
                if len(page) == LINES:
                    yield page
                    page = []
                page.append(piece)
        yield page


def wrapped(line: str) -> Iterator[str]:
    """Yield a line in pieces of at most `COLUMNS`, broken between words where there are any."""
    line = line.rstrip()
    while len(line) > COLUMNS:
        gap = line.rfind(" ", 0, COLUMNS + 1)
        # A break in what a line is indented by would be none.
        cut = gap if gap > 0 and line[:gap].strip() else COLUMNS
        yield line[:cut].rstrip()
        line = line[cut:].lstrip() if cut == gap else line[cut:]
    yield line
