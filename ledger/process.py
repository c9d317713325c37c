"""Owns having one job done by a process of its own, with a deadline; it is killed, with all that it started, if late.

One line of JSON goes in; one comes out, and as many bytes of content as its `content` says. Knows nothing of jobs.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

Line = dict[str, Any]  # Any: one line of JSON

LONGEST_LINE = 256_000
_LAST_WORDS = 2_000
_FAREWELL = 5.0
_ROOT = Path(__file__).resolve().parents[1]


class ProcessLost(Exception):
    """The process hung or died, or said what no worker of ours says."""

    def __init__(self, why: str, status: int | None = None, last_words: str = "") -> None:
        """`status` is how it ended by itself; `last_words` the end of its standard error."""
        self.why = why
        self.status = status
        self.last_words = last_words
        super().__init__(why)


async def ask(module: str, job: Line, *, most_content: int, deadline: float, more: bytes = b"") -> tuple[Line, bytes]:
    """Have a new process of a module do a job; returns its line, and the content that follows it.

    `more` is sent after the job's line. Raises ProcessLost. Leaves no process behind, also when cancelled.
    """
    process = await start(module)
    try:
        async with asyncio.timeout(deadline), asyncio.TaskGroup() as group:
            words = group.create_task(last_words(process))
            answer = group.create_task(_answer(process, job, more, most_content))
    except TimeoutError as error:
        raise ProcessLost(f"it took longer than {deadline:g} s") from error
    finally:
        await end(process)
    answered = answer.result()
    if answered is None:
        said = words.result()
        raise ProcessLost(said or ending(process.returncode), process.returncode, said)
    return answered


async def start(module: str, longest_line: int = LONGEST_LINE) -> asyncio.subprocess.Process:
    """Start a module as a process of its own, with three pipes; whoever did must `end` it."""
    # One thread: the calls on the same machine go first.
    threads = {"OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1", "OPENBLAS_NUM_THREADS": "1"}
    search = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-m", module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **threads, "PYTHONPATH": search},
        limit=longest_line,
        start_new_session=True,  # so that what it starts ends with it
    )


async def _answer(
    process: asyncio.subprocess.Process, job: Line, more: bytes, most_content: int
) -> tuple[Line, bytes] | None:
    """Send the job and read what comes back; None when the process ended, or said what no worker of ours says."""
    requests, answers = process.stdin, process.stdout
    assert requests is not None and answers is not None
    try:
        requests.write(json.dumps(job).encode() + b"\n" + more)
        await requests.drain()
        said = json.loads(await answers.readline())
        length = said.get("content", 0) if isinstance(said, dict) else -1
        if isinstance(length, int) and 0 <= length <= most_content:
            return said, await answers.readexactly(length)
    except (OSError, ValueError, EOFError):  # it is gone; a line beyond the limit, or half a line; half a content
        pass
    kill(process)
    return None


async def last_words(process: asyncio.subprocess.Process) -> str:
    """Read standard error to its end; why a process died is the last line."""
    errors = process.stderr
    assert errors is not None
    tail = b""
    while heard := await errors.read(_LAST_WORDS):
        tail = (tail + heard)[-_LAST_WORDS:]
    lines = tail.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


def ending(status: int | None) -> str:
    """Say how a process ended by itself."""
    if status == -signal.SIGXCPU:
        return "it used more of the processor than it may"
    return f"the process ended with status {status}"


async def end(process: asyncio.subprocess.Process) -> None:
    """End the process, should it still be there, and close its pipes."""
    kill(process)
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    process.stdin.close()
    # A pipe is closed when it was read to its end, which is near, for nobody writes any more.
    with suppress(TimeoutError):
        async with asyncio.timeout(_FAREWELL):
            for pipe in (process.stdout, process.stderr):
                while await pipe.read(LONGEST_LINE):
                    pass
    await process.wait()


def kill(process: asyncio.subprocess.Process) -> None:
    """Kill the process, should it still be there, and what it started."""
    if process.returncode is None:  # else its id may be another's by now
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
