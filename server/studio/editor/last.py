"""Who saved a file of the draft last: kept beside the data, so that it is known after a restart, and on every page.

Owns that small file. It is a courtesy to the second of two admins: where it cannot be read or written, nobody is named.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from pbx.render import write_whole

log = structlog.get_logger(__name__)

NAME = "edits.json"
LARGEST = 256 * 1024


@dataclass(frozen=True)
class Saved:
    """Who saved a file last, when, and what it was then; `who` is empty for somebody outside of the pages."""

    who: str
    at: datetime
    digest: str


class LastSaved:
    """The file in a data folder. Everything here blocks."""

    def __init__(self, data: Path) -> None:
        self._file = data / NAME

    def of(self, name: str) -> Saved | None:
        """Return who saved a file last, as far as is known."""
        try:
            who, at, digest = self._read()[name]
            return Saved(str(who), datetime.fromisoformat(at), str(digest))
        except (KeyError, TypeError, ValueError):
            return None

    def remember(self, name: str, saved: Saved) -> None:
        """Write down who saved a file."""
        kept = self._read() | {name: [saved.who, saved.at.isoformat(), saved.digest]}
        try:
            write_whole(self._file, json.dumps(kept))
        except OSError as error:
            log.warning("who edited the draft cannot be kept", error=type(error).__name__)

    def _read(self) -> dict[str, list[str]]:
        try:
            with self._file.open("rb") as stream:
                read = json.loads(stream.read(LARGEST))
        except (OSError, ValueError):
            return {}
        return read if isinstance(read, dict) else {}
