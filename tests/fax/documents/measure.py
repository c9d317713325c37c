"""Owns how long it takes to make a fax of a PDF, in the real process: for the bench, and for a look by hand.

Run as `python -m tests.fax.documents.measure [PAGES]`.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from fax.documents.aside import prepare
from fax.documents.model import Resolution
from tests.fax.documents.papers import full_page, pdf, photograph, picture, words


def ordinary(pages: int) -> bytes:
    """Return a PDF as offices send them: letters, and every tenth page a photograph between words."""

    def illustrated(canvas) -> None:  # type: ignore[no-untyped-def]
        words(canvas, "The damage, as found on delivery:", (20, 270))
        picture(canvas, photograph(1_600, 1_200), (20, 130), (170, 127))

    return pdf(*[illustrated if number % 10 == 9 else full_page for number in range(pages)])


async def measure(pages: int, resolution: Resolution = Resolution.FINE) -> float:
    """Return the seconds a page takes from PDF to synced TIFF/F, starting the process included."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "document.pdf")
        await asyncio.to_thread(path.write_bytes, ordinary(pages))
        begun = time.perf_counter()
        made = await prepare(path, Path(folder, "fax.tif"), resolution=resolution)
        took = time.perf_counter() - begun
    assert made.pages == pages
    return took / pages


async def main() -> None:
    """Print one line for each resolution."""
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    for resolution in Resolution:
        print(f"{resolution:>10}: {await measure(pages, resolution):.3f} s a page of {pages}")


if __name__ == "__main__":
    asyncio.run(main())
