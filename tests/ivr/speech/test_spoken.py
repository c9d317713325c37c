"""What is said, in normal form, and what cannot be said at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.speech.spoken import MAX_CHARACTERS, Spoken, objection, wording


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("  Press\n\t1.  ", "Press 1."),
        ("a\u0304c\u030c", "āč"),
        ("be\x01lls\x00 \x1b[1m", "be lls [1m"),
        ("soft\u00adhyphen\ufeff\u200b", "softhyphen"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\ud800half a pair", "half a pair"),
        ("line\u2028break", "line break"),
    ],
    ids=["blanks", "accents", "control", "invisible", "persian joiner", "surrogate", "line separator"],
)
def test_wording(text: str, normal: str) -> None:
    assert wording(text) == normal


@given(st.text(), st.text(max_size=8))
def test_normal_form_is_a_fixed_point(text: str, language: str) -> None:
    once = Spoken(text, language).normal()
    assert once.normal() == once
    once.text.encode()


@pytest.mark.parametrize(
    "spoken",
    [
        Spoken("Press 1", "en"),
        Spoken("Sveiki ąčęėįšųūž", "lt", "f2"),
        Spoken("5 < 6 and 7 > 6", "en_US"),
        Spoken("x" * MAX_CHARACTERS, "pt-br"),
        Spoken("١", "ar", ""),
    ],
    ids=["plain", "voice", "less than", "longest", "arabic digit"],
)
def test_speakable(spoken: Spoken) -> None:
    assert objection(spoken) is None


@pytest.mark.parametrize(
    ("spoken", "reason"),
    [
        (Spoken("", "en"), "empty"),
        (Spoken(" \n\x00", "en"), "empty"),
        (Spoken("... !?", "en"), "no letter"),
        (Spoken("😀👍", "en"), "no letter"),
        (Spoken("<speak>Hi</speak>", "en"), "markup"),
        (Spoken("Hello <name>", "en"), "markup"),
        (Spoken("x" * (MAX_CHARACTERS + 1), "en"), "2000 is the most"),
        (Spoken("Hi", ""), "language"),
        (Spoken("Hi", "../etc"), "language"),
        (Spoken("Hi", "en", "a b"), "voice"),
        (Spoken("Hi", "en", "x" * 100_000), "voice"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_unspeakable(spoken: Spoken, reason: str) -> None:
    assert reason in (objection(spoken) or "")
