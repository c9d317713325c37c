"""A flow as a picture: places from left to right by their depth, joined by bands as wide as callers took them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

from reportlab.graphics.shapes import Path

from ledger.paper.numbered import FAINT, INK
from reports.document import Edge, Flow, Node
from reports.forms.picture import Picture, Spot, block, fitted, kind, measure, nothing, sheet, text
from reports.forms.words import UNSURE, UNSURE_SAID

#: More places or bands than these make no drawing that anybody reads; the smaller ones are said to be left out.
MOST_NODES: Final = 60
MOST_EDGES: Final = 160
_MOST_BACK: Final = 8
_BAR: Final = 9.0
_GAP: Final = 14.0
_TALL: Final = 150.0
_ROOM: Final = 100.0
_PER_NODE: Final = 28.0
_LINE: Final = 12.0
_BAND: Final = 0.3


@dataclass
class _Box:
    """Where a place stands, and how much of both its sides is taken by bands already."""

    node: Node
    x: float
    y: float
    height: float
    left: float = 0.0
    right: float = 0.0

    @property
    def top(self) -> float:
        return self.y + self.height


def flow_picture(flow: Flow, width: float) -> Picture:
    """Draw a flow as wide as this."""
    nodes = sorted((node for node in flow.nodes if node.count > 0), key=lambda node: -node.count)[:MOST_NODES]
    if not nodes:
        return nothing(flow.name, flow.title, width)
    depths = {node.name: node.depth for node in nodes}
    known = [edge for edge in flow.edges if edge.origin in depths and edge.to in depths and edge.count > 0]
    onward = [edge for edge in known if depths[edge.to] > depths[edge.origin]]
    onward = sorted(onward, key=lambda edge: -edge.count)[:MOST_EDGES]
    back = sorted((edge for edge in known if depths[edge.to] <= depths[edge.origin]), key=lambda edge: -edge.count)
    below = _below(flow, back, len(nodes), len(onward) + len(back))
    below += [f"{UNSURE} all of it {UNSURE_SAID}"] if flow.unsure else []

    columns: dict[int, list[Node]] = defaultdict(list)
    for node in nodes:
        columns[node.depth].append(node)
    boxes, tall, room = _boxes(columns, width)
    foot = _LINE * len(below) + (6 if below else 0)
    drawing = sheet(width, tall + foot)
    for box in boxes.values():
        box.y += foot
    colours = {node.name: kind(number) for number, node in enumerate(sorted(nodes, key=lambda node: node.depth))}
    spots = _bands(drawing, onward, boxes, colours)
    step = (width - room) / (len(columns) - 1) if len(columns) > 1 else width
    for box in boxes.values():
        _place(drawing, box, min(step, width - box.x) - _BAR - 8, FAINT if box.node.end else colours[box.node.name])
        words = f"{box.node.title}: {box.node.count:,}"
        spots.insert(0, Spot(box.x, box.y, _BAR, box.height, words))
    for number, words in enumerate(below):
        drawing.add(text(0, foot - 12 - number * _LINE, fitted(words, width)))
    words = "; ".join(_said(edge, flow) for edge in (*onward, *back))
    return Picture(flow.name, flow.title, words, drawing, tuple(spots))


def _boxes(columns: dict[int, list[Node]], width: float) -> tuple[dict[str, _Box], float, float]:
    """Place the nodes, a column for each depth, the busiest on top, all to one scale.

    Returns them with the height that they take, and the room to the right that is left for words.
    """
    sheet(width, 1.0)  # loads the letters
    last = columns[max(columns)]
    room = min(width * 0.3, max(_ROOM, max(measure(node.title[:60], 8) for node in last) + _BAR + 10))
    scale = _TALL / max(sum(node.count for node in nodes) for nodes in columns.values())
    # Words of two lines have to fit beside each.
    talls = {
        depth: [(max(1.5, node.count * scale), max(node.count * scale + _GAP, _PER_NODE)) for node in nodes]
        for depth, nodes in columns.items()
    }
    height = max(sum(step for _, step in column) for column in talls.values())
    boxes = {}
    for place, depth in enumerate(sorted(columns)):
        x = place * (width - room) / max(1, len(columns) - 1)
        y = height - 2
        for node, (tall, step) in zip(columns[depth], talls[depth], strict=True):
            boxes[node.name] = _Box(node, x, y - tall, tall)
            y -= step
    return boxes, height, room


def _bands(
    drawing: Any, edges: list[Edge], boxes: dict[str, _Box], colours: dict[str, Any]
) -> list[Spot]:  # Any: a Drawing, a Color
    """Draw the edges from top to bottom, so that those of one place do not cross."""
    spots = []
    for edge in sorted(edges, key=lambda edge: (-boxes[edge.origin].y, -boxes[edge.to].y)):
        origin, to = boxes[edge.origin], boxes[edge.to]
        thick_out = origin.height * min(1.0, edge.count / origin.node.count)
        thick_in = to.height * min(1.0, edge.count / to.node.count)
        high_out, high_in = origin.top - origin.right, to.top - to.left
        origin.right += thick_out
        to.left += thick_in
        x1, x2 = origin.x + _BAR, to.x
        middle = (x1 + x2) / 2
        band = Path(fillColor=colours[edge.origin], fillOpacity=_BAND, strokeColor=None, strokeWidth=0)
        band.moveTo(x1, high_out)
        band.curveTo(middle, high_out, middle, high_in, x2, high_in)
        band.lineTo(x2, high_in - thick_in)
        band.curveTo(middle, high_in - thick_in, middle, high_out - thick_out, x1, high_out - thick_out)
        band.closePath()
        drawing.add(band)
        by = f" ({edge.label})" if edge.label else ""
        words = f"{origin.node.title} → {to.node.title}{by}: {edge.count:,}"
        # What is pressed is the end of the band, where it lies over no other.
        tall = max(thick_in, 6.0)
        spots.append(Spot(x2 - 26, high_in - thick_in / 2 - tall / 2, 26, tall, words, edge.behind))
        if edge.label:
            at = high_in - thick_in / 2 - 2.5
            drawing.add(text(x2 - 4, at, fitted(edge.label, 40), size=7, colour=INK, anchor="end"))
    return spots


def _place(drawing: Any, box: _Box, room: float, colour: Any) -> None:  # Any: a Drawing, a Color
    drawing.add(block(box.x, box.y, _BAR, box.height, colour))
    x, y = box.x + _BAR + 4, box.top - 7.5
    drawing.add(text(x, y, fitted(box.node.title, room, 8), size=8, colour=INK))
    drawing.add(text(x, y - 9.5, f"{box.node.count:,}"))


def _below(flow: Flow, back: list[Edge], nodes: int, edges: int) -> list[str]:
    """Return the lines below the drawing: who went back, and what is not drawn."""
    lines = [f"back: {_said(edge, flow)}" for edge in back[:_MOST_BACK]]
    if len(back) > _MOST_BACK:
        lines.append(f"and {len(back) - _MOST_BACK} more ways back")
    places, ways = len(flow.nodes) - nodes, len(flow.edges) - edges
    if places or ways:
        lines.append(f"not drawn: {places} smaller places and {ways} smaller ways")
    return lines


def _said(edge: Edge, flow: Flow) -> str:
    titles = {node.name: node.title for node in flow.nodes}
    by = f" by {edge.label}" if edge.label else ""
    return f"{titles.get(edge.origin, edge.origin)} → {titles.get(edge.to, edge.to)}{by}: {edge.count:,}"
