"""Owns reading what Asterisk recorded: a mono WAV file whose writer may have been killed, as blocks of samples.

Trusts the size of the file more than its header, and never holds more than one block. Must not know messages.
"""

from __future__ import annotations

import audioop
import os
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from voicemail.sound.errors import NoSound

Samples = NDArray[np.int16]

RATE = 8_000
#: 8.192 s at 8 kHz, and a whole number of the windows in which speaking listens.
BLOCK = 65_536
#: 37 hours at 16 bit and 8 kHz, and within what the 32 bits of a WAV header can say.
MOST_BYTES = 2 << 30
_HEADER = 44
_HEADERS_END = 65_536  # looked through for chunks; Asterisk's own header has 44 bytes
_MOST_CHUNKS = 64
#: Numbers in use for WAV: PCM, ADPCM, float, A-law, µ-law, IMA, GSM, MPEG, MP3, extensible. Others are garbage.
_WAV_FORMATS = frozenset({1, 2, 3, 6, 7, 0x11, 0x31, 0x50, 0x55, 0xFFFE})
#: Files of other kinds, told by their first bytes, so that `repair` never writes into one.
_OTHER_KINDS = (b"ID3", b"OggS", b"fLaC", b"RF64", b"RIFX", b"FORM", b".snd", b"\x7fELF", b"PK\x03\x04", b"%PDF")


class Coding(Enum):
    """How a sample is written: the format's number in a WAV header, and the bytes of a sample."""

    PCM = (1, 2)
    ALAW = (6, 1)
    ULAW = (7, 1)

    @property
    def width(self) -> int:
        return self.value[1]


class Header(Enum):
    """How far the header of a file can be believed."""

    TRUE = "true"
    LIES = "lies"  # about sizes, as after a writer that was killed
    MISSING = "missing"  # zeros or garbage; what follows is taken for what Asterisk writes


@dataclass(frozen=True, slots=True)
class TelephoneWav:
    """Where the samples of a file are, and how they are written."""

    path: Path
    start: int
    length: int  # bytes of whole samples
    coding: Coding
    rate: int
    header: Header

    @property
    def samples(self) -> int:
        return self.length // self.coding.width

    @property
    def seconds(self) -> float:
        return self.samples / self.rate

    def blocks(self) -> Iterator[Samples]:
        """Read the samples, `BLOCK` at a time, of which the last may be shorter. Raises NoSound."""
        left = self.length
        try:
            with _opened(self.path) as file:
                file.seek(self.start)
                while left > 0:
                    content = _read_fully(file, min(left, BLOCK * self.coding.width))
                    left -= len(content)
                    if whole := len(content) // self.coding.width * self.coding.width:
                        yield _decoded(content[:whole], self.coding)
                    if whole < BLOCK * self.coding.width:
                        return  # the end, be it that the file has shrunk meanwhile
        except OSError as error:
            raise NoSound(_cannot(error)) from error


