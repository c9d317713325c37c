"""The people: the time sheet of everybody, or day by day of one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from reports.asking import Ask, Facts
from reports.builders.base import Report, document, lights
from reports.document import Document
from reports.people import PeopleReports
from reports.selection import NoSelection

NAME = ("people", "Time sheet")


class _Then:
    """The clock of a report: it stands where the report was asked."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._now.timestamp()


async def build(ask: Ask, facts: Facts) -> Document:
    """Make the report: of the people of some departments where the asker looks at these only. Raises NoSelection."""
    seen = await lights(ask, facts)
    whose = ask.people
    if ask.person:
        if whose is not None and ask.person not in whose:
            raise NoSelection("this person is in none of the departments that are asked for")
        whose = frozenset({ask.person})
    people = PeopleReports(facts.journal, facts.database, ask.period.zone, _Then(ask.now))
    within, department = ask.within, ask.department
    sheet = await people.time_sheet(ask.period, whose, departments=within, department=department, names=ask.names)
    parts = sheet.parts
    if ask.person and ask.period.first != ask.period.last:
        by_day = await people.sheet_by_day(ask.period, ask.person, departments=within, department=department)
        parts += by_day.parts
    made = document(NAME, ask, parts=parts, head=sheet.head, terms=sheet.terms, seen=seen, notes=_divided(ask))
    return replace(made, notes=(*made.notes, *(n for n in sheet.notes if n not in made.notes)), warnings=sheet.warnings)


def _divided(ask: Ask) -> tuple[str, ...]:
    """Say what of a person is a department's, and what is not."""
    if ask.within is None:
        return ()
    return (
        "times are all of their time, whatever department: logged in, ready, paused are of no department alone",
        "ringings and conversations are those of the departments above, and the people those who are in them now",
    )


_SUMMARY = "What everybody did: logged in, ready, ringing, talking, wrap-up, pauses by reason, occupancy."
REPORT = Report(*NAME, _SUMMARY, build, frozenset({"department", "person"}))
