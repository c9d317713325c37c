"""Privacy as pages: one person's, with looks, export and erasure; and for admins all exports, erasures and looks."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from aiohttp import web

from crm_bridge.erasing import name_to_type
from crm_bridge.erasing_words import counted, staying
from crm_bridge.model import CustomerFile, NotPossible, NotValid
from crm_bridge.web.privacy_room import PrivacyRoom
from ledger.web.files import send_file
from ledger.web.leading import lead_to
from ledger.web.visit import Refusal, Visit, Who

HOME = "/privacy"
#: Looks and rows of each kind on a page.
PAGE = 100
#: Looks of so long are counted by person.
SINCE = timedelta(days=30)
SAID = {"export": "Everything is being gathered: the file is here in a moment"}


class PrivacyPages:
    """Serves /privacy and /customers/{id}/privacy."""

    def __init__(self, room: PrivacyRoom) -> None:
        self._room = room

    async def show_customer(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show who looked at a person, and the ways to export and to erase."""
        room, file = self._room, await self._customer(visit, who)
        view = room.view()
        exports = await room.exports.list_newest(file.id, limit=10)
        open_ = await room.erasures.find_open(file.id)
        looks = await room.privacy.lookers(file.id, PAGE)
        return visit.page(
            "privacy/customer.html",
            file=file,
            title=name_to_type(file),
            exports=[view.export(one) for one in exports],
            erasure=view.erasure(open_) if open_ is not None else None,
            looks=[(look.by, view.hour(look.hour)) for look in looks],
            more=len(looks) == PAGE,
            said=SAID.get(visit.query("did") or "", ""),
        )

    async def ask_export(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Have everything about a person gathered."""
        await visit.form()
        file = await self._customer(visit, who)
        await self._room.exports.ask(file.id, who.name)
        return lead_to(_of(file), did="export")

    async def preview_erasure(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show what would go, and ask for the name."""
        return await self._preview(visit, await self._customer(visit, who))

    async def ask_erasure(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Have a person forgotten, by whoever typed the name."""
        form, file = await visit.form(), await self._customer(visit, who)
        try:
            erasure = await self._room.erasures.ask(file.id, form.get("name", ""), who.name)
        except NotValid as error:
            return await self._preview(visit, file, error=str(error), status=400)
        except NotPossible as error:
            return await self._preview(visit, file, error=str(error), status=409)
        return web.Response(
            status=303, headers={"Location": f"{HOME}/erasures/{erasure.id}", "Cache-Control": "no-store"}
        )

    async def show_all(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show every export and erasure, and who looked at how many."""
        room, view = self._room, self._room.view()
        exports = await room.exports.list_newest(limit=PAGE)
        names = await room.names([one.customer for one in exports])
        by = (visit.query("by") or "")[:80]
        by = by if by.isprintable() else ""
        looks = await room.privacy.looks_of(by, PAGE) if by else []
        looked_at = await room.names([look.customer for look in looks])
        return visit.page(
            "privacy/all.html",
            exports=[view.export(one, names.get(one.customer, "")) for one in exports],
            erasures=[view.erasure(one) for one in await room.erasures.list_newest(PAGE)],
            watchers=[
                (name, count, view.moment(last))
                for name, count, last in await room.privacy.watchers(view.now - SINCE, PAGE)
            ],
            by=by,
            looks=[(one.customer, looked_at.get(one.customer, "somebody"), view.hour(one.hour)) for one in looks],
            days=SINCE.days,
        )

    async def show_erasure(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show how far an erasure is, and what came of it."""
        erasure = await self._room.erasure(visit)
        return visit.page("privacy/erasure.html", erasure=self._room.view().erasure(erasure))

    async def certificate(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Send a certificate."""
        erasure = await self._room.erasure(visit)
        if not erasure.certificate:
            raise Refusal(404, "there is no certificate yet", "it is drawn when the erasure is over")
        return await send_file(
            self._room.spool,
            erasure.certificate,
            content_type="application/pdf",
            name=f"certificate-{erasure.id[:12]}.pdf",
            what="the certificate",
        )

    async def download(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Send an export, as long as it is kept."""
        export = await self._room.export(visit)
        if not self._room.view().export(export).there:
            raise Refusal(404, "this file is not there any more, or not yet", "ask for everything anew")
        if visit.request.method == "GET":
            self._room.exports.taken(export, who.name)
            await self._room.privacy.looked(export.customer, who.name)
        return await send_file(
            self._room.spool,
            export.file,
            content_type="application/zip",
            name=f"everything-{export.id[:12]}.zip",
            what="the file",
            download=True,
        )

    async def _customer(self, visit: Visit, who: Who) -> CustomerFile:
        """Return whose page it is, and note that somebody looked."""
        file = await self._room.find(visit.request.match_info["id"])
        await self._room.privacy.looked(file.id, who.name)
        return file

    async def _preview(
        self, visit: Visit, file: CustomerFile, *, error: str = "", status: int = 200
    ) -> web.StreamResponse:
        preview = await self._room.erasures.preview(file.id)
        return visit.page(
            "privacy/erase.html",
            status=status,
            file=file,
            preview=preview,
            goes=counted(preview.counts, nameless=False),
            nameless=counted(preview.counts, nameless=True),
            others=staying(preview.counts),
            error=error,
        )


def _of(file: CustomerFile) -> str:
    return f"/customers/{quote(file.id, safe='')}/privacy"
