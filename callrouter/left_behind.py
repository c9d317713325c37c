"""Messages and faxes left in the drop folder by a process that could not store them, or died while it took them.

Owns the note beside such a file, and the name by which a file of ours is told from the attendant's.
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

from callrouter.faxes import LeftFax
from callrouter.messages import LeftMessage
from ivr.conversation import FaxTaken
from ledger.files import sync_file, write_whole

#: How the names of our files begin while they are taken; then comes which process takes them.
TAKING = "taking-"
#: Nobody writes any more to a recording that has not grown for so long, seconds: Asterisk, or an ear, may pause.
QUIET, QUIET_WHEN_GONE = 15.0, 2.0
#: What a fax lies in.
FAX = ".tif"
_MESSAGE_FORM, _FAX_FORM = "message", "fax"
#: Samples a second and bytes a sample of Asterisk's `wav`, and the bytes before them.
_RATE, _WIDTH, _HEADER = 8000, 2, 44


def name_recording(process: str) -> str:
    """Name a new recording, or fax, of this process, without suffix."""
    return f"{TAKING}{process}-{uuid4().hex}"


@dataclass(frozen=True)
class BrokenOff:
    """A file that nobody says anything of: its process died, or lost the line, while it took it.

    One of our own process is `ours`; it may as well be going on, or its caller is asked whether to keep it.
    """

    path: Path
    quiet_for: float
    size: int
    ours: bool

    @property
    def is_fax(self) -> bool:
        return self.path.suffix == FAX

    @property
    def seconds(self) -> float:
        """Return the length of a recording."""
        return max(0, self.size - _HEADER) / (_RATE * _WIDTH)


def broken_off(folder: Path, process: str) -> list[BrokenOff]:
    """List the recordings and faxes that were begun and of which nothing is said yet. Blocks; raises OSError."""
    found = []
    for path in sorted(path for suffix in (".wav", FAX) for path in folder.glob(f"{TAKING}*{suffix}")):
        if path.with_suffix(".json").exists() or path.is_symlink():
            continue
        try:
            about = path.stat()
        except FileNotFoundError:  # it was kept, or replaced by a better one, this moment
            continue
        ours = path.name.startswith(f"{TAKING}{process}-")
        found.append(BrokenOff(path, time.time() - about.st_mtime, about.st_size, ours))
    return found


def write_note(message: LeftMessage) -> None:
    """Write what is known of a recording beside it, synced, and the recording too. Blocks; raises OSError."""
    sync_file(message.path)
    _write(message.path, {**asdict(message), "form": _MESSAGE_FORM, "path": message.path.name}, message.at)


def write_fax_note(fax: LeftFax) -> None:
    """Write what is known of a fax beside its file, if it has one: of a failed one the note is all there is.

    Both are synced. Blocks; raises OSError.
    """
    if fax.fax.pages:
        sync_file(fax.path)
    about = {**asdict(fax), "form": _FAX_FORM, "fax": {**asdict(fax.fax), "path": fax.path.name}}
    _write(fax.path, about, fax.at)


def read_note(facts: Mapping[str, Any], path: Path) -> LeftMessage | None:
    """Read a note about the recording at `path`; None for facts that are another's. Raises ValueError, TypeError."""
    if facts.get("form") != _MESSAGE_FORM:
        return None
    return LeftMessage(**{**_known(LeftMessage, facts), "path": path})


def read_fax_note(facts: Mapping[str, Any], folder: Path) -> LeftFax | None:
    """Read a note about a fax in this folder; None for facts that are another's. Raises ValueError, TypeError."""
    if facts.get("form") != _FAX_FORM:
        return None
    return LeftFax(**{**_known(LeftFax, facts), "fax": fax_of(facts["fax"], folder)})


def fax_of(facts: Mapping[str, Any], folder: Path) -> FaxTaken:
    """Read what somebody wrote down of a fax in this folder. Raises ValueError, TypeError."""
    known = {name: facts[name] for name in FaxTaken.__dataclass_fields__ if name in facts}
    name, (across, down) = Path(str(known["path"])).name, known.get("resolution", (0, 0))
    if not isinstance(known.get("pages", 0), int) or Path(name).suffix != FAX:
        raise ValueError("nothing of a fax")
    return FaxTaken(**{**known, "path": str(folder / name), "resolution": (int(across), int(down))})


def _write(path: Path, about: Mapping[str, Any], at: datetime) -> None:
    write_whole(path.with_suffix(".json"), json.dumps({**about, "at": at.isoformat()}, ensure_ascii=False))


def _known(kind: type[LeftMessage] | type[LeftFax], facts: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: facts[name] for name in kind.__dataclass_fields__ if name in facts}
    at = datetime.fromisoformat(str(known["at"]))
    if at.tzinfo is None or not isinstance(known.get("facts", {}), dict):
        raise ValueError("no note of ours")
    return {**known, "at": at, "menus": tuple(known.get("menus", ()))}
