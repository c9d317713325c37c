"""What an admin of a large site waits for: check, tests, publishing, back-test; and do calls notice a publication.

The site has 500 menus, 2,000 tests and 10,000 prompts. Check and tests are counted in time of the processor, to which
their limits apply, and by the clock on the wall; publishing by the latter only. Which parts are measured can be chosen
by SWITCHROOM_BENCH_PARTS, with commas between them.
"""

from __future__ import annotations

import gc
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Final

import uvloop

from bench import _backtest, _big_site, _site_publish, _site_switch, _site_tests
from config.load import load_site
from server.terminal import log_to

#: The goal for reading and checking the whole site, seconds.
CHECK_SECONDS: Final = 1.0
#: Calls of the back-test.
CALLS: Final = 50_000

Figures = dict[str, float]


def checked(folder: Path, rounds: int = 5) -> Figures:
    """Read and check the site some times; the best round counts."""
    best = best_by_the_wall = float("inf")
    for _ in range(rounds):
        gc.collect()
        began, on_the_wall = process_time(), perf_counter()
        loaded = load_site(folder)
        best, best_by_the_wall = min(best, process_time() - began), min(best_by_the_wall, perf_counter() - on_the_wall)
        assert loaded.site is not None and not loaded.findings, [str(one) for one in loaded.findings[:3]]
    return {
        "check_seconds": best,
        "check_wall_seconds": best_by_the_wall,
        "check_limit_seconds": CHECK_SECONDS,
        "check_ok": float(best <= CHECK_SECONDS),
    }


def tested(folder: Path) -> Figures:
    """Run all tests of the site."""
    found = _site_tests.measure(folder)
    return {f"tests_{name}": value for name, value in found.items()} | {"tests_ok": float(found["ratio"] >= 1.0)}


def _published(here: Path, draft: Path) -> Figures:
    found = uvloop.run(_site_publish.measured(here, draft))
    slower = max(found["publish_seconds"], found["publish_by_command_seconds"])
    return found | {"publish_ok": float(slower <= _site_publish.LIMIT_SECONDS)}


def _backtested(here: Path) -> Figures:
    found = uvloop.run(_backtest.measured(here, int(os.environ.get("SWITCHROOM_BENCH_CALLS", CALLS))))
    return found | {"backtest_ok": float(found["backtest_calls_a_second"] >= _backtest.CALLS_A_SECOND)}


def _switched(here: Path) -> Figures:
    found = uvloop.run(_site_switch.measured(here))
    return found | {"switch_ok": float(found["switch_disturbed"] == found["switch_told_otherwise"] == 0.0)}


def run() -> Figures:
    """Return the figures; each part says whether it met its goal, and `ok` whether all did."""
    log_to(level="error")
    figures: Figures = {}
    with tempfile.TemporaryDirectory(prefix="switchroom-bench-") as folder:
        here = Path(folder)
        draft = here / "site"
        _big_site.write(draft)
        parts: dict[str, Callable[[], Figures]] = {
            "check": lambda: checked(draft),
            "tests": lambda: tested(draft),
            "publish": lambda: _published(here, draft),
            "backtest": lambda: _backtested(here),
            "switch": lambda: _switched(here),
        }
        chosen = os.environ.get("SWITCHROOM_BENCH_PARTS", ",".join(parts)).split(",")
        for name in chosen:
            figures |= parts[name]()
    return figures | {"ok": float(all(value for name, value in figures.items() if name.endswith("_ok")))}


if __name__ == "__main__":
    print(json.dumps({name: round(value, 3) for name, value in run().items()}, indent=1))
