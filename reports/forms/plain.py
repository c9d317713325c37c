"""A value for machines: names that tell the unit, durations in seconds, shares from 0 to 1, moments as ISO 8601.

Owns names and values of JSON and CSV alike, so that they agree; knows neither form.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from reports.document import Unit, Value

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def key(name: str, unit: Unit) -> str:
    """Return the name of a column or figure with its unit.

    >>> key("average_wait", Unit.SECONDS), key("answered", Unit.COUNT)
    ('average_wait_s', 'answered')
    """
    return f"{name}_s" if unit in (Unit.SECONDS, Unit.AGE) and not name.endswith("_s") else name


def plain(value: Value, unit: Unit, zone: tzinfo) -> str | int | float | None:
    """Return a value as JSON and CSV have it.

    >>> from zoneinfo import ZoneInfo
    >>> plain(datetime.fromisoformat("2026-11-24T12:00:01Z"), Unit.MOMENT, ZoneInfo("Europe/Vilnius"))
    '2026-11-24T14:00:01+02:00'
    >>> plain(8.24999, Unit.SECONDS, ZoneInfo("UTC")), plain(1 / 3, Unit.SHARE, ZoneInfo("UTC"))
    (8.25, 0.333333)
    """
    if isinstance(value, float):
        return round(value, 6 if unit is Unit.SHARE else 3)
    if isinstance(value, datetime):
        there = value.astimezone(zone)
        return there.isoformat(timespec="milliseconds" if there.microsecond else "seconds")
    if isinstance(value, date):
        return value.isoformat()
    return value


def moment_of(value: Value) -> Value:
    """Return a moment that was given as whole milliseconds of epoch; anything else stays what it is.

    >>> moment_of(1_795_521_601_250)
    datetime.datetime(2026, 11, 24, 12, 0, 1, 250000, tzinfo=datetime.timezone.utc)
    """
    return _EPOCH + timedelta(milliseconds=value) if isinstance(value, int) else value
