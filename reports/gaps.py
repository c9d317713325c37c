"""The times in which we saw nothing or were not there: figures that lie over them are not sure. Pure.

Owns what counts as a gap, and which moments lie in one; how gaps are said is in `gap_words`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from callrouter import events as ev
from callrouter.events import Event

#: The events that tell whether the server was there.
OF_SERVER = (ev.ServerStarted.KIND, ev.ServerStopped.KIND)
#: The events that gaps are found by.
KINDS = (ev.LinkLost.KIND, *OF_SERVER)
#: So far behind a time these events are looked for: the loss of a link is told when it is over.
AROUND = timedelta(days=31)
EVER = datetime.max.replace(tzinfo=UTC)
_MOMENT = timedelta(microseconds=1)


class Why(StrEnum):
    """What made the gap."""

    LINK_LOST = "the link to Asterisk was lost"
    STOPPED = "the server was stopped"
    DIED = "the server ended without being stopped"


@dataclass(frozen=True)
class Gap:
    """One gap. `since` is None where nobody saw its beginning, `until` None where it goes on.

    Of a server that died, `since` is the last that it wrote: it ended then or later.
    """

    why: Why
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True)
class Times:
    """The times that some gaps take together: each from a moment up to another, apart from each other, in order."""

    spans: tuple[tuple[datetime, datetime], ...] = ()
    _ends: tuple[datetime, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ends", tuple(until for _, until in self.spans))

    def touch(self, start: datetime, end: datetime) -> bool:
        """Tell whether any of them touches the time from `start` up to `end`."""
        at = bisect_right(self._ends, start)
        return at < len(self.spans) and self.spans[at][0] < end

    def within(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the parts of them that lie in the time from `start` up to `end`."""
        for since, until in self.spans if start < end else ():
            if since < end and until > start:
                yield max(since, start), min(until, end)


def find_gaps(events: Iterable[Event], start: datetime, end: datetime) -> tuple[Gap, ...]:
    """Return the gaps that touch the time from `start` up to `end`, by their beginning.

    The events are in the order of their times; of those before `start` only what the server told last is needed.
    """
    found: list[Gap] = []
    before: ev.ServerStarted | ev.ServerStopped | None = None
    for event in events:
        match event:
            case ev.LinkLost():
                found.append(Gap(Why.LINK_LOST, _time(event.since, event.at), _time(event.until, event.at)))
            case ev.ServerStarted():
                if isinstance(before, ev.ServerStarted):
                    found.append(Gap(Why.DIED, _last_written(event), event.at))
                elif before is not None:
                    found.append(Gap(Why.STOPPED, before.at, event.at))
                before = event
            case ev.ServerStopped():
                before = event
            case _:
                pass
    if isinstance(before, ev.ServerStopped):
        found.append(Gap(Why.STOPPED, before.at, None))
    return tuple(sorted((gap for gap in found if _touches(gap, start, end)), key=_order))


def times_of(found: Iterable[Gap]) -> Times:
    """Return the times that gaps take together."""
    spans: list[tuple[datetime, datetime]] = []
    for since, until in sorted(map(bounds_of, found)):
        if spans and since <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(until, spans[-1][1]))
        else:
            spans.append((since, until))
    return Times(tuple(spans))


def bounds_of(gap: Gap) -> tuple[datetime, datetime]:
    """Return from when to when a gap is: the moment of its end if nobody saw its beginning, for ever if it goes on.

    It takes some time, however short: a server that is there again at once was away all the same.
    """
    until = gap.until or EVER
    since = until if gap.since is None else min(gap.since, until)
    return min(since, EVER - _MOMENT), max(until, since + _MOMENT) if until < EVER else EVER


def _touches(gap: Gap, start: datetime, end: datetime) -> bool:
    since, until = bounds_of(gap)
    return since < end and until > start


def _order(gap: Gap) -> tuple[datetime, datetime, Why]:
    return (*bounds_of(gap), gap.why)


def _last_written(started: ev.ServerStarted) -> datetime | None:
    at = _time(started.after, started.at) if started.after else None
    return None if at is None else min(at, started.at)


def _time(text: str, otherwise: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return otherwise
    return at if at.tzinfo is not None else otherwise
