"""The layout of a diagram: where each box stands, and how each line runs from a row of one box to another box.

Owns the geometry, in the units of the drawing. Pure: knows nothing of menus, and nothing of SVG but the letters of
a path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.studio.overview.order import Bend, Columns, Slot, Wire, columns_of

#: Between boxes of a column, between columns, and between the lanes of lines that lead back.
GAP, GUTTER, LANE = 20.0, 48.0, 7.0
#: How high a column's share of passing lines is, and where a line meets the side of a box, from its top.
BEND, MOUTH = 10.0, 21.0
#: How round the corners of lines are that lead back.
ROUND = 7.0
MARGIN = 12.0
SWEEPS = 6


@dataclass(frozen=True, slots=True)
class Box:
    """A box to be placed, with the heights at which lines leave it, by row: row -> (box that it leads to, y)."""

    height: float
    rows: Mapping[int, tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a row, as the letters of an SVG path."""

    box: int
    row: int
    end: int
    path: str
    is_back: bool


@dataclass(frozen=True)
class Layout:
    """Where each box's upper left corner is, each line, and how large the whole is."""

    places: tuple[tuple[float, float], ...]
    lines: tuple[Line, ...]
    width: float
    height: float


def lay_out(boxes: Sequence[Box], width: float) -> Layout:
    """Place boxes of one width in columns from left to right, and draw their lines."""
    rows = [(box, row, end, y) for box, given in enumerate(boxes) for row, (end, y) in given.rows.items()]
    wires = {(box, row): Wire(box, end, y / boxes[box].height) for box, row, end, y in rows}
    columns = columns_of(len(boxes), list(wires.values()))
    lanes = {end: lane for lane, end in enumerate(dict.fromkeys(end for _, end, _ in sorted(columns.back)))}
    tops = _tops(boxes, columns, top=MARGIN + LANE * len(lanes) + (GAP / 2 if lanes else 0))
    lefts = [MARGIN + GUTTER / 2 + index * (width + GUTTER) for index in range(len(columns.slots))]
    draw = _Lines(columns, tops, lefts, width, lanes)
    lines = [
        Line(box, row, end, draw.path(wires[box, row], tops[box] + y), wires[box, row] in columns.back)
        for box, row, end, y in rows
        if box != end
    ]
    bottoms = [tops[box] + boxes[box].height for box in range(len(boxes))]
    return Layout(
        tuple((lefts[columns.column[box]], tops[box]) for box in range(len(boxes))),
        tuple(lines),
        (lefts[-1] + width if lefts else 0.0) + MARGIN + GUTTER / 2,
        max(bottoms, default=0.0) + MARGIN,
    )


def _tops(boxes: Sequence[Box], columns: Columns, top: float) -> dict[Slot, float]:
    """Return the upper edge of every slot: near its neighbours, in its order, and none over another."""

    def height(slot: Slot) -> float:
        return BEND if isinstance(slot, Bend) else boxes[slot].height

    wanted = _Neighbours(boxes, columns)
    tops: dict[Slot, float] = {}
    for column in columns.slots:
        y = 0.0
        for slot in column:
            tops[slot] = y
            y += height(slot) + GAP
    for sweep in range(SWEEPS):
        rightwards = sweep % 2 == 0
        for column in columns.slots if rightwards else reversed(columns.slots):
            wishes = [wanted.top(slot, tops, from_left=rightwards) for slot in column]
            placed = _apart(wishes, [height(slot) + _gap(slot) for slot in column])
            tops.update(zip(column, placed, strict=True))
    highest = min(tops.values(), default=0.0)
    return {slot: y - highest + top for slot, y in tops.items()}


def _gap(slot: Slot) -> float:
    return 2.0 if isinstance(slot, Bend) else GAP


