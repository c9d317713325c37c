"""What the tests of connectors share: every test that asks for `db` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from functools import partial

import pytest

from crm_bridge.connectors.breaker import Breaker
from ledger.backoff import Backoff


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing wait long for its next try."""
    soon = Backoff(first=0.05, longest=0.2, attempts=1_000_000)
    monkeypatch.setattr("crm_bridge.connectors.fate.PAUSES", soon)
    monkeypatch.setattr("crm_bridge.connectors.receiver.Breaker", partial(Breaker, pauses=soon))
    monkeypatch.setattr("crm_bridge.connectors.following.GATHER", 0.01)
    monkeypatch.setattr("crm_bridge.connectors.following.GATHER_MEANWHILE", 0.05)
