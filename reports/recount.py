"""Counts the calls of a day anew, one by one and by the formulas of `metrics`, and says where stored sums differ.

Owns what must be equal to what: the quarters to the calls, and the hours to the quarters. It is how a figure is proved,
so it shares no SQL with the sums.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from reports.asking import Ask, Facts
from reports.figures import department_figures, site_figures
from reports.hours import list_wrong
from reports.model import CallRecord
from reports.period import Period
from reports.rows import second_of
from reports.rules import LineSums
from reports.service import Records
from reports.sums import By, CallSums, call_sums, line_sums
from reports.tables import ALL_LINES

#: What `figures` calls otherwise than the sums.
_OTHERWISE = {"moved_on": "overflowed", "answered_within": "within"}
_LINE = ("offered", "answered", "abandoned", "voicemail", "moved_on", "failed", "waiting", "answered_within")
_SITE = (
    "offered", "answered", "abandoned", "abandoned_in_menu", "abandoned_in_queue", "voicemail", "fax", "closed",
    "unserved", "unknown_number", "failed", "in_progress",
)  # fmt: skip
_SITE_OTHERWISE = {"abandoned_in_menu": "abandoned_menu", "abandoned_in_queue": "abandoned_queue"}


async def differences(day: Period, ask: Ask, facts: Facts) -> list[str]:
    """Return in words what differs on a day; nothing where every figure is as it is stored."""
    calls = await Records(facts.database, day.zone).calls_between(day.start, day.end)
    async with facts.database.reading() as session:
        stored = (await call_sums(session, day, quarters=True))[()]
        line = (await line_sums(session, day, ask.definition, all_lines=True, quarters=True))[()]
        departments = await line_sums(session, day, ask.definition, (By.DEPARTMENT,), quarters=True)
        wrong = await list_wrong(session, second_of(day.start), second_of(day.end))
    return [
        *_site(calls, ask, stored, line),
        *_waits(calls, ask, stored, max((sums.longest_ms for sums in departments.values()), default=0)),
        *_departments(calls, ask, {key[0]: sums for key, sums in departments.items()}),
        *_hours(ask, wrong),
    ]


def _site(calls: list[CallRecord], ask: Ask, stored: CallSums, line: LineSums) -> Iterator[str]:
    counted = site_figures(calls, ask.definition.targets)
    for name in _SITE:
        yield from _compare(
            ask, "all calls", name, getattr(counted, name), getattr(stored, _SITE_OTHERWISE.get(name, name))
        )
    yield from _compare(ask, "all lines", "answered within", counted.answered_within, line.within)
    yield from _compare(ask, "all lines", "joined", counted.joined_a_line, line.offered - line.waiting)
    talked = sum(round(t.talked * 1000) for call in calls for t in call.talks if t.talked is not None)
    yield from _compare(ask, "all calls", "talk time in ms", talked, stored.talk_ms)


def _waits(calls: list[CallRecord], ask: Ask, stored: CallSums, longest_stay: int) -> Iterator[str]:
    counted = site_figures(calls, ask.definition.targets)
    average = None if stored.waits == 0 else stored.wait_ms / stored.waits
    longest = max(stored.longest_ms, longest_stay)
    yield from _compare(ask, "all calls", "average wait in ms", _ms(counted.average_wait), _ms(average, 1))
    yield from _compare(ask, "all calls", "longest wait in ms", _ms(counted.longest_wait) or 0, longest)


def _ms(value: float | None, of: int = 1000) -> int | None:
    return None if value is None else round(value * of)


def _departments(calls: list[CallRecord], ask: Ask, stored: dict[str, LineSums]) -> Iterator[str]:
    for department in sorted({stay.department for call in calls for stay in call.stays} | stored.keys()):
        counted = department_figures(calls, department, ask.definition.target(department))
        for name in _LINE:
            sums = getattr(stored.get(department), _OTHERWISE.get(name, name), 0)
            yield from _compare(ask, ask.called(department), name, getattr(counted, name), sums)


def _hours(ask: Ask, wrong: list[tuple[int, str]]) -> Iterator[str]:
    for second, name in wrong:
        whose = {"": "all calls", ALL_LINES: "all lines"}.get(name) or ask.called(name)
        begin = datetime.fromtimestamp(second, ask.period.zone)
        yield f"{ask.period.first}: {whose}, the hour from {begin:%H:%M}: stored sums are not those of its quarters"


def _compare(ask: Ask, whose: str, what: str, counted: object, stored: object) -> Iterator[str]:
    if counted != stored:
        yield f"{ask.period.first}: {whose}, {what.replace('_', ' ')}: counted {counted}, stored {stored}"
