"""The attendant's report: what became of a caller while Switchroom was not there, for the journal to catch up.

Owns the report's form. Reports lie in the drop folder beside the messages; the message is written first. What is
known when a recording begins lies there meanwhile, hidden, for the day the attendant dies.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from ledger.files import write_whole

#: More steps than this are not told; it keeps a report within what the drop folder takes.
MOST_STEPS = 100
_LONGEST = 64 * 1024


@dataclass
class Report:
    """One caller. Times are ISO 8601 in UTC; `steps` are the dialogue's, each with its kind and fields.

    `fax` is what came of a fax, by the fields of `FaxTaken`; it lies beside the report, if any page of it came.
    """

    uniqueid: str
    did: str = ""
    ani: str = ""
    site: str = ""
    began: str = ""
    ended: str = ""
    steps: list[dict[str, Any]] = field(default_factory=list)
    outcome: str = "unserved"
    answered_by: str = ""
    talked: float = 0.0
    caller_gone: bool = False
    mailbox: str = ""
    seconds: float = 0.0
    faxbox: str = ""
    fax: dict[str, Any] = field(default_factory=dict)
    error: str = ""


def now() -> str:
    """Return the time as reports tell it."""
    return datetime.now(UTC).isoformat()


def stem(uniqueid: str) -> str:
    """Return the name, without suffix, that this process gives its report and its message."""
    name = "".join(c if c.isalnum() else "-" for c in uniqueid)[:64] or "unknown"
    return f"{name}-{os.getpid()}"


def key(report: Report) -> str:
    """Return what tells this report from every other, however often and wherever it is read."""
    return sha256(json.dumps(asdict(report), sort_keys=True, default=str).encode()).hexdigest()[:32]


def write(drop: Path, report: Report) -> Path:
    """Write the report as a whole or not at all. Blocks."""
    drop.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = drop / f"{stem(report.uniqueid)}.json"
    del report.steps[MOST_STEPS:]
    write_whole(path, json.dumps(asdict(report), ensure_ascii=False))
    withdraw(drop, report)
    return path


def withdraw(drop: Path, report: Report) -> None:
    """Forget what was known when messages and faxes began. Blocks."""
    for done in drop.glob(f".{stem(report.uniqueid)}*.begun"):
        done.unlink(missing_ok=True)


def begin(file: Path, report: Report, outcome: str) -> None:
    """Write what is known before a message or fax is taken into this file, and how the call has ended if we die.

    Blocks; raises OSError.
    """
    known = replace(report, steps=report.steps[:MOST_STEPS], outcome=outcome)
    write_whole(begun(file), json.dumps(asdict(known), ensure_ascii=False))


def begun(file: Path) -> Path:
    """Return where it lies what was known before this file was begun."""
    return file.with_name(f".{file.stem}.begun")


def read_begun(media: Path) -> dict[str, Any]:
    """Return what was known before this file was begun; nothing where that cannot be read. Blocks."""
    try:
        with begun(media).open() as file:
            known = json.loads(file.read(_LONGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}


def from_facts(facts: Mapping[str, Any]) -> Report:
    """Read a report. Raises ValueError for what is none."""
    known = {name: facts[name] for name in Report.__dataclass_fields__ if name in facts}
    if (
        not isinstance(known.get("uniqueid"), str)
        or not isinstance(known.get("steps", []), list)
        or not isinstance(known.get("fax", {}), dict)
    ):
        raise ValueError("no report of an attendant")
    return Report(**known)
