"""A week on the wall clock: when hours are open in it, and how times of it are said.

Knows weekdays and times of the day. Holidays and single days are no part of an ordinary week.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from config.diff.values import listed
from config.hours_text import DAY, parse_open
from config.schema import Hours

WEEK = 7 * DAY
DAY_NAMES = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")

#: From and to, in seconds of the week (Monday 00:00 is 0) or of the day.
Span = tuple[int, int]


def open_spans(hours: Hours) -> tuple[Span, ...]:
    """Return when these hours are open in an ordinary week, in order and apart.

    Raises:
        HoursUnreadable: they were not checked before.
    """
    spans: list[Span] = []
    for text in hours.open:
        read = parse_open(text)
        for day in read.days:
            for begin, end in read.times:
                first, last = day * DAY + begin, day * DAY + end
                spans.append((first, min(last, WEEK)))
                if last > WEEK:
                    spans.append((0, last - WEEK))
    return tuple(merged(spans))


def merged(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield the same times without overlaps, in order."""
    current: Span | None = None
    for begin, end in sorted(spans):
        if current is not None and begin <= current[1]:
            current = (current[0], max(current[1], end))
            continue
        if current is not None:
            yield current
        current = (begin, end)
    if current is not None:
        yield current


def by_day(spans: Sequence[Span]) -> tuple[tuple[Span, ...], ...]:
    """Return the times of each weekday, in seconds of that day."""
    return tuple(
        tuple(
            (max(begin, day * DAY) - day * DAY, min(end, (day + 1) * DAY) - day * DAY)
            for begin, end in spans
            if begin < (day + 1) * DAY and end > day * DAY
        )
        for day in range(7)
    )


def days(numbers: Sequence[int]) -> str:
    """Say weekdays.

    >>> days([6]), days([0, 1, 2, 3, 4]), days([4, 6])
    ('on Sundays', 'from Monday to Friday', 'on Fridays and Sundays')
    """
    if len(numbers) == 7:
        return "every day"
    if len(numbers) > 2 and list(numbers) == list(range(numbers[0], numbers[-1] + 1)):
        return f"from {DAY_NAMES[numbers[0]][:-1]} to {DAY_NAMES[numbers[-1]][:-1]}"
    return f"on {listed(DAY_NAMES[number] for number in numbers)}"


def clock(second: int) -> str:
    """Say a time of the day."""
    return f"{second // 3600:02}:{second % 3600 // 60:02}"


def times(spans: Sequence[Span]) -> str:
    """Say times of a day."""
    return listed(f"{clock(begin)}–{clock(end)}" for begin, end in spans)


def periods(spans: Sequence[Span]) -> str:
    """Say times of the week: the days that have the same ones together.

    >>> periods([(6 * DAY, 7 * DAY)]), periods([(4 * DAY + 61200, 4 * DAY + 64800)])
    ('on Sundays', 'on Fridays 17:00–18:00')
    """
    groups: dict[tuple[Span, ...], list[int]] = {}
    for day, found in enumerate(by_day(spans)):
        if found:
            groups.setdefault(found, []).append(day)
    return listed(
        days(numbers) if found == ((0, DAY),) else f"{days(numbers)} {times(found)}"
        for found, numbers in groups.items()
    )
