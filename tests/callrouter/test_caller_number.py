"""The number that the journal keeps of a caller: in E.164 where it is one, and none where it was withheld."""

from __future__ import annotations

import pytest

from callrouter.caller_number import ani_of, is_withheld


@pytest.mark.parametrize(
    ("said", "number"),
    [
        pytest.param("+37060000001", "+37060000001", id="in full"),
        pytest.param("8 600 00001", "+37060000001", id="as dialled in the country"),
        pytest.param("0037060000001", "+37060000001", id="as dialled for abroad"),
        pytest.param("37060000001", "+37060000001", id="without its plus"),
        pytest.param("+37060000001;npdi", "+37060000001", id="with what carriers add"),
        pytest.param("101", "101", id="an extension"),
        pytest.param("erased bcdfghjkmnpq-c", "erased bcdfghjkmnpq-c", id="of somebody who was forgotten"),
        *[
            pytest.param(said, "", id=f"withheld: {said}")
            for said in ("", "anonymous", "Anonymous", " unknown ", "unavailable", "266696687", "+266696687", "00",
                         "sip:anonymous@anonymous.invalid", '"Anonymous" <sip:anonymous@anonymous.invalid>')
        ],
    ],
)  # fmt: skip
def test_the_number_that_is_kept(said: str, number: str) -> None:
    assert ani_of(said, "LT") == number
    assert ani_of(number, "LT") == number, "twice is once"
    assert is_withheld(said) is (number == "")
