"""`call` for one that came with a file of Asterisk: its story as far as files tell it, and a record as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from reports.imports.story import Account, Fact, ImportedStory, facts_of, sentences_of
from reports.imports.telling import Called, Sentence
from reports.model import CallRecord
from reports.text import printable
from server.data_folder import SiteNote
from server.terminal import put, put_json


def tell(story: ImportedStory, note: SiteNote, *, json: bool) -> int:
    """Print the story of an imported call. Lines of files are in the JSON only: there they stand beside their words."""
    record = story.record
    accounts = [(account, list(sentences)) for account, sentences in sentences_of(story)]
    if json:
        told = [_account(account, sentences, note.zone) for account, sentences in accounts]
        put_json({"record": record_as_json(record), "accounts": told})
        return 0
    there = record.offered_at.astimezone(note.zone)
    put(printable(f"Call {record.call}, {there:%Y-%m-%d} ({note.timezone}), imported from {record.source}"))
    put(printable(_facts(facts_of(record, called(note)))))
    for place, (account, sentences) in enumerate(accounts):
        if place:
            put(printable(f"{account.source} tells of the same call:"))
        for one in sentences:
            put(printable(f"{one.at.astimezone(note.zone):%H:%M:%S}  {one.text}"))
        if account.left_out:
            put(f"... and {account.left_out} more lines")
        if account.unread:
            put(f"{len(account.unread)} lines cannot be read any more")
    return 0


def called(note: SiteNote) -> Called:
    """Return what says the names of departments and people as the site has them."""
    return lambda name: note.names.get(name, name)


def record_as_json(record: CallRecord) -> dict[str, Any]:
    """Return a record as JSON values."""
    found: dict[str, Any] = _plain(asdict(record))
    return found


def _facts(facts: list[Fact]) -> str:
    return ", ".join(f"{fact.name.lower()}: {fact.value}" for fact in facts)


def _account(account: Account, sentences: list[Sentence], zone: ZoneInfo) -> dict[str, Any]:
    told = [{"at": one.at.astimezone(zone).isoformat(), "text": one.text, "line": one.line} for one in sentences]
    return {
        "source": account.source,
        "sentences": told,
        "unread": list(account.unread),
        "left_out": account.left_out,
    }


def _plain(value: Any) -> Any:
    """Return the parts of a record as JSON has them."""
    match value:
        case datetime():
            return value.isoformat()
        case Mapping():
            return {name: _plain(part) for name, part in value.items()}
        case list() | tuple() | frozenset():
            return [_plain(part) for part in (sorted(value) if isinstance(value, frozenset) else value)]
        case _:
            return value
