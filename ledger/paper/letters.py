"""Owns the letters that we print ourselves: DejaVu, which has those of all Europe. Must not know what is printed."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily
from reportlab.pdfbase.ttfonts import TTFont

PLAIN, BOLD, TYPEWRITER = "DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono"
_FOLDER: Final = Path(__file__).parent / "fonts"


@cache
def font(name: str) -> TTFont:
    """Return one of our fonts, ready for reportlab."""
    loaded = TTFont(name, _FOLDER / f"{name}.ttf")
    registerFont(loaded)
    return loaded


def load() -> None:
    """Make our fonts known to reportlab, with bold as the bold of plain."""
    font(PLAIN)
    font(BOLD)
    registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=PLAIN, boldItalic=BOLD)


def cleaned(text: str) -> str:
    """Return what can be printed of a text: no control characters, no halves of letters, accents on their letters."""
    whole = unicodedata.normalize("NFC", text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    return "".join(_seen(letter) for letter in whole)


def marked_up(text: str) -> str:
    """Return a text for a Paragraph of reportlab, which reads markup; its lines stay lines."""
    return "<br/>".join(escape(cleaned(line)) for line in text.splitlines())


def _seen(letter: str) -> str:
    kind = unicodedata.category(letter)
    return " " if kind == "Cc" else "" if kind == "Cf" else letter
