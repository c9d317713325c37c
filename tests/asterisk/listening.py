"""Which known prompt was heard in a recording of a call, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float64]

RATE = 8000
_HEAD = 44
#: The prompt is looked for in pieces of so many seconds, since a phone drops or repeats 20 ms here and there, on a busy
#: machine several times in a second ...
_PIECE = 0.125
_SIZE = int(_PIECE * RATE)
#: ... each of which must be so alike (1.0 is the same, 0.7 nearly the same words), ...
_ALIKE = 0.8
#: ... and most of which must follow each other as they do in the prompt, give or take so many seconds for each: what is
#: dropped or repeated on the way moves all that comes after it.
_LOOSE = 0.1
#: Softer than this a piece is a pause, which is like every other.
_PAUSE = 0.01


def when_heard(recording: Path, prompt: Path, after: float = 0.0) -> float | None:
    """Return the second of the recording at which the prompt (a path without suffix) begins; None if it does not.

    Looks from `after` seconds on. A beginning that was missed, as by a phone that has just answered, is no obstacle.
    """
    heard = _samples(recording)[int(after * RATE) :]
    if len(heard) < _SIZE:
        return None
    pieces = _pieces(prompt)
    places = [place for place, _ in pieces]
    alike = _likeness(heard, [piece for _, piece in pieces])
    begins = [np.flatnonzero(like > _ALIKE) / RATE - place * _PIECE for place, like in zip(places, alike, strict=True)]
    least = max(2, 0.6 * len(pieces))
    for begin, number in sorted((float(begin), number) for number, found in enumerate(begins) for begin in found):
        if _followed(begin, places[number:], begins[number:]) >= least:
            return after + begin
    return None


def is_heard(recording: Path, prompt: Path) -> bool:
    """Tell whether a recording, which may hardly have begun, has the prompt already."""
    return recording.exists() and when_heard(recording, prompt) is not None


def _followed(begin: float, places: Sequence[int], begins: Sequence[Samples]) -> int:
    """Count the pieces that follow each other from a first one on; each tells anew where the prompt would begin."""
    count, last = 0, places[0]
    for place, found in zip(places, begins, strict=True):
        near = found[np.abs(found - begin) <= _LOOSE * max(1, place - last)]
        if near.size:
            begin, last = float(near[np.argmin(np.abs(near - begin))]), place
            count += 1
    return count


def most_heard(recording: Path, prompts: Mapping[str, Path]) -> str:
    """Return the name of the prompt that the recording holds most of, piece by piece."""
    heard = _samples(recording)

    def share(name: str) -> float:
        return float(
            np.mean([np.max(like) for like in _likeness(heard, [piece for _, piece in _pieces(prompts[name])])])
        )

    return max(prompts, key=share)


def _pieces(prompt: Path) -> list[tuple[int, Samples]]:
    """Cut a prompt into pieces, each with its place in it; pauses are left out."""
    said = _samples(prompt.with_suffix(".wav"))
    loud = np.flatnonzero(np.abs(said) > 0.02)
    said = said[loud[0] : loud[-1]]
    cut = (said[offset : offset + _SIZE] for offset in range(0, len(said) - _SIZE + 1, _SIZE))
    return [(place, piece) for place, piece in enumerate(cut) if np.sqrt(np.mean(piece**2)) > _PAUSE]


def _likeness(heard: Samples, pieces: Sequence[Samples]) -> Iterator[Samples]:
    """Return for each piece, and for each place of what was heard, how like the piece it is there."""
    size = 1 << (len(heard) + _SIZE).bit_length()
    spectrum = np.fft.rfft(heard, size)
    sums = np.concatenate(([0.0], np.cumsum(heard**2)))
    power = np.maximum(sums[_SIZE:] - sums[:-_SIZE], 1e-4)
    for piece in pieces:
        together = np.fft.irfft(spectrum * np.conj(np.fft.rfft(piece, size)), size)[: len(power)]
        yield together / np.sqrt(power * max(float(np.sum(piece**2)), 1e-4))


def _samples(path: Path) -> Samples:
    """Read a WAV file of ours, also one that is still being written and has no lengths in its head yet."""
    content = path.read_bytes()[_HEAD:]
    return np.frombuffer(content[: len(content) // 2 * 2], "<i2").astype(np.float64) / 32_768
