"""All reports by their names: what the page, the command line, the API and schedules offer."""

from __future__ import annotations

from collections.abc import Mapping

from reports.asking import Ask, Facts
from reports.builders import (
    departments,
    heat,
    intervals,
    menus,
    messages,
    nobody,
    numbers,
    overview,
    people,
    repeats,
    transfers,
    trend,
    waits,
)  # fmt: skip
from reports.builders.base import Report
from reports.document import Document
from reports.selection import NoSelection

REPORTS: Mapping[str, Report] = {
    report.name: report
    for report in (
        overview.REPORT,
        departments.REPORT,
        intervals.REPORT,
        heat.REPORT,
        trend.REPORT,
        waits.REPORT,
        people.REPORT,
        menus.REPORT,
        numbers.REPORT,
        transfers.REPORT,
        repeats.REPORT,
        nobody.REPORT,
        messages.REPORT,
    )
}


class NoReport(LookupError):
    """There is no report of this name, or this asker may not have it; the text says what there is."""


async def build(name: str, ask: Ask, facts: Facts) -> Document:
    """Make a report. Raises NoReport, NoSelection for a parameter that cannot be, and DatabaseError."""
    report = REPORTS.get(name)
    if report is None:
        raise NoReport(f"there is no report {name[:40]!r}; there are {', '.join(REPORTS)}")
    if report.whole_site and ask.departments is not None:
        raise NoReport(f"the report {name} is of the whole site: ask somebody who may see all departments")
    for parameter, value in (("department", ask.department), ("person", ask.person)):
        if value and parameter not in report.takes:
            raise NoSelection(f"the report {name} cannot be narrowed by {parameter}")
    if ask.department and ask.departments is not None and ask.department not in ask.departments:
        raise NoReport("you may not see the calls of this department")
    return await report.build(ask, facts)
