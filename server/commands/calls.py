"""`calls` and `call`: what the journal says of the calls, as a list and as a story."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from callrouter import archive, story
from callrouter import events as ev
from callrouter.events import Event
from ledger.journal_reads import JournalReads
from reports.derive import record_of
from reports.filled import filled_words
from reports.imports.stories import find_story
from reports.imports.story import ImportedStory
from reports.model import CallRecord
from reports.records import Projection
from reports.service import Records
from reports.text import printable, seconds, table
from server.commands import call_imported
from server.commands.call_imported import record_as_json
from server.commands.report import day_of
from server.data_folder import SiteNote, database_of, read_note
from server.report_room import definition_in
from server.terminal import complain, foreseen, put, put_json

#: How many calls are named when a beginning fits several.
NAMED = 10

_HEADS = ("Time", "From", "To", "Path", "Destination", "Answered by", "Outcome", "Wait", "Talk", "Call")


def list_calls(data: Path, day: str | None, *, json: bool) -> int:
    """Print the calls of a day, the oldest first. Raises `Foreseen`."""
    note = read_note(data)
    wanted = day_of(day, note)
    with foreseen():
        calls = asyncio.run(_calls(data, note, wanted))
    if json:
        told = [summary(call, note.zone) for call in calls]
        put_json({"day": wanted.isoformat(), "timezone": note.timezone, "calls": told})
    elif not calls:
        put(f"{wanted}: no calls")
    else:
        for line in table(_HEADS, [_row(call, note.zone) for call in calls], right=(7, 8)):
            put(line)
    return 0


def tell_call(data: Path, call_id: str, *, json: bool) -> int:
    """Print one call's whole story; return 1 when there is no such call, or more than one that begins so."""
    note = read_note(data)
    with foreseen():
        names, events, imported = asyncio.run(_story(data, note, call_id))
    if imported is not None:
        return call_imported.tell(imported, note, json=json)
    record = record_of(events)
    if record is None:
        complain(_which(names) if names else "there is no such call; `calls` lists those of a day")
        return 1
    if json:
        put_json({"record": record_as_json(record), "events": [_event(event) for event in events]})
        return 0
    put(f"Call {record.call}, {record.offered_at.astimezone(note.zone):%Y-%m-%d} ({note.timezone})")
    for line in story.tell(events, note.zone):
        put(printable(line))
    with foreseen():
        filled = asyncio.run(_filled(data, note, record.call))
    if filled:
        put(filled)
    return 0


async def _filled(data: Path, note: SiteNote, call: str) -> str:
    async with database_of(data, note) as database:
        return await filled_words(database, call, note.zone)


async def _calls(data: Path, note: SiteNote, day: date) -> list[CallRecord]:
    async with database_of(data, note) as database:
        journal = JournalReads(database)
        await Projection(journal, database, lambda: definition_in(note)).catch_up()
        return await Records(database, note.zone).calls_of(day)


async def _story(data: Path, note: SiteNote, call_id: str) -> tuple[list[str], list[Event], ImportedStory | None]:
    """Return the ids that begin so, and of the call if it is only one the events, or what files tell of it."""
    async with database_of(data, note) as database:
        journal = JournalReads(database)
        events = await archive.call_story(journal, call_id)
        if events:
            return [call_id], events, None
        await Projection(journal, database, lambda: definition_in(note)).catch_up()
        names = await Records(database, note.zone).list_ids(call_id, NAMED + 1)
        if call_id in names:  # the id of one may be the beginning of another's
            names = [call_id]
        if len(names) != 1:
            return names, [], None
        events = await archive.call_story(journal, names[0])
        called = call_imported.called(note)
        return names, events, None if events else await find_story(database, names[0], called)


def _which(names: list[str]) -> str:
    more = " and more" if len(names) > NAMED else ""
    return f"more than one call begins so: {', '.join(names[:NAMED])}{more}"


def summary(call: CallRecord, zone: ZoneInfo) -> dict[str, Any]:
    """Return a call as one object of JSON, its time by the site's clock."""
    return {
        "id": call.call,
        "at": call.offered_at.astimezone(zone).isoformat(timespec="milliseconds"),
        "from": call.ani,
        "to": call.did,
        "keys": " ".join(call.keys),
        "path": list(call.path),
        "facts": dict(call.facts),
        "destination": call.destination,
        "answered_by": call.answered_by,
        "outcome": call.outcome.value if call.outcome else None,
        "abandoned_in": call.abandoned_in or None,
        "wait_s": round(call.waited, 3),
        "talk_s": round(call.talked, 3),
    }


def _row(call: CallRecord, zone: ZoneInfo) -> tuple[str, ...]:
    outcome = "in progress" if call.ended_at is None else "not known"
    if call.outcome is not None:
        outcome = call.outcome.value.replace("_", " ")
    return (
        f"{call.offered_at.astimezone(zone):%H:%M:%S}",
        call.ani or "withheld",
        call.did,
        " > ".join(call.path),
        call.destination,
        call.answered_by,
        f"{outcome} ({call.abandoned_in})" if call.abandoned_in else outcome,
        seconds(call.waited) if call.stays or call.answered_by else "",
        seconds(call.talked) if call.talks else "",
        call.call,
    )


def _event(event: Event) -> dict[str, Any]:
    common = {"kind": event.KIND, "at": event.at.isoformat(), "agent": event.agent, "department": event.department}
    return {name: value for name, value in common.items() if value} | ev.to_data(event)
