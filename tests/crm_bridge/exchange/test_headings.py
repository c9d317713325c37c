"""What columns mean, as people head them in four languages, and what a row then says of a customer."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm_bridge.exchange.headings import columns_by_content, columns_of, is_header
from crm_bridge.exchange.look import look
from crm_bridge.exchange.model import Address, Kind, NewCustomer, NewHandle, NewPhone
from crm_bridge.exchange.plan import Field, plan_of
from crm_bridge.exchange.rows import Refused, Row

from .house import customers, file, rows

NO, P = Field.IGNORE, Field.PHONE


@pytest.mark.parametrize(
    ("headings", "fields"),
    [
        pytest.param(
            "First Name,Last Name,Company,Business Phone,Mobile Phone,E-mail Address,Business Street,Business City",
            [Field.FIRST_NAME, Field.LAST_NAME, Field.ORGANISATION, P, P, Field.MAIL, Field.STREET, Field.CITY],
            id="outlook",
        ),
        pytest.param(
            "First Name,Last Name,Organization Name,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Value,Address 1 - City,"
            "Labels",
            [Field.FIRST_NAME, Field.LAST_NAME, Field.ORGANISATION, NO, Field.MAIL, P, Field.CITY, Field.TAGS],
            id="google",
        ),
        pytest.param(
            "Vardas,Pavardė,Įmonė,Tel. nr.,Mob. tel.,El. paštas,Adresas,Miestas,Šalis,Pastabos,Žymos,Vadybininkas",
            [Field.FIRST_NAME, Field.LAST_NAME, Field.ORGANISATION, P, P, Field.MAIL, Field.STREET, Field.CITY,
             Field.COUNTRY, Field.NOTE, Field.TAGS, Field.OWNER],
            id="lithuanian",
        ),
        pytest.param(
            "Name,Vorname,Firma,Telefon,Handy,E-Mail,Straße,PLZ,Ort,Land,Bemerkung,Sprache",
            [Field.LAST_NAME, Field.FIRST_NAME, Field.ORGANISATION, P, P, Field.MAIL, Field.STREET, Field.POSTAL_CODE,
             Field.CITY, Field.COUNTRY, Field.NOTE, Field.LANGUAGE],
            id="german",
        ),
        pytest.param(
            "ФИО,Компания,Телефон,Моб. телефон,Эл. почта,Адрес,Город,Страна,Примечание,Статус",
            [Field.NAME, Field.ORGANISATION, P, P, Field.MAIL, Field.STREET, Field.CITY, Field.COUNTRY, Field.NOTE,
             Field.STATUS],
            id="russian",
        ),
        pytest.param("Vardas,Telefonas", [Field.NAME, P], id="a first name alone"),
        pytest.param("Name,Name,Shoe size", [Field.NAME, NO, NO], id="twice, and unknown"),
        pytest.param("budget,Own: Shoe size,Telegram", [Field.OWN, Field.OWN, Field.HANDLE], id="own fields, a medium"),
    ],
)  # fmt: skip
def test_headings(headings: str, fields: list[Field]) -> None:
    columns = columns_of(headings.split(","), own=("Budget",))
    assert [column.field for column in columns] == fields
    assert is_header(headings.split(","), own=("Budget",))


def test_phones_are_called_what_their_column_is() -> None:
    columns = columns_of(["Mobile", "Darbo telefonas", "Факс", "Phone 2", "Telefon privat"])
    assert [column.label for column in columns] == ["mobile", "work", "fax", "", "home"]


@pytest.mark.parametrize(
    ("row", "headed"),
    [
        pytest.param(["Ona Onaitė", "+370 600 00001"], False, id="a number"),
        pytest.param(["Name", "ona@acme.example"], False, id="a mail address"),
        pytest.param(["Alpha", "Beta"], False, id="no word of ours"),
        pytest.param(["Nr", "Vardas"], True, id="one word is enough"),
    ],
)
def test_a_header_or_not(row: list[str], headed: bool) -> None:
    assert is_header(row) is headed


def test_without_headings_the_content_says_it() -> None:
    rows = [["1", "Ona", "8 600 00001", "ona@a.example", "www.a.example"], ["2", "Jonas", "(8-5) 2000000", "", "x"]]
    # Numbers are no names, but nobody can tell: a person changes it in the preview.
    assert [column.field for column in columns_by_content(rows)] == [Field.NAME, NO, P, Field.MAIL, NO]


def test_the_preview_shows_the_first_rows_as_they_would_be(tmp_path: Path) -> None:
    text = "Vardas;Pavardė;Tel.;Pastaba\n" + "Ona;Onaitė;8 600 00001;x\n" + ";;;\n" + ";;12;\n" * 30
    preview = look(file(tmp_path, text, "cp1257"), "LT")
    assert len(preview.rows) == 20
    first, second = preview.rows[:2]
    assert isinstance(first, Row) and first.customer.phones == (NewPhone("+37060000001"),)
    assert isinstance(second, Refused) and second.number == 4
    assert preview.plan.headings == ("Vardas", "Pavardė", "Tel.", "Pastaba")
    assert plan_of(preview.plan.as_dict()) == preview.plan


def test_a_row_with_everything(tmp_path: Path) -> None:
    text = (
        "Type;Name;Company;Phone;Mobile;Fax;E-mail;Telegram;Street;ZIP;City;State;Country;Web;Language;Status;Owner;"
        "Tags;Notes;Own: Shoe size\n"
        "Person; Ona  Onaitė ;Acme, UAB;8 5 200 0000 / 8 5 200 0001;370 600 00001, 8 600 00001;;Ona <ona@ACME.example>;"
        "@ona;Gedimino 1;01103;Vilnius;;Lietuva;www.acme.example;Lietuvių;regular;alice;vip, loud;'=1+1;42\n"
    )
    assert customers(file(tmp_path, text)) == [
        NewCustomer(
            kind=Kind.PERSON,
            name="Ona Onaitė",
            organisation="Acme, UAB",
            phones=(NewPhone("+37052000000"), NewPhone("+37052000001"), NewPhone("+37060000001", "mobile")),
            mails=("ona@acme.example",),
            handles=(NewHandle("telegram", "@ona"),),
            address=Address("Gedimino 1", "01103", "Vilnius", "", "Lietuva"),
            website="https://www.acme.example",
            language="lt",
            status="regular",
            owner="alice",
            tags=("vip", "loud"),
            note="=1+1",
            own={"Shoe size": "42"},
        )
    ]


@pytest.mark.parametrize(
    ("header", "row", "kind", "name", "organisation"),
    [
        pytest.param("Name;Company", "Ona;Acme", Kind.PERSON, "Ona", "Acme", id="somebody of a company"),
        pytest.param("Name;Company", ";Acme", Kind.ORGANISATION, "Acme", "", id="a company alone"),
        pytest.param("Name;Company", "Acme;Acme", Kind.ORGANISATION, "Acme", "", id="a company, told twice"),
        pytest.param("Name;Type", "Acme;Įmonė", Kind.ORGANISATION, "Acme", "", id="said to be one"),
        pytest.param("Vardas;Pavardė", ";Onaitė", Kind.PERSON, "Onaitė", "", id="a last name alone"),
        pytest.param("Name;Phone", ";8 600 00001", Kind.PERSON, "", "", id="a number alone"),
    ],
)
def test_who_it_is(tmp_path: Path, header: str, row: str, kind: Kind, name: str, organisation: str) -> None:
    one = customers(file(tmp_path, f"{header}\n{row}\n"))[0]
    assert (one.kind, one.name, one.organisation) == (kind, name, organisation)


@pytest.mark.parametrize(
    ("heading", "cell", "why"),
    [
        pytest.param("Phone", "3.7060E+10", "a spreadsheet has spoilt the number", id="spoilt by a spreadsheet"),
        pytest.param("Phone", "none", "“none” is no telephone number", id="a word"),
        pytest.param("Mail", "ona at acme", "“ona at acme” is no mail address", id="no mail address"),
        pytest.param("Mail", f"{'x' * 60}@{'y' * 250}.example", "is no mail address", id="too long a mail address"),
        pytest.param("Web", "javascript:alert(1)", "is no web address", id="a script"),
        pytest.param("Web", "https://ona:secret@acme.example/", "is no web address", id="a password in an address"),
        pytest.param("Language", "Klingon", "“Klingon” is no language that we know", id="no language"),
        pytest.param("Type", "dragon", "neither person nor organisation", id="no kind"),
        pytest.param("Handles", "ona", "is no handle", id="a handle of no medium"),
    ],
)
def test_a_value_that_is_none_is_left_out_with_a_warning(tmp_path: Path, heading: str, cell: str, why: str) -> None:
    row = rows(file(tmp_path, f"Name;{heading}\nOna;{cell}\n"))[0]
    assert isinstance(row, Row) and row.customer == NewCustomer(name="Ona")
    assert why in row.warnings[0]


def test_rows_that_share_a_number_or_a_mail_address_are_alike(tmp_path: Path) -> None:
    text = (
        "Name;Phone;Mail\nOna;8 600 00001;\nJonas;;j@a.example\nOna O.;+37060000001;ona@a.example\n"
        "O. O.;;ONA@a.example\nPetras;8 600 00009;\n"
    )
    assert [row.like for row in rows(file(tmp_path, text)) if isinstance(row, Row)] == [None, None, 2, 2, None]
