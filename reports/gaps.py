"""The times in which we saw nothing or were not there: figures that lie over them are not sure. Pure.

Owns what counts as a gap and how it is said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from callrouter import events as ev
from callrouter.events import Event

#: The events that gaps are found by.
KINDS = (ev.LinkLost.KIND, ev.ServerStarted.KIND, ev.ServerStopped.KIND)
#: So far before and behind a time these events are looked for: the loss of a link is told when it is over.
AROUND = timedelta(days=31)


class Why(StrEnum):
    """What made the gap."""

    LINK_LOST = "the link to Asterisk was lost"
    STOPPED = "the server was stopped"
    DIED = "the server ended without being stopped"


@dataclass(frozen=True)
class Gap:
    """One gap. `since` is None where nobody saw its beginning, `until` None where it goes on."""

    why: Why
    since: datetime | None
    until: datetime | None


def find_gaps(events: Iterable[Event], start: datetime, end: datetime) -> tuple[Gap, ...]:
    """Return the gaps that touch the time from `start` up to `end`, of events in the order of their times."""
    found: list[Gap] = []
    before: ev.ServerStarted | ev.ServerStopped | None = None
    for event in events:
        match event:
            case ev.LinkLost():
                found.append(Gap(Why.LINK_LOST, _time(event.since, event.at), _time(event.until, event.at)))
            case ev.ServerStarted():
                if isinstance(before, ev.ServerStarted):
                    found.append(Gap(Why.DIED, None, event.at))
                elif before is not None:
                    found.append(Gap(Why.STOPPED, before.at, event.at))
                before = event
            case ev.ServerStopped():
                before = event
            case _:
                pass
    if isinstance(before, ev.ServerStopped):
        found.append(Gap(Why.STOPPED, before.at, None))
    return tuple(gap for gap in found if _touches(gap, start, end))


def sentence(gap: Gap, zone: tzinfo) -> str:
    """Say a gap for people, by the clock of the zone."""
    since = "" if gap.since is None else f" from {_clock(gap.since, zone)}"
    until = "" if gap.until is None else f" until {_clock(gap.until, zone)}"
    if gap.why is Why.DIED:
        until = f"; it started again at {_clock(gap.until, zone)}" if gap.until else ""
    return f"{gap.why}{since}{until}: figures of that time are not sure"


def _touches(gap: Gap, start: datetime, end: datetime) -> bool:
    if gap.since is None:  # all we know is the moment it was over
        return gap.until is not None and start <= gap.until < end
    return gap.since < end and (gap.until is None or gap.until > start)


def _clock(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _time(text: str, otherwise: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return otherwise
    return at if at.tzinfo is not None else otherwise
