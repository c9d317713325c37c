"""Owns the directories of a fax's TIFF: which pages there are, how large, and where in the file their dots lie.

Believes nothing: every number is held against the file and the limits before anything is read or made room for. Must
not know how dots are coded.
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from fax.paper.errors import NotAFax, TooLarge, TooManyPages
from fax.paper.model import Compression, Limits, PageInfo

_WIDTH, _HEIGHT, _BITS, _CODING, _PHOTOMETRIC, _FILL_ORDER = 256, 257, 258, 259, 262, 266
_OFFSETS, _ORIENTATION, _SAMPLES, _ROWS_PER_STRIP, _COUNTS = 273, 274, 277, 278, 279
_X_RESOLUTION, _Y_RESOLUTION, _T4_OPTIONS, _UNIT, _TILES = 282, 283, 292, 296, 324
#: The kinds of values we read: how one is laid out, and its bytes.
_NUMBERS = {1: ("B", 1), 3: ("H", 2), 4: ("I", 4)}
_FRACTIONS = {**_NUMBERS, 5: ("II", 8), 11: ("f", 4), 12: ("d", 8)}
_CENTIMETRES = 3
_TURNED = (5, 6, 7, 8)  # orientations whose rows are the columns of the upright page
#: A directory of a fax has about 25 entries.
_MOST_ENTRIES = 512
#: Between them is what fax machines can do, and those that pretend to be one; beyond, a density is a mistake.
_LEAST_DPI, _MOST_DPI = 50.0, 1_300.0
_FINE = (204.0, 196.0)
_G3, _2D = 3, 1
_CODINGS = {1: Compression.NONE, 2: Compression.RLE, 4: Compression.G4, 32773: Compression.PACKBITS}
_FOREIGN = {5: "LZW", 6: "JPEG", 7: "JPEG", 8: "Deflate", 9: "JBIG", 10: "JBIG", 32946: "Deflate", 34661: "JBIG"}

_Entries = dict[int, tuple[int, int, bytes]]  # kind, number of values, value or its position


class Cut(Exception):
    """The file does not hold what it says it does; what was found before is still good."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page as it lies in the file. Its `info` is of the page held upright, all else of the dots as written."""

    info: PageInfo
    columns: int
    rows: int
    rows_per_strip: int
    strips: tuple[tuple[int, int], ...]  # position and bytes
    coding: int
    options: int
    fill_order: int
    ones_are_ink: bool
    orientation: int


@dataclass(slots=True)
class Source:
    """The bytes of an open file, none of which lies outside of it."""

    file: BinaryIO
    size: int
    order: str = "<"

    def read(self, position: int, count: int) -> bytes:
        """Read exactly so many bytes. Raises Cut."""
        content = os.pread(self.file.fileno(), count, position) if position + count <= self.size else b""
        if len(content) < count:
            raise Cut("the file ends too early")
        return content

    def number(self, form: str, position: int) -> int:
        """Read one number. Raises Cut."""
        (value,) = struct.unpack(self.order + form, self.read(position, struct.calcsize(form)))
        return int(value)


def sheets_of(source: Source, limits: Limits) -> tuple[tuple[Sheet, ...], bool]:
    """Return the complete pages, and whether there are traces of more. Raises NotAFax, TooLarge, TooManyPages."""
    found: list[Sheet] = []
    partial, dots, coded = False, 0, 0
    try:
        for number, entries in enumerate(_walk(source, limits.most_pages), 1):
            try:
                sheet = _Directory(source, entries, number).sheet(limits)
            except Cut:
                partial = True
                continue
            found.append(sheet)
            dots += sheet.columns * sheet.rows
            coded += sum(count for _, count in sheet.strips)
            if dots > limits.most_dots:
                raise TooLarge(f"the pages have more than {limits.most_dots:,} dots together")
            if coded > source.size:  # few bytes would become many pages
                raise NotAFax("the pages of the file lie on top of each other")
    except Cut as cut:
        if not found:
            raise NotAFax(str(cut)) from cut
        partial = True
    if not found:
        raise NotAFax("the file holds no complete page" if partial else "the file holds no page")
    return tuple(found), partial


def _walk(source: Source, most: int) -> Iterator[_Entries]:
    """Yield the directories, each of which is a page. Raises Cut where they end too early or run in a circle."""
    if source.size == 0:
        raise NotAFax("the file is empty")
    head = source.read(0, min(4, source.size))
    if head in (b"II+\0", b"MM\0+"):
        raise NotAFax("the file is a BigTIFF, which no fax is")
    if head not in (b"II*\0", b"MM\0*"):
        raise NotAFax("the file is no TIFF")
    source.order = "<" if head[:1] == b"I" else ">"
    position = source.number("I", 4)
    seen = set[int]()
    while position:
        if position in seen:
            raise Cut("the directories of the file run in a circle")
        if len(seen) == most:
            raise TooManyPages(f"the file has more than {most} pages")
        seen.add(position)
        count = source.number("H", position)
        if count > _MOST_ENTRIES:
            raise Cut("a directory of the file is garbage")
        entries: _Entries = {}
        for tag, *rest in struct.iter_unpack(f"{source.order}HHI4s", source.read(position + 2, count * 12)):
            entries.setdefault(tag, (rest[0], rest[1], rest[2]))
        yield entries
        position = source.number("I", position + 2 + count * 12)


