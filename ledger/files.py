"""Owns the few steps that put a file on disk for certain. Everything here blocks; callers use a thread."""

import os
import time
from contextlib import suppress
from itertools import islice
from pathlib import Path

#: What a process that was killed has left is looked for among so many names of the folder.
MOST_NAMES = 1_000
#: Nothing younger is taken for left, seconds: in another container a process has a number that we do not know.
LEFT_ALONE = 60.0


def sync_file(path: Path) -> None:
    """See the content of a closed file on disk; raises OSError."""
    _sync(path, os.O_RDONLY)


def sync_folder(folder: Path) -> None:
    """See new, renamed and removed names of `folder` on disk; raises OSError."""
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file for our eyes only, synced: whole under its name, or not at all; raises OSError.

    Half a file that a killed process has left for this name is removed.
    """
    with suppress(OSError):  # it is in nobody's way
        _remove_left(path)
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)  # half a file would take what a full disk has left
        raise
    sync_folder(path.parent)


def _remove_left(path: Path) -> None:
    begin, oldest = f".{path.name}.", time.time() - LEFT_ALONE
    with os.scandir(path.parent) as entries:
        for entry in islice(entries, MOST_NAMES):
            pid = entry.name.removeprefix(begin).removesuffix(".new")
            if entry.name != f"{begin}{pid}.new" or not pid.isdecimal() or _is_running(int(pid)):
                continue
            if entry.stat(follow_symlinks=False).st_mtime < oldest:
                Path(entry.path).unlink(missing_ok=True)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
