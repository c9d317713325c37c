"""Privacy for programs, and for the command line: exports, previews, erasures and certificates."""

from __future__ import annotations

from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from crm_bridge.web import privacy_api_model as shapes
from crm_bridge.web.privacy_pages import PrivacyPages
from crm_bridge.web.privacy_room import PrivacyRoom
from ledger.web.visit import Refusal, Visit, Who

B = TypeVar("B", bound=BaseModel)
#: Erasures in an answer.
MOST = 200


class PrivacyApi:
    """Serves /api/v1/privacy."""

    def __init__(self, room: PrivacyRoom, pages: PrivacyPages) -> None:
        self._room = room
        self._pages = pages

    async def ask_export(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Have everything about a person gathered."""
        file = await self._room.meant((await _body(visit, shapes.WhomBody)).customer)
        export = await self._room.exports.ask(file.id, who.name)
        return visit.answer(shapes.ExportAnswer.of_export(export, self._room.clock.now()), status=202)

    async def tell_export(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Tell how far an export is."""
        export = await self._room.export(visit)
        return visit.answer(shapes.ExportAnswer.of_export(export, self._room.clock.now()))

    async def download(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Send an export."""
        return await self._pages.download(visit, who)

    async def preview(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Tell what would go."""
        file = await self._room.meant((await _body(visit, shapes.WhomBody)).customer)
        return visit.answer(shapes.PreviewAnswer.of_preview(await self._room.erasures.preview(file.id)))

    async def ask_erasure(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Have a person forgotten."""
        asked = await _body(visit, shapes.EraseBody)
        file = await self._room.meant(asked.customer)
        erasure = await self._room.erasures.ask(file.id, asked.name, who.name)
        return visit.answer(shapes.ErasureAnswer.of_erasure(erasure), status=202)

    async def list_erasures(self, visit: Visit, who: Who) -> web.StreamResponse:
        """List erasures."""
        found = await self._room.erasures.list_newest(MOST)
        return visit.answer(shapes.ErasuresAnswer(erasures=[shapes.ErasureAnswer.of_erasure(one) for one in found]))

    async def tell_erasure(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Tell how far an erasure is."""
        erasure = await self._room.erasure(visit)
        return visit.answer(shapes.ErasureAnswer.of_erasure(erasure))

    async def certificate(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Send a certificate."""
        return await self._pages.certificate(visit, who)


async def _body(visit: Visit, shape: type[B]) -> B:
    try:
        return shape.model_validate_json(await visit.body())
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"]) or "the body"
        raise Refusal(400, f"{place}: {error.errors()[0]['msg']}", "send what the description says") from None
