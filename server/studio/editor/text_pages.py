"""The text editor: a file of the draft as it is, checked while somebody types; and the schema by which it completes."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict

from aiohttp import web

from config.edit.files import CannotWrite, ChangedMeanwhile, DraftFile, NoSuchFile
from config.json_schema import json_schema
from config.reading.source import LARGEST_FILE
from server.accounts import Role
from server.studio.audit import nothing_done
from server.studio.editor.compare import side_by_side
from server.studio.editor.editing import DraftEditor, EditorBusy
from server.studio.editor.findings import Said
from server.studio.editor.last import Saved
from server.studio.editor.sidebar import AT, address_of_file, sidebar
from server.web.parts import Parts
from server.web.problems import Problem
from server.web.route import Route
from server.web.visit import Visit

SCHEMA = "/site/schema.json"
#: A form writes a line end with six bytes, and a letter that is not of ASCII with three for each of its own.
LARGEST_FORM = 6 * LARGEST_FILE + (64 << 10)
_BOM = "\ufeff"


class EditTextPages:
    """Serves /site/edit/file/…, and /site/schema.json."""

    def __init__(self, editor: DraftEditor, parts: Parts) -> None:
        self._editor = editor
        self._parts = parts

    def routes(self) -> tuple[Route, ...]:
        return (
            # It says nothing of this site, so that any editor can fetch it.
            Route("GET", SCHEMA, self.schema, role=None),
            Route("GET", AT + "/file/{file}", self.show, role=Role.ADMIN),
            Route("POST", AT + "/file/{file}", self.save, role=Role.ADMIN),
            Route("POST", AT + "/file/{file}/check", self.check, role=Role.ADMIN),
        )

    async def schema(self, visit: Visit) -> web.StreamResponse:
        """Send the JSON Schema of a site."""
        headers = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
        return web.json_response(json_schema(), headers=headers, content_type="application/schema+json")

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Show a file."""
        return await self._page(visit, await self._open(visit))

    async def check(self, visit: Visit) -> web.StreamResponse:
        """Tell what the check would say if the file said what is sent."""
        raw = _bytes((await visit.form(LARGEST_FORM)).get("text", ""), (await self._open(visit)).raw)
        try:
            found = await self._editor.findings(visit.request.match_info["file"], raw)
        except EditorBusy as busy:
            return web.json_response({"error": str(busy)})
        return web.json_response({"findings": [one.as_json() for one in found]}, headers={"Cache-Control": "no-store"})

    async def save(self, visit: Visit) -> web.StreamResponse:
        """Save a file as it was sent, if nobody else saved it meanwhile."""
        form = await visit.form(LARGEST_FORM)
        file = await self._open(visit)
        raw = _bytes(form.get("text", ""), file.raw)
        if len(raw) > LARGEST_FILE:
            error = f"Not saved: this is larger than {LARGEST_FILE >> 20} MiB. Move a part of it to another file."
            return await self._page(visit, file, status=413, raw=raw, error=error)
        assert visit.account is not None, "the guard lets nobody else in"
        try:
            saved = await self._editor.save(file.name, raw, form.get("digest", ""), visit.account.name)
        except ChangedMeanwhile as meanwhile:
            by = await self._editor.last_saved(meanwhile)
            return await self._page(visit, meanwhile.now, status=409, raw=raw, by=by)
        except CannotWrite as error:
            return await self._page(visit, file, status=507, raw=raw, error=str(error))
        if saved.digest == form.get("digest"):
            nothing_done(visit)
        raise web.HTTPSeeOther(address_of_file(file.name) + "?saved=1", headers={"Cache-Control": "no-store"})

    async def _open(self, visit: Visit) -> DraftFile:
        look = await self._editor.look()
        try:
            return look.file(visit.request.match_info["file"])
        except NoSuchFile as error:
            raise Problem(404, str(error), f"the files are at {AT}") from None

    async def _page(
        self,
        visit: Visit,
        file: DraftFile,
        *,
        status: int = 200,
        raw: bytes | None = None,
        by: Saved | None = None,
        error: str = "",
    ) -> web.Response:
        look = await self._editor.look()
        shown = file.raw if raw is None else raw
        found: tuple[Said, ...] = ()
        try:
            found = await self._editor.findings(file.name, shown)
        except EditorBusy as busy:
            error = error or str(busy)
        here = [one for one in found if one.file == file.name]
        line = visit.query("line") or ""
        return visit.page(
            "studio/edit_text.html",
            status=status,
            here_now=AT,
            side=sidebar(look, file=file.name),
            file=file,
            text=_text(shown),
            sides=await asyncio.to_thread(side_by_side, _text(file.raw), _text(shown)) if by is not None else None,
            is_text=_is_text(shown),
            by=by,
            error=error,
            findings=here,
            elsewhere=len(found) - len(here),
            address=address_of_file(file.name),
            schema=SCHEMA,
            names=json.dumps({section: list(names) for section, names in look.names.by_section.items()}),
            known=json.dumps([asdict(one) for one in here]),
            line=line if line.isascii() and line.isdigit() and len(line) < 8 else "",
            saved=visit.query("saved") is not None and status == 200,
            zone=self._parts.site().company.zone,
            largest=LARGEST_FILE,
        )


def _text(raw: bytes) -> str:
    """Return what a text field shows; the mark at the beginning and the kind of line ends come back when it is sent."""
    return raw.decode("utf-8", errors="replace").removeprefix(_BOM).replace("\r\n", "\n")


def _bytes(sent: str, before: bytes) -> bytes:
    """Return the file that a text field means; browsers send every line end as CRLF. Untouched it is as before."""
    text = sent.replace("\r\n", "\n")
    if text == _text(before):
        return before
    if b"\r\n" in before:
        text = text.replace("\n", "\r\n")
    return ((_BOM if before.startswith(_BOM.encode()) else "") + text).encode()


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
