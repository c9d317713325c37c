"""The API's reports: which there are, one as JSON, and the calls behind a figure. Parses, asks, answers."""

from __future__ import annotations

import asyncio

from aiohttp import web

from ledger.web.asking import limit_of
from ledger.web.visit import Refusal, Visit, Who
from reports.forms.as_json import json_of
from reports.web.api_model import ListedCall, ListedCallsAnswer, ReportAnswer, ReportName, ReportsAnswer
from reports.web.asking import wanted_of
from reports.web.call_wanted import behind_of
from reports.web.calls_page import CallsPage, title_of
from reports.web.listing import place_written
from reports.web.room import BUSY, Busy, ReportsRoom, TooLong

#: Calls in one answer, unless another number is asked for, and at most.
USUAL, MOST = 100, 1_000


class ReportApi:
    """Serves /api/v1/reports and what is below."""

    def __init__(self, room: ReportsRoom, calls: CallsPage) -> None:
        self._room = room
        self._calls = calls

    async def list_reports(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Answer with the reports there are for who asks."""
        found = [
            ReportName(
                name=one.name, title=one.title, summary=one.summary, takes=sorted(one.takes), whole_site=one.whole_site
            )
            for one in self._room.offered(who)
        ]
        return visit.answer(ReportsAnswer(reports=found))

    async def tell_report(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Answer with one report."""
        report = self._room.report(visit.request.match_info["name"], who)
        ask = self._room.ask(report, wanted_of(visit, sorted(report.takes)), who)
        try:
            doc = await self._room.make(report.name, ask, who)
        except Busy:
            raise Refusal(503, BUSY, "try again in a moment") from None
        except TooLong:
            raise Refusal(503, "this report takes longer than an answer can wait", "ask for less time") from None
        return await asyncio.to_thread(lambda: visit.answer(ReportAnswer.model_validate(json_of(doc))))

    async def list_calls(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Answer with the calls behind a figure of a report."""
        self._room.report(visit.request.match_info["name"], who)
        limit = limit_of(visit, USUAL, MOST)
        asked = behind_of({name: value for name, value in visit.request.query.items() if name != "limit"})
        ask = await self._calls.ask(asked, who)
        total, found, _ = await self._calls.look(asked, ask, limit, who)

        def answer() -> web.StreamResponse:
            told = ListedCallsAnswer(
                title=title_of(asked, ask),
                total=total,
                calls=[ListedCall.of(record) for _, record in found],
                next=place_written(found[-1][0]) if len(found) == limit else None,
            )
            return visit.answer(told)

        return await asyncio.to_thread(answer)
