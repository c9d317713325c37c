"""A call record as a row: of the page, and of a file. Pure; owns the words of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from reports.filled import SAID
from reports.forms.words import UNKNOWN
from reports.imports.story import outcome_words
from reports.model import CallRecord, Unknown
from reports.text import seconds

Called = Callable[[str], str]
#: Where in a list a row is: second of epoch, call, and which of the call's rows.
Place = tuple[int, str, int]


@dataclass(frozen=True)
class CallRow:
    """One row of the page."""

    id: str
    call: str
    at: datetime
    day: str
    time: str
    name: str
    number: str
    did: str
    departments: str
    waited: str
    talked: str
    word: str
    tone: str
    agents: str
    source: str
    #: What is to be said of a record whose end we did not see ourselves, '' of any other.
    filled: str


def row_of(place: Place, record: CallRecord, zone: tzinfo, called: Called, names: Mapping[Any, str]) -> CallRow:
    """Return a record as it is shown; `names` has what callers are called, by their number and the dialled one."""
    there = record.offered_at.astimezone(zone)
    word, tone = outcome_words(record)
    return CallRow(
        id=f"{record.call}-{place[2]}",
        call=record.call,
        at=record.offered_at,
        day=f"{there:%a} {there.day} {there:%b}",
        time=f"{there:%H:%M:%S}",
        name=names.get((record.ani, record.did)) or record.ani_name,
        number=record.ani,
        did=record.did,
        departments=", ".join(called(name) for name in _departments(record)),
        waited=_time(record, Unknown.WAIT, record.waited if record.stays else None),
        talked=_time(record, Unknown.TALK, record.talked if record.talks or record.talked else None),
        word=word,
        tone=tone,
        agents=UNKNOWN if _is_unknown(record, Unknown.WHO) else ", ".join(called(name) for name in _agents(record)),
        source=record.source,
        filled=SAID if record.filled else "",
    )


def callers(records: Collection[CallRecord]) -> set[tuple[str, str]]:
    """Return whose names are to be looked up."""
    return {(record.ani, record.did) for record in records if record.ani}


def _departments(record: CallRecord) -> list[str]:
    return list(dict.fromkeys(stay.department for stay in record.stays))


def _agents(record: CallRecord) -> list[str]:
    talked = [talk.agent for talk in record.talks if talk.agent]
    return list(dict.fromkeys(talked)) or ([record.answered_by] if record.answered_by else [])


def _is_unknown(record: CallRecord, what: Unknown) -> bool:
    return what in record.unknown and not _agents(record)


def _time(record: CallRecord, what: Unknown, value: float | None) -> str:
    if what in record.unknown:
        return UNKNOWN
    return "" if value is None else seconds(value)
