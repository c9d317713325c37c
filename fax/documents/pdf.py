"""Owns reading a PDF: its sizes, and its pages in grey. Must not know faxes' ink.

Nothing in a PDF is ever run: this pdfium is built without a JavaScript engine and without XFA, we start none of a
document's actions, and follow neither links nor attachments. What was filled into a form is drawn.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np
import pypdfium2  # type: ignore[import-untyped, unused-ignore]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped, unused-ignore]

from fax.documents.errors import Damaged, Locked, NoPages, NotSendable, TooLarge, UnknownKind
from fax.documents.ink import Grey
from fax.documents.paper import MM_PER_INCH, WIDTH, Placing

_POINTS_PER_INCH: Final = 72
#: Clockwise, in quarters.
_UPRIGHT, _TURNED = 0, 1
_WHITE: Final = 0xFFFFFFFF
#: With notes and stamps.
_AS_PRINTED: Final = pdfium.FPDF_ANNOT | pdfium.FPDF_GRAYSCALE


class PdfPages:
    """The pages of one PDF, from a file or from memory. Raises Locked, Damaged, NoPages and UnknownKind when opened."""

    def __init__(self, source: Path | bytes) -> None:
        try:
            self._pdf = pypdfium2.PdfDocument(source)
        except pypdfium2.PdfiumError as error:
            raise _refusal(error) from error
        if self._pdf.get_formtype() == pdfium.FORMTYPE_XFA_FULL:
            self._pdf.close()
            raise UnknownKind("This PDF is a form that only its own program can show. Print it to a new PDF.")
        with suppress(pypdfium2.PdfiumError):  # a form that is broken is drawn as it was before it was filled in
            self._pdf.init_forms()

    def __len__(self) -> int:
        return len(self._pdf)

    def sizes(self) -> Iterator[tuple[float, float]]:
        """Yield the width and height of each page in mm. Raises Damaged."""
        for number in range(len(self._pdf)):
            try:
                width, height = self._pdf.get_page_size(number)
            except pypdfium2.PdfiumError as error:
                raise Damaged(f"Page {number + 1} of the PDF is damaged.") from error
            yield width / _POINTS_PER_INCH * MM_PER_INCH, height / _POINTS_PER_INCH * MM_PER_INCH

    def draw(self, number: int, placing: Placing, start: int, lines: int) -> Grey:
        """Return `lines` of a page on white fax paper, from line `start` of it. Raises Damaged and TooLarge."""
        grey = np.full((lines, WIDTH), 255, np.uint8)
        try:
            page = self._pdf[number]
        except pypdfium2.PdfiumError as error:
            raise Damaged(f"Page {number + 1} of the PDF is damaged.") from error
        try:
            bitmap = pdfium.FPDFBitmap_CreateEx(
                WIDTH, lines, pdfium.FPDFBitmap_Gray, grey.ctypes.data_as(ctypes.c_void_p), WIDTH
            )
            if not bitmap:
                raise TooLarge(f"Page {number + 1} of the PDF takes more memory than a page may.")
            try:
                pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, WIDTH, lines, _WHITE)
                # Unlike pypdfium2's own call, this takes a scale for each axis, so that it is pdfium that draws dots.
                turns = _TURNED if placing.turned else _UPRIGHT
                where = (placing.left, -start, placing.width, placing.lines, turns, _AS_PRINTED)
                pdfium.FPDF_RenderPageBitmap(bitmap, page.raw, *where)
                if self._pdf.formenv:
                    pdfium.FPDF_FFLDraw(self._pdf.formenv, bitmap, page.raw, *where)
            finally:
                pdfium.FPDFBitmap_Destroy(bitmap)
        finally:
            page.close()
        return grey

    def close(self) -> None:
        """Let go of the document."""
        self._pdf.close()


def _refusal(error: pypdfium2.PdfiumError) -> NotSendable:
    if error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
        return Locked("The PDF is protected with a password. Save it without one and send that.")
    if error.err_code == pdfium.FPDF_ERR_SUCCESS:
        return NoPages("The PDF holds no pages.")
    return Damaged("The PDF is damaged and cannot be opened. Save or print it as PDF anew.")
