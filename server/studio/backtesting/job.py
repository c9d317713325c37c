"""One back-test at a time, in a process beside the server: how far it is, what came of it, and ending it early.

Owns the process and the last result. What is compared, and what it means, is not known here.
"""

from __future__ import annotations

import asyncio
import json
import pickle
from dataclasses import dataclass
from datetime import datetime

import structlog

from callrouter.backtest.report import Report
from callrouter.backtest.run import Wish
from ledger import process
from ledger.process import ProcessLost

log = structlog.get_logger(__name__)

WORKER = "server.studio.backtesting.worker"
#: A back-test that takes longer is given up, seconds.
LONGEST = 3_600.0
#: No report with all the calls that are listed is larger, bytes.
LARGEST = 64 << 20


@dataclass(frozen=True)
class Asked:
    """What a back-test is of: the version it is against, the draft's version, over how many days until when."""

    against: str
    draft: str
    days: int
    until: datetime


@dataclass(frozen=True)
class Standing:
    """How a back-test stands: under way, done, or failed."""

    asked: Asked
    done: float = 0.0
    calls: int = 0
    report: Report | None = None
    trouble: str = ""

    @property
    def is_running(self) -> bool:
        """Tell whether it is under way."""
        return self.report is None and not self.trouble


class BacktestJob:
    """Runs back-tests, one at a time, and keeps what came of the last."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._task: asyncio.Task[None] | None = None
        self.standing: Standing | None = None

    @property
    def is_running(self) -> bool:
        """Tell whether one is under way."""
        return self._task is not None and not self._task.done()

    def start(self, asked: Asked, wish: Wish) -> bool:
        """Begin; False if one is under way already, which goes on."""
        if self.is_running:
            return False
        self.standing = Standing(asked)
        self._task = asyncio.create_task(self._run(asked, wish), name="back-test")
        return True

    async def cancel(self) -> None:
        """End the one under way, and forget it; harmless where there is none."""
        task = self._task
        if task is None or task.done():
            return
        task.cancel()
        await asyncio.wait({task})
        self.standing = None

    def close(self) -> None:
        """Let the one under way end: the server stops."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self, asked: Asked, wish: Wish) -> None:
        try:
            async with asyncio.timeout(LONGEST):
                report = await self._answer(asked, wish)
            self.standing = Standing(asked, 1.0, report.total, report)
        except TimeoutError:
            self.standing = Standing(asked, trouble="it took longer than an hour: ask for fewer days")
        except (ProcessLost, OSError, ValueError, EOFError, pickle.PickleError) as error:
            log.warning("a back-test failed", error=f"{type(error).__name__}: {error}"[:500])
            self.standing = Standing(asked, trouble="it could not be finished; the server's log says why. Try again")

    async def _answer(self, asked: Asked, wish: Wish) -> Report:
        worker = await process.start(WORKER)
        try:
            assert worker.stdin is not None and worker.stdout is not None
            work = pickle.dumps((self._url, wish))
            worker.stdin.write(json.dumps({"length": len(work)}).encode() + b"\n" + work)
            await worker.stdin.drain()
            while line := await worker.stdout.readline():
                said = json.loads(line)
                if "content" in said:
                    return await _report(worker.stdout, int(said["content"]))
                self.standing = Standing(asked, float(said["done"]), int(said["calls"]))
            raise ProcessLost(await process.last_words(worker))
        finally:
            await process.end(worker)


async def _report(answers: asyncio.StreamReader, length: int) -> Report:
    if not 0 < length <= LARGEST:
        raise ProcessLost("its report is too large")
    report: Report = pickle.loads(await answers.readexactly(length))  # noqa: S301  our own child wrote it
    return report
