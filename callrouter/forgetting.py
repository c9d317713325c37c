"""What of a call's events tells who called, and what is left in the drop folder of somebody who is to be forgotten.

Owns which fields of which kind are personal. The rest of an event stays, so that records and reports come out the same.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from callrouter import events as ev
from callrouter.caller_number import is_withheld
from ledger.drop_folder import SIDECAR_LIMIT
from ledger.entry import StoredEntry
from ledger.files import sync_folder
from ledger.forgetting_words import Whom, is_pseudonym, masked_json

#: The kinds that begin a call with somebody outside, and the field with the number.
NUMBERED: Mapping[str, str] = {
    ev.CallOffered.KIND: "ani",
    ev.OutboundBegun.KIND: "number",
    ev.FaxCallBegun.KIND: "number",
}
#: A call that we placed goes on between these.
OUTGOING: Mapping[str, str] = {
    ev.OutboundBegun.KIND: ev.OutboundEnded.KIND,
    ev.FaxCallBegun.KIND: ev.FaxCallEnded.KIND,
}
#: Fields with the other side's number, whatever the kind; and with its name.
_NUMBERS, _NAME = ("ani", "number"), "ani_name"
#: Fewer keys are a choice in a menu, which is ours; more may be a customer's number, or a PIN.
_A_CHOICE = 1
#: What is beside a recording, or hidden before it is begun.
_BESIDE = (".json", ".begun")


def masked(entry: StoredEntry, whom: Whom, ours: Collection[str]) -> Mapping[str, Any]:
    """Return what the data of an entry in a call of theirs is to be: numbers, names, digits and free texts are gone.

    `ours` are the values that the site itself gives to facts, such as `invoice`: they stay.
    """
    data: dict[str, Any] = masked_json(entry.data, whom.masked)
    for name in _NUMBERS:
        said = entry.data.get(name)
        # What says that a number was withheld says nothing of anybody; without it, this would be one more who calls.
        if said and not is_withheld(str(said)) and not is_pseudonym(str(said)):
            data[name] = whom.pseudonym_of(str(said))
    if data.get(_NAME):
        data[_NAME] = whom.pseudonym
    if entry.kind == ev.KeysPressed.KIND and len(str(data.get("keys", ""))) > _A_CHOICE:
        data["keys"] = whom.pseudonym
    if entry.kind == ev.FactNamed.KIND and data.get("value") and entry.data.get("value") not in ours:
        data["value"] = whom.pseudonym
    return data


def number_in(entry: StoredEntry) -> str:
    """Return the other side's number as an entry names it, '' where it names none."""
    number = entry.data.get(NUMBERED.get(entry.kind, ""), "")
    return number if isinstance(number, str) else ""


def contact_in(entry: StoredEntry) -> str:
    """Return what the contact that an entry begins is known by: the fax where one is sent, else the call."""
    fax = entry.data.get("fax") if entry.kind == ev.FaxCallBegun.KIND else ""
    return fax if fax and isinstance(fax, str) else entry.call or ""


async def find_drops(drop: Path, whom: Whom) -> list[Path]:
    """List the files in the drop folder that are theirs: notes that name them, and what lies beside these."""
    return await asyncio.to_thread(_theirs, drop, whom)


async def forget_drops(drop: Path, whom: Whom) -> int:
    """Remove these files, the note last: alone it is still found again. Return how many. Raises OSError."""
    return await asyncio.to_thread(_remove, drop, whom)


def _theirs(drop: Path, whom: Whom) -> list[Path]:
    found: list[Path] = []
    if not drop.is_dir():
        return found
    for note in sorted(path for path in drop.iterdir() if path.suffix in _BESIDE and not path.is_symlink()):
        if _is_theirs(_facts(note), whom):
            stem = note.stem.removeprefix(".")
            media = [path for path in drop.glob(f"{stem}.*") if path.stem == stem and path != note]
            found += [*(path for path in media if path.suffix not in _BESIDE and path.is_file()), note]
    return list(dict.fromkeys(found))


def _is_theirs(facts: Mapping[str, Any], whom: Whom) -> bool:
    ani, call = facts.get("ani"), facts.get("call")
    if isinstance(call, str) and (call in whom.calls or call in whom.others):
        return call in whom.calls
    return isinstance(ani, str) and whom.has_number(ani)


def _facts(note: Path) -> Mapping[str, Any]:
    try:
        with note.open() as file:
            facts = json.loads(file.read(SIDECAR_LIMIT))
    except (OSError, ValueError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _remove(drop: Path, whom: Whom) -> int:
    theirs = _theirs(drop, whom)
    for path in theirs:
        path.unlink(missing_ok=True)
    if theirs:
        sync_folder(drop)
    return len(theirs)
