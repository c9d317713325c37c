"""The ear of the tests: which prompt a recording holds, also where a busy machine dropped or repeated some of it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.asterisk.listening import RATE, when_heard

Sound = npt.NDArray[np.float64]
#: What a phone drops or repeats at once, samples.
PACKET = RATE // 50


def spoken(seed: int, seconds: float = 3.0) -> Sound:
    """Make something that is like itself only: noise of changing loudness, with a pause in it."""
    sound: Sound = np.random.default_rng(seed).normal(0.0, 0.1, int(seconds * RATE))
    sound *= 0.6 + 0.4 * np.sin(np.arange(len(sound)) / 900)
    sound[int(1.2 * RATE) : int(1.6 * RATE)] = 0.0
    return sound


def write(path: Path, sound: Sound, *, closed: bool = True) -> Path:
    """Write a WAV file; one that is still written to knows no lengths yet."""
    samples = (np.clip(sound, -1, 1) * 32_767).astype("<i2").tobytes()
    size = len(samples) if closed else 0
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16,
                       b"data", size)  # fmt: skip
    path.write_bytes(head + samples)
    return path


def every(packets: int, change: Callable[[Sound], list[Sound]]) -> Callable[[Sound], Sound]:
    """Do something to one packet of so many."""

    def changed(sound: Sound) -> Sound:
        cut = [sound[at : at + PACKET] for at in range(0, len(sound), PACKET)]
        return np.concatenate(
            [part for n, one in enumerate(cut) for part in (change(one) if n % packets == 5 else [one])]
        )

    return changed


WAYS: dict[str, Callable[[Sound], Sound]] = {
    "as it was said": lambda sound: sound,
    "one packet of twenty is lost": every(20, lambda packet: []),
    "one packet of twenty comes twice": every(20, lambda packet: [packet, packet]),
    "one packet of twenty is silence": every(20, lambda packet: [packet * 0]),
    "the beginning was missed": lambda sound: sound[RATE // 2 :],
    "softly": lambda sound: sound / 4,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("closed", [True, False], ids=["closed", "still written"])
def test_a_prompt_is_heard(tmp_path: Path, way: Callable[[Sound], Sound], closed: bool) -> None:
    write(tmp_path / "prompt.wav", spoken(1))
    said = np.concatenate([np.zeros(2 * RATE), spoken(2), way(spoken(1)), spoken(3)])
    begins = when_heard(write(tmp_path / "heard.wav", said, closed=closed), tmp_path / "prompt")
    assert begins is not None
    assert abs(begins - (4.5 if len(way(spoken(1))) == len(spoken(1)) - RATE // 2 else 5.0)) < 0.1
    assert when_heard(tmp_path / "heard.wav", tmp_path / "prompt", after=begins + 1.5) is None


def test_another_prompt_is_not_heard(tmp_path: Path) -> None:
    write(tmp_path / "prompt.wav", spoken(1))
    heard = write(tmp_path / "heard.wav", np.concatenate([spoken(2), spoken(3), np.zeros(RATE)]))
    assert when_heard(heard, tmp_path / "prompt") is None
    assert when_heard(write(heard, np.zeros(100)), tmp_path / "prompt") is None


def test_less_than_half_of_a_prompt_is_not_the_prompt(tmp_path: Path) -> None:
    write(tmp_path / "prompt.wav", spoken(1))
    heard = write(tmp_path / "heard.wav", np.concatenate([spoken(2), spoken(1)[: int(1.2 * RATE)], spoken(3)]))
    assert when_heard(heard, tmp_path / "prompt") is None
