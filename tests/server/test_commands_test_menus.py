"""`test-menus`: what fails and why, what is not covered, drafts into a file, and answers for machines."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import config
from callrouter.menu_tests.run import run_tests
from config.load import require_site
from server.commands import test_menus as command
from server.terminal import Foreseen

ACME = Path(config.__file__).parent / "acme"
WRONG = """\
tests:
  - name: an invoice goes to support
    call: {to: "+370 5 200 0001", at: 2026-11-24T10:00}
    press: [w1, 1]
    expect: {department: support}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    shutil.copytree(ACME, folder)
    (folder / "tests.yaml").write_text(WRONG)
    return folder


def run(site: Path, **changes: Any) -> int:
    return command.run(site, **{"only": [], "coverage": False, "json": False, **changes})


def test_the_sample_site_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(ACME) == 0
    first, covered = capsys.readouterr().out.splitlines()
    assert first.startswith("86 tests: 86 passed, 0 failed")
    assert covered == "covered: 100 of 100 (100 %)"


def test_a_failure_is_told_with_its_place_and_step_by_step(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(site, coverage=True) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{site / 'tests.yaml'}:2:5: FAILED an invoice goes to support"
    assert (
        lines[1] == "    line 5: where it ends: expected department support, but it ended at department billing (key 1)"
    )
    assert any(line.endswith("10:00:03.4  Pressed 1.") for line in lines)
    assert f"{site / 'menus.yaml'}:29:5: not covered: menu main: silence to the end, to department reception" in lines
    assert "  menu welcome  0 of 4" in lines


def test_long_lists_are_cut(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(site)
    assert capsys.readouterr().out.splitlines()[-1].startswith("and 77 more: --coverage lists them")


def test_json_and_junit(site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    junit = tmp_path / "junit.xml"
    assert run(site, json=True, junit=junit) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["passed"], told["tests"][0]["name"]) == (False, "an invoice goes to support")
    assert told["tests"][0]["failures"][0]["expected"] == "department support"
    assert (told["coverage"]["covered"], told["coverage"]["all"]) == (3, 100)
    suite = ElementTree.fromstring(junit.read_text())
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    assert (suite[0].get("file"), suite[0].get("line")) == (str(site / "tests.yaml"), "2")
    assert told["tests"][0]["failures"][0]["at"] == f"{site / 'tests.yaml'}:5:14"


def test_drafts_go_into_a_new_file_and_are_never_overwritten(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(site, write="-") == 1
    assert "# drafted: look whether this is what you want" in capsys.readouterr().out
    assert run(site, write=command.DRAFTED) == 1
    written = (site / command.DRAFTED).read_bytes()
    with pytest.raises(Foreseen, match="is there already"):
        run(site, write=command.DRAFTED)
    assert (site / command.DRAFTED).read_bytes() == written
    capsys.readouterr()
    (site / command.DRAFTED).rename(site / "tests.yaml")  # without the test that was there
    assert run(site) == 0
    assert "99 of 100" in capsys.readouterr().out
    assert run(site, write=command.DRAFTED) == 0
    assert run(site) == 0
    assert "100 of 100 (100 %)" in capsys.readouterr().out


def test_what_cannot_be_done_is_told(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Foreseen, match="no test is named 'two'; the site has an invoice goes to support"):
        run(site, only=["two"])
    with pytest.raises(Foreseen, match="junit"):
        run(site, junit=site / "none" / "junit.xml")
    (site / "more.yaml").write_text("menus: {main: nowhere}")
    assert run(site, json=True) == 2
    captured = capsys.readouterr()
    assert json.loads(captured.out.splitlines()[-1])["usable"] is False
    assert "more.yaml:1:9" in captured.err


def test_what_was_heard_stands_below_what_was_expected_where_that_is_long(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "tests.yaml").write_text(WRONG.replace("{department: support}", "\n      heard: [contract number]"))
    assert run(site) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:3] == ["    line 6: what is heard", "      expected  “contract number”"]
    assert lines[3].startswith("      but       the caller heard “For invoices, press 1.")


def test_tests_with_a_word_in_their_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(ACME, like="KŪČIŲ") == 0
    assert capsys.readouterr().out.startswith("3 tests: 3 passed")
    assert run(ACME, like="after", only=["an invoice", "the first open minute after Kūčių diena"]) == 0
    assert capsys.readouterr().out.startswith("1 tests: 1 passed")
    with pytest.raises(Foreseen, match=r"no test has 'zebra' in its name; the site has .* and \d+ more$") as raised:
        run(ACME, like="zebra")
    assert len(str(raised.value)) < 1_000
    with pytest.raises(Foreseen, match="leave --only and -k out"):
        run(ACME, like="invoice", write="-")


ROUND = """\
company: {name: Loop, timezone: Europe/Vilnius}
numbers: {"+370 5 200 0000": {menu: a}, "+370 5 200 0001": {go: d}}
menus:
  a: {say: "Press 1.", keys: {1: hangup}, silence: {go: b}, mistake: {go: hangup}}
  b: {say: "Press 2.", keys: {1: hangup}, silence: {go: a}, mistake: {go: hangup}}
departments:
  d: {overflow: {after: 1s, go: e}}
  e: {overflow: {after: 1s, go: d}}
tests:
  - {name: menus, call: {to: "+370 5 200 0000", at: 2026-11-24T10:00}, expect: {hangup: true}}
  - {name: lines, call: {to: "+370 5 200 0001", at: 2026-11-24T10:00}, expect: {through: [d]}}
  - {name: meant, call: {to: "+370 5 200 0001", at: 2026-11-24T10:00}, expect: {outcome: unserved}}
"""


def test_a_call_without_an_end_fails_with_the_circle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "site.yaml").write_text(ROUND)
    assert run(tmp_path, json=True) == 1
    tests = json.loads(capsys.readouterr().out)["tests"]
    told = [failure["came"] for test in tests for failure in test["failures"]]
    assert [one.partition(":")[0] for one in told] == ["the caller is led round and round"] * 2
    assert "a → b → a" in told[0] or "b → a → b" in told[0]
    assert "d → e → d" in told[1] or "e → d → e" in told[1]


def test_ctrl_c_ends_a_run_at_once() -> None:
    def interrupted(done: int, of: int) -> None:
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run_tests(require_site(ACME), progress=interrupted)
