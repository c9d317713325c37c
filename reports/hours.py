"""Keeps the sums of each whole hour beside those of its quarters, of which they are made: a fourth of the rows to read.

Owns that an hour is what its quarters amount to whenever a transaction ends that changes one. Knows no call.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from reports import tables as t
from reports.whole_hours import HOUR

#: Seconds of epoch at which quarters begin, of one hour.
_QUARTERS: Final = (0, 900, 1800, 2700)
#: Hours that are made in one statement.
_AT_ONCE: Final = 96
_SOME: Final[sa.BindParameter[Any]] = sa.bindparam("quarters", expanding=True)


async def follow(session: AsyncSession, buckets: Iterable[int]) -> None:
    """Make the sums of the hours anew in which these quarters lie; the caller has changed them, in its turn."""
    hours = sorted({bucket - bucket % HOUR for bucket in buckets})
    for begin in range(0, len(hours), _AT_ONCE):
        some = hours[begin : begin + _AT_ONCE]
        quarters = [hour + later for hour in some for later in _QUARTERS]
        for table, made in _MAKING:
            await session.execute(sa.delete(table).where(table.c.bucket.in_(some)))
            await session.execute(made, {"quarters": quarters})


async def list_wrong(session: AsyncSession, first: int, behind: int) -> list[tuple[int, str]]:
    """List the hours that are not what their quarters amount to, of those that touch a time.

    Each is its first second and whose sums they are: a department, `tables.ALL_LINES`, or '' for all calls.
    """
    found: set[tuple[int, str]] = set()
    for quarters, hours in t.HOURS_OF.items():
        low, high = first - first % HOUR, behind + -behind % HOUR
        made = _made(quarters).where(quarters.c.bucket >= low, quarters.c.bucket < high)
        kept = sa.select(hours).where(hours.c.bucket >= low, hours.c.bucket < high)
        for here, there in ((made, kept), (kept, made)):
            rows = (await session.execute(sa.except_(here, there))).mappings()
            found |= {(row["bucket"], row.get("department", "")) for row in rows}
    return sorted(found)


def _made(quarters: sa.Table) -> sa.Select[Any]:
    """Return the sums of hours by those of quarters, in the order of the table's columns."""
    c = quarters.c
    # Not bound: the same text must group and be shown.
    hour = c.bucket - c.bucket % sa.literal_column(str(HOUR))
    keys = [hour.label("bucket"), *(column for column in quarters.primary_key if column is not c.bucket)]
    sums = [
        sa.cast((sa.func.max if column.name == t.LONGEST else sa.func.sum)(column), sa.BigInteger).label(column.name)
        for column in quarters.c
        if not column.primary_key
    ]
    return sa.select(*keys, *sums).group_by(hour, *keys[1:])


#: Made once: to put them together costs more than to run them.
_MAKING: Final = tuple(
    (hours, sa.insert(hours).from_select(list(hours.c.keys()), _made(quarters).where(quarters.c.bucket.in_(_SOME))))
    for quarters, hours in t.HOURS_OF.items()
)
