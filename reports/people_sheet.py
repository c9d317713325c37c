"""The time sheet as a table: one line a person or a day, each with the same figures. Pure.

Owns which columns there are and what is said where the source cannot tell; formulas are in `people_metrics`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from reports import people_metrics as metrics
from reports.document import Cell, Column, Table, Term, Unit
from reports.people_calls import PersonCalls
from reports.people_metrics import Times
from reports.selection import Selection
from reports.terms import term_of

#: More reasons than these get no column of their own.
MOST_REASONS = 8
_SECOND = 1_000_000
#: What would be of the times of all departments and the calls of some.
_NOT_DIVIDED = Cell(None, unknown=True, note="there were calls of other departments too: not divided")


@dataclass(frozen=True)
class Line:
    """One line of the sheet: what it is about, the times and the calls. `person` is '' for several together.

    `unsure` says that it lies over a time in which we saw nothing. `department` is whose calls are counted, '' for all
    that the asker sees; `whole` is False where those are not all of the person's calls, and the times are.
    """

    first: Cell
    start: datetime
    end: datetime
    times: Times
    calls: PersonCalls
    person: str = ""
    unsure: bool = False
    department: str = ""
    whole: bool = True


def time_sheet(name: str, title: str, first: Column, lines: Sequence[Line], total: Line | None = None) -> Table:
    """Return the sheet; the reasons of pauses are columns, the rarest of many together."""
    every = [*lines, *([total] if total is not None else [])]
    fields = list(_fields([line.times for line in every], [line.times for line in lines]))
    return Table(
        name,
        title,
        (first, *(field.column for field in fields)),
        tuple(_row(line, fields) for line in lines),
        () if total is None or not lines else _row(total, fields),
        empty="nobody was logged in",
        note="Logged in is ready, ringing, talking, wrap-up and paused together; talking has hold in it.",
    )


def terms() -> tuple[Term, ...]:
    """Return what the columns mean."""
    return tuple(term_of(name, title, formula) for name, (title, formula) in metrics.TERMS.items())


def seconds(us: float | None) -> float | None:
    """Return a time as a cell holds it."""
    return None if us is None else us / _SECOND


@dataclass(frozen=True)
class _Field:
    """A column, and how its cell is made of a line."""

    column: Column
    cell: Callable[[Line], Cell]


def _row(line: Line, fields: Iterable[_Field]) -> tuple[Cell, ...]:
    return (line.first, *(field.cell(line) for field in fields))


def _fields(every: Sequence[Times], people: Sequence[Times]) -> Iterator[_Field]:
    yield _time("logged_in", "logged in", metrics.logged_in, divided=False)
    yield _time("ready", "ready", metrics.ready)
    yield _time("ringing", "ringing", metrics.ringing)
    yield _time("talking", "talking", metrics.talking)
    yield _Field(Column("hold", "of it hold", Unit.SECONDS, "talking"), _hold)
    yield _time("wrap_up", "wrap-up", metrics.wrap_up)
    yield _time("paused", "paused", metrics.paused, divided=False)
    yield from _pauses(people)
    if any(times.undivided for times in every):
        yield _time("undivided", "not divided", lambda times: times.undivided, "logged_in", divided=False)
    if any(times.not_known for times in every):
        yield _time("not_known", "not known", metrics.not_known, "time_not_known", divided=False)
    yield _time("phone_away", "phone unreachable", metrics.unreachable)
    yield _count("rang", "rang", "ringings", metrics.rang)
    yield _count("missed", "missed", "missed", metrics.missed)
    yield _count("not_reached", "not reached", "unreachable", metrics.not_reached)
    yield _count("conversations", "conversations", "talks", metrics.conversations, of_ringing=False)
    yield _Field(Column("handling_time", "handling time", Unit.SECONDS, "handling_time"), handling_cell)
    yield _share("occupancy", "occupancy", metrics.occupancy)
    yield _share("utilisation", "utilisation", metrics.utilisation)


def handling_cell(line: Line) -> Cell:
    """Return the average handling time of a line."""
    if not line.whole:
        return _NOT_DIVIDED
    if line.times.undivided and line.calls.over:
        return Cell(None, unknown=True)
    calls = line.calls
    return Cell(
        seconds(metrics.average_handling(calls.talked, line.times.wrap_up, calls.over)),
        _behind(line, "talks") if calls.over else None,
        unsure=line.unsure,
    )


def count_cell(line: Line, count: str, value: int, *, of_ringing: bool) -> Cell:
    """Return a number of calls with the calls behind it; not known where the source tells of no ringing."""
    untold = of_ringing and line.calls.untold > 0
    if untold and not value:
        return Cell(None, unknown=True)
    return Cell(value, _behind(line, count), unsure=line.unsure or untold)


def share_cell(line: Line, formula: Callable[[Times], float | None]) -> Cell:
    """Return a share of the times; not known where the source does not divide them."""
    times = line.times
    if times.undivided and not metrics.handling(times) + times.ready + times.ringing:
        return Cell(None, unknown=True)
    value = formula(times)
    return Cell(value, unsure=line.unsure or times.undivided > 0, bar=value)


def _pauses(people: Sequence[Times]) -> Iterator[_Field]:
    together: dict[str, int] = {}
    for times in people:
        for reason, us in times.paused.items():
            together[reason] = together.get(reason, 0) + us
    often = sorted(together, key=lambda reason: (-together[reason], reason))
    shown, rest = often[:MOST_REASONS], frozenset(often[MOST_REASONS:])
    for place, reason in enumerate(shown, 1):
        yield _pause(f"paused_{place}", reason or "no reason", frozenset({reason}))
    if rest:
        yield _pause("paused_other", "other reasons", rest)


def _pause(name: str, title: str, reasons: frozenset[str]) -> _Field:
    def of(times: Times) -> int:
        return sum(us for reason, us in times.paused.items() if reason in reasons)

    return _time(name, f"paused: {title}", of, "paused", divided=False)


def _time(
    name: str, title: str, value: Callable[[Times], int], term: str | None = None, *, divided: bool = True
) -> _Field:
    """Return a column of times; `divided` ones are not known where a file tells only of being logged in."""

    def cell(line: Line) -> Cell:
        us = value(line.times)
        undivided = divided and line.times.undivided > 0
        if undivided and not us:
            return Cell(None, unknown=True)
        return Cell(seconds(us), unsure=line.unsure or undivided)

    return _Field(Column(name, title, Unit.SECONDS, name if term is None else term), cell)


def _hold(line: Line) -> Cell:
    if not line.whole:
        return _NOT_DIVIDED
    if line.times.undivided and not line.calls.held:
        return Cell(None, unknown=True)
    return Cell(seconds(line.calls.held), unsure=line.unsure)


def _count(
    name: str, title: str, count: str, value: Callable[[PersonCalls], int], *, of_ringing: bool = True
) -> _Field:
    return _Field(
        Column(name, title, Unit.COUNT, name),
        lambda line: count_cell(line, count, value(line.calls), of_ringing=of_ringing),
    )


def _share(name: str, title: str, formula: Callable[[Times], float | None]) -> _Field:
    return _Field(Column(name, title, Unit.SHARE, name), lambda line: share_cell(line, formula))


def _behind(line: Line, count: str) -> Selection | None:
    """The calls behind a figure of one person; a total's are those of its lines."""
    if not line.person:
        return None
    return Selection(count, line.start, line.end, person=line.person, department=line.department)
