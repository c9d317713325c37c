"""What all reports share: their head, what is to be minded when reading them, and whether they add up.

Owns the notes and warnings; each report's own figures are in its own file beside this.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from reports.asking import Ask, Facts
from reports.builders.lights import Lights, lights
from reports.document import Cell, Document, Figure, Part, Term, Unit
from reports.period import Period
from reports.rules import LineSums
from reports.selection import Selection
from reports.sums import CallSums

__all__ = ["Lights", "Report", "day_labels", "document", "figure", "lights", "said", "seconds", "stays_behind"]


@dataclass(frozen=True)
class Report:
    """One report: its name in commands and addresses, what it is called, what it tells, and how it is made.

    `takes` are the parameters it knows besides the period: department, person, minutes, or names of its own.
    `whole_site` says that its figures cannot be cut by department, so only who sees everything may ask for it.
    """

    name: str
    title: str
    summary: str
    build: Callable[[Ask, Facts], Awaitable[Document]]
    takes: frozenset[str] = frozenset()
    whole_site: bool = False


def document(
    report: tuple[str, str],
    ask: Ask,
    *,
    parts: Sequence[Part],
    head: Sequence[Figure] = (),
    terms: Sequence[Term] = (),
    seen: Lights | None = None,
    calls: CallSums | None = None,
    lines: Sequence[tuple[str, LineSums]] = (),
    notes: Sequence[str] = (),
    rule: bool = False,
    whole: bool = False,
) -> Document:
    """Put a report together. `calls` and `lines` are the sums that must balance.

    `whole` says that all of its figures are of the whole period: they are marked if any of it lies over a gap.
    """
    name, title = report
    if whole and seen is not None:
        parts, head = [seen.marked(part) for part in parts], [seen.marked_figure(one) for one in head]
    return Document(
        name=name,
        title=title,
        company=ask.company,
        period=ask.period,
        made_at=ask.now,
        parts=tuple(parts),
        head=tuple(head),
        scope=", ".join(ask.called(name) for name in sorted(ask.within)) if ask.within is not None else "",
        rule=ask.definition.rule.sentence(ask.definition.short) if rule else "",
        notes=(*_notes(ask, seen, calls), *notes),
        warnings=tuple(_warnings(calls, lines)),
        terms=tuple(terms),
        asked=tuple((key, value) for key, value in _asked(ask) if value),
    )


def _asked(ask: Ask) -> Iterator[tuple[str, str]]:
    yield "department", ask.department
    yield "person", ask.person
    yield from sorted(ask.more.items())


def _notes(ask: Ask, seen: Lights | None, calls: CallSums | None) -> Iterator[str]:
    period = ask.period
    if ask.now < period.start:
        yield "this time is still to come"
    elif ask.now < period.end:
        over = "the day is" if period.first == period.last else "this time is"
        yield f"{over} not over: calls up to {ask.now.astimezone(period.zone):%Y-%m-%d %H:%M:%S}"
    if seen is not None:
        yield from seen.lines
    if calls is None:
        return
    if calls.estimated:
        yield f"the end of {said(calls.estimated)} was not seen and is estimated"
    if calls.no_lines:
        yield f"{said(calls.no_lines)} come from a file that tells nothing of lines: they are in no figure of a line"
    if calls.no_menus:
        yield f"{said(calls.no_menus)} come from a file that tells nothing of menus: they are in no figure of a menu"
    if calls.in_progress and ask.now > period.end + timedelta(days=1):
        yield f"{said(calls.in_progress)} never ended, as far as the journal knows"


def _warnings(calls: CallSums | None, lines: Sequence[tuple[str, LineSums]]) -> Iterator[str]:
    if calls is not None and calls.imbalance:
        yield f"the totals do not add up: of {said(calls.offered)}, {calls.imbalance} in no outcome"
    for name, sums in lines:
        if sums.imbalance:
            yield f"{name} does not add up: of {sums.offered} offered, {sums.imbalance} left in no way"


def said(number: int) -> str:
    """Say a number of calls.

    >>> said(1), said(12)
    ('1 call', '12 calls')
    """
    return "1 call" if number == 1 else f"{number} calls"


def stays_behind(ask: Ask, count: str, **by: Any) -> Selection:
    """Return the stays behind a figure of lines, one by one: in the one department that is looked at, or in all."""
    if ask.within is not None and len(ask.within) == 1:
        return ask.behind(f"line_{count}", department=next(iter(ask.within)), **by)
    return ask.behind(f"stays_{count}", **by)


def day_labels(days: Sequence[Period]) -> tuple[str, ...]:
    """Return what the days of a chart are called, with their years where there are several."""
    form = "" if not days or days[0].first.year == days[-1].first.year else " %Y"
    return tuple(f"{day.first.day} {day.first:%b{form}}" for day in days)


def seconds(ms: int, of: int) -> float | None:
    """Return the mean of a sum of milliseconds in seconds; None of nothing."""
    return None if of == 0 else ms / of / 1000


def figure(name: str, title: str, cell: Cell, unit: Unit = Unit.COUNT, *, term: str = "", sub: str = "") -> Figure:
    """Return a figure that stands for itself."""
    return Figure(name, title, cell, unit, term or name, sub)