class _Neighbours:
    """Tells where a slot would stand if nothing but its lines mattered."""

    def __init__(self, boxes: Sequence[Box], columns: Columns) -> None:
        self._before: dict[Slot, list[tuple[Slot, float]]] = {}
        self._after: dict[Slot, list[tuple[Slot, float]]] = {}
        for start, box in enumerate(boxes):
            for end, y in box.rows.values():
                if columns.column[start] >= columns.column[end]:
                    continue
                here: Slot = start
                offset = y
                for step in range(columns.column[start] + 1, columns.column[end]):
                    bend = Bend(end, step)
                    self._link(here, bend, offset, BEND / 2)
                    here, offset = bend, BEND / 2
                self._link(here, end, offset, MOUTH)

    def top(self, slot: Slot, tops: Mapping[Slot, float], *, from_left: bool) -> float:
        """Return the wished upper edge."""
        near = (self._before if from_left else self._after).get(slot)
        if not near:
            return tops[slot]
        heights = sorted(tops[other] + offset for other, offset in near)
        middle = len(heights) // 2
        return heights[middle] if len(heights) % 2 else (heights[middle - 1] + heights[middle]) / 2

    def _link(self, left: Slot, right: Slot, leaves: float, arrives: float) -> None:
        self._before.setdefault(right, []).append((left, leaves - arrives))
        self._after.setdefault(left, []).append((right, arrives - leaves))


def _apart(wishes: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Return places in order that do not overlap and are as near to the wished ones as can be (least squares).

    >>> _apart([0, 0, 100], [10, 10, 10])
    [-5.0, 5.0, 100.0]
    """
    offsets: list[float] = []
    total = 0.0
    for height in heights:
        offsets.append(total)
        total += height
    #: Neighbours that want into each other stand as one block, at the mean of what they wish.
    blocks: list[tuple[float, int]] = []
    for wish, offset in zip(wishes, offsets, strict=True):
        mean, size = wish - offset, 1
        while blocks and blocks[-1][0] > mean:
            other, many = blocks.pop()
            mean, size = (mean * size + other * many) / (size + many), size + many
        blocks.append((mean, size))
    means = [mean for mean, size in blocks for _ in range(size)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


@dataclass(frozen=True)
class _Lines:
    columns: Columns
    tops: Mapping[Slot, float]
    lefts: Sequence[float]
    width: float
    lanes: Mapping[int, int]

    def path(self, wire: Wire, y: float) -> str:
        """Return the letters of one line, which leaves its box at height `y`."""
        x = self.lefts[self.columns.column[wire.start]] + self.width
        goal = (self.lefts[self.columns.column[wire.end]], self.tops[wire.end] + MOUTH)
        if wire in self.columns.back:
            return self._back(x, y, *goal, lane=self.lanes[wire.end])
        letters = [f"M{x:.0f} {y:.1f}"]
        for step in range(self.columns.column[wire.start] + 1, self.columns.column[wire.end]):
            left, height = self.lefts[step], self.tops[Bend(wire.end, step)] + BEND / 2
            letters.append(f"{_curve(x, y, left, height)}H{left + self.width:.0f}")
            x, y = left + self.width, height
        return "".join([*letters, _curve(x, y, *goal)])

    def _back(self, x: float, y: float, left: float, height: float, *, lane: int) -> str:
        """Lead out to the right, over all boxes, and in again from the left."""
        over = MARGIN + lane * LANE
        # Lines of different lanes do not run up the same gutter on one another.
        side = ROUND + 4 + (lane % 5) * 3
        right, inner = x + side, left - side
        return (
            f"M{x:.0f} {y:.1f}H{right - ROUND:.1f}q{ROUND:g} 0 {ROUND:g} {-ROUND:g}"
            f"V{over + ROUND:.1f}q0 {-ROUND:g} {-ROUND:g} {-ROUND:g}"
            f"H{inner + ROUND:.1f}q{-ROUND:g} 0 {-ROUND:g} {ROUND:g}"
            f"V{height - ROUND:.1f}q0 {ROUND:g} {ROUND:g} {ROUND:g}H{left:.0f}"
        )


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    middle = (x + to_x) / 2
    return f"C{middle:.0f} {y:.1f} {middle:.0f} {to_y:.1f} {to_x:.0f} {to_y:.1f}"
