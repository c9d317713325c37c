"""`report`: the day's figures in every format, also while the server runs, and what cannot be reported."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from callrouter import events as ev
from callrouter.chronicle import entry
from callrouter.events import Outcome
from config.load import require_site
from ledger.database import Database
from ledger.journal import Journal
from server.commands import report
from server.data_folder import DATABASE, NAME, SiteNote, note_of, read_note, write_note
from server.terminal import Foreseen
from tests.fixtures.journal_of_calls import START, Caller, abandoned_call, answered_call
from tests.server.data_folders import data_folder

DAY = "2026-11-24"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return data_folder(tmp_path, answered_call("c1"), abandoned_call("c2"))


def test_text(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report.run("day", data, DAY, None, "text") == 0
    out = capsys.readouterr().out
    assert out.startswith("Tuesday, 24 November 2026 (Europe/Vilnius)\n")
    assert "50.0 %" in out


def test_json_of_several_days(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report.run("day", data, "2026-11-23", "2026-11-25", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [(day["day"], day["site"]["offered"]) for day in found["days"]] == [
        ("2026-11-23", 0), (DAY, 2), ("2026-11-25", 0)
    ]  # fmt: skip
    assert found["days"][0]["site"]["service_level"] is None
    assert found["days"][1]["departments"][0]["target_s"] == 20.0


def test_csv(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report.run("day", data, DAY, None, "csv") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["of"], row["name"], row["offered"]) for row in rows] == [
        ("site", "", "2"), ("department", "billing", "2"), ("person", "alice", "")
    ]  # fmt: skip


def test_today_without_calls(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report.run("day", data, None, None, "text") == 0
    assert "All calls: no calls" in capsys.readouterr().out


def test_figures_that_do_not_add_up_are_said_and_counted_as_a_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = data_folder(tmp_path, Caller("c1").ends("of another version"))
    assert report.run("day", data, DAY, None, "text") == 1
    captured = capsys.readouterr()
    assert "WARNING: the totals do not add up: of 1 call, 1 in no outcome" in captured.out
    assert "do not add up" in captured.err


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        pytest.param({"name": "year"}, "there is no report 'year'", id="name"),
        pytest.param({"format": "exe"}, "there is no format 'exe'", id="format"),
        pytest.param({"start": "24.11.2026"}, "'24.11.2026' is no day", id="day"),
        pytest.param({"end": "2026-11-23"}, "write the earlier day first", id="the wrong way round"),
        pytest.param({"end": "2027-11-25"}, "at most 366 days", id="too long"),
    ],
)
def test_what_cannot_be_reported(data: Path, wrong: Mapping[str, str], told: str) -> None:
    asked: dict[str, str] = {"name": "day", "start": DAY, "end": DAY, "format": "text", **wrong}
    with pytest.raises(Foreseen, match=told):
        report.run(asked["name"], data, asked["start"], asked["end"], asked["format"])


def test_a_folder_without_data_stays_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(Foreseen, match="--data"):
        report.run("day", tmp_path, DAY, None, "text")
    assert list(tmp_path.iterdir()) == []


async def test_while_the_server_runs(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with await Database.open(data / DATABASE) as db, await Journal.open(db, data / "journal") as journal:
        await journal.append(entry(ev.CallOffered(at=START, call="c3", did="1")))
        assert await asyncio.to_thread(report.run, "day", data, DAY, None, "json") == 0
        await journal.append(entry(ev.CallEnded(at=START, call="c3", outcome=Outcome.CLOSED)))
        assert await asyncio.to_thread(report.run, "day", data, DAY, None, "json") == 0
    first, second = (json.loads(line)["days"][0]["site"] for line in capsys.readouterr().out.splitlines())
    assert (first["offered"], first["in_progress"], first["closed"]) == (3, 1, 0)
    assert (second["offered"], second["in_progress"], second["closed"]) == (3, 0, 1)


def test_the_note_of_a_site_comes_back_and_is_for_its_owner_only(tmp_path: Path) -> None:
    site = require_site(Path(__file__).parents[2] / "config" / "acme")
    write_note(tmp_path, note_of(site))
    assert read_note(tmp_path) == note_of(site)
    assert note_of(site).answer_within["billing"] == 20.0
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == [NAME]


def test_without_a_note_times_are_in_utc(tmp_path: Path) -> None:
    assert read_note(tmp_path) == SiteNote(timezone="UTC", database=None)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"timezone": "Nowhere/Town"}', '{"answer_within": 5}', '"x"'])
def test_a_note_that_cannot_be_used(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text)
    with pytest.raises(Foreseen, match="start the server"):
        read_note(tmp_path)


def test_a_note_of_the_least_that_is_asked(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text('{"timezone": "Europe/Vilnius", "country": "LT", "company": "Acme", "database": ""}')
    assert read_note(tmp_path) == SiteNote("Europe/Vilnius", "LT", "Acme")
