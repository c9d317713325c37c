"""The page of exports and the files that it gives: streamed, some customers at a time, at the reader's own speed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing

from aiohttp import web

from config.schema import Site
from crm_bridge.exporting import FORMS, Exports, Wanted, content_type_of
from crm_bridge.web.import_view import Times
from ledger.clock import Clock
from ledger.web.visit import Refusal, Visit, Who

#: Seconds in which a reader must take the next piece.
PATIENCE = 60.0
#: Exports at once: each reads the whole house.
AT_ONCE = 3
_LONGEST_TAG = 40


class ExportPages:
    """Serves /customers/export, and the same to programs."""

    def __init__(self, exports: Exports, site: Callable[[], Site], clock: Clock) -> None:
        self._exports = exports
        self._site = site
        self._clock = clock
        self._going = 0

    async def show(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show what can be asked for, and who did."""
        return visit.page(
            "import/export.html",
            exports=await self._exports.list_newest(),
            statuses=self._site().customers.statuses,
            times=Times(self._clock.now(), self._site().company.zone),
        )

    async def send(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Send the file."""
        wanted = self._wanted(visit)
        if self._going >= AT_ONCE:
            raise Refusal(503, "several exports are on their way already", "try again when one has ended")
        self._going += 1
        try:
            return await self._send(visit, who, wanted)
        finally:
            self._going -= 1

    async def _send(self, visit: Visit, who: Who, wanted: Wanted) -> web.StreamResponse:
        end = "vcf" if wanted.form == "vcard" else "csv"
        day = self._clock.now().astimezone(self._site().company.zone).date().isoformat()
        response = web.StreamResponse(
            headers={
                "Content-Type": content_type_of(wanted.form),
                "Content-Disposition": f'attachment; filename="customers-{day}.{end}"',
                "Cache-Control": "no-store",
            }
        )
        pieces = self._exports.write(wanted, who.name)
        async with aclosing(pieces):  # type: ignore[type-var]  # an async generator, typed as what callers need
            first = await anext(pieces)  # what cannot be said at all is said before the answer begins
            await response.prepare(visit.request)
            async with asyncio.timeout(PATIENCE):
                await response.write(first)
            async for piece in pieces:
                async with asyncio.timeout(PATIENCE):
                    await response.write(piece)
        async with asyncio.timeout(PATIENCE):
            await response.write_eof()
        return response

    def _wanted(self, visit: Visit) -> Wanted:
        form, status, tag = (visit.query(name) or "" for name in ("format", "status", "tag"))
        if form not in ("", *FORMS):
            raise Refusal(400, "`format` is none that is written", f"write one of {', '.join(FORMS)}")
        if status and status not in self._site().customers.statuses:
            raise Refusal(400, "there is no such status", f"write one of {', '.join(self._site().customers.statuses)}")
        if len(tag) > _LONGEST_TAG:
            raise Refusal(400, "no tag is so long", "write one that customers have")
        return Wanted(form or "csv", status, tag.replace("\0", " ").strip())
