"""Owns working on a document from the event loop: each is a process of its own, with a deadline, killed if it hangs.

A document is somebody else's word: what it does to the process, it does to that one only. Must not import anything
that reads documents.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
from dataclasses import asdict
from pathlib import Path

from fax.documents.errors import REFUSALS, DocumentError, DocumentLost, TooLarge
from fax.documents.model import MOST_ATTEMPTS, Cover, Limits, Prepared, Report, Resolution
from ledger.files import sync_folder
from ledger.process import Line, ProcessLost, ask

#: What a report needs is known beforehand, but the machine may be busy.
_REPORT_LIMITS = Limits(seconds=60.0)
_MOST_REPORT = 5_000_000


async def prepare(
    path: Path, into: Path, *, resolution: Resolution, cover: Cover | None = None, limits: Limits | None = None
) -> Prepared:
    """Write a TIFF/F of a document to `into`, with a cover sheet before it; whole and synced, or not at all.

    Raises NotSendable with a text for the person who sends, NoRoom, DocumentLost when the process hung or died, and
    OSError when the file cannot get its name. Leaves no process and no other file behind, also when cancelled.
    Whoever asks bounds how often.
    """
    limits = limits or Limits()
    draft = into.with_name(f".{into.name}.{secrets.token_hex(8)}.new")
    job = {
        "do": "prepare",
        "path": str(path),
        "into": str(draft),
        "resolution": resolution,
        "cover": None if cover is None else asdict(cover),
        "limits": asdict(limits),
    }
    try:
        said, _ = await _ask(job, b"", 0, limits.seconds)
        await asyncio.to_thread(_name, draft, into)
    finally:
        await asyncio.to_thread(draft.unlink, missing_ok=True)
    return Prepared(said["pages"], Resolution(said["resolution"]), said["bytes"])


async def report(facts: Report, *, seconds: float = _REPORT_LIMITS.seconds) -> bytes:
    """Return a transmission report as a PDF, of its last attempts; the same facts give the same bytes.

    Raises DocumentLost when the process hung or died. Leaves no process behind, also when cancelled.
    """
    fields = asdict(facts)
    picture = fields.pop("picture")
    fields["attempts"] = fields["attempts"][-MOST_ATTEMPTS:]
    limits = asdict(Limits(seconds=seconds))
    job = {"do": "report", "report": fields, "picture": len(picture), "limits": limits}
    _, content = await _ask(job, picture, _MOST_REPORT, seconds)
    return content


def _name(draft: Path, into: Path) -> None:
    draft.replace(into)
    sync_folder(into.parent)


async def _ask(job: Line, more: bytes, most_content: int, deadline: float) -> tuple[Line, bytes]:
    """Have a new process do a job; returns its line, and the content that follows it."""
    try:
        said, content = await ask("fax.documents.worker", job, more=more, most_content=most_content, deadline=deadline)
    except ProcessLost as lost:
        raise _why_it_ended(lost) from lost
    if "refused" not in said:
        return said, content
    if said["refused"] not in REFUSALS:
        raise DocumentLost("it said what no worker of ours says")
    raise REFUSALS[said["refused"]](said["why"])


def _why_it_ended(lost: ProcessLost) -> DocumentError:
    if lost.status == -signal.SIGXCPU:
        return TooLarge("The document takes longer to draw than a document may.")
    if lost.status == -signal.SIGABRT and not lost.last_words:  # so does pdfium end when it gets no more memory
        return TooLarge("The document takes more memory to draw than a document may.")
    return DocumentLost(lost.why)
