"""Owns making a TIFF/F of a document and, before it, a cover sheet. Blocks: a worker process does it, with limits.

Must not know who sends, to whom, or when.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from fax.documents import cover as cover_sheet
from fax.documents.errors import Damaged, NoPages, NoRoom, TooLarge
from fax.documents.ink import Grey, ink
from fax.documents.kind import HEAD, Kind, read_text, tell
from fax.documents.model import Cover, Limits, Prepared, Resolution
from fax.documents.paper import Placing, place
from fax.documents.pdf import PdfPages
from fax.documents.picture import PicturePages
from fax.documents.text import lay_out
from fax.documents.tiff import FaxTiff

#: More than 200 pages of text.
_MOST_TEXT: Final = 4_000_000


class Pages(Protocol):
    """An open document."""

    def __len__(self) -> int: ...

    def sizes(self) -> Iterator[tuple[float, float]]:
        """Yield the width and height of each page in mm."""

    def draw(self, number: int, placing: Placing, start: int, lines: int) -> Grey:
        """Return `lines` of a page on white fax paper, from line `start` of it."""

    def close(self) -> None:
        """Let go of the document."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """One page of the fax: lines of one page of the document."""

    number: int
    placing: Placing
    start: int
    lines: int


def convert(path: Path, into: Path, resolution: Resolution, cover: Cover | None, limits: Limits) -> Prepared:
    """Write a TIFF/F of a document to a new file, synced. Raises NotSendable, NoRoom; what is there then is no fax."""
    with ExitStack() as opened:
        document = opened.enter_context(closing(_opened(path, limits)))
        parts = [(document, _planned(document, resolution, limits))]
        if cover is not None:
            front = opened.enter_context(closing(PdfPages(cover_sheet.draw(cover, following=len(parts[0][1])))))
            parts.insert(0, (front, _planned(front, resolution, limits)))
        with _room_for(into) as file:
            pages = sum(len(plan) for _, plan in parts)
            tiff = FaxTiff(file, pages, resolution, limits)
            for part, plan in parts:
                for piece in plan:
                    tiff.add(ink(part.draw(piece.number, piece.placing, piece.start, piece.lines)))
            file.flush()
            os.fsync(file.fileno())
        return Prepared(pages, resolution, into.stat().st_size)


@contextmanager
def _room_for(into: Path) -> Iterator[BinaryIO]:
    """Open a new file to write to. Raises NoRoom when the disk takes no more, also while it is closed."""
    try:
        with into.open("xb") as file:
            yield file
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise NoRoom("there is no room on the disk for the pages") from error


def _opened(path: Path, limits: Limits) -> Pages:
    try:
        size = path.stat().st_size
        if size > limits.bytes:
            raise TooLarge(f"The file has {_megabytes(size)}; we take up to {_megabytes(limits.bytes)}.")
        with path.open("rb") as file:
            head = file.read(HEAD)
            kind = tell(head)
            if kind is None:
                content = head + file.read(_MOST_TEXT)
    except OSError as error:
        raise Damaged(f"The file cannot be read: {(error.strerror or 'unknown').lower()}.") from error
    if kind is Kind.PDF:
        return PdfPages(path)
    if kind is not None:
        return PicturePages(path, kind, limits.pages)
    if len(content) > _MOST_TEXT:
        raise TooLarge(f"The text has more than {_megabytes(_MOST_TEXT)}.")
    return PdfPages(lay_out(read_text(content), limits))


def _planned(document: Pages, resolution: Resolution, limits: Limits) -> list[_Piece]:
    """List the pages of the fax before any is drawn, so that what is too long costs nothing."""
    plan: list[_Piece] = []
    if len(document) <= limits.pages:
        for number, (width, height) in enumerate(document.sizes()):
            placing = place(width, height, resolution, limits)
            plan.extend(_Piece(number, placing, start, lines) for start, lines in placing.pieces)
    if len(document) > limits.pages or len(plan) > limits.pages:
        raise TooLarge(f"The document has {max(len(document), len(plan))} pages; we send up to {limits.pages}.")
    if not plan:
        raise NoPages("The document holds no pages.")
    return plan


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.0f} MB"
