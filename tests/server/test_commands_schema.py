"""`schema`: printed, or written where an editor finds it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from config.json_schema import json_schema
from server.cli_site import app
from server.commands import schema
from server.terminal import Foreseen


def test_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert schema.run(None, json=False) == 0
    indented = capsys.readouterr().out
    assert schema.run(None, json=True) == 0
    assert json.loads(indented) == json.loads(capsys.readouterr().out) == json_schema()


def test_it_is_written_where_an_editor_finds_it(tmp_path: Path) -> None:
    file = tmp_path / "site.schema.json"
    done = CliRunner().invoke(app, ["schema", str(file)])
    assert done.exit_code == 0 and json.loads(file.read_text()) == json_schema()


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Foreseen, match="name a file in a folder that is there"):
        schema.run(tmp_path / "none" / "x.json", json=False)
