"""Spans of time as an admin writes them: 90d, 24h, 0. Pure."""

from __future__ import annotations

import re
from datetime import timedelta

_SPAN = re.compile(r"([0-9]{1,5})(m|h|d|w)", re.ASCII)
_MINUTES = {"m": 1, "h": 60, "d": 24 * 60, "w": 7 * 24 * 60}


def read_span(text: str) -> timedelta:
    """Read a span; raises ValueError, whose text is for who wrote it.

    >>> read_span("24h"), read_span("0")
    (datetime.timedelta(days=1), datetime.timedelta(0))
    """
    if text.strip() == "0":
        return timedelta(0)
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text[:20]!r} is no span of time: write 30m, 24h, 90d, 2w or 0")
    return timedelta(minutes=int(found[1]) * _MINUTES[found[2]])


def write_span(span: timedelta) -> str:
    """Write a span in the largest unit that fits.

    >>> write_span(timedelta(hours=24)), write_span(timedelta(minutes=90)), write_span(timedelta(0))
    ('1d', '90m', '0')
    """
    minutes = int(span.total_seconds() // 60)
    for unit in ("d", "h"):
        if minutes and minutes % _MINUTES[unit] == 0:
            return f"{minutes // _MINUTES[unit]}{unit}"
    return f"{minutes}m" if minutes else "0"
