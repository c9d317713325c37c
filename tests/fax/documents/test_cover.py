"""The cover sheet: everything on it, whatever it is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fax.documents.cover import draw
from fax.documents.model import MOST_NOTE, MOST_WORDS, Cover
from tests.fax.documents.test_text import read

COVER = Cover(
    company="Acme & Söhne <UAB> „Žąsys“",
    to="Jonas Žemaitis",
    number="+370 5 200 0000",
    sender="Ольга Щукина",
    subject='Invoice № 5 – "late" &amp; <b>due</b>',
    date="Sunday, 22 November 2026, 14:05 (Europe/Vilnius)",
    note="Hello,\n\n  please see the invoice.\nAčiū",
    to_company="Office & Co",
    sender_number="+370 5 211 2345",
)


def test_all_of_it_is_printed_as_it_is() -> None:
    (page,) = read(draw(COVER, following=6))
    for words in (
        COVER.company,
        COVER.to,
        COVER.number,
        COVER.sender,
        COVER.subject,
        COVER.date,
        "Ačiū",
        "Office & Co",
    ):
        assert words in page
    assert "7, this one included" in page


def test_what_is_not_known_has_no_line() -> None:
    (page,) = read(draw(replace(COVER, subject="", note=""), following=1))
    assert "Subject" not in page
    assert "Date" in page


def test_long_names_are_wrapped_and_nothing_is_lost() -> None:
    name = "Donaudampfschiffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3
    (page,) = read(draw(replace(COVER, company=name, to=name, subject="word " * 60), following=1))
    assert "".join(page.split()).count(name) == 2
    assert page.count("word") == 60


def test_a_long_note_goes_on_and_its_pages_are_counted() -> None:
    pages = read(draw(replace(COVER, note="\n".join(f"line {number}" for number in range(100))), following=6))
    assert len(pages) == 3
    assert "9, this one included" in pages[0]
    assert "line 99" in pages[-1]


def test_the_same_sheet_gives_the_same_bytes() -> None:
    assert draw(COVER, following=6) == draw(COVER, following=6)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=MOST_WORDS), st.text(max_size=2_000))
def test_any_characters_do(words: str, note: str) -> None:
    assert read(draw(Cover(words, words, words, words, words, words, note, words, words), following=1))


def test_half_a_letter_and_a_bell_do() -> None:
    (page,) = read(draw(replace(COVER, to="Jo\ud83dnas\x07", subject="z\u030calias"), following=1))
    assert "Jo" in page
    assert "žalias" in page


@pytest.mark.parametrize(("field", "length"), [("to", MOST_WORDS), ("note", MOST_NOTE)], ids=["a line", "the note"])
def test_what_is_too_long_is_a_mistake_of_the_caller(field: str, length: int) -> None:
    assert draw(replace(COVER, **{field: "x" * length}), following=1)
    with pytest.raises(ValueError, match="at most"):
        replace(COVER, **{field: "x" * (length + 1)})
