"""Owns making a PDF of a fax: every page as large as it was on paper, its dots unchanged, the same file every time.

Every page is decoded and coded anew as G4, for what a line's noise did to it a viewer may understand otherwise than
libtiff does. img2pdf makes the PDF. Blocks: a worker process does it, with a deadline.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import img2pdf  # type: ignore[import-untyped]  # publishes no types; imported here only

from fax.paper.dots import g4_of, ink_of, large_pages
from fax.paper.errors import NotAFax, PdfNotWritten
from fax.paper.model import LIMITS, Limits, PageInfo, PdfMade, draft_of
from fax.paper.tiff import opened
from ledger.files import sync_folder

_POINTS = 72.0  # to an inch

_Layout = Callable[[int, int, object], tuple[float, float, float, float]]


def to_pdf(tiff: Path, pdf: Path, limits: Limits = LIMITS) -> PdfMade:
    """Make the PDF of a fax, synced: whole under its name, or not at all. One that is there already is replaced.

    Raises NotAFax, TooLarge, TooManyPages, PdfNotWritten.
    """
    pages: list[bytes] = []
    with opened(tiff, limits) as fax:
        partial, rows_read = fax.partial, 0
        for sheet in fax.sheets:
            ink = ink_of(fax, sheet)
            partial |= not ink.whole
            rows_read += ink.rows_read
            pages.append(g4_of(ink.image))
    if not rows_read:
        raise NotAFax("not one row of the pages can be read")
    content = _pdf(pages, [sheet.info for sheet in fax.sheets])
    _write(pdf, content)
    return PdfMade(len(pages), len(content), hashlib.sha256(content).hexdigest(), partial)


def _pdf(pages: list[bytes], infos: Iterable[PageInfo]) -> bytes:
    # The engine inside img2pdf, for what the others write depends on their version; G4 in one strip is taken as it is.
    with large_pages():
        made: bytes = img2pdf.convert(
            pages, engine=img2pdf.Engine.internal, layout_fun=_layout(infos), nodate=True, producer="Switchroom"
        )
    return made


def _layout(infos: Iterable[PageInfo]) -> _Layout:
    """Give each page its size on paper, as img2pdf asks for one after the other; it would round the density."""
    upcoming = iter(infos)

    def layout(_width: int, _height: int, _density: object) -> tuple[float, float, float, float]:
        page = next(upcoming)
        width, height = page.width / page.x_dpi * _POINTS, page.height / page.y_dpi * _POINTS
        return width, height, width, height

    return layout


def _write(pdf: Path, content: bytes) -> None:
    draft = draft_of(pdf)
    try:
        try:
            with draft.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(pdf)
        finally:
            draft.unlink(missing_ok=True)
        sync_folder(pdf.parent)
    except OSError as error:
        raise PdfNotWritten(f"the PDF cannot be written: {(error.strerror or 'unknown').lower()}") from error
