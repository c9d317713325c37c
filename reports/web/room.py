"""The reports as their pages see them: the parts behind, who may see what, and the seam where a report is made.

Knows no HTTP but the refusals it answers with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from zoneinfo import ZoneInfo

from config.schema import Site
from ledger.clock import Clock
from ledger.web.visit import Refusal, Who
from reports import catalogue
from reports.asking import Ask, Facts
from reports.builders.base import Report
from reports.catalogue import REPORTS
from reports.document import Document
from reports.period import Period
from reports.rules import Definition
from reports.web.asking import COMMON, Wanted, minutes_of
from reports.web.filters import Filters
from reports.web.paper import Papers
from reports.web.periods import meaning
from reports.web.turns import NoTurn, Turns

#: Seconds in which a report must be made for a page that waits for it.
PATIENCE = 10.0
BUSY = "other reports are being made at this moment"
#: The definition of the issued report of an id, None for one that there is no more.
DefinitionOf = Callable[[str], Awaitable[Definition | None]]
#: A caller as his number and the number he dialled; the name of whoever that is.
Names = Callable[[Collection[tuple[str, str]]], Awaitable[Mapping[tuple[str, str], str]]]


class TooLong(Exception):
    """This takes longer than a page can wait."""


class Busy(TooLong):
    """Others have their reports made, and it was not this one's turn in time."""


class Maker(Protocol):
    """Makes a report. What takes longer than its caller waits may go on as a job behind this."""

    async def make(self, name: str, ask: Ask) -> Document:
        """Return the report. Raises TooLong, NoReport, NoSelection and DatabaseError."""


class OwnDay(Protocol):
    """Makes the page of a person's own day."""

    async def __call__(self, person: str, ask: Ask) -> Document:
        """Return the day of this person. Raises DatabaseError."""


class Asking(Protocol):
    """Makes a question of what was asked, with the definition and the names of the site as they are now."""

    def __call__(
        self,
        period: Period,
        *,
        department: str = "",
        person: str = "",
        minutes: int = 60,
        departments: frozenset[str] | None = None,
        more: Mapping[str, str] | None = None,
    ) -> Ask:
        """Return the question."""


@dataclass(frozen=True)
class Directly:
    """Makes reports at once, with a deadline."""

    facts: Facts
    seconds: float = PATIENCE

    async def make(self, name: str, ask: Ask) -> Document:
        """Return the report. Raises TooLong, NoReport, NoSelection and DatabaseError."""
        try:
            async with asyncio.timeout(self.seconds):
                return await catalogue.build(name, ask, self.facts)
        except TimeoutError:
            raise TooLong from None


@dataclass(frozen=True)
class ReportsRoom:
    """The parts behind the pages. `departments_of` says whose reports somebody may see, None for all."""

    facts: Facts
    maker: Maker
    asking: Asking
    site: Callable[[], Site]
    clock: Clock
    departments_of: Callable[[Who], frozenset[str] | None]
    filters: Filters
    papers: Papers = field(default_factory=Papers)
    own_day: OwnDay | None = None
    #: What callers are called by those who keep customers.
    names: Names | None = None
    #: Whether reports can be made in the background, and are made by schedule.
    issues: bool = False
    #: Finds the definition of an issued report.
    definition_of: DefinitionOf | None = None
    #: How many reports, and lists of calls, are made at once for those who wait.
    reports_at_once: Turns = field(default_factory=Turns)
    lists_at_once: Turns = field(default_factory=Turns)

    async def make(self, report: str, ask: Ask, who: Who) -> Document:
        """Return a report, when it is its turn. Raises TooLong, Busy, NoReport, NoSelection and DatabaseError."""
        try:
            async with self.reports_at_once.of(who.name):
                return await self.maker.make(report, ask)
        except NoTurn:
            raise Busy from None

    @property
    def zone(self) -> ZoneInfo:
        return self.site().company.zone

    def time(self, wanted: Wanted) -> Period:
        """Return the time that is meant today. Raises Refusal."""
        return wanted.time(self.clock.now().astimezone(self.zone).date(), self.zone)

    def meaning(self, period: Period) -> str:
        """Return the name that a time has today, '' for none."""
        return meaning(period, self.clock.now().astimezone(self.zone).date())

    def sight(self, who: Who) -> frozenset[str] | None:
        """Return the departments whose calls somebody may see, None for all. Raises Refusal for who may see none."""
        departments = self.departments_of(who)
        if departments is not None and not departments:
            raise Refusal(403, "these figures are not for you", "your own day is at /reports/my-day")
        return departments

    def offered(self, who: Who) -> list[Report]:
        """Return the reports that somebody may see."""
        departments = self.departments_of(who)
        if departments is None:
            return list(REPORTS.values())
        return [report for report in REPORTS.values() if departments and not report.whole_site]

    def report(self, name: str, who: Who) -> Report:
        """Return a report that somebody may see. Raises Refusal."""
        departments = self.sight(who)
        if (report := REPORTS.get(name)) is None:
            raise Refusal(404, f"there is no report {name[:40]!r}", "the reports are at /reports")
        if report.whole_site and departments is not None:
            raise Refusal(403, f"{report.title} is of all departments, and not for you", "the others are at /reports")
        return report

    def ask(self, report: Report, wanted: Wanted, who: Who) -> Ask:
        """Return the question that an address puts to a report. Raises Refusal."""
        said = wanted.narrowing
        self.require_known(said, self.sight(who))
        return self.asking(
            self.time(wanted),
            department=said.get("department", ""),
            person=said.get("person", ""),
            minutes=minutes_of(said),
            departments=self.sight(who),
            more={name: value for name, value in said.items() if name not in COMMON},
        )

    def require_known(self, said: Mapping[str, str], departments: frozenset[str] | None) -> None:
        """Refuse a department that is not for who asks, and what was never a name. Raises Refusal.

        Departments and people who have left the site keep their calls, so their names are taken.
        """
        department = said.get("department", "")
        if department and departments is not None and department not in departments:
            raise Refusal(403, "the calls of this department are not for you", "leave `department` out for yours")
        for name in ("department", "person"):
            if any(letter.isspace() or not letter.isprintable() for letter in said.get(name, "")):
                raise Refusal(400, f"`{name}` is no name of the site", "choose one on the page")

    def departments(self, who: Who) -> list[tuple[str, str]]:
        """Return the departments that somebody may choose from, with what they are called."""
        departments, site = self.departments_of(who), self.site()
        names = list(site.departments) if departments is None else sorted(departments)
        return [(name, self.called(name)) for name in names]

    def people(self, who: Who | None = None) -> list[tuple[str, str]]:
        """Return the people of the site, or of the departments that somebody may see, with their names, by these."""
        departments = None if who is None else self.departments_of(who)
        people = (
            (name, person.name or name)
            for name, person in self.site().people.items()
            if departments is None or departments & set(person.departments)
        )
        return sorted(people, key=lambda one: one[1].casefold())

    def called(self, name: str) -> str:
        """Say what a person or department is called."""
        site = self.site()
        if (person := site.people.get(name)) is not None:
            return person.name or name
        department = site.departments.get(name)
        return (department.name if department is not None else None) or name
