"""However somebody's number, address or name is written, it is found; and nobody else's is."""

from __future__ import annotations

import pytest

from config.values import e164
from ledger.forgetting_words import Whom, is_pseudonym, masked_json, new_pseudonym

WHOM = Whom(
    "erased x",
    numbers=("+37060000001",),
    local=("60000001",),
    mails=("Ona@acme.example",),
    names=("Ona Onaitė", "Onaitė"),
    alone=("Ona Onaitė",),
)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("call +370 600 00001 now", "call erased x now"),
        ("8-600-00001", "erased x"),
        ("(8) 600 00001", "(erased x"),
        ("00370 600 00001", "erased x"),
        ("37060000001", "erased x"),
        ("60000001", "erased x"),
        ("ona@ACME.example, please", "erased x, please"),
        ("ONA  onaitė and Onaitė", "erased x and erased x"),
        ("137060000001", "137060000001"),
        ("600000012", "600000012"),
        ("anonaitė", "anonaitė"),
        ("fiona@acme.example", "fiona@acme.example"),
        ("+370 600 00002", "+370 600 00002"),
        ("", ""),
    ],
)
def test_a_text_is_masked(text: str, masked: str) -> None:
    assert WHOM.masked(text) == masked
    assert WHOM.masked(masked) == masked, "twice is once"


@pytest.mark.parametrize(
    ("written", "theirs"),
    [("+37060000001", True), ("8 600 00001", True), ("60000001", True), ("", False), ("+37060000012", False)],
)
def test_a_number_is_known_however_it_is_written(written: str, theirs: bool) -> None:
    assert WHOM.has_number(written) is theirs


TWO = Whom(
    "erased bcdfghjkmnpq",
    numbers=("+37060000001", "+37061234567"),
    local=("60000001", "61234567"),
    mails=("ona@acme.example",),
    borrowed=("+37052111111",),
)


@pytest.mark.parametrize(
    ("written", "pseudonym"),
    [
        ("+37060000001", "erased bcdfghjkmnpq"),
        ("8 600 00001", "erased bcdfghjkmnpq"),
        ("+37061234567", "erased bcdfghjkmnpq-c"),
        ("8-612-34567", "erased bcdfghjkmnpq-c"),
        ("+37052111111", "erased bcdfghjkmnpq-d"),
        ("+37069999999", "erased bcdfghjkmnpq"),
    ],
)
def test_each_number_has_a_pseudonym_of_its_own(written: str, pseudonym: str) -> None:
    assert TWO.pseudonym_of(written) == pseudonym
    assert is_pseudonym(pseudonym)
    assert TWO.masked_surely(pseudonym) == pseudonym, "twice is once"


def test_a_text_with_two_numbers_keeps_them_apart() -> None:
    said = "from 861234567 to +370 600 00001, ona@acme.example"
    assert TWO.masked(said) == "from erased bcdfghjkmnpq-c to erased bcdfghjkmnpq, erased bcdfghjkmnpq"


def test_who_has_nothing_hides_nothing() -> None:
    nobody = Whom("erased x")
    assert nobody.masked("+37060000001 Ona") == "+37060000001 Ona"
    assert not nobody.has_number("+37060000001")
    assert nobody.searched == nobody.in_bytes() == ()


def test_every_text_in_json_is_masked_and_nothing_else() -> None:
    value = {"ani": "+37060000001", "n": 60000001, "list": ["Onaitė", None, {"x": True}]}
    assert masked_json(value, WHOM.masked) == {
        "ani": "erased x",
        "n": 60000001,
        "list": ["erased x", None, {"x": True}],
    }


def test_files_are_searched_for_every_way_of_writing() -> None:
    needles = WHOM.in_bytes()
    for lies in (b"37060000001", "Ona Onaitė".encode(), b"Ona Onait\\u0117", "Ona Onaitė".encode("utf-16-le")):
        assert any(needle in lies for needle in needles), lies
    assert any(needle in "Ona Onaitė".encode("cp1257") for needle in WHOM.in_strange_bytes())


def test_a_pseudonym_is_nobodys_number() -> None:
    pseudonyms = {new_pseudonym() for _ in range(200)}
    assert len(pseudonyms) == 200
    assert {e164(pseudonym, "LT") for pseudonym in pseudonyms} == {None}
    assert all(map(is_pseudonym, pseudonyms))
    assert not any(map(is_pseudonym, ["", "+37060000001", "erased", "erased by hand", "anonymous"]))
