"""The demo's last page: the report of its own day as a PDF, and whether its figures are those of the calls."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from callrouter.calls import Call
from callrouter.events import Outcome
from reports.asking import Facts
from reports.builders import overview
from reports.document import Document, Table
from reports.period import days_between
from reports.records import Projection
from reports.recount import differences
from server.data_folder import note_of
from server.report_room import ask_of
from server.switchroom import Switchroom

NAME = "report"
FILE = "day.pdf"


@dataclass(frozen=True)
class DayReport:
    """The report, where it lies, and what is wrong with it."""

    path: Path
    document: Document
    faults: tuple[str, ...]


async def make(switchroom: Switchroom, begun: datetime, calls: Sequence[Call], folder: Path, address: str) -> DayReport:
    """Make the report of the day, write it, and compare it with these calls and with a recount."""
    from reports.forms.pdf import write_pdf  # what draws takes a moment to load

    note = note_of(switchroom.site)
    now = switchroom.clock.now()
    first, today = (at.astimezone(note.zone).date() for at in (begun, now))  # two days where midnight came between
    ask = ask_of(note, days_between(first, today, note.zone), now)
    facts = Facts(switchroom.database, switchroom.journal)
    await Projection(switchroom.journal, switchroom.database, lambda: ask.definition).catch_up()
    document = await overview.build(ask, facts)
    path = folder / FILE
    await asyncio.to_thread(write_pdf, document, path, address)
    faults = [*document.warnings, *_missing(document, calls)]
    for day in ask.period.days():
        faults += await differences(day, replace(ask, period=day), facts)
    return DayReport(path, document, tuple(faults))


def summary(report: DayReport) -> str:
    """Say what the report tells, in a line."""
    figures = {figure.name: figure.cell.value for figure in report.document.head}
    return f"report of the day: {figures['offered']} calls offered, {figures['answered']} answered: {report.path}"


def as_json(report: DayReport) -> dict[str, Any]:
    """Return it as JSON values."""
    figures = {figure.name: figure.cell.value for figure in report.document.head}
    return {"file": str(report.path), "figures": figures}


def _missing(document: Document, calls: Sequence[Call]) -> list[str]:
    """Say which outcomes of these calls the report has fewer of; a server that ran before today may have more."""
    table = next(part for part in document.parts if isinstance(part, Table) and part.name == "outcomes")
    printed = {str(row[0].value): row[1].value for row in table.rows}
    titles = {name: title for name, title, _ in overview.OUTCOMES}
    faults = []
    for outcome in Outcome:
        counted, told = sum(call.outcome is outcome for call in calls), printed.get(titles[outcome], 0)
        if not isinstance(told, int) or told < counted:
            faults.append(f"the report prints {told} {outcome} where {counted} calls were")
    return faults
