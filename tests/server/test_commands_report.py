"""`report`: the day's figures in every format, also while the server runs, and what cannot be reported."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from callrouter import events as ev
from callrouter.chronicle import entry
from callrouter.events import Outcome
from config.load import require_site
from ledger.database import Database
from ledger.journal import Journal
from reports.catalogue import REPORTS
from server.commands import report
from server.data_folder import DATABASE, NAME, SiteNote, note_of, read_note, write_note
from server.terminal import Foreseen
from tests.fixtures.journal_of_calls import START, Caller, abandoned_call, answered_call
from tests.server.data_folders import data_folder

DAY = "2026-11-24"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return data_folder(tmp_path, answered_call("c1"), abandoned_call("c2"))


def outcomes(printed: str) -> dict[str, int]:
    """Return how many calls ended in which way, of the day's report that was printed as JSON."""
    parts = {part["name"]: part for part in json.loads(printed)["parts"]}
    return {row["values"]["outcome"]: row["values"]["calls"] for row in parts["outcomes"]["rows"]}


def test_text(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report.run("day", data, DAY, None, "text") == 0
    out = capsys.readouterr().out
    assert "Tuesday, 24 November 2026" in out
    assert "50.0 %" in out


def test_every_report_in_every_format(data: Path, tmp_path: Path) -> None:
    for name in REPORTS:
        for format in report.FORMATS:
            out = tmp_path / f"{name}.{'zip' if format == 'csv' else format}"
            assert report.run(name, data, DAY, "2026-11-25", format, out=out) == 0, name
            assert out.stat().st_size > 20
            assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_csv_is_one_table_or_a_zip_of_all(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report.run("day", data, DAY, None, "csv") == 0
    said = capsys.readouterr()
    assert said.out.startswith("figure,value,")
    assert "this is the first table only: say --table with one of figures, " in said.err
    assert report.run("day", data, DAY, None, "csv", table="outcomes") == 0
    said = capsys.readouterr()
    assert (said.out.partition(",")[0], said.err) == ("outcome", "")
    assert report.run("day", data, DAY, None, "csv", tmp_path / "day.zip") == 0
    assert report.run("day", data, DAY, None, "csv", tmp_path / "one.csv", table="outcomes") == 0
    with zipfile.ZipFile(tmp_path / "day.zip") as book:
        assert book.read(f"day-outcomes-{DAY}.csv") == (tmp_path / "one.csv").read_bytes() == said.out.encode()


@pytest.mark.parametrize(
    ("format", "out", "table", "told"),
    [
        pytest.param("csv", "day.csv", None, "one table: give --out a name that ends in .zip", id="several"),
        pytest.param("csv", "day.zip", "outcomes", "a ZIP has every table", id="one as a ZIP"),
        pytest.param("csv", None, "persons", "there is no table 'persons'", id="no such table"),
        pytest.param("json", None, "outcomes", "--table is for --format csv", id="no CSV"),
    ],
)
def test_no_file_has_less_than_its_name_says(
    data: Path, tmp_path: Path, format: str, out: str | None, table: str | None, told: str
) -> None:
    with pytest.raises(Foreseen, match=told):
        report.run("day", data, DAY, None, format, tmp_path / out if out else None, table=table)
    assert not (tmp_path / "day.csv").exists()


def test_days_without_calls_measure_nothing(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report.run("day", data, "2026-11-23", None, "json") == 0
    assert json.loads(capsys.readouterr().out)["figures"]["service_level"]["value"] is None
    assert report.run("day", data, None, None, "text") == 0
    assert "no calls" in capsys.readouterr().out


def test_figures_that_do_not_add_up_are_said_and_counted_as_a_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = data_folder(tmp_path, Caller("c1").ends("of another version"))
    assert report.run("day", data, DAY, None, "text") == 1
    captured = capsys.readouterr()
    assert "the totals do not add up: of 1 call, 1 in no outcome" in captured.out
    assert "do not add up" in captured.err


def test_what_is_stored_is_recounted(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report.check(data, "2026-11-20", "2026-11-25") == 0
    with sqlite3.connect(data / DATABASE) as db:
        db.execute("UPDATE reports_quarter_calls SET offered = offered + 1 WHERE offered > 0")
    db.close()
    assert report.check(data, DAY, None) == 1
    assert "all calls, offered: counted 2, stored 3" in capsys.readouterr().err
    assert report.rebuild(data, DAY, None) == 0
    assert report.check(data, DAY, None) == 0


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        pytest.param({"name": "year"}, "there is no report 'year'", id="name"),
        pytest.param({"format": "exe"}, "there is no format 'exe'", id="format"),
        pytest.param({"start": "24.11.2026"}, "'24.11.2026' is no day", id="day"),
        pytest.param({"end": "2026-11-23"}, "write the earlier day first", id="the wrong way round"),
        pytest.param({"end": "2037-11-25"}, "longer than ten years", id="too long"),
        pytest.param({"department": "nobody"}, "there is no department 'nobody'", id="department"),
    ],
)
def test_what_cannot_be_reported(data: Path, wrong: Mapping[str, str], told: str) -> None:
    asked: dict[str, str] = {"name": "day", "start": DAY, "end": DAY, "format": "text", **wrong}
    with pytest.raises(Foreseen, match=told):
        report.run(
            asked["name"], data, asked["start"], asked["end"], asked["format"], department=asked.get("department", "")
        )


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
    first, second = map(outcomes, capsys.readouterr().out.splitlines())
    assert (first["In progress"], first["Closed"]) == (1, 0)
    assert (second["In progress"], second["Closed"]) == (0, 1)


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
