"""`report issued`: what was issued, as text and as JSON."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ledger.database import Database
from reports import issued_store
from reports.issued import KEPT, Issued, Order, State
from reports.rules import Definition
from server.cli import app
from server.commands import report_issued
from server.data_folder import DATABASE
from server.terminal import Foreseen
from tests.reports.forms.samples import DAY, MADE
from tests.server.data_folders import data_folder

LATE = Order("day", DAY, "pdf", Definition(), schedule="boss", moment=MADE - timedelta(hours=2), to=("a@b.example",))
FAILED = Order("waits", DAY, "csv", Definition(), by="sue", department="billing")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = data_folder(tmp_path)

    async def issue() -> None:
        async with await Database.open(folder / DATABASE) as db, db.writing() as session:
            ready = Issued("f00d", LATE, MADE, State.READY, made_at=MADE)
            failed = Issued("bad", FAILED, MADE + timedelta(hours=1), State.FAILED, why="it took too long")
            for one in (ready, failed):
                assert await issued_store.add(session, one, MADE + KEPT)

    asyncio.run(issue())
    return folder


def test_text_and_json(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = CliRunner().invoke(app, ["report", "issued", "--data", str(data)])
    assert said.exit_code == 0, said.output
    _, failed, ready = said.stdout.splitlines()
    assert failed.split("  ")[0] == "2026-11-25 09:30"
    assert "failed: it took too long" in failed
    assert "schedule boss" in ready
    assert "ready, late" in ready
    assert report_issued.run(data, "json") == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["id"], first["department"], first["due"]) == ("bad", "billing", None)
    assert (second["late"], second["receivers"], second["state"]) == (True, 1, "ready")


def test_other_formats_are_refused(data: Path) -> None:
    with pytest.raises(Foreseen):
        report_issued.run(data, "pdf")
