"""The columns of a diagram: which box stands in which, and in what order, so that few lines cross.

Owns rank and order (the way of Sugiyama: turn what leads back, rank by the longest way, sort by neighbours).
Knows boxes and lines by their ids only, no sizes.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

#: So often columns are sorted by their neighbours, to and fro.
SWEEPS = 8
#: No chart that people can follow has more columns.
DEEPEST = 24


class Wire(NamedTuple):
    """A line from a box to another. `port` tells how far down the first one it begins: 0 is the top, 1 the bottom."""

    start: int
    end: int
    port: float = 0.5


class Bend(NamedTuple):
    """Where lines to `end` pass through a column on their way; all lines to one box share it."""

    end: int
    column: int


Slot = int | Bend


@dataclass(frozen=True)
class Columns:
    """Boxes and bends in columns from left to right, each from top to bottom; `back` are the lines that lead left."""

    slots: tuple[tuple[Slot, ...], ...]
    column: Mapping[int, int]
    back: frozenset[Wire]


def columns_of(count: int, wires: Sequence[Wire]) -> Columns:
    """Return boxes 0 to `count` - 1 in columns; the lower numbers come first where nothing else decides."""
    back = _leading_back(count, wires)
    forward = [wire for wire in wires if wire not in back and wire.start != wire.end]
    column = _ranks(count, forward)
    if max(column.values(), default=0) > DEEPEST:
        # Everything leads to everything here: as few columns as can be say more, and are quick.
        column = _distances(count, wires)
        back = {wire for wire in wires if column[wire.end] <= column[wire.start] and wire.start != wire.end}
        forward = [wire for wire in wires if column[wire.end] > column[wire.start]]
    slots: list[list[Slot]] = [[] for _ in range(max(column.values(), default=-1) + 1)]
    for box in range(count):
        slots[column[box]].append(box)
    bends: set[Bend] = set()
    links: dict[tuple[Slot, Slot], list[float]] = {}
    for wire in forward:
        here: Slot = wire.start
        port = wire.port
        for step in range(column[wire.start] + 1, column[wire.end]):
            bend = Bend(wire.end, step)
            if bend not in bends:
                bends.add(bend)
                slots[step].append(bend)
            links.setdefault((here, bend), []).append(port)
            here, port = bend, 0.5
        links.setdefault((here, wire.end), []).append(port)
    ordered = _sorted(slots, {pair: sum(ports) / len(ports) for pair, ports in links.items()})
    return Columns(tuple(tuple(slots) for slots in ordered), column, frozenset(back))


def _leading_back(count: int, wires: Sequence[Wire]) -> set[Wire]:
    """Return the lines that close a circle, as found by a walk in depth from the first boxes on."""
    out: list[list[Wire]] = [[] for _ in range(count)]
    for wire in wires:
        out[wire.start].append(wire)
    back: set[Wire] = set()
    state = [0] * count  # 1: on the way to here, 2: left behind
    for root in range(count):
        if state[root]:
            continue
        state[root] = 1
        trail = [(root, iter(out[root]))]
        while trail:
            box, rest = trail[-1]
            for wire in rest:
                if state[wire.end] == 1:
                    back.add(wire)
                elif state[wire.end] == 0:
                    state[wire.end] = 1
                    trail.append((wire.end, iter(out[wire.end])))
                    break
            else:
                state[box] = 2
                trail.pop()
    return back


def _ranks(count: int, forward: Sequence[Wire]) -> dict[int, int]:
    """Return the column of each box: one behind the last that leads to it."""
    out: list[list[int]] = [[] for _ in range(count)]
    waits_for = [0] * count
    for wire in forward:
        out[wire.start].append(wire.end)
        waits_for[wire.end] += 1
    column = dict.fromkeys(range(count), 0)
    free = [box for box in range(count) if not waits_for[box]]
    for box in free:  # grows while it is read
        for end in out[box]:
            column[end] = max(column[end], column[box] + 1)
            waits_for[end] -= 1
            if not waits_for[end]:
                free.append(end)
    return column


def _distances(count: int, wires: Sequence[Wire]) -> dict[int, int]:
    """Return how many lines each box is away from those to which nothing leads."""
    out: list[list[int]] = [[] for _ in range(count)]
    led_to = [False] * count
    for wire in wires:
        out[wire.start].append(wire.end)
        led_to[wire.end] = led_to[wire.end] or wire.start != wire.end
    column: dict[int, int] = {}
    # Where a circle is all there is, its first box is as good a beginning as any other.
    for root in [*(box for box in range(count) if not led_to[box]), *range(count)]:
        waiting = deque([root] if root not in column else [])
        column.setdefault(root, 0)
        while waiting:
            box = waiting.popleft()
            for end in out[box]:
                if end not in column or column[end] > column[box] + 1:
                    column[end] = column[box] + 1
                    waiting.append(end)
    return column


def _sorted(slots: list[list[Slot]], links: Mapping[tuple[Slot, Slot], float]) -> list[list[Slot]]:
    """Sort each column by where its neighbours stand, and keep the arrangement with the fewest crossings."""
    before: dict[Slot, list[tuple[Slot, float]]] = {}
    after: dict[Slot, list[tuple[Slot, float]]] = {}
    for (left, right), port in links.items():
        before.setdefault(right, []).append((left, port))
        after.setdefault(left, []).append((right, 0.5))
    best, fewest = [list(column) for column in slots], _crossings(slots, links)
    for sweep in range(SWEEPS):
        to_the_right = sweep % 2 == 0
        neighbours = before if to_the_right else after
        indexes = range(1, len(slots)) if to_the_right else range(len(slots) - 2, -1, -1)
        for index in indexes:
            beside = slots[index - 1 if to_the_right else index + 1]
            place = {slot: number for number, slot in enumerate(beside)}
            slots[index] = _by_neighbours(slots[index], place, neighbours)
        crossings = _crossings(slots, links)
        if crossings < fewest:
            best, fewest = [list(column) for column in slots], crossings
        if not fewest:
            break
    return best


def _by_neighbours(
    column: list[Slot], place: Mapping[Slot, int], neighbours: Mapping[Slot, list[tuple[Slot, float]]]
) -> list[Slot]:
    weights: dict[Slot, float] = {}
    for number, slot in enumerate(column):
        near = [place[other] + port for other, port in neighbours.get(slot, ()) if other in place]
        weights[slot] = sum(near) / len(near) if near else float(number)
    return sorted(column, key=weights.__getitem__)


def _crossings(slots: Sequence[Sequence[Slot]], links: Mapping[tuple[Slot, Slot], float]) -> int:
    """Count how often lines between neighbouring columns cross."""
    column = {slot: index for index, column in enumerate(slots) for slot in column}
    place = {slot: number for column in slots for number, slot in enumerate(column)}
    between: list[list[tuple[float, int]]] = [[] for _ in slots]
    for (left, right), port in links.items():
        between[column[left]].append((place[left] + port, place[right]))
    total = 0
    for lines in between:
        seen: list[int] = []
        for _, right in sorted(lines):
            total += len(seen) - bisect_left(seen, right + 1)
            insort(seen, right)
    return total
