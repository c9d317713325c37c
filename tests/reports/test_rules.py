"""The service level of the same calls under the rules of several systems, by hand."""

from __future__ import annotations

import pytest

from reports.rules import RULES, LineSums, Rule

#: Twenty callers: 10 answered, 6 of them in time; 5 gave up, 2 at once and 3 in time in all; 2 left a message, 1 went
#: on to another line, 1 failed; 1 still waits.
DAY = LineSums(
    offered=20, answered=10, abandoned=5, short=2, voicemail=2, overflowed=1, failed=1, waiting=1,
    within=6, abandoned_within=3,
)  # fmt: skip

BY_HAND = {
    "ours": 6 / 19,
    "asterisk": 6 / 10,
    "asterisk2": 9 / 15,
    "genesys": 6 / 13,
    "wazo": 6 / 10,
    "amazon": 9 / 19,
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_system_has_its_own_service_level(rule: Rule) -> None:
    assert DAY.imbalance == 0
    assert rule.level(DAY) == pytest.approx(BY_HAND[rule.name])
    assert rule.level(LineSums()) is None
    assert rule.level(LineSums(offered=3, waiting=3)) is None
