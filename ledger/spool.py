"""Owns the files that must survive: audio and images, under names of our own. Knows nothing of their content.

A file is complete under its name or not there at all: written beside, synced, renamed, folder synced.
"""

import asyncio
import contextlib
import errno
import hashlib
import os
import re
import stat
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, ParamSpec, Self, TypeVar

from ledger.errors import FileTooLarge, NoSuchFile, NotOurName, SpoolFull
from ledger.files import sync_file, sync_folder

READ_LIMIT = 64 * 1024 * 1024
_NAME = re.compile(r"[0-9a-f]{32}(\.[a-z0-9]{1,8})?")
_SUFFIX = re.compile(r"(\.[a-z0-9]{1,8})?")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_BLOCK = 1024 * 1024
_UNFINISHED_SECONDS = 24 * 3600.0
_NAMES_AT_ONCE = 500

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class SpoolFile:
    """A complete file of the spool; `name` is what rows remember."""

    name: str
    size: int
    sha256: str


class SpoolWriter:
    """A file being written; `path` is for programs that write it themselves, `stored` is set when it is complete."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stored: SpoolFile | None = None

    async def write(self, data: bytes) -> None:
        """Append `data`; raises SpoolFull, OSError."""
        await _blocking(self._append, data)

    def _append(self, data: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(data)


class Spool:
    """One folder of files. Make it with `await Spool.open(folder)`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unfinished = folder / "unfinished"
        #: Is held while a file gets its name, and while one is looked at and removed for its age.
        self._naming = threading.Lock()

    @classmethod
    async def open(cls, folder: Path) -> Self:
        """Make the folder as needed and remove what a dead process left unfinished; raises SpoolFull, OSError."""
        spool = cls(folder)
        await _blocking(spool._prepare)
        return spool

    @asynccontextmanager
    async def create(self, suffix: str = "", *, name: str | None = None) -> AsyncIterator[SpoolWriter]:
        """Write a new file; when the block ends well it is on disk, complete, and `stored` says its name.

        With `name`, made by `name_for`, it takes the place of what an earlier try has left. When the block raises
        nothing is left. Raises SpoolFull, NotOurName for a suffix like "../x", OSError.
        """
        name = name or _new_name(suffix)
        self._path(name)  # says NotOurName
        writer = SpoolWriter(self._unfinished / name)
        try:
            await asyncio.to_thread(writer.path.unlink, missing_ok=True)
            await _blocking(writer.path.touch, 0o600)
            yield writer
            writer.stored = await _blocking(self._complete, writer.path, name)
        finally:
            await asyncio.to_thread(writer.path.unlink, missing_ok=True)

    async def adopt(
        self, path: Path, suffix: str | None = None, *, name: str | None = None, limit: int = READ_LIMIT
    ) -> SpoolFile:
        """Take a copy of a finished file of somebody else; the original stays until the caller removes it.

        With `name`, made by `name_for`, adopting twice gives one file.
        Raises NoSuchFile for what is no plain file, FileTooLarge, SpoolFull, NotOurName, OSError.
        """
        ours = name or _new_name(path.suffix.lower() if suffix is None else suffix)
        self._path(ours)  # says NotOurName
        return await _blocking(self._adopt, path, ours, limit)

    async def read(self, name: str, limit: int = READ_LIMIT) -> bytes:
        """Return the content; raises NoSuchFile, FileTooLarge, NotOurName."""
        return await _blocking(_read, self._path(name), limit)

    def path_of(self, name: str) -> Path:
        """Return where the file is, for programs that read it themselves; raises NotOurName."""
        return self._path(name)

    async def exists(self, name: str) -> bool:
        """Say whether the spool has the file; raises NotOurName."""
        return await asyncio.to_thread(self._path(name).is_file)

    async def remove(self, name: str) -> None:
        """Remove a file, if it is there; raises NotOurName, OSError."""
        await _blocking(_remove, self._path(name))

    async def remove_unfinished(self, name: str) -> None:
        """Remove what a dead process left of a file, and beside it, if it is there; raises NotOurName, OSError."""
        self._path(name)  # says NotOurName
        for left in (self._unfinished / name, self._unfinished / f"{name}.part"):
            await _blocking(_remove, left)

    async def older_than(self, seconds: float) -> AsyncIterator[list[str]]:
        """Give the names of files that came so long ago, some at a time; raises OSError."""
        for folder in range(256):
            names = await asyncio.to_thread(_old_in, self._folder / f"{folder:02x}", time.time() - seconds)
            for begin in range(0, len(names), _NAMES_AT_ONCE):
                yield names[begin : begin + _NAMES_AT_ONCE]

    async def remove_older(self, name: str, seconds: float) -> bool:
        """Remove a file, if it still is the one that came so long ago; raises NotOurName, OSError."""
        return await asyncio.to_thread(self._remove_older, self._path(name), time.time() - seconds)

    def _remove_older(self, path: Path, before: float) -> bool:
        with self._naming:
            try:
                if path.lstat().st_mtime >= before:
                    return False
                path.unlink()
            except FileNotFoundError:
                return False
        return True

    @staticmethod
    def name_for(identity: str, suffix: str = "") -> str:
        """Return the name that belongs to `identity` and always will; raises NotOurName for an odd suffix."""
        return _checked_suffix(uuid.uuid5(uuid.NAMESPACE_OID, identity).hex, suffix)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise NotOurName(repr(name[:80]))
        # The middle of a name: the beginning of some kinds of uuid is the time, and would fill one folder.
        return self._folder / name[14:16] / name

    def _prepare(self) -> None:
        self._unfinished.mkdir(parents=True, exist_ok=True)
        for left in self._unfinished.iterdir():
            # A younger one may belong to another living process.
            with contextlib.suppress(FileNotFoundError):
                if left.stat().st_mtime < time.time() - _UNFINISHED_SECONDS:
                    left.unlink()

    def _complete(self, written: Path, name: str) -> SpoolFile:
        os.utime(written)  # its age counts from now, whatever wrote it
        sync_file(written)
        size, digest = _measure(written)
        target = self._path(name)
        if not target.parent.is_dir():
            target.parent.mkdir(exist_ok=True)
            sync_folder(self._folder)
        with self._naming:
            written.replace(target)
        sync_folder(target.parent)
        return SpoolFile(name, size, digest)

    def _adopt(self, source: Path, name: str, limit: int) -> SpoolFile:
        beside = self._unfinished / uuid.uuid4().hex
        try:
            with open_plain(source) as original, beside.open("xb") as copy:
                left = limit
                while block := original.read(_BLOCK):
                    left -= len(block)
                    if left < 0:
                        raise FileTooLarge(f"more than {limit} bytes")
                    copy.write(block)
            return self._complete(beside, name)
        finally:
            beside.unlink(missing_ok=True)


