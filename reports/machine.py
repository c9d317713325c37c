"""A report for machines: a dict for JSON, and CSV that no spreadsheet takes for a program.

Owns names and form; figures come from elsewhere. What could not be measured is null, in CSV an empty field.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from typing import Any

from reports.day import DayReport
from reports.figures import DepartmentFigures, PersonFigures, SiteFigures

#: A cell that begins so is a formula to a spreadsheet (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

#: The figures that are durations say so by their name.
_SECONDS = {
    "target": "target_s",
    "average_wait": "average_wait_s",
    "longest_wait": "longest_wait_s",
    "talk_time": "talk_time_s",
    "average_talk": "average_talk_s",
}


def as_json(report: DayReport) -> dict[str, Any]:
    """Return the report as JSON values; durations in seconds, the service level as a share."""
    return {
        "report": "day",
        "day": report.day.isoformat(),
        "timezone": str(report.zone),
        "site": _named(report.site),
        "departments": [_named(department) for department in report.departments],
        "people": [_named(person) for person in report.people],
        "notes": list(report.notes),
        "warnings": list(report.warnings),
    }


def as_csv(reports: Iterable[DayReport]) -> str:
    """Return reports as CSV, a line for the site, for each department and for each person of each day."""
    columns = ["day", "of", *_columns()]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, restval="")
    writer.writeheader()
    for report in reports:
        lines = [("site", {"name": ""} | _named(report.site))]
        lines += [("department", _named(department)) for department in report.departments]
        lines += [("person", _named(person)) for person in report.people]
        for of, figures in lines:
            row = {"day": report.day.isoformat(), "of": of, **figures}
            writer.writerow({name: cell(value) for name, value in row.items()})
    return out.getvalue()


def cell(value: object) -> object:
    """Return what may stand in a cell: text that looks like a formula is kept as text by a leading apostrophe.

    >>> cell("=1+1"), cell("+37052000000"), cell("billing"), cell(-1), cell(None)
    ("'=1+1", "'+37052000000", 'billing', -1, '')
    """
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _named(figures: SiteFigures | DepartmentFigures | PersonFigures) -> dict[str, Any]:
    return {_SECONDS.get(name, name): _rounded(value) for name, value in asdict(figures).items()}


def _rounded(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value


def _columns() -> Sequence[str]:
    every = [*fields(DepartmentFigures), *fields(SiteFigures), *fields(PersonFigures)]
    return list(dict.fromkeys(_SECONDS.get(field.name, field.name) for field in every))
