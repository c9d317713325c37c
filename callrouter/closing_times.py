"""Times of the wall clock that people write or key in, and the moments they mean.

Pure: the moment of asking is a value. What is closed until then is not known here.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from callrouter.closures import LONGEST

#: Keys of a time today or tomorrow (HHMM), and of one on another day (DDMMHHMM).
FEWEST_KEYS, MOST_KEYS = 4, 8


def moment_of(wall: datetime, zone: ZoneInfo, now: datetime) -> datetime:
    """Return when clocks of a zone show this: of an hour that comes twice, the first that is still to come.

    A time that is skipped because clocks are put on is as long after midnight as it says: 02:30 is 03:30 then.
    """
    meant = [wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return next((moment for moment in meant if moment > now), meant[0]).astimezone(zone)


def keyed_moment(keys: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return the next moment that the keys HHMM or DDMMHHMM mean; None for no time, and for one too far away."""
    if not (keys.isascii() and keys.isdigit()) or len(keys) not in (FEWEST_KEYS, MOST_KEYS):
        return None
    today = now.astimezone(zone)
    try:
        if len(keys) == FEWEST_KEYS:
            found = _next_day(keys, today, zone, now)
        else:
            found = _this_year_or_next(keys, today.year, zone, now)
    except ValueError:  # hour 25, 31 April, 29 February of a year that has none
        return None
    return found if now < found <= now + LONGEST else None


def _next_day(keys: str, today: datetime, zone: ZoneInfo, now: datetime) -> datetime:
    wall = datetime(today.year, today.month, today.day, int(keys[:2]), int(keys[2:]))  # noqa: DTZ001 - a wall clock's
    found = moment_of(wall, zone, now)
    return found if found > now else moment_of(wall + timedelta(days=1), zone, now)


def _this_year_or_next(keys: str, year: int, zone: ZoneInfo, now: datetime) -> datetime:
    day, month, hour, minute = (int(keys[at : at + 2]) for at in range(0, MOST_KEYS, 2))
    wall = datetime(year, month, day, hour, minute)  # noqa: DTZ001 - a wall clock's
    found = moment_of(wall, zone, now)
    return found if found > now else moment_of(wall.replace(year=year + 1), zone, now)
