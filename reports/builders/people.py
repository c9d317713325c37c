"""The people: the time sheet of everybody, or day by day of one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from reports.asking import Ask, Facts
from reports.builders.base import Report, document, lights
from reports.document import Document
from reports.people import PeopleReports

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
    """Make the report."""
    seen = await lights(ask, facts)
    people = PeopleReports(facts.journal, facts.database, ask.period.zone, _Then(ask.now))
    sheet = await people.time_sheet(ask.period, {ask.person} if ask.person else None, names=ask.names)
    parts = sheet.parts
    if ask.person and ask.period.first != ask.period.last:
        parts += (await people.sheet_by_day(ask.period, ask.person)).parts
    made = document(NAME, ask, parts=parts, head=sheet.head, terms=sheet.terms, seen=seen)
    return replace(made, notes=(*made.notes, *(n for n in sheet.notes if n not in made.notes)), warnings=sheet.warnings)


_SUMMARY = "What everybody did: logged in, ready, ringing, talking, wrap-up, pauses by reason, occupancy."
REPORT = Report(*NAME, _SUMMARY, build, frozenset({"person"}), whole_site=True)
