"""The formulas of the figures of menus, each with its definition. Pure; `metrics` has those of calls and of lines."""

from __future__ import annotations

from collections.abc import Iterable

from reports.model import Step

STEPS = (Step("main", "1", "menu billing"), Step("billing", "", "menu billing"), Step("billing", "", ""))


def count_visits(steps: Iterable[Step], menu: str) -> int:
    """Count the visits of a menu.

    Formula: number of times that callers came to it. Unit: visits; who comes back visits it twice, so there may be more
    than callers. Exclusions: none; who heard only its beginning has visited it.

    >>> count_visits(STEPS, "billing")
    2
    """
    return sum(step.menu == menu for step in steps)


def count_left_there(steps: Iterable[Step], menu: str) -> int:
    """Count the visits that ended the call: the caller hung up in the menu.

    Formula: number of visits that led nowhere. Unit: visits. Exclusions: calls that the menu itself ended.

    >>> count_left_there(STEPS, "billing")
    1
    """
    return sum(step.menu == menu and not step.to for step in steps)


def count_without_key(steps: Iterable[Step], menu: str) -> int:
    """Count the visits in which no key was pressed: the caller waited, spoke, or hung up.

    Formula: number of visits without keys. Unit: visits. Exclusions: none; those who left there are among them.

    >>> count_without_key(STEPS, "billing"), count_without_key(STEPS, "main")
    (2, 0)
    """
    return sum(step.menu == menu and not step.keys for step in steps)
