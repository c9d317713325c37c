"""How many of a site's own tests are run in a second, and whether they pass."""

from __future__ import annotations

import gc
from pathlib import Path
from time import process_time

from callrouter.menu_tests.run import run_tests
from config.load import require_site

#: An admin who changes a menu at noon waits for every test of a large site, so they take a second.
LIMIT_PER_SECOND = 2_000.0


def measure(folder: Path, rounds: int = 3) -> dict[str, float]:
    """Run all tests of the site in a folder some times, in processor time; the best round counts.

    Raises AssertionError if a test fails: a wrong answer is never fast.
    """
    site = require_site(folder)
    best = 0.0
    for _ in range(rounds):
        gc.collect()
        began = process_time()
        report = run_tests(site)
        took = process_time() - began
        assert report.passed, [str(failure) for failure in report.failed[0].failures]
        best = max(best, len(report.results) / took)
    return {
        "tests": float(len(site.tests)),
        "per_second": best,
        "limit_per_second": LIMIT_PER_SECOND,
        "ratio": best / LIMIT_PER_SECOND,
    }
