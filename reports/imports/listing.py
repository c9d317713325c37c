"""The list of what an import did not understand: a file for the admin, and no longer than anybody reads. Blocks.

Lines may hold numbers: only its owner can read it.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from reports.imports.model import Fault

#: More faults than these are counted only.
MOST = 10_000
_LONGEST = 200


class Listing:
    """One such file, begun anew for a file that is read from its beginning; made when there is something to list."""

    def __init__(self, path: Path, *, go_on: bool = False) -> None:
        self.path = path
        self.written = 0
        if go_on:
            self.written = _count(path)
        else:
            path.unlink(missing_ok=True)

    def add(self, faults: Iterable[Fault]) -> None:
        """Write faults, as far as there is room; raises OSError."""
        room = MOST - self.written
        lines = [f"{fault.line}: {fault.why}: {_shown(fault.text)}\n" for fault in islice(faults, max(0, room) + 1)]
        if not lines or room < 0:
            return
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(lines[:room])
            if len(lines) > room:
                file.write(f"... and more: only the first {MOST:,} are listed\n")
        self.written += len(lines)


def _count(path: Path) -> int:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return sum(1 for _ in file)
    except FileNotFoundError:
        return 0


def _shown(text: str) -> str:
    """Return a line as a terminal may show it, cut short."""
    cut = text[:_LONGEST]
    plain = "".join(" " if unicodedata.category(letter).startswith("C") else letter for letter in cut)
    return plain + ("..." if len(text) > _LONGEST else "")
