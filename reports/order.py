"""The order in which the events of one call are taken: as they were told, or where their times put them. Pure.

Owns what becomes of events that come late, twice, or in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from callrouter import events as ev
from callrouter.calls import fold
from callrouter.events import Event

#: At the same instant one thing ends before the next begins, and a call begins and ends with these.
_FIRST, _ENDS, _BEGINS, _LAST = range(4)
_RANKS: dict[type[Event], int] = {
    ev.CallOffered: _FIRST,
    ev.OfferEnded: _ENDS,
    ev.CallLeftQueue: _ENDS,
    ev.CallReleased: _ENDS,
    ev.CallResumed: _ENDS,
    ev.ConsultationEnded: _ENDS,
    ev.CallEnded: _LAST,
}


def in_order(events: Sequence[Event]) -> Sequence[Event]:
    """Return the events of one call, at least one, in the order that makes most sense of them.

    One that came late is put where its time is, and one that was told twice is there once. Where the order in which
    they were told is less odd to the call's state machine, the clock was put back, and that order is kept.
    """
    if all(one.at < other.at or _follows(one, other) for one, other in pairwise(events)):
        return events
    by_time = _by_time(events)
    return by_time if _odd(by_time) <= _odd(events) else events


def _follows(one: Event, other: Event) -> bool:
    return _place(one) <= _place(other) and one != other


def _place(event: Event) -> tuple[datetime, int]:
    return event.at, _RANKS.get(type(event), _BEGINS)


def _by_time(events: Sequence[Event]) -> list[Event]:
    once: list[Event] = []
    same: list[Event] = []
    for event in sorted(events, key=_place):
        if same and same[0].at != event.at:
            same = []
        if event not in same:
            same.append(event)
            once.append(event)
    return once


def _odd(events: Sequence[Event]) -> int:
    call = fold(list(events))
    return 0 if call is None else call.odd
