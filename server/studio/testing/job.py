"""Runs the draft's tests beside the event loop, for the pages and for publishing: a few in a thread, many in a process.

Owns how far a run is and the last report. What the tests say is decided by them, what is shown by the pages.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import partial

import structlog

from callrouter.menu_tests.run import Coverage, RunTooLong, TestReport, run_tests
from config.schema import Site

log = structlog.get_logger(__name__)

#: More tests than these get a process of their own, so that calls are not kept waiting.
FEW = 100
#: So many are run in one go; between two goes the page can be told how far it is.
A_GO = 250
#: So long may all of them take, seconds.
LONGEST = 150.0
#: Calls on the same machine go before a process of tests.
POLITENESS = 5
BROKEN_OFF = "they were broken off"


@dataclass
class Standing:
    """How a run of one version's tests stands; `trouble` says why there is no report."""

    version: str
    count: int
    done: int = 0
    report: TestReport | None = None
    trouble: str = ""
    #: So many wait for its end, and another version's run does not end it.
    awaited: int = field(default=0, repr=False)

    @property
    def is_running(self) -> bool:
        """Tell whether it is under way."""
        return self.report is None and not self.trouble


class TestsJob:
    """The run of the version that was asked for last: under way, or ended.

    A result is good for as long as the server runs: of the same site the same program makes the same.
    """

    __test__ = False  # for pytest, which takes every class of such a name for its own

    def __init__(self) -> None:
        self.standing: Standing | None = None
        self._task: asyncio.Task[None] | None = None
        #: The run under way, and those of other versions that somebody waits for.
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, site: Site) -> Standing:
        """Run the tests of this version, unless that was done or is under way; another's run ends if nobody waits."""
        if self.standing is None or self.standing.version != site.version:
            self.forget()
            self.standing = Standing(site.version, len(site.tests))
            self._task = asyncio.create_task(self._run(site, self.standing), name="menu tests")
            self._tasks.add(self._task)
            self._task.add_done_callback(partial(self._ended, self.standing))
        return self.standing

    async def known(self, site: Site) -> TestReport | None:
        """Return how the tests of this version came out, once their run is over; None where none was begun or ended."""
        standing, task = self.standing, self._task
        if standing is None or standing.version != site.version or task is None:
            return None
        standing.awaited += 1
        try:
            await asyncio.wait({task})
        finally:
            standing.awaited -= 1
            if standing is not self.standing and not standing.awaited:
                task.cancel()
        return standing.report

    def forget(self) -> None:
        """Have the next start run the tests again."""
        if self._task is not None and self.standing is not None and not self.standing.awaited:
            self._task.cancel()
        self.standing = None

    async def wait(self, seconds: float) -> None:
        """Wait until the run is over, but not longer than this."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=seconds)

    def close(self) -> None:
        """End every run under way."""
        for task in self._tasks:
            task.cancel()

    def _ended(self, standing: Standing, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():  # perhaps before it began
            standing.trouble = BROKEN_OFF

    async def _run(self, site: Site, standing: Standing) -> None:
        many = len(site.tests) > FEW
        pool: Executor
        if many:
            spawn = multiprocessing.get_context("spawn")
            pool = ProcessPoolExecutor(1, spawn, initializer=_keep, initargs=(site,))
        else:
            pool = ThreadPoolExecutor(1)
        loop, reports = asyncio.get_running_loop(), list[TestReport]()
        try:
            async with asyncio.timeout(LONGEST):
                for names in _goes(site):
                    work = (_run_kept, names) if many else (run_tests, site, names)
                    reports.append(await loop.run_in_executor(pool, *work))
                    standing.done += len(names)
            standing.report = _joined(reports)
        except (TimeoutError, RunTooLong):
            standing.trouble = f"the {len(site.tests)} tests take too long: look for one that waits for hours"
        except BrokenProcessPool:
            standing.trouble = "the process in which they ran has died: run them again"
        except Exception as fault:  # not foreseen; whoever looks at the page must be told
            log.exception("the menu tests broke off", kind=type(fault).__name__)
            standing.trouble = "something went wrong that nobody foresaw; the log has it"
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


_KEPT: list[Site] = []


def _keep(site: Site) -> None:
    """Keep the site in the process that was made for it."""
    os.nice(POLITENESS)
    _KEPT[:] = [site]


def _run_kept(names: tuple[str, ...]) -> TestReport:
    return run_tests(_KEPT[0], names)


def _goes(site: Site) -> Iterator[tuple[str, ...]]:
    """Yield the names of the tests of each go; a site without tests has one go, of none."""
    names = [test.name for test in site.tests]
    yield from (tuple(names[begin : begin + A_GO]) for begin in range(0, max(1, len(names)), A_GO))


def _joined(reports: list[TestReport]) -> TestReport:
    covered = frozenset[tuple[str | int, ...]]().union(*(report.coverage.covered for report in reports))
    return TestReport(
        tuple(result for report in reports for result in report.results),
        Coverage(reports[0].coverage.spots, covered),
        sum(report.seconds for report in reports),
    )
