"""Paper in: files of 20 pages as spandsp writes them become PDFs, by bare img2pdf, by our pipeline, and in our ledger.

Group 3 2-D, bits from behind, at the three resolutions. The pipeline starts a process for each, holds every number
against its limits, codes every page anew, syncs the file and its folder, and tells its hash. The fax room does that and
keeps files and promise: its time runs from the file that Asterisk wrote to the commit of the job that mails the PDF.
img2pdf is called in this process, its modules loaded, and its bytes are written without a sync. They take turns.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import img2pdf  # type: ignore[import-untyped]  # publishes no types
import numpy as np
import pypdfium2  # type: ignore[import-untyped]  # publishes no types
from PIL import Image, ImageDraw, ImageFont

from bench._fax_room import Room, room
from fax.paper.aside import make_pdf

PAGES: Final = 20
ROUNDS: Final = 6
RESOLUTIONS: Final = {"standard": 98, "fine": 196, "super_fine": 391}
WIDTH: Final = 1728
#: Our pages a second, of those of bare img2pdf.
LIMIT: Final = 0.8
_LINE: Final = (
    "Delivery {0}-{1}: twelve boxes of paper, two of them damaged; deducted from the total of {0},284.50 EUR."
)


@dataclass(frozen=True)
class Turn:
    """How long the same file took each way, seconds."""

    bare: float
    made: float
    kept: float


def letter(number: int, dpi: int) -> Image.Image:
    """Draw a page full of text of an inch and a half less than letter size, as a scanner of that resolution sees it."""
    page = Image.new("L", (WIDTH, 204 * 11), 255)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(30)
    for line in range(46):
        draw.text((100, 120 + 43 * line), _LINE.format(number, line), 0, font=font)
    sampled = page.resize((WIDTH, dpi * 11), Image.Resampling.BOX)
    return sampled.point(lambda grey: 255 * (grey > 128)).convert("1", dither=Image.Dither.NONE)


def received(path: Path, dpi: int) -> Path:
    """Write a fax of 20 pages."""
    first, *others = [letter(number, dpi) for number in range(1, PAGES + 1)]
    first.save(
        path, "TIFF", save_all=True, append_images=others, compression="group3", dpi=(204, dpi), strip_size=1 << 30,
        tiffinfo={266: 2, 292: 5},
    )  # fmt: skip
    return path


def bare(tiff: Path, pdf: Path) -> float:
    """Make a PDF with img2pdf as its documentation says; returns how long it took."""
    begun = time.perf_counter()
    pdf.write_bytes(img2pdf.convert(str(tiff)))
    return time.perf_counter() - begun


async def made(tiff: Path, pdf: Path) -> float:
    """Make a PDF as the server does; returns how long it took."""
    begun = time.perf_counter()
    await make_pdf(tiff, pdf)
    return time.perf_counter() - begun


def identical(tiff: Path, pdf: Path) -> bool:
    """Whether all pages of a PDF have the dots of the TIFF, and the size on paper that its densities say."""
    with Image.open(tiff) as fax, pypdfium2.PdfDocument(pdf) as document:
        if len(document) != PAGES:
            return False
        return all(_same(fax, document[number], number) for number in range(PAGES))


def _same(fax: Image.Image, page: pypdfium2.PdfPage, number: int) -> bool:
    fax.seek(number)
    (image,) = page.get_objects()
    size = tuple(72 * dots / float(dpi) for dots, dpi in zip(fax.size, fax.info["dpi"], strict=True))
    bitmap = image.get_bitmap()  # kept, for what follows looks into its memory
    dots = bitmap.to_numpy() > 0
    return np.allclose(page.get_size(), size, atol=0.01) and np.array_equal(dots, np.asarray(fax.convert("1")))


async def paper(folder: Path) -> dict[str, float]:
    """Measure received TIFF to PDF each way, in turns."""
    figures: dict[str, float] = {}
    turns: list[Turn] = []
    same = same_kept = True
    async with room(folder) as kept:
        for name, dpi in RESOLUTIONS.items():
            tiff = await asyncio.to_thread(received, folder / f"{name}.tif", dpi)
            found = [turn async for turn in _turns(tiff, folder, kept)]
            assert kept.last is not None
            same &= await asyncio.to_thread(identical, tiff, folder / "made.pdf")
            same_kept &= await asyncio.to_thread(identical, tiff, kept.spool.path_of(kept.last.pdf))
            figures |= {
                f"{name}_bare_seconds": statistics.median(turn.bare for turn in found),
                f"{name}_ours_seconds": statistics.median(turn.made for turn in found),
                f"{name}_kept_seconds": statistics.median(turn.kept for turn in found),
            }
            turns += found
        promised = await kept.promised() == len(RESOLUTIONS) * (ROUNDS + 1)
    by_img2pdf = sum(turn.bare for turn in turns)
    ratio, ratio_kept = by_img2pdf / sum(turn.made for turn in turns), by_img2pdf / sum(turn.kept for turn in turns)
    return figures | {
        "pdf_pages_a_second": PAGES * len(turns) / sum(turn.made for turn in turns),
        "pdf_ratio_to_bare": ratio,
        "pdf_identical": float(same),
        "kept_pages_a_second": PAGES * len(turns) / sum(turn.kept for turn in turns),
        "kept_ratio_to_bare": ratio_kept,
        "kept_identical": float(same_kept),
        "kept_promised": float(promised),
        "paper_ok": float(min(ratio, ratio_kept) >= LIMIT and same and same_kept and promised),
    }


async def _turns(tiff: Path, folder: Path, kept: Room) -> AsyncIterator[Turn]:
    """Let all work, in changing order, after a round that does not count."""
    for number in range(ROUNDS + 1):
        by = dict.fromkeys(("bare", "made", "kept"), 0.0)
        for way in list(by) if number % 2 else reversed(by):
            if way == "bare":
                by[way] = bare(tiff, folder / "bare.pdf")
            elif way == "made":
                by[way] = await made(tiff, folder / "made.pdf")
            else:
                by[way] = await kept.keep(tiff, PAGES)
        if number:
            yield Turn(**by)
