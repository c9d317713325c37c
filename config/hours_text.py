"""The words of opening hours, such as ``mon-fri 09:00-12:00,13:00-18:00``: how they are read.

Knows days of the week and times of the day, no dates and no time zones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from config.errors import HoursUnreadable
from config.findings import quoted

#: Seconds of a day on the wall clock.
DAY = 86_400

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DAYS = re.compile(r"([a-z]+)(?:-([a-z]+))?")
_TIMES = re.compile(r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})")
_MEND = 'write it like "mon-fri 09:00-18:00", "sat,sun 10:00-14:00" or "daily 00:00-24:00"'


@dataclass(frozen=True, slots=True)
class Span:
    """Days of the week (Monday is 0) and the times of each, in seconds from that day's midnight.

    A time that ends after midnight ends later than one `DAY`.
    """

    text: str
    days: frozenset[int]
    times: tuple[tuple[int, int], ...]


def parse_open(text: str) -> Span:
    """Read days and times, such as ``mon-fri 09:00-18:00``.

    Raises:
        HoursUnreadable: it is written otherwise.
    """
    parts = text.split()
    if len(parts) != 2:
        raise HoursUnreadable(f"{quoted(text)} is not days, a space, and times", _MEND)
    return Span(" ".join(parts), _days(parts[0].lower()), parse_times(parts[1]))


def parse_times(text: str) -> tuple[tuple[int, int], ...]:
    """Read times of a day, such as ``09:00-12:00,13:00-18:00``; ``22:00-02:00`` goes past midnight.

    Raises:
        HoursUnreadable: they are written otherwise.
    """
    return tuple(_time(part.strip()) for part in text.split(","))


def _time(text: str) -> tuple[int, int]:
    match = _TIMES.fullmatch(text)
    if match is None:
        raise HoursUnreadable(f"{quoted(text)} is not from one time to another", "write it like 09:00-18:00")
    hours_from, minutes_from, hours_to, minutes_to = (int(part) for part in match.groups())
    begin, end = hours_from * 3600 + minutes_from * 60, hours_to * 3600 + minutes_to * 60
    if max(minutes_from, minutes_to) > 59 or begin >= DAY or end > DAY:
        raise HoursUnreadable(f"{quoted(text)} has a time that no clock shows", "use 00:00 to 24:00")
    if begin == end:
        raise HoursUnreadable(f"{quoted(text)} is empty", "for the whole day write 00:00-24:00")
    return begin, end if end > begin else end + DAY


def _days(text: str) -> frozenset[int]:
    if text == "daily":
        return frozenset(range(7))
    days: set[int] = set()
    for part in text.split(","):
        match = _DAYS.fullmatch(part)
        if match is None or not {match[1], match[2] or match[1]} <= set(WEEKDAYS):
            raise HoursUnreadable(f"{quoted(part)} is no day", f"days are {', '.join(WEEKDAYS)} and daily")
        first, last = WEEKDAYS.index(match[1]), WEEKDAYS.index(match[2] or match[1])
        # A range may run over the weekend: fri-mon.
        days |= {(first + step) % 7 for step in range((last - first) % 7 + 1)}
    return frozenset(days)
