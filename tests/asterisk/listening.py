"""When a known prompt was heard in a recording of a call."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pbx.tones import read_wav

RATE = 8000
#: So much of the prompt's beginning is looked for, seconds.
_SAMPLE = 1.0
#: How alike the two must be, 1.0 being the same.
_ALIKE = 0.8


def when_heard(recording: Path, prompt: Path, after: float = 0.0) -> float | None:
    """Return the second of the recording at which the prompt (a path without suffix) begins; None if it does not.

    Looks from `after` seconds on.
    """
    heard = _samples(recording)[int(after * RATE) :]
    said = _samples(prompt.with_suffix(".wav"))
    loud = np.flatnonzero(np.abs(said) > 0.02)
    said = said[loud[0] :][: int(_SAMPLE * RATE)]
    if len(heard) < len(said):
        return None
    size = 1 << (len(heard) + len(said)).bit_length()
    found = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size)), size)[
        : len(heard) - len(said) + 1
    ]
    power = np.convolve(heard**2, np.ones(len(said)), "valid")
    alike = found / np.sqrt(np.maximum(power, 1e-6) * np.sum(said**2))
    best = np.flatnonzero(alike > _ALIKE)
    return None if not len(best) else after + float(best[0]) / RATE


def _samples(path: Path) -> np.ndarray:
    samples, rate = read_wav(path)
    assert rate == RATE, path
    return np.frombuffer(samples.tobytes(), "<i2").astype("float64") / 32_768
