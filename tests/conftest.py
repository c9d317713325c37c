"""What all tests share: quick ones first, real Asterisk and browsers last."""

from __future__ import annotations

import asyncio

import pytest

#: Later in the list runs later.
ORDER = ("", "postgres", "browser", "asterisk")


def pytest_configure() -> None:
    """Let nobody get an event loop by the way.

    pytest-asyncio 1.5 asks for "the loop before" its own; Python then makes one that nobody closes, and the
    ResourceWarning strikes whichever test is running when it is collected. None is an answer as well.
    """
    asyncio.set_event_loop(None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what is quick first, so that a mistake is known early."""

    def rank(item: pytest.Item) -> int:
        return max((ORDER.index(mark.name) for mark in item.iter_markers() if mark.name in ORDER), default=0)

    items.sort(key=rank)
