"""Hearing tones and speech in recordings, on sounds made here."""

from __future__ import annotations

import math
import random
import wave
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.tones import (
    SILENCE,
    RecordingError,
    decibels,
    hears,
    mean_power,
    seconds_heard,
    segments,
    tone_levels,
    tone_power,
)

RATE = 8000
Sound = list[float]


def tone(hz: float, seconds: float, level: float = 0.3) -> Sound:
    return [level * math.sin(2 * math.pi * hz * n / RATE) for n in range(int(seconds * RATE))]


def quiet(seconds: float) -> Sound:
    return [0.0] * int(seconds * RATE)


def noise(seconds: float, level: float = 0.3) -> Sound:
    source = random.Random(1)
    return [level * source.uniform(-1, 1) for _ in range(int(seconds * RATE))]


def speech(seconds: float) -> Sound:
    """Something like vowels: harmonics of a voice whose pitch glides, in syllables."""
    at = np.arange(int(seconds * RATE)) / RATE
    phase = np.cumsum(2 * np.pi * (130 + 25 * np.sin(2 * np.pi * 1.7 * at)) / RATE)
    syllable = np.maximum(0.0, np.sin(2 * np.pi * 3 * at))
    sound: Sound = (0.15 * syllable * sum(np.sin(k * phase) / k for k in range(1, 12))).tolist()
    return sound


def mixed(*sounds: Sound) -> Sound:
    return [sum(parts) for parts in zip(*sounds, strict=True)]


def as_ulaw(sound: Sound) -> Sound:
    """Through G.711 and back, by its formula."""

    def squeeze(x: float) -> float:
        y = math.copysign(math.log1p(255 * min(1.0, abs(x))) / math.log(256), x)
        y = round(y * 127) / 127
        return math.copysign((256 ** abs(y) - 1) / 255, y)

    return [squeeze(x) for x in sound]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Sound], Path]:
    def write(sound: Sound) -> Path:
        path = tmp_path / "sound.wav"
        with wave.open(str(path), "wb") as wav:
            wav.setnchannels(1)
            wav.setsampwidth(2)
            wav.setframerate(RATE)
            wav.writeframes(array("h", [round(max(-1, min(1, x)) * 32767) for x in sound]).tobytes())
        return path

    return write


@pytest.mark.parametrize(
    ("sound", "heard"),
    [
        (tone(440, 1.0), True),
        (as_ulaw(tone(440, 1.0)), True),
        (as_ulaw(tone(440, 1.0, 0.02)), True),
        (quiet(0.7) + tone(440, 0.6) + quiet(0.2), True),
        (mixed(tone(440, 1.0, 0.2), tone(700, 1.0, 0.2)), True),
        (mixed(tone(440, 1.0), noise(1.0, 0.2)), True),
        (speech(1.0) + tone(440, 0.8), True),
        (tone(440, 0.3) + quiet(1.0), False),
        (tone(440, 1.0, 0.001), False),
        (tone(480, 1.0), False),
        (speech(8.0), False),
        (noise(2.0), False),
        (quiet(2.0), False),
        ([], False),
    ],
    ids=[
        "plain", "through G.711", "faint through G.711", "late", "two parties at once", "with noise", "after a prompt",
        "too short", "too faint", "another tone", "speech only", "noise", "silence", "nothing",
    ],
)  # fmt: skip
def test_a_steady_tone_is_told_from_everything_else(write: Callable[[Sound], Path], sound: Sound, heard: bool) -> None:
    assert hears(write(sound), 440, 0.5) is heard


def test_the_time_a_tone_was_heard(write: Callable[[Sound], Path]) -> None:
    path = write(tone(440, 1.0) + tone(550, 0.5) + quiet(0.5) + tone(440, 0.5))
    assert seconds_heard(path, 440) == pytest.approx(1.5, abs=0.05)
    assert seconds_heard(path, 550) == pytest.approx(0.5, abs=0.05)


def test_levels_are_measured_against_a_full_scale_sine(write: Callable[[Sound], Path]) -> None:
    levels = tone_levels(write(tone(440, 1.0, 0.1)), (440, 700))
    assert levels[440] == pytest.approx(-20, abs=0.2)
    assert levels[700] < -60


@given(st.lists(st.integers(-32768, 32767), min_size=8, max_size=200), st.floats(100, 3900))
def test_a_tone_never_holds_more_than_twice_what_is_there(samples: Sequence[int], hz: float) -> None:
    """Twice, because the few samples of a short window may lie on the peaks of the sine."""
    assert 0 <= tone_power(samples, RATE, hz) <= 2 * mean_power(samples) + 1e-9


def test_silence_has_a_level_too() -> None:
    assert decibels(0.0) == SILENCE
    assert decibels(0.5) == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("sound", "expected"),
    [
        (quiet(1.0), []),
        (quiet(0.5) + speech(0.1) + quiet(0.4), [(0.5, 0.6)]),
        (quiet(0.2) + tone(440, 0.3) + quiet(0.3) + tone(440, 0.2), [(0.2, 0.5), (0.8, 1.0)]),
        (tone(440, 0.2) + quiet(0.1) + tone(440, 0.2), [(0.0, 0.5)]),
        (quiet(0.3) + tone(440, 0.01) + quiet(0.3), []),
    ],
    ids=["silence", "a syllable", "two prompts", "a pause within one", "a click"],
)
def test_segments_begin_and_end_to_the_hundredth(
    write: Callable[[Sound], Path], sound: Sound, expected: list[tuple[float, float]]
) -> None:
    found = segments(write(sound))
    assert len(found) == len(expected)
    for got, want in zip(found, expected, strict=True):
        assert got == pytest.approx(want, abs=0.011)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"no sound at all" * 10], ids=["empty", "half", "other"])
def test_what_is_no_recording_is_said_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.wav"
    path.write_bytes(content)
    with pytest.raises(RecordingError):
        segments(path)


def test_stereo_is_refused(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "two.wav"), "wb") as wav:
        wav.setnchannels(2)
        wav.setsampwidth(2)
        wav.setframerate(RATE)
        wav.writeframes(bytes(400))
    with pytest.raises(RecordingError):
        hears(tmp_path / "two.wav", 440)
