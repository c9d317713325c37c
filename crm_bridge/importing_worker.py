"""Owns the process that takes one file in: one JSON line in, then a word for each turn to write; lines of JSON out.

Run as `python -m crm_bridge.importing_worker`; `importing_aside` is the other end, and where that ends, this does too.
Anything unforeseen ends the process, and the other end says so.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import uvloop

from config.customers import CustomerSettings
from crm_bridge import importing_store as store
from crm_bridge.exchange.bring_in import bring_in
from crm_bridge.exchange.errors import ExchangeError
from crm_bridge.exchange.limits import Limits
from crm_bridge.exchange.receiver import Piece, Receiver, Taken
from crm_bridge.exchange.rows import Row
from crm_bridge.importing_reader import ReadyReader
from crm_bridge.importing_sqlite import Checkpoints, write_much
from crm_bridge.importing_taking import Stopped, Taking
from crm_bridge.writing import Cabinet
from ledger.clock import SystemClock
from ledger.database import Database
from ledger.engines import url_of
from ledger.errors import DatabaseBusy, LedgerError
from ledger.jobs import Jobs

_LONGEST_JOB = 4 << 20
#: Rows are no rings of objects: to look for such among them takes a fifth of the time.
_RARELY = 100_000

R = TypeVar("R")
Say = Callable[..., None]


class _InTurn(Receiver[R]):
    """Takes rows when it is our turn among the writers of the process that we work for."""

    def __init__(
        self, receiver: Receiver[R], say: Say, answers: asyncio.Queue[bytes], checkpoints: Checkpoints | None
    ) -> None:
        self._receiver = receiver
        self._say = say
        self._answers = answers
        self._checkpoints = checkpoints

    def prepare(self, rows: Sequence[Row]) -> Sequence[R]:
        """Make of each row what `take` needs."""
        return self._receiver.prepare(rows)

    async def take(self, piece: Piece[R]) -> Sequence[Taken]:
        """Take rows in one transaction. Raises what the receiver does, and DatabaseBusy where no turn came."""
        self._say(turn=True)
        if await self._answers.get() != b"go\n":
            raise DatabaseBusy
        try:
            taken = await self._receiver.take(piece)
        finally:
            self._say(over=True)
        if self._checkpoints is not None:
            await self._checkpoints.after_commit()
        return taken


async def _work(say: Say) -> None:
    commands = asyncio.StreamReader(_LONGEST_JOB)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    job = json.loads(await commands.readline())
    answers: asyncio.Queue[bytes] = asyncio.Queue()
    hearing = asyncio.create_task(_hear(commands, answers), name="hearing whose turn it is")
    try:
        await _bring(job, say, answers)
    except Stopped:
        say(failed=Stopped.__name__, why="")
    except ExchangeError as error:
        say(failed=type(error).__name__, why=error.why)
    except (LedgerError, TimeoutError) as error:
        say(failed="Interrupted", why=str(error) or "the database is too slow")
    else:
        say(end=True)
    finally:
        hearing.cancel()


async def _hear(commands: asyncio.StreamReader, answers: asyncio.Queue[bytes]) -> None:
    while line := await commands.readline():
        answers.put_nowait(line)
    os._exit(1)  # whom we work for is gone; what is not committed goes with us


async def _bring(job: dict[str, Any], say: Say, answers: asyncio.Queue[bytes]) -> None:  # Any: one line of JSON
    settings = CustomerSettings.model_validate(job["settings"])
    url = url_of(job["database"])
    checkpoints = Checkpoints(str(url.database)) if url.get_backend_name() == "sqlite" else None
    if checkpoints is not None:
        write_much()
    async with await Database.open(job["database"], migrate=False) as db:
        cabinet = Cabinet(db, Jobs(db), lambda: settings, SystemClock(), job["country"])
        async with db.reading() as session:
            one = await store.find(session, job["import"])
        if one is None or one.plan is None:
            raise Stopped
        taking = _InTurn(Taking(cabinet, one), say, answers, checkpoints)
        limits = Limits(**job["limits"])
        limits = replace(limits, batch=max(limits.batch, limits.together))  # nobody waits for this event loop
        reader = ReadyReader(settings, cabinet.country)
        try:
            await bring_in(Path(job["path"]), one.plan, taking, after=one.mark, limits=limits, reader=reader)
        finally:
            if checkpoints is not None:
                await checkpoints.end()


def main() -> None:
    """Answer the line of standard input on what was standard output."""
    with os.fdopen(os.dup(1), "wb", buffering=0) as out:
        os.dup2(2, 1)  # what a library prints is no answer
        gc.freeze()
        gc.set_threshold(_RARELY)

        def say(**said: str | bool) -> None:
            out.write(json.dumps(said).encode() + b"\n")

        uvloop.run(_work(say))


if __name__ == "__main__":
    main()
