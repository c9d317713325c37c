"""Runs the site's own tests by the live reception on virtual time, and says what they cover.

    report = run_tests(site)                    # blocks: thousands a second; on an event loop use asyncio.to_thread
    report.passed, report.failed, report.results, report.coverage

Owns the run and its report as values; how they are shown is decided above.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from itertools import groupby

from callrouter.menu_tests.judging import Failure, failures
from callrouter.menu_tests.spots import Ledger, Spot, spots
from callrouter.rehearsal.call import Duration, Rehearsal, rehearse
from callrouter.rehearsal.finish import finish
from callrouter.rehearsal.situation import Situation, Stage
from config.schema import Site
from config.site_tests import SiteTest
from ivr.simulator import Press, guess_duration, script

#: A run that takes longer than this is given up, seconds.
LONGEST_RUN = 120.0
#: After so many tests it is told how far the run is.
TOLD_EVERY = 50
#: Where no test says when it calls, hours are looked at from here on.
_SINCE = datetime(2026, 1, 5, 12, tzinfo=UTC)

#: Is told how many tests were run of how many; raising ends the run.
Progress = Callable[[int, int], object]


class RunTooLong(Exception):
    """The tests take too long; run some of them by name."""


@dataclass(frozen=True)
class TestResult:
    """What came of one test. `index` is its place among the site's tests."""

    __test__ = False  # for pytest, which takes every class of such a name for its own

    index: int
    test: SiteTest
    failures: tuple[Failure, ...]
    outcome: str
    destination: str

    @property
    def passed(self) -> bool:
        """Tell whether all came as expected."""
        return not self.failures


@dataclass(frozen=True)
class Coverage:
    """What of the site the tests went through."""

    spots: tuple[Spot, ...]
    covered: frozenset[tuple[str | int, ...]]

    @cached_property
    def uncovered(self) -> tuple[Spot, ...]:
        """What no test went through."""
        return tuple(spot for spot in self.spots if spot.branch not in self.covered)

    @property
    def share(self) -> float:
        """How much of all is covered, between 0 and 1; of nothing, all."""
        return 1.0 - len(self.uncovered) / len(self.spots) if self.spots else 1.0

    @cached_property
    def by_owner(self) -> tuple[tuple[str, tuple[Spot, ...]], ...]:
        """The spots of each number, menu, department, …, in the site's order."""
        return tuple((owner, tuple(group)) for owner, group in groupby(self.spots, lambda spot: spot.owner))

    def has(self, spot: Spot) -> bool:
        """Tell whether a test went through it."""
        return spot.branch in self.covered


@dataclass(frozen=True)
class TestReport:
    """What came of all tests. `asked` says that only some were run, which says little about coverage."""

    __test__ = False

    results: tuple[TestResult, ...]
    coverage: Coverage
    seconds: float
    asked: bool = False

    @cached_property
    def failed(self) -> tuple[TestResult, ...]:
        """The tests that did not pass."""
        return tuple(result for result in self.results if not result.passed)

    @property
    def passed(self) -> bool:
        """Tell whether no test failed."""
        return not self.failed


def run_tests(
    site: Site,
    only: Collection[str] = (),
    *,
    duration: Duration = guess_duration,
    progress: Progress | None = None,
) -> TestReport:
    """Run the site's tests, or only those of these names, and return what came of them.

    Raises `RunTooLong` after two minutes, and what `progress` raises. Must not be called where an event loop runs.
    """
    return finish(_run(site, only, duration, progress))


async def _run(site: Site, only: Collection[str], duration: Duration, progress: Progress | None) -> TestReport:
    began, stage, ledger = time.monotonic(), Stage(site), Ledger(site)
    tests = [(index, test) for index, test in enumerate(site.tests) if not only or test.name in only]
    results: list[TestResult] = []
    for number, (index, test) in enumerate(tests):
        if number % TOLD_EVERY == 0:
            if time.monotonic() - began > LONGEST_RUN:
                raise RunTooLong
            if progress is not None:
                progress(number, len(tests))
        rehearsed = await rehearse_test(stage, test, duration)
        ledger.add(rehearsed)
        results.append(
            TestResult(index, test, failures(test.expect, rehearsed), rehearsed.outcome, rehearsed.destination)
        )
    coverage = Coverage(spots(site, since(site)), frozenset(ledger.covered))
    return TestReport(tuple(results), coverage, time.monotonic() - began, bool(only))


async def rehearse_test(stage: Stage, test: SiteTest, duration: Duration = guess_duration) -> Rehearsal:
    """Rehearse the call of one test; that of the same site and test comes out the same every time."""
    return await rehearse(stage, situation_of(stage.site, test), duration=duration)


def situation_of(site: Site, test: SiteTest) -> Situation:
    """Return the call that a test describes."""
    return Situation(
        to=test.call.to,
        at=test.moment(site.company.zone),
        caller=test.call.caller,
        presses=_script(test.press),
        hangs_up=test.hang_up,
        speaks=test.speaks,
        is_fax=test.call.fax,
        logged_in=test.logged_in,
        busy=test.busy,
        away=test.away,
        waiting=test.waiting,
    )


def since(site: Site) -> datetime:
    """Return from when on the hours are looked at: the first moment at which a test calls."""
    zone = site.company.zone
    return min((test.moment(zone).astimezone(UTC) for test in site.tests), default=_SINCE)


@lru_cache(maxsize=4096)  # the same few keys, in test after test
def _script(text: str) -> tuple[Press, ...]:
    return script(text)
