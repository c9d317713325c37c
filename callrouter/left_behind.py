"""Messages left in the drop folder by a process that could not store them, or died while it recorded.

Owns the note beside such a recording, and the name by which a recording of ours is told from the attendant's.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from callrouter.messages import LeftMessage
from ledger.files import sync_file, write_whole

#: How the names of our recordings begin while they are taken; then comes which process takes them.
TAKING = "taking-"
#: Nobody writes any more to a recording that has not grown for so long, seconds: Asterisk, or an ear, may pause.
QUIET, QUIET_WHEN_GONE = 15.0, 2.0
_FORM = "message"
#: Samples a second and bytes a sample of Asterisk's `wav`, and the bytes before them.
_RATE, _WIDTH, _HEADER = 8000, 2, 44


def name_recording(process: str) -> str:
    """Name a new recording of this process, without suffix."""
    return f"{TAKING}{process}-{uuid4().hex}"


@dataclass(frozen=True)
class BrokenOff:
    """A recording that nobody says anything of: its process died, or lost the line, while it took it.

    One of our own process is `ours`; it may as well be going on, or its caller is asked whether to keep it.
    """

    path: Path
    quiet_for: float
    seconds: float
    ours: bool


def broken_off(folder: Path, process: str) -> list[BrokenOff]:
    """List the recordings that were begun and of which nothing is said yet. Blocks; raises OSError."""
    found = []
    for path in sorted(folder.glob(f"{TAKING}*.wav")):
        if path.with_suffix(".json").exists() or path.is_symlink():
            continue
        try:
            about = path.stat()
        except FileNotFoundError:  # it was kept, or replaced by a better one, this moment
            continue
        seconds = max(0, about.st_size - _HEADER) / (_RATE * _WIDTH)
        ours = path.name.startswith(f"{TAKING}{process}-")
        found.append(BrokenOff(path, time.time() - about.st_mtime, seconds, ours))
    return found


def write_note(message: LeftMessage) -> None:
    """Write what is known of a recording beside it, synced, and the recording too. Blocks; raises OSError."""
    sync_file(message.path)
    facts = {**asdict(message), "form": _FORM, "path": message.path.name, "at": message.at.isoformat()}
    write_whole(message.path.with_suffix(".json"), json.dumps(facts, ensure_ascii=False))


def read_note(facts: Mapping[str, Any], path: Path) -> LeftMessage | None:
    """Read a note about the recording at `path`; None for facts that are another's. Raises ValueError, TypeError."""
    if facts.get("form") != _FORM:
        return None
    known = {name: facts[name] for name in LeftMessage.__dataclass_fields__ if name in facts}
    at = datetime.fromisoformat(str(known["at"]))
    if at.tzinfo is None or not isinstance(known.get("facts", {}), dict):
        raise ValueError("no note of a message")
    return LeftMessage(**{**known, "path": path, "at": at, "menus": tuple(known.get("menus", ()))})
