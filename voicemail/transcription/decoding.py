"""Owns turning a telephone's WAV file into what speech engines hear: mono samples of -1..1 at 16 kHz.

Reads and resamples as a stream and hands out pieces, so that memory does not grow with the message. Must not know
engines.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from voicemail.transcription.g711 import Samples, decode_alaw, decode_ulaw
from voicemail.transcription.model import UnreadableAudio
from voicemail.transcription.wav import ALAW, FLOAT, PCM, ULAW, Layout

RATE: Final = 16_000
#: A message is one piece; only an open line is cut. Whisper takes some 500 bytes of memory for each 10 ms.
PIECE_SECONDS: Final = 600.0
#: A piece is cut in the quietest moment of its last seconds, which is hardly within a word.
_CUT_WITHIN, _QUIET = 30.0, 0.5
_STEP: Final = RATE // 20
_BLOCK_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Piece:
    """Some seconds of a message, and where in it they begin."""

    start: float
    samples: Samples


def read_pieces(path: Path, layout: Layout, longest: float = PIECE_SECONDS) -> Iterator[Piece]:
    """Read a file's sound piece by piece; a file without sound has none.

    Raises UnreadableAudio.
    """
    kept: list[Samples] = []
    held, done = 0, 0
    most = int(longest * RATE)
    for block in _resampled(_blocks(path, layout), layout.rate):
        kept.append(block)
        held += len(block)
        while held > most:
            samples = np.concatenate(kept)
            cut = _quietest(samples[:most])
            yield Piece(done / RATE, samples[:cut])
            kept, held, done = [samples[cut:]], held - cut, done + cut
    if held:
        yield Piece(done / RATE, np.concatenate(kept))


def _blocks(path: Path, layout: Layout) -> Iterator[Samples]:
    decode = _DECODERS[layout.coding]
    step = int(_BLOCK_SECONDS * layout.rate)
    try:
        with path.open("rb") as file:
            file.seek(layout.offset)
            for first in range(0, layout.frames, step):
                body = file.read(min(step, layout.frames - first) * layout.frame_bytes)
                whole = len(body) - len(body) % layout.frame_bytes
                values = decode(body[:whole])
                yield values if layout.channels == 1 else values.reshape(-1, layout.channels).mean(axis=1)
    except OSError as error:
        raise UnreadableAudio(f"{path.name}: {error.strerror}") from error


def _resampled(blocks: Iterator[Samples], rate: int) -> Iterator[Samples]:
    if rate == RATE:
        yield from blocks
        return
    stream = soxr.ResampleStream(rate, RATE, 1, dtype="float32", quality="HQ")
    for block in blocks:
        yield stream.resample_chunk(block)
    yield stream.resample_chunk(np.zeros(0, np.float32), last=True)


def _quietest(samples: Samples) -> int:
    """Return where to cut: the middle of the quietest half second near the end."""
    tail = samples[-int(_CUT_WITHIN * RATE) :]
    steps = len(tail) // _STEP
    loudness = np.square(tail[: steps * _STEP]).reshape(steps, _STEP).mean(axis=1)
    width = max(1, min(steps, int(_QUIET * RATE) // _STEP))
    window = np.convolve(loudness, np.ones(width), "valid")
    return len(samples) - len(tail) + (int(window.argmin()) + width // 2) * _STEP


def _pcm(body: bytes) -> Samples:
    return np.frombuffer(body, "<i2").astype(np.float32) / np.float32(32_768)


def _float(body: bytes) -> Samples:
    values: NDArray[np.float32] = np.frombuffer(body, "<f4")
    return np.clip(np.nan_to_num(values, posinf=1.0, neginf=-1.0), -1.0, 1.0)


_DECODERS: Final[Mapping[int, Callable[[bytes], Samples]]] = {
    PCM: _pcm,
    FLOAT: _float,
    ALAW: decode_alaw,
    ULAW: decode_ulaw,
}
