"""The archive: calls and agents read back from the journal.

Owns the way from stored entries to events and calls; a stored event that this version does not know is left out
and counted, never fatal.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import structlog

from callrouter import events as ev
from callrouter.calls import Call, fold
from callrouter.events import Event
from ledger.entry import Entry

if TYPE_CHECKING:  # it brings the database, which whoever only tries a site's calls does without
    from ledger.journal_reads import JournalReads

log = structlog.get_logger(__name__)

Begun = TypeVar("Begun", ev.MessageBegun, ev.FaxBegun)

#: A call that began longer ago than this is not going on any more, whatever the journal lacks.
LONGEST_CALL = timedelta(hours=24)
#: What was written last need not be what happened last: an end that was found out later, for one.
WRITTEN_LAST = 20


def events_of(entries: Iterable[Entry]) -> list[Event]:
    """Return what the entries tell, in their order."""
    events: list[Event] = []
    for entry in entries:
        try:
            events.append(
                ev.from_data(
                    entry.kind,
                    entry.at,
                    entry.call or "",
                    entry.agent or "",
                    entry.department or "",
                    dict(entry.data),
                )
            )
        except ev.UnknownEvent as error:
            log.warning("an event of another version was left out", kind=str(error))
    return events


async def call_story(journal: JournalReads, call: str) -> list[Event]:
    """Return everything that happened in one call; empty if there was no such call."""
    return events_of(await journal.of_call(call))


async def calls_between(journal: JournalReads, start: datetime, end: datetime) -> list[Call]:
    """Return the calls offered from `start` up to `end`, oldest first."""
    found = [entry.call async for entry in journal.between(start, end, [ev.CallOffered.KIND]) if entry.call is not None]
    calls = [fold(await call_story(journal, call)) for call in dict.fromkeys(found)]
    return [call for call in calls if call is not None]


async def unfinished_calls(journal: JournalReads, now: datetime) -> list[Call]:
    """Return the calls that began and never ended, as far as the journal knows."""
    begun: dict[str, None] = {}
    kinds = [ev.CallOffered.KIND, ev.CallEnded.KIND]
    async for entry in journal.between(now - LONGEST_CALL, now + timedelta(minutes=1), kinds):
        if entry.call is None:
            continue
        if entry.kind == ev.CallOffered.KIND:
            begun[entry.call] = None
        else:
            begun.pop(entry.call, None)
    calls = [fold(await call_story(journal, call)) for call in begun]
    return [call for call in calls if call is not None]


async def last_known(journal: JournalReads) -> datetime | None:
    """Return when the last happened that the journal knows, None of a new one.

    Asked before a start tells anything, it is when the server was there at least, should it have died.
    """
    newest = await journal.last(limit=WRITTEN_LAST)
    return max((entry.at for entry in newest), default=None)


async def beginning_of(journal: JournalReads, kind: type[Begun], file: str, now: datetime, ago: float) -> Begun | None:
    """Return when something was begun in this file, of which we know that it was written to so many seconds ago."""
    since = now - LONGEST_CALL - timedelta(seconds=max(0.0, ago))
    entries = journal.between(since, now + timedelta(minutes=1), [kind.KIND])
    for event in events_of([entry async for entry in entries if entry.data.get("file") == file]):
        if isinstance(event, kind):
            return event
    return None


async def agent_states(journal: JournalReads, limit: int = 5_000) -> list[ev.AgentChanged]:
    """Return the last known state of each agent."""
    newest: dict[str, ev.AgentChanged] = {}
    for event in events_of(await journal.last(ev.AgentChanged.KIND, limit=limit)):
        if isinstance(event, ev.AgentChanged):
            newest.setdefault(event.agent, event)
    return list(newest.values())
