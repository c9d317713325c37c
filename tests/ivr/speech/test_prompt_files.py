"""A prompt on disk is whole or absent."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ivr.speech.prompt_files import ALAW, NOTE, ULAW, WAV, Note, read_note, sweep, write_prompt

ROOT = Path(__file__).resolve().parents[3]
HELLO = Note("Hello", "en", None, "tones 1", 4, 0.0005)


def write(stem: Path, note: Note = HELLO) -> Note:
    law = b"x" * note.samples
    return write_prompt(stem, wav=b"h" * 44 + law * 2, ulaw=law, alaw=law, note=note)


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    stem = tmp_path / "new folder" / "abc"
    assert read_note(stem) is None
    assert write(stem) == HELLO
    assert read_note(stem) == HELLO
    assert sorted(path.name for path in stem.parent.iterdir()) == ["abc.alaw", "abc.json", "abc.ulaw", "abc.wav"]


def test_asterisk_may_run_as_another_user(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        write(tmp_path / "abc")
    finally:
        os.umask(mask)
    assert (tmp_path / "abc.wav").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("suffix", [WAV, ULAW, ALAW, NOTE])
@pytest.mark.parametrize("damage", [b"", b"x", b"[]", b'{"text": 1}', b"\xff" * 70_000], ids=range(5))
def test_a_damaged_file_makes_it_absent_and_writing_mends_it(tmp_path: Path, suffix: str, damage: bytes) -> None:
    stem = tmp_path / "abc"
    write(stem)
    stem.with_suffix(suffix).write_bytes(damage)
    assert read_note(stem) is None
    write(stem)
    assert read_note(stem) == HELLO


@pytest.mark.parametrize("suffix", [WAV, ULAW, ALAW, NOTE])
def test_a_missing_file_makes_it_absent(tmp_path: Path, suffix: str) -> None:
    stem = tmp_path / "abc"
    write(stem)
    stem.with_suffix(suffix).unlink()
    assert read_note(stem) is None


def test_the_first_of_two_writers_wins(tmp_path: Path) -> None:
    later = Note("Hello", "en", None, "tones 1", 6, 0.00075)
    write(tmp_path / "abc")
    assert write(tmp_path / "abc", later) == HELLO
    assert read_note(tmp_path / "abc") == HELLO


DIE_AT_STEP = """
import os, sys
from pathlib import Path
from ivr.speech import prompt_files
steps, fsync = iter(range(int(sys.argv[2]))), os.fsync
def die_at_the_last(file):
    fsync(file)
    if next(steps, None) is None:
        os.kill(os.getpid(), 9)
os.fsync = die_at_the_last
note = prompt_files.Note("Hello", "en", None, "tones 1", 6, 0.00075)
prompt_files.write_prompt(Path(sys.argv[1]), wav=b"n" * 56, ulaw=b"n" * 6, alaw=b"n" * 6, note=note)
"""


@pytest.mark.parametrize("had", [False, True], ids=["new", "damaged before"])
@pytest.mark.parametrize("step", range(6))
def test_killed_at_any_step_it_is_whole_or_absent(tmp_path: Path, step: int, had: bool) -> None:
    stem = tmp_path / "abc"
    if had:
        write(stem)
        stem.with_suffix(WAV).write_bytes(b"half")
    died = subprocess.run([sys.executable, "-c", DIE_AT_STEP, str(stem), str(step)], cwd=ROOT, timeout=30)
    assert died.returncode == -9
    note = read_note(stem)
    assert (note is None) is (step < 5)
    assert write(stem) == read_note(stem) == (note or HELLO)


def test_a_write_that_fails_leaves_no_part_behind(tmp_path: Path) -> None:
    (tmp_path / "abc.ulaw").mkdir()
    with pytest.raises(IsADirectoryError):
        write(tmp_path / "abc")
    assert not list(tmp_path.glob("*.part"))
    assert read_note(tmp_path / "abc") is None


def test_only_old_parts_are_swept(tmp_path: Path) -> None:
    write(tmp_path / "abc")
    old, new = tmp_path / "abc.wav.1.part", tmp_path / "abc.wav.2.part"
    old.touch()
    new.touch()
    os.utime(old, (0, 0))
    assert sweep(tmp_path) == 1
    assert not old.exists()
    assert new.exists()
    assert read_note(tmp_path / "abc") == HELLO
