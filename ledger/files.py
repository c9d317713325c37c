"""Owns the few steps that put a file on disk for certain. Everything here blocks; callers use a thread."""

import os
from pathlib import Path


def sync_file(path: Path) -> None:
    """See the content of a closed file on disk; raises OSError."""
    _sync(path, os.O_RDONLY)


def sync_folder(folder: Path) -> None:
    """See new, renamed and removed names of `folder` on disk; raises OSError."""
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
