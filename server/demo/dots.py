"""Whether pages are the same, dot for dot: those of a TIFF, and the images in a PDF. Blocks; knows no fax."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pypdfium2  # type: ignore[import-untyped]  # publishes no types
from PIL import Image, ImageChops

#: Above each page a fax modem puts a line that says who sends, of fewer rows than this; it covers nothing.
MOST_HEADER: Final = 70


def of_tiff(tiff: Path) -> list[Image.Image]:
    """Return the pages of a TIFF, each of one bit a dot; none if it cannot be read."""
    try:
        with Image.open(tiff) as pages:
            found = []
            for number in range(getattr(pages, "n_frames", 1)):
                pages.seek(number)
                found.append(_bits(pages))
            return found
    except OSError:
        return []


def of_pdf(pdf: Path) -> list[Image.Image]:
    """Return the images of a PDF, of one bit a dot, where each page is one image; none if it is otherwise."""
    try:
        with pypdfium2.PdfDocument(pdf) as document:
            drawn = [list(page.get_objects(max_depth=1)) for page in document]
            if not all(len(page) == 1 and isinstance(page[0], pypdfium2.PdfImage) for page in drawn):
                return []
            bitmaps = [image.get_bitmap() for (image,) in drawn]
            return [_bits(bitmap.to_pil()) for bitmap in bitmaps]  # which looks into the bitmap's own memory
    except (OSError, pypdfium2.PdfiumError):
        return []


def differences(found: Sequence[Image.Image], wanted: Sequence[Image.Image], *, header: bool = False) -> list[str]:
    """Say in which pages there is another dot than wanted; nothing if all are the same.

    With `header`, the rows that a page has more than wanted are a line at the top, the same number on every page.
    """
    if len(found) != len(wanted):
        return [f"{len(found)} pages instead of {len(wanted)}"]
    said, above = [], header_rows(found, wanted) if header else 0
    for number, (page, original) in enumerate(zip(found, wanted, strict=True), 1):
        if page.size != (original.width, original.height + above):
            size, wanted_size = (f"{one.width} × {one.height}" for one in (page, original))
            said.append(f"page {number} is {size} dots large instead of {wanted_size}")
        elif others := _others(page.crop((0, above, page.width, page.height)), original):
            said.append(f"page {number} has {others} other dots")
    return said


def header_rows(found: Sequence[Image.Image], wanted: Sequence[Image.Image]) -> int:
    """Count the rows of the line above the first page; 0 where that can be no such line."""
    if not found or not wanted:
        return 0
    more = found[0].height - wanted[0].height
    return more if 0 < more < MOST_HEADER else 0


def _bits(image: Image.Image) -> Image.Image:
    return image.convert("1", dither=Image.Dither.NONE)


def _others(one: Image.Image, other: Image.Image) -> int:
    return ImageChops.logical_xor(one, other).histogram()[255]
