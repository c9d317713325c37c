"""Times as a machine's own clock showed them, made into moments: the hour that comes twice, and the one that never is.

Pure. Owns which of two moments a local time means, and when nobody can tell.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from reports.imports.queue_lines import NotUnderstood

_EPOCH = re.compile(r"\d{9,10}(\.\d{1,9})?")
#: Asterisk rounds each of start, answer and end on its own.
_ROUNDING = timedelta(seconds=2)


def moments_of(text: str, zone: tzinfo) -> tuple[datetime, ...]:
    """Return the moments that a written time may be: one, or two in the hour that comes twice; none for ''.

    Seconds of epoch and times with an offset need no zone. Raises NotUnderstood.
    """
    text = text.strip()
    if not text or text.startswith("0000-00-00"):
        return ()
    if _EPOCH.fullmatch(text):
        return (datetime.fromtimestamp(float(text), UTC),)
    try:
        at = datetime.fromisoformat(text)
        if not 1999 <= at.year < 2200:
            raise ValueError
    except ValueError:
        raise NotUnderstood("a time in it is none that Asterisk writes") from None
    if at.tzinfo is not None:
        return (at.astimezone(UTC),)
    first, second = (at.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    # In the hour that is left out in spring the second is earlier; no clock of this zone shows that time.
    return (first,) if second <= first else (first, second)


def is_left_out(text: str, zone: tzinfo) -> bool:
    """Tell whether a clock of this zone never shows this time, since it is put forward over it."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return False
    if at.tzinfo is not None:
        return False
    local = at.replace(tzinfo=zone)
    return local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != at


def chosen(
    starts: tuple[datetime, ...], ends: tuple[datetime, ...], lasted: float | None, near: datetime | None
) -> tuple[datetime, datetime | None, bool]:
    """Return which start and end are meant, and whether that is sure.

    They are those that lie `lasted` seconds apart; of two such pairs that which is nearer to `near`, when the channel
    began. Without that the first of the two is taken, and it is not sure.
    """
    every: tuple[datetime | None, ...] = ends or (None,)
    pairs = [(start, end) for start in starts for end in every]
    if lasted is not None:
        length = timedelta(seconds=lasted)
        pairs = [(s, e) for s, e in pairs if e is not None and abs((e - s) - length) <= _ROUNDING] or pairs
    if len(pairs) > 1 and near is not None:
        start, end = min(pairs, key=lambda pair: abs(pair[0] - near))
        return start, end, True
    return (*pairs[0], len(pairs) == 1)
