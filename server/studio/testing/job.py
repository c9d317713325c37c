"""Runs the draft's tests beside the event loop: a few in a thread, many in a process, one run at a time.

Owns how far a run is and the last report. What the tests say is decided by them, what is shown by the page.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

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


@dataclass
class Standing:
    """How a run of one version's tests stands; `trouble` says why there is no report."""

    version: str
    count: int
    done: int = 0
    report: TestReport | None = None
    trouble: str = ""

    @property
    def is_running(self) -> bool:
        """Tell whether it is under way."""
        return self.report is None and not self.trouble


class TestsJob:
    """The run under way, or the last one that ended."""

    __test__ = False  # for pytest, which takes every class of such a name for its own

    def __init__(self) -> None:
        self.standing: Standing | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self, site: Site) -> Standing:
        """Run the tests of this version, unless that was done or is under way; another version's run is ended."""
        if self.standing is None or self.standing.version != site.version:
            self.close()
            self.standing = Standing(site.version, len(site.tests))
            self._task = asyncio.create_task(self._run(site, self.standing), name="menu tests")
        return self.standing

    def forget(self) -> None:
        """Have the next start run the tests again."""
        self.close()
        self.standing = None

    async def wait(self, seconds: float) -> None:
        """Wait until the run is over, but not longer than this."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=seconds)

    def close(self) -> None:
        """End the run under way."""
        if self._task is not None:
            self._task.cancel()

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
