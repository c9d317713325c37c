"""What all tests with a whole server share: time, since several of them are under way at once."""

from __future__ import annotations

from pathlib import Path

import pytest

#: A test that waits longer than this has lost its way, seconds: its own waits end sooner and say what is missing.
LONGEST = 300


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give these tests more time than others, unless they say themselves how much they need."""
    here = Path(__file__).parent
    ours = {path for path in {item.path for item in items} if here in path.parents}
    for item in items:
        if item.path in ours and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(LONGEST))
