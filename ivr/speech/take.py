"""Owns what becomes of a take: read, measured, outlined, and finished into a recording that a telephone plays.

Samples of 16 bits at 8 kHz throughout. Heavy to import; only worker processes do. Must not know the site.
"""

from __future__ import annotations

import math
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydub import AudioSegment
from pydub.silence import detect_leading_silence

from ivr.speech.errors import UnreadableRecording
from ivr.speech.foreign import read_foreign
from ivr.speech.prompt_files import RATE
from ivr.speech.take_model import SILENT_DBFS, Measured
from ivr.speech.telephone import PEAK_DBFS, SPEECH_DBFS, speech_dbfs

BARS = 300
#: What is softer than this is silence; of a quiet voice, what is so much softer than the voice.
_SILENCE_DBFS, _BELOW_VOICE_DB, _STEP_MS = -45.0, 25.0, 10
_KEPT_MS = 100
_FULL = 32_700
#: -40 dBFS: a take that never gets louder is drawn low.
_LOW = 328


def convert(source: Path, into: Path) -> Measured:
    """Write what a file holds as a WAV of the telephone's, as it is, and measure it. Raises UnreadableRecording."""
    samples = np.frombuffer(read_foreign(source).samples, "<i2")
    _write(into, samples)
    return measure(samples)


def finish(take: Path, into: Path, *, trim: bool, level: bool) -> Measured:
    """Write a converted take without the silence around it, and as loud as the other prompts, where that is wanted.

    Raises UnreadableRecording where nothing is heard.
    """
    samples = _read(take)
    if trim:
        lead, tail = _silence(_segment(samples))
        first, last = (max(0, round((quiet - _KEPT_MS / 1000) * RATE)) for quiet in (lead, tail))
        samples = samples[first : len(samples) - last]
    measured = measure(samples)
    if not measured.is_audible:
        raise UnreadableRecording("nothing is heard in it, or next to nothing")
    if level:
        # One gain for all of it: where the peak would come too high, the whole stays quieter.
        gain = min(SPEECH_DBFS - measured.loudness_dbfs, PEAK_DBFS - measured.peak_dbfs)
        samples = np.rint(samples.astype(np.float64) * 10 ** (gain / 20)).clip(-32_768, 32_767).astype(np.int16)
        measured = measure(samples)
    _write(into, samples)
    return measured


def measure(samples: NDArray[np.int16]) -> Measured:
    """Measure samples: how loud the voice is where there is voice, and what is around it."""
    segment = _segment(samples)
    seconds = len(samples) / RATE
    loudest = int(np.abs(samples.astype(np.int32)).max()) if len(samples) else 0
    peak = 20 * math.log10(loudest / 32_768) if loudest else SILENT_DBFS
    loudness = speech_dbfs(segment)
    lead, tail = _silence(segment)
    clipped = float(np.count_nonzero(np.abs(samples.astype(np.int32)) >= _FULL)) / max(1, len(samples))
    return Measured(
        round(seconds, 3), round(max(peak, SILENT_DBFS), 1), round(max(loudness, SILENT_DBFS), 1), clipped,
        round(lead, 2), round(tail, 2), outline(samples),
    )  # fmt: skip


def outline(samples: NDArray[np.int16], bars: int = BARS) -> tuple[int, ...]:
    """Return heights from 0 to 100, of equal time each; 100 is the loudest moment."""
    bars = min(bars, len(samples))
    if not bars:
        return ()
    loud = np.abs(samples.astype(np.int32))
    heights = np.maximum.reduceat(loud, np.arange(bars, dtype=np.int64) * len(samples) // bars)
    scale = max(_LOW, int(heights.max()))
    return tuple(int(height) * 100 // scale for height in heights)


def _silence(segment: AudioSegment) -> tuple[float, float]:
    """Return the silence at the beginning and at the end, seconds; in all of it, where nothing is heard."""
    threshold = max(SILENT_DBFS, min(_SILENCE_DBFS, speech_dbfs(segment) - _BELOW_VOICE_DB))
    lead = detect_leading_silence(segment, threshold, _STEP_MS)
    if lead >= len(segment):
        return len(segment) / 1000, 0.0
    return lead / 1000, detect_leading_silence(segment.reverse(), threshold, _STEP_MS) / 1000


def _segment(samples: NDArray[np.int16]) -> AudioSegment:
    return AudioSegment(samples.astype("<i2").tobytes(), sample_width=2, frame_rate=RATE, channels=1)


def _read(path: Path) -> NDArray[np.int16]:
    with wave.open(str(path), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


def _write(path: Path, samples: NDArray[np.int16]) -> None:
    with path.open("wb") as raw, wave.open(raw, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
