"""What is closed by hand, for the attendant: a small file beside the snapshot, written whenever that changes.

Owns the file's form. What it cannot read closes nothing: callers then come to the menus, as they did before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from ivr.conversation import Recorded, Taken, Utterance
from ledger.files import write_whole

#: The file's name, beside the snapshot's.
FILE = "closed.json"
#: A file larger than this was not written by us.
MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class Words:
    """What is said in one language: the sound's file and its length."""

    language: str
    path: str
    seconds: float


@dataclass(frozen=True)
class Closed:
    """A closed door. `scope` is `line`, or `number:` or `department:` and its name; `until` is in ISO 8601."""

    scope: str
    until: str
    say: tuple[Words, ...] = ()
    play: str = ""

    def words(self, language: str) -> Utterance | None:
        """Return what is played in this language, or in the first there is; None where nothing is."""
        if self.play:
            return Recorded(self.play, language)
        said = next((one for one in self.say if one.language == language), self.say[0] if self.say else None)
        return None if said is None else Taken(said.path, said.seconds)


def write(folder: Path, doors: Iterable[Closed]) -> None:
    """Write the file as a whole or not at all. Blocks; raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(folder / FILE, json.dumps([asdict(door) for door in doors], ensure_ascii=False))


def read(folder: Path, now: datetime) -> tuple[Closed, ...]:
    """Read what is closed at this moment."""
    try:
        path = folder / FILE
        if path.stat().st_size > MOST_BYTES:
            return ()
        found = [
            Closed(one["scope"], one["until"], tuple(Words(**said) for said in one["say"]), one["play"])
            for one in json.loads(path.read_bytes())
        ]
        return tuple(door for door in found if datetime.fromisoformat(door.until) > now)
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def find(doors: Iterable[Closed], number: str, department: str = "") -> Closed | None:
    """Return what keeps callers of a number out, of a department where one is named: the narrowest that does."""
    by_scope = {door.scope: door for door in doors}
    wanted = [f"department:{department}"] if department else []
    return next((by_scope[scope] for scope in (*wanted, f"number:{number}", "line") if scope in by_scope), None)
