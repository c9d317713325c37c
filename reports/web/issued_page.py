"""Issued reports as pages: ordered, followed while they are made, read as they were made, sent again. Parses, renders.

Owns who may do what: everybody sees what is of their departments; who asked, or a supervisor, may cancel.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from ledger.delivery_model import DeliveryState
from ledger.errors import LedgerError
from ledger.spool import Spool
from ledger.web.visit import Refusal, Visit, Who
from reports.catalogue import REPORTS
from reports.document import Document
from reports.issued import Issued, Order, State
from reports.issued_document import MOST_PACKED, NoDocument, unpack
from reports.issuing import Issuing
from reports.web.asking import TIME, wanted_from
from reports.web.paper import FORMS, LARGEST
from reports.web.report_view import ReportView, view_of
from reports.web.room import ReportsRoom

HOME = "/reports/issued"
#: Rows of a page, and how many are looked at in search of what somebody may see.
MOST, LOOKED_AT = 50, 2_000
_AT_ONCE = 200
_TONES = {State.MAKING: "warn", State.READY: "good", State.FAILED: "bad", State.CANCELLED: ""}


@dataclass(frozen=True)
class Row:
    """An issued report in the list; `mails` says what became of its mails."""

    one: Issued
    title: str
    period: str
    tone: str
    mails: str = ""
    refused: bool = False


class IssuedPage:
    """Serves /reports/issued and what is below it, and takes orders at /reports/{name}/issue."""

    def __init__(self, room: ReportsRoom, issuing: Issuing, spool: Spool) -> None:
        self._room, self._issuing, self._spool = room, issuing, spool

    async def order(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Have a report made in the background, and lead to where it can be followed."""
        report = self._room.report(visit.request.match_info["name"], who)
        said = {name: " ".join(value.split()) for name, value in (await visit.form()).items() if value.strip()}
        form = said.pop("form", "pdf")
        if form not in FORMS:
            raise Refusal(400, f"a report is not made as {form[:20]!r}", f"choose one of {', '.join(FORMS)}")
        if unknown := next((name for name in said if name not in (*TIME, *report.takes)), ""):
            raise Refusal(400, f"there is no parameter {unknown[:40]!r} here", "go back and choose on the page")
        ask = self._room.ask(report, wanted_from(said), who)
        order = Order(
            report.name, ask.period, form, ask.definition, who.name, ask.department, ask.person, ask.minutes,
            ask.departments, dict(ask.more),
        )  # fmt: skip
        id_ = await self._issuing.order(order)
        raise web.HTTPSeeOther(f"{HOME}/{id_}")

    async def show_list(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show what was issued, the newest first."""
        departments = self._room.sight(who)
        found, further = await self._newest(departments, _place(visit.query("before")))
        mails = await self._issuing.mails([one.id for one in found])
        rows = [self._row(one, [mail.state for mail in mails if mail.about == one.id]) for one in found]
        schedules = self._room.site().reports.schedules if departments is None else {}
        return visit.page("issued/list.html", rows=rows, further=further, schedules=schedules, zone=self._room.zone)

    async def show(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show one: how far it is, what became of its mails, and the report as it was made."""
        one = await self._get(visit, who)
        made = await self._made(one) if one.state is State.READY else None
        mails = await self._issuing.mails([one.id]) if who.sees_all else []
        return visit.page(
            "issued/one.html",
            row=self._row(one, [mail.state for mail in mails]),
            one=one,
            making=one.state is State.MAKING,
            doc=made[0] if made else None,
            view=made[1] if made else None,
            mails=mails,
            may_change=self._may_change(one, who),
            may_send=who.sees_all and bool(one.order.to) and one.state is State.READY,
            zone=self._room.zone,
        )

    async def send(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Send the file."""
        one = await self._get(visit, who)
        if one.state is not State.READY:
            raise Refusal(409, "this report has no file", f"look at {HOME}/{one.id}")
        try:
            content = await self._spool.read(one.file, LARGEST)
        except (LedgerError, OSError) as error:
            raise Refusal(503, f"the file cannot be read ({type(error).__name__})", "tell an admin") from None
        headers = {
            "Content-Type": FORMS[one.order.form],
            "Content-Disposition": f'attachment; filename="{one.summary.name}"',
            "Cache-Control": "no-store",
        }
        return web.Response(body=content, headers=headers)

    async def cancel(self, visit: Visit, who: Who) -> web.StreamResponse:
        """End the making of one."""
        one = await self._mine(visit, who)
        await self._issuing.cancel(one.id)
        raise web.HTTPSeeOther(f"{HOME}/{one.id}")

    async def make_again(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Make one anew that failed or was cancelled."""
        one = await self._mine(visit, who)
        await self._issuing.make_again(one.id)
        raise web.HTTPSeeOther(f"{HOME}/{one.id}")

    async def send_again(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Mail one once more."""
        one = await self._get(visit, who)
        await self._issuing.send_again(one.id)
        raise web.HTTPSeeOther(f"{HOME}/{one.id}")

    async def _newest(
        self, departments: frozenset[str] | None, before: tuple[datetime, str] | None
    ) -> tuple[list[Issued], str]:
        """Return a page of what may be seen, and where the next begins, '' for nowhere."""
        found: list[Issued] = []
        for _ in range(LOOKED_AT // _AT_ONCE):
            page = await self._issuing.list_newest(_AT_ONCE, before)
            found += [one for one in page if one.may_be_seen_by(departments)]
            if len(page) < _AT_ONCE or len(found) > MOST:
                break
            before = (page[-1].asked_at, page[-1].id)
        last = found[MOST - 1] if len(found) > MOST else None
        return found[:MOST], f"{last.asked_at.isoformat()}|{last.id}" if last else ""

    async def _get(self, visit: Visit, who: Who) -> Issued:
        departments = self._room.sight(who)
        one = await self._issuing.find(visit.request.match_info["id"])
        if one is None or not one.may_be_seen_by(departments):
            raise Refusal(404, "there is no such report, or not for you", f"what was issued is at {HOME}")
        return one

    async def _mine(self, visit: Visit, who: Who) -> Issued:
        one = await self._get(visit, who)
        if not self._may_change(one, who):
            raise Refusal(403, "somebody else ordered this report", "ask them, or a supervisor")
        return one

    def _may_change(self, one: Issued, who: Who) -> bool:
        return who.sees_all or one.order.by == who.name

    async def _made(self, one: Issued) -> tuple[Document, ReportView] | None:
        """Return the report as it was made; None where its file cannot be read any more."""
        try:
            packed = await self._spool.read(one.document, MOST_PACKED)
            return await asyncio.to_thread(_viewed, packed)
        except (NoDocument, LedgerError, OSError):
            return None

    def _row(self, one: Issued, states: list[DeliveryState]) -> Row:
        known = REPORTS.get(one.order.report)
        title = one.summary.title or (known.title if known is not None else one.order.report)
        refused = states.count(DeliveryState.REFUSED)
        parts = [(states.count(DeliveryState.ACCEPTED), "sent"), (states.count(DeliveryState.WAITING), "under way")]
        said = [f"{count} {word}" for count, word in (*parts, (refused, "refused")) if count]
        return Row(one, title, one.order.period.title(), _TONES[one.state], ", ".join(said), bool(refused))


def _viewed(packed: bytes) -> tuple[Document, ReportView]:
    doc = unpack(packed)
    return doc, view_of(doc)


def _place(text: str | None) -> tuple[datetime, str] | None:
    if text is None:
        return None
    at, _, id_ = text.partition("|")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise Refusal(400, "`before` is no place in this list", f"begin at {HOME}") from None
    if moment.tzinfo is None or len(id_) > 32:
        raise Refusal(400, "`before` is no place in this list", f"begin at {HOME}")
    return moment, id_
