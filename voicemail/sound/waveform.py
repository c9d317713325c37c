"""Owns the outline of a sound that the page draws: one height for each bar. Must not know pages."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from voicemail.sound.telephone_wav import look

MOST_BARS = 4_000
#: -40 dBFS. A sound that never gets louder than this is drawn low, so that silence does not look like a message.
_LOW = 328


def peaks(path: Path, count: int = 400) -> list[int]:
    """Return `count` heights from 0 to 100, of equal time each; 100 is the loudest moment. Raises NoSound.

    There are fewer where the sound has fewer samples.
    """
    if not 1 <= count <= MOST_BARS:
        raise ValueError(f"from 1 to {MOST_BARS} bars, not {count}")
    wav = look(path)
    count = min(count, wav.samples)
    starts = np.arange(count, dtype=np.int64) * wav.samples // count
    heights = np.zeros(count, np.int32)
    position = 0
    for block in wav.blocks():
        loud = np.abs(block.astype(np.int32))
        first = int(np.searchsorted(starts, position, "right")) - 1
        last = int(np.searchsorted(starts, position + loud.size, "left"))
        edges = np.maximum(starts[first:last] - position, 0)
        heights[first:last] = np.maximum(heights[first:last], np.maximum.reduceat(loud, edges))
        position += loud.size
    scale = max(_LOW, int(heights.max()))
    return [int(height) * 100 // scale for height in heights]