def _new_name(suffix: str) -> str:
    return _checked_suffix(uuid.uuid4().hex, suffix)


def _checked_suffix(stem: str, suffix: str) -> str:
    if not _SUFFIX.fullmatch(suffix):
        raise NotOurName(repr(suffix[:80]))
    return stem + suffix


def open_plain(path: Path) -> BinaryIO:
    """Open a file in a folder others may write to: never follow a link out of it, never wait for a pipe."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENXIO):
            raise NoSuchFile(path.name) from error
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NoSuchFile(path.name)
    return os.fdopen(descriptor, "rb")


def _measure(path: Path) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return size, digest.hexdigest()


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except FileNotFoundError as missing:
        raise NoSuchFile(path.name) from missing
    if len(content) > limit:
        raise FileTooLarge(f"more than {limit} bytes")
    return content


def _old_in(folder: Path, before: float) -> list[str]:
    try:
        with os.scandir(folder) as found:
            return [file.name for file in found if _NAME.fullmatch(file.name) and _is_older(file, before)]
    except FileNotFoundError:  # nothing has come into this one yet
        return []


def _is_older(file: os.DirEntry[str], before: float) -> bool:
    try:
        return file.is_file(follow_symlinks=False) and file.stat(follow_symlinks=False).st_mtime < before
    except FileNotFoundError:  # removed meanwhile
        return False


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    if path.parent.is_dir():
        sync_folder(path.parent)


async def _blocking(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    try:
        return await asyncio.to_thread(work, *args, **kwargs)
    except OSError as error:
        if error.errno in _FULL:
            raise SpoolFull from error
        raise
