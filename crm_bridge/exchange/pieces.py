"""Owns a process that answers in many pieces, read one by one: it waits when nobody reads on, and never outlives us.

What `ledger.process.ask` is for one answer. Knows nothing of what is said.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path

from ledger.process import Line, ProcessLost

_LONGEST_LINE = 16_000
_LAST_WORDS = 2_000
_FAREWELL = 5.0
_ROOT = Path(__file__).resolve().parents[2]
Pieces = AsyncIterator[tuple[Line, bytes]]


@asynccontextmanager
async def answers(module: str, job: Line, *, most_content: int, patience: float) -> AsyncGenerator[Pieces]:
    """Have a new process of a module do a job, and read its answers until one says `end` or `refused`.

    Reading raises ProcessLost when the process died, or said nothing for `patience` seconds. Leaves no process behind.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-m", module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))},
        limit=_LONGEST_LINE,
        start_new_session=True,  # so that what it starts ends with it
    )
    assert process.stdin is not None
    try:
        with suppress(OSError):  # it is gone: reading says so
            process.stdin.write(json.dumps(job).encode() + b"\n")
            await asyncio.wait_for(process.stdin.drain(), patience)
        async with aclosing(_pieces(process, most_content, patience)) as pieces:
            yield pieces
    finally:
        await _end(process)


async def _pieces(
    process: asyncio.subprocess.Process, most_content: int, patience: float
) -> AsyncGenerator[tuple[Line, bytes]]:
    said: Line = {}
    while not said.keys() & {"end", "refused"}:
        try:
            async with asyncio.timeout(patience):
                said, content = await _piece(process, most_content)
        except TimeoutError as error:
            raise ProcessLost(f"it said nothing for {patience:g} s") from error
        yield said, content


async def _piece(process: asyncio.subprocess.Process, most_content: int) -> tuple[Line, bytes]:
    assert process.stdout is not None
    try:
        said = json.loads(await process.stdout.readline())
        length = said["content"]
        if not isinstance(length, int) or not 0 <= length <= most_content:
            raise ValueError(length)
        return said, await process.stdout.readexactly(length)
    except (OSError, ValueError, EOFError, LookupError, TypeError) as error:
        raise ProcessLost(await _last_words(process), process.returncode) from error


async def _last_words(process: asyncio.subprocess.Process) -> str:
    """Return the last line of what it said of its end; it may have been killed and said nothing."""
    assert process.stderr is not None
    _kill(process)
    tail = b""
    while heard := await process.stderr.read(_LAST_WORDS):
        tail = (tail + heard)[-_LAST_WORDS:]
    await process.wait()
    lines = tail.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"the process ended with status {process.returncode}"


async def _end(process: asyncio.subprocess.Process) -> None:
    _kill(process)
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    process.stdin.close()
    with suppress(TimeoutError):
        async with asyncio.timeout(_FAREWELL):
            for pipe in (process.stdout, process.stderr):
                while await pipe.read(_LAST_WORDS):
                    pass
    await process.wait()


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:  # else its id may be another's by now
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
