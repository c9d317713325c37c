"""Owns a prompt on disk: three audio files and, written last, the note that says they are whole.

Must not know engines. Light to import: it makes no audio.
"""

import fcntl
import json
import os
import secrets
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

# Samples a second, as telephones have them.
RATE = 8_000
# Part of every prompt's key: count up when the level, the trimming, an engine's speed or the files change.
FORMAT = 1
# .wav for people and browsers; the other two so that Asterisk sends it on a µ-law or A-law call as it is.
ULAW, ALAW, WAV, NOTE = ".ulaw", ".alaw", ".wav", ".json"
_WAV_HEADER = 44
_MAX_NOTE = 64_000
_PART = ".part"
_PART_IS_LEFT_OVER = 3_600.0  # seconds; no rendering takes as long


@dataclass(frozen=True, slots=True)
class Note:
    """What is known of a prompt on disk."""

    text: str
    language: str
    voice: str | None
    engine: str
    samples: int
    seconds: float


def write_prompt(stem: Path, *, wav: bytes, ulaw: bytes, alaw: bytes, note: Note) -> Note:
    """Write a prompt so that it is whole or absent, however the process ends; return the note now on disk.

    One that another process finished in the meantime stays: an engine says the same text in slightly different
    lengths, so that files of two renderings do not go together. Blocks on the disk and on other writers.
    """
    stem.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(stem.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)  # let go when the descriptor is closed, also by a kill
        present = read_note(stem)
        if present is not None:
            return present
        for suffix, content in ((WAV, wav), (ULAW, ulaw), (ALAW, alaw)):
            _replace(stem.with_suffix(suffix), content)
        os.fsync(folder)  # or the note could survive a power cut that its audio did not
        _replace(stem.with_suffix(NOTE), json.dumps(asdict(note)).encode())
        os.fsync(folder)
    finally:
        os.close(folder)
    return note


def read_note(stem: Path) -> Note | None:
    """Read what is known of a prompt; None when it is not there, or not whole."""
    # Publishing asks for each prompt of a large site: by the descriptor and plain names, a third of the time.
    name = str(stem)
    try:
        handle = os.open(name + NOTE, os.O_RDONLY | os.O_CLOEXEC)
        try:
            note = Note(**json.loads(os.read(handle, _MAX_NOTE)))
        finally:
            os.close(handle)
    except (OSError, ValueError, TypeError):
        return None
    return note if has_sound(stem, note.samples) else None


def has_sound(stem: Path, samples: int) -> bool:
    """Tell whether the sound of a prompt is there, whole, in each of its forms."""
    name = str(stem)
    try:
        sizes = [os.stat(name + suffix).st_size for suffix in (WAV, ULAW, ALAW)]  # noqa: PTH116  as above
    except OSError:
        return False
    return sizes == [_WAV_HEADER + 2 * samples, samples, samples]


def sweep(folder: Path) -> int:
    """Remove what runs killed over an hour ago had begun to write; return how many files that were."""
    swept = 0
    for part in folder.glob(f"*{_PART}"):
        with suppress(OSError):  # another process sweeps as well
            if time.time() - part.stat().st_mtime > _PART_IS_LEFT_OVER:
                part.unlink()
                swept += 1
    return swept


def _replace(path: Path, content: bytes) -> None:
    part = path.with_name(f"{path.name}.{secrets.token_hex(6)}{_PART}")
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
