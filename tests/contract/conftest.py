"""Every medium of the Conversation port, as fixtures."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.conversations import Agi, Attendant, Medium, simulated


@pytest.fixture(params=["simulator", "agi", "agi with HANGUP lines", "attendant"])
def medium(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Medium:
    """Every medium there is; no promise may depend on which."""
    media: dict[str, Medium] = {
        "simulator": simulated,
        "agi": Agi(tmp_path),
        "agi with HANGUP lines": Agi(tmp_path, hangup_lines=True),
        "attendant": Attendant(tmp_path, monkeypatch),
    }
    return media[request.param]


@pytest.fixture(params=["agi", "attendant"])
def telephone(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Medium:
    """The media on which somebody really speaks."""
    return Agi(tmp_path) if request.param == "agi" else Attendant(tmp_path, monkeypatch)
