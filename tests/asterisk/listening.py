"""When a known prompt was heard in a recording of a call."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

RATE = 8000
_HEAD = 44
#: So much of the prompt's beginning is looked for, seconds.
_SAMPLE = 1.0
#: How alike the two must be: 1.0 is the same, 0.7 the same with a packet lost, 0.3 another prompt.
_ALIKE = 0.5


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


def _samples(path: Path) -> npt.NDArray[np.float64]:
    """Read a WAV file of ours, also one that is still being written and has no lengths in its head yet."""
    content = path.read_bytes()[_HEAD:]
    return np.frombuffer(content[: len(content) // 2 * 2], "<i2").astype(np.float64) / 32_768
