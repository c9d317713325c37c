"""What was, and is, closed by hand, as a calendar shows it: from when until when, by whom, and on which days.

Owns how the events of a closure become one stay. Pure but for one reading of the journal; knows no page and closes
nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from callrouter import events as ev
from callrouter.archive import events_of
from callrouter.closures import LONGEST, Closure, Extent, Scope
from callrouter.events import Event
from config.schema import Site
from config.values import e164
from ledger.journal_reads import JournalReads

#: So many events of a year are looked at: a line that is closed ten times a day has fewer.
MOST_EVENTS = 10_000
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Stay:
    """One time that a door stayed closed. `opened_by` is who opened it early; `end` is to come while it lasts."""

    scope: Scope
    begin: datetime
    end: datetime
    who: str
    opened_by: str = ""
    under_way: bool = False


@dataclass(frozen=True, slots=True)
class Shut:
    """What one stay means for one day: `span` in minutes of the day, by the clock on the wall."""

    title: str
    stay: Stay
    span: tuple[int, int]

    @property
    def times(self) -> str:
        """The span as people write it."""
        begin, end = self.span
        return "all day" if self.span == (0, _DAY_MINUTES) else f"{_written(begin)}–{_written(end)}"


async def told_in(journal: JournalReads, first: date, last: date, zone: ZoneInfo) -> list[Event]:
    """Read what was closed and opened by hand so that it matters for these days; the oldest of too many."""
    begin = datetime.combine(first, time(), zone).astimezone(UTC) - LONGEST - timedelta(days=1)
    end = datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC)
    found = []
    async for entry in journal.between(begin, end, [ev.LineClosed.KIND, ev.LineReopened.KIND]):
        found.append(entry)
        if len(found) >= MOST_EVENTS:
            break
    return events_of(found)


def stays_of(told: Iterable[Event], now: datetime, closed_now: Collection[Closure] | None = None) -> tuple[Stay, ...]:
    """Return every stay of these events, in their order; `closed_now` knows better what is closed at this moment.

    What another version wrote and this one cannot read is left out.
    """
    open_ended: dict[Scope, Stay] = {}
    found: list[Stay] = []
    for event in told:
        try:
            if isinstance(event, ev.LineClosed):
                scope, until = Scope.read(event.scope), datetime.fromisoformat(event.until)
                found += _ended(open_ended.pop(scope, None), event.at, "")
                open_ended[scope] = Stay(scope, event.at, until, event.who)
            elif isinstance(event, ev.LineReopened):
                found += _ended(open_ended.pop(Scope.read(event.scope), None), event.at, event.who)
        except (ValueError, TypeError):
            continue
    known = None if closed_now is None else {closure.scope: closure for closure in closed_now}
    for scope, stay in open_ended.items():
        if known is None or stay.end <= now:
            found.append(replace(stay, under_way=stay.end > now))
        elif scope not in known:
            found += _ended(stay, now, "")  # it was opened just now, and the journal is about to tell by whom
    for closure in closed_now or ():
        found.append(Stay(closure.scope, closure.since, closure.until, closure.who, under_way=closure.until > now))
    return tuple(sorted(found, key=lambda stay: stay.begin))


def on_days(stays: Iterable[Stay], site: Site, zone: ZoneInfo, first: date, last: date) -> dict[date, tuple[Shut, ...]]:
    """Return what is closed by hand on each of these days."""
    found: dict[date, list[Shut]] = {}
    titles = _titles(site)
    for stay in stays:
        begin, end = stay.begin.astimezone(zone), stay.end.astimezone(zone)
        day = max(begin.date(), first)
        while day <= min(end.date(), last):
            span = (_minute(begin) if day == begin.date() else 0, _minute(end) if day == end.date() else _DAY_MINUTES)
            if span != (0, 0):  # it ended at midnight: this day is not its own
                title = titles.get(str(stay.scope), stay.scope.name)
                found.setdefault(day, []).append(Shut(title, stay, (span[0], max(span))))
            day += timedelta(days=1)
    return {day: tuple(shut) for day, shut in found.items()}


def meant_for(stays: Iterable[Stay], departments: Collection[str]) -> Iterator[Stay]:
    """Yield what keeps callers from these departments: the line, their numbers and themselves."""
    return (stay for stay in stays if stay.scope.extent is not Extent.DEPARTMENT or stay.scope.name in departments)


def _ended(stay: Stay | None, at: datetime, by: str) -> Iterator[Stay]:
    """Yield a stay as it ended: a server that was down tells late that its time had come."""
    if stay is not None:
        yield replace(stay, end=max(stay.begin, min(at, stay.end)), opened_by=by)


def _titles(site: Site) -> dict[str, str]:
    titles = {str(Scope(Extent.LINE)): "the whole line"}
    titles |= {str(Scope(Extent.DEPARTMENT, name)): one.name or name for name, one in site.departments.items()}
    numbers = ((e164(written, site.company.country) or written, written) for written in site.numbers)
    return titles | {str(Scope(Extent.NUMBER, number)): written for number, written in numbers}


def _minute(at: datetime) -> int:
    return at.hour * 60 + at.minute


def _written(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
