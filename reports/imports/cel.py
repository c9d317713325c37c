"""The channel events that our own Asterisk writes beside us, as a format: what happened while we saw nothing.

Owns the form of that file, of which pbx/templates/cel_custom.conf tells Asterisk, and what a call's channels tell: who
spoke with the caller, from when to when, and who hung up first. Menus, lines and waits are not in it.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from callrouter.calls import Talk
from callrouter.events import Outcome, Party
from reports.imports.cdr_contact import endpoint_of
from reports.imports.model import MOST_LINES, Entry, Fault, Parsed
from reports.imports.numbers import Numbers
from reports.imports.uniqueids import is_one
from reports.model import CallRecord, Unknown

#: Customers' calls begin here, see pbx/templates/switchroom.conf.
CONTEXTS = frozenset({"switchroom-trunk"})
_COLUMNS = 10
_EVENTS = frozenset({"CHAN_START", "ANSWER", "BRIDGE_ENTER", "BRIDGE_EXIT", "HANGUP", "LINKEDID_END"})
_EPOCH = re.compile(r"\d{9,10}\.\d{1,6}")
_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_TEXT = 200


@dataclass(frozen=True)
class ChannelEvent:
    """One line. `bridge` is which one a channel entered or left, `source` whose hang-up it was."""

    event: str
    at: datetime
    number: str
    name: str
    exten: str
    context: str
    channel: str
    uniqueid: str
    linkedid: str
    bridge: str = ""
    source: str = ""


class Cel:
    """The format. `numbers` says how those of callers are read."""

    def __init__(self, numbers: Numbers | None = None) -> None:
        self._numbers = numbers or Numbers()

    def begin(self, first: Sequence[str]) -> None:
        """Need nothing: the form is our own."""

    def parse(self, number: int, text: str) -> Parsed:
        """Return what a line says; never raises."""
        if not text.strip():
            return Parsed()
        event = read_event(text)
        if event is None:
            return Parsed(fault=Fault(number, text, "it is no channel event as we have them written"))
        return Parsed(entry=Entry(event.linkedid, text.strip(), event.at))

    def record(self, contact: str, source: str, lines: Sequence[str]) -> CallRecord | None:
        """Return the contact that these lines amount to; None for a call that no customer placed."""
        events = {event for line in lines if (event := read_event(line)) is not None}
        told = sorted(events, key=lambda event: (event.at, event.uniqueid, event.event))[:MOST_LINES]
        theirs = [event for event in told if event.uniqueid == event.linkedid]
        start = next((e for e in theirs if e.event == "CHAN_START" and e.context in CONTEXTS), None)
        return None if start is None else _record(contact, source, start, theirs, told, self._numbers)


def _record(
    contact: str,
    source: str,
    start: ChannelEvent,
    theirs: Sequence[ChannelEvent],
    told: Sequence[ChannelEvent],
    numbers: Numbers,
) -> CallRecord:
    end = next((event for event in theirs if event.event == "HANGUP"), None)
    end = end or next((event for event in told if event.event == "LINKEDID_END"), None)
    talks = _talks(theirs, told, None if end is None else end.at)
    first = hung_up_first(end, start.channel)
    outcome = None
    if end is not None:
        gone = Outcome.ABANDONED if first is Party.CALLER else Outcome.FAILED
        outcome = Outcome.ANSWERED if talks else gone
    rang = any(event.event == "CHAN_START" and event.uniqueid != start.uniqueid for event in told)
    return CallRecord(
        call=contact,
        offered_at=start.at,
        ended_at=None if end is None else end.at,
        did=numbers.dialled(start.exten),
        ani=numbers.caller(start.number),
        ani_name="" if start.name == start.number else numbers.name(start.name),
        outcome=outcome,
        abandoned_in=("ringing" if rang else "menu") if outcome is Outcome.ABANDONED else "",
        hung_up_first=first,
        answered_by=talks[-1].agent if talks else "",
        answered_at=talks[0].since if talks else None,
        talked=sum(talk.talked or 0.0 for talk in talks),
        talks=talks,
        source=source,
        unknown=frozenset({Unknown.LINES, Unknown.MENUS, Unknown.WAIT, Unknown.RINGING}),
    )


def _talks(theirs: Sequence[ChannelEvent], told: Sequence[ChannelEvent], end: datetime | None) -> tuple[Talk, ...]:
    """Return the conversations: the times in which the caller and a phone were in one bridge.

    What comes after a hold is the same conversation with the same phone.
    """
    caller = _stays(theirs)
    by_phone: dict[str, list[tuple[datetime, datetime | None]]] = {}
    for uniqueid in dict.fromkeys(event.uniqueid for event in told if event.uniqueid != event.linkedid):
        events = [event for event in told if event.uniqueid == uniqueid]
        if events[0].channel.startswith("Local/"):
            continue
        for bridge, since, until in _stays(events):
            for other, began, ended in caller:
                left = min(filter(None, (until, ended, end)), default=None)
                if bridge == other and (left is None or max(since, began) < left):
                    by_phone.setdefault(endpoint_of(events[0].channel), []).append((max(since, began), left))
    talks = []
    for phone, times in by_phone.items():
        since = min(began for began, _ in times)
        untils = [until for _, until in times if until is not None]
        over = len(untils) == len(times)
        talks.append(Talk(phone, "", since, round((max(untils) - since).total_seconds(), 3) if over else None))
    return tuple(sorted(talks, key=lambda talk: (talk.since, talk.agent)))


def _stays(events: Sequence[ChannelEvent]) -> list[tuple[str, datetime, datetime | None]]:
    """Return in which bridge a channel was, from when to when."""
    found: list[tuple[str, datetime, datetime | None]] = []
    inside: tuple[str, datetime] | None = None
    for event in events:
        if event.event == "BRIDGE_ENTER":
            inside = (event.bridge, event.at)
        elif event.event in ("BRIDGE_EXIT", "HANGUP") and inside is not None:
            found.append((*inside, event.at))
            inside = None
    return [*found, *([(*inside, None)] if inside is not None else [])]


def hung_up_first(end: ChannelEvent | None, caller: str) -> Party:
    """Return who hung up first, of the event that ended the call and the caller's channel."""
    if end is None or not end.source:
        return Party.UNKNOWN
    if end.source == caller:
        return Party.CALLER
    return Party.AGENT if end.source.startswith("PJSIP/") else Party.US


def read_event(text: str) -> ChannelEvent | None:
    """Read a line; None for what is none of ours."""
    try:
        cells = next(csv.reader([text.strip()], strict=True), [])
    except csv.Error:
        return None
    if len(cells) != _COLUMNS or cells[0] not in _EVENTS or not _EPOCH.fullmatch(cells[1]) or not is_one(cells[8]):
        return None
    seconds, micro = cells[1].split(".")
    at = _BEGIN + timedelta(seconds=int(seconds), microseconds=int(micro.ljust(6, "0")))
    extra = _extra(cells[9])
    number, name, exten, context, channel, uniqueid, linkedid = (cell[:_MOST_TEXT] for cell in cells[2:9])
    bridge, source = (str(extra.get(key, ""))[:_MOST_TEXT] for key in ("bridge_id", "hangupsource"))
    return ChannelEvent(
        cells[0], at, number, name, exten, context, channel, uniqueid, linkedid, bridge=bridge, source=source
    )


def _extra(text: str) -> dict[str, object]:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
