"""Owns the words on the pages of a fax, read by tesseract where that is installed, so that faxes can be searched.

What it returns is good enough to find a fax, never to quote it. Blocks: a worker process does it, with a deadline.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageChops

from fax.paper.dots import ink_of
from fax.paper.errors import PaperLost
from fax.paper.model import LIMITS, Limits, NotInstalled, PageInfo, PaperText
from fax.paper.tiff import opened

#: A full page takes two to five seconds of a processor.
PAGE_DEADLINE = 60.0
MOST_CHARACTERS = 20_000  # of a page; one set in the smallest readable print has ten thousand
_LISTING_DEADLINE = 10.0


def text_of(
    tiff: Path,
    languages: Sequence[str] = ("eng",),
    *,
    seconds: float = 600.0,
    page_deadline: float = PAGE_DEADLINE,
    limits: Limits = LIMITS,
) -> PaperText | NotInstalled:
    """Read the pages in those of the languages, by tesseract's names, that it has; a page too hard to read is empty.

    Stops after `seconds`. Raises NotAFax, TooLarge, TooManyPages, and PaperLost when tesseract cannot be run.
    """
    tesseract = shutil.which("tesseract")
    if tesseract is None:
        return NotInstalled("tesseract is not installed")
    known = _languages(tesseract)
    wanted = [language for language in languages if language in known]
    if not wanted:
        return NotInstalled(f"tesseract has no data for {', '.join(languages)}")
    until = time.monotonic() + seconds
    pages: list[str] = []
    complete = True
    with opened(tiff, limits) as fax:
        for sheet in fax.sheets:
            left = until - time.monotonic()
            if left <= 0:
                return PaperText(tuple(pages), complete=False)
            text = _read(tesseract, wanted, ink_of(fax, sheet).image, sheet.info, min(left, page_deadline))
            complete &= text is not None
            pages.append(text or "")
    return PaperText(tuple(pages), complete)


def _languages(tesseract: str) -> frozenset[str]:
    try:
        listed = subprocess.run(
            [tesseract, "--list-langs"], capture_output=True, timeout=_LISTING_DEADLINE, check=True, text=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise PaperLost(f"tesseract does not run: {type(error).__name__}") from error
    return frozenset(line.strip() for line in listed.stdout.splitlines()[1:])


def _read(tesseract: str, languages: list[str], ink: Image.Image, page: PageInfo, deadline: float) -> str | None:
    """Return the text of a page, None when tesseract failed or was late."""
    dpi = round(page.x_dpi)
    try:
        read = subprocess.run(
            [tesseract, "stdin", "stdout", "-l", "+".join(languages), "--dpi", str(dpi), "--psm", "3"],
            input=_square(ink, page),
            capture_output=True,
            timeout=deadline,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return read.stdout.decode(errors="replace").replace("\f", "").strip()[:MOST_CHARACTERS]


def _square(ink: Image.Image, page: PageInfo) -> bytes:
    """Return a page as a picture whose dots are as high as they are wide: letters of another shape are not known."""
    paper = ImageChops.invert(ink.convert("L"))
    height = max(1, round(page.height * page.x_dpi / page.y_dpi))
    with io.BytesIO() as file:
        paper.resize((page.width, height), Image.Resampling.BICUBIC).save(file, "PPM")
        return file.getvalue()
