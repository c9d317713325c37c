"""Secrets are made once, kept closed, and never shown."""

import json
import stat
from pathlib import Path

import pytest

from pbx.errors import BadSecrets
from pbx.plan import Phone
from pbx.secrets import FILE, load_or_create


def test_they_stay_the_same(tmp_path: Path) -> None:
    first = load_or_create(tmp_path / "data", ["alice"])
    assert load_or_create(tmp_path / "data", ["alice"]) == first
    assert len({first.agi_token, first.ami, first.ami_originate, first.phones["alice"]}) == 4
    assert stat.S_IMODE((tmp_path / "data" / FILE).stat().st_mode) == 0o600


def test_a_new_phone_gets_one_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    first = load_or_create(tmp_path, ["alice"])
    second = load_or_create(tmp_path, ["bob"])
    assert second.phones["alice"] == first.phones["alice"]
    assert set(second.phones) == {"alice", "bob"}
    assert second.ami == first.ami


def test_they_are_fit_for_asterisk(tmp_path: Path) -> None:
    for name, secret in load_or_create(tmp_path, [f"phone-{number}" for number in range(50)]).phones.items():
        Phone(name, "101", secret)


def test_repr_shows_none(tmp_path: Path) -> None:
    secrets = load_or_create(tmp_path, ["alice"])
    assert not any(word in repr(secrets) for word in (secrets.ami, secrets.agi_token, secrets.phones["alice"]))


WHOLE = {"agi_token": "a" * 9, "ami": "b" * 9, "ami_originate": "c" * 9, "phones": {}}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="half"),
        pytest.param("[]", id="list"),
        pytest.param("{}x", id="rubbish after it"),
        pytest.param(json.dumps({**WHOLE, "ami": 5}), id="number"),
        pytest.param(json.dumps({**WHOLE, "ami": "short"}), id="short"),
        pytest.param(json.dumps({**WHOLE, "phones": []}), id="phones no table"),
        pytest.param(json.dumps({**WHOLE, "more": "x"}), id="unknown key"),
        pytest.param(json.dumps({name: WHOLE[name] for name in ("agi_token", "ami")}), id="one missing"),
    ],
)
def test_a_damaged_file_is_never_replaced(tmp_path: Path, text: str) -> None:
    file = tmp_path / FILE
    file.touch(0o600)
    file.write_text(text)
    with pytest.raises(BadSecrets):
        load_or_create(tmp_path)
    assert file.read_text() == text


def test_a_file_open_to_others_is_refused(tmp_path: Path) -> None:
    load_or_create(tmp_path)
    (tmp_path / FILE).chmod(0o644)
    with pytest.raises(BadSecrets, match="chmod 600"):
        load_or_create(tmp_path)
