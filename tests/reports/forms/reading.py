"""Reads forms back as strangers do: CSV, workbooks, PDFs. Knows no report."""

from __future__ import annotations

import csv
import ctypes
import io
from collections.abc import Iterable
from pathlib import Path

import openpyxl
import pypdfium2
import pypdfium2.raw as raw
from openpyxl.workbook import Workbook


def rows_of(chunks: Iterable[str]) -> list[list[str]]:
    """Return the fields of a CSV."""
    return list(csv.reader(io.StringIO("".join(chunks), newline="")))


def book_of(path: Path) -> Workbook:
    return openpyxl.load_workbook(path)


def pages_of(content: bytes | Path) -> list[str]:
    """Return the text of each page of a PDF."""
    document = pypdfium2.PdfDocument(content)
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()


def links_of(content: bytes) -> list[str]:
    """Return the addresses that a PDF's pages lead to."""
    document = pypdfium2.PdfDocument(content)
    found = []
    for page in document:
        place, link = ctypes.c_int(0), raw.FPDF_LINK()
        while raw.FPDFLink_Enumerate(page, place, link):
            action = raw.FPDFLink_GetAction(link)
            length = raw.FPDFAction_GetURIPath(document, action, None, 0)
            buffer = ctypes.create_string_buffer(length)
            raw.FPDFAction_GetURIPath(document, action, buffer, length)
            found.append(buffer.value.decode())
    document.close()
    return found


def words_of(text: str) -> str:
    """Return a text with all blanks alike: a PDF knows no lines."""
    return " ".join(text.split())
