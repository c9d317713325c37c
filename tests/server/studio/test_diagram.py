"""The diagram: nothing overlaps, no line leads left but over the top, and every branch of the site is drawn."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import config
from config.graph import Graph, graph_of
from config.load import require_site
from config.reading.source import read_source
from config.schema import Site
from config.ways import Stop
from server.studio.overview.diagram import MOST_ROWS, WIDTH, address_of, draw, stop_of
from server.studio.overview.layout import Box, _apart, lay_out
from server.studio.overview.order import Bend, Wire, columns_of

ACME = Path(config.__file__).parent / "acme"


@pytest.fixture(scope="module")
def acme() -> Graph:
    return graph_of(require_site(ACME), read_source(ACME, {}).root)


@st.composite
def charts(draw_: st.DrawFn) -> tuple[int, list[Wire]]:
    count = draw_(st.integers(1, 12))
    box = st.integers(0, count - 1)
    pairs = draw_(st.lists(st.tuples(box, box), max_size=30))
    return count, [Wire(start, end) for start, end in pairs]


@settings(max_examples=60, deadline=None)
@given(charts())
def test_every_line_leads_right_or_is_told_to_lead_back(chart: tuple[int, list[Wire]]) -> None:
    count, wires = chart
    columns = columns_of(count, wires)
    assert sorted(slot for column in columns.slots for slot in column if isinstance(slot, int)) == list(range(count))
    for wire in wires:
        if wire not in columns.back and wire.start != wire.end:
            start, end = columns.column[wire.start], columns.column[wire.end]
            assert start < end
            assert all(Bend(wire.end, step) in columns.slots[step] for step in range(start + 1, end))


def test_where_everything_leads_to_everything_there_are_few_columns() -> None:
    wires = [Wire(start, (start * 3 + step) % 100) for start in range(100) for step in range(1, 5)]
    columns = columns_of(100, wires)
    assert len(columns.slots) < 10
    assert all(columns.column[wire.end] <= columns.column[wire.start] for wire in columns.back)


@settings(max_examples=40, deadline=None)
@given(charts())
def test_no_box_lies_on_another(chart: tuple[int, list[Wire]]) -> None:
    count, wires = chart
    boxes = [
        Box(60.0 + 10 * number, {row: (wire.end, 50.0) for row, wire in enumerate(wires) if wire.start == number})
        for number in range(count)
    ]
    layout = lay_out(boxes, 100.0)
    for one, other in combinations(range(count), 2):
        (left, top), (other_left, other_top) = layout.places[one], layout.places[other]
        beside = abs(left - other_left) >= 100
        above = top + boxes[one].height <= other_top or other_top + boxes[other].height <= top
        assert beside or above
    assert all(x >= 0 and x + 100 <= layout.width and y >= 0 for x, y in layout.places)
    assert len(layout.lines) == sum(wire.start != wire.end for wire in wires)


@pytest.mark.parametrize(
    ("wishes", "placed"),
    [
        pytest.param([0.0, 50.0], [0.0, 50.0], id="apart already"),
        pytest.param([0.0, 0.0], [-5.0, 5.0], id="both give way"),
        pytest.param([30.0, 0.0, 100.0], [10.0, 20.0, 100.0], id="the order stays"),
        pytest.param([0.0, 0.0, 0.0, 0.0], [-15.0, -5.0, 5.0, 15.0], id="all want one place"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_boxes_stand_as_near_to_their_wishes_as_can_be(wishes: list[float], placed: list[float]) -> None:
    assert _apart(wishes, [10.0] * len(wishes)) == placed


def test_every_branch_of_the_sample_site_is_drawn(acme: Graph) -> None:
    diagram = draw(acme, lambda position: str(position))
    rows = [row.branch for card in diagram.cards for row in card.rows]
    assert sorted(rows, key=str) == sorted(acme.branches, key=str)
    assert len(diagram.lines) == sum(branch.end is not None for branch in rows)
    assert diagram.hidden == 0
    # It fits beside nothing else on a desk's screen, at a size that can be read.
    assert diagram.width * 0.7 < 1232
    assert sum(line.is_back for line in diagram.lines) == 1


def test_of_a_part_the_rows_that_lead_out_of_it_can_be_followed(acme: Graph) -> None:
    main = Stop("menu", "main")
    diagram = draw(acme, lambda _: "", shown=acme.within([main], 0))
    [card] = diagram.cards
    further = {row.branch.label: row.more for row in card.rows}
    assert further["1"] == "department:billing" and stop_of(further["1"]) == Stop("department", "billing")
    assert further["9"] == ""  # plays again: there is nothing behind it
    assert (diagram.lines, diagram.hidden) == ((), len(acme.junctions) - 1)


def test_the_addresses_of_places_come_back(acme: Graph) -> None:
    assert [stop_of(address_of(stop)) for stop in acme.junctions] == list(acme.junctions)


def test_a_place_with_very_many_branches_is_cut_and_says_so() -> None:
    menus = {"main": {"say": "Hi", "keys": {str(key): "hangup" for key in range(10, 10 + MOST_ROWS + 5)}}}
    site = Site.model_validate({"company": {"name": "A"}, "numbers": {"1": {"menu": "main"}}, "menus": menus})
    card = next(card for card in draw(graph_of(site), lambda _: "").cards if card.kind == "menu")
    assert (len(card.rows), card.left_out) == (MOST_ROWS, 7)


def test_five_hundred_menus_are_drawn_at_once() -> None:
    menus = {
        f"m{n}": {"say": "Hi", "keys": {str(key): f"m{(n * 3 + key) % 500}" for key in range(1, 5)}} for n in range(500)
    }
    site = Site.model_validate({"company": {"name": "A"}, "numbers": {"1": {"menu": "m0"}}, "menus": menus})
    graph = graph_of(site)
    diagram = draw(graph, lambda _: "")
    assert len(diagram.cards) == 501 and diagram.width > WIDTH
