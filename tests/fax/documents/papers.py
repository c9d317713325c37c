"""Owns what the tests send: PDFs drawn on the spot and hand-made ones; and how they read the fax that comes of it."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from fax.documents.convert import convert
from fax.documents.model import Cover, Limits, Prepared, Resolution

Black = NDArray[np.bool_]
Draw = Callable[[Canvas], None]
Size = tuple[float, float]
A4_MM = (210.0, 297.0)


def pdf(*pages: Draw, size_mm: Size | Sequence[Size] = A4_MM, encrypt: object = None) -> bytes:
    """Return a PDF; each page draws itself, with millimetres from the bottom left."""
    sizes = [size_mm] * len(pages) if isinstance(size_mm[0], float) else list(size_mm)
    with io.BytesIO() as file:
        canvas = Canvas(file, encrypt=encrypt, invariant=True)
        for draw, size in zip(pages, sizes, strict=True):
            canvas.setPageSize((size[0] * mm, size[1] * mm))  # type: ignore[index]
            draw(canvas)
            canvas.showPage()
        canvas.save()
        return file.getvalue()


def words(canvas: Canvas, text: str = "Invoice 2026/1187", at: Size = (20, 270), size: float = 11) -> None:
    """Draw a line of text."""
    canvas.setFont("Helvetica", size)
    canvas.drawString(at[0] * mm, at[1] * mm, text)


def full_page(canvas: Canvas) -> None:
    """Draw an ordinary letter."""
    for line in range(45):
        words(
            canvas, f"{line:02} The quick brown fox pays invoice {line * 7_919} within 30 days.", (20, 275 - 5.5 * line)
        )


def square(x: float, y: float, side: float) -> Draw:
    """Return what draws a filled square."""
    return lambda canvas: canvas.rect(x * mm, y * mm, side * mm, side * mm, stroke=0, fill=1)


def photograph(width: int = 800, height: int = 600) -> Image.Image:
    """Return soft tones from black to white."""
    y, x = np.mgrid[0:height, 0:width]
    tones = 255 * x / width * (0.7 + 0.3 * np.cos(y / height * 6))
    return Image.fromarray(tones.astype(np.uint8))


def picture(canvas: Canvas, image: Image.Image, at: Size, size: Size) -> None:
    """Draw a picture."""
    canvas.drawImage(ImageReader(image), at[0] * mm, at[1] * mm, size[0] * mm, size[1] * mm)


def raw_pdf(*objects: bytes) -> bytes:
    """Return a PDF of hand-made objects, the first of which is its catalogue."""
    body, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    return b"%bxref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (
        *(body, count, table),
        *(count, len(body)),
    )


def one_page_pdf(*objects: bytes, page: bytes = b"/MediaBox [0 0 595 842]", catalogue: bytes = b"") -> bytes:
    """Return a hand-made PDF of one page, whose content is object 4, the first of those given."""
    return raw_pdf(
        b"<< /Type /Catalog /Pages 2 0 R %b >>" % catalogue,
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R %b >>" % page,
        *objects,
    )


def stream(content: bytes, dictionary: bytes = b"") -> bytes:
    """Return a stream object."""
    return b"<< %b /Length %d >>\nstream\n%b\nendstream" % (dictionary, len(content), content)


def deflated(piece: bytes, size: int) -> bytes:
    """Return `size` bytes of a piece again and again, deflated without ever being there.

    One block is packed, so that it may follow itself; only the checksum knows how often it does.
    """
    packer, block = zlib.compressobj(9, wbits=-zlib.MAX_WBITS), piece * ((1 << 20) // len(piece))
    packed, times = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH), size // len(block)
    once = zlib.adler32(block)
    low, high = (once & 0xFFFF) - 1, once >> 16
    sums = (1 + times * low) % 65521, (times * high + len(block) * low * (times * (times - 1) // 2)) % 65521
    return b"\x78\xda" + packed * times + packer.flush() + struct.pack(">HH", sums[1], sums[0])


def fax(
    folder: Path,
    document: bytes | Path,
    resolution: Resolution = Resolution.FINE,
    *,
    cover: Cover | None = None,
    limits: Limits | None = None,
) -> list[Black]:
    """Return the pages of the fax that becomes of a document."""
    path, into = folder / "document", folder / "fax.tif"
    if isinstance(document, Path):
        path = document
    else:
        path.write_bytes(document)
    into.unlink(missing_ok=True)
    made = convert(path, into, resolution, cover, limits or Limits())
    pages = read_fax(into, resolution)
    assert made == Prepared(len(pages), resolution, into.stat().st_size)
    return pages


def read_fax(path: Path, resolution: Resolution) -> list[Black]:
    """Read a TIFF/F, and see that each page is one."""
    pages = []
    with Image.open(path) as image:
        for number in range(image.n_frames):  # type: ignore[attr-defined]
            image.seek(number)
            tags = image.tag_v2  # type: ignore[attr-defined]
            assert (image.mode, image.width, tags[259], tags[262], len(tags[273])) == ("1", 1_728, 4, 0, 1)
            assert (float(tags[282]), float(tags[283]), tags[296]) == (204, resolution.lines_per_inch, 2)
            assert (tags[254], tags[297]) == (2, (number, image.n_frames))  # type: ignore[attr-defined]
            pages.append(~np.asarray(image))
    return pages


def box_mm(black: Black, resolution: Resolution = Resolution.FINE) -> tuple[float, float, float, float]:
    """Return left, top, width and height of what is drawn on a page, in millimetres of paper."""
    columns, rows = np.flatnonzero(black.any(axis=0)), np.flatnonzero(black.any(axis=1))
    across, down = 25.4 / 204, 25.4 / resolution.lines_per_inch
    return (
        columns[0] * across,
        rows[0] * down,
        (columns[-1] + 1 - columns[0]) * across,
        (rows[-1] + 1 - rows[0]) * down,
    )


def height_mm(black: Black, resolution: Resolution = Resolution.FINE) -> float:
    """Return how long a page is."""
    return black.shape[0] * 25.4 / resolution.lines_per_inch


def at_mm(
    black: Black, x: float, y: float, width: float, height: float, resolution: Resolution = Resolution.FINE
) -> Black:
    """Cut a part out of a page, given in millimetres from its top left."""
    across, down = 204 / 25.4, resolution.lines_per_inch / 25.4
    return black[round(y * down) : round((y + height) * down), round(x * across) : round((x + width) * across)]
