"""Owns the process that makes one report into a PDF or a workbook: one line of JSON and the report in, the file out.

Run as `python -m reports.web.paper_worker`; paper.py is the other end. Anything unforeseen ends the process.
"""

import json
import os
import pickle
import resource
import sys
import tempfile
from pathlib import Path

from reports.document import Document

LONGEST_LINE = 100_000
_POLITENESS = 10  # calls on the same machine go first
#: Of address space, and seconds of the processor.
_MOST_MEMORY = 3 << 29
_MOST_SECONDS = 60


def main() -> None:
    """Answer the line of standard input on what was standard output."""
    # Libraries print as they like: that must not land between our lines.
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        os.nice(_POLITENESS)
        for what, most in ((resource.RLIMIT_AS, _MOST_MEMORY), (resource.RLIMIT_CPU, _MOST_SECONDS)):
            resource.setrlimit(what, (most, most))
        job = json.loads(sys.stdin.buffer.readline(LONGEST_LINE))
        doc: Document = pickle.loads(sys.stdin.buffer.read(int(job["document"])))  # noqa: S301  our own parent wrote it
        content = made(doc, job["form"], job["base_url"])
        answers.write(json.dumps({"content": len(content)}).encode() + b"\n" + content)


def made(doc: Document, form: str, base_url: str) -> bytes:
    """Return the file of a report."""
    # Each is loaded for its own form only: the other starts faster without it.
    if form == "pdf":
        from reports.forms.pdf import pdf_of

        return pdf_of(doc, base_url)
    from reports.forms.xlsx import write_xlsx

    with tempfile.TemporaryDirectory(prefix="switchroom-report-") as folder:
        path = Path(folder) / "report.xlsx"
        write_xlsx(doc, path, base_url)
        return path.read_bytes()


if __name__ == "__main__":
    main()