def look(path: Path) -> TelephoneWav:
    """Find the samples of a recorded file: mono, 16 bit or G.711, 8 or 16 kHz.

    A file without a sane header is taken for what Asterisk writes: 16 bit, 8 kHz, after 44 bytes. Raises NoSound when
    there is no such file, not one sample, more than `MOST_BYTES`, or another kind of WAV.
    """
    try:
        with _opened(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size == 0:
                raise NoSound("the file is empty")
            if size > MOST_BYTES:
                raise NoSound(f"the file is larger than {MOST_BYTES >> 30} GB")
            found = _parsed(path, file, size)
    except OSError as error:
        raise NoSound(_cannot(error)) from error
    if found.samples == 0:
        raise NoSound("the file has a header, but no sound")
    return found


def repair(path: Path) -> bool:
    """Write a true header into a file whose own lies or is missing, so that a browser plays all of it; synced.

    Returns whether the file had to be changed. Only bytes of the header change, the first 44 where there is none, and
    the sound stays where it is. Raises NoSound, also when the file cannot be written.
    """
    found = look(path)
    if found.header is Header.TRUE:
        return False
    try:
        with path.open("r+b", buffering=0) as file:
            if found.header is Header.LIES:
                end = os.fstat(file.fileno()).st_size
                os.pwrite(file.fileno(), struct.pack("<I", found.length), found.start - 4)
                os.pwrite(file.fileno(), struct.pack("<I", end - 8), 4)
            else:
                os.pwrite(file.fileno(), _header(found.length), 0)
            os.fsync(file.fileno())
    except OSError as error:
        raise NoSound(_cannot(error)) from error
    return True


def _parsed(path: Path, file: BinaryIO, size: int) -> TelephoneWav:
    head = _read_fully(file, min(size, _HEADERS_END))
    if head.startswith(_OTHER_KINDS):
        raise NoSound("the file is no recording of a telephone")
    chunks = dict(_chunks(head))
    form = _format(head, chunks.get(b"fmt ", (len(head), 0))[0])
    if form is None or b"data" not in chunks:
        whole = max(0, size - _HEADER) // 2 * 2
        return TelephoneWav(path, _HEADER, whole, Coding.PCM, RATE, Header.MISSING)
    coding, rate = form
    start, said = chunks[b"data"]
    rest = size - start
    # A true size reaches to the end of the file, save for a torn sample, or to other chunks that do.
    true = said % coding.width == 0 and (0 <= rest - said < coding.width or _chunks_follow(file, start + said, size))
    length = said if true else max(0, rest) // coding.width * coding.width
    (riff,) = struct.unpack_from("<I", head, 4)
    header = Header.TRUE if true and abs(riff + 8 - size) <= 1 else Header.LIES
    return TelephoneWav(path, start, length, coding, rate, header)


def _chunks(head: bytes) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Walk to the samples: yields (kind, (start, size)); ends after `data`."""
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return
    position = 12
    for _ in range(_MOST_CHUNKS):
        if position + 8 > len(head):
            return
        kind, size = struct.unpack_from("<4sI", head, position)
        yield kind, (position + 8, size)
        if kind == b"data":
            return
        position += 8 + size + size % 2


def _format(head: bytes, position: int) -> tuple[Coding, int] | None:
    """Read the format; None when it is garbage. Raises NoSound when it is sane, but another kind of WAV."""
    if position + 16 > len(head):
        return None
    number, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", head, position)
    if number not in _WAV_FORMATS or not 1 <= channels <= 32 or not 1_000 <= rate <= 384_000:
        return None
    coding = next((kind for kind in Coding if kind.value == (number, bits // 8)), None)
    if coding is None or channels != 1 or rate not in (RATE, 2 * RATE):
        raise NoSound(f"the file is a WAV, but of another kind: coding {number}, {bits} bits, {channels} × {rate} Hz")
    return coding, rate


def _chunks_follow(file: BinaryIO, position: int, size: int) -> bool:
    """Whether well-formed chunks lead from the said end of the samples exactly to the end of the file."""
    position += position % 2
    if position >= size:
        return False
    for _ in range(_MOST_CHUNKS):
        if position >= size:
            return position <= size + 1  # some do not write the last pad byte
        file.seek(position)
        header = _read_fully(file, 8)
        if len(header) < 8 or not all(0x20 <= byte < 0x7F for byte in header[:4]):
            return False
        length = int.from_bytes(header[4:], "little")
        position += 8 + length + length % 2
    return False


def _decoded(content: bytes, coding: Coding) -> Samples:
    if coding is Coding.ULAW:
        content = audioop.ulaw2lin(content, 2)
    elif coding is Coding.ALAW:
        content = audioop.alaw2lin(content, 2)
    return np.frombuffer(content, "<i2").astype(np.int16, copy=False)


def _header(length: int) -> bytes:
    form = struct.pack("<HHIIHH", 1, 1, RATE, 2 * RATE, 2, 16)
    riff = struct.pack("<4sI4s4sI", b"RIFF", _HEADER - 8 + length, b"WAVE", b"fmt ", len(form))
    return riff + form + struct.pack("<4sI", b"data", length)


def _opened(path: Path) -> BinaryIO:
    # Without O_NONBLOCK, opening a pipe would wait for its writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NoSound("this is not a file")
    return os.fdopen(descriptor, "rb", buffering=0)


def _read_fully(file: BinaryIO, count: int) -> bytes:
    parts = []
    while count > 0 and (part := file.read(count)):
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _cannot(error: OSError) -> str:
    return f"the file cannot be read: {(error.strerror or 'unknown').lower()}"
