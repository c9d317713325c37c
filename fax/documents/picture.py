"""Owns reading TIFF, PNG and JPEG: their sizes, and their pages in grey. Must not know faxes' ink."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from PIL import ExifTags, Image, ImageOps

from fax.documents.errors import Damaged, NotSendable, TooLarge
from fax.documents.ink import Grey
from fax.documents.kind import Kind
from fax.documents.paper import MM_PER_INCH, WIDTH, Placing

#: Of one picture: what the largest telephones make, and what fits into the worker's memory four times.
MOST_PIXELS: Final = 110_000_000
#: A picture that does not say how large it is, or says nonsense, is taken to come from a screen.
_SCREEN, _COARSEST, _FINEST = 96.0, 50.0, 2_400.0
_SWAPPING: Final = frozenset({5, 6, 7, 8})
#: What Pillow raises at broken pictures.
_BROKEN: Final = (
    *(OSError, ValueError, SyntaxError, EOFError, KeyError, TypeError),
    *(IndexError, OverflowError, ZeroDivisionError, struct.error),
)


class PicturePages:
    """The pages of one picture file: all of a TIFF, the first of any other. Raises Damaged and TooLarge."""

    def __init__(self, path: Path, kind: Kind, most_pages: int) -> None:
        self._kind = kind
        self._drawn: tuple[int, Placing, Grey] | None = None
        with _reading(kind):
            self._image = Image.open(path, formats=[kind.value])
        try:
            with _reading(kind):
                self._pages = self._count(most_pages)
        except NotSendable:
            self._image.close()
            raise

    def __len__(self) -> int:
        return self._pages

    def sizes(self) -> Iterator[tuple[float, float]]:
        """Yield the width and height of each page in mm. Raises Damaged and TooLarge."""
        for number in range(self._pages):
            with _reading(self._kind):
                self._image.seek(number)
                width, height = self._image.size
                across, down = _density(self._image)
                if self._image.getexif().get(ExifTags.Base.Orientation) in _SWAPPING:
                    width, height, across, down = height, width, down, across
            if width * height > MOST_PIXELS:
                raise TooLarge(f"A picture of {width} x {height} dots is too large.")
            if width * height == 0:
                raise Damaged("The picture has no dots.")
            yield width / across * MM_PER_INCH, height / down * MM_PER_INCH

    def draw(self, number: int, placing: Placing, start: int, lines: int) -> Grey:
        """Return `lines` of a page on white fax paper, from line `start` of it. Raises Damaged."""
        if self._drawn is None or self._drawn[:2] != (number, placing):
            self._drawn = None  # not two at once
            with _reading(self._kind):
                self._image.seek(number)
                self._drawn = number, placing, _scaled(self._image, placing)
        part = self._drawn[2][start : start + lines]
        grey = np.full((lines, WIDTH), 255, np.uint8)
        grey[: part.shape[0], placing.left : placing.left + placing.width] = part
        return grey

    def close(self) -> None:
        """Let go of the file."""
        self._drawn = None
        self._image.close()

    def _count(self, most: int) -> int:
        """Count the pages, but not many more than are allowed: directories may be endless."""
        if self._kind is not Kind.TIFF:
            return 1
        for number in range(most + 1):
            try:
                self._image.seek(number)
            except EOFError:
                return number
        raise TooLarge(f"The document has more than {most} pages.")


@contextmanager
def _reading(kind: Kind) -> Iterator[None]:
    """Turn whatever a broken picture makes Pillow raise into Damaged."""
    try:
        with warnings.catch_warnings():
            # We judge sizes ourselves, and what else Pillow warns of, such as odd metadata, does not hurt a fax.
            warnings.simplefilter("ignore")
            yield
    except Image.DecompressionBombError as error:
        raise TooLarge("The picture has more dots than a picture may.") from error
    except _BROKEN as error:
        raise Damaged(f"The {kind} picture is damaged or incomplete and cannot be read.") from error


def _density(image: Image.Image) -> tuple[float, float]:
    """Return the dots an inch, across and down."""
    said = image.info.get("dpi")
    if isinstance(said, tuple) and len(said) == 2:
        across, down = float(said[0]), float(said[1])
        if all(_COARSEST <= density <= _FINEST for density in (across, down)):
            return across, down
    return _SCREEN, _SCREEN


def _scaled(image: Image.Image, placing: Placing) -> Grey:
    """Return a picture in grey, upright, in the size that it is placed in."""
    size = placing.width, placing.lines
    # A JPEG can be read at a fraction of its size: much faster, and it takes less memory.
    image.draft("L", (max(size), max(size)))
    image = ImageOps.exif_transpose(_grey(image))
    if placing.turned:
        image = image.transpose(Image.Transpose.ROTATE_270)
    if image.size == size:
        return np.asarray(image)
    # Lines of dots that are only repeated, as a coarse fax sent finely, must stay as sharp as they are.
    repeated = image.width == size[0] and size[1] % image.height == 0
    way = Image.Resampling.NEAREST if repeated else Image.Resampling.LANCZOS
    return np.asarray(image.resize(size, way, reducing_gap=None if repeated else 2.0))


def _grey(image: Image.Image) -> Image.Image:
    """Return a picture in 8 bits of grey, what is transparent being white paper."""
    if image.mode.startswith(("I", "F")):
        deep = np.asarray(image, np.float64)
        most = 65_535.0 if image.mode.startswith("I") else max(float(deep.max()), 1.0)
        grey = Image.fromarray((np.clip(deep / most, 0, 1) * 255).astype(np.uint8))
        grey.info, exif = image.info, image.getexif()
        grey.info["exif"] = exif.tobytes()
        return grey
    if image.has_transparency_data:
        seen = image.convert("LA")
        paper = Image.new("L", seen.size, 255)
        paper.paste(seen.getchannel("L"), mask=seen.getchannel("A"))
        paper.info = image.info
        return paper
    return image.convert("L")
