"""How many of a site's own tests are run in a second, and whether they pass."""

from __future__ import annotations

import gc
from pathlib import Path
from time import perf_counter, process_time

from callrouter.menu_tests.run import run_tests
from config.load import require_site

#: An admin who changes a menu at noon waits for every test of a large site, so they take a second.
LIMIT_PER_SECOND = 2_000.0


def measure(folder: Path, rounds: int = 3) -> dict[str, float]:
    """Run all tests of a site some times, in processor time and by the clock on the wall; the best round counts.

    Raises AssertionError if a test fails: a wrong answer is never fast.
    """
    site = require_site(folder)
    best = best_by_the_wall = 0.0
    for _ in range(rounds):
        gc.collect()
        began, on_the_wall = process_time(), perf_counter()
        report = run_tests(site)
        took, waited = process_time() - began, perf_counter() - on_the_wall
        assert report.passed, [str(failure) for failure in report.failed[0].failures]
        best = max(best, len(report.results) / took)
        best_by_the_wall = max(best_by_the_wall, len(report.results) / waited)
    return {
        "tests": float(len(site.tests)),
        "per_second": best,
        "per_wall_second": best_by_the_wall,
        "limit_per_second": LIMIT_PER_SECOND,
        "ratio": best / LIMIT_PER_SECOND,
    }
