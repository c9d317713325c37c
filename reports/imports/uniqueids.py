"""Asterisk's uniqueid says when its channel began: `[systemname-]epoch.number`, in UTC whatever the zone. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_FORM = re.compile(r"(?:.{0,80}-)?(\d{9,10})\.\d{1,10}")
#: What such an id consists of; it becomes part of addresses of pages.
_ID = re.compile(r"[A-Za-z0-9._:@+-]{1,120}")


def is_one(text: str) -> bool:
    """Tell whether this may be the id of a channel."""
    return _ID.fullmatch(text) is not None


def began_at(uniqueid: str) -> datetime | None:
    """Return the second in which the channel of this id began, None where the id is of another form.

    >>> began_at("1795309200.42")
    datetime.datetime(2026, 11, 22, 1, 0, tzinfo=datetime.timezone.utc)
    """
    found = _FORM.fullmatch(uniqueid)
    return None if found is None else datetime.fromtimestamp(int(found[1]), UTC)
