"""`privacy` as an admin types it, against a real server: a ZIP, a dry run, the name asked for, a certificate."""

from __future__ import annotations

import asyncio
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.commands import privacy as command
from server.terminal import Foreseen
from tests.server.privacy_house import NAME, ONA, House, filled
from tests.server.web.conftest import pace, url
from tests.server.web.test_privacy_pages import house, office, ona

__all__ = ["filled", "house", "office", "ona", "pace", "url"]  # fixtures: pytest finds them here by name


@pytest.fixture
async def data(house: House, ona: str, url: str) -> AsyncIterator[Path]:
    async with house.office.working():
        yield house.folder


async def test_everything_is_written_into_a_file_of_ones_own(
    data: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path_factory.mktemp("away") / "ona.zip"
    assert await asyncio.to_thread(command.export, data, ONA, file, json=True) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["ready"]
    assert file.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(file) as opened:
        assert "overview.html" in opened.namelist()
    with pytest.raises(Foreseen, match="is there already"):
        await asyncio.to_thread(command.export, data, ONA, file)
    with pytest.raises(Foreseen, match="no such customer"):
        await asyncio.to_thread(command.export, data, "nobody", file.with_name("x.zip"))
    assert not file.with_name("x.zip").exists()


async def test_a_person_is_forgotten_by_who_types_the_name(
    data: Path, ona: str, house: House, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asyncio.to_thread(command.erase, data, ona, yes=False, dry_run=True) == 0
    told = capsys.readouterr().out
    assert NAME in told
    assert "Voicemails" in told
    wrong = await asyncio.to_thread(command.erase, data, ona, yes=False, dry_run=False, typed=lambda _: "Ona")
    assert wrong == 1
    assert await house.office.erasures.list_newest() == []
    capsys.readouterr()
    assert await asyncio.to_thread(command.erase, data, ona, yes=False, dry_run=False, typed=lambda _: NAME) == 0
    told = capsys.readouterr().out
    (erasure,) = await house.office.erasures.list_newest()
    assert erasure.pseudonym in told
    assert NAME not in told.splitlines()[-1]
    file = tmp_path_factory.mktemp("away") / "certificate.pdf"
    asked = {"wanted": erasure.id[:12], "to": file}
    assert await asyncio.to_thread(lambda: command.certificates(data, **asked)) == 0  # type: ignore[arg-type]
    assert file.read_bytes().startswith(b"%PDF")
    assert erasure.pseudonym in capsys.readouterr().out
    assert house.left() == {}


def test_without_a_server_nothing_is_done(tmp_path: Path) -> None:
    for work in (
        lambda: command.export(tmp_path, ONA, tmp_path / "x.zip"),
        lambda: command.erase(tmp_path, ONA, yes=True, dry_run=False),
        lambda: command.certificates(tmp_path),
    ):
        with pytest.raises(Foreseen, match="no server runs"):
            work()
