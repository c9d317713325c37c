"""What a recording of a call holds: which steady tones, and when somebody spoke.

Pure arithmetic over WAV files (mono, 16 bit). Knows nothing of phones.
"""

from __future__ import annotations

import math
import wave
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

MAX_SECONDS: Final = 1800
"""Longest recording that is read, so that a forgotten one cannot fill the memory."""

SILENCE: Final = -120.0
"""The level, in dBFS, of nothing at all."""

_HEARING: Final = 0.05
_STEP: Final = 0.01
_SHARE: Final = 0.3
_AUDIBLE: Final = -45.0
_FULL: Final = 32768.0


class RecordingError(ValueError):
    """The file is not a recording that can be judged: not WAV, not mono 16 bit, or too long."""


def read_wav(path: Path) -> tuple[array[int], int]:
    """Read samples and rate; raises RecordingError. Blocks on the file."""
    try:
        with wave.open(str(path), "rb") as wav:
            if wav.getnchannels() != 1 or wav.getsampwidth() != 2:
                raise RecordingError("a recording is mono with 16 bits")
            rate = wav.getframerate()
            if wav.getnframes() > MAX_SECONDS * rate:
                raise RecordingError("the recording is too long")
            return array("h", wav.readframes(wav.getnframes())), rate
    except (wave.Error, EOFError) as error:
        raise RecordingError(f"not a WAV file: {error}") from error


def tone_power(samples: Sequence[int], rate: int, hz: float) -> float:
    """Return the mean power of one tone in the samples, by Goertzel's algorithm; a full-scale sine gives 0.5."""
    if not samples:
        return 0.0
    turn = 2.0 * math.cos(2.0 * math.pi * hz / rate)
    one, two = 0.0, 0.0
    for sample in samples:
        one, two = sample + turn * one - two, one
    magnitude = one * one + two * two - turn * one * two
    return 2.0 * magnitude / (len(samples) * _FULL) ** 2


def mean_power(samples: Sequence[int]) -> float:
    """Return the mean power of the samples; a full-scale sine gives 0.5."""
    if not samples:
        return 0.0
    return sum(sample * sample for sample in samples) / (len(samples) * _FULL**2)


def decibels(power: float) -> float:
    """Return a mean power as a level below a full-scale sine (dBFS)."""
    return max(SILENCE, 10.0 * math.log10(2.0 * power)) if power > 0.0 else SILENCE


def tone_levels(path: Path, hz: Sequence[float], window: float = _HEARING) -> dict[float, float]:
    """Return each tone's level in dBFS over the whole recording, listened to in windows of so many seconds."""
    samples, rate = read_wav(path)
    windows = list(_windows(samples, int(rate * window)))
    return {tone: decibels(sum(tone_power(part, rate, tone) for part in windows) / max(1, len(windows))) for tone in hz}


def seconds_heard(path: Path, hz: float) -> float:
    """Return for how long a steady tone was heard.

    A window of 50 ms counts when the tone is audible and holds at least 30 % of all power in it, so that it may be
    mixed with others, and when its neighbours agree (four in a row), so that a vowel is not taken for a tone.
    """
    samples, rate = read_wav(path)
    run = total = 0
    for part in _windows(samples, int(rate * _HEARING)):
        power = tone_power(part, rate, hz)
        if decibels(power) >= _AUDIBLE and power >= _SHARE * mean_power(part):
            run += 1
            total += 4 if run == 4 else 1 if run > 4 else 0
        else:
            run = 0
    return total * _HEARING


def hears(path: Path, hz: float, least_seconds: float = 0.5) -> bool:
    """Tell whether a steady tone was heard for at least so long."""
    return seconds_heard(path, hz) >= least_seconds


def segments(
    path: Path, threshold: float = -45.0, *, gap: float = 0.15, least: float = 0.03
) -> list[tuple[float, float]]:
    """List when there was sound: start and end in seconds, to 10 ms.

    Sound is what lies above `threshold` (dBFS); pauses shorter than `gap` belong to it, sounds shorter than `least`
    are clicks and left out.
    """
    samples, rate = read_wav(path)
    found: list[tuple[float, float]] = []
    for index, part in enumerate(_windows(samples, int(rate * _STEP))):
        if decibels(mean_power(part)) < threshold:
            continue
        start, end = index * _STEP, (index + 1) * _STEP
        if found and start - found[-1][1] < gap - _STEP / 2:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return [(round(start, 2), round(end, 2)) for start, end in found if end - start >= least - _STEP / 2]


def _windows(samples: array[int], size: int) -> Iterator[array[int]]:
    if size < 1:
        raise ValueError("the window holds no sample")
    for start in range(0, len(samples) - size + 1, size):
        yield samples[start : start + size]
