"""What the tests of the server share: an office in which one publishes, and nothing is spoken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server import live_site
from tests.server.fake_store import FakeStore
from tests.server.web.publishing import Bureau, open_bureau


@pytest.fixture
def voices(monkeypatch: pytest.MonkeyPatch) -> FakeStore:
    """Keep sounds in memory: nothing is spoken."""
    store = FakeStore()
    monkeypatch.setattr(live_site, "PromptStore", lambda *_given, **_named: store)
    return store


@pytest.fixture
async def bureau(tmp_path: Path, voices: FakeStore) -> AsyncIterator[Bureau]:
    """Open an office with a draft and a first version."""
    async with open_bureau(tmp_path) as opened:
        yield opened
