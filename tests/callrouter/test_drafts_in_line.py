"""A drafted test in which the caller leaves a line by a key: it is pressed in the line, not in a menu before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from callrouter.menu_tests.drafts import draft_tests
from callrouter.menu_tests.run import run_tests
from config.schema import Site

#: The shortest way into the line is silence; the key that leaves it does something else in the menu before.
QUIET: dict[str, Any] = {
    "company": {"name": "Quiet", "timezone": "Europe/Vilnius"},
    "numbers": {"+370 5 200 0000": {"menu": "main"}},
    "menus": {"main": {"say": "For the order, press 1.", "keys": {"1": "order"}, "silence": {"tries": 2, "go": "line"},
                       "mistake": {"go": "line"}},
              "order": {"say": "Your order?", "go": "hangup"}},
    "departments": {"line": {"leave": {"1": {"voicemail": "line"}}}},
    "people": {"ann": {"name": "Ann", "phone": "101", "departments": ["line"]}},
}  # fmt: skip


def test_who_leaves_a_line_has_come_into_it() -> None:
    site = Site.model_validate(QUIET)
    found = draft_tests(site, run_tests(site).coverage, datetime(2026, 11, 24, 10, tzinfo=UTC))
    assert found.unreached == ()
    leaving = next(one for one in found.drafts if one.covers[0].branch == ("departments", "line", "leave", "1"))
    assert leaving.came.stops == ("department line", "voicemail line")
