"""How moments are written for people, in the site's own zone. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo


class Happened(Protocol):
    """One thing that happened."""

    @property
    def at(self) -> datetime: ...


H = TypeVar("H", bound=Happened)


def age(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Say how long ago something was, as people do.

    >>> from datetime import UTC, timedelta
    >>> at = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    >>> [age(at, at + timedelta(minutes=m), ZoneInfo("UTC")) for m in (0, 12, 150, 60 * 24 * 3, 60 * 24 * 30)]
    ['now', '12 min', '2 h', '3 d', '20 Nov']
    """
    minutes = int((now - at).total_seconds() // 60)
    if minutes < 1:
        return "now"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return f"{minutes // 60} h"
    if minutes < 7 * 24 * 60:
        return f"{minutes // (24 * 60)} d"
    day, today = at.astimezone(zone), now.astimezone(zone)
    return f"{day.day} {day:%b}" if day.year == today.year else f"{day.day} {day:%b %Y}"


def exact(at: datetime, zone: ZoneInfo) -> str:
    """Write a moment so that nobody has to guess: day, time, zone."""
    there = at.astimezone(zone)
    return f"{there:%A} {there.day} {there:%B %Y}, {there:%H:%M:%S} ({zone})"


def soon(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Write a moment to come as shortly as can be understood.

    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    >>> soon(now.replace(hour=18), now, ZoneInfo("UTC")), soon(now.replace(day=21), now, ZoneInfo("UTC"))
    ('18:30', 'Sat 21 Nov, 09:30')
    """
    there, today = at.astimezone(zone), now.astimezone(zone)
    if there.date() == today.date():
        return f"{there:%H:%M}" if at - now > timedelta(minutes=10) else f"{there:%H:%M:%S}"
    return f"{there:%a} {there.day} {there:%b}, {there:%H:%M}"


def by_day(steps: Iterable[H], zone: ZoneInfo) -> list[tuple[H, str, str]]:
    """Return what happened with the day that begins with it, '' while that goes on, and the time of each."""
    told: list[tuple[H, str, str]] = []
    last = ""
    for step in steps:
        at = step.at.astimezone(zone)
        day = f"{at:%A} {at.day} {at:%B %Y}"
        told.append((step, day if day != last else "", f"{at:%H:%M:%S}"))
        last = day
    return told
