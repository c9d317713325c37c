"""Owns papers of ours for a drawer: A4, numbered at the foot, in the inks that all have. Must not know what they say.

The same parts give the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from ledger.paper.letters import PLAIN, cleaned

INK, FAINT, LINE = HexColor(0x101828), HexColor(0x667085), HexColor(0xD0D5DD)
#: Letters of a foot that leave room for the number of the page.
_MOST_FOOT: Final = 90


def build(
    story: Sequence[Flowable],
    *,
    title: str,
    author: str,
    foot: str,
    sides: float,
    top: float,
    bottom: float,
    behind: Callable[[Canvas], None] | None = None,
    size: tuple[float, float] = A4,
) -> bytes:
    """Return the paper as a PDF with these margins, and on each page what `behind` draws. The letters are loaded."""
    with io.BytesIO() as file:
        document = BaseDocTemplate(file, pagesize=size, invariant=True, title=cleaned(title), author=cleaned(author))
        frame = Frame(sides, bottom, size[0] - 2 * sides, size[1] - top - bottom, 0, 0, 0, 0)
        page = PageTemplate(frames=[frame])
        if behind is not None:
            page.onPage = lambda canvas, _document: behind(canvas)
        document.addPageTemplates(page)
        document.build(list(story), canvasmaker=partial(_Numbered, foot=cleaned(foot)[:_MOST_FOOT], sides=sides))
        return file.getvalue()


class _Numbered(Canvas):  # type: ignore[misc]  # reportlab has no types
    """A canvas that writes the foot of its pages when it knows how many there are."""

    def __init__(self, *given: Any, foot: str, sides: float, **named: Any) -> None:  # Any: reportlab's own
        super().__init__(*given, **named)
        self._foot, self._sides = foot, sides
        self._finished: list[dict[str, Any]] = []

    def showPage(self) -> None:
        """Put a page aside."""
        self._finished.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write the pages, each with its foot."""
        for number, page in enumerate(self._finished, 1):
            self.__dict__.update(page)
            self.setStrokeColor(LINE)
            self.setLineWidth(0.5)
            right = self._pagesize[0] - self._sides
            self.line(self._sides, 15 * mm, right, 15 * mm)
            self.setFillColor(FAINT)
            self.setFont(PLAIN, 7.5)
            self.drawString(self._sides, 11 * mm, self._foot)
            self.drawRightString(right, 11 * mm, f"Page {number} of {len(self._finished)}")
            super().showPage()
        super().save()
