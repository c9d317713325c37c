"""Values that other parts of Switchroom hold to rules of their own: what the check lets pass, they must take."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from config.languages import SPOKEN, is_spoken
from config.machine import Pbx
from config.schema import Person
from pbx.errors import BadPlan
from pbx.plan import PbxPlan, Phone, Ports

#: All of ASCII, and signs that are letters, spaces or nothing visible elsewhere.
_SIGNS = [chr(code) for code in range(128)] + list("ąŽ€\u00a0\u200b\u2028\u202e\ufeff😀")


def _is_person(name: str) -> bool:
    try:
        Person.model_validate({"name": name, "phone": 101})
    except ValidationError:
        return False
    return True


def _is_phone(display_name: str) -> bool:
    try:
        Phone("ann", "101", "long-enough", display_name)
    except BadPlan:
        return False
    return True


def _is_planned(pbx: Pbx) -> bool:
    try:
        PbxPlan(
            phones=(),
            ports=Ports(5060, 5038, 10000, 10010),
            agi_port=4573,
            agi_token="long-enough",
            ami_secret="long-enough",
            ami_originate_secret="long-enough",
            trunk_address=pbx.trunk,
            bind_address=pbx.bind,
        )
    except BadPlan:
        return False
    return True


@pytest.mark.parametrize("sign", _SIGNS, ids=lambda sign: f"U+{ord(sign):04X}")
def test_a_person_may_be_called_what_a_phone_can_show(sign: str) -> None:
    assert _is_person(f"Ann{sign}Doe") == _is_phone(f"Ann{sign}Doe")


@pytest.mark.parametrize("trunk", ["127.0.0.3", "::2", "2001:db8::1", "10.0.0.0/8", "300.1.1.1", "fe80::1%lo", "a:b"])
@pytest.mark.parametrize("bind", ["127.0.0.3", "0.0.0.0", "::1", "1.2.3"])
def test_addresses_that_pass_can_be_planned(trunk: str, bind: str) -> None:
    try:
        pbx = Pbx(trunk=trunk, bind=bind)
    except ValidationError:
        return
    assert _is_planned(pbx)


def test_the_languages_are_those_of_espeak() -> None:
    loader = pytest.importorskip("espeakng_loader")
    tags = {
        line.split()[1].partition("-")[0].lower()
        for file in (Path(loader.get_data_path()) / "lang").rglob("*")
        if file.is_file()
        for line in file.read_text().splitlines()
        if line.startswith("language ")
    }
    # Longer codes cannot be written in a site, and `chr` is there under a longer tag only.
    assert {tag for tag in tags if len(tag) <= 3} - {"chr"} == SPOKEN


@pytest.mark.parametrize(
    ("code", "spoken"), [("en", True), ("lt", True), ("en-GB", True), ("yue", True), ("xx", False), ("qq-GB", False)]
)
def test_a_language_is_spoken_with_and_without_its_region(code: str, spoken: bool) -> None:
    assert is_spoken(code) == spoken
