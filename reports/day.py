"""The report of a day: all calls that came in on it, by the site's own calendar. Pure.

Owns where a day begins and ends, and what is said beside the figures: gaps, balances that fail, a day not over yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from reports.figures import (
    TARGET,
    DepartmentFigures,
    PersonFigures,
    SiteFigures,
    department_figures,
    person_figures,
    site_figures,
)
from reports.gaps import Gap, sentence
from reports.model import CallRecord


@dataclass(frozen=True)
class DayReport:
    """One day. `notes` say what to mind when reading the figures, `warnings` that they do not add up."""

    day: date
    zone: tzinfo
    site: SiteFigures
    departments: tuple[DepartmentFigures, ...]
    people: tuple[PersonFigures, ...]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def bounds(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return when a day begins and ends in the zone, in UTC: 23, 24 or 25 hours.

    >>> from zoneinfo import ZoneInfo
    >>> begin, end = bounds(date(2026, 10, 25), ZoneInfo("Europe/Vilnius"))
    >>> end - begin
    datetime.timedelta(days=1, seconds=3600)
    """
    return _midnight(day, zone), _midnight(day + timedelta(days=1), zone)


def _midnight(day: date, zone: tzinfo) -> datetime:
    # Where the clocks change at midnight, the day begins with the change: that is what fold=0 comes to.
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def day_report(
    day: date,
    calls: Sequence[CallRecord],
    *,
    zone: tzinfo,
    targets: Mapping[str, float],
    gaps: Sequence[Gap] = (),
    now: datetime,
) -> DayReport:
    """Return the report of the calls that came in on this day; others must not be among them.

    `targets` holds each department's target in seconds; departments that had no call are listed by it.
    """
    names = {stay.department for call in calls for stay in call.stays} | set(targets)
    people = {o.agent for c in calls for o in c.offers} | {t.agent for c in calls for t in c.talks}
    site = site_figures(calls, targets)
    departments = tuple(department_figures(calls, name, targets.get(name, TARGET)) for name in sorted(names))
    return DayReport(
        day=day,
        zone=zone,
        site=site,
        departments=departments,
        people=tuple(person_figures(calls, name) for name in sorted(people)),
        notes=tuple(_notes(day, calls, zone, gaps, now)),
        warnings=tuple(_warnings(site, departments)),
    )


def _notes(day: date, calls: Sequence[CallRecord], zone: tzinfo, gaps: Sequence[Gap], now: datetime) -> Iterator[str]:
    _, end = bounds(day, zone)
    if now < end:
        yield f"the day is not over: calls up to {now.astimezone(zone):%H:%M:%S}"
    for gap in gaps:
        yield sentence(gap, zone)
    if guessed := sum(call.estimated for call in calls):
        yield f"the end of {_calls(guessed)} was not seen and is estimated"
    lost = sum(call.ended_at is None for call in calls)
    if lost and now > end + timedelta(days=1):
        yield f"{_calls(lost)} never ended, as far as the journal knows"


def _warnings(site: SiteFigures, departments: Sequence[DepartmentFigures]) -> Iterator[str]:
    if site.imbalance:
        yield f"the totals do not add up: of {_calls(site.offered)}, {site.imbalance} in no outcome"
    for figures in departments:
        if figures.imbalance:
            yield f"{figures.name} does not add up: of {figures.offered} offered, {figures.imbalance} left in no way"


def _calls(number: int) -> str:
    return "1 call" if number == 1 else f"{number} calls"
