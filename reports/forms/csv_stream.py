"""A list of any length as CSV, a batch at a time, as fast as a database gives it and in bounded memory.

Owns the speed; what stands in a field is as in `as_csv`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

from reports.document import Column, Unit
from reports.forms.as_csv import BLANKS, FORMULA, cell, heading
from reports.forms.plain import plain

#: Rows that are written at a time: a few milliseconds of the event loop.
BATCH: Final = 1_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: A field with one of these in it stands in quotes.
_QUOTED: Final = (",", '"', "\r", "\n")
#: Without these, a column joined by NUL has no field that needs quotes or begins like a formula.
_SUSPECT: Final = (*_QUOTED, *(f"\0{letter}" for letter in (*FORMULA, *BLANKS)))
_SIGNS: Final = frozenset("=+-@")
_WHOLE: Final = {int}
_NUMBERS: Final = {int, float, type(None)}
#: The minutes, seconds and thousandths of a moment; whole seconds go without the latter.
_TWO: Final = [f"{number:02d}" for number in range(60)]
_THREE: Final = ["", *(f".{number:03d}" for number in range(1, 1_000))]

Row = Sequence[Any]  # Any: a value of a document, or whole milliseconds of epoch for a moment


async def csv_rows(
    columns: Sequence[Column], batches: AsyncIterator[Sequence[Row]], zone: tzinfo
) -> AsyncIterator[str]:
    """Yield the list as chunks of CSV, its heading first. A moment may also be given as milliseconds of epoch."""
    ways = [_way(column.unit, zone) for column in columns]
    yield ",".join(_quoted(name) for name in heading(columns)) + "\r\n"
    async for batch in batches:
        for begin in range(0, len(batch), BATCH):
            # Column by column: what is the same for all of a column is asked once a batch, and not for each field.
            values = zip(*batch[begin : begin + BATCH], strict=True)
            fields = [way(column) for way, column in zip(ways, values, strict=True)]
            lines = map(",".join, zip(*fields, strict=True)) if len(fields) > 1 else (one or '""' for one in fields[0])
            yield "\r\n".join((*lines, ""))


def _way(unit: Unit, zone: tzinfo) -> Callable[[Sequence[Any]], Sequence[str]]:  # Any: the values of a column
    """Return how a column of this unit is made into fields."""
    if unit is Unit.MOMENT:
        return Moments(zone).fields
    if unit is Unit.TEXT:
        return _texts

    def numbers(values: Sequence[Any]) -> Sequence[str]:  # Any: see Row
        kinds = set(map(type, values))
        if kinds == _WHOLE:
            return [*map(str, values)]
        if kinds <= _NUMBERS:
            places = 6 if unit is Unit.SHARE else 3
            return ["" if value is None else str(round(value, places)) for value in values]
        return [_quoted(cell(plain(value, unit, zone))) for value in values]

    return numbers


def _texts(values: Iterable[str | None]) -> Sequence[str]:
    texts = [value or "" for value in values]
    joined = "\0" + "\0".join(texts)
    if joined.isascii() and not any(suspect in joined for suspect in _SUSPECT):
        return texts
    if joined.isascii() and not any(letter in joined for letter in _QUOTED):
        return [f"'{text}" if text[:1] in _SIGNS else str(cell(text)) for text in texts]  # such as numbers dialled
    return [_quoted(cell(text)) for text in texts]


def _quoted(value: str | int | float) -> str:
    text = str(value)
    if "," in text or '"' in text or "\n" in text or "\r" in text:
        return '"' + text.replace('"', '""') + '"'
    return text


class Moments:
    """Moments in one zone as ISO 8601, asking the calendar once for each quarter of an hour.

    Every zone's offset changes by whole quarters of an hour, so one of them has one offset.
    """

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._quarters: tuple[int, str, int, str] = (-1, "", 0, "")

    def fields(self, values: Iterable[int | datetime | None]) -> list[str]:
        """Return moments as fields, each given as such or as whole milliseconds of epoch; None is an empty one.

        >>> from zoneinfo import ZoneInfo
        >>> Moments(ZoneInfo("Europe/Vilnius")).fields([1_795_521_601_250, None])
        ['2026-11-24T14:00:01.250+02:00', '']
        """
        known, hour, first, offset = self._quarters
        found = []
        for value in values:
            if type(value) is not int:
                found.append("" if value is None else str(plain(value, Unit.MOMENT, self._zone)))
                continue
            second, thousandths = divmod(value, 1_000)
            minute, second = divmod(second, 60)
            quarter = minute // 15
            if quarter != known:
                known, hour, first, offset = self._quarters = self._quarter(quarter)
            found.append(f"{hour}{_TWO[first + minute % 15]}:{_TWO[second]}{_THREE[thousandths]}{offset}")
        return found

    def _quarter(self, quarter: int) -> tuple[int, str, int, str]:
        there = (_EPOCH + timedelta(minutes=15 * quarter)).astimezone(self._zone)
        text = there.isoformat()
        return quarter, text[:14], there.minute, text[19:]
