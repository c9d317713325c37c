"""How sure the figures of a report are: which of its days, hours and intervals lie over a time in which we saw nothing.

Owns the marks; what a gap is, is in `gaps`, and how it is said in `gap_words`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from reports.asking import Ask, Facts
from reports.document import Cell, Chart, Column, Figure, Flow, Heat, Part, Table, Unit
from reports.gap_words import gap_lines
from reports.gaps import Gap, Times, times_of
from reports.period import QUARTER, Period

_WORDS = (Unit.TEXT, Unit.MOMENT, Unit.DAY)
#: After so long a time every hour of every weekday has been.
_EVERY_HOUR = timedelta(days=8)
P = TypeVar("P", bound=Part)


@dataclass(frozen=True)
class Lights:
    """The gaps that lie in the time of a report, as far as it is over, and what is said of them."""

    times: Times = field(default_factory=Times)
    #: The weekdays (0 Monday) and hours of the site's clock that lie over one.
    hours: frozenset[tuple[int, int]] = frozenset()
    lines: tuple[str, ...] = ()

    @classmethod
    def of(cls, gaps: Sequence[Gap], period: Period, now: datetime, filled: int = 0) -> Lights:
        """Return the lights of a period; `filled` of its calls were completed from a file of Asterisk's own."""
        # What is still to come lies over no gap, though nobody knows when it will be over.
        times = Times(tuple(times_of(gaps).within(period.start, min(period.end, now))))
        lines = [*gap_lines(gaps, period.zone), *_filled_line(filled)]
        return cls(times, frozenset(_hours(times, period)), tuple(lines))

    @property
    def unsure(self) -> bool:
        """Whether figures of the whole period lie over a gap."""
        return bool(self.times.spans)

    def over(self, start: datetime, end: datetime) -> bool:
        """Tell whether figures of the time from `start` up to `end` lie over a gap."""
        return self.times.touch(start, end)

    def marked(self, part: P) -> P:
        """Return a part of a report whose figures are all of the whole period, each with its mark if that has a gap."""
        if not self.unsure:
            return part
        match part:
            case Table():
                total = marked_row(part.columns, part.total) if part.total else ()
                return replace(part, rows=tuple(marked_row(part.columns, row) for row in part.rows), total=total)
            case Chart():
                return replace(part, unsure=(True,) * len(part.labels))
            case Heat():
                return replace(
                    part, cells=tuple(tuple(replace(cell, unsure=True) for cell in row) for row in part.cells)
                )
            case Flow():
                return replace(part, unsure=True)

    def marked_figure(self, figure: Figure) -> Figure:
        """Return a figure at the head of a report with its mark, if its time has a gap."""
        return replace(figure, cell=replace(figure.cell, unsure=True)) if self.unsure else figure


async def lights(ask: Ask, facts: Facts) -> Lights:
    """Look up how sure the figures of the period are."""
    found, filled = await facts.gaps(ask.period), await facts.filled(ask)
    # Of years there may be thousands.
    return await asyncio.to_thread(Lights.of, found, ask.period, ask.now, filled)


def marked_row(columns: Sequence[Column], row: Sequence[Cell]) -> tuple[Cell, ...]:
    """Return a row whose figures lie over a gap; its words do not."""
    return tuple(
        cell if column.unit in _WORDS or isinstance(cell.value, str) else replace(cell, unsure=True)
        for column, cell in zip(columns, row, strict=True)
    )


def _hours(times: Times, period: Period) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    for since, until in times.spans:
        at = since - (since - since.replace(minute=0, second=0, microsecond=0)) % QUARTER
        while at < min(until, since + _EVERY_HOUR):
            there = at.astimezone(period.zone)
            found.add((there.weekday(), there.hour))
            at += QUARTER
        if len(found) == 7 * 24:
            break
    return found


def _filled_line(filled: int) -> Iterator[str]:
    if filled:
        calls = "1 call" if filled == 1 else f"{filled} calls"
        yield f"we did not see the end of {calls}: it was filled in from Asterisk's own file"
