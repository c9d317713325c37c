"""What our care with a fax costs, whether every dot is kept, and whether long faxes and several at once come through.

Three parts: received paper becomes PDFs (`_fax_paper`), documents become paper (`tests/fax/documents/measure.py`, which
is also a look by hand), and faxes go over a real line (`_fax_line`).
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Final

import uvloop

from bench._fax_line import line
from bench._fax_paper import paper
from fax.documents.model import Resolution
from server.terminal import log_to
from tests.fax.documents.measure import measure

DOCUMENT_PAGES: Final = 40
#: Seconds a page from PDF to paper, in fine, which faxes are unless somebody asks for more.
LIMIT: Final = 0.2


async def documents() -> dict[str, float]:
    """Measure a PDF of an office, letters and some photographs, to synced TIFF/F at each resolution."""
    seconds = {resolution: await measure(DOCUMENT_PAGES, resolution) for resolution in Resolution}
    figures = {f"document_{resolution.value}_seconds_a_page": value for resolution, value in seconds.items()}
    return figures | {"document_ok": float(seconds[Resolution.FINE] <= LIMIT)}


async def everything() -> dict[str, float]:
    """Measure all three parts, one after the other."""
    with tempfile.TemporaryDirectory(prefix="switchroom-bench-") as folder:
        figures = {**await paper(Path(folder)), **await documents(), **await line(Path(folder))}
    return figures | {"ok": float(all(figures[part] for part in ("paper_ok", "document_ok", "line_ok")))}


def run() -> dict[str, float]:
    """Return the figures of all parts; each says whether it met its goal."""
    log_to(level="error")
    return uvloop.run(everything())


if __name__ == "__main__":
    print(json.dumps({name: round(value, 3) for name, value in run().items()}))
