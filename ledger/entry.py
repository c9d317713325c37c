"""Owns what a journal entry is. Knows nothing of what its kind and data mean."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ledger.errors import EntryNotStorable
from ledger.ids import new_id
from ledger.storable import storable_json, storable_text

DATA_LIMIT = 256 * 1024
"""Letters of JSON in one entry; what is larger belongs into the spool."""

_LENGTHS = {"id": 64, "kind": 100, "call": 200, "agent": 200, "department": 200}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that happened. The writer chooses the id, so storing it twice stores it once."""

    kind: str
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    call: str | None = None
    agent: str | None = None
    department: str | None = None
    id: str = field(default_factory=new_id)


@dataclass(frozen=True, kw_only=True)
class StoredEntry(Entry):
    """An entry in the database; `seq` grows in the order of commits."""

    seq: int


def storable(entry: Entry) -> Entry:
    """Return a private copy that every database takes; raises EntryNotStorable."""
    if entry.at.tzinfo is None:
        raise EntryNotStorable("its time is not aware")
    texts: dict[str, Any] = {}  # some may be None, which is known by name only
    for name, longest in _LENGTHS.items():
        value: str | None = getattr(entry, name)
        if value is not None:
            if len(value) > longest:
                raise EntryNotStorable(f"{name} is longer than {longest}")
            value = storable_text(value)
        texts[name] = value
    if not texts["kind"] or not texts["id"]:
        raise EntryNotStorable("it has no kind or no id")
    try:
        data = storable_json(entry.data, DATA_LIMIT)
    except (TypeError, ValueError, RecursionError) as error:
        raise EntryNotStorable(f"data of kind {entry.kind}: {error}") from error
    return Entry(at=entry.at.astimezone(UTC), data=data, **texts)


def to_line(entry: Entry) -> bytes:
    """Write a storable entry as one line of JSON, for the emergency file."""
    fields = {name: getattr(entry, name) for name in _LENGTHS}
    return json.dumps({**fields, "at": entry.at.isoformat(), "data": entry.data}).encode() + b"\n"


def from_line(line: bytes) -> Entry:
    """Read what `to_line` wrote; raises ValueError for anything else."""
    try:
        fields = json.loads(line)
        return storable(Entry(**{**fields, "at": datetime.fromisoformat(fields["at"])}))
    except (TypeError, KeyError, AttributeError, EntryNotStorable) as error:
        raise ValueError("not an entry") from error
