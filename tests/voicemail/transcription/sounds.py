"""Makes what the tests listen to: WAV files with heads of any kind, speech, tones and silence."""

from __future__ import annotations

import struct
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from ivr.speech.choose import load

PCM, FLOAT, ALAW, ULAW = 1, 3, 6, 7
Samples = NDArray[np.float32]


def head(
    coding: int = PCM, bits: int = 16, *, rate: int = 8_000, channels: int = 1, data: int = 0, extra: bytes = b""
) -> bytes:
    """Write the head of a WAV file that says there are `data` bytes of sound."""
    frame = channels * bits // 8
    form = struct.pack("<HHIIHH", coding, channels, rate, rate * frame, frame, bits) + extra
    size = struct.pack("<I", 36 + len(extra) + data & 0xFFFFFFFF)
    return b"RIFF" + size + b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", data)


def write_pcm(path: Path, samples: Samples, rate: int = 8_000) -> Path:
    """Write samples of -1..1 as 16-bit WAV."""
    body = (np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes()
    path.write_bytes(head(rate=rate, data=len(body)) + body)
    return path


def sparse(path: Path, seconds: float, *, declared: int = 0, rate: int = 8_000) -> Path:
    """Make a file of much silence that takes no room on the disk."""
    path.write_bytes(head(rate=rate, data=declared))
    with path.open("r+b") as file:
        file.truncate(44 + int(seconds * rate) * 2)
    return path


def tones(frequencies: tuple[int, ...], seconds: float, rate: int = 8_000) -> Samples:
    """Mix tones of equal loudness."""
    at = np.arange(int(seconds * rate)) / rate
    mixed = sum(np.sin(2 * np.pi * frequency * at) for frequency in frequencies)
    return (np.asarray(mixed) * 0.3 / len(frequencies)).astype(np.float32)


def keys(seconds: float, rate: int = 8_000) -> Samples:
    """Press the key 5 again and again."""
    return tones((770, 1336), seconds, rate) * (np.arange(int(seconds * rate)) // (rate // 8) % 2).astype(np.float32)


def noise(seconds: float, loudness: float, rate: int = 8_000) -> Samples:
    """Make the same white noise each time."""
    return np.random.default_rng(1).normal(0, loudness, int(seconds * rate)).astype(np.float32)


def spoken(path: Path, text: str, language: str) -> Path:
    """Let espeak say a text into a telephone's file."""
    pcm = load("espeak").say(text, language)
    samples = np.frombuffer(pcm.samples, "<i2").astype(np.float32) / 32_768
    return write_pcm(path, soxr.resample(samples, pcm.rate, 8_000))


def english() -> dict[Path, str]:
    """Return the recorded English sentences that a package brings, or nothing where it is not installed."""
    spec = find_spec("pytest_audioeval")
    places = (spec.submodule_search_locations if spec else None) or ()
    files = [file for place in places for file in sorted(Path(place).glob("samples/audio/en/*.wav"))]
    return {file: file.with_suffix(".txt").read_text().strip() for file in files}
