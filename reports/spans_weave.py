"""How moments become spans, cut where the server was not there; and what stands of them when the clock is put back.

Pure; knows no table and no journal.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise

from callrouter.agents import AgentState
from callrouter.ami.events import PhoneState
from reports.spans import STARTED, STOPPED, Doing, Moment, Outage, Span, What

#: A server that starts tells of agents and phones before it says that it has started; never longer before.
STARTING = 60_000_000

_UNREACHABLE = frozenset({PhoneState.UNAVAILABLE.value, PhoneState.INVALID.value})


def standing(told: Iterable[Moment]) -> list[Moment]:
    """Return what still stands of what was told, which comes in the order of telling.

    The journal keeps each writer's order, so what comes later and is of no later time was told by a clock that was put
    back: it tells how things are, and what had been told of that time before goes. Without this, somebody whose talk
    ended in the seconds that came twice would talk for ever.
    """
    stands: dict[tuple[What, str], list[Moment]] = {}
    for moment in told:
        theirs = stands.setdefault((moment.what, moment.agent), [])
        while theirs and theirs[-1].at >= moment.at:
            theirs.pop()
        theirs.append(moment)
    return [moment for theirs in stands.values() for moment in theirs]


def deaths(marks: Iterable[Moment]) -> Iterator[tuple[int, int]]:
    """Yield of each start without a stop before it the time in which the last sign of life is to be looked for."""
    for before, mark in pairwise(_in_order(marks)):
        if before.state == mark.state == STARTED and mark.at > before.at:
            yield before.at, max(before.at, mark.at - STARTING)


def outages(marks: Iterable[Moment], signs: Sequence[int]) -> tuple[Outage, ...]:
    """Return when the server was away, by what stands of its starts and stops, and the times, in order, of all signs.

    A server that was killed tells nothing of it: what is known ends with its last sign. Signs right before a start
    are perhaps of the new one, so they do not count: rather a minute too little is taken for known than one too many.
    """
    found: list[Outage] = []
    ordered = _in_order(marks)
    last_sign = dict(deaths(ordered))
    for before, mark in pairwise(ordered):
        if mark.state != STARTED or mark.at == before.at:
            continue
        if before.state == STOPPED:
            found.append(Outage(before.at, mark.at))
        else:
            place = bisect_right(signs, last_sign[before.at])
            found.append(Outage(max(before.at, signs[place - 1]) if place else before.at, mark.at))
    if ordered and ordered[-1].state == STOPPED:
        found.append(Outage(ordered[-1].at, None))
    return tuple(found)


def spans_of(moments: Iterable[Moment], away: Iterable[Outage]) -> list[Span]:
    """Return the spans of one person by what stands of our own journal, in whatever order it is read."""
    changes: list[tuple[int, int, Moment | Outage]] = [(moment.at, _TOLD, moment) for moment in moments]
    for outage in away:
        changes.append((outage.since, _LOST, outage))
        if outage.until is not None:
            changes.append((outage.until, _BACK, outage))
    changes.sort(key=_when)
    weaver, spans = _Weaver(), Spans()
    for at, together in groupby(changes, key=lambda change: change[0]):
        for _, order, change in together:
            weaver.take(order, change)
        spans.turn(at, weaver.now())
    return spans.all()


class Spans:
    """Lines up what somebody does, moment by moment, as spans without gaps of no length and without seams."""

    def __init__(self) -> None:
        self._since = 0
        self._now: Span | None = None
        self._over: list[Span] = []

    def turn(self, at: int, now: Span | None) -> None:
        """From this moment on they do this (its own times do not count), or are logged out."""
        if now == self._now:
            return
        self._close(at)
        self._since, self._now = at, now

    def all(self, until: int | None = None) -> list[Span]:
        """Return all of them; the last goes on, or is known up to `until`."""
        self._close(until)
        self._now = None
        return self._over

    def _close(self, at: int | None) -> None:
        now = self._now
        if now is not None and (at is None or at > self._since):
            self._over.append(
                Span(now.agent, self._since, at, now.doing, now.reason, now.department, now.reachable, now.source)
            )


class _Weaver:
    """What is known of one person at one moment."""

    def __init__(self) -> None:
        self._told: Moment | None = None
        self._reachable = True
        self._away = False
        self._news = False

    def take(self, order: int, change: Moment | Outage) -> None:
        if isinstance(change, Moment):
            if change.what is What.PHONE:
                self._reachable = change.state not in _UNREACHABLE
            else:
                self._told, self._news = change, True
        elif order == _LOST:
            self._away, self._news = True, False
        else:
            self._away = False
            # Whoever had a call in hand is told anew when the server starts, unless the site has no such person now.
            if self._told is not None and not self._news and self._told.state in _IN_HAND:
                self._told = None

    def now(self) -> Span | None:
        told = self._told
        if told is None or told.state == AgentState.LOGGED_OUT:
            return None
        if self._away or told.state not in _KNOWN:
            return Span(told.agent, 0, None, Doing.NOT_KNOWN)
        doing = Doing(told.state)
        reason = told.reason if doing is Doing.PAUSED else ""
        department = told.department if doing in _WITH_A_CALL else ""
        return Span(told.agent, 0, None, doing, reason, department, self._reachable)


#: At one and the same moment: first what was told, then the end of an absence, then the beginning of the next.
_TOLD, _BACK, _LOST = range(3)
_IN_HAND = frozenset({AgentState.RINGING.value, AgentState.TALKING.value})
_WITH_A_CALL = frozenset({Doing.RINGING, Doing.TALKING, Doing.WRAP_UP})
_KNOWN = frozenset({Doing.READY, Doing.RINGING, Doing.TALKING, Doing.WRAP_UP, Doing.PAUSED})


def _in_order(marks: Iterable[Moment]) -> list[Moment]:
    return sorted(set(marks), key=lambda mark: (mark.at, mark.state))


def _when(change: tuple[int, int, Moment | Outage]) -> tuple[int, int, str]:
    at, order, what = change
    return at, order, what.what if isinstance(what, Moment) else ""
