"""What all tests share: quick ones first, real Asterisk and browsers last."""

from __future__ import annotations

import pytest

#: Later in the list runs later.
ORDER = ("", "postgres", "browser", "asterisk")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what is quick first, so that a mistake is known early."""

    def rank(item: pytest.Item) -> int:
        return max((ORDER.index(mark.name) for mark in item.iter_markers() if mark.name in ORDER), default=0)

    items.sort(key=rank)
