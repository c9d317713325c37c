"""Owns what a prompt must be like on a telephone line: 8 kHz, a steady level, no dead air.

Pure: samples in, samples out. Heavy to import; only worker processes do.
"""

import audioop
import io
import math
import wave
from dataclasses import dataclass

import numpy as np
import soxr
from pydub import AudioSegment
from pydub.silence import detect_leading_silence

from ivr.speech.engine import Pcm
from ivr.speech.errors import SilentSpeech
from ivr.speech.prompt_files import RATE

# Speech at -20 dBFS is about as loud as the other party of a good call; a quieter prompt is drowned by the
# street, and a louder one hurts. The peak stays 3 dB under full scale, because every later gain stage (a
# phone's speaker, a recording mixed of two legs) clips what comes at full scale.
SPEECH_DBFS = -20.0
PEAK_DBFS = -3.0
# Quieter than this before any gain there is no voice, only the noise of an empty room.
INAUDIBLE_DBFS = -55.0
SHORTEST_SECONDS = 0.1
# Callers press keys while a prompt starts and ends: dead air there is time taken from them.
SILENCE_DBFS = -50.0
_LEAD_MS, _TAIL_MS, _STEP_MS = 40, 140, 10
# Below 100 Hz are hum, rumble and a microphone's offset, which take up level, but no voice. A cut at 300 Hz, as
# old lines had it, is audible on new ones: it doubled the words that a speech recogniser got wrong. The top
# needs no filter of ours: soxr ends at 3.65 kHz.
_LOW_CUT_HZ = (50.0, 100.0)
_TENTH = RATE // 10
_FRAME_MS = 20
_ACTIVE_RANGE_DB = 30.0


@dataclass(frozen=True, slots=True)
class TelephoneAudio:
    """A prompt ready for the line, in each form it is kept in."""

    wav: bytes
    ulaw: bytes
    alaw: bytes

    @property
    def samples(self) -> int:
        return len(self.ulaw)


def to_telephone(sound: Pcm) -> TelephoneAudio:
    """Bring any audio into telephone form; trims the silence around it and adds nothing.

    Raises SilentSpeech when there is nothing to hear.
    """
    if sound.seconds < SHORTEST_SECONDS:
        raise SilentSpeech(f"{sound.seconds:.2f} seconds of sound")
    segment = AudioSegment(_narrow(sound), sample_width=2, frame_rate=RATE, channels=1)
    segment = _trimmed(_levelled(segment))
    samples = segment.raw_data
    return TelephoneAudio(_wav(samples), audioop.lin2ulaw(samples, 2), audioop.lin2alaw(samples, 2))


def _narrow(sound: Pcm) -> bytes:
    """Resample to 8 kHz and take away what lies below the voice."""
    wide = np.frombuffer(sound.samples, "<i2").astype(np.float32)
    narrow = soxr.resample(wide, sound.rate, RATE, quality="HQ")
    # In the frequency domain, zero phase; the padding keeps the end from leaking round into the beginning. Whole tenths
    # of a second: a length with a large prime factor is transformed ten times as slowly.
    length = (len(narrow) // _TENTH + 2) * _TENTH
    spectrum = np.fft.rfft(narrow, length)
    low, high = _LOW_CUT_HZ
    ramp = np.clip((np.fft.rfftfreq(length, 1 / RATE) - low) / (high - low), 0.0, 1.0)
    filtered = np.fft.irfft(spectrum * np.sin(ramp * math.pi / 2) ** 2, length)[: len(narrow)]
    return np.clip(np.rint(filtered), -32_768, 32_767).astype("<i2").tobytes()


def _levelled(segment: AudioSegment) -> AudioSegment:
    speech = speech_dbfs(segment)
    if speech < INAUDIBLE_DBFS:
        raise SilentSpeech(f"{speech:.0f} dBFS")
    # One gain for all of it, no compressor: where the peak would come too high, the whole stays quieter.
    return segment.apply_gain(min(SPEECH_DBFS - speech, PEAK_DBFS - segment.max_dBFS))


def speech_dbfs(segment: AudioSegment) -> float:
    """Measure how loud the voice is where there is voice; pauses between sentences do not count.

    Formula: the root mean square over those frames of 20 ms that are within 30 dB of the loudest.
    """
    powers = [segment[at : at + _FRAME_MS].rms ** 2 for at in range(0, len(segment), _FRAME_MS)]
    loudest = max(powers, default=0)
    if loudest == 0:
        return -math.inf
    active = [power for power in powers if power >= loudest * 10 ** (-_ACTIVE_RANGE_DB / 10)]
    mean = sum(active) / len(active)
    return 10 * math.log10(mean) - 20 * math.log10(segment.max_possible_amplitude)


def _trimmed(segment: AudioSegment) -> AudioSegment:
    lead = detect_leading_silence(segment, SILENCE_DBFS, _STEP_MS)
    tail = detect_leading_silence(segment.reverse(), SILENCE_DBFS, _STEP_MS)
    heard = len(segment) - lead - tail
    if heard < SHORTEST_SECONDS * 1000:
        raise SilentSpeech(f"{max(heard, 0) / 1000:.2f} seconds of sound")
    return segment[max(0, lead - _LEAD_MS) : len(segment) - max(0, tail - _TAIL_MS)]


def _wav(samples: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(samples)
    return file.getvalue()
