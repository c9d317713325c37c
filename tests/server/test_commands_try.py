"""`try`: one call through the menus in the terminal, scripted, typed or piped."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from config.load import require_site
from ivr import phrases
from ivr.conversation import Recorded
from ivr.simulator import guess_duration
from ivr.speech.prompt_files import Note, write_prompt
from ivr.speech.spoken import Spoken
from ivr.speech.store import PromptStore
from server.commands import try_call
from server.terminal import Foreseen

ROOT = Path(__file__).parents[2]
ACME = ROOT / "config" / "acme"
LINE = "+370 5 200 0001"
MORNING, EVENING = "2026-11-24T10:00", "2026-11-24T20:30"


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Durations are guessed, whatever was rendered on this machine."""
    monkeypatch.setattr(try_call, "default_cache", lambda: tmp_path)


def run(**changes: Any) -> int:
    asked = {"to": LINE, "caller": "+37060000001", "at": MORNING, "keys": "w1 1", "json": True, **changes}
    return try_call.run(ACME, **asked)


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    (prompt,) = found.pop("prompts")
    assert found == {
        "to": LINE,
        "from": "+37060000001",
        "at": "2026-11-24T10:00:00+02:00",
        "keys": "w1 1",
        "path": ["main"],
        "facts": {"intent": "invoice"},
        "destination": "department billing",
        "outcome": "department",
        "why": "key 1",
    }
    assert prompt["text"].startswith("For invoices, press 1.")
    assert (prompt["language"], prompt["whole"]) == ("en", False)
    assert captured.err == ""


def test_text_tells_each_step_with_its_reason_by_the_clock_of_the_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(json=False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "10:00:00.0  Came to the menu “main”."
    assert any(line.startswith("10:00:01.4  Began to hear (en): “For invoices") for line in lines)
    assert any(line.endswith("Went from main to department billing: key 1.") for line in lines)
    assert lines[-3:] == [
        "path         main",
        "facts        intent: invoice",
        "destination  department billing (key 1)",
    ]


@pytest.mark.parametrize(
    ("changes", "path", "outcome"),
    [
        pytest.param({"at": EVENING, "keys": ""}, ["main", "after-hours"], "hangup", id="the site's own evening"),
        pytest.param({"at": "2026-11-24T20:30+00:00", "keys": ""}, ["main", "after-hours"], "hangup", id="aware"),
        pytest.param({"at": "2026-11-24T17:59+02:00"}, ["main"], "department", id="a minute before closing"),
        pytest.param({"keys": "w1 102"}, ["main"], "person", id="an extension"),
    ],
)
def test_any_date_and_hour(
    changes: Mapping[str, str], path: list[str], outcome: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(**changes) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["path"], found["outcome"]) == (path, outcome)


def test_now_is_the_time_when_none_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(at=None) == 0
    assert json.loads(capsys.readouterr().out)["at"].endswith(("+02:00", "+03:00"))


@pytest.mark.parametrize("as_json", [True, False])
def test_a_number_that_is_not_in_use(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(to="+370 5 200 0009", json=as_json) == 1
    captured = capsys.readouterr()
    assert "not in use; the site has +370 5 200 0000" in captured.err
    if as_json:
        found = json.loads(captured.out)
        assert (found["outcome"], found["destination"]) == ("unknown_number", "")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"keys": "1 x"}, "'x' is no key", id="a letter"),
        pytest.param({"keys": "w"}, "'w' is no wait", id="a wait without seconds"),
        pytest.param({"keys": "1" * 201}, "more than 200 keys", id="too many keys"),
        pytest.param({"at": "noon"}, "'noon' is no time", id="time"),
        pytest.param({"at": "0001-01-01"}, "is no time", id="before all time"),
    ],
)
def test_what_cannot_be_tried(changes: Mapping[str, str], told: str) -> None:
    with pytest.raises(Foreseen, match=told):
        run(**changes)


def test_a_site_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("numbers: {}\n")
    with pytest.raises(Foreseen, match="company"):
        try_call.run(tmp_path, to=LINE, caller="", at=None, keys="", json=False)


def test_typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("2\n\n2\n"))
    assert run(keys=None, json=False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "destination  department support (key 2)"
    assert sum("Heard (en)" in line for line in lines) == 3  # main, and technical twice after the silence


def test_typed_with_json_shows_the_prompts_beside_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n"))
    assert run(keys=None) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["outcome"] == "department"
    assert "Heard (en)" in captured.err


def test_piped_to_the_real_program_until_the_input_ends() -> None:
    program = [sys.executable, "-m", "server", "try", str(ACME), "--to", LINE, "--at", MORNING]
    done = subprocess.run(program, input="2\n", cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "destination  caller gone (the caller hung up)"


def test_a_bad_script_ends_the_real_program_with_2() -> None:
    program = [sys.executable, "-m", "server", "try", str(ACME), "--to", LINE, "--keys", "1 x"]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "switchroom: 'x' is no key of a telephone\n"


def test_prompts_last_as_long_as_rendered_else_a_guess(tmp_path: Path) -> None:
    site = require_site(ACME)
    rendered, other = (phrases.phrase(site, name, "en") for name in ("goodbye", "thank_you"))
    duration = try_call.prompt_duration(tmp_path)
    assert duration(other) == guess_duration(other)
    assert duration(Recorded("jingle", "en")) == 3.0
    assert duration(Spoken("", "en")) == guess_duration(Spoken("", "en"))
    stem = PromptStore(tmp_path / "prompts").path_of(rendered)
    note = Note(rendered.text, rendered.language, None, "test", samples=12_000, seconds=1.5)
    write_prompt(stem, wav=bytes(44 + 24_000), ulaw=bytes(12_000), alaw=bytes(12_000), note=note)
    assert try_call.prompt_duration(tmp_path)(rendered) == pytest.approx(1.5)