@dataclass(frozen=True, slots=True)
class _Directory:
    """The directory of one page."""

    source: Source
    entries: _Entries
    number: int

    def sheet(self, limits: Limits) -> Sheet:
        """Read what it says of its page. Raises Cut when the page is not whole, NotAFax, TooLarge."""
        columns, rows = self._number(_WIDTH, 0), self._number(_HEIGHT, 0)
        if columns < 1 or rows < 1:
            raise Cut("a page has no dots")
        orientation = self._number(_ORIENTATION, 1)
        width, height = (rows, columns) if orientation in _TURNED else (columns, rows)
        if width > limits.most_width or height > limits.most_height:
            most = f"{limits.most_width:,} × {limits.most_height:,}"
            raise TooLarge(f"page {self.number} has {width:,} × {height:,} dots; {most} are the most")
        if (self._number(_BITS, 1), self._number(_SAMPLES, 1)) != (1, 1) or self._number(_PHOTOMETRIC, 0) > 1:
            raise NotAFax(f"page {self.number} is not black on white")
        options = self._number(_T4_OPTIONS, 0)
        compression = self._compression(options)
        x_dpi, y_dpi = self._density()
        if orientation in _TURNED:
            x_dpi, y_dpi = y_dpi, x_dpi
        rows_per_strip = min(max(1, self._number(_ROWS_PER_STRIP, rows)), rows)
        return Sheet(
            info=PageInfo(width, height, x_dpi, y_dpi, compression),
            columns=columns,
            rows=rows,
            rows_per_strip=rows_per_strip,
            strips=self._strips(math.ceil(rows / rows_per_strip)),
            coding=self._number(_CODING, 1),
            options=options,
            fill_order=2 if self._number(_FILL_ORDER, 1) == 2 else 1,
            ones_are_ink=self._number(_PHOTOMETRIC, 0) == 0,
            orientation=orientation,
        )

    def _compression(self, options: int) -> Compression:
        coding = self._number(_CODING, 1)
        if _TILES in self.entries:
            raise NotAFax(f"page {self.number} is cut into tiles, which no fax is")
        if coding == _G3:
            return Compression.G3_2D if options & _2D else Compression.G3_1D
        if coding not in _CODINGS:
            raise NotAFax(f"page {self.number} is coded as {_FOREIGN.get(coding, f'number {coding}')}, which no fax is")
        return _CODINGS[coding]

    def _strips(self, count: int) -> tuple[tuple[int, int], ...]:
        """Return where the strips of a page lie, all of them within the file."""
        strips = tuple(zip(self._values(_OFFSETS, count), self._values(_COUNTS, count), strict=True))
        if not all(length > 0 and position + length <= self.source.size for position, length in strips):
            raise Cut("the file ends within a page")
        return strips

    def _density(self) -> tuple[float, float]:
        scale = 2.54 if self._number(_UNIT, 2) == _CENTIMETRES else 1.0
        x, y = (scale * self._fraction(tag) for tag in (_X_RESOLUTION, _Y_RESOLUTION))
        return (x, y) if all(_LEAST_DPI <= dpi <= _MOST_DPI for dpi in (x, y)) else _FINE

    def _number(self, tag: int, otherwise: int) -> int:
        return self._values(tag, 1)[0] if tag in self.entries else otherwise

    def _values(self, tag: int, count: int) -> tuple[int, ...]:
        """Return the first values of an entry. Raises Cut when it does not have as many."""
        return self._raw(tag, count, _NUMBERS)

    def _fraction(self, tag: int) -> float:
        """Return a number that need not be whole; 0 when it is missing or makes no sense."""
        try:
            value = self._raw(tag, 1, _FRACTIONS)
            fraction = float(value[0] / value[1] if len(value) == 2 else value[0])
        except (Cut, ZeroDivisionError):
            return 0.0
        return fraction if math.isfinite(fraction) else 0.0

    def _raw(self, tag: int, count: int, kinds: dict[int, tuple[str, int]]) -> tuple[Any, ...]:  # Any: int or float
        kind, length, value = self.entries.get(tag, (0, 0, b""))
        if kind not in kinds or length < count:
            raise Cut("a directory of the file is garbage")
        form, size = kinds[kind]
        if size * length > 4:
            (position,) = struct.unpack(f"{self.source.order}I", value)
            value = self.source.read(position, size * count)
        return struct.unpack(f"{self.source.order}{form * count}", value[: size * count])
