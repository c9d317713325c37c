"""Owns the process that looks at one fax: one JSON line in, one JSON line and perhaps a picture or text out.

Run as `python -m fax.paper.worker`; aside.py is the other end. Anything unforeseen ends the process, and the other end
says so.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fax.paper.errors import PaperError, TooLarge
from fax.paper.model import Limits, NotInstalled
from fax.paper.tiff import look

_LONGEST_JOB = 256_000
_POLITENESS = 10  # calls on the same machine go first
#: Of address space: a page of the largest size and its picture need a third of it.
_MOST_MEMORY = 1 << 30
#: Of the processor: 500 pages of the largest letters take a quarter of it. What it starts counts on its own.
_MOST_SECONDS = 110
_MOST_WRITTEN = 512 << 20
_MOST_FILES = 64

Line = dict[str, Any]  # Any: one line of JSON
_Answer = tuple[Line, bytes]


def main() -> None:
    """Answer the line of standard input on what was standard output."""
    # Native libraries print as they like: that must not land between our lines.
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        _restrain()
        job: Line = json.loads(sys.stdin.readline(_LONGEST_JOB))
        try:
            said, content = _JOBS[job["do"]](job, Path(job["tiff"]), Limits(**job["limits"]))
        except PaperError as error:
            said, content = {"refused": type(error).__name__, "why": error.why}, b""
        except MemoryError:  # by now what took it is given back
            said, content = {"refused": TooLarge.__name__, "why": "the file needs more memory than it is worth"}, b""
        answers.write(json.dumps({**said, "content": len(content)}).encode() + b"\n")
        answers.write(content)


def _restrain() -> None:
    os.nice(_POLITENESS)
    for what, most in (
        (resource.RLIMIT_AS, _MOST_MEMORY),
        (resource.RLIMIT_CPU, _MOST_SECONDS),
        (resource.RLIMIT_FSIZE, _MOST_WRITTEN),
        (resource.RLIMIT_NOFILE, _MOST_FILES),
        (resource.RLIMIT_CORE, 0),  # people's letters do not belong into a dump
    ):
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


# Each job brings in only what it needs: much of the time that a short one takes is reading modules.


def _examine(_: Line, tiff: Path, limits: Limits) -> _Answer:
    paper = look(tiff, limits)
    pages = [[page.width, page.height, page.x_dpi, page.y_dpi, page.compression] for page in paper.pages]
    return {"pages": pages, "bytes": paper.bytes, "partial": paper.partial}, b""


def _make_pdf(job: Line, tiff: Path, limits: Limits) -> _Answer:
    from fax.paper.pdf import to_pdf

    return {"made": asdict(to_pdf(tiff, Path(job["pdf"]), limits))}, b""


def _picture(job: Line, tiff: Path, limits: Limits) -> _Answer:
    from fax.paper.pictures import picture

    return {}, picture(tiff, int(job["page"]), int(job["width"]), limits)


def _text(job: Line, tiff: Path, limits: Limits) -> _Answer:
    from fax.paper.ocr import text_of

    text = text_of(tiff, job["languages"], seconds=float(job["seconds"]), limits=limits)
    if isinstance(text, NotInstalled):
        return {"not_installed": text.why}, b""
    return {"complete": text.complete}, json.dumps(text.pages).encode()


_JOBS: dict[str, Callable[[Line, Path, Limits], _Answer]] = {
    "examine": _examine,
    "make_pdf": _make_pdf,
    "picture": _picture,
    "text": _text,
}


if __name__ == "__main__":
    main()
