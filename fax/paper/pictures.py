"""Owns a page as a picture for the screen: upright, with square dots, in greys that read well. Must not know the site.

Blocks: a worker process does it, with a deadline.
"""

from __future__ import annotations

import io
import math
from pathlib import Path

from PIL import Image

from fax.paper.dots import ink_of
from fax.paper.errors import NoSuchPage
from fax.paper.model import LIMITS, PICTURE_WIDTHS, Limits, PageInfo
from fax.paper.tiff import opened

#: Of a picture; a longer page gets a narrower one. A browser holds four bytes for each dot.
MOST_DOTS = 24_000_000
_PAPER = 255
_GREYS = 16
#: Where a dot of the picture covers many of the page, ink is thinned to a grey that is hard to read: this brings it
#: back, though a page full of fine lines is not to become black.
_DARKER = 1.6


def picture(tiff: Path, number: int, width: int, limits: Limits = LIMITS) -> bytes:
    """Draw page `number`, from 1, as a PNG of this width, as high as its paper was.

    It is narrower where it would have more than `MOST_DOTS`. Raises NoSuchPage, NotAFax, TooLarge, TooManyPages.
    """
    if width not in PICTURE_WIDTHS:
        raise ValueError(f"a picture is from {PICTURE_WIDTHS[0]} to {PICTURE_WIDTHS[-1]} dots wide, not {width}")
    with opened(tiff, limits) as fax:
        if not 1 <= number <= len(fax.sheets):
            raise NoSuchPage(f"there is no page {number} among {len(fax.sheets)}")
        sheet = fax.sheets[number - 1]
        ink = ink_of(fax, sheet).image
    return _png(_drawn(ink, size_of(sheet.info, width)))


def size_of(page: PageInfo, width: int) -> tuple[int, int]:
    """Return width and height of a picture of this page."""
    shape = page.height_mm / page.width_mm
    if width * width * shape > MOST_DOTS:
        width = max(1, int((MOST_DOTS / shape) ** 0.5))
    return width, max(1, round(width * shape))


def _drawn(ink: Image.Image, size: tuple[int, int]) -> Image.Image:
    # Each dot of the picture becomes as grey as the part of it that ink covers; where it is finer than the page, lines
    # are smoothed rather than doubled.
    covered = ink.convert("L")
    width, height = size
    if width < covered.width:
        covered = covered.resize((width, covered.height), Image.Resampling.BOX)
    if height < covered.height:
        covered = covered.resize((covered.width, height), Image.Resampling.BOX)
    if covered.size != size:
        covered = covered.resize(size, Image.Resampling.BICUBIC)
    return covered.point(_SHADES)


def _shade(covered: int) -> int:
    """Return which of the greys, from black, shows a dot covered by ink to `covered` of 255."""
    return round(math.pow(1 - covered / 255, _DARKER) * (_GREYS - 1))


_SHADES = [_shade(covered) for covered in range(256)]


def _png(shades: Image.Image) -> bytes:
    """Write a picture of few greys in half a byte for each dot."""
    shades = shades.copy()
    shades.putpalette([level * _PAPER // (_GREYS - 1) for level in range(_GREYS) for _ in range(3)])
    with io.BytesIO() as file:
        shades.save(file, "PNG", bits=4, compress_level=6)
        return file.getvalue()
