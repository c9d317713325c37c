"""Owns the process that does a back-test for the pages: it reads the journal and says line by line how far it is.

Run as `python -m server.studio.backtesting.worker`; `job` is the other end. Anything unforeseen ends it.
"""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import resource
import sys
from typing import Any

from callrouter.backtest.report import Report
from callrouter.backtest.run import Wish, backtest
from ledger.database import Database

_POLITENESS = 10  # calls on the same machine go first
#: Of address space, and seconds of the processor.
_MOST_MEMORY, _MOST_SECONDS = 2 << 30, 3_600
_LONGEST_LINE = 1_000


def main() -> None:
    """Do the work of standard input, and answer on what was standard output."""
    # Libraries print as they like: that must not land between our lines.
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        os.nice(_POLITENESS)
        for what, most in ((resource.RLIMIT_AS, _MOST_MEMORY), (resource.RLIMIT_CPU, _MOST_SECONDS)):
            resource.setrlimit(what, (most, most))

        def say(line: dict[str, Any]) -> None:  # Any: JSON
            answers.write(json.dumps(line).encode() + b"\n")
            answers.flush()

        length = int(json.loads(sys.stdin.buffer.readline(_LONGEST_LINE))["length"])
        url, wish = pickle.loads(sys.stdin.buffer.read(length))  # noqa: S301  our own parent wrote it
        report = pickle.dumps(asyncio.run(done(url, wish, lambda share, calls: say({"done": share, "calls": calls}))))
        say({"content": len(report)})
        answers.write(report)


async def done(url: str, wish: Wish, told: Any) -> Report:  # Any: a function, as `backtest` has it
    """Return the back-test of a database. Raises LedgerError."""
    async with await Database.open(url, migrate=False) as db:
        return await backtest(db, wish, told)


if __name__ == "__main__":
    main()
