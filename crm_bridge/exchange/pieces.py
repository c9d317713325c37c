"""Owns a process that answers in many pieces, read one by one: it waits when nobody reads on, and never outlives us.

What `ledger.process.ask` is for one answer. Knows nothing of what is said.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress

from ledger.process import Line, ProcessLost, end, ending, kill, last_words, start

_LONGEST_LINE = 16_000
Pieces = AsyncIterator[tuple[Line, bytes]]


@asynccontextmanager
async def answers(module: str, job: Line, *, most_content: int, patience: float) -> AsyncGenerator[Pieces]:
    """Have a new process of a module do a job, and read its answers until one says `end` or `refused`.

    Reading raises ProcessLost when the process died, or said nothing for `patience` seconds. Leaves no process behind.
    """
    process = await start(module, _LONGEST_LINE)
    assert process.stdin is not None
    try:
        with suppress(OSError):  # it is gone: reading says so
            process.stdin.write(json.dumps(job).encode() + b"\n")
            await asyncio.wait_for(process.stdin.drain(), patience)
        async with aclosing(_pieces(process, most_content, patience)) as pieces:
            yield pieces
    finally:
        await end(process)


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
    kill(process)
    said = await last_words(process)
    await process.wait()
    return said or ending(process.returncode)
