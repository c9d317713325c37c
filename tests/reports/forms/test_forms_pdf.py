"""The PDF: the same bytes each time, all words on it, links, pages that break between rows, nothing spills over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from reports.document import Cell, Column, Document, Edge, Flow, Node, Table, Unit
from reports.forms.links import door, link_of
from reports.forms.long_pdf import Heading, write_long_pdf
from reports.forms.pdf import pdf_of, write_pdf
from tests.reports.forms import samples
from tests.reports.forms.reading import links_of, pages_of, words_of

BASE = "https://calls.example"
LIST = (
    Column("call", "Call"),
    Column("at", "Came in", Unit.MOMENT),
    Column("name", "Name"),
    Column("waited", "Waited", Unit.SECONDS),
)


def listed(count: int, name: str = "Ona Žukauskaitė") -> Iterator[tuple[Any, ...]]:
    return ((f"call {at:06d}", 1_795_521_601_250 + at * 1000, name, at * 1.5) for at in range(count))


def tall(count: int, **changed: Any) -> Document:
    """Return a report with one table of so many rows."""
    columns = (Column("name", "Name"), Column("calls", "Calls", Unit.COUNT))
    rows = tuple((Cell(f"person {at:05d}"), Cell(at)) for at in range(count))
    table = Table("people", "People", columns, rows, (Cell("Total of all"), Cell(count)), **changed)
    return replace(samples.EMPTY, parts=(table,))


def test_the_same_report_gives_the_same_bytes(tmp_path: Path) -> None:
    write_pdf(samples.FULL, tmp_path / "a.pdf", BASE)
    assert (tmp_path / "a.pdf").read_bytes() == pdf_of(samples.FULL, BASE)


def test_it_says_what_a_manager_signs() -> None:
    pages = pages_of(pdf_of(samples.FULL))
    whole = words_of(" ".join(pages))
    for words in (
        samples.FULL.company, samples.FULL.title, "Tuesday, 24 November 2026 (Europe/Vilnius)", samples.FULL.rule,
        samples.FULL.scope, *samples.FULL.notes, *samples.FULL.warnings, "25 November 2026, 08:30 (Europe/Vilnius)",
        "Definitions", "Formula: answered within 20 s ÷ offered", "Exclusions: callers who still wait",
        "* lies over a gap in what was seen", "¹ a part of the talks was imported without their length",
        "Александр Иванов",
    ):  # fmt: skip
        assert words in whole
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in words_of(page)


def test_figures_link_to_their_calls_where_the_address_is_known() -> None:
    expected = {
        *(link_of(figure.cell, BASE) for figure in samples.FULL.head),
        *(link_of(cell, BASE) for row in samples.DEPARTMENTS.rows for cell in row),
        *(door(calls, BASE) for calls in samples.INTERVALS.behind if calls),
        *(door(edge.behind, BASE) for edge in samples.PATHS.edges if edge.behind),
        f"{BASE}/calls/17955216.3",
    } - {""}
    assert expected <= set(links_of(pdf_of(samples.FULL, BASE)))
    assert links_of(pdf_of(samples.FULL)) == []


@pytest.mark.parametrize("count", [1, 2, 43, 44, 45, 46, 47, 48, 300])
def test_every_row_is_there_once_under_its_heading_and_the_total_not_alone(count: int) -> None:
    pages = pages_of(pdf_of(tall(count)))
    whole = " ".join(pages)
    assert [f"person {at:05d}" for at in range(count) if whole.count(f"person {at:05d}") != 1] == []
    assert whole.count("Total of all") == 1
    for page in pages:
        if "person" in page:
            assert "Calls" in page
        if "Total of all" in page:
            assert "person" in page


def test_a_table_too_wide_for_paper_comes_in_pieces_that_each_name_the_row() -> None:
    columns = (Column("name", "Person"), *(Column(f"c{at}", f"Reason {at}", Unit.SECONDS) for at in range(40)))
    row = (Cell("Ona"), *(Cell(100.0 * at) for at in range(40)))
    content = pdf_of(replace(samples.EMPTY, parts=(Table("t", "Time sheet", columns, (row,)),)))
    document = pypdfium2.PdfDocument(content)
    width, height = document[0].get_size()
    document.close()
    assert width > height
    whole = words_of(" ".join(pages_of(content)))
    assert whole.count("Ona") > 2
    assert all(f"Reason {at}" in whole for at in range(40))


def test_the_largest_flow_fits_one_page() -> None:
    nodes = tuple(Node(f"n{at}", f"Place {at}", 0 if at == 0 else 1, 10) for at in range(60))
    flow = Flow("f", "Flow", nodes, tuple(Edge("n0", f"n{at}", 1) for at in range(1, 60)))
    assert any("Place 59" in page for page in pages_of(pdf_of(replace(samples.EMPTY, parts=(flow,)))))


HOSTILE = {
    "an enemy's": samples.EVIL, "half a letter": "\ud800", "markup": "<a href='x'>&amp;", "long words": "и" * 3000,
    "letters we have not": "漢字", "wide letters": "W" * 5000, "lines": "a\nb\n" * 900, "brackets": "(\\)",
    "accents": "e\u0301" * 300, "nothing": "",
}  # fmt: skip
#: To shrink a report of pages takes minutes, and what is found is as plain without.
UNSHRUNK = settings(max_examples=12, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_an_enemy_writes_is_printed_in_bounds(text: str) -> None:
    in_bounds(text)


@UNSHRUNK
@given(st.text())
def test_whatever_is_written_is_printed_in_bounds(text: str) -> None:
    in_bounds(text)


def in_bounds(text: str) -> None:
    content = pdf_of(samples.spelled(text), BASE)
    assert len(content) < 400_000
    document = pypdfium2.PdfDocument(content)
    assert len(document) < 12
    for page in document:
        width, height = page.get_size()
        words = page.get_textpage()
        for at in range(words.count_rects()):
            left, bottom, right, top = words.get_rect(at)
            assert -1 <= left <= right <= width + 1
            assert -1 <= bottom <= top <= height + 1
    document.close()


def test_many_warnings_are_bounded_and_say_so() -> None:
    report = replace(samples.EMPTY, warnings=tuple(f"warning {at}" for at in range(500)))
    assert "and 460 more" in " ".join(pages_of(pdf_of(report)))


def test_a_long_list_has_each_row_once_and_knows_its_pages(tmp_path: Path) -> None:
    heading = Heading("Call list", "UAB Žaliasis Krantas", ("November",), "Call list · November")
    count = write_long_pdf(heading, LIST, listed(500), tmp_path / "a.pdf", zone=samples.VILNIUS)
    pages = pages_of(tmp_path / "a.pdf")
    assert len(pages) == count > 5
    whole = " ".join(pages)
    assert all(whole.count(f"call {at:06d}") == 1 for at in range(500))
    assert whole.count("Ona Žukauskaitė") == 500
    assert "2026-11-24 14:00:01" in pages[0]
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {count}" in words_of(page)
        assert "Came in" in page


def test_a_long_list_gives_the_same_bytes_and_may_be_empty(tmp_path: Path) -> None:
    for name in ("a.pdf", "b.pdf"):
        write_long_pdf(Heading("List"), LIST, listed(100), tmp_path / name, zone=samples.VILNIUS)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    assert write_long_pdf(Heading("List"), LIST, [], tmp_path / "c.pdf", zone=samples.VILNIUS) == 1
    assert "no calls" in pages_of(tmp_path / "c.pdf")[0]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_row_of_a_long_list_is_one_line_in_its_column(tmp_path: Path, text: str) -> None:
    write_long_pdf(Heading(text, text, (text,), text), LIST, listed(3, text), tmp_path / "a.pdf", zone=samples.VILNIUS)
    document = pypdfium2.PdfDocument(tmp_path / "a.pdf")
    assert len(document) == 1
    words = document[0].get_textpage()
    assert words.get_text_bounded().count("call 00000") == 3
    for at in range(words.count_rects()):
        assert words.get_rect(at)[2] <= document[0].get_size()[0]
    document.close()


def test_a_figure_is_never_cut(tmp_path: Path) -> None:
    rows = [*listed(400), ("last", 1_795_521_601_250, "x", 123_456_789_012.0)]
    write_long_pdf(Heading("List"), LIST, rows, tmp_path / "a.pdf", zone=samples.VILNIUS)
    assert "34293552 h 30 min" in words_of(pages_of(tmp_path / "a.pdf")[-1])
