"""The recordings of the draft: which there are and by which number a phone calls them, and putting a new one there.

Owns names, numbers and the way to disk. A name and a language are checked against a pattern and a list, so nothing that
somebody sends becomes a path. Everything here blocks.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from config.recordings import FOLDER, SUFFIXES, Recordings
from config.rules.recordings import recordings as played_by
from config.schema import Site
from ledger.files import write_whole
from server.studio.room import StudioRoom

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
#: So many recordings have a number, and no file with their numbers is larger, bytes.
MOST_NUMBERS, LARGEST_FILE = 999, 1 << 20


class CannotKeep(Exception):
    """This recording is not put into the draft; the text says why, for whoever made it."""


class KeptMeanwhile(CannotKeep):
    """Somebody else kept another recording of this name since; nothing was written."""

    def __init__(self) -> None:
        super().__init__(
            "somebody else kept another recording of this name meanwhile: listen to it, and keep yours if it is better"
        )


@dataclass(frozen=True)
class Recording:
    """A recording in one language. `number` is what a phone calls it; `seconds` is None where there is no such file.

    `changed` is one that callers do not hear yet, `trouble` why they would not hear it well.
    """

    name: str
    language: str
    number: int
    seconds: float | None
    trouble: str
    changed: bool
    is_played: bool

    @property
    def key(self) -> str:
        return f"{self.language}/{self.name}"


@dataclass(frozen=True)
class DraftRecordings:
    """The recordings of one draft. `numbers` is the file that remembers their numbers."""

    draft: Path
    numbers: Path

    def list_all(self, site: Site, served: Path | None) -> tuple[Recording, ...]:
        """List what is played or lies there, in every language; `served` is the folder that callers hear."""
        there, played = Recordings(self.draft), {name for _, name in played_by(site)}
        lying = {Path(file).stem for _, file in there.files() if file.endswith(SUFFIXES)}
        keys = [(lang, name) for name in sorted(played | lying) for lang in site.company.languages]
        numbers = self._numbered([f"{language}/{name}" for language, name in keys])
        found = []
        for language, name in keys:
            has, heard = there.has(language, name), there.heard(language, name)
            trouble = "" if not has else heard.fault or ("nothing is heard" if heard.silent else "")
            found.append(
                Recording(
                    name, language, numbers.get(f"{language}/{name}", 0), heard.seconds if has else None, trouble,
                    has and self._differs(served, language, name), name in played,
                )
            )  # fmt: skip
        return tuple(found)

    def file_of(self, language: str, name: str, folder: Path | None = None) -> Path | None:
        """Return the file of a recording in the draft, or in another folder; None where there is none to play."""
        if not NAME.fullmatch(name) or not _LANGUAGE.fullmatch(language):
            return None
        path = (folder or self.draft) / FOLDER / language / f"{name}.wav"
        return path if path.is_file() else None

    def digest_of(self, language: str, name: str) -> str:
        """Return what tells whether a recording is still the same; '' where there is none."""
        path = self.file_of(language, name)
        try:
            return _digest(path) if path is not None else ""
        except OSError:
            return ""

    def keep(self, finished: Path, language: str, name: str, site: Site, expected: str | None = None) -> Path:
        """Put a finished file into the draft, whole or not at all; callers hear it once the draft is published.

        `expected` is the digest of the recording in whose place it comes, as somebody has seen it. Raises CannotKeep,
        KeptMeanwhile.
        """
        if not NAME.fullmatch(name):
            raise CannotKeep("a recording's name has letters, digits, - and _, at most 64, such as welcome-2")
        if language not in site.company.languages:
            raise CannotKeep("the company does not speak this language")
        if not self.draft.is_dir():
            raise CannotKeep("the draft is a single file: make it a folder, with the file in it")
        folder = self.draft / FOLDER / language
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not folder.resolve().is_relative_to(self.draft.resolve()):
                raise CannotKeep(f"{FOLDER}/{language} leads out of the draft")
            other = next((s for s in SUFFIXES if s != ".wav" and (folder / f"{name}{s}").exists()), None)
            if other is not None:
                raise CannotKeep(f"there is {name}{other} too, which would be played instead: delete it first")
            if expected not in (None, self.digest_of(language, name)):
                raise KeptMeanwhile
            _put(finished.read_bytes(), folder / f"{name}.wav")
        except OSError as error:
            raise CannotKeep(f"it cannot be written: {error.strerror or error}") from error
        return folder / f"{name}.wav"

    def _differs(self, served: Path | None, language: str, name: str) -> bool:
        if served is None:
            return True
        ours, theirs = (self.file_of(language, name, folder) for folder in (self.draft, served))
        return ours is not None and (theirs is None or _digest(ours) != _digest(theirs))

    def _numbered(self, keys: list[str]) -> dict[str, int]:
        """Return the number of each; one that has none yet gets the next, and keeps it for good."""
        known: dict[str, int] = {}
        with suppress(OSError, ValueError):
            if self.numbers.stat().st_size <= LARGEST_FILE:
                known = {str(k): int(v) for k, v in json.loads(self.numbers.read_bytes()).items()}
        new = [key for key in keys if key not in known]
        for key in new:
            number = max(known.values(), default=0) + 1
            if number > MOST_NUMBERS:
                break
            known[key] = number
        if new:
            with suppress(OSError):  # they are given anew then; nobody waits for a full disk to look at a page
                self.numbers.parent.mkdir(parents=True, exist_ok=True)
                write_whole(self.numbers, json.dumps(known))
        return known


def recordings_of(room: StudioRoom) -> DraftRecordings:
    """Return the recordings of a room's draft."""
    return DraftRecordings(room.draft, room.data / "studio" / "recording-numbers.json")


_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _put(content: bytes, path: Path) -> None:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(handle)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
