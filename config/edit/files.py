"""The files of a draft: which there are, reading one with its digest, writing one or several whole or not at all.

Owns the way to disk. A name is good only if it is on the list of files, so no name of a request becomes a path;
links are neither read nor written. Knows nothing of what the files say.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from config.errors import ConfigError
from config.reading.source import ENDINGS, LARGEST_FILE, MOST_FILES
from config.recordings import FOLDER as RECORDINGS


class NoSuchFile(ConfigError):
    """There is no such file in the draft."""


class CannotWrite(ConfigError):
    """The file cannot be written; the message says why."""


class ChangedMeanwhile(ConfigError):
    """Somebody else has written the file since it was read; it carries what it says now."""

    def __init__(self, now: DraftFile) -> None:
        self.now = now
        super().__init__(f"{now.name} was changed meanwhile")


@dataclass(frozen=True)
class DraftFile:
    """A file as it was read: its bytes, and the digest by which a change of it is noticed."""

    name: str
    raw: bytes
    #: When it was written last.
    at: datetime

    @property
    def digest(self) -> str:
        return digest_of(self.raw)


@dataclass(frozen=True)
class Wanted:
    """What a file is to say, and the digest that it is expected to have till then."""

    name: str
    raw: bytes
    expected: str


def digest_of(raw: bytes) -> str:
    """Return 16 hex digits that change with every byte."""
    return hashlib.sha256(raw).hexdigest()[:16]


class DraftFiles:
    """The YAML files of one draft, which is a folder or a single file. Everything here blocks."""

    def __init__(self, draft: Path) -> None:
        self._draft = draft

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self._draft if self._draft.is_dir() else self._draft.parent

    def names(self) -> tuple[str, ...]:
        """List the files that the loader reads and that can be edited, sorted."""
        if not self._draft.is_dir():
            return (self._draft.name,) if self._draft.is_file() else ()
        with os.scandir(self._draft) as entries:
            found = (
                entry.name
                for entry in entries
                if entry.name.endswith(ENDINGS)
                and not entry.name.startswith(".")
                and entry.is_file(follow_symlinks=False)
            )
            return tuple(sorted(found)[:MOST_FILES])

    def read(self, name: str) -> DraftFile:
        """Read one file. Raises NoSuchFile."""
        if name not in self.names():
            raise NoSuchFile(f"there is no file {name[:80]!r} in the draft")
        try:
            handle = os.open(self.folder / name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
            with os.fdopen(handle, "rb") as stream:
                about = os.fstat(handle)
                if not stat.S_ISREG(about.st_mode) or about.st_size > LARGEST_FILE:
                    raise NoSuchFile(f"{name} is no file that can be edited here")
                raw = stream.read(LARGEST_FILE + 1)
        except OSError as error:
            raise NoSuchFile(f"{name} cannot be read: {error.strerror}") from error
        return DraftFile(name, raw, datetime.fromtimestamp(about.st_mtime, UTC))

    def read_all(self) -> tuple[DraftFile, ...]:
        """Read every file that can be read."""
        found = []
        for name in self.names():
            with suppress(NoSuchFile):
                found.append(self.read(name))
        return tuple(found)

    def write(self, name: str, raw: bytes, expected: str) -> DraftFile:
        """Write a file whole, keeping its mode, if it still has the digest that is expected.

        Raises:
            NoSuchFile: the draft has no such file.
            ChangedMeanwhile: somebody else has written it; nothing was written now.
            CannotWrite: the disk is full, say; the file is as it was.
        """
        return self.write_all([Wanted(name, raw, expected)])[0]

    def write_all(self, wanted: Sequence[Wanted]) -> tuple[DraftFile, ...]:
        """Write files that belong together, all or none; otherwise as `write`, and raises what that raises.

        Only a kill between the last steps, which give the files their names, leaves some old and some new.
        """
        there = [self.read(one.name) for one in wanted]
        for now, one in zip(there, wanted, strict=True):
            if now.digest != one.expected:
                raise ChangedMeanwhile(now)
            if len(one.raw) > LARGEST_FILE:
                raise CannotWrite(f"{one.name} would be larger than {LARGEST_FILE >> 20} MiB")
        old = {now.name: now.raw for now, one in zip(there, wanted, strict=True) if one.raw != now.raw}
        if old:
            self._replace({one.name: one.raw for one in wanted if one.name in old}, old)
        return tuple(self.read(now.name) if now.name in old else now for now in there)

    def _replace(self, new: Mapping[str, bytes], old: Mapping[str, bytes]) -> None:
        """Write all beside the old ones, and only then give them their names; put back what was when that fails."""
        beside: dict[str, Path] = {}
        named: list[str] = []
        name = ""
        try:
            for name, raw in new.items():
                beside[name] = _beside(self.folder / name, raw)
            for name, written in beside.items():
                written.replace(self.folder / name)
                named.append(name)
            _sync(self.folder)
        except OSError as error:
            lost = self._put_back({one: old[one] for one in named})
            more = f", and {', '.join(lost)} not be put back as it was" if lost else ""
            raise CannotWrite(f"{name} cannot be written: {error.strerror or error}{more}") from error
        finally:
            for written in beside.values():
                written.unlink(missing_ok=True)

    def _put_back(self, old: Mapping[str, bytes]) -> list[str]:
        """Give files what they said before; return the names of those that it does not work for."""
        lost = []
        for name, raw in old.items():
            try:
                _beside(self.folder / name, raw).replace(self.folder / name)
            except OSError:
                lost.append(name)
        return lost

    @contextmanager
    def copy_with(self, name: str, raw: bytes) -> Iterator[Path]:
        """Give a folder that looks as the draft would with this file; it is gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="switchroom-draft-") as made:
            folder = Path(made)
            for file in self.read_all():
                (folder / file.name).write_bytes(raw if file.name == name else file.raw)
            if (recordings := self.folder / RECORDINGS).is_dir():
                (folder / RECORDINGS).symlink_to(recordings.resolve())
            yield folder


def _beside(path: Path, raw: bytes) -> Path:
    """Write a file, synced, beside the one whose name it is to take, hidden from the loader."""
    about = path.stat()
    beside = path.parent / f".{path.name}.{secrets.token_hex(4)}"
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(handle, stat.S_IMODE(about.st_mode))
            with suppress(PermissionError):
                shutil.chown(beside, about.st_uid, about.st_gid)
            stream.write(raw)
            stream.flush()
            os.fsync(handle)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    return beside


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
