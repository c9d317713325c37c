"""What others may ask of people's times: the time sheet of any period, and an operator's own day.

Owns how stored sums, calls and gaps are put together into parts of a report. Access is the caller's business.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from ledger.clock import Clock
from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports import people_day, people_sheet
from reports import spans_store as store
from reports.document import Cell, Column, Figure, Part, Term, Unit
from reports.gap_reading import gaps_between
from reports.gaps import Gap, Why
from reports.people_calls import CallsOfPeople, PersonCalls, RecordedCalls, calls_together
from reports.people_metrics import logged_in, times_of
from reports.people_sheet import Line
from reports.period import Period, bounds
from reports.spans import Sum, micros

#: For more losses of the link than this it is not looked up who was logged in then: everybody's figures are marked.
MOST_LOOKED_UP = 50
#: A sheet of more days than this has a line for each month.
MOST_DAYS = 100


@dataclass(frozen=True)
class PeopleParts:
    """What a report on people's times is made of, besides its title."""

    parts: tuple[Part, ...]
    head: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()


class PeopleReports:
    """The times of one site's people. Methods raise DatabaseError."""

    def __init__(
        self, journal: JournalReads, db: Database, zone: ZoneInfo, clock: Clock, calls: CallsOfPeople | None = None
    ) -> None:
        self._journal = journal
        self._db = db
        self._zone = zone
        self._clock = clock
        self._calls = calls or RecordedCalls(db)

    async def time_sheet(
        self,
        period: Period,
        people: Collection[str] | None = None,
        *,
        departments: Collection[str] | None = None,
        department: str = "",
        names: Mapping[str, str] | None = None,
    ) -> PeopleParts:
        """Return the time sheet of these people, or of everybody: one line each, and their total.

        `departments` are those whose calls are counted, None for all; `department` is the one that was chosen of
        them, if any. Times are never divided. `names` has what people are called.
        """
        now = self._clock.now()
        lines, seen = await self._lines(period, people, departments, now, await self._lost(period))
        called = names or {}
        lines = [
            replace(line, first=Cell(called.get(line.person, line.person)), department=department) for line in lines
        ]
        lines.sort(key=lambda line: str(line.first.value).casefold())
        person = Column("person", "person")
        sheet = people_sheet.time_sheet("time_sheet", "Time sheet", person, lines, seen.total)
        return PeopleParts(
            (sheet,),
            notes=_notes(period, lines, now),
            warnings=tuple(_warnings(lines, period, now)),
            terms=people_sheet.terms(),
        )

    async def sheet_by_day(
        self, period: Period, person: str, *, departments: Collection[str] | None = None, department: str = ""
    ) -> PeopleParts:
        """Return one person's time sheet, a line a day on which they were logged in or had calls.

        Of many days it is a line a month.
        """
        now, lost = self._clock.now(), await self._lost(period)
        lines: list[Line] = []
        for piece in _pieces(period):
            if piece.start >= now:
                break
            some, _ = await self._lines(piece, {person}, departments, now, lost)
            lines += [replace(line, first=Cell(piece.first), department=department) for line in some]
        whole, seen = await self._lines(period, {person}, departments, now, lost)
        title, first = "Time sheet by day", Column("day", "day", Unit.DAY)
        if _is_long(period):
            title, first = "Time sheet by month", Column("month", "month from", Unit.DAY)
        return PeopleParts(
            (people_sheet.time_sheet("time_sheet_by_day", title, first, lines, seen.total),),
            notes=_notes(period, whole, now),
            warnings=tuple(_warnings(whole, period, now)),
            terms=people_sheet.terms(),
        )

    async def own_day(self, person: str, day: date, colleagues: Collection[str] = ()) -> PeopleParts:
        """Return a person's own day: what they did, and their figures beside the average of their colleagues.

        `colleagues` are the people of their departments. None of them is named, and the average is left out where
        it would tell what one of them did.
        """
        now = self._clock.now()
        period = Period(*bounds(day, self._zone), self._zone)
        lost = await self._lost(period)
        lines, _ = await self._lines(period, {person}, None, now, lost)
        line = lines[0] if lines else _line(Cell("you"), period, (), PersonCalls(), person)
        others, seen = await self._lines(period, {person, *colleagues}, None, now, lost)
        there = [one for one in others if logged_in(one.times)]
        async with self._db.reading() as session:
            spans = await store.list_spans(session, micros(period.start), micros(period.end), {person})
        parts = (
            people_day.chart(period, spans, now),
            people_day.beside(line, people_day.Others(seen.total_of(there), len(there))),
            people_day.changes(period, spans, now),
        )
        return PeopleParts(
            parts,
            people_day.head(line),
            _notes(period, [line], now),
            tuple(_warnings([line], period, now)),
            people_sheet.terms(),
        )

    async def _lines(
        self,
        period: Period,
        people: Collection[str] | None,
        departments: Collection[str] | None,
        now: datetime,
        lost: Sequence[Gap],
    ) -> tuple[list[Line], _Seen]:
        """Return a line for everybody who was logged in or had calls, and what the total is made of."""
        start, end = micros(period.start), micros(min(period.end, now))
        async with self._db.reading() as session:
            sums = await store.sum_spans(session, start, end, people) if start < end else []
        calls = await self._calls.of_people(period.start, period.end, people, departments)
        every = calls if departments is None else await self._calls.of_people(period.start, period.end, people, None)
        by = {agent: tuple(some) for agent, some in groupby(sums, key=lambda one: one.agent)}
        unsure = await self._unsure(period, people, by, lost)
        lines = [
            replace(
                _line(Cell(agent), period, by.get(agent, ()), calls.get(agent, PersonCalls()), agent, agent in unsure),
                whole=calls.get(agent) == every.get(agent),
            )
            for agent in sorted({*by, *calls})
        ]
        return lines, _Seen(period, by, lines)

    async def _lost(self, period: Period) -> list[Gap]:
        """Return when nothing was heard of Asterisk."""
        found = await gaps_between(self._journal, period.start, period.end)
        return [gap for gap in found if gap.why is Why.LINK_LOST]

    async def _unsure(
        self, period: Period, people: Collection[str] | None, sums: Mapping[str, Sequence[Sum]], lost: Sequence[Gap]
    ) -> set[str]:
        """Return who was logged in while nothing was heard of Asterisk."""
        touching = [part for gap in lost if (part := _within(gap, period)) is not None]
        if len(touching) > MOST_LOOKED_UP:
            return set(sums)
        found: set[str] = set()
        for start, end in touching:
            async with self._db.reading() as session:
                found |= {span.agent for span in await store.list_spans(session, start, end, people)}
        return found


