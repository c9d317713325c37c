"""The sound of a message: sent as it was taken, in parts where a player asks for parts, to whoever may hear it."""

from __future__ import annotations

from aiohttp import web

from ledger.web.files import send_file
from ledger.web.visit import Handler, Visit, Who
from voicemail.web.inbox import Inbox


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
                await self._inbox.rules.heard(message.id, who.name)
            return response

        return send

    async def send(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Send it to a program, which need not mean that anybody listens."""
        message = await self._inbox.find(visit.request.match_info["id"], who)
        return await self._file(message.file, message.id)

    async def _file(self, file: str, id_: str) -> web.StreamResponse:
        return await send_file(
            self._inbox.spool, file, content_type="audio/wav", name=f"voicemail-{id_[:12]}.wav", what="the sound"
        )


def _begins(request: web.Request) -> bool:
    """Tell whether the beginning is asked for, as a player does; a part further on is no listening by itself."""
    try:
        return not request.http_range.start
    except ValueError:
        return False
