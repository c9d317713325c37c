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
from server.commands.try_whole import Around
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
    steps = found.pop("steps")
    assert found == {
        "to": LINE,
        "from": "+37060000001",
        "at": "2026-11-24T10:00:00+02:00",
        "keys": "w1 1",
        "unused_keys": [],
        "path": ["main"],
        "facts": {"intent": "invoice"},
        "destination": "department billing",
        "outcome": "department",
        "why": "key 1",
        "then": {"outcome": "answered", "stops": ["department billing"], "answered_by": "alice", "mail": []},
    }
    assert prompt["text"].startswith("For invoices, press 1.")
    assert (prompt["language"], prompt["whole"]) == ("en", False)
    assert captured.err == ""
    assert [step["text"] for step in steps if step["reason"]] == [
        "Came to the menu “main”.",
        "Went from main to department billing: key 1.",
    ]
    assert steps[1]["reason"].startswith("office open (mon-fri 09:00-18:00)")


def test_text_tells_each_step_with_its_reason_by_the_clock_of_the_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(json=False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "10:00:00.0  +37060000001 called +370 5 200 0001."
    assert lines[1].startswith(
        "10:00:00.0  Came to the menu “main”. [office open (mon-fri 09:00-18:00) until Tue 24 Nov 18:00]"
    )
    assert any(line.startswith("10:00:01.4  Began to hear (en): “For invoices") for line in lines)
    assert any(line.endswith("Went from main to department billing: key 1.") for line in lines)
    assert any(line.endswith("alice answered; the caller had waited 0 s.") for line in lines)
    assert lines[-3:] == [
        "path         main",
        "facts        intent: invoice",
        "destination  department billing (key 1)",
    ]


def test_a_fax_is_shown_with_its_box(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(at=EVENING, keys="w1 3", json=False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "then         the fax box delivery takes a fax: try it with --fax"
    assert any(line.endswith("Heard (en): “Please start your fax machine now.”") for line in lines)
    assert run(at=EVENING, keys="w1 3", json=False, around=Around(fax=True)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("destination  fax delivery") for line in lines)


def test_a_message_is_told_alike_with_options_and_without(capsys: pytest.CaptureFixture[str]) -> None:
    """Without any the caller spoke to the end of the box, and neither the message nor its mail was told."""
    told = []
    for around in (Around(), Around(hang_up=100)):
        assert run(at=EVENING, keys="w1 1", json=False, around=around) == 0
        told.append(capsys.readouterr().out)
    assert told[0] == told[1]
    assert "Left a message of 11 s" in told[0]
    assert told[0].splitlines()[-1].startswith("mail ")


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


@pytest.mark.parametrize(
    ("at", "taken", "told"),
    [
        pytest.param(
            "2026-03-29T03:30",
            "2026-03-29T04:30:00+03:00",
            "switchroom: 2026-03-29T03:30:00 never comes in Europe/Vilnius, where clocks are put on that night: "
            "taken as 2026-03-29T04:30:00+03:00, which they show then\n",
            id="an hour that is left out",
        ),
        pytest.param(
            "2026-10-25T03:30",
            "2026-10-25T03:30:00+03:00",
            "switchroom: 2026-10-25T03:30:00 comes twice in Europe/Vilnius, where clocks are put back that night: "
            "taken as the first, 2026-10-25T03:30:00+03:00; write 2026-10-25T03:30:00+02:00 for the second\n",
            id="an hour that comes twice",
        ),
        pytest.param("2026-10-25T03:30+02:00", "2026-10-25T03:30:00+02:00", "", id="the second of them, as told"),
        pytest.param("2026-10-25T04:00", "2026-10-25T04:00:00+02:00", "", id="just after it"),
        pytest.param("2026-03-29T02:59", "2026-03-29T02:59:00+02:00", "", id="just before the gap"),
    ],
)
def test_a_time_when_clocks_are_changed(at: str, taken: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(at=at) == 0
    captured = capsys.readouterr()
    assert (json.loads(captured.out)["at"], captured.err) == (taken, told)


@pytest.mark.parametrize(
    ("keys", "unused"),
    [
        pytest.param("0 5 2", ["5", "2"], id="after the destination"),
        pytest.param("1 w600 2", ["2"], id="long after it"),
        pytest.param("w1 1", [], id="none"),
        pytest.param("", [], id="no keys at all"),
    ],
)
def test_keys_that_nobody_asked_for_are_told(keys: str, unused: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(keys=keys) == 0
    assert json.loads(capsys.readouterr().out)["unused_keys"] == unused
    assert run(keys=keys, json=False) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == f"keys not used: {' '.join(unused)}" if unused else last.startswith("destination")


def test_keys_typed_ahead_that_nobody_asked_for_are_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("052\n"))
    assert run(keys=None, json=False) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "keys not used: 5 2"


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("around", [Around(), Around(waiting=2)], ids=["usual", "others wait"])
def test_a_number_that_is_not_in_use(around: Around, as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(to="+370 5 200 0099", json=as_json, around=around) == 1
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


def test_who_types_speaks_as_long_as_who_is_scripted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n\n"))
    assert run(at=EVENING, keys=None, json=False) == 0
    lines = capsys.readouterr().out.splitlines()
    kept = next(line for line in lines if "To keep your message" in line)
    assert kept < "20:31:30"  # and not at the end of the box, three minutes later


def test_typed_with_json_shows_the_prompts_beside_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n"))
    assert run(keys=None) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["outcome"] == "department"
    assert "Heard (en)" in captured.err


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


def test_who_types_nonsense_is_asked_again(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("one\n1\n"))
    assert run(keys=None, json=False) == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines()[-1] == "destination  department billing (key 1)"
    assert captured.err == (
        "keys> switchroom: 'o' is no key of a telephone: type digits, * and #, or nothing for silence\nkeys> "
    )


@pytest.mark.parametrize(
    ("piped", "told"),
    [
        pytest.param(b"hello\n", "standard input: 'h' is no key of a telephone", id="a word"),
        pytest.param(b"1 w5 2\n", "standard input: 'w' is no key of a telephone", id="a wait"),
        pytest.param(b"2\n{}\n", "standard input: '{' is no key of a telephone", id="nonsense later"),
        pytest.param(b"\x00\x01\n", "standard input: '\\x00' is no key of a telephone", id="binary"),
        pytest.param(b"\xff\xfe\n", "standard input is no text", id="no text"),
        pytest.param(b"1" * 5_000, "standard input: more than 200 keys in a line", id="much too long"),
    ],
)
def test_who_pipes_nonsense_is_told(piped: bytes, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(piped), "utf-8"))
    with pytest.raises(Foreseen) as caught:
        run(keys=None, json=False)
    assert str(caught.value).startswith(told)


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
    rendered, other = (phrases.phrase(site, name, "en") for name in ("no_answer", "thank_you"))
    duration = try_call.prompt_duration(tmp_path)
    assert duration(other) == guess_duration(other)
    assert duration(Recorded("jingle", "en")) == 3.0
    assert duration(Spoken("", "en")) == guess_duration(Spoken("", "en"))
    stem = PromptStore(tmp_path / "prompts").path_of(rendered)
    note = Note(rendered.text, rendered.language, None, "test", samples=12_000, seconds=1.5)
    write_prompt(stem, wav=bytes(44 + 24_000), ulaw=bytes(12_000), alaw=bytes(12_000), note=note)
    assert try_call.prompt_duration(tmp_path)(rendered) == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("around", "changes", "outcome", "said"),
    [
        pytest.param(Around(hang_up=5), {"at": EVENING, "keys": ""}, "closed", "The caller hung up first", id="gone"),
        pytest.param(Around(fax=True), {"to": "+370 5 200 0000"}, "fax", "A fax of one page came", id="a fax machine"),
        pytest.param(Around(busy=("bob",)), {"keys": "w1 2 w20"}, "answered", "carol answered", id="one is busy"),
        pytest.param(Around(away=("bob", "carol")), {"to": "+370 5 200 0002"}, "voicemail", "bob: no answer",
                     id="nobody answers"),
        pytest.param(Around(logged_in=()), {"to": "+370 5 200 0002"}, "voicemail", "Left a message", id="nobody"),
        pytest.param(Around(speaks=3), {"at": EVENING}, "voicemail", "Left a message of 4 s", id="a short message"),
        pytest.param(Around(waiting=9), {"to": "+370 5 200 0002"}, "voicemail", "place 10", id="others wait"),
    ],
)  # fmt: skip
def test_a_call_in_a_situation_of_its_own(
    around: Around, changes: Mapping[str, str], outcome: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(around=around, **changes) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["then"]["outcome"] == outcome
    assert any(said in step["text"] for step in found["steps"]), found["steps"]
    assert run(around=around, json=False, **changes) == 0
    assert said in capsys.readouterr().out


def test_a_long_wait_is_short_to_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without an overflow a place in the line is told for an hour."""
    (tmp_path / "site.yaml").write_text(
        'company: {name: Line, timezone: Europe/Vilnius}\nnumbers: {"+370 5 200 0000": {go: line}}\n'
        "departments: {line: {}}\npeople: {ann: {name: Ann, phone: 101, departments: [line]}}\n"
    )
    around = Around(busy=("ann",))
    assert try_call.run(tmp_path, to="+370 5 200 0000", caller="", at=MORNING, keys="", json=False, around=around) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum("Was told: place 1." in line for line in lines) == 2
    assert sum(" times more, the last at 10:59:" in line for line in lines) == 1
    assert len(lines) < 12


def test_who_is_not_there_cannot_be_busy() -> None:
    with pytest.raises(Foreseen, match="nobody is called 'zoe'; the site has alice"):
        run(around=Around(busy=("zoe",)))
    with pytest.raises(Foreseen, match="is no time"):
        run(around=Around(hang_up=-1))
    said = Around.said(None, 10.0, False, "", "bob, carol", "", 0)
    assert (said.logged_in, said.busy, Around.said(None, 10.0, False, None, "", "", 0).is_usual) == (
        (),
        ("bob", "carol"),
        True,
    )
