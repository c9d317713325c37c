"""What changes for callers when opening hours do: calendars are compared, not the texts that they are written in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain

from config.diff.model import Change
from config.diff.week import Span, by_day, clock, days, open_spans, times
from config.errors import HoursUnreadable
from config.hours_text import DAY, parse_times
from config.schema import Hours

AREA = "hours"


def hours_changes(name: str, old: Hours, new: Hours) -> Iterator[Change]:
    """Yield what is otherwise: in an ordinary week, on holidays, on single days, and by whose clock."""
    found = list(_sentences(name, old, new))
    if not found and old != new:
        found = [f"{name} is written in another way; the times are the same"]
    for text in found:
        yield Change(AREA, name, "changed", text, ("hours", name))


def _sentences(name: str, old: Hours, new: Hours) -> Iterator[str]:
    try:
        yield from _week(name, by_day(open_spans(old)), by_day(open_spans(new)))
        yield from _holidays(name, old.holidays, new.holidays)
        yield from _single_days(name, old, new)
    except HoursUnreadable:
        yield f"{name} has other times now"
    if old.timezone != new.timezone:
        company = "the company"
        yield f"{name} now goes by the clock of {new.timezone or company} instead of {old.timezone or company}"


def _week(name: str, old: tuple[tuple[Span, ...], ...], new: tuple[tuple[Span, ...], ...]) -> Iterator[str]:
    groups: dict[tuple[tuple[Span, ...], tuple[Span, ...]], list[int]] = {}
    for day, pair in enumerate(zip(old, new, strict=True)):
        if pair[0] != pair[1]:
            groups.setdefault(pair, []).append(day)
    for (before, after), numbers in groups.items():
        yield _day(name, before, after, days(numbers))


def _day(name: str, before: tuple[Span, ...], after: tuple[Span, ...], when: str) -> str:
    if not after:
        return f"{name} is now closed {when}; it was open {times(before)}"
    if not before:
        return f"{name} is now open {when}, {times(after)}; it was closed"
    if before[:-1] == after[:-1] and before[-1][0] == after[-1][0]:
        return f"{name} now closes at {clock(after[-1][1])} {when} instead of {clock(before[-1][1])}"
    if before[1:] == after[1:] and before[0][1] == after[0][1]:
        return f"{name} now opens at {clock(after[0][0])} {when} instead of {clock(before[0][0])}"
    return f"{name} is now open {times(after)} {when} instead of {times(before)}"


def _holidays(name: str, old: str | None, new: str | None) -> Iterator[str]:
    if old == new:
        return
    if new is None:
        yield f"{name} is now open on the public holidays of {old} as on other days"
    elif old is None:
        yield f"{name} is now closed on the public holidays of {new}"
    else:
        yield f"{name} now keeps the public holidays of {new} instead of those of {old}"


def _single_days(name: str, old: Hours, new: Hours) -> Iterator[str]:
    told: list[tuple[str, str, str, str]] = []
    for day in sorted(set(chain(old.closed_on, new.closed_on, old.open_on, new.open_on))):
        before, after = _on(old, day), _on(new, day)
        if before == after:
            continue
        if told and (before, after) == told[-1][2:] and _is_next(told[-1][1], day):
            told[-1] = (told[-1][0], day, before, after)
        else:
            told.append((day, day, before, after))
    for first, last, before, after in told:
        when = f"on {first}" if first == last else f"from {first} to {last}"
        yield f"{when} {name} is now {after}; it was {before}"


def _is_next(day: str, other: str) -> bool:
    try:
        return date.fromisoformat(other) - date.fromisoformat(day) == timedelta(days=1)
    except ValueError:  # no day of any calendar; the check says so
        return False


def _on(hours: Hours, day: str) -> str:
    """Say what these hours say of one day; what is open on it goes before what is closed."""
    if day in hours.open_on:
        spans = parse_times(hours.open_on[day])
        return f"open {times([(begin, end if end <= DAY else end - DAY) for begin, end in spans])}"
    return "closed" if day in hours.closed_on else "as on any such day"
