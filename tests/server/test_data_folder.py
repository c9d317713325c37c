"""The data folder is its owner's alone, and what is no folder is said to be none."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from server.commands import calls, doctor
from server.data_folder import DATABASE, make_private
from server.settings import Settings
from server.telephone import write_attendant
from server.terminal import Foreseen

ROOT = Path(__file__).parents[2]


def modes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.lstat().st_mode & 0o777 for path in sorted(folder.rglob("*"))}


@pytest.fixture
def old_folder(tmp_path: Path) -> Path:
    """A data folder as an earlier version left it: open to everybody."""
    data = tmp_path / "data"
    for name in ("switchroom.db", "spool/4a/message.wav", "drop/report.json", "attendant/attendant.sh", "site.json"):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text("x")
        (data / name).chmod(0o644)
    (data / "attendant/attendant.sh").chmod(0o755)
    for folder in (data, *(path for path in data.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    return data


def test_an_old_folder_is_closed_to_others(old_folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "sounds"
    outside.mkdir(mode=0o755)
    (outside / "beep.gsm").write_text("x")
    (outside / "beep.gsm").chmod(0o644)
    (old_folder / "sounds").symlink_to(outside)
    make_private(old_folder)
    (old_folder / "sounds").unlink()
    assert modes(old_folder) == {
        "attendant": 0o700,
        "attendant/attendant.sh": 0o700,
        "drop": 0o700,
        "drop/report.json": 0o600,
        "site.json": 0o600,
        "spool": 0o700,
        "spool/4a": 0o700,
        "spool/4a/message.wav": 0o600,
        "switchroom.db": 0o600,
    }
    assert old_folder.stat().st_mode & 0o777 == 0o700
    assert outside.stat().st_mode & 0o777 == 0o755, "what a link leads to is not ours"
    assert (outside / "beep.gsm").stat().st_mode & 0o777 == 0o644


def test_a_folder_that_is_not_there_yet_is_nothing_to_close(tmp_path: Path) -> None:
    make_private(tmp_path / "later")
    assert not (tmp_path / "later").exists()


def test_what_up_makes_is_its_owners(old_folder: Path, tmp_path: Path) -> None:
    begin = (
        "import pathlib, sys\n"
        "from server.commands import up\n"
        "from server.terminal import Foreseen\n"
        "site, data = map(pathlib.Path, sys.argv[1:])\n"
        "try: up.run(site, data, 0.0)\n"
        "except Foreseen: (data / 'new').write_text('x')\n"
    )
    subprocess.run([sys.executable, "-c", begin, tmp_path / "no-site", old_folder], cwd=ROOT, timeout=60, check=True)
    assert {mode & 0o077 for mode in modes(old_folder).values()} == {0}
    assert modes(old_folder)["new"] == 0o600


def test_what_the_attendant_writes_is_its_owners(tmp_path: Path) -> None:
    script = write_attendant(Settings(tmp_path, tmp_path / "data")).read_text()
    assert "\numask 077\n" in script


# ---- a file where a folder should be


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / DATABASE
    path.write_text("x")
    return path


def test_commands_say_that_it_is_a_file(file: Path) -> None:
    for command in (make_private, partial(calls.list_calls, day=None, json=False)):
        with pytest.raises(Foreseen, match="is a file, and --data names a folder"):
            command(file)


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        (DATABASE, "give --data the folder that it is in: --data {folder}"),
        ("notes.txt", "give --data the folder that the server is started with"),
    ],
    ids=["its database", "another"],
)
def test_the_doctor_knows_the_mend(tmp_path: Path, name: str, mend: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).write_text("x")
    assert doctor.run(tmp_path / "no-site", tmp_path / name, json=False) == 1
    told = capsys.readouterr().out
    assert f"{tmp_path / name} is a file, not a folder" in told
    assert f"mend: {mend.format(folder=tmp_path)}" in told
    assert "start the server once" not in told
