"""Owns the two codings of the telephone network, µ-law and A-law (ITU-T G.711), as tables.

Pure. Values are samples of -1..1.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]


def _ulaw_table() -> Samples:
    code = ~np.arange(256, dtype=np.uint8)
    exponent, mantissa = (code >> 4) & 7, (code & 15).astype(np.int32)
    magnitude = ((mantissa << 3) + 0x84 << exponent.astype(np.int32)) - 0x84
    return (np.where(code & 0x80, -magnitude, magnitude) / 32_768).astype(np.float32)


def _alaw_table() -> Samples:
    code = np.arange(256, dtype=np.uint8) ^ 0x55
    exponent, mantissa = ((code >> 4) & 7).astype(np.int32), (code & 15).astype(np.int32)
    step = (mantissa << 4) + np.where(exponent == 0, 8, 0x108)
    magnitude = step << np.maximum(exponent - 1, 0)
    return (np.where(code & 0x80, magnitude, -magnitude) / 32_768).astype(np.float32)


#: The sample that each byte stands for.
ULAW_TABLE: Final = _ulaw_table()
ALAW_TABLE: Final = _alaw_table()


def decode_ulaw(codes: bytes) -> Samples:
    """Return the samples of µ-law bytes."""
    return ULAW_TABLE[np.frombuffer(codes, np.uint8)]


def decode_alaw(codes: bytes) -> Samples:
    """Return the samples of A-law bytes."""
    return ALAW_TABLE[np.frombuffer(codes, np.uint8)]


def encode_ulaw(samples: Samples) -> bytes:
    """Return µ-law bytes: for each sample the code whose value is nearest; what is too loud is clipped."""
    order = np.argsort(ULAW_TABLE, kind="stable")
    levels = ULAW_TABLE[order]
    borders = (levels[1:] + levels[:-1]) / 2
    return order[np.searchsorted(borders, samples)].astype(np.uint8).tobytes()
