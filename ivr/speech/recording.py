"""Owns reading a site's own recording: a WAV file of nearly any kind becomes plain samples.

Every field of the file is somebody else's word and is checked. Must not know telephones or prompts.
"""

import audioop
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ivr.speech.engine import Pcm
from ivr.speech.errors import UnreadableRecording

MAX_BYTES = 64 << 20
MAX_SECONDS = 600  # ten minutes; music on hold is not a prompt
_RATES = range(8_000, 96_001)
_MAX_CHANNELS = 8
_MAX_CHUNKS = 64
_PCM, _FLOAT, _ALAW, _ULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
# A format's tag hides in the first two bytes of a GUID, which otherwise always reads:
_GUID_REST = bytes.fromhex("000000001000800000aa00389b71")

_Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Format:
    coding: int
    channels: int
    rate: int
    bits: int


def read_recording(path: Path) -> Pcm:
    """Read a WAV file (8 to 32 bit, float, A-law or µ-law, mono or more) as mono samples at its own rate.

    Raises UnreadableRecording, saying what is wrong and what would do.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableRecording(f"{path.name}: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise UnreadableRecording(f"{path.name} is larger than {MAX_BYTES >> 20} MB")
    return parse_wav(content, path.name)


def parse_wav(content: bytes, name: str) -> Pcm:
    """Parse the content of a WAV file. Raises UnreadableRecording."""
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise UnreadableRecording(f"{name} is not a WAV file; save it as WAV, 16 bit")
    form: _Format | None = None
    for chunk, body in _chunks(content):
        if chunk == b"fmt ":
            form = _format(body, name)
        elif chunk == b"data" and form is not None:
            return _mono(body, form, name)
    raise UnreadableRecording(f"{name} holds no audio; perhaps it was cut off")


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 12
    for _ in range(_MAX_CHUNKS):
        if position + 8 > len(content):
            return
        kind, size = struct.unpack_from("<4sI", content, position)
        # A recorder that streamed its file may name more than there is: take what is there.
        yield kind, content[position + 8 : position + 8 + size]
        position += 8 + size + size % 2


def _format(body: bytes, name: str) -> _Format:
    if len(body) < 16:
        raise UnreadableRecording(f"{name} has a damaged header")
    coding, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if coding == _EXTENSIBLE and len(body) >= 40 and body[26:40] == _GUID_REST:
        (coding,) = struct.unpack_from("<H", body, 24)
    if not 1 <= channels <= _MAX_CHANNELS:
        raise UnreadableRecording(f"{name} has {channels} channels; mono or stereo would do")
    if rate not in _RATES:
        raise UnreadableRecording(f"{name} has {rate} samples a second; 8000 to 96000 would do")
    return _Format(coding, channels, rate, bits)


def _mono(body: bytes, form: _Format, name: str) -> Pcm:
    decode = _DECODERS.get((form.coding, form.bits))
    if decode is None:
        what = f"coding {form.coding} with {form.bits} bits"
        raise UnreadableRecording(f"{name} is of a kind we do not read ({what}); save it as WAV, 16 bit")
    frame = form.channels * form.bits // 8
    frames = len(body) // frame
    if frames > MAX_SECONDS * form.rate:
        raise UnreadableRecording(f"{name} is longer than {MAX_SECONDS // 60} minutes")
    mixed = decode(body[: frames * frame]).reshape(-1, form.channels).mean(axis=1)
    return Pcm(np.clip(mixed, -32_768, 32_767).astype("<i2").tobytes(), form.rate)


def _samples(body: bytes) -> _Values:
    return np.frombuffer(body, np.int16).astype(np.float32)


# Every coding to the span of 16 bits.
_DECODERS: Mapping[tuple[int, int], Callable[[bytes], _Values]] = {
    (_PCM, 8): lambda body: (np.frombuffer(body, np.uint8).astype(np.float32) - 128) * 256,
    (_PCM, 16): _samples,
    (_PCM, 24): lambda body: _samples(audioop.lin2lin(body, 3, 2)),
    (_PCM, 32): lambda body: _samples(audioop.lin2lin(body, 4, 2)),
    (_FLOAT, 32): lambda body: np.nan_to_num(np.frombuffer(body, np.float32), posinf=1, neginf=-1) * 32_767,
    (_ALAW, 8): lambda body: _samples(audioop.alaw2lin(body, 2)),
    (_ULAW, 8): lambda body: _samples(audioop.ulaw2lin(body, 2)),
}
