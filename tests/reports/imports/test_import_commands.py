"""`import queue-log`, `cdr`, `list` and `forget` as an admin sees them."""

from __future__ import annotations

import fcntl
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from reports.imports.model import Kind
from server.commands import import_history as command
from server.commands.calls import tell_call
from server.data_folder import DATABASE, SiteNote, write_note
from server.terminal import Foreseen
from tests.reports.imports.files import ZONE, T, call, cdr_row, log_of, write


@pytest.fixture
def data(migrated: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(migrated, folder / DATABASE)
    write_note(folder, SiteNote(ZONE))
    return folder


def test_an_import_is_told_listed_and_taken_back(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "queue_log", [*log_of(4), "nonsense", f"{T}|{T}.1|support|NONE|SURVEY|5"])
    assert command.run(Kind.QUEUE_LOG, file, data, command.Wish(host="old-pbx"), json=False) == 1
    out, err = capsys.readouterr()
    for part in ("queue_log as queue_log@old-pbx", "new calls: 4", "nothing to us: 1", "2026-11-22 to 2026-11-22"):
        assert part in out, out
    assert "line 12: it has 1 of the 5 fields" in err
    assert "3706" not in out + err
    (listing,) = (data / command.FOLDER).glob("*.txt")
    assert "nonsense" in listing.read_text()
    assert command.show(data, json=False) == 0
    assert "queue_log@old-pbx" in capsys.readouterr().out
    assert command.forget(data, "queue_log@old-pbx", json=True) == 0
    assert json.loads(capsys.readouterr().out)["forgotten"] == 4
    command.show(data, json=False)
    assert "Nothing was imported yet" in capsys.readouterr().out


def test_the_story_of_an_imported_call(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_note(data, SiteNote(ZONE, names={"alice": "Alice Doe"}))
    stranger = [line.replace("+37060000001", "+3706\x1b[2J") for line in log_of(3)]
    longer = [line.replace(f"{T + 60}.1|", f"{T + 60}.12|") for line in call(1)]  # its id begins as another's
    command.run(Kind.QUEUE_LOG, write(tmp_path / "queue_log", [*stranger, *longer]), data, command.Wish(), json=True)
    capsys.readouterr()
    name = f"queue_log:{T + 60}.1"
    assert tell_call(data, name, json=False) == 0
    head, facts, *told = capsys.readouterr().out.splitlines()
    assert head == f"Call {name}, 2026-11-22 (Europe/Vilnius), imported from queue_log"
    assert "dialled: not known" in facts
    assert told == [
        "03:01:00  +3706\ufffd[2J called a number that is not known.",
        "03:01:00  Joined the line of support at place 1.",
        "03:01:10  Alice Doe answered after 3 s of ringing; the caller had waited 10 s.",
        "03:02:10  The caller hung up; they had talked for 1 min 00 s.",
    ]
    assert tell_call(data, f"queue_log:{T + 120}", json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["record"]["source"], found["record"]["unknown"]) == ("queue_log", ["menus"])
    (account,) = found["accounts"]
    assert ["".join(one["line"].split("|")[4:5]) for one in account["sentences"]] == ["", "ENTERQUEUE", "ABANDON"]
    assert tell_call(data, "queue_log:", json=False) == 1
    assert "more than one call" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wish", "number"),
    [
        pytest.param(command.Wish(), "+37061234567", id="of the site's country"),
        pytest.param(command.Wish(country="de"), "+4961234567", id="of another"),
    ],
)
def test_numbers_are_read_in_a_country(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], wish: command.Wish, number: str
) -> None:
    file = write(tmp_path / "queue_log", [line.replace("+37060000000", "061234567") for line in call(0)])
    assert command.run(Kind.QUEUE_LOG, file, data, wish, json=True) == 0
    capsys.readouterr()
    assert tell_call(data, f"queue_log:{T}.0", json=True) == 0
    assert json.loads(capsys.readouterr().out)["record"]["ani"] == number


def test_machines_get_json(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "Master.csv", [cdr_row(0), cdr_row(1)])
    wish = command.Wish(contexts=("from-trunk",))
    assert command.run(Kind.CDR, file, data, wish, json=True) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (told["source"], told["lines"], told["calls"], told["not_understood"]) == ("cdr", 2, 2, 0)
    assert command.run(Kind.CDR, file, data, wish, json=True) == 0
    again = json.loads(capsys.readouterr().out)
    assert (again["lines"], again["calls"]) in ((0, 0), (2, 0))
    command.show(data, json=True)
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["source"], row["contacts"]) == ("cdr", 2)


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        pytest.param(command.Wish(zone="Mars/Olympus"), "no time zone", id="zone"),
        pytest.param(command.Wish(country="Mars"), "no country 'Mars'", id="country"),
        pytest.param(command.Wish(encoding="runes"), "no encoding", id="encoding"),
        pytest.param(command.Wish(host="../x"), "no name for an Asterisk", id="host"),
        pytest.param(command.Wish(queues=("600",)), "NAME-IN-THE-FILE=OUR-NAME", id="queue"),
    ],
)
def test_options_that_are_none_are_refused(data: Path, tmp_path: Path, wish: command.Wish, why: str) -> None:
    with pytest.raises(Foreseen, match=why):
        command.run(Kind.QUEUE_LOG, write(tmp_path / "queue_log", log_of(1)), data, wish, json=False)


def test_where_customers_come_from_is_asked(data: Path, tmp_path: Path) -> None:
    with pytest.raises(Foreseen, match="--context, --trunk or --number"):
        command.run(Kind.CDR, write(tmp_path / "Master.csv", [cdr_row(0)]), data, command.Wish(), json=False)


def test_a_file_that_may_not_be_read_is_one_sentence(data: Path, tmp_path: Path) -> None:
    with pytest.raises(Foreseen, match="name the file itself"):
        command.run(Kind.QUEUE_LOG, tmp_path, data, command.Wish(), json=False)
    with pytest.raises(Foreseen, match="no source"):
        command.forget(data, "cdr", json=False)


def test_two_imports_at_once_are_refused(data: Path, tmp_path: Path) -> None:
    (data / command.FOLDER).mkdir()
    with (data / command.FOLDER / "import.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Foreseen, match="another import"):
            command.run(Kind.QUEUE_LOG, write(tmp_path / "q", log_of(1)), data, command.Wish(), json=False)
