"""The diagram of a site as the page draws it: boxes with a row for each branch, lines, and what is lit up.

Owns what is drawn of the map and in which sizes; where it stands is decided in `layout`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from config.findings import Position
from config.graph import Branch, Graph, Junction
from config.graph_words import KINDS
from config.ways import Stop
from server.studio.overview.layout import Box, Layout, lay_out
from server.studio.overview.path import NO_PATH, Trodden

WIDTH = 160.0
HEAD, ROW, SUBROW, FOOT = 44.0, 21.0, 13.0, 5.0
#: More rows than this are counted in one that leads to the list.
MOST_ROWS = 40
#: How many letters fit across a box, as title and as note; what is longer is shortened.
TITLE, NOTE = 18, 24
#: How wide a row's words may be together, and about how wide a letter of each is.
ACROSS, LABEL_LETTER, GOAL_LETTER = WIDTH - 32, 6.6, 5.7

#: Where a place of the draft can be edited; '' for who may not.
Where = Callable[[Position | None], str]


@dataclass(frozen=True, slots=True)
class Row:
    """A branch as a row of its box. `more` is where its far end is, when that is not drawn."""

    branch: Branch
    y: float
    height: float
    label: str
    note: str
    goal: str
    edit: str
    lit: bool
    more: str = ""

    @property
    def spoken(self) -> str:
        """The row for who does not see it."""
        words = f"{self.branch.label} {self.branch.note}".strip()
        return f"{words}: {self.branch.comes_to}"


@dataclass(frozen=True, slots=True)
class Card:
    """A place as a box. `step` is the how manieth of the path that is lit up; 0 is not on it."""

    junction: Junction
    x: float
    y: float
    height: float
    title: str
    said: str
    kind: str
    edit: str
    rows: tuple[Row, ...]
    left_out: int
    step: int
    reached: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """A line of the diagram."""

    path: str
    why: str
    is_back: bool
    lit: bool


@dataclass(frozen=True)
class Diagram:
    """Everything that is drawn, from the left; `hidden` places are on the map but not in the drawing."""

    cards: tuple[Card, ...]
    lines: tuple[Drawn, ...]
    width: float
    height: float
    hidden: int


def draw(graph: Graph, edit: Where, *, shown: frozenset[Stop] | None = None, trodden: Trodden = NO_PATH) -> Diagram:
    """Draw a map, or the places of it that are `shown`, with the path of a call lit up."""
    stops = [stop for stop in graph.junctions if shown is None or stop in shown]
    number = {stop: index for index, stop in enumerate(stops)}
    junctions = [graph.junctions[stop] for stop in stops]
    layout = lay_out([_box(junction, number) for junction in junctions], WIDTH)
    cards = [
        _card(junction, place, edit, number, trodden, reached=junction.stop in graph.reached)
        for junction, place in zip(junctions, layout.places, strict=True)
    ]
    lines = _lines(junctions, layout, trodden)
    # Tab leads from left to right, as the call goes.
    cards.sort(key=lambda card: (card.x, card.y))
    return Diagram(tuple(cards), lines, layout.width, layout.height, len(graph.junctions) - len(stops))


def nowhere(_position: Position | None) -> str:
    """Return where a place is edited by who may edit nothing."""
    return ""


def address_of(stop: Stop) -> str:
    """Return how a place is named in addresses."""
    return f"{stop.kind}:{stop.name}"


def stop_of(address: str) -> Stop:
    """Return the place of an address; it need not be on any map."""
    kind, _, name = address.partition(":")
    return Stop(kind, name)


def _height(junction: Junction) -> float:
    left_out = ROW if len(junction.branches) > MOST_ROWS else 0.0
    rows = sum(_row_height(branch) for branch in junction.branches[:MOST_ROWS])
    return HEAD + (rows + left_out + FOOT if rows else 0.0)


def _row_height(branch: Branch) -> float:
    return ROW + (SUBROW if branch.note else 0.0)


def _middles(junction: Junction) -> tuple[float, ...]:
    """Return at which height the first line of each row stands."""
    heights = [_row_height(branch) for branch in junction.branches[:MOST_ROWS]]
    return tuple(HEAD + above + ROW / 2 for above in accumulate(heights[:-1], initial=0.0)) if heights else ()


def _box(junction: Junction, number: dict[Stop, int]) -> Box:
    branches = zip(junction.branches, _middles(junction), strict=False)
    rows = {row: (number[branch.end], y) for row, (branch, y) in enumerate(branches) if branch.end in number}
    return Box(_height(junction), rows)


def _card(
    junction: Junction,
    place: tuple[float, float],
    edit: Where,
    number: dict[Stop, int],
    trodden: Trodden,
    *,
    reached: bool,
) -> Card:
    rows = tuple(
        Row(
            branch,
            y,
            _row_height(branch),
            _short(branch.label, 11),
            _short(branch.note, NOTE),
            _short(branch.comes_to, int((ACROSS - LABEL_LETTER * min(len(branch.label), 11)) / GOAL_LETTER)),
            edit(branch.position),
            branch in trodden.branches,
            address_of(branch.end) if branch.end is not None and branch.end not in number else "",
        )
        for branch, y in zip(junction.branches, _middles(junction), strict=False)
    )
    return Card(
        junction,
        place[0],
        place[1],
        _height(junction),
        _short(junction.title, TITLE),
        _short(_said(junction), NOTE),
        KINDS[junction.stop.kind],
        edit(junction.position),
        rows,
        max(0, len(junction.branches) - MOST_ROWS),
        trodden.step(junction.stop),
        reached,
    )


def _said(junction: Junction) -> str:
    """Return what stands below a title: what kind of place it is, and the first thing to know of it."""
    kind, note = KINDS[junction.stop.kind], junction.note.split(", ")[0]
    if not note or kind in junction.title.lower():
        return note or kind
    return f"{kind} · {note}"


def _lines(junctions: Sequence[Junction], layout: Layout, trodden: Trodden) -> tuple[Drawn, ...]:
    drawn = []
    for line in layout.lines:
        branch = junctions[line.box].branches[line.row]
        drawn.append(Drawn(line.path, branch.why, line.is_back, branch in trodden.branches))
    # What is lit lies over the rest.
    return tuple(sorted(drawn, key=lambda line: line.lit))


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
