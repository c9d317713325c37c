"""The text of a token: recognisable, never twice, and a typo in it is seen without asking anybody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import token_secret
from server.spans import read_span, write_span

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def test_a_token_is_recognisable_and_of_one_length() -> None:
    made = {token_secret.make() for _ in range(200)}
    assert len(made) == 200
    assert {len(token) for token in made} == {53}
    assert all(token.startswith("swr_") and token.isascii() and token[4:].isalnum() for token in made)
    assert all(token_secret.is_ours(token) and token_secret.is_whole(token) for token in made)


@given(place=st.integers(4, 52), letter=st.sampled_from(LETTERS))
def test_one_letter_that_is_another_is_a_typo(place: int, letter: str) -> None:
    token = token_secret.make()
    typed = token[:place] + letter + token[place + 1 :]
    assert token_secret.is_whole(typed) == (typed == token)


@given(place=st.integers(4, 51))
def test_two_letters_that_changed_places_are_a_typo(place: int) -> None:
    token = token_secret.make()
    typed = token[:place] + token[place + 1] + token[place] + token[place + 2 :]
    assert token_secret.is_whole(typed) == (typed == token)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda token: token[:-1], id="cut off"),
        pytest.param(lambda token: token + "a", id="longer"),
        pytest.param(lambda token: token + "\n", id="with a line end"),
        pytest.param(lambda token: token[:10] + " " + token[10:], id="with a blank"),
        pytest.param(lambda token: token[:10] + "ą" + token[11:], id="another alphabet"),
        pytest.param(lambda token: token[:10] + "٣" + token[11:], id="another's digit"),
        pytest.param(lambda token: token.lower() + "A", id="lower case"),
        pytest.param(lambda token: "swr_", id="nothing but the prefix"),
        pytest.param(lambda token: "swr_" + "x" * 100_000, id="endless"),
    ],
)
def test_what_is_not_whole(spoil: object) -> None:
    spoilt = spoil(token_secret.make())  # type: ignore[operator]  # a function of the table
    assert token_secret.is_ours(spoilt) and not token_secret.is_whole(spoilt)


@given(st.text())
def test_no_text_is_a_token_by_accident(text: str) -> None:
    assert not token_secret.is_whole(text)
    assert len(token_secret.digest(text)) == 64


@pytest.mark.parametrize(
    ("text", "span"),
    [
        pytest.param("30m", timedelta(minutes=30), id="minutes"),
        pytest.param("24h", timedelta(hours=24), id="hours"),
        pytest.param(" 90d ", timedelta(days=90), id="days"),
        pytest.param("2w", timedelta(days=14), id="weeks"),
        pytest.param("0", timedelta(0), id="nothing"),
    ],
)
def test_spans(text: str, span: timedelta) -> None:
    assert read_span(text) == span
    assert read_span(write_span(span)) == span


@pytest.mark.parametrize("text", ["", "90", "d", "-1d", "1.5h", "٣d", "100000d", "1y", "1d2h"])
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(ValueError, match="is no span of time: write 30m"):
        read_span(text)
