"""Owns the emergency files: JSON lines on disk for entries the database cannot take just now.

Everything here blocks; callers use a thread. Files are read in the order they were begun. A file of a dead
process is taken over at the next start: each living one holds a lock on its own.
"""

import fcntl
import os
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from ledger.entry import Entry, from_line, to_line
from ledger.files import sync_folder
from ledger.ids import new_id
from ledger.log import Log

_READ_BYTES = 4 * 1024 * 1024  # more than the longest line: 256 K letters, each at most twelve bytes of JSON
_log = Log(__name__)


class _File:
    """One file, how far it was read and how far it is known to be on disk."""

    def __init__(self, path: Path, descriptor: int, synced: int) -> None:
        self.path = path
        self.descriptor = descriptor
        self.synced = synced
        self.read = 0


class EmergencyFiles:
    """A first-in first-out store on plain files; safe to use from two threads."""

    def __init__(self, folder: Path) -> None:
        """Make `folder` and take over what dead processes left there; raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock = threading.Lock()
        self._writing: _File | None = None
        self._files = deque(found for path in sorted(folder.glob("*.jsonl")) if (found := _taken_over(path)))

    @property
    def is_empty(self) -> bool:
        """Say whether everything was read and dropped."""
        with self._lock:
            return not any(file.read < file.synced for file in self._files)

    def append(self, entries: Sequence[Entry]) -> None:
        """Write `entries` and see them on disk; raises OSError, and then none of them counts as written."""
        lines = b"".join(map(to_line, entries))
        with self._lock:
            file = self._writing or self._begin()
            try:
                _write_all(file.descriptor, lines, file.synced)
                os.fsync(file.descriptor)
            except OSError:
                # After a failed fsync the kernel may call bad pages clean: never write to this file again.
                self._writing = None
                with suppress(OSError):
                    os.ftruncate(file.descriptor, file.synced)
                raise
            file.synced += len(lines)

    def peek(self, limit: int) -> tuple[list[Entry], int]:
        """Read up to `limit` of the oldest entries, and the number of bytes to `drop` when they are safe."""
        with self._lock:
            while self._files and self._files[0].read == self._files[0].synced:
                self._remove_first()
            if not self._files:
                return [], 0
            file = self._files[0]
            read = os.pread(file.descriptor, min(_READ_BYTES, file.synced - file.read), file.read)
            lines = read.splitlines(keepends=True)[:limit]
            if len(lines) > 1 and not lines[-1].endswith(b"\n"):
                lines.pop()  # the next peek begins with it
            entries: list[Entry] = []
            for line in lines:
                try:
                    entries.append(from_line(line))
                except ValueError:
                    self._keep_damaged(line)
            return entries, sum(map(len, lines))

    def drop(self, length: int) -> None:
        """Forget what `peek` has read; removes a file that holds nothing more."""
        with self._lock:
            self._files[0].read += length
            if self._files[0].read == self._files[0].synced:
                self._remove_first()

    def refuse(self, entry: Entry) -> None:
        """Keep an entry the database will never take in a file for a human; raises OSError."""
        with self._lock:
            self._append_aside("refused.txt", to_line(entry))

    def close(self) -> None:
        """Close every file; what is in them stays for the next start."""
        with self._lock:
            for file in self._files:
                os.close(file.descriptor)
            self._files.clear()
            self._writing = None

    def _begin(self) -> _File:
        path = self._folder / f"{new_id()}.jsonl"
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            sync_folder(self._folder)
        except OSError:
            os.close(descriptor)
            raise
        self._writing = _File(path, descriptor, 0)
        self._files.append(self._writing)
        return self._writing

    def _remove_first(self) -> None:
        file = self._files.popleft()
        if file is self._writing:
            self._writing = None
        file.path.unlink(missing_ok=True)
        os.close(file.descriptor)
        sync_folder(self._folder)

    def _keep_damaged(self, line: bytes) -> None:
        # The last line of a process that died while writing: nobody was told that it is stored.
        _log.warning("a line of an emergency file cannot be read; kept aside", length=len(line))
        self._append_aside("damaged.txt", line.rstrip(b"\n") + b"\n")

    def _append_aside(self, name: str, line: bytes) -> None:
        with (self._folder / name).open("ab") as aside:
            aside.write(line)
            aside.flush()
            os.fsync(aside.fileno())
        sync_folder(self._folder)


def _taken_over(path: Path) -> _File | None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:  # its process has just finished with it
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:  # its process lives and reads it itself
        os.close(descriptor)
        return None
    return _File(path, descriptor, os.fstat(descriptor).st_size)


def _write_all(descriptor: int, data: bytes, offset: int) -> None:
    rest = memoryview(data)
    while rest:
        written = os.pwrite(descriptor, rest, offset)
        offset += written
        rest = rest[written:]
