"""Owns what the tests hear: recorded and synthetic speech, and everything that comes over a line and is none.

All at 8 kHz as float samples of ±32768, levels in dBFS; `record` brings it through G.711 into a file.
"""

from __future__ import annotations

import audioop
import struct
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray

from ivr.speech.recording import read_recording
from voicemail.sound.telephone_wav import RATE

Sound = NDArray[np.float64]
FULL = 32_768
KEYS = "123A456B789C*0#D"
_LOW, _HIGH = (697, 770, 852, 941), (1209, 1336, 1477, 1633)


def header(length: int, *, coding: int = 1, bits: int = 16, channels: int = 1, rate: int = RATE) -> bytes:
    """Return the 44 bytes that Asterisk writes before `length` bytes of samples."""
    frame = channels * bits // 8
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, coding, channels, rate, rate * frame, frame, bits)
    return struct.pack("<4sI4s", b"RIFF", 36 + length, b"WAVE") + form + struct.pack("<4sI", b"data", length)


def record(path: Path, sound: Sound) -> Path:
    """Bring a sound over a G.711 line into a file as Asterisk writes it."""
    ulaw = audioop.lin2ulaw(pcm(sound), 2)
    samples = audioop.ulaw2lin(ulaw, 2)
    path.write_bytes(header(len(samples)) + samples)
    return path


def pcm(sound: Sound) -> bytes:
    return np.clip(np.rint(sound), -FULL, FULL - 1).astype("<i2").tobytes()


def speech_samples() -> list[Path]:
    """List the recordings of people in nine languages that a package for tests carries."""
    spec = find_spec("pytest_audioeval")
    folders = spec.submodule_search_locations or [] if spec else []
    return sorted(path for folder in folders for path in (Path(folder) / "samples" / "audio").glob("*/*.wav"))


@cache
def spoken(name: str) -> Sound:
    """Return a recording such as ``en/counting`` at -20 dBFS."""
    path = next((path for path in speech_samples() if "/".join(path.with_suffix("").parts[-2:]) == name), None)
    if path is None:
        pytest.skip("the package pytest-audioeval, which carries recorded speech, is not installed")
    pcm = read_recording(path)
    values = np.frombuffer(pcm.samples, "<i2").astype(np.float64)
    return at_level(soxr.resample(values, pcm.rate, RATE, quality="HQ"), -20)


def at_level(speech: Sound, dbfs: float) -> Sound:
    """Bring speech to a level, measured where it is within 30 dB of its loudest 20 ms."""
    frames = speech[: len(speech) // 160 * 160].reshape(-1, 160)
    powers = np.square(frames).mean(axis=1)
    active = powers[powers >= powers.max() / 1000].mean()
    return speech * (FULL * 10 ** (dbfs / 20) / np.sqrt(active))


def silence(seconds: float) -> Sound:
    return np.zeros(int(seconds * RATE))


def between_pauses(sound: Sound) -> Sound:
    return np.concatenate([silence(0.5), sound, silence(0.5)])


def white(seconds: float, dbfs: float) -> Sound:
    return np.random.default_rng(1).standard_normal(int(seconds * RATE)) * FULL * 10 ** (dbfs / 20)


def pink(seconds: float, dbfs: float) -> Sound:
    count = int(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(2).standard_normal(count))
    noise = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.fft.rfftfreq(count, 1 / RATE), 20)), count)
    return noise * (FULL * 10 ** (dbfs / 20) / np.sqrt(np.square(noise).mean()))


def tone(seconds: float, *frequencies: float, dbfs: float = -10) -> Sound:
    t = np.arange(int(seconds * RATE)) / RATE
    mixed = sum((np.sin(2 * np.pi * frequency * t) for frequency in frequencies), np.zeros(len(t)))
    return mixed * FULL * 10 ** (dbfs / 20)


def dtmf(keys: str, on: float = 0.12, off: float = 0.1, dbfs: float = -10) -> Sound:
    parts = []
    for key in keys:
        row, column = divmod(KEYS.index(key), 4)
        parts += [tone(on, _LOW[row], _HIGH[column], dbfs=dbfs), silence(off)]
    return np.concatenate(parts)


def hum(seconds: float, frequency: float, dbfs: float) -> Sound:
    return sum((tone(seconds, frequency * k, dbfs=dbfs) / k for k in (1, 2, 3, 5, 7, 9)), silence(seconds))


def clicks(seconds: float) -> Sound:
    random = np.random.default_rng(3)
    sound = silence(seconds)
    for at in random.integers(0, len(sound) - 40, int(seconds * 5)):
        sound[at : at + random.integers(2, 40)] += random.choice([-1, 1]) * random.uniform(5_000, 32_000)
    return sound


def cadence(sound: Sound, pause: float, times: int) -> Sound:
    return np.tile(np.concatenate([sound, silence(pause)]), times)


def melody(seconds: float) -> Sound:
    """Play one tone after another, as a simple music on hold does."""
    steps = np.random.default_rng(5).integers(0, 24, int(seconds / 0.6))
    return np.concatenate([tone(0.6, 220 * 2 ** (step / 12), dbfs=-20) for step in steps])
