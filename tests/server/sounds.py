"""Sounds for tests of recordings: something that swells like a voice, as a file of the telephone's."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np


def voice(path: Path, seconds: float = 2.0, before: float = 0.0) -> None:
    """Write a swelling tone, after some silence."""
    path.parent.mkdir(parents=True, exist_ok=True)
    time = np.arange(int(seconds * 8000)) / 8000
    sound = np.sin(2 * np.pi * 300 * time) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * time)) * 6000
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(np.concatenate([np.zeros(int(before * 8000)), sound]).astype("<i2").tobytes())
