"""Owns working on a document from the event loop: each is a process of its own, with a deadline, killed if it hangs.

A document is somebody else's word: what it does to the process, it does to that one only. Must not import anything
that reads documents.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fax.documents.errors import REFUSALS, DocumentError, DocumentLost, TooLarge
from fax.documents.model import MOST_ATTEMPTS, Cover, Limits, Prepared, Report, Resolution
from ledger.files import sync_folder

#: What a report needs is known beforehand, but the machine may be busy.
_REPORT_LIMITS = Limits(seconds=60.0)
_MOST_REPORT = 5_000_000
_LONGEST_ANSWER = 64_000
_LAST_WORDS = 2_000
_FAREWELL = 5.0
_ROOT = Path(__file__).resolve().parents[2]

_Line = dict[str, Any]  # Any: one line of JSON


async def prepare(
    path: Path, into: Path, *, resolution: Resolution, cover: Cover | None = None, limits: Limits | None = None
) -> Prepared:
    """Write a TIFF/F of a document to `into`, with a cover sheet before it; whole and synced, or not at all.

    Raises NotSendable with a text for the person who sends, DocumentLost when the process hung or died, and OSError
    when the file cannot get its name. Leaves no process and no other file behind, also when cancelled. Whoever asks
    bounds how often.
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


async def _ask(job: _Line, more: bytes, most_content: int, deadline: float) -> tuple[_Line, bytes]:
    """Have a new process do a job; returns its line, and the content that follows it."""
    process = await _start()
    try:
        async with asyncio.timeout(deadline), asyncio.TaskGroup() as group:
            last_words = group.create_task(_last_words(process))
            answer = group.create_task(_answer(process, job, more, most_content))
    except TimeoutError as error:
        raise DocumentLost(f"it took longer than {deadline:g} s") from error
    finally:
        await _end(process)
    answered = answer.result()
    if answered is None:
        raise _why_it_ended(process.returncode, last_words.result())
    said, content = answered
    if "refused" in said:
        raise REFUSALS[said["refused"]](said["why"])
    return said, content


def _why_it_ended(status: int | None, last_words: str) -> DocumentError:
    if status == -signal.SIGXCPU:
        return TooLarge("The document takes longer to draw than a document may.")
    if status == -signal.SIGABRT and not last_words:  # so does pdfium end when it gets no more memory
        return TooLarge("The document takes more memory to draw than a document may.")
    return DocumentLost(last_words or f"the process ended with status {status}")


async def _start() -> asyncio.subprocess.Process:
    # One thread: the calls on the same machine go first.
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    search = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-m", "fax.documents.worker"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **threads, "PYTHONPATH": search},
        limit=_LONGEST_ANSWER,
        start_new_session=True,  # so that whatever it may start ends with it
    )


async def _answer(
    process: asyncio.subprocess.Process, job: _Line, more: bytes, most_content: int
) -> tuple[_Line, bytes] | None:
    """Send the job and read what comes back; None when the process ended, or said what no worker of ours says."""
    requests, answers = process.stdin, process.stdout
    assert requests is not None and answers is not None
    try:
        requests.write(json.dumps(job).encode() + b"\n" + more)
        await requests.drain()
        said: _Line = json.loads(await answers.readline())
        if "refused" in said:
            return (said, b"") if said["refused"] in REFUSALS else None
        length = said["bytes"] if most_content else 0
        if length <= most_content:
            return said, await answers.readexactly(length)
    except (OSError, ValueError, EOFError):  # it is gone; a line beyond the limit, or half a line; half a content
        pass
    _kill(process)
    return None


async def _last_words(process: asyncio.subprocess.Process) -> str:
    """Read standard error to its end; why a process died is the last line."""
    errors = process.stderr
    assert errors is not None
    tail = b""
    while heard := await errors.read(_LAST_WORDS):
        tail = (tail + heard)[-_LAST_WORDS:]
    lines = tail.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the process, should it still be there, and close its pipes."""
    _kill(process)
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    process.stdin.close()
    # A pipe is closed when it was read to its end, which is near, for nobody writes any more.
    with suppress(TimeoutError):
        async with asyncio.timeout(_FAREWELL):
            for pipe in (process.stdout, process.stderr):
                while await pipe.read(_LONGEST_ANSWER):
                    pass
    await process.wait()


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:  # else its id may be another's by now
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # what it started ends with it
