"""Files as programs save them: which encoding they are in, and what is no text at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crm_bridge.exchange.encoding import find_encoding
from crm_bridge.exchange.errors import NotReadable, TooLarge
from crm_bridge.exchange.limits import Limits, check_size
from crm_bridge.exchange.look import look
from crm_bridge.exchange.plan import Wishes

from .house import XLSX, customers, file, names, refused, rows

LITHUANIAN = "Vardas;Miestas\r\nŽydrūnė Šiukštaitė;Kėdainiai\r\nPetras Ąžuolas;Šiauliai\r\n"
GERMAN = "Name;Ort\r\nJörg Müßig;Köln\r\nKäthe Größer;München\r\n"
FRENCH = "Name;Ville\r\nRené Lefèvre;Orléans\r\nFrançoise Garçon;Besançon\r\n"
POLISH = "Nazwisko;Name\r\nWałęsa;Łukasz Śliwiński\r\nKról;Małgorzata Dąbrowska\r\n"
RUSSIAN = "Имя;Город\r\nИван Петров;Санкт-Петербург\r\nАнна Щукина;Москва\r\n"


@pytest.mark.parametrize(
    ("text", "saved_as", "found"),
    [
        pytest.param(LITHUANIAN, "utf-8", "utf-8-sig", id="utf-8"),
        pytest.param(LITHUANIAN, "utf-8-sig", "utf-8-sig", id="utf-8 with a mark"),
        pytest.param(LITHUANIAN, "utf-16", "utf-16", id="utf-16 with a mark"),
        pytest.param(LITHUANIAN, "utf-16-le", "utf-16-le", id="utf-16 LE"),
        pytest.param(LITHUANIAN, "utf-16-be", "utf-16-be", id="utf-16 BE"),
        pytest.param(RUSSIAN, "utf-16-le", "utf-16-le", id="cyrillic in utf-16 LE"),
        pytest.param(LITHUANIAN, "utf-32", "utf-32", id="utf-32"),
        pytest.param(LITHUANIAN, "cp1257", "cp1257", id="lithuanian in cp1257"),
        pytest.param(GERMAN, "cp1252", "cp1252", id="german in cp1252"),
        pytest.param(FRENCH, "cp1252", "cp1252", id="french in cp1252"),
        pytest.param(POLISH, "cp1250", "cp1250", id="polish in cp1250"),
        pytest.param(RUSSIAN, "cp1251", "cp1251", id="russian in cp1251"),
    ],
)
@pytest.mark.parametrize("country", ["LT", "DE"])
def test_the_encoding_is_found(tmp_path: Path, text: str, saved_as: str, found: str, country: str) -> None:
    path = file(tmp_path, text, saved_as)
    assert find_encoding(path, country).encoding == found
    wanted = text.split("\r\n")[1].split(";")
    assert customers(path, country)[0].name in wanted


def test_the_country_decides_between_equals(tmp_path: Path) -> None:
    path = file(tmp_path, "Name;Ort\nJürgen;Ort\n", "cp1252")  # ü is the same in both
    assert find_encoding(path, "EE").encoding == "cp1257"
    assert find_encoding(path, "DE").encoding == "cp1252"


def test_letters_far_behind_count_as_well(tmp_path: Path) -> None:
    path = file(tmp_path, "Name\n" + "Ona\n" * 300_000 + "Žydrūnė\n", "cp1257")
    assert find_encoding(path, "DE").encoding == "cp1257"


def test_a_person_may_choose(tmp_path: Path) -> None:
    path = file(tmp_path, LITHUANIAN, "cp1257")
    assert names(rows(path, wishes=Wishes(encoding="cp1252")))[0] == "Þydrûnë Ðiukðtaitë"
    with pytest.raises(NotReadable, match="no encoding"):
        look(path, "LT", wishes=Wishes(encoding="rot13"))


def test_rows_in_another_encoding_are_refused_and_shown_as_they_were_meant(tmp_path: Path) -> None:
    lines = [b"Name;Note"] + [f"Žydrė {number};ė".encode() for number in range(5)] + ["Šarūnas;ąčę".encode("cp1257")]
    found = rows(file(tmp_path, b"\n".join([*lines, b"Ona;"])))
    assert refused(found) == [(7, "it holds bytes that are not of the file's encoding")]
    assert [row.cells for row in found if row.number == 7] == [("Šarūnas", "ąčę")]
    assert names(found)[-1] == "Ona"


def test_a_file_that_ends_within_a_letter(tmp_path: Path) -> None:
    found = rows(file(tmp_path, "Name\nOna\nŽydrė".encode()[:-1]))
    assert (names(found), len(refused(found))) == (["Ona"], 1)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"", "empty", id="no byte"),
        pytest.param(b"\xef\xbb\xbf\r\n \r\n", "empty", id="blanks only"),
        pytest.param(b"\xff\xfe", "empty", id="a mark only"),
        pytest.param(b"Name;Phone\r\n", "a header and no rows", id="header only"),
        pytest.param(XLSX, "save it as CSV", id="xlsx"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "save it as CSV", id="xls"),
        pytest.param(b"<html><table><tr><td>Ona", "save it as CSV", id="a page called xls"),
        pytest.param(b"%PDF-1.7\n", "PDF", id="pdf"),
        pytest.param(b"\x1f\x8b\x08" + bytes(9), "unpack", id="gzip"),
        pytest.param(b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 9, "no text", id="a program"),
        pytest.param(bytes(5_000) + b"x", "no text", id="zeros"),
        pytest.param(";".join(["Name"] * 301).encode() + b"\nx\n", "301 columns", id="too many columns"),
    ],
)
def test_what_is_not_read_is_told_in_a_sentence(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(NotReadable, match=why):
        look(file(tmp_path, content), "LT")


def test_two_gigabytes_are_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as huge:
        os.truncate(huge.fileno(), 2 << 30)
    with pytest.raises(TooLarge, match="2,048 MB, at most 256 MB"):
        look(path, "LT")
    with pytest.raises(TooLarge):
        check_size(2 << 30)
    check_size(2 << 30, Limits(bytes=2 << 30))
