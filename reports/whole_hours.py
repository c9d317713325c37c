"""Cuts a time into whole hours and the quarters left over at their edges, so that sums of it are made of fewer rows.

Owns when four quarters may be taken as one hour: where the site's clock shows one hour for all of them. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reports.period import QUARTER, Period, stretches
from reports.rows import second_of

HOUR = 3600
_QUARTER = int(QUARTER.total_seconds())


@dataclass(frozen=True)
class Piece:
    """A time from `first` up to but not at `behind`, in seconds of epoch, to be read in hours or in quarters."""

    first: int
    behind: int
    in_hours: bool


def cut(period: Period, step: int) -> tuple[Piece, ...]:
    """Cut a period for a grouping that asks the site's clock for units of `step` seconds; 0 where it asks no clock.

    >>> from reports.period import days_between
    >>> from datetime import date
    >>> from zoneinfo import ZoneInfo
    >>> day = days_between(date(2026, 11, 2), date(2026, 11, 2), ZoneInfo("Asia/Kathmandu"))
    >>> [(piece.behind - piece.first, piece.in_hours) for piece in cut(day, 0)]
    [(2700, False), (82800, True), (900, False)]
    >>> [(piece.behind - piece.first, piece.in_hours) for piece in cut(day, 3600)]
    [(86400, False)]
    """
    # A quarter belongs to a period by its first second, so one that has begun before the period is left out.
    first, behind = (_up(second_of(at), _QUARTER) for at in (period.start, period.end))
    found: list[Piece] = []
    at = first
    for begin, end in _joined(_in_whole_hours(_fitting(period, first, behind, step))):
        if at < begin:
            found.append(Piece(at, begin, in_hours=False))
        found.append(Piece(begin, end, in_hours=True))
        at = end
    if at < behind or not found:
        found.append(Piece(at, behind, in_hours=False))
    return tuple(found)


def _fitting(period: Period, first: int, behind: int, step: int) -> Iterator[tuple[int, int]]:
    """Yield in which times the clock shows whole hours where the world's has them, in order."""
    if not step:
        yield first, behind
    elif step % HOUR == 0:
        for part in stretches(period):
            if part.offset % HOUR == 0:
                yield max(first, part.start), min(behind, _up(part.end, _QUARTER))


def _in_whole_hours(times: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for begin, end in times:
        low, high = _up(begin, HOUR), end - end % HOUR
        if low < high:
            yield low, high


def _joined(times: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for begin, end in times:
        if found and found[-1][1] == begin:
            begin = found.pop()[0]
        found.append((begin, end))
    return found


def _up(second: int, unit: int) -> int:
    return second + -second % unit
