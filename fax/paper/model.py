"""Owns what is said about the paper of a fax: plain values, light to import. Must not know how they come about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

#: How many dots wide a picture may be.
PICTURE_WIDTHS = range(16, 4_001)
_MM = 25.4


class Compression(StrEnum):
    """How the dots of a page are written; the three of a fax machine are also called MH, MR and MMR."""

    NONE = "uncompressed"
    RLE = "RLE"
    G3_1D = "G3 1-D"
    G3_2D = "G3 2-D"
    G4 = "G4"
    PACKBITS = "PackBits"


@dataclass(frozen=True, slots=True)
class Limits:
    """What is opened at most. The defaults let through the largest paper of a fax machine, and long rolls of it."""

    most_bytes: int = 64 << 20
    most_pages: int = 500
    most_width: int = 3_500
    most_height: int = 30_000
    #: Of all pages: 500 of letter size at the finest resolution have 3.7 thousand million.
    most_dots: int = 4_000_000_000


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class PageInfo:
    """One page: its dots, how many of them make an inch across and down, and how they are written."""

    width: int
    height: int
    x_dpi: float
    y_dpi: float
    compression: Compression

    @property
    def width_mm(self) -> float:
        return self.width / self.x_dpi * _MM

    @property
    def height_mm(self) -> float:
        return self.height / self.y_dpi * _MM

    @property
    def resolution(self) -> str:
        """Say it as fax machines do, or as numbers where they have no word for it."""
        if 196 <= self.x_dpi <= 208:
            for dpi, word in ((98, "standard"), (196, "fine"), (391, "super fine")):
                if abs(self.y_dpi / dpi - 1) <= 0.03:
                    return word
        return f"{self.x_dpi:.0f} × {self.y_dpi:.0f} dpi"


@dataclass(frozen=True, slots=True)
class Paper:
    """A received fax. `partial` says that it holds the beginning of a page, or traces of one, which is left out."""

    pages: tuple[PageInfo, ...]
    bytes: int
    partial: bool


@dataclass(frozen=True, slots=True)
class PdfMade:
    """A PDF on disk. `partial` says that the fax had a page that is left out, or whose end could not be read."""

    pages: int
    bytes: int
    sha256: str
    partial: bool


@dataclass(frozen=True, slots=True)
class PaperText:
    """What stands on the pages, as far as a machine can read it; not `complete` when time or room ran out."""

    pages: tuple[str, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class NotInstalled:
    """There is nothing on this machine that reads; `why` is a clause for an admin."""

    why: str


def draft_of(pdf: Path) -> Path:
    """Return the name that a PDF bears while it is made."""
    return pdf.with_name(f".{pdf.name}.new")
