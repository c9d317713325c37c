"""Charts on a page: well formed whatever is in them, nothing a strict policy forbids, a link behind each figure."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.document import Cell, Chart, Edge, Flow, Heat, Node, Series, Shape, Table, Unit
from reports.forms.drawings import picture_of
from reports.forms.links import door
from reports.forms.picture import fitted, measure, sheet
from reports.forms.svg import svg_of
from tests.reports.forms import samples

NS = "{http://www.w3.org/2000/svg}"
DRAWN = [part for part in samples.FULL.parts if not isinstance(part, Table)]
EMPTY = [part for part in samples.EMPTY.parts if not isinstance(part, Table)]
#: What may stand in a picture; no style, no script, no handler of events.
ELEMENTS = {"svg", "title", "desc", "g", "a", "rect", "line", "circle", "polyline", "path", "text"}
ATTRIBUTES = {
    "class", "role", "viewBox", "width", "height", "aria-hidden", "aria-label", "href", "x", "y", "x1", "x2", "y1",
    "y2", "cx", "cy", "r", "d", "points", "fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity",
    "text-anchor", "font-size",
}  # fmt: skip
Drawable = Chart | Heat | Flow


def svg(part: Drawable, width: float = 720.0) -> ET.Element:
    found = ET.fromstring(svg_of(picture_of(part, samples.VILNIUS, width)))
    for element in found.iter():
        assert element.tag.removeprefix(NS) in ELEMENTS
        assert set(element.attrib) <= ATTRIBUTES
    return found


def texts(element: ET.Element) -> list[str]:
    return [one.text or "" for one in element.iter(f"{NS}text")]


@pytest.mark.parametrize("part", [*DRAWN, *EMPTY], ids=lambda part: f"{part.name} {len(str(part))}")
def test_every_drawing_is_named_and_lies_within_its_edges(part: Drawable) -> None:
    element = svg(part)
    assert element.findtext(f"{NS}title") == part.title
    assert element.findtext(f"{NS}desc")
    _, _, width, height = map(float, element.attrib["viewBox"].split())
    for one in element.iter(f"{NS}rect"):
        assert float(one.attrib["x"]) + float(one.attrib["width"]) <= width + 1
        assert -1 <= float(one.attrib["y"]) <= float(one.attrib["y"]) + float(one.attrib["height"]) <= height + 1


@pytest.mark.parametrize("part", DRAWN, ids=lambda part: part.name)
def test_what_has_calls_behind_it_links_to_them(part: Drawable) -> None:
    if isinstance(part, Chart):
        behind = [calls for calls in part.behind if calls]
    elif isinstance(part, Heat):
        behind = [cell.behind for row in part.cells for cell in row if cell.behind]
    else:
        behind = [edge.behind for edge in part.edges if edge.behind]
    element = svg(part)
    links = [one.attrib["href"] for one in element.iter(f"{NS}a")]
    assert sorted(links) == sorted(door(calls) for calls in behind)
    assert all(one.attrib["aria-label"] for one in element.iter(f"{NS}a"))
    # Inside an image nobody could reach them.
    assert element.attrib["role"] == ("group" if links else "img")


@settings(max_examples=60, deadline=None)
@given(st.text() | st.sampled_from([samples.EVIL, "]]>", "\ud800", "\x00", "</svg>", "и" * 500]))
def test_whatever_is_written_stays_text(text: str) -> None:
    for part in samples.spelled(text).parts:
        if not isinstance(part, Table):
            svg(part)


def test_inks_take_the_colour_of_the_page_and_kinds_keep_theirs() -> None:
    page = svg_of(picture_of(samples.INTERVALS, samples.VILNIUS))
    assert 'fill="currentColor"' in page
    assert 'class="kind-2" fill="#d9822b"' in page


@pytest.mark.parametrize(
    "values",
    [
        pytest.param((0.0, 0.0), id="all nothing"),
        pytest.param((1e9, 1.0), id="a giant and a dwarf"),
        pytest.param((1e-9, None), id="next to nothing"),
        pytest.param((0.001, 0.0005), id="small"),
    ],
)
@pytest.mark.parametrize("unit", [Unit.COUNT, Unit.SHARE, Unit.SECONDS, Unit.NUMBER])
@pytest.mark.parametrize("shape", list(Shape))
def test_scales_hold_all_sizes(values: tuple[float | None, ...], unit: Unit, shape: Shape) -> None:
    labels = ("short", "a label that is much too long to stand under a bar " * 3)
    element = svg(Chart("c", "C", shape, labels, (Series("a", values), Series("b", values)), unit))
    assert len(list(element.iter())) < 60


def test_many_labels_are_thinned_out() -> None:
    labels = tuple(f"{at // 4:02d}:{at % 4 * 15:02d}" for at in range(96))
    chart = Chart("c", "C", Shape.BARS, labels, (Series("a", tuple(map(float, range(96)))),))
    said = [text for text in texts(svg(chart)) if ":" in text]
    assert 10 < len(said) < 40


def test_an_unknown_cell_has_no_colour_and_the_signs_are_explained() -> None:
    heat = Heat("h", "H", ("Mon",), ("09", "10", "11"), ((Cell(4, unsure=True), Cell(None, unknown=True), Cell(None)),))
    said = texts(svg(heat))
    assert {"4*", "?", "–"} <= set(said)
    assert "* lies over a gap" in said[-1]
    assert "? not known" in said[-1]


@pytest.mark.parametrize("shape", list(Shape))
@pytest.mark.parametrize("lying", [False, True], ids=["upright", "lying"])
@pytest.mark.parametrize(
    ("unsure", "expected"),
    [
        pytest.param((), [False, False, False], id="no gap"),
        pytest.param((True, True, False), [True, True, False], id="a gap"),
        pytest.param((True, True, True), [True, True, True], id="nothing but a gap"),
    ],
)
def test_what_lies_over_a_gap_is_marked(
    shape: Shape, lying: bool, unsure: tuple[bool, ...], expected: list[bool]
) -> None:
    labels = tuple(f"{name} {'that is too long to stand ' * 4 if lying else ''}" for name in ("a", "b", "c"))
    element = svg(
        Chart("c", "C", shape, labels, (Series("s", (1.0, None, 3.0)), Series("t", (1.0, 1.0, 1.0))), unsure=unsure)
    )
    spots = [one.text or "" for one in element.iter(f"{NS}title")][1:]
    assert ["lies over a gap" in words for words in spots] == expected
    said = [words for words in texts(element) if "lies over a gap" in words]
    assert [words.removeprefix("* ").split()[0] for words in said] == (
        ["all" if all(unsure) else "lies"] if unsure else []
    )


def test_ways_back_are_told_below_the_drawing() -> None:
    nodes = (Node("a", "First", 0, 10), Node("b", "Second", 1, 6))
    back = replace(
        samples.PATHS, nodes=nodes, edges=(Edge("a", "b", 6, "1"), Edge("b", "a", 2, "9"), Edge("a", "a", 1))
    )
    said = texts(svg(back))
    assert "back: Second → First by 9: 2" in said
    assert "back: First → First: 1" in said


def test_a_flow_too_large_to_read_says_what_is_left_out() -> None:
    nodes = tuple(Node(f"n{at}", f"Place {at}", at % 4, 1 + at) for at in range(500))
    edges = tuple(Edge(f"n{at}", f"n{at + 1}", 1 + at) for at in range(499))
    element = svg(Flow("f", "F", nodes, edges))
    assert "not drawn: 440 smaller places" in texts(element)[-1]
    assert len(list(element.iter())) < 1500


@given(st.text(max_size=60), st.floats(5, 300))
def test_fitted_words_fit(words: str, room: float) -> None:
    sheet(10, 10)
    assert measure(fitted(words, room)) <= room
