"""Owns the few steps that put a file on disk for certain. Everything here blocks; callers use a thread."""

import os
from pathlib import Path


def sync_file(path: Path) -> None:
    """See the content of a closed file on disk; raises OSError."""
    _sync(path, os.O_RDONLY)


def sync_folder(folder: Path) -> None:
    """See new, renamed and removed names of `folder` on disk; raises OSError."""
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file for our eyes only, synced: whole under its name, or not at all; raises OSError."""
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


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