@dataclass(frozen=True)
class _Seen:
    """What the lines were made of, to make totals of it."""

    period: Period
    sums: Mapping[str, Sequence[Sum]]
    lines: Sequence[Line]

    @property
    def total(self) -> Line:
        """All lines together."""
        return self.total_of(self.lines)

    def total_of(self, lines: Iterable[Line]) -> Line:
        """Some of the lines together."""
        some = list(lines)
        sums = [one for line in some for one in self.sums.get(line.person, ())]
        calls = calls_together([line.calls for line in some])
        total = _line(Cell("total"), self.period, sums, calls, unsure=any(line.unsure for line in some))
        return replace(total, whole=all(line.whole for line in some))


def _line(
    first: Cell, period: Period, sums: Sequence[Sum], calls: PersonCalls, person: str = "", unsure: bool = False
) -> Line:
    times = times_of(sums)
    return Line(first, period.start, period.end, times, calls, person, unsure or times.not_known > 0)


def _within(gap: Gap, period: Period) -> tuple[int, int] | None:
    """Return the part of a gap that lies in the period; None where there is none."""
    start = period.start if gap.since is None else max(gap.since, period.start)
    end = period.end if gap.until is None else min(gap.until, period.end)
    return (micros(start), micros(end)) if start < end else None


def _is_long(period: Period) -> bool:
    return (period.last - period.first).days >= MOST_DAYS


def _pieces(period: Period) -> Iterable[Period]:
    """Yield the days of a period, or its months where these would be too many."""
    if not _is_long(period):
        yield from period.days()
        return
    start = period.start
    while start < period.end:
        day = start.astimezone(period.zone).date()
        following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        end = min(bounds(following, period.zone)[0], period.end)
        yield Period(start, end, period.zone)
        start = end


def _notes(period: Period, lines: Sequence[Line], now: datetime) -> tuple[str, ...]:
    found = []
    if period.start <= now < period.end and any(line.times.open for line in lines):
        found.append(f"who is logged in still is: counted up to {now.astimezone(period.zone):%H:%M:%S}")
    if any(line.times.not_known for line in lines):
        found.append("the server was away for a time: what people did then is not known, and not counted as work")
    if any(line.times.undivided for line in lines):
        found.append("an imported file tells who was logged in and paused, but not ready from talking")
    return tuple(found)


def _warnings(lines: Iterable[Line], period: Period, now: datetime) -> Iterable[str]:
    """Say where somebody was logged in longer than there was time."""
    most = micros(min(period.end, now)) - micros(period.start)
    for line in lines:
        if logged_in(line.times) + line.times.not_known > max(most, 0):
            yield f"the times of {line.first.value} do not add up: they are longer than the time asked for"
