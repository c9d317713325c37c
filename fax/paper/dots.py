"""Owns the dots of a page: from what a fax machine coded to an image, and from an image to G4, dot by dot the same.

libtiff decodes, but sees only a TIFF of our own making around the coded dots: never a directory that somebody sent.
In every image here a dot that is set is ink. Must not know PDF.
"""

from __future__ import annotations

import io
import itertools
import math
import struct
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image, TiffImagePlugin

from fax.paper.directories import Sheet
from fax.paper.tiff import Tiff

_G3, _G4 = 3, 4
_OFFSETS, _COUNTS, _T4_OPTIONS, _T6_OPTIONS = 273, 279, 292, 293
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Ink:
    """A page held upright, and how many of its rows could be read: where the coded dots end, the rest is blank."""

    image: Image.Image
    rows_read: int
    whole: bool


def ink_of(tiff: Tiff, sheet: Sheet) -> Ink:
    """Decode a page as far as it goes. Raises NotAFax when the file cannot be read."""
    strips = tiff.strips(sheet)
    read = _decoded(sheet, strips, sheet.rows) or _longest(sheet, strips)
    image = read
    if read.height < sheet.rows:
        image = Image.new("1", (sheet.columns, sheet.rows), 0)
        image.paste(read, (0, 0))
    turn = _UPRIGHT.get(sheet.orientation)
    return Ink(image if turn is None else image.transpose(turn), read.height, read.height == sheet.rows)


def g4_of(ink: Image.Image) -> bytes:
    """Code a page as G4 and return it as a TIFF of one page, in one strip, set dots being ink."""
    with io.BytesIO() as file:
        ink.save(file, "TIFF", compression="group4", strip_size=(ink.width + 7) // 8 * ink.height)
        with _opened(file) as written:
            ((start,), (count,)) = written.tag_v2[_OFFSETS], written.tag_v2[_COUNTS]
        coded = file.getvalue()[start : start + count]
    # Pillow would say that ink is white; turning dots to and fro would cost more than decoding them.
    return _tiff(ink.width, ink.height, ink.height, _G4, [coded], ones_are_ink=True)


@contextmanager
def large_pages() -> Iterator[None]:
    """Let Pillow open pages that are as large as the limits allow; they were held against them before."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        yield


def _longest(sheet: Sheet, strips: Sequence[bytes]) -> Image.Image:
    """Decode as many rows as can be, perhaps none: those before the first that cannot, found by halving."""
    best, bad = Image.new("1", (sheet.columns, 0)), sheet.rows
    while bad - best.height > 1:
        middle = (best.height + bad) // 2
        image = _decoded(sheet, strips, middle)
        if image is None:
            bad = middle
        else:
            best = image
    return best


def _decoded(sheet: Sheet, strips: Sequence[bytes], rows: int) -> Image.Image | None:
    """Decode the first rows of a page; None when that does not go well."""
    needed = strips[: math.ceil(rows / sheet.rows_per_strip)]
    tiff = _tiff(
        *(sheet.columns, rows, min(rows, sheet.rows_per_strip), sheet.coding, needed),
        ones_are_ink=not sheet.ones_are_ink,  # said the other way round, so that ink becomes what is set
        options=sheet.options,
        fill_order=sheet.fill_order,
    )
    try:
        with io.BytesIO(tiff) as file, _opened(file) as image:
            image.load()
            return image.copy()
    except (OSError, ValueError, SyntaxError):  # what Pillow raises for dots that it cannot make sense of
        return None


@contextmanager
def _opened(file: io.BytesIO) -> Iterator[TiffImagePlugin.TiffImageFile]:
    file.seek(0)
    with large_pages(), TiffImagePlugin.TiffImageFile(file) as image:
        yield image


def _tiff(
    columns: int,
    rows: int,
    rows_per_strip: int,
    coding: int,
    strips: Sequence[bytes],
    *,
    ones_are_ink: bool,
    options: int = 0,
    fill_order: int = 1,
) -> bytes:
    """Put coded dots into a TIFF that says no more than what is needed to decode them."""
    lengths = [len(strip) for strip in strips]
    tags: list[tuple[int, list[int]]] = [
        (256, [columns]),
        (257, [rows]),
        (258, [1]),
        (259, [coding]),
        (262, [0 if ones_are_ink else 1]),
        (266, [fill_order]),
        (_OFFSETS, []),
        (277, [1]),
        (278, [rows_per_strip]),
        (_COUNTS, lengths),
    ]
    if coding == _G3:
        tags.append((_T4_OPTIONS, [options]))
    elif coding == _G4:
        tags.append((_T6_OPTIONS, [0]))
    directory_end = 8 + 2 + 12 * len(tags) + 4
    lists = 2 * 4 * len(strips) if len(strips) > 1 else 0
    start = directory_end + lists
    offsets = list(itertools.accumulate(lengths[:-1], initial=start))
    entries, rest = [], b""
    for tag, values in tags:
        values = offsets if tag == _OFFSETS else values
        packed = struct.pack(f"<{len(values)}I", *values)
        if len(packed) > 4:
            packed, rest = struct.pack("<I", directory_end + len(rest)), rest + packed
        entries.append(struct.pack("<HHI", tag, 4, len(values)) + packed)
    head = struct.pack("<2sHIH", b"II", 42, 8, len(tags))
    return b"".join([head, *entries, bytes(4), rest, *strips])
