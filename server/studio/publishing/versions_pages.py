"""The page of everything that was published: when, by whom, why, how much it changed, and the way back to it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from config.versions.store import Publication, VersionStore
from ledger.web.times import age, exact
from server.studio.publishing.job import PublishJob
from server.studio.publishing.words import PublishedWords
from server.studio.room import StudioRoom
from server.studio.sight import LOOKS, is_admin
from server.web.parts import Parts
from server.web.route import Route
from server.web.visit import Visit

AT = "/site/versions"
#: So many are on a page.
MOST = 30


@dataclass(frozen=True)
class Row:
    """A publication as the page shows it. `size` is how many things it changed, None where nobody can say any more."""

    one: Publication
    at: str
    exact: str
    size: int | None
    before: str
    is_kept: bool


class VersionsPages:
    """Serves /site/versions."""

    def __init__(self, room: StudioRoom, parts: Parts, words: PublishedWords, job: PublishJob) -> None:
        self._room = room
        self._parts = parts
        self._words = words
        self._job = job
        self._store = VersionStore(room.versions)

    def routes(self) -> tuple[Route, ...]:
        return (Route("GET", AT, self.show, role=LOOKS),)

    async def show(self, visit: Visit) -> web.StreamResponse:
        """List what was published, the newest first; what went wrong with it is told to admins."""
        edits = is_admin(visit)
        known = await asyncio.to_thread(self._store.publications)
        text = visit.query("before") or ""
        before = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
        older = [one for one in known if before is None or one.number < before]
        shown = older[-MOST:]
        now = self._parts.clock.now()
        versions = {one.number: one.version for one in known}
        rows = [await self._row(one, versions.get(one.number - 1, ""), now) for one in reversed(shown)]
        return visit.page(
            "studio/versions.html",
            here_now=AT,
            rows=rows,
            current=known[-1] if known else None,
            served=self._room.live.served.publication.number if self._room.live is not None else None,
            trouble=self._room.live.trouble if edits and self._room.live is not None else "",
            damaged=await asyncio.to_thread(self._store.damaged) if edits else (),
            older=shown[0].number if len(older) > len(shown) else None,
            newer=before is not None,
            job=self._job,
        )

    async def _row(self, one: Publication, before: str, now: datetime) -> Row:
        zone = self._parts.site().company.zone
        size = await self._words.count(before, one.version) if before else None
        kept = await asyncio.to_thread(self._is_kept, one.version)
        return Row(one, age(one.at, now, zone), exact(one.at, zone), size, before, kept)

    def _is_kept(self, version: str) -> bool:
        return (self._room.versions / "versions" / version).is_dir()
