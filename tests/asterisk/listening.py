"""Which known prompt was heard in a recording of a call, and when."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float64]

RATE = 8000
_HEAD = 44
#: The prompt is looked for in pieces of so many seconds, since a phone drops or repeats 20 ms here and there ...
_PIECE = 0.25
_SIZE = int(_PIECE * RATE)
#: ... each of which must be so alike (1.0 is the same, 0.7 nearly the same words), ...
_ALIKE = 0.8
#: ... and most of which must be where they belong, give or take so many seconds.
_LOOSE = 0.1


def when_heard(recording: Path, prompt: Path, after: float = 0.0) -> float | None:
    """Return the second of the recording at which the prompt (a path without suffix) begins; None if it does not.

    Looks from `after` seconds on. A beginning that was missed, as by a phone that has just answered, is no obstacle.
    """
    heard = _samples(recording)[int(after * RATE) :]
    if len(heard) < _SIZE:
        return None
    pieces_of_it = enumerate(_pieces(prompt))
    begins = [np.flatnonzero(_likeness(heard, piece) > _ALIKE) / RATE - place * _PIECE for place, piece in pieces_of_it]
    for begin in sorted(np.concatenate(begins)):
        pieces = sum(bool(np.any(np.abs(found - begin) < _LOOSE)) for found in begins)
        if pieces >= max(2, 0.6 * len(begins)):
            return after + float(begin)
    return None


def most_heard(recording: Path, prompts: Mapping[str, Path]) -> str:
    """Return the name of the prompt that the recording holds most of, piece by piece."""
    heard = _samples(recording)

    def share(name: str) -> float:
        return float(np.mean([np.max(_likeness(heard, piece)) for piece in _pieces(prompts[name])]))

    return max(prompts, key=share)


def _pieces(prompt: Path) -> list[Samples]:
    said = _samples(prompt.with_suffix(".wav"))
    loud = np.flatnonzero(np.abs(said) > 0.02)
    said = said[loud[0] : loud[-1]]
    return [said[offset : offset + _SIZE] for offset in range(0, len(said) - _SIZE + 1, _SIZE)]


def _likeness(heard: Samples, piece: Samples) -> Samples:
    """Return for each place of what was heard how like the piece it is there."""
    size = 1 << (len(heard) + len(piece)).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(piece, size))
    together = np.fft.irfft(spectrum, size)[: len(heard) - len(piece) + 1]
    power = np.convolve(heard**2, np.ones(len(piece)), "valid")
    alike: Samples = together / np.sqrt(np.maximum(power, 1e-4) * max(float(np.sum(piece**2)), 1e-4))
    return alike


def _samples(path: Path) -> Samples:
    """Read a WAV file of ours, also one that is still being written and has no lengths in its head yet."""
    content = path.read_bytes()[_HEAD:]
    return np.frombuffer(content[: len(content) // 2 * 2], "<i2").astype(np.float64) / 32_768
