"""Makes faxes for the tests: pages with something on them, in every way a TIFF can hold them, and files that lie."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, TiffImagePlugin

RECEIVED = Path(__file__).parents[2] / "fixtures" / "fax"
STANDARD = RECEIVED / "standard-204x98-2pages.tif"
FINE = RECEIVED / "fine-204x196-2pages.tif"
SUPER_FINE = RECEIVED / "superfine-204x391-2pages.tif"
BROKEN_OFF = RECEIVED / "broken-off-after-page-1.tif"
ALL_RECEIVED = (STANDARD, FINE, SUPER_FINE, BROKEN_OFF)

Dots = NDArray[np.bool_]
#: By tag, the kind of values and the values; a fraction is two of them.
Tags = dict[int, tuple[int, Sequence[int]]]

_SIZES = {1: "B", 2: "B", 3: "H", 4: "I", 5: "I"}


@cache
def letter(
    width: int = 1728, height: int = 1078, text: str = "Invoice 2026-1147, please pay 1,284.50 EUR"
) -> Image.Image:
    """Draw a page: a text, a circle, and lines up to all four edges."""
    page = Image.new("1", (width, height), 1)
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, width - 1, height - 1), outline=0)
    draw.text((width // 20, height // 20), text, fill=0, font=ImageFont.load_default(max(10, width // 40)))
    draw.ellipse((width // 4, height // 4, width // 2, height // 2), outline=0, width=3)
    for line in range(8):
        draw.line((0, height * (10 + line) // 20, width, height * (10 + line) // 20 + line), fill=0)
    return page


def write(
    path: Path,
    pages: Iterable[Image.Image],
    coding: str | None = "group3",
    *,
    tags: dict[int, object] | None = None,
    dpi: tuple[float, float] | None = (204, 98),
    strip_size: int = 1 << 30,
    big_endian: bool = False,
) -> Path:
    """Write pages with Pillow; a strip is the whole page unless `strip_size` makes it smaller."""
    first, *others = pages
    info = TiffImagePlugin.ImageFileDirectory_v2(prefix=b"MM" if big_endian else b"II")
    for tag, value in (tags or {}).items():
        info[tag] = value
    more = {"dpi": dpi} if dpi else {}
    first.save(path, "TIFF", save_all=True, append_images=others, compression=coding, tiffinfo=info,
               strip_size=strip_size, **more)  # fmt: skip
    return path


def dots_of(tiff: Path) -> list[Dots]:
    """Read the pages as Pillow does, held upright; True is paper."""
    found = []
    with Image.open(tiff) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            image.load()
            found.append(np.asarray(image.convert("L")) > 0)
    return found


def strip_of(tiff: Path) -> bytes:
    """Return the coded dots of the first page of a TIFF, which lie in one strip."""
    with Image.open(tiff) as image:
        (start,), (count,) = image.tag_v2[273], image.tag_v2[279]  # type: ignore[attr-defined]  # it is a TIFF
    return tiff.read_bytes()[start : start + count]


def directory(tags: Tags, position: int, *, following: int = 0, order: str = "<") -> bytes:
    """Lay out a directory that is to lie at `position`, with the values that do not fit into it behind."""
    entries, rest = b"", b""
    end = position + 2 + 12 * len(tags) + 4
    for tag, (kind, values) in sorted(tags.items()):
        packed = struct.pack(f"{order}{len(values)}{_SIZES[kind]}", *values)
        if len(packed) > 4:
            packed, rest = struct.pack(f"{order}I", end + len(rest)), rest + packed
        count = len(values) // 2 if kind == 5 else len(values)
        entries += struct.pack(f"{order}HHI", tag, kind, count) + packed.ljust(4, b"\0")
    return struct.pack(f"{order}H", len(tags)) + entries + struct.pack(f"{order}I", following) + rest


def page_tags(width: int, height: int, start: int, count: int, tags: Tags | None = None) -> Tags:
    """Return the entries of an uncompressed page in one strip, unless `tags` says otherwise."""
    usual: Tags = {
        256: (4, [width]), 257: (4, [height]), 258: (3, [1]), 259: (3, [1]), 262: (3, [0]),
        273: (4, [start]), 277: (3, [1]), 278: (4, [height]), 279: (4, [count]),
        282: (5, [204, 1]), 283: (5, [196, 1]), 296: (3, [2]),
    }  # fmt: skip
    return usual | (tags or {})


def head(first: int = 8, order: str = "<") -> bytes:
    """Return the first eight bytes of a TIFF."""
    return (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, first)


def one_page(width: int = 16, height: int = 4, dots: bytes = b"\x0f" * 8, tags: Tags | None = None) -> bytes:
    """Return a whole small file: uncompressed dots, then the directory of one page."""
    return head(8 + len(dots)) + dots + directory(page_tags(width, height, 8, len(dots), tags), 8 + len(dots))


@cache
def chain(count: int, width: int = 16, height: int = 4, *, back_to: int = 0) -> bytes:
    """Return a file of many pages; the last may lead back to the directory of page `back_to`, from 1."""
    stride = (width + 7) // 8 * height
    length = len(directory(page_tags(width, height, 0, stride), 0))
    place = [8 + number * (stride + length) + stride for number in range(count)]
    content = [head(place[0] if place else 0)]
    for number, at in enumerate(place):
        last = place[back_to - 1] if back_to else 0
        following = place[number + 1] if number + 1 < count else last
        content.append(bytes([number % 256]) * stride)
        content.append(directory(page_tags(width, height, at - stride, stride), at, following=following))
    return b"".join(content)
