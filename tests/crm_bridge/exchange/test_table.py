"""CSV as it is written: delimiters, quoted line breaks, and rows that are broken between rows that are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm_bridge.exchange.dialect import find_delimiter
from crm_bridge.exchange.errors import NotReadable
from crm_bridge.exchange.limits import Limits
from crm_bridge.exchange.look import look
from crm_bridge.exchange.plan import Field, Wishes
from crm_bridge.exchange.rows import Refused

from .house import customers, file, names, refused, rows


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        pytest.param("Name,Phone\nOna,1\n", ",", id="comma"),
        pytest.param("Name;Phone\nOna;1\n", ";", id="semicolon"),
        pytest.param("Name\tPhone\nOna\t1\n", "\t", id="tab"),
        pytest.param("Name|Phone\nOna|1\n", "|", id="bar"),
        pytest.param('Name;Note\n"a; b";"1,2,3"\nx;4,5,6\n', ";", id="commas in the text"),
        pytest.param("Name;A;B\nOna, Jonas;1,5;2,5\nPetras, Ana;1,5;2,5\n", ";", id="as many commas"),
        pytest.param("sep=|\nName|Phone\n", "|", id="said by the file"),
        pytest.param("Name\nOna\n", ",", id="one column"),
        pytest.param('Name;Note\nOna;"not closed\n', ";", id="a quote is not closed"),
    ],
)
def test_the_delimiter_is_found(text: str, delimiter: str) -> None:
    assert find_delimiter(text) == delimiter


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CR LF", "CR"])
def test_quoted_line_breaks_belong_to_the_cell(tmp_path: Path, end: str) -> None:
    text = 'Name;Note\nOna;"first\nsecond ""quoted"""\n\nJonas;x\n'.replace("\n", end)
    found = rows(file(tmp_path, text))
    assert [(row.number, row.customer.note) for row in found if not isinstance(row, Refused)] == [
        (2, 'first\nsecond "quoted"'),
        (4, "x"),  # the empty row counts, as in a spreadsheet
    ]


def test_the_line_that_names_the_delimiter_is_no_row(tmp_path: Path) -> None:
    found = rows(file(tmp_path, "sep=;\r\nName;Phone\r\nOna;8 600 00001\r\n"))
    assert [row.number for row in found] == [2]


BROKEN = [
    pytest.param(b'"Ona;+370 600 00002;', "a quote stands where none can be", id="a quote that the next row closes"),
    pytest.param(b'Ona;"+370" 600 00002;', "a quote stands where none can be", id="more after a quote"),
    pytest.param(b"O\0na;;", "it holds control characters", id="NUL"),
    pytest.param(b"Ona;;;;x", "it has 5 cells, there are 3 columns", id="too many cells"),
    pytest.param(b"x" * 130_000 + b";;", "it is longer than 128,000 signs", id="too long a line"),
    pytest.param(b'Ona;;"' + b"\n" * 600 + b'"', "a quote is opened and never closed", id="too many lines"),
    pytest.param(b"x" * 201 + b";;", "the name is longer than 200 signs", id="too long a name"),
    pytest.param(b"x" * 10_000 + b";;", "the name is longer than 200 signs", id="10 kB of name"),
    pytest.param(b"Ona;;" + b"x" * 20_001, "the note is longer than 20,000 signs", id="too long a note"),
    pytest.param(b";;only a note", "it has no name", id="nobody"),
    pytest.param(b";12;", "“12” is no telephone number", id="nobody with a number that is none"),
]


@pytest.mark.parametrize(("line", "why"), BROKEN)
def test_a_broken_row_is_refused_and_those_around_it_are_read(tmp_path: Path, line: bytes, why: str) -> None:
    before, after = b'Before;;"a ""b"""', b'"After";"+370 600 00001";"c"'
    found = rows(file(tmp_path, b"\n".join((b"Name;Phone;Note", before, line, after, after))))
    assert names(found) == ["Before", "After", "After"]
    number, said = refused(found)[0]
    assert (number, why in said) == (3, True), said


def test_a_quote_that_nobody_closes_costs_one_row(tmp_path: Path) -> None:
    text = 'Name;Note\n"Lost;1\n' + "".join(f"Ona {number};x\n" for number in range(2_000))
    found = rows(file(tmp_path, text))
    assert refused(found) == [(2, "a quote is opened and never closed")]
    assert len(names(found)) == 2_000


def test_an_endless_line_is_passed_over_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "endless.csv"
    with path.open("wb") as endless:
        endless.write(b"Name;Note\nOna;x\n")
        for _ in range(40):
            endless.write(b"y" * (1 << 20))
        endless.write(b"\nJonas;z\n")
    found = rows(path)
    assert names(found) == ["Ona", "Jonas"]
    assert refused(found) == [(3, "it is longer than 128,000 signs")]
    assert sum(len(cell) for row in found for cell in row.cells) < 5_000


def test_an_endless_line_and_nothing_else(tmp_path: Path) -> None:
    with pytest.raises(NotReadable, match="No row of the file can be read"):
        look(file(tmp_path, b"x" * 1_000_000), "LT")


def test_more_rows_than_are_taken(tmp_path: Path) -> None:
    with pytest.raises(NotReadable, match="more than 3 rows"):
        rows(file(tmp_path, "Name\n" + "Ona\n" * 4), limits=Limits(rows=3))


def test_a_short_row_is_warned_of(tmp_path: Path) -> None:
    row = rows(file(tmp_path, "Name;Phone;Note\nOna\n"))[0]
    assert not isinstance(row, Refused)
    assert row.warnings == ("it has 1 cells, there are 3 columns",)


def test_the_beginning_of_a_row_is_short_and_in_one_line(tmp_path: Path) -> None:
    row = rows(file(tmp_path, f'Name;Note\n;"a\nb";{"x" * 9_000}\n'))[0]
    assert isinstance(row, Refused)
    assert row.beginning.startswith(" | a b | xxx") and len(row.beginning) == 80 and row.beginning.endswith("…")
    assert sum(map(len, row.cells)) <= 4_001


def test_a_person_may_say_delimiter_header_and_meanings(tmp_path: Path) -> None:
    path = file(tmp_path, "Ona|Jonas\nAcme, Ltd.|Beta, Ltd.\n")
    wishes = Wishes(
        delimiter="|", header=False, meanings={1: (Field.NAME, ""), 0: (Field.OWN, "agent"), 9: (Field.NOTE, "")}
    )
    found = rows(path, wishes=wishes)
    assert names(found) == ["Jonas", "Beta, Ltd."]
    assert [row.customer.own for row in found if not isinstance(row, Refused)] == [
        {"agent": "Ona"},
        {"agent": "Acme, Ltd."},
    ]
    with pytest.raises(NotReadable, match="comma, a semicolon"):
        look(path, "LT", wishes=Wishes(delimiter='"'))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("שרה כהן", id="hebrew"),
        pytest.param("محمد علي", id="arabic"),
        pytest.param("\u202etxt.exe\u202c", id="turned round"),
        pytest.param("<script>alert(1)</script>", id="markup"),
        pytest.param("陳大文", id="chinese"),
        pytest.param("x" * 200, id="the longest"),
    ],
)
def test_names_stay_as_they_are(tmp_path: Path, name: str) -> None:
    for encoding in ("utf-8", "utf-16"):
        assert [one.name for one in customers(file(tmp_path, f"Name;Note\n{name};\n", encoding))] == [name]
