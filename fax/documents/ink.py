"""Owns the choice which dot of a grey page is black. Must not know where the page comes from.

What is drawn in sharp strokes is cut at a threshold, since dots around letters make them unreadable and the call long.
What has soft tones, such as a photograph, is dithered (Floyd and Steinberg). The page is judged tile by tile.
"""

from __future__ import annotations

from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[np.uint8]
Ink = NDArray[np.bool_]
_Dot = TypeVar("_Dot", bound=np.generic)

_TILE: Final = 16
#: A tone between these is neither ink nor paper; a light tint stays white, for its dots would only disturb.
_DARKEST_TONE, _LIGHTEST_TONE = 40, 216
_NO_LIGHT, _ALL_LIGHT = 3, 250
#: Next to each other in a photograph; a stroke's edge is steeper.
_SOFT: Final = 24
_SOFT_SHARE: Final = 0.3
#: The threshold lies half-way between paper and the darkest ink near by, within these: so that a hair-line between two
#: rows of dots stays, and light-grey letters, but not the grain of the paper.
_LOWEST, _HIGHEST = 144, 216
#: A scan's paper is made white when it is at least so light, and so much of the page is about as light.
_PAPER_FROM, _PAPER_SHARE, _GRAIN = 168, 0.4, 14


def ink(grey: Grey) -> Ink:
    """Return where the page is black."""
    counts = np.asarray(Image.fromarray(grey).histogram())
    if counts[1:255].sum() == 0:
        return grey < 128
    grey = _with_white_paper(grey, counts)
    height, width = grey.shape
    down, across = -height % _TILE, -width % _TILE
    if down or across:
        grey = np.pad(grey, ((0, down), (0, across)), constant_values=255)
    black = grey < _spread(_thresholds(grey))
    if (soft := _soft_tiles(grey)).any():
        _dither(grey, soft, black)
    return black[:height, :width]


def _with_white_paper(grey: Grey, counts: NDArray[np.int64]) -> Grey:
    """Stretch the tones of a scan so that its paper is white, its grain too."""
    peak = _PAPER_FROM + int(counts[_PAPER_FROM:].argmax())
    if peak + _GRAIN >= 255 or counts[peak - _GRAIN : peak + _GRAIN + 1].sum() < _PAPER_SHARE * grey.size:
        return grey
    table = np.minimum(np.arange(256) * 255 // peak, 255).astype(np.uint8)
    table[peak - 2 * _GRAIN :] = 255
    return table[grey]


def _tiled(page: NDArray[_Dot]) -> NDArray[_Dot]:
    height, width = page.shape
    return page.reshape(height // _TILE, _TILE, width // _TILE, _TILE)


def _spread(tiles: NDArray[_Dot]) -> NDArray[_Dot]:
    return tiles.repeat(_TILE, axis=0).repeat(_TILE, axis=1)


def _around(tiles: NDArray[_Dot], reach: int, *, most: bool) -> NDArray[_Dot]:
    """Return for each tile the most, or least, of those within reach."""
    choose = np.maximum if most else np.minimum
    for axis in (0, 1):
        result = tiles.copy()
        for step in range(1, reach + 1):
            front = tiles[step:] if axis == 0 else tiles[:, step:]
            back = tiles[:-step] if axis == 0 else tiles[:, :-step]
            ahead = result[:-step] if axis == 0 else result[:, :-step]
            behind = result[step:] if axis == 0 else result[:, step:]
            choose(ahead, front, out=ahead)
            choose(behind, back, out=behind)
        tiles = result
    return tiles


def _thresholds(grey: Grey) -> Grey:
    least: Grey = _tiled(grey).min(axis=(1, 3))
    darkest = _around(least, 1, most=False).astype(np.int32)
    return np.clip((darkest + 255) // 2, _LOWEST, _HIGHEST).astype(np.uint8)


def _soft_tiles(grey: Grey) -> Ink:
    """Say which tiles hold soft tones: those where it is plain, and the lights and shadows next to them."""
    plain = (grey > _DARKEST_TONE) & (grey < _LIGHTEST_TONE)
    if not plain.any():
        return np.zeros((grey.shape[0] // _TILE, grey.shape[1] // _TILE), np.bool_)
    flat = np.ones_like(plain)
    for ahead, behind, both in ((grey[:, 1:], grey[:, :-1], flat[:, 1:]), (grey[1:], grey[:-1], flat[1:])):
        both &= np.maximum(ahead, behind) - np.minimum(ahead, behind) < _SOFT
    soft = _share(plain & flat) > _SOFT_SHARE
    if not soft.any():
        return soft
    soft = _around(_around(soft, 3, most=True), 2, most=False)  # closes gaps, and takes the rim in
    perhaps = soft | (_share(flat & (grey > _NO_LIGHT) & (grey < _ALL_LIGHT)) > _SOFT_SHARE)
    while (grown := _around(soft, 1, most=True) & perhaps).sum() > soft.sum():
        soft = grown
    return soft


def _share(dots: Ink) -> NDArray[np.float64]:
    share: NDArray[np.float64] = _tiled(dots).mean(axis=(1, 3))
    return share


def _dither(grey: Grey, soft: Ink, black: Ink) -> None:
    """Replace the ink of the soft tiles."""
    rows, columns = np.flatnonzero(soft.any(axis=1)), np.flatnonzero(soft.any(axis=0))
    tiles = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    dots = tuple(slice(part.start * _TILE, part.stop * _TILE) for part in tiles)
    # Outside of the soft tiles there is only ink and paper, so that no error runs in from there.
    inside = _spread(soft[tiles])
    part = np.where(inside, grey[dots], np.where(black[dots], np.uint8(0), np.uint8(255)))
    dithered = ~np.asarray(Image.fromarray(part).convert("1"))
    black[dots] = np.where(inside, dithered, black[dots])
