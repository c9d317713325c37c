"""`import pbx` as an admin sees it: YAML that our site takes, and a list of what is not in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from config.load import load_site
from server.commands import import_pbx
from server.terminal import Foreseen

CONF = """[general]
maxsecs=120
minsecs=3
charset=UTF-8
#include "more.conf"

[default]
4200 => 9855,Mark Spencer,markster@linux-support.net,,attach=no|saycid=no
4300 => 3456,Ben Rigas,ben@american-computer.net
nonsense
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "voicemail.conf").write_text(CONF)
    return tmp_path


def test_what_is_printed_is_a_section_of_a_site(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = import_pbx.run(folder, "utf-8", with_pins=False, json=False)
    out, err = capsys.readouterr()
    assert status == 1
    assert "9855" not in out + err
    assert "2 mailboxes read" in err
    for part in ("voicemail.conf:5", "nonsense"):
        assert part in err
    site = (
        "company: {name: A}\nnumbers: {'+370 5 200 0000': {menu: m}}\n"
        "menus: {m: {say: Hi., go: hangup}}\npeople: {ann: {name: Ann, phone: 101}}\n"
    )
    owned = out.replace("    longest:", "    people: [ann]\n    longest:")  # what the comment asks the admin to write
    (folder / "site.yaml").write_text(site + owned)
    assert load_site(folder / "site.yaml").site is not None


def test_pins_only_where_they_are_asked_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import_pbx.run(folder, "utf-8", with_pins=True, json=False)
    assert "9855" in capsys.readouterr().out


def test_machines_get_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import_pbx.run(folder, "utf-8", with_pins=False, json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["mailboxes"] == 2
    assert told["yaml"].lstrip().splitlines()
    assert {item["line"] for item in told["not_understood"]} >= {5}


@pytest.mark.parametrize("content", [None, b"\xff\xfe[\x00"], ids=["missing", "utf-16"])
def test_a_folder_that_cannot_be_read_is_said_so(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "voicemail.conf").write_bytes(content)
    with pytest.raises(Foreseen):
        import_pbx.run(tmp_path, "utf-8", with_pins=False, json=False)
