"""Owns looking at a fax from the event loop: each look is a process of its own, with a deadline, killed if it hangs.

A file is somebody else's word: what it does to the process, it does to that one only. Must not import anything that
reads images. Whoever asks bounds how often.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from fax.paper.errors import BY_NAME, PaperLost
from fax.paper.model import (
    LIMITS,
    PICTURE_WIDTHS,
    Compression,
    Limits,
    NotInstalled,
    PageInfo,
    Paper,
    PaperText,
    PdfMade,
    draft_of,
)
from ledger.process import Line, ProcessLost, ask

#: The worker has somewhat less of the processor; the machine may be busy.
DEADLINE = 120.0
TEXT_DEADLINE = 600.0
_WORKER = "fax.paper.worker"
_MOST_PICTURE = 32 << 20
_MOST_TEXT = 32 << 20
#: The part of the time for a text that is kept back, so that what was read so far still comes home.
_IN_RESERVE = 0.1


async def examine(tiff: Path, *, limits: Limits = LIMITS, deadline: float = DEADLINE) -> Paper:
    """Say which complete pages a fax has. Raises NotAFax, TooLarge, TooManyPages, PaperLost."""
    said, _ = await _ask("examine", tiff, limits, deadline)
    pages = tuple(
        PageInfo(width, height, x_dpi, y_dpi, Compression(compression))
        for width, height, x_dpi, y_dpi, compression in said["pages"]
    )
    return Paper(pages, said["bytes"], said["partial"])


async def make_pdf(tiff: Path, pdf: Path, *, limits: Limits = LIMITS, deadline: float = DEADLINE) -> PdfMade:
    """Make the PDF of a fax: on disk for certain and whole when this returns, else not there.

    The same TIFF makes the same bytes; a PDF of that name is replaced. Raises NotAFax, TooLarge, TooManyPages,
    PdfNotWritten, PaperLost.
    """
    try:
        said, _ = await _ask("make_pdf", tiff, limits, deadline, pdf=str(pdf))
    except BaseException:  # also when cancelled: the process was killed, and did not clear away what it had begun
        await asyncio.to_thread(draft_of(pdf).unlink, missing_ok=True)
        raise
    return PdfMade(**said["made"])


async def picture(tiff: Path, page: int, width: int, *, limits: Limits = LIMITS, deadline: float = DEADLINE) -> bytes:
    """Draw a page, from 1, as a PNG `width` dots wide and as high as its paper was.

    Raises NoSuchPage, NotAFax, TooLarge, TooManyPages, PaperLost, and ValueError for a width not in `PICTURE_WIDTHS`.
    """
    if width not in PICTURE_WIDTHS:
        raise ValueError(f"a picture is from {PICTURE_WIDTHS[0]} to {PICTURE_WIDTHS[-1]} dots wide, not {width}")
    _, content = await _ask("picture", tiff, limits, deadline, _MOST_PICTURE, page=page, width=width)
    return content


async def text(
    tiff: Path, *, languages: Sequence[str] = ("eng",), limits: Limits = LIMITS, deadline: float = TEXT_DEADLINE
) -> PaperText | NotInstalled:
    """Read what stands on the pages, in languages by tesseract's names; what was read until the deadline is returned.

    Raises NotAFax, TooLarge, TooManyPages, PaperLost.
    """
    seconds = deadline * (1 - _IN_RESERVE)
    said, content = await _ask("text", tiff, limits, deadline, _MOST_TEXT, languages=list(languages), seconds=seconds)
    if "not_installed" in said:
        return NotInstalled(said["not_installed"])
    return PaperText(tuple(json.loads(content)), said["complete"])


async def _ask(
    what: str, tiff: Path, limits: Limits, deadline: float, most_content: int = 0, **more: object
) -> tuple[Line, bytes]:
    """Have a new process do a job. Raises what it found wrong, or PaperLost."""
    job = {"do": what, "tiff": str(tiff), "limits": asdict(limits), **more}
    try:
        said, content = await ask(_WORKER, job, most_content=most_content, deadline=deadline)
    except ProcessLost as lost:
        raise PaperLost(lost.why) from lost
    if "refused" in said:
        raise BY_NAME[said["refused"]](said["why"])
    return said, content
