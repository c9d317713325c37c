"""A file is written whole or not at all, and what a kill left half written does not stay."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from ledger import files
from ledger.files import LEFT_ALONE, write_whole


def killed_while_writing(path: Path) -> Path:
    """Be killed, in a copy of this process, before the file gets its name; return what is left of it."""
    pid = os.fork()
    if pid == 0:
        os.fsync = lambda _file: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]  # in the copy only
        write_whole(path, "half")
        os._exit(1)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    return path.with_name(f".{path.name}.{pid}.new")


def aged(path: Path, seconds: float = LEFT_ALONE + 1) -> Path:
    at = path.stat().st_mtime - seconds
    os.utime(path, (at, at))
    return path


def test_what_a_killed_process_left_is_removed_by_the_next_that_writes_the_file(tmp_path: Path) -> None:
    note = tmp_path / "note.json"
    write_whole(note, "old")
    left = killed_while_writing(note)
    assert (left.exists(), note.read_text()) == (True, "old")
    write_whole(note, "young")
    assert left.exists(), "it is too young to be left for certain"
    aged(left)
    write_whole(note, "new")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("note.json", "new")]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(f".note.json.{os.getppid()}.new", id="of a process that runs"),
        pytest.param(".other.json.{gone}.new", id="of another file"),
        pytest.param(".note.json.x.{gone}.new", id="of a file that begins alike"),
        pytest.param(".note.json.-1.new", id="of no process"),
        pytest.param(".note.json.{gone}", id="not of ours"),
    ],
)
def test_nothing_else_is(tmp_path: Path, name: str) -> None:
    other = tmp_path / name.format(gone=killed_while_writing(tmp_path / "x").suffixes[-2][1:])
    other.touch()
    aged(other)
    write_whole(tmp_path / "note.json", "new")
    assert other.exists()


def test_no_more_names_are_looked_at_than_a_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_NAMES", 0)
    left = aged(killed_while_writing(tmp_path / "note.json"))
    write_whole(tmp_path / "note.json", "new")
    assert left.exists()


def test_a_folder_that_cannot_be_listed_is_written_into_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_folder: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refused)
    write_whole(tmp_path / "note.json", b"new")
    assert (tmp_path / "note.json").read_bytes() == b"new"
    assert (tmp_path / "note.json").stat().st_mode & 0o777 == 0o600
