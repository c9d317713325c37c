"""A person's own day as a report: what they did, beside the average of their colleagues. Owns who is a colleague."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from config.schema import Site
from reports.asking import Ask
from reports.document import Document
from reports.people import PeopleReports

NAME = ("my-day", "My day")


@dataclass(frozen=True)
class OwnDays:
    """Makes own days."""

    people: PeopleReports
    site: Callable[[], Site]

    async def __call__(self, person: str, ask: Ask) -> Document:
        """Return the day of this person. Raises DatabaseError."""
        found = await self.people.own_day(person, ask.period.first, self._colleagues(person))
        name, title = NAME
        return Document(
            name=name,
            title=title,
            company=ask.company,
            period=ask.period,
            made_at=ask.now,
            parts=found.parts,
            head=found.head,
            scope=ask.called(person),
            notes=found.notes,
            warnings=found.warnings,
            terms=found.terms,
        )

    def _colleagues(self, person: str) -> frozenset[str]:
        """Return who shares a department with somebody."""
        people = self.site().people
        mine = set(people[person].departments) if person in people else set()
        return frozenset(name for name, one in people.items() if name != person and mine & set(one.departments))
