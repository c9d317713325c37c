"""`calls` and `call`: a day's calls as a list, and one call's story."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from server.commands.calls import list_calls, tell_call
from server.terminal import Foreseen
from tests.fixtures.journal_of_calls import START, Caller, abandoned_call, answered_call
from tests.server.data_folders import data_folder

DAY = "2026-11-24"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return data_folder(
        tmp_path,
        answered_call("17-1"),
        abandoned_call("17-12", ani="", at=START + timedelta(hours=1)),
        Caller("18-1", at=START + timedelta(hours=2)).menu().events,
        answered_call("19-1", at=START + timedelta(days=1)),
    )


def test_the_list_is_a_table_by_the_clock_of_the_site(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert list_calls(data, DAY, json=False) == 0
    heads, first, second, third = capsys.readouterr().out.splitlines()
    assert heads.split()[:3] == ["Time", "From", "To"]
    assert first.split() == [
        "10:00:00", "+37060000001", "+37052000000", "main", "department", "billing", "alice", "answered",
        "7.0", "s", "1", "min", "00", "s", "17-1",
    ]  # fmt: skip
    assert second.split()[:2] == ["11:00:00", "withheld"]
    assert "abandoned (queue)" in second
    assert third.split()[-3:] == ["in", "progress", "18-1"]


def test_the_list_as_json(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert list_calls(data, DAY, json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["day"], found["timezone"], len(found["calls"])) == (DAY, "Europe/Vilnius", 3)
    assert found["calls"][0] == {
        "id": "17-1",
        "at": "2026-11-24T10:00:00.000+02:00",
        "from": "+37060000001",
        "to": "+37052000000",
        "keys": "",
        "path": ["main"],
        "facts": {"intent": "invoice"},
        "destination": "department billing",
        "answered_by": "alice",
        "outcome": "answered",
        "abandoned_in": None,
        "wait_s": 7.0,
        "talk_s": 60.0,
    }


def test_a_day_without_calls(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert list_calls(data, "2026-01-01", json=False) == 0
    assert capsys.readouterr().out == "2026-01-01: no calls\n"
    assert list_calls(data, None, json=True) == 0
    assert json.loads(capsys.readouterr().out)["calls"] == []


def test_a_story_by_the_clock_of_the_site(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tell_call(data, "17-12", json=False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Call 17-12, 2026-11-24 (Europe/Vilnius)"
    assert lines[1] == "11:00:00.0  a withheld number (Ona) called +37052000000."
    assert lines[-1].endswith("The caller gave up in the queue. The caller hung up first.")


def test_a_story_as_json_has_the_record_and_the_events(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tell_call(data, "18", json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["record"]["call"], found["record"]["outcome"], found["record"]["path"]) == ("18-1", None, ["main"])
    assert [event["kind"] for event in found["events"]] == ["call_offered", "menu_entered", "fact_named"]
    assert found["events"][1]["menu"] == "main"
    assert found["events"][0]["at"] == found["record"]["offered_at"] == "2026-11-24T10:00:00+00:00"


@pytest.mark.parametrize(
    ("call", "status", "told"),
    [
        pytest.param("17-1", 0, "", id="whole, though another begins so"),
        pytest.param("19", 0, "", id="a beginning"),
        pytest.param("17", 1, "more than one call begins so: 17-12, 17-1", id="two begin so"),
        pytest.param("20", 1, "there is no such call", id="none"),
        pytest.param("", 1, "more than one call begins so: 19-1, 18-1, 17-12, 17-1", id="empty"),
        pytest.param("%", 1, "there is no such call", id="a letter of SQL"),
    ],
)
def test_which_call(data: Path, call: str, status: int, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert tell_call(data, call, json=False) == status
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("day", ["tomorrow", "2026-02-30", "0001-01-01", ""])
def test_no_day(data: Path, day: str) -> None:
    with pytest.raises(Foreseen, match="no day"):
        list_calls(data, day, json=False)


def test_what_a_stranger_wrote_cannot_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = data_folder(tmp_path, abandoned_call("17-1", ani="\x1b[2J\r+370"))
    list_calls(data, DAY, json=False)
    tell_call(data, "17-1", json=False)
    assert "\x1b" not in capsys.readouterr().out
