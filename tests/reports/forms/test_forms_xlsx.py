"""The workbook: real numbers and dates, links, and nothing that a spreadsheet would run."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reports.document import Cell, Column, Document, Figure, Table, Unit
from reports.forms.xlsx import write_long_xlsx, write_xlsx
from tests.reports.forms import samples
from tests.reports.forms.reading import book_of

BASE = "https://calls.example"


def named(*titles: str) -> Document:
    tables = tuple(Table(f"t{at}", title, (Column("a", "A"),), ()) for at, title in enumerate(titles))
    return replace(samples.EMPTY, parts=tables)


def test_numbers_have_the_form_of_their_unit(tmp_path: Path) -> None:
    write_xlsx(samples.FULL, tmp_path / "a.xlsx", BASE)
    sheet = book_of(tmp_path / "a.xlsx")["Departments"]
    forms = [sheet.cell(2, place).number_format for place in range(1, 10)]
    assert forms[1:] == ["#,##0"] * 4 + ["0.0%"] + ["[h]:mm:ss"] * 3
    assert sheet["B3"].number_format == '#,##0"*"', "a figure over a gap shows its mark and stays a number"
    assert sheet["B3"].value == 63


def test_figures_link_to_their_calls_where_the_address_is_known(tmp_path: Path) -> None:
    write_xlsx(samples.FULL, tmp_path / "a.xlsx", BASE)
    sheet = book_of(tmp_path / "a.xlsx")["Departments"]
    assert sheet["B2"].hyperlink.target.startswith(f"{BASE}/reports/calls?count=offered")
    assert sheet["D2"].hyperlink is None
    write_xlsx(samples.FULL, tmp_path / "b.xlsx")
    assert book_of(tmp_path / "b.xlsx")["Departments"]["B2"].hyperlink is None


def test_the_first_sheet_says_what_it_is(tmp_path: Path) -> None:
    write_xlsx(samples.FULL, tmp_path / "a.xlsx")
    front = [
        str(cell.value) for row in book_of(tmp_path / "a.xlsx")["Report"].iter_rows() for cell in row if cell.value
    ]
    for words in (
        samples.FULL.title,
        samples.FULL.company,
        samples.FULL.rule,
        *samples.FULL.notes,
        *samples.FULL.warnings,
    ):
        assert words in front
    assert any("answered within 20 s ÷ offered" in words for words in front)


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        pytest.param(["Calls", "calls"], ["Calls", "calls 2"], id="the same but for its case"),
        pytest.param(["Report"], ["Report 2"], id="as the first sheet"),
        pytest.param(["a/b:c*d?[e]'"], ["a b c d  e"], id="signs that Excel refuses"),
        pytest.param(["x" * 80, "x" * 80], ["x" * 31, "x" * 29 + " 2"], id="too long"),
        pytest.param(["😀" * 40, "😀" * 40], ["😀" * 15, "😀" * 14 + " 2"], id="letters that count twice"),
        pytest.param(["", "///"], ["t0", "Table"], id="nothing left"),
        pytest.param(["History"], ["History 2"], id="a name of Excel's own"),
    ],
)
def test_every_sheet_has_a_name_that_excel_takes(titles: list[str], expected: list[str], tmp_path: Path) -> None:
    write_xlsx(named(*titles), tmp_path / "a.xlsx")
    assert book_of(tmp_path / "a.xlsx").sheetnames[1:] == expected


def test_the_same_report_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        write_xlsx(samples.FULL, tmp_path / name, BASE)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


@settings(
    max_examples=15,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a workbook takes too long to shrink
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.text() | st.sampled_from([samples.EVIL, "=1+1", "http://x.example", "{=1}", "\ud800\x00\uffff", "a" * 40_000])
)
def test_whatever_is_written_is_text(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.xlsx"
    write_xlsx(samples.spelled(text), path, BASE)
    with zipfile.ZipFile(path) as parts:
        for name in parts.namelist():
            assert b"<f>" not in parts.read(name)
    for sheet in book_of(path):
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row)


def test_a_long_address_is_left_out_and_the_figure_stays(tmp_path: Path) -> None:
    cell = Cell(7, samples.calls(value="й" * 200, menu="й" * 200))
    table = Table("t", "T", (Column("n", "N", Unit.COUNT),), ((cell,),))
    write_xlsx(replace(samples.EMPTY, parts=(table,), head=(Figure("f", "F", cell),)), tmp_path / "a.xlsx", BASE)
    sheet = book_of(tmp_path / "a.xlsx")["T"]
    assert sheet["A2"].value == 7
    assert sheet["A2"].hyperlink is None


def test_a_long_list_is_written_row_by_row(tmp_path: Path) -> None:
    table = Table("calls", "Calls", (Column("name", "Name"), Column("at", "Came in", Unit.MOMENT)), ())
    rows = ((f"=call {at}", 1_795_521_601_250 + at * 1000) for at in range(1500))
    write_long_xlsx(samples.FULL, table, rows, tmp_path / "a.xlsx")
    sheet = book_of(tmp_path / "a.xlsx")["Calls"]
    assert sheet.max_row == 1501
    assert sheet["A1501"].value == "=call 1499"
    assert sheet["A1501"].data_type == "s"
    assert sheet["B2"].value.isoformat(timespec="seconds") == "2026-11-24T14:00:01"
