"""Days and moments between forms and the site's own zone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crm_bridge.model import NotValid
from ledger.web.times import exact

#: An activity without a time of day is due by then.
END_OF_DAY = time(17, 0)


@dataclass(frozen=True)
class Due:
    """When something is due, in words. `field` is for a form."""

    words: str
    exact: str
    field: str
    overdue: bool
    today: bool


def due(at: datetime, now: datetime, zone: ZoneInfo) -> Due:
    """Say when something is due.

    >>> now = datetime(2026, 11, 20, 9, 30, tzinfo=ZoneInfo("UTC"))
    >>> [due(now + timedelta(hours=h), now, ZoneInfo("UTC")).words for h in (-48, -1, 3, 24, 72, 800)]
    ['Wed 18 Nov, 09:30', 'today, 08:30', 'today, 12:30', 'tomorrow, 09:30', 'Mon 23 Nov, 09:30', 'Wed 23 Dec, 17:30']
    """
    there, today = at.astimezone(zone), now.astimezone(zone).date()
    day = day_in_words(there.date(), today)
    return Due(f"{day}, {there:%H:%M}", exact(at, zone), f"{there:%Y-%m-%dT%H:%M}", at < now, there.date() == today)


def day_in_words(day: date, today: date) -> str:
    """Write a day as shortly as can be understood."""
    if day == today:
        return "today"
    if day == today + timedelta(days=1):
        return "tomorrow"
    return f"{day:%a} {day.day} {day:%b}" if day.year == today.year else f"{day.day} {day:%b %Y}"


def moment(text: str, zone: ZoneInfo) -> datetime:
    """Read a moment of a form, in the site's zone; a day alone is its end of work. Raises NotValid."""
    try:
        if len(text) == 10:
            return datetime.combine(_possible(date.fromisoformat(text)), END_OF_DAY, zone)
        read = datetime.fromisoformat(text[:40])
        _possible(read.date())
    except ValueError:
        raise NotValid("when it is due is written as 2026-12-24 or 2026-12-24T14:30") from None
    return read if read.tzinfo is not None else read.replace(tzinfo=zone)


def day(text: str) -> date | None:
    """Read a day of a form, None for none. Raises NotValid."""
    try:
        return _possible(date.fromisoformat(text.strip())) if text.strip() else None
    except ValueError:
        raise NotValid("a day is written as 2026-12-24") from None


def _possible(day: date) -> date:
    if not 1970 <= day.year <= 9000:
        raise ValueError(day)
    return day
