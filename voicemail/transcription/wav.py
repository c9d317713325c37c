"""Owns finding the sound in a telephone's WAV file: where it begins, how much there is, how it is coded.

Every field is somebody else's word and is checked against the file. Must not know samples, nor load numpy: the
server asks here how long a message is.
"""

import os
import stat
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from voicemail.transcription.model import TooLong, UnreadableAudio

#: Listening takes about as long as the sound itself: nobody's message, but an open line, is longer than this.
LONGEST_SECONDS: Final = 4 * 3600.0

PCM, FLOAT, ALAW, ULAW = 1, 3, 6, 7
_EXTENSIBLE: Final = 0xFFFE
# A coding hides in the first two bytes of a GUID, which otherwise always reads:
_GUID_REST: Final = bytes.fromhex("000000001000800000aa00389b71")
_BYTES: Final[Mapping[tuple[int, int], int]] = {(PCM, 16): 2, (FLOAT, 32): 4, (ALAW, 8): 1, (ULAW, 8): 1}
_RATES: Final = range(4_000, 192_001)
_MOST_CHANNELS: Final = 8
_MOST_CHUNKS: Final = 64


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the sound of a file lies and how it is coded; a frame has one sample of each channel."""

    coding: int
    channels: int
    rate: int
    sample_bytes: int
    offset: int
    frames: int

    @property
    def frame_bytes(self) -> int:
        return self.channels * self.sample_bytes

    @property
    def seconds(self) -> float:
        return self.frames / self.rate


def read_layout(path: Path, longest: float = LONGEST_SECONDS) -> Layout:
    """Look at a file's head and size, reading no sound.

    Raises UnreadableAudio, TooLong.
    """
    try:
        # Opening a pipe that somebody left in the folder would wait for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnreadableAudio(f"{path.name} is no file")
        with path.open("rb") as file:
            layout = _layout(file, path.name)
    except OSError as error:
        raise UnreadableAudio(f"{path.name}: {error.strerror}") from error
    if layout.seconds > longest:
        raise TooLong(f"{path.name} has {layout.seconds / 60:,.0f} minutes, {longest / 60:,.0f} are the most")
    return layout


def _layout(file: BinaryIO, name: str) -> Layout:
    size = os.fstat(file.fileno()).st_size
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise UnreadableAudio(f"{name} is empty" if not size else f"{name} is not a WAV file")
    form: tuple[int, int, int, int] | None = None
    position = 12
    for _ in range(_MOST_CHUNKS):
        file.seek(position)
        chunk = file.read(8)
        if len(chunk) < 8:
            break
        kind, declared = struct.unpack("<4sI", chunk)
        position += 8
        if kind == b"fmt ":
            form = _form(file.read(min(declared, 40)), name)
        elif kind == b"data" and form is not None:
            coding, channels, rate, sample_bytes = form
            length = _data_bytes(file, position, declared, size)
            return Layout(coding, channels, rate, sample_bytes, position, length // (channels * sample_bytes))
        position += declared + declared % 2
    raise UnreadableAudio(f"{name} holds no sound; its writer was stopped before there was any")


def _form(body: bytes, name: str) -> tuple[int, int, int, int]:
    if len(body) < 16:
        raise UnreadableAudio(f"{name} has a damaged head")
    coding, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if coding == _EXTENSIBLE and body[26:40] == _GUID_REST:
        (coding,) = struct.unpack_from("<H", body, 24)
    if (coding, bits) not in _BYTES:
        raise UnreadableAudio(f"{name} is of a kind we do not read (coding {coding} with {bits} bits)")
    if not 1 <= channels <= _MOST_CHANNELS or rate not in _RATES:
        raise UnreadableAudio(f"{name} claims {channels} channels of {rate} samples a second")
    return coding, channels, rate, _BYTES[coding, bits]


def _data_bytes(file: BinaryIO, start: int, declared: int, size: int) -> int:
    """Decide how much sound there is: Asterisk writes the length when it closes a file, so it may say anything.

    The head is believed only where what follows the sound is exactly a chain of further chunks.
    """
    position = start + declared + declared % 2
    for _ in range(_MOST_CHUNKS):
        if position - size in (0, 1):  # the odd byte's neighbour is often forgotten
            return declared
        if position + 8 > size:
            break
        file.seek(position)
        kind, length = struct.unpack("<4sI", file.read(8))
        if not (kind.isascii() and kind.decode("ascii").isprintable()):
            break
        position += 8 + length + length % 2
    return size - start
