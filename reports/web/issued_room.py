"""Issued reports as their pages and the API see them: who may see, order and change which, and what is read of one.

Knows no HTTP but the refusals it answers with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from ledger.errors import LedgerError
from ledger.spool import Spool
from ledger.web.visit import Refusal, Who
from reports.document import Document
from reports.forms.named import FORMS
from reports.issued import Issued, Order, State, asker
from reports.issued_document import MOST_PACKED, NoDocument, unpack
from reports.issuing import Issuing
from reports.period import YEARS
from reports.selection import LONGEST
from reports.web.asking import TIME, wanted_from
from reports.web.paper import LARGEST
from reports.web.report_view import ReportView, view_of
from reports.web.room import ReportsRoom

HOME = "/reports/issued"
#: How many are looked at, in pieces, in search of a page of what somebody may see.
LOOKED_AT, _AT_ONCE = 2_000, 200
_LONGEST_ID = 64

#: Where a page of the list begins: after the one that was asked for then and has this id.
Place = tuple[datetime, str]


@dataclass(frozen=True)
class IssuedRoom:
    """The issued reports behind the pages."""

    reports: ReportsRoom
    issuing: Issuing
    spool: Spool
    #: Where they are, as refusals tell it.
    home: str = HOME

    async def order(self, name: str, form: str, said: Mapping[str, str], who: Who) -> str:
        """Have a report made as these parameters say, and return its id. Raises Refusal, NoPeriod, TooMany."""
        report = self.reports.report(name, who)
        if form not in FORMS:
            raise Refusal(400, f"a report is not made as {form[:20]!r}", f"choose one of {', '.join(FORMS)}")
        known = (*TIME, *sorted(report.takes))
        for parameter, value in said.items():
            if parameter not in known:
                raise Refusal(400, f"there is no parameter {parameter[:40]!r} here", f"there are {', '.join(known)}")
            if len(value) > LONGEST or "\0" in value:
                raise Refusal(400, f"`{parameter}` is no name, number or day", "write it shorter")
        ask = self.reports.ask(report, wanted_from(said), who)
        order = Order(
            report.name, ask.period, form, ask.definition, asker(who.name), ask.department, ask.person, ask.minutes,
            ask.departments, dict(ask.more),
        )  # fmt: skip
        return await self.issuing.order(order)

    async def newest(
        self, who: Who, before: Place | None, most: int, wanted: Callable[[Issued], bool] = lambda _one: True
    ) -> tuple[list[Issued], str]:
        """Return a page of what may be seen and is wanted, and where the next begins, '' for nowhere. Raises Refusal.

        A page may be short, or empty, and go on all the same: so many were looked at in vain.
        """
        departments = self.reports.sight(who)
        found: list[Issued] = []
        for _ in range(LOOKED_AT // _AT_ONCE):
            page = await self.issuing.list_newest(_AT_ONCE, before)
            found += [one for one in page if one.may_be_seen_by(departments) and wanted(one)]
            if len(found) > most:
                return found[:most], _written(found[most - 1])
            if len(page) < _AT_ONCE:
                return found, ""
            before = (page[-1].asked_at, page[-1].id)
        return found, _written(page[-1])

    async def get(self, id_: str, who: Who) -> Issued:
        """Return one that somebody may see. Raises Refusal."""
        departments = self.reports.sight(who)
        one = await self.issuing.find(id_)
        if one is None or not one.may_be_seen_by(departments):
            raise Refusal(404, "there is no such report, or not for you", f"what was issued is at {self.home}")
        return one

    async def own(self, id_: str, who: Who, *, program: bool = False) -> Issued:
        """Return one that somebody may change. Raises Refusal."""
        one = await self.get(id_, who)
        if not self.may_change(one, who, program=program):
            raise Refusal(403, "somebody else ordered this report", "ask them, or a supervisor")
        return one

    def may_change(self, one: Issued, who: Who, *, program: bool = False) -> bool:
        """Tell whether somebody may cancel one and have it made again: who asked, a supervisor, no other program."""
        return one.order.by == asker(who.name) or who.is_admin or (who.sees_all and not program)

    async def content(self, one: Issued) -> bytes:
        """Return the file of a report. Raises Refusal."""
        if one.state is not State.READY:
            raise Refusal(
                409, f"this report has no file: {one.why or one.state.value}", f"look at {self.home}/{one.id}"
            )
        try:
            return await self.spool.read(one.file, LARGEST)
        except (LedgerError, OSError) as error:
            raise Refusal(503, f"the file cannot be read ({type(error).__name__})", "tell an admin") from None

    async def as_made(self, one: Issued) -> tuple[Document, ReportView] | None:
        """Return a report as it was made; None where its file cannot be read any more."""
        try:
            packed = await self.spool.read(one.document, MOST_PACKED)
            return await asyncio.to_thread(_viewed, packed)
        except (NoDocument, LedgerError, OSError):
            return None


def place_of(text: str | None) -> Place | None:
    """Read where a page of the list begins, None for the first. Raises Refusal."""
    if text is None:
        return None
    at, _, id_ = text.partition("_")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        moment = None
    known = moment is not None and moment.tzinfo is not None and moment.year in YEARS
    if moment is None or not known or not 0 < len(id_) <= _LONGEST_ID or "\0" in id_:
        raise Refusal(400, "this is no place in the list", "begin at its first page, without it")
    return moment, id_


def _written(one: Issued) -> str:
    # As it can stand in an address.
    return f"{one.asked_at.astimezone(UTC).replace(tzinfo=None).isoformat()}Z_{one.id}"


def _viewed(packed: bytes) -> tuple[Document, ReportView]:
    doc = unpack(packed)
    return doc, view_of(doc)
