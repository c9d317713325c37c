"""How many calls of the journal a back-test leads through two sites in a second: a believable week, and a changed key.

Owns the site that those calls fit to. The journal is that of the reports' benchmark.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

from bench import _calls
from callrouter.backtest.run import Wish, backtest
from config.schema import Site
from ledger.database import Database

#: The goal, calls a second.
CALLS_A_SECOND: Final = 5_000.0
_AT_ONCE: Final = 2_000


def site(**keys: str) -> Site:
    """Return a site whose menu leads to the departments of the journal; `keys` lead elsewhere."""
    choices = {str(n): name for n, name in enumerate(_calls.DEPARTMENTS)} | {key[1:]: to for key, to in keys.items()}
    overflow = {"after": "120s", "go": "reception"}
    department = {"hours": "office", "closed": "after_hours", "overflow": overflow}
    content: dict[str, Any] = {
        "company": {"name": "Bench", "timezone": str(_calls.ZONE), "languages": ["lt", "en"]},
        "numbers": {number: {"menu": "main"} for number in _calls.NUMBERS},
        "hours": {"office": {"open": ["daily 07:00-21:00"], "holidays": "LT"}},
        "menus": {
            "main": {"say": "Welcome.", "keys": choices, "closed": {"hours": "office", "go": "after_hours"}},
            "after_hours": {"say": "We are closed.", "go": "hangup"},
        },
        "departments": dict.fromkeys(choices.values(), department),
    }
    return Site.model_validate(content)


async def measured(folder: Path, calls: int) -> dict[str, float]:
    """Tell so many calls to a journal, and measure a back-test of them."""
    async with await Database.open(folder / "backtest.db") as db:
        stories = []
        for story in _calls.week(calls):
            stories.append(story)
            if len(stories) == _AT_ONCE:
                await _calls.tell(db, stories)
                stories = []
        await _calls.tell(db, stories)
        period = _calls.period(2)
        wish = Wish(site(), site(_1="sales"), period.start, period.end)
        began, worked = time.perf_counter(), time.process_time()
        report = await backtest(db, wish)
        taken, work = time.perf_counter() - began, time.process_time() - worked
    assert report.total == calls and report.elsewhere, "calls are missing, or none noticed the other key"
    return {
        "backtest_calls": float(report.total),
        "backtest_elsewhere": float(report.elsewhere),
        "backtest_not_known": float(report.not_known),
        "backtest_scripts": float(report.scripts),
        "backtest_calls_a_second": report.total / taken,
        "backtest_calls_a_second_of_the_processor": report.total / work,
    }
