"""What a report is asked with, and what it may look at: everything a builder of a report is given.

Owns the reading of sums, counts and calls for one asker; a builder knows no session and no SQL.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports import counting, sums
from reports.gap_reading import gaps_between
from reports.gaps import Gap
from reports.messages import Boxes, HeldBoxes
from reports.model import CallRecord
from reports.period import Period
from reports.rules import Definition, LineSums
from reports.selection import Selection
from reports.sums import By, CallSums, Key

#: Rows read at once.
PAGE = 1_000


@dataclass(frozen=True)
class Ask:
    """One asker's question: which time, by which definition, and of whose calls.

    `departments` are those that the asker may see, None for all; `department` narrows further, '' not at all.
    `now` is when it is asked. `names` has what departments and people are called.
    """

    period: Period
    definition: Definition
    now: datetime
    company: str = ""
    department: str = ""
    departments: frozenset[str] | None = None
    person: str = ""
    minutes: int = 60
    site_departments: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    #: Parameters of one report only, such as a filter of the list of calls; values are unchecked text.
    more: Mapping[str, str] = field(default_factory=dict)
    #: The people of each department, as the site has it now.
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Where voicemails and faxes lie, as the site has it now.
    boxes: Boxes = field(default_factory=HeldBoxes)
    #: The id under which this report is issued, whose definition this is; '' for one that is only looked at.
    issued: str = ""

    @property
    def within(self) -> frozenset[str] | None:
        """The departments that are looked at; None for all."""
        if self.department:
            return frozenset({self.department}) & (self.departments or frozenset({self.department}))
        return self.departments

    @property
    def people(self) -> frozenset[str] | None:
        """The people of the departments that are looked at; None for everybody."""
        if self.within is None:
            return None
        return frozenset(name for department in self.within for name in self.members.get(department, ()))

    def behind(self, count: str, **by: Any) -> Selection:
        """Return the calls behind a figure of this report."""
        narrowed = {"department": self.department, "issued": self.issued, **by}
        start, end = narrowed.pop("start", self.period.start), narrowed.pop("end", self.period.end)
        return Selection(count, start, end, **narrowed)

    def called(self, name: str) -> str:
        """Say what a department or person is called."""
        return self.names.get(name, name)


class Facts:
    """Reads what reports are made of. Every answer is of one moment; several are of several."""

    def __init__(self, db: Database, journal: JournalReads) -> None:
        self._db = db
        self._journal = journal

    @property
    def database(self) -> Database:
        return self._db

    @property
    def journal(self) -> JournalReads:
        return self._journal

    async def calls(self, ask: Ask, *by: By) -> dict[Key, CallSums]:
        """Return the sums of contacts. For an asker who sees everything; raises PermissionError for others."""
        if ask.within is not None:
            raise PermissionError("these are figures of the whole site")
        async with self._db.reading() as session:
            return await sums.call_sums(session, ask.period, by, minutes=ask.minutes)

    async def lines(self, ask: Ask, *by: By) -> dict[Key, LineSums]:
        """Return the sums of stays in the lines that the asker looks at."""
        async with self._db.reading() as session:
            return await sums.line_sums(
                session, ask.period, ask.definition, by, departments=ask.within, minutes=ask.minutes
            )

    async def all_lines(self, ask: Ask, *by: By) -> dict[Key, LineSums]:
        """Return the sums of contacts with their one stay in all lines together. Raises PermissionError as `calls`."""
        if ask.within is not None:
            raise PermissionError("these are figures of the whole site")
        async with self._db.reading() as session:
            return await sums.line_sums(session, ask.period, ask.definition, by, all_lines=True, minutes=ask.minutes)

    async def count(self, ask: Ask, selection: Selection) -> int:
        """Count the rows behind a figure. Raises NoSelection."""
        async with self._db.reading() as session:
            return await counting.how_many(session, selection, ask.period.zone, ask.definition, ask.departments)

    async def page(
        self, ask: Ask, selection: Selection, after: tuple[int, str, int] | None = None, limit: int = PAGE
    ) -> list[tuple[tuple[int, str, int], CallRecord]]:
        """List a page of the calls behind a figure, by time, one for each row that was counted. Raises NoSelection."""
        async with self._db.reading() as session:
            return await counting.list_calls(
                session, selection, ask.period.zone, ask.definition, ask.departments, after=after, limit=limit
            )

    async def rows(self, query: Any) -> Sequence[Mapping[str, Any]]:
        """Run a query of a builder's own over the tables of `reports.tables`."""
        async with self._db.reading() as session:
            return [dict(row) for row in (await session.execute(query)).mappings()]

    async def gaps(self, period: Period) -> tuple[Gap, ...]:
        """Return the times in this period in which we saw nothing."""
        return await gaps_between(self._journal, period.start, period.end)

    async def filled(self, ask: Ask) -> int:
        """Count the calls that the asker looks at whose end we did not see, and took from a file of Asterisk's own."""
        async with self._db.reading() as session:
            everywhere = await sums.filled_sum(session, ask.period)
            if not everywhere or ask.within is None:
                return everywhere
            selection = Selection("filled", ask.period.start, ask.period.end)
            return await counting.how_many(session, selection, ask.period.zone, ask.definition, ask.within)


def allowed(department: str, departments: Collection[str] | None) -> bool:
    """Tell whether an asker who may see these departments may see this one."""
    return departments is None or department in departments
