"""Plain text as pages."""

from __future__ import annotations

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fax.documents.errors import TooLarge, UnknownKind
from fax.documents.model import Limits
from fax.documents.text import COLUMNS, LINES, lay_out, wrapped

EVERY_LETTER = "ąčęėįšųūž ĄČĘĖĮŠŲŪŽ „a“ – — € № абвгдеёжзийклмнопрстуфхцчшщъыьэюя ЁЩЮЯ ґїєі äöüß łńó żź čďěňřšťů"


def read(pdf: bytes) -> list[str]:
    """Return the text of each page, as a reader of the PDF would copy it."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [document[number].get_textpage().get_text_range() for number in range(len(document))]
    finally:
        document.close()


def test_every_letter_of_our_languages_is_printed() -> None:
    (page,) = read(lay_out(EVERY_LETTER, Limits()))
    assert page.split() == EVERY_LETTER.split()


def test_pages_are_filled_and_turned_where_the_text_says() -> None:
    pages = read(lay_out("\n".join(f"line {number}" for number in range(LINES + 1)) + "\flast", Limits()))
    assert [page.splitlines()[0] for page in pages] == ["line 0", f"line {LINES}", "last"]


def test_any_line_ends_do() -> None:
    assert [page.split() for page in read(lay_out("one\r\ntwo\rthree\nfour", Limits()))] == [
        ["one", "two", "three", "four"]
    ]


@pytest.mark.parametrize(
    ("line", "pieces"),
    [
        pytest.param("", [""], id="nothing"),
        pytest.param("a" * 80, ["a" * 80], id="just fits"),
        pytest.param("a" * 85, ["a" * 80, "a" * 5], id="a long word"),
        pytest.param("word " * 17, ["word " * 15 + "word", "word"], id="between words"),
        pytest.param("a" * 80 + " b", ["a" * 80, "b"], id="the space at the edge goes"),
        pytest.param("  " + "a" * 90, ["  " + "a" * 78, "a" * 12], id="indented long word"),
    ],
)
def test_a_long_line_is_wrapped(line: str, pieces: list[str]) -> None:
    assert list(wrapped(line)) == pieces


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "Zs"]), max_size=400))
def test_wrapping_loses_no_letter(line: str) -> None:
    pieces = list(wrapped(line))
    assert all(len(piece) <= COLUMNS for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(line.split())


@pytest.mark.parametrize("text", ["漢字", "שלום", "مرحبا", "नमस्ते"], ids=["Chinese", "Hebrew", "Arabic", "Hindi"])
def test_letters_that_would_be_boxes_are_refused(text: str) -> None:
    with pytest.raises(UnknownKind, match="Send it as PDF"):
        lay_out(text, Limits())


def test_a_picture_letter_does_not_stop_a_fax() -> None:
    assert "ok" in read(lay_out("ok 👍🏽", Limits()))[0]


def test_too_many_pages_are_refused() -> None:
    with pytest.raises(TooLarge, match="more than 2 pages"):
        lay_out("x\f" * 3 + "x", Limits(pages=2))
