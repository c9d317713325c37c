"""Owns reading a sound of nearly any kind, as a stranger's program wrote it: what it holds becomes plain samples.

The kind is told by the first bytes, never by a name, and only what is listed here is read: other kinds can point to
other files. Blocks, and trusts a native library with the file: a process of its own does it, with limits.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soxr

from ivr.speech.engine import Pcm
from ivr.speech.errors import UnreadableRecording
from ivr.speech.foreign_limits import MOST_BYTES, MOST_SECONDS
from ivr.speech.prompt_files import RATE

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.container import InputContainer

_RATES = range(4_000, 192_001)
_MOST_CHANNELS = 8
#: More packets than five minutes of any voice have: a file of empty ones ends here.
_MOST_PACKETS = 200_000
_MARKS: tuple[tuple[int, bytes, str], ...] = (
    (8, b"WAVE", "wav"),
    (0, b"OggS", "ogg"),
    (0, b"\x1a\x45\xdf\xa3", "matroska"),  # WebM: what browsers record
    (0, b"ID3", "mp3"),
    (0, b"fLaC", "flac"),
)
_HOW = "send WAV, MP3, Ogg or what a browser records"


def read_foreign(path: Path) -> Pcm:
    """Read the first sound of a file as mono samples at the telephone's rate.

    Raises UnreadableRecording, saying what is wrong and what would do.
    """
    import av  # not above: it brings half of FFmpeg along, and only the process that converts needs it

    size = path.stat().st_size
    if size == 0:
        raise UnreadableRecording("the file is empty")
    if size > MOST_BYTES:
        raise UnreadableRecording(f"the file is larger than {MOST_BYTES // 1_000_000} MB")
    with path.open("rb") as file:
        kind = _kind(file.read(64))
        file.seek(0)
        try:
            with av.open(file, mode="r", format=kind) as container:
                return _sound(container)
        except (av.FFmpegError, ValueError, EOFError, OverflowError, MemoryError) as error:
            raise UnreadableRecording(f"the file is damaged, or no {kind} after all: {_HOW}") from error


def _kind(head: bytes) -> str:
    for place, mark, kind in _MARKS:
        if head[place : place + len(mark)] == mark and (kind != "wav" or head[:4] == b"RIFF"):
            return kind
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:  # a frame of MPEG layer III
        return "mp3"
    raise UnreadableRecording(f"this is no sound that we can read: {_HOW}")


def _sound(container: InputContainer) -> Pcm:
    if not container.streams.audio:
        raise UnreadableRecording(f"there is no sound in the file: {_HOW}")
    stream = container.streams.audio[0]
    pieces, seconds, rate = [], 0.0, 0
    resampler: soxr.ResampleStream | None = None
    for number, packet in enumerate(container.demux(stream)):
        if number > _MOST_PACKETS:
            raise UnreadableRecording("there are too many pieces in the file")
        for frame in packet.decode():
            if resampler is None or frame.sample_rate != rate:
                rate = frame.sample_rate
                if rate not in _RATES:
                    raise UnreadableRecording(f"it has {rate} samples a second; 8000 to 48000 would do")
                resampler = soxr.ResampleStream(rate, RATE, 1, dtype="float32")
            mono = _mono(frame)
            seconds += len(mono) / rate
            if seconds > MOST_SECONDS:
                raise UnreadableRecording(f"it is longer than {MOST_SECONDS // 60} minutes")
            pieces.append(resampler.resample_chunk(mono))
    if resampler is None:
        raise UnreadableRecording(f"there is no sound in the file: {_HOW}")
    pieces.append(resampler.resample_chunk(np.zeros(0, np.float32), last=True))
    samples = np.clip(np.rint(np.concatenate(pieces) * 32_767), -32_768, 32_767)
    return Pcm(samples.astype("<i2").tobytes(), RATE)


def _mono(frame: AudioFrame) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Return the samples of a frame between -1 and 1, all channels mixed."""
    values = frame.to_ndarray()
    channels = len(frame.layout.channels)
    if not 1 <= channels <= _MOST_CHANNELS:
        raise UnreadableRecording(f"it has {channels} channels; mono or stereo would do")
    if not frame.format.is_planar:
        values = values.reshape(-1, channels).T
    sound = np.asarray(values, dtype=np.float32)
    if values.dtype == np.uint8:
        sound = (sound - np.float32(128)) / np.float32(128)
    elif values.dtype.kind == "i":
        sound = sound / np.float32(2.0 ** (8 * values.dtype.itemsize - 1))
    mixed = np.nan_to_num(sound.mean(axis=0), nan=0.0, posinf=1.0, neginf=-1.0)
    return np.asarray(np.clip(mixed, -1, 1), dtype=np.float32)
