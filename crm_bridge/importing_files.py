"""Owns where the files of imports lie: under names of ours, for their owner's eyes only, and gone in the end."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Collection
from pathlib import Path

_END = ".import"


class ImportFiles:
    """A folder of files that are to be read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def name_of(self, id_: str) -> str:
        """Return what the file of an import is called."""
        return f"{id_}{_END}"

    def path_of(self, name: str) -> Path:
        """Return where a file lies."""
        return self._folder / name

    async def keep(self, path: Path, id_: str) -> str:
        """Move a file in, safe on disk, and return its name. Raises OSError."""
        name = self.name_of(id_)
        await asyncio.to_thread(self._keep, path, name)
        return name

    async def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        await asyncio.to_thread(self.path_of(name).unlink, missing_ok=True)

    async def remove_others(self, known: Collection[str], seconds: float) -> int:
        """Remove files that belong to no import and are older than that; return how many."""
        return await asyncio.to_thread(self._remove_others, frozenset(known), time.time() - seconds)

    def _keep(self, path: Path, name: str) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("rb") as file:
            os.fsync(file.fileno())
        path.replace(self._folder / name)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _remove_others(self, known: frozenset[str], before: float) -> int:
        if not self._folder.is_dir():
            return 0
        gone = 0
        for path in self._folder.iterdir():
            if path.name not in known and path.is_file() and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
                gone += 1
        return gone
