"""Recordings by the page: one is sent or spoken, looked at, compared, and kept in the draft. Parse, ask, render."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from ivr.speech.foreign_limits import MOST_BYTES
from ivr.speech.take_model import remarks
from ivr.speech.takes import BadTake
from server.accounts import Role
from server.studio.audit import about
from server.studio.prompts.draft_recordings import NAME, CannotKeep, DraftRecordings, KeptMeanwhile
from server.studio.prompts.take_store import NoSuchTake, Take, TakeStore
from server.studio.room import StudioRoom
from server.web.headers import MICROPHONE
from server.web.parts import Parts
from server.web.problems import Problem
from server.web.route import Route
from server.web.visit import Visit

HOME = "/site/prompts"
AT = HOME + "/takes"
#: A slow line may bring the file so long, seconds.
SECONDS = 300.0


@dataclass(frozen=True)
class TakePages:
    """Serves takes and the recordings of the draft."""

    room: StudioRoom
    parts: Parts
    recordings: DraftRecordings
    store: TakeStore
    largest: int = MOST_BYTES

    def routes(self) -> tuple[Route, ...]:
        admin = Role.ADMIN
        return (
            Route("POST", AT, self.add, role=admin, seconds=SECONDS),
            Route("GET", AT + "/{id}", self.show, role=admin),
            Route("GET", AT + "/{id}/sound.wav", self.sound, role=admin),
            Route("POST", AT + "/{id}/keep", self.keep, role=admin, seconds=SECONDS),
            Route("POST", AT + "/{id}/drop", self.drop, role=admin),
            Route("GET", HOME + "/recordings/{language}/{name}.wav", self.recording, role=admin),
        )

    async def add(self, visit: Visit) -> web.StreamResponse:
        """Take what was sent or spoken, and lead to what it is like."""
        sent = await self.store.new_file()
        try:
            upload = await visit.upload("document", sent, self.largest)
            name, language = upload.fields.get("name", "").strip(), upload.fields.get("language", "")
            wrong = self._wrong(name, language) or ("" if upload.size else "choose a file, or record one")
            if wrong:
                return visit.page("studio/take_refused.html", status=400, here_now=HOME, error=wrong)
            about(visit, f"{language}/{name}")
            take = await self.store.add(sent, name, language)
        except BadTake as error:
            return visit.page("studio/take_refused.html", status=400, here_now=HOME, error=str(error))
        finally:
            await asyncio.to_thread(sent.unlink, missing_ok=True)
        return _to(f"{AT}/{take.id}")

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Show what a take is like, beside the recording that it would take the place of."""
        return await self._page(visit, await self._take(visit))

    async def sound(self, visit: Visit) -> web.StreamResponse:
        """Send the sound of a take."""
        return _sound((await self._take(visit)).path)

    async def recording(self, visit: Visit) -> web.StreamResponse:
        """Send a recording of the draft."""
        asked = visit.request.match_info
        path = await asyncio.to_thread(self.recordings.file_of, asked["language"], asked["name"])
        if path is None:
            raise Problem(404, "there is no such recording", f"all of them are at {HOME}")
        return _sound(path)

    async def keep(self, visit: Visit) -> web.StreamResponse:
        """Put a take into the draft, trimmed and levelled where that is wanted."""
        take, form = await self._take(visit), await visit.form()
        about(visit, f"{take.language}/{take.name}")
        site = (await self.room.load_draft()).site or self.room.site()
        try:
            done = await self.store.finish(take, trim="trim" in form, level="level" in form)
            async with self.room.writing:
                await asyncio.to_thread(self.recordings.keep, done, take.language, take.name, site, form.get("seen"))
        except KeptMeanwhile as error:
            return await self._page(visit, take, status=409, error=str(error))
        except (BadTake, CannotKeep) as error:
            return await self._page(visit, take, status=400, error=str(error))
        await self.store.drop(take)
        return _to(f"{HOME}?words={take.name}#recordings")

    async def drop(self, visit: Visit) -> web.StreamResponse:
        """Throw a take away."""
        take = await self._take(visit)
        about(visit, f"{take.language}/{take.name}")
        await self.store.drop(take)
        return _to(f"{HOME}#recordings")

    def _wrong(self, name: str, language: str) -> str:
        if not NAME.fullmatch(name):
            return "write a name of letters, digits, - and _, at most 64, such as welcome-2"
        if language not in self.room.site().company.languages:
            return "choose a language of the company"
        return ""

    async def _take(self, visit: Visit) -> Take:
        try:
            return await self.store.get(visit.request.match_info["id"])
        except NoSuchTake:
            raise Problem(404, "this recording was kept or thrown away", f"all of them are at {HOME}") from None

    async def _page(self, visit: Visit, take: Take, *, status: int = 200, error: str = "") -> web.Response:
        before = await asyncio.to_thread(self.recordings.file_of, take.language, take.name)
        answer = visit.page(
            "studio/take.html",
            status=status,
            here_now=HOME,
            take=take,
            remarks=remarks(take.measured),
            bars=list(enumerate(take.measured.peaks)),
            seen=await asyncio.to_thread(self.recordings.digest_of, take.language, take.name),
            before=f"{HOME}/recordings/{take.language}/{take.name}.wav" if before is not None else "",
            largest=self.largest,
            error=error,
        )
        answer.headers["Permissions-Policy"] = MICROPHONE
        return answer


def _sound(path: Path) -> web.FileResponse:
    return web.FileResponse(path, headers={"Cache-Control": "private, no-cache", "Content-Type": "audio/wav"})


def _to(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": path, "Cache-Control": "no-store"})
