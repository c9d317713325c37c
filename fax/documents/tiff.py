"""Owns writing a TIFF/F: pages of 1,728 one-bit dots, CCITT group 4, one strip each. Must not know what is on them."""

from __future__ import annotations

import io
import os
import struct
from typing import BinaryIO, Final

from PIL import Image, TiffImagePlugin

from fax.documents.errors import TooLarge
from fax.documents.ink import Ink
from fax.documents.model import Limits, Resolution
from fax.documents.paper import DOTS_PER_INCH, WIDTH

_SHORT, _LONG, _RATIONAL = 3, 4, 5
_GROUP_4, _WHITE_IS_ZERO, _A_PAGE_OF_SEVERAL, _INCH = 4, 0, 2, 2
_STRIP, _STRIP_LENGTH = 273, 279
_DENSITIES: Final = 8  # where they lie, once for all pages


class FaxTiff:
    """Writes the pages of one fax into an empty file, each as it comes; holds one of them."""

    def __init__(self, file: BinaryIO, pages: int, resolution: Resolution, limits: Limits) -> None:
        self._file, self._pages, self._limits = file, pages, limits
        self._written = 0
        # Pillow would write the file as well, but walks through all that it wrote before each new page.
        file.write(struct.pack("<2sHI", b"II", 42, 0))
        file.write(struct.pack("<IIII", DOTS_PER_INCH, 1, resolution.lines_per_inch, 1))
        self._next_at = 4

    def add(self, black: Ink) -> None:
        """Write one page. Raises TooLarge."""
        lines, width = black.shape
        if width != WIDTH:
            raise ValueError(f"a page of a fax is {WIDTH} dots wide, not {width}")
        strip = _group_4(black)
        at = self._file.seek(0, os.SEEK_END)
        directory = at + len(strip) + len(strip) % 2
        if directory > self._limits.tiff_bytes:
            raise TooLarge("The pages are so full of detail that sending them would take days.")
        self._file.write(strip.ljust(directory - at, b"\0"))
        self._file.write(self._directory(lines, at, len(strip)))
        end = self._file.tell()
        self._file.seek(self._next_at)
        self._file.write(struct.pack("<I", directory))
        self._next_at = end - 4
        self._written += 1

    def _directory(self, lines: int, strip: int, length: int) -> bytes:
        number = self._written | self._pages << 16  # two shorts in the place of one value
        entries = [
            (254, _LONG, 1, _A_PAGE_OF_SEVERAL),
            (256, _LONG, 1, WIDTH),
            (257, _LONG, 1, lines),
            (258, _SHORT, 1, 1),  # bits
            (259, _SHORT, 1, _GROUP_4),
            (262, _SHORT, 1, _WHITE_IS_ZERO),
            (266, _SHORT, 1, 1),  # fill order
            (_STRIP, _LONG, 1, strip),
            (277, _SHORT, 1, 1),  # samples
            (278, _LONG, 1, lines),
            (_STRIP_LENGTH, _LONG, 1, length),
            (282, _RATIONAL, 1, _DENSITIES),
            (283, _RATIONAL, 1, _DENSITIES + 8),
            (293, _LONG, 1, 0),  # no uncompressed parts
            (296, _SHORT, 1, _INCH),
            (297, _SHORT, 2, number),
        ]
        packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
        return struct.pack("<H", len(entries)) + packed + struct.pack("<I", 0)


def _group_4(black: Ink) -> bytes:
    """Return the one strip of a page, its ink as ones."""
    # Told that white is zero, Pillow turns the page over dot by dot, which takes a second: it may think ink white.
    with io.BytesIO() as file:
        Image.fromarray(black).save(file, format="TIFF", compression="group4", strip_size=black.size)
        content = file.getvalue()
    with io.BytesIO(content) as file, TiffImagePlugin.TiffImageFile(file) as made:
        (at,), (length,) = made.tag_v2[_STRIP], made.tag_v2[_STRIP_LENGTH]
    return content[at : at + length]
