"""What is written is read as the same customers again, and runs in no spreadsheet."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_bridge.exchange.csv_export import CsvExport, refused_csv
from crm_bridge.exchange.export import Form, export
from crm_bridge.exchange.formula import defuse, undo
from crm_bridge.exchange.model import Address, Kind, NewCustomer, NewHandle, NewPhone
from crm_bridge.exchange.rows import Refused
from crm_bridge.exchange.values import block, line
from crm_bridge.exchange.vcard_export import VcardExport

from .house import customers, file, names, refused, rows

OWN = ("Shoe size", "=cmd")
#: Whatever people write, and what files, spreadsheets and cards mean something by.
_SIGNS = st.one_of(
    st.sampled_from([*"=+-@'\"\\,;:|^()%<>\t\n ", "\u05d0", "\u202e", "ė", "🙂", "\u0301", "\xa0", "\u2028"]),
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffd"),
)
_TEXT = st.text(_SIGNS, max_size=40)
words = _TEXT.map(line)
#: A letter may become three when it is put into its usual form.
short = st.text(_SIGNS, max_size=13).map(line)
blocks = _TEXT.map(block)
phones = st.builds(
    NewPhone,
    st.integers(0, 99_999).map(lambda number: f"+370600{number:05d}"),
    st.one_of(st.sampled_from(["", "mobile", "work", "home", "fax"]), short),
)
handles = st.builds(
    NewHandle, st.sampled_from(["whatsapp", "telegram", "x-own.1", "my chat", '3cx "a^b;c"']), words.filter(bool)
)
mails = st.from_regex(r"[a-z=+'-]{1,20}@[a-z]{1,10}\.example", fullmatch=True)


@st.composite
def a_customer(draw: st.DrawFn) -> NewCustomer:
    """Draw a customer as the reader makes them: of an organisation that is its own name, the name is told once."""
    kind, name, organisation = draw(st.sampled_from(Kind)), draw(words), draw(words)
    if kind is Kind.ORGANISATION and (not name or name == organisation):
        name, organisation = organisation, ""
    return NewCustomer(
        kind=kind,
        name=name,
        organisation=organisation,
        phones=tuple(draw(st.lists(phones, max_size=3, unique_by=lambda phone: phone.number))),
        mails=tuple(draw(st.lists(mails, max_size=3, unique_by=str.casefold))),
        handles=tuple(draw(st.lists(handles, max_size=2, unique=True))),
        address=Address(draw(blocks), draw(words), draw(words), draw(words), draw(words)),
        website=draw(
            st.sampled_from(["", "https://acme.example", "http://intranet/x", "http://a.example:8080/=1?x=ą;b,c#'"])
        ),
        language=draw(st.sampled_from(["", "lt", "en-US"])),
        status=draw(words),
        owner=draw(short),
        tags=tuple(draw(st.lists(short.filter(bool), max_size=3, unique=True))),
        note=draw(blocks),
        own={name: value for name in OWN if (value := draw(blocks))},
    )


everybody = st.lists(a_customer().filter(lambda one: one.somebody), min_size=1, max_size=4)


def written(form: Form, some: Sequence[NewCustomer]) -> bytes:
    return form.begin() + form.some(some)


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(CsvExport(OWN), id="csv"),
        pytest.param(CsvExport(OWN, ";"), id="csv with semicolons"),
        pytest.param(VcardExport(), id="vcard"),
    ],
)
@given(some=everybody)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_export_then_import_gives_the_same(form: Form, some: list[NewCustomer]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        # Another country than that of the numbers: they are written so that it does not matter.
        assert customers(file(Path(folder), written(form, some)), "DE") == some


@given(text=st.text(st.sampled_from("'\"=+-@\t\r\n ;,a＝")))
def test_defusing_can_be_undone_and_leaves_nothing_to_run(text: str) -> None:
    harmless = defuse(text)
    assert undo(harmless) == text
    assert not harmless.startswith(("\t", "\r", "\n"))
    for cell in re.split(r"[,;|\t\r\n]", harmless):
        assert not cell.lstrip(' "').startswith(("=", "+", "-", "@", "＝"))


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_no_cell_begins_as_a_formula_whatever_the_delimiter_is_taken_for(delimiter: str) -> None:
    one = NewCustomer(
        name="=HYPERLINK(1)", organisation='a;=1+1,=2+2;"=3', phones=(NewPhone("+37060000001", "-x"),),
        tags=("@a", "b"), note="\t=1\n=2|=3", own={"=cmd": "+x"},
    )  # fmt: skip
    content = written(CsvExport(OWN, delimiter), [one])
    assert content.startswith(b"\xef\xbb\xbf") and content.endswith(b"\r\n")
    for taken_for in ",;|\t":
        for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=taken_for):
            assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))]


def test_only_a_comma_or_a_semicolon() -> None:
    with pytest.raises(ValueError, match="comma or a semicolon"):
        CsvExport(delimiter="\t")


def test_a_card_as_it_is_written() -> None:
    one = NewCustomer(
        kind=Kind.ORGANISATION, name="Acme, UAB",
        phones=(NewPhone("+37052000000", "work"), NewPhone("+37060000001", "Sodyba")),
        handles=(NewHandle("telegram", "@ona o"), NewHandle("my chat", "ona")), note="ąž" * 40,
    )  # fmt: skip
    card = VcardExport().some([one])
    assert max(map(len, card.split(b"\r\n"))) <= 75
    assert card.decode().replace("\r\n ", "").split("\r\n") == [
        "BEGIN:VCARD", "VERSION:4.0", "KIND:org", "FN:Acme\\, UAB", "TEL;VALUE=uri;TYPE=work:tel:+37052000000",
        "item2.TEL;VALUE=uri:tel:+37060000001", "item2.X-ABLABEL:Sodyba", "IMPP:telegram:@ona%20o",
        'IMPP;X-SERVICE-TYPE="my chat":x-apple:ona', "NOTE:" + "ąž" * 40,
        "END:VCARD", "",
    ]  # fmt: skip


def test_a_list_of_refused_rows_can_be_mended_and_read_again(tmp_path: Path) -> None:
    found = rows(file(tmp_path, "Name;Phone;Note\n;;=1+1\nOna;8 600 00001;x\n;;'=2;y\n"))
    list_ = [row for row in found if isinstance(row, Refused)]
    content = refused_csv(["Name", "Phone", "Note"], list_, untold=1_200).decode("utf-8-sig")
    told = list(csv.reader(io.StringIO(content, newline="")))
    assert told[0][:3] == ["Name", "Phone", "Note"] and told[0][-2:] == ["Row", "Reason"]
    assert told[1][2] == "'=1+1" and told[1][-2] == "2" and told[1][-1].startswith("it has no name")
    assert told[2][2] == "'=2" and told[2][-1] == "it has 4 cells, there are 3 columns"
    assert told[3][-1] == "1,200 more rows are not in this list"
    mended = content.replace('"";"";', '"Mended";"";').replace('"","","', '"Mended","","', 1)
    again = rows(file(tmp_path, mended))
    assert names(again) == ["Mended"] and refused(again)[0][0] == 3


def test_a_mended_list_of_our_own_export_keeps_commas_in_tags(tmp_path: Path) -> None:
    headings = next(csv.reader([CsvExport(OWN).begin().decode("utf-8-sig").strip()]))
    row = [""] * len(headings)
    row[1], row[headings.index("Tags")] = "Ona", "a, b\nc"
    one = customers(file(tmp_path, refused_csv(headings, [Refused(2, "x", tuple(row))])))[0]
    assert (one.name, one.tags) == ("Ona", ("a, b", "c"))


async def test_an_export_comes_in_pieces() -> None:
    async def many() -> AsyncIterator[NewCustomer]:
        for number in range(120):
            yield NewCustomer(name=f"Ona {number}")

    pieces = [piece async for piece in export(many(), CsvExport())]
    assert len(pieces) == 4 and b"".join(pieces).count(b"\r\n") == 121
