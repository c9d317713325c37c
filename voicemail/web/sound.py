"""The sound of a message: sent as it was taken, in parts where a player asks for parts, to whoever may hear it."""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web_request import BaseRequest

from voicemail.web.inbox import Inbox
from voicemail.web.visit import Handler, Refusal, Visit, Who

#: Seconds in which a recording, or the part asked for, must have gone.
SEND_SECONDS = 900.0


class Sound:
    """Serves the recordings."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    def noted(self) -> Handler:
        """Return the handler for people: that somebody listened for the first time is written down."""

        async def send(visit: Visit, who: Who) -> web.StreamResponse:
            message = await self._inbox.find(visit.request.match_info["id"], who)
            response = await self._file(message.file, message.id)
            if (
                visit.request.method == "GET"
                and _begins(visit.request)
                and not await self._inbox.is_heard_by(message, who)
            ):
                await self._inbox.voicemail.heard(message.id, who.name)
            return response

        return send

    async def send(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Send it to a program, which need not mean that anybody listens."""
        message = await self._inbox.find(visit.request.match_info["id"], who)
        return await self._file(message.file, message.id)

    async def _file(self, file: str, id_: str) -> web.StreamResponse:
        if not file or not await self._inbox.spool.exists(file):
            raise Refusal(404, "the sound is not there any more", "its message and what is known of it stay")
        headers = {
            "Content-Type": "audio/wav",
            "Content-Disposition": f'inline; filename="voicemail-{id_[:12]}.wav"',
            # A browser may keep it, but asks each time whether it still may play it.
            "Cache-Control": "private, no-cache",
        }
        return _Recording(self._inbox.spool.path_of(file), headers=headers)


def _begins(request: web.Request) -> bool:
    """Tell whether the beginning is asked for, as a player does; a part further on is no listening by itself."""
    try:
        return not request.http_range.start
    except ValueError:
        return False


class _Recording(web.FileResponse):
    """A file whose reader may be slow, as a player that pauses is, but not for ever: it asks again where it was."""

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        async with asyncio.timeout(SEND_SECONDS):
            return await super().prepare(request)
