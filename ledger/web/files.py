"""Sending a file of the spool to whoever may have it: slow readers are waited for, but not for ever."""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web_request import BaseRequest

from ledger.spool import Spool
from ledger.web.visit import Refusal

#: Seconds in which a file, or the part asked for, must have gone.
SEND_SECONDS = 900.0


async def send_file(
    spool: Spool, file: str, *, content_type: str, name: str, what: str, download: bool = False
) -> web.StreamResponse:
    """Send a file of the spool, in parts where parts are asked for, under a name of ours; raises Refusal."""
    if not file or not await spool.exists(file):
        raise Refusal(404, f"{what} is not there any more", "what is known of it stays")
    kind = "attachment" if download else "inline"
    headers = {
        "Content-Type": content_type,
        "Content-Disposition": f'{kind}; filename="{name}"',
        # A browser may keep it, but asks each time whether it still may show it.
        "Cache-Control": "private, no-cache",
    }
    return _PatientFile(spool.path_of(file), headers=headers)


class _PatientFile(web.FileResponse):
    """A file whose reader may be slow, as a player that pauses is: it asks again where it was."""

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        async with asyncio.timeout(SEND_SECONDS):
            return await super().prepare(request)
