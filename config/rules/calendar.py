"""Rules about opening hours that can be read, but say what hardly anybody means: gaps, overlaps, never open.

What cannot be read is in `config.rules.hours`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from config.errors import HoursUnreadable
from config.findings import Finding, quoted
from config.hours_text import DAY, WEEKDAYS, parse_open, parse_times
from config.reading.tree import Step
from config.rules.scope import Scope
from config.schema import Hours

#: A shorter break than this is a slip of the pen: nobody closes for so little.
SHORTEST_BREAK = 15 * 60
_MINUTE = 60

#: From when to when in the week, in seconds, and where that is written.
_Open = tuple[int, int, tuple[Step, ...]]


def never_open(scope: Scope) -> Iterator[Finding]:
    """W450: hours are open at some time."""
    for name, hours in scope.site.hours.items():
        if not hours.open and not hours.open_on:
            message = f"hours {quoted(name)} are never open"
            mend = 'write when, such as ["mon-fri 09:00-18:00"]'
            yield from scope.finding("W450", ("hours", name, "open"), message, mend)


def gaps_and_overlaps(scope: Scope) -> Iterator[Finding]:
    """W448, W449: the times of a day neither leave some minutes out nor cover each other."""
    for name, hours in scope.site.hours.items():
        try:
            plans = [_week(name, hours), *(_single_day(name, day, text) for day, text in hours.open_on.items())]
        except HoursUnreadable:
            continue  # reported as such
        for plan in plans:
            yield from _of_plan(scope, name, plan)


def _of_plan(scope: Scope, name: str, plan: list[_Open]) -> Iterator[Finding]:
    told: set[tuple[str, tuple[Step, ...]]] = set()
    for (_, end, _), (begin, _, path) in pairwise(plan):
        if begin < end and ("W449", path) not in told:
            told.add(("W449", path))
            message = f"hours {quoted(name)} are open twice on {_moment(begin)}: these times overlap with others"
            yield from scope.finding("W449", path, message, "let one end where the other begins")
        elif end < begin < end + SHORTEST_BREAK and ("W448", path) not in told:
            told.add(("W448", path))
            minutes = (begin - end) // _MINUTE
            message = f"hours {quoted(name)} are closed for {minutes} minutes from {_moment(end)}"
            yield from scope.finding("W448", path, message, "join the times, or make the break longer")


def days_twice(scope: Scope) -> Iterator[Finding]:
    """W451: a day is either closed or open at times of its own."""
    for name, hours in scope.site.hours.items():
        before: set[str] = set()
        for index, day in enumerate(hours.closed_on):
            if day in hours.open_on:
                message = f"{day} is among `open_on:`, too, and is open then"
                yield from scope.finding("W451", ("hours", name, "closed_on", index), message, "delete one of them")
            elif day in before:
                message = f"{day} is written twice"
                yield from scope.finding("W451", ("hours", name, "closed_on", index), message, "delete one of them")
            before.add(day)


def _week(name: str, hours: Hours) -> list[_Open]:
    """Return all times of a week in their order; each begins on the day on which it is written."""
    found: list[_Open] = []
    for index, text in enumerate(hours.open):
        span = parse_open(text)
        path = ("hours", name, "open", index)
        found += [(day * DAY + begin, day * DAY + end, path) for day in sorted(span.days) for begin, end in span.times]
    return sorted(found, key=lambda one: one[:2])


def _single_day(name: str, day: str, text: str) -> list[_Open]:
    return sorted((begin, end, ("hours", name, "open_on", day)) for begin, end in parse_times(text))


def _moment(second: int) -> str:
    day, time = divmod(second, DAY)
    return f"{WEEKDAYS[day % 7]} {time // 3600:02}:{time % 3600 // _MINUTE:02}"
