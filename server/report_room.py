"""What the reports are made with here: the site's definition, its names, and the facts behind them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from config.schema import Site
from reports.asking import Ask
from reports.period import Period
from reports.rules import Definition
from server.data_folder import SiteNote, note_of
from server.report_messages import StoredBoxes


def definition_of(site: Site) -> Definition:
    """Return how the site counts."""
    return definition_in(note_of(site))


def definition_in(note: SiteNote) -> Definition:
    """Return how the site counts, as its data folder tells."""
    return Definition.of(note.answer_within, note.short_abandon, note.service_level)


def ask_of(
    note: SiteNote,
    period: Period,
    now: datetime,
    *,
    department: str = "",
    person: str = "",
    minutes: int = 60,
    departments: frozenset[str] | None = None,
    more: Mapping[str, str] | None = None,
) -> Ask:
    """Return a question to a report; `departments` are those that the asker may see, None for all."""
    return Ask(
        period=period,
        definition=definition_in(note),
        now=now,
        company=note.company,
        department=department,
        departments=departments,
        person=person,
        minutes=minutes,
        site_departments=tuple(note.answer_within),
        names=note.names,
        members=note.members,
        more=more or {},
        boxes=StoredBoxes(note.mailboxes, note.faxboxes),
    )


def departments_of(site: Site, person: str, *, sees_all: bool) -> frozenset[str] | None:
    """Return the departments whose reports somebody may see: None for all, an empty set for none."""
    if sees_all:
        return None
    return frozenset(name for name, people in site.reports.viewers.items() if person in people)
