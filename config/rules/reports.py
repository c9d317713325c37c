"""Rules about reports: what is scheduled exists, and who may see a department's reports is somebody."""

from __future__ import annotations

from collections.abc import Iterator

from config.findings import Finding, quoted
from config.report_names import OF_THE_WHOLE_SITE, REPORTS
from config.rules.names import instead
from config.rules.scope import Scope


def unknown_reports(scope: Scope) -> Iterator[Finding]:
    """E332: a schedule names a report that there is."""
    for name, schedule in scope.site.reports.schedules.items():
        if schedule.report not in REPORTS:
            path = ("reports", "schedules", name, "report")
            yield from scope.finding(
                "E332", path, f"no report {quoted(schedule.report)}", instead(schedule.report, REPORTS)
            )


def unknown_viewers(scope: Scope) -> Iterator[Finding]:
    """E333: departments and people that reports name exist."""
    departments, people = scope.names("departments"), scope.names("people")
    reports = scope.site.reports
    for department, viewers in reports.viewers.items():
        if department not in departments:
            path: tuple[str | int, ...] = ("reports", "viewers", department)
            message = f"no department {quoted(department)}"
            yield from scope.finding_at_key("E333", path, message, instead(department, departments))
        for index, person in enumerate(viewers):
            if person not in people:
                path = ("reports", "viewers", department, index)
                yield from scope.finding("E333", path, f"no person {quoted(person)}", instead(person, people))
    for name, schedule in reports.schedules.items():
        if schedule.department is not None and schedule.department not in departments:
            path = ("reports", "schedules", name, "department")
            message = f"no department {quoted(schedule.department)}"
            yield from scope.finding("E333", path, message, instead(schedule.department, departments))


def of_the_whole_site(scope: Scope) -> Iterator[Finding]:
    """E334: a schedule asks for one department only of a report that can be of one."""
    for name, schedule in scope.site.reports.schedules.items():
        if schedule.department is not None and schedule.report in OF_THE_WHOLE_SITE:
            path = ("reports", "schedules", name, "department")
            message = f"the report {quoted(schedule.report)} is of the whole site"
            yield from scope.finding("E334", path, message, "leave department out, or schedule another report")
