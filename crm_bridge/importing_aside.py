"""Has files taken in by a process of its own, and gives it its turn among the writers of this one.

The event loop, where calls are, sees two short lines of each piece. A process that is killed in its turn leaves nothing
half done: its transaction goes with it. What it says is read here; what it does is in `importing_worker`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import asdict
from pathlib import Path

from crm_bridge.exchange.errors import BY_NAME, ReaderLost
from crm_bridge.exchange.limits import Limits
from crm_bridge.importing_bring import Interrupted
from crm_bridge.importing_model import Import
from crm_bridge.importing_taking import Stopped
from crm_bridge.writing import Cabinet
from ledger.errors import DatabaseBusy
from ledger.jobs import TOPIC
from ledger.process import Line, ProcessLost, end, ending, kill, last_words, start

_WORKER = "crm_bridge.importing_worker"
#: Without a word from the process: reading waits as long for its own.
PATIENCE = 90.0
#: For one transaction. Whoever tells of a call waits meanwhile, so that it is killed where nothing comes of it.
HOLDING = 20.0
_LONGEST_LINE = 16_000


async def bring(cabinet: Cabinet, one: Import, path: Path, limits: Limits) -> None:
    """Take in the rows behind the import's mark, as `importing_bring.Bring` says; leaves no process behind."""
    job: Line = {
        "database": cabinet.db.url.render_as_string(hide_password=False),
        "import": one.id,
        "path": str(path),
        "settings": cabinet.settings().model_dump(mode="json"),
        "country": cabinet.country,
        "limits": asdict(limits),
    }
    try:
        async with aclosing(_sayings(job)) as sayings:
            async for process, said in sayings:
                if "turn" in said:
                    await give_turn(cabinet, process)
                elif "failed" in said:
                    _raise(said["failed"], said["why"])
    except ProcessLost as lost:
        raise ReaderLost(lost.why) from lost


async def give_turn(cabinet: Cabinet, process: asyncio.subprocess.Process) -> None:
    """Let it write while nobody else of this process does, until it says that it is over."""
    try:
        async with cabinet.db.turn():
            try:
                await _answer(process, b"go\n")
                async with asyncio.timeout(HOLDING):
                    await _line(process)
            except BaseException:
                kill(process)  # nobody else's turn begins while it may be writing
                await process.wait()
                raise
    except DatabaseBusy:
        await _answer(process, b"busy\n")
    # It may have promised to tell somebody of a change.
    cabinet.db.wakeups.wake(TOPIC)


async def _sayings(job: Line) -> AsyncGenerator[tuple[asyncio.subprocess.Process, Line]]:
    process = await start(_WORKER, _LONGEST_LINE)
    errors = asyncio.create_task(last_words(process), name="what an import's process says of its end")
    try:
        await _answer(process, json.dumps(job).encode() + b"\n")
        said: Line = {}
        while not said.keys() & {"end", "failed"}:
            try:
                async with asyncio.timeout(PATIENCE):
                    said = await _line(process)
            except TimeoutError as error:
                raise ProcessLost(f"it said nothing for {PATIENCE:g} s") from error
            except ProcessLost:
                kill(process)
                await process.wait()
                raise ProcessLost(await errors or ending(process.returncode), process.returncode) from None
            yield process, said
    finally:
        errors.cancel()
        await asyncio.gather(errors, return_exceptions=True)
        await end(process)


async def _line(process: asyncio.subprocess.Process) -> Line:
    assert process.stdout is not None
    try:
        said = json.loads(await process.stdout.readline())
    except (OSError, ValueError) as error:
        raise ProcessLost("the process ended") from error
    if not isinstance(said, dict):
        raise ProcessLost("it said nothing that we know")
    return said


async def _answer(process: asyncio.subprocess.Process, line: bytes) -> None:
    assert process.stdin is not None
    with suppress(OSError):  # it is gone: reading says so
        process.stdin.write(line)
        await process.stdin.drain()


def _raise(failed: str, why: str) -> None:
    if failed == Stopped.__name__:
        raise Stopped
    if failed in BY_NAME:
        raise BY_NAME[failed](why)
    raise Interrupted(why)
