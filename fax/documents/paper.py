"""Owns where a page lands on the paper of a fax: the size it gets, which way up, where it is cut. Pure.

A page keeps its true size on the 215 mm that a fax is wide. Only what is wider is made smaller, and never squashed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from fax.documents.errors import Damaged, TooLarge
from fax.documents.model import Limits, Resolution

WIDTH = 1_728
DOTS_PER_INCH = 204
MM_PER_INCH = 25.4
WIDTH_MM = WIDTH / DOTS_PER_INCH * MM_PER_INCH
#: Some machines take less for a paper jam; white lines cost nearly no time.
_SHORTEST_MM = 50.0


@dataclass(frozen=True, slots=True)
class Placing:
    """One page, in dots: `width` and `lines` after turning, `left` of it white."""

    turned: bool
    left: int
    width: int
    lines: int
    #: What the shortest paper has.
    fewest_lines: int
    most_lines: int

    @property
    def pieces(self) -> tuple[tuple[int, int], ...]:
        """Return the first line of each fax page that this one takes, and how many lines of paper that page has."""
        starts = range(0, self.lines, self.most_lines)
        return tuple((start, max(min(self.lines - start, self.most_lines), self.fewest_lines)) for start in starts)


def place(width_mm: float, height_mm: float, resolution: Resolution, limits: Limits) -> Placing:
    """Say how a page of this size is laid on the paper. Raises Damaged for what is no size, and TooLarge."""
    if not (math.isfinite(width_mm) and math.isfinite(height_mm) and width_mm > 0 and height_mm > 0):
        raise Damaged("A page of the document has no size.")
    turned = width_mm > WIDTH_MM and width_mm > height_mm
    if turned:
        width_mm, height_mm = height_mm, width_mm
    scale = min(1.0, WIDTH_MM / width_mm)
    if height_mm * scale > limits.longest_mm * limits.pages:
        raise TooLarge("A page of the document is longer than all the paper that one fax may take.")
    width = min(WIDTH, max(1, round(width_mm * scale * DOTS_PER_INCH / MM_PER_INCH)))
    return Placing(
        turned=turned,
        left=(WIDTH - width) // 2,
        width=width,
        lines=max(1, _lines(height_mm * scale, resolution)),
        fewest_lines=_lines(_SHORTEST_MM, resolution),
        most_lines=_lines(limits.longest_mm, resolution),
    )


def _lines(mm: float, resolution: Resolution) -> int:
    return round(mm * resolution.lines_per_inch / MM_PER_INCH)
