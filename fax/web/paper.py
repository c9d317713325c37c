"""The pages of a fax over HTTP: as pictures, as PDF, as the TIFF it came as, and the report of what was sent."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from aiohttp import web

from fax.model import Direction, Fax
from fax.web.pictures import USUAL_WIDTH, WIDTHS, Pictures
from fax.web.room import FaxRoom
from fax.web.view import sheets
from ledger.web.asking import yes_of
from ledger.web.files import send_file
from ledger.web.visit import Refusal, Visit, Who


class Papers:
    """Serves pictures and files."""

    def __init__(self, room: FaxRoom, pictures: Pictures) -> None:
        self._room = room
        self._pictures = pictures

    async def page(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Send one page as a PNG."""
        fax = await self._find(visit, who)
        number, width = _page(visit.request.match_info["n"]), _width(visit)
        if number > sheets(fax):
            raise Refusal(404, "the fax has no such page", "they are counted from 1")
        # A file in the spool never changes, nor does how we draw it while we run.
        tag = f'"{fax.file.partition(".")[0]}-{number}-{width}"'
        headers = {
            "ETag": tag,
            # A browser may keep it, but asks each time whether it still may show it.
            "Cache-Control": "private, no-cache",
            "Content-Disposition": f'inline; filename="{self._name(fax)}-page-{number}.png"',
        }
        if visit.request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers=headers)
        if not await self._room.spool.exists(fax.file):
            raise Refusal(404, "the pages are not there any more", "what is known of the fax stays")
        picture = await self._pictures.get(fax.file, number, width)
        return web.Response(body=picture, content_type="image/png", headers=headers)

    async def pdf(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Send all pages as a PDF."""
        fax = await self._find(visit, who)
        return await self._send(visit, fax.pdf, "application/pdf", f"{self._name(fax)}.pdf", "the PDF")

    async def tiff(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Send the TIFF as it came in or went out; browsers cannot show it."""
        fax = await self._find(visit, who)
        return await send_file(
            self._room.spool,
            fax.file,
            content_type="image/tiff",
            name=f"{self._name(fax)}.tif",
            what="the original",
            download=True,
        )

    async def report(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Send the transmission report of a sent fax."""
        fax = await self._find(visit, who)
        return await self._send(visit, fax.report, "application/pdf", f"{self._name(fax)}-report.pdf", "the report")

    async def _find(self, visit: Visit, who: Who) -> Fax:
        return await self._room.find(visit.request.match_info["id"], who)

    def _name(self, fax: Fax) -> str:
        return name_of(fax, self._room.site().company.zone)

    async def _send(self, visit: Visit, file: str, kind: str, name: str, what: str) -> web.StreamResponse:
        download = yes_of(visit, "download")
        if not file:
            raise Refusal(404, f"{what} is not there", "it is made once the pages came in, or went out")
        return await send_file(self._room.spool, file, content_type=kind, name=name, what=what, download=download)


def name_of(fax: Fax, zone: ZoneInfo) -> str:
    """Return how files of a fax are called: in our words, whatever a stranger wrote."""
    way = "from" if fax.direction is Direction.IN else "to"
    digits = "".join(letter for letter in fax.number if letter in "0123456789")[:20]
    return f"fax-{fax.at.astimezone(zone):%Y-%m-%d}-{way}-{digits or 'unknown'}-{fax.id[:8]}"


def _page(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 5 and int(text) > 0):
        raise Refusal(404, "the fax has no such page", "they are counted from 1")
    return int(text)


def _width(visit: Visit) -> int:
    text = visit.query("width") or str(USUAL_WIDTH)
    if text not in {str(width) for width in WIDTHS}:
        raise Refusal(400, "pictures are not made so wide", f"write one of {', '.join(map(str, WIDTHS))}")
    return int(text)
