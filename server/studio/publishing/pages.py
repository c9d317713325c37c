"""The page that publishes the draft: what will happen, the deed, how far it is, what came of it. Parse, ask, render."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web
from pydantic import BaseModel

from config.diff.model import Change
from config.findings import Finding
from config.versions.store import NoSuchVersion, VersionStore, version_id
from ledger.web.times import exact
from server.accounts import Role
from server.moving import needs_restart
from server.progress import Show
from server.studio.audit import about
from server.studio.publishing import publish as publishing
from server.studio.publishing.job import PublishJob
from server.studio.publishing.publish import Published
from server.studio.publishing.versions_pages import AT as VERSIONS
from server.studio.publishing.versions_pages import VersionsPages
from server.studio.publishing.words import PublishedWords, counted
from server.studio.room import StudioRoom
from server.studio.testing.draft_tests import NO_TESTS, Tried
from server.studio.testing.job import Standing
from server.web.parts import Parts
from server.web.problems import Problem
from server.web.route import Route
from server.web.visit import Visit

AT = "/site/publish"
#: More are not listed here; the pages of their own have all.
MOST_FINDINGS, MOST_CHANGES, MOST_TESTS = 20, 60, 20
_LONGEST_WHY = 500
#: So long is the page held back for tests that are nearly done, seconds.
SOON = 1.0


class ProgressAnswer(BaseModel):
    """How far a publication is; `done` is -1 where nobody can know."""

    under_way: bool
    what: str
    done: float


class PublishPages:
    """Serves /site/publish, /site/versions and the way back."""

    def __init__(self, room: StudioRoom, parts: Parts) -> None:
        self._room = room
        self._parts = parts
        self._store = VersionStore(room.versions)
        self._words = PublishedWords(room)
        self.job = PublishJob(parts.clock)
        self._versions = VersionsPages(room, parts, self._words, self.job)

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", AT, self.show, role=Role.ADMIN),
            Route("POST", AT, self.publish, role=Role.ADMIN),
            Route("GET", AT + "/progress", self.progress, role=Role.ADMIN),
            Route("POST", "/site/rollback", self.roll_back, role=Role.ADMIN),
            *self._versions.routes(),
        )

    def close(self) -> None:
        """Break off what is under way."""
        self.job.close()

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Show what publishing the draft would do, or how far it is, or what came of it."""
        loaded = await self._room.load_draft()
        site, live = loaded.site, self._room.live
        current = await asyncio.to_thread(self._store.current)
        served = self._room.site()
        version, standing = "", None
        found: tuple[Change, ...] = ()
        if site is not None and not self.job.is_under_way:
            version = await asyncio.to_thread(version_id, self._room.draft, site)
            standing = self._room.tests.start(site)
            await self._room.tests.wait(SOON)
            found = await self._words.between(served, site)
        zone = self._parts.site().company.zone
        return visit.page(
            "studio/publish.html",
            here_now=AT,
            current=current,
            current_at=exact(current.at, zone) if current is not None else "",
            served=served,
            trouble=live.trouble if live is not None else "",
            restart=needs_restart(live.at_start, served) if live is not None else (),
            restart_then=needs_restart(live.at_start, site) if live is not None and site is not None else (),
            usable=site is not None,
            draft=version,
            same=current is not None and version == current.version,
            errors=[self._sentence(one) for one in loaded.findings if one.severity == "error"],
            warnings=[self._sentence(one) for one in loaded.findings if one.severity != "error"],
            most=MOST_FINDINGS,
            standing=standing,
            tried=_tried(standing),
            most_tests=MOST_TESTS,
            changes=found,
            counted=counted(found),
            most_changes=MOST_CHANGES,
            job=self.job,
        )

    async def publish(self, visit: Visit) -> web.StreamResponse:
        """Begin to publish what the draft is now."""
        form = await visit.form()
        why, although, seen = form.get("why", "")[:_LONGEST_WHY], bool(form.get("although")), _number(form)
        draft = form.get("draft", "")
        if self.job.is_under_way and self.job.who == _by(visit):
            return _led_to(AT)  # sent twice, as by a double click
        about(visit, f"although tests fail: {why}" if although else why)

        async def work(show: Show) -> Published:
            return await publishing.publish(
                self._room, who=_by(visit), why=why, clock=self._parts.clock, show=show, expected=seen,
                although_tests_fail=although, seen=draft,
            )  # fmt: skip

        return self._begin(visit, work, AT)

    async def roll_back(self, visit: Visit) -> web.StreamResponse:
        """Begin to publish an older version again."""
        form = await visit.form()
        wanted, why, seen = form.get("number", ""), form.get("why", "")[:_LONGEST_WHY], _number(form)
        about(visit, f"to number {wanted}: {why}" if why else f"to number {wanted}")
        try:
            await asyncio.to_thread(self._store.find, wanted)
        except NoSuchVersion as error:
            raise Problem(404, str(error), f"the versions are at {VERSIONS}") from None

        async def work(show: Show) -> Published:
            return await publishing.go_back(
                self._room, wanted, who=_by(visit), why=why, clock=self._parts.clock, show=show, expected=seen
            )

        return self._begin(visit, work, VERSIONS)

    async def progress(self, visit: Visit) -> web.StreamResponse:
        """Tell how far it is."""
        job = self.job
        done = -1.0 if job.done is None else job.done
        return visit.answer(ProgressAnswer(under_way=job.is_under_way, what=job.what, done=done))

    def _sentence(self, finding: Finding) -> str:
        """Write a finding as `check` does, with its place in the draft."""
        return str(finding).removeprefix(f"{self._room.draft}/")

    def _begin(self, visit: Visit, work: Callable[[Show], Awaitable[Published]], there: str) -> web.StreamResponse:
        if not self.job.start(_by(visit), work):
            raise Problem(409, f"{self.job.who} is publishing at this moment", f"look at {AT}")
        return _led_to(there)


def _led_to(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": path, "Cache-Control": "no-store"})


def _tried(standing: Standing | None) -> Tried:
    """Tell how the tests came out; nothing of those that still run."""
    if standing is None or standing.is_running:
        return NO_TESTS
    if standing.report is None:
        return Tried.unknown(standing.count, standing.trouble)
    return Tried.of(standing.report)


def _number(form: dict[str, str]) -> int | None:
    text = form.get("expected", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _by(visit: Visit) -> str:
    assert visit.account is not None, "the guard lets nobody else in"
    return visit.account.name
