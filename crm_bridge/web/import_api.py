"""Imports for programs: bring a file and begin, follow it, stop it, take it back. Parses, calls, answers."""

from __future__ import annotations

from aiohttp import web

from crm_bridge.exchange.errors import ExchangeError
from crm_bridge.importing import Imports
from crm_bridge.web.import_asking import rule_of
from crm_bridge.web.import_model import ImportAnswer, ImportsAnswer, RefusedAnswer, RefusedRow
from crm_bridge.web.import_pages import ImportPages
from ledger.web.asking import limit_of
from ledger.web.visit import Refusal, Visit, Who

USUAL, MOST = 20, 200
USUAL_ROWS, MOST_ROWS = 200, 1_000
DEEDS = ("cancel", "undo")


class ImportApi:
    """Serves /api/v1/customers/imports."""

    def __init__(self, imports: Imports, pages: ImportPages) -> None:
        self._imports = imports
        self._pages = pages

    async def bring(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Take a file and begin."""
        try:
            one, upload = await self._pages.received(visit, who)
            rule = rule_of(upload.fields)
            one = await self._imports.begin(one.id, one.wishes, rule)
        except ExchangeError as error:
            raise Refusal(422, error.why, "look at the file: customers are read from CSV and vCard") from None
        return visit.answer(ImportAnswer.of(one), status=202)

    async def list_imports(self, visit: Visit, who: Who) -> web.StreamResponse:
        """List imports."""
        found = await self._imports.list_newest(limit_of(visit, USUAL, MOST))
        return visit.answer(ImportsAnswer(imports=[ImportAnswer.of(one) for one in found]))

    async def tell(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Tell of one import."""
        one = await self._imports.get(visit.request.match_info["id"])
        return visit.answer(ImportAnswer.of(one, await self._imports.waits_for(one)))

    async def refused(self, visit: Visit, who: Who) -> web.StreamResponse:
        """List the rows that were refused."""
        one = await self._imports.get(visit.request.match_info["id"])
        after = visit.query("after") or "0"
        if not (after.isascii() and after.isdigit() and len(after) < 9):
            raise Refusal(400, "`after` is no row", "write the number of the last row you have")
        told = await self._imports.told(one.id, limit=limit_of(visit, USUAL_ROWS, MOST_ROWS), after=int(after))
        return visit.answer(RefusedAnswer(rows=[RefusedRow.of(row) for row in told]))

    async def act(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Stop an import, or take it back."""
        id_, deed = visit.request.match_info["id"], visit.request.match_info["deed"]
        if deed not in DEEDS:
            raise Refusal(404, "there is no such deed", f"write one of {', '.join(DEEDS)}")
        if deed == "cancel":
            return visit.answer(ImportAnswer.of(await self._imports.cancel(id_)))
        return visit.answer(ImportAnswer.of(await self._imports.undo(id_, who.name)))
