"""How each step of the way from a draft to callers stands, for the frame of all the admin's pages.

Owns the words for where each step is; their order is in the frame, and what is done in each is known by its page.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from aiohttp import web

from config.diff.changes import changes
from config.diff.model import apart
from config.diff.recordings import recording_changes
from config.versions.model import VersionError
from server.studio.backtesting.job import BacktestJob
from server.studio.overview.sites import Seen
from server.studio.room import StudioRoom
from server.studio.sight import is_admin
from server.studio.testing.job import FEW
from server.web.route import Route
from server.web.visit import Visit

#: So long is a page held back for tests that are nearly done, seconds.
SOON = 0.5


@dataclass(frozen=True)
class State:
    """Where a step is, in a word or two; the tone is good, warn or bad, '' for neither."""

    words: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Look:
    """The draft and what callers hear at one moment; `changes` is None where they cannot be compared.

    What changes in the site's own tests nobody hears: that is counted in `tests`.
    """

    draft: Seen
    published: Seen
    same: bool
    changes: int | None
    tests: int
    trouble: bool


class Way:
    """Tells how far the draft is. Tests that are few run by themselves, so that their state is of this draft."""

    def __init__(self, room: StudioRoom, backtest: BacktestJob) -> None:
        self._room = room
        self._sites = room.sites
        self._tests = room.tests
        self._backtest = backtest
        self._compared: tuple[tuple[str, str], tuple[int, int] | None] = ("", ""), None

    def led(self, route: Route) -> Route:
        """Return a page's route with the states in its frame; what is no page stays as it is."""
        if route.operation is not None or route.endless:
            return route
        inner = route.handler

        async def handle(visit: Visit) -> web.StreamResponse:
            if "text/html" not in visit.request.headers.get("Accept", ""):  # a script's question, a sound, a file
                return await inner(visit)
            if not is_admin(visit):  # the way is the draft's
                return await inner(visit)
            look = await self.look()
            frame = visit.frame.knowing(way_states=lambda: self.states(look))
            return await inner(replace(visit, frame=frame))

        return replace(route, handler=handle)

    async def look(self) -> Look:
        """Read the draft and what callers hear, no more often than they change."""
        draft, published = await self._sites.draft(), await self._sites.published()
        publication = await self._sites.publication()
        served = published.version if publication is None else publication.version
        if draft.site is not None and len(draft.site.tests) <= FEW:
            self._tests.start(draft.site)
            await self._tests.wait(SOON)
        count = await self._count(published, draft)
        live = self._room.live
        changed, of_tests = count if count is not None else (None, 0)
        trouble = bool(live is not None and live.trouble)
        return Look(draft, published, draft.version == served, changed, of_tests, trouble)

    def states(self, look: Look) -> dict[str, State]:
        """Return how each step stands, by its address."""
        draft = look.draft
        tested = self._tested(draft)
        return {
            "/site/edit": State("" if look.same else "changed"),
            "/site/check": _checked(draft),
            "/site/tests": tested,
            "/site/changes": _changed(look),
            "/site/backtest": self._backtested(look),
            "/site/publish": _publishable(look, tested),
        }

    async def _count(self, old: Seen, new: Seen) -> tuple[int, int] | None:
        if old.site is None or new.site is None:
            return None
        pair = old.version, new.version
        if self._compared[0] != pair:
            self._compared = pair, await asyncio.to_thread(_differences, old, new)
        return self._compared[1]

    def _tested(self, draft: Seen) -> State:
        if draft.site is None:
            return State("not yet")
        if not draft.site.tests:
            return State("no tests", "warn")
        standing = self._tests.standing
        if standing is None or standing.version != draft.site.version:
            return State("not run")
        if standing.trouble:
            return State("broken off", "bad")
        if standing.report is None:
            return State("running")
        failed = len(standing.report.failed)
        if failed:
            return State(f"{failed:,} failed", "bad")
        return State(f"{len(standing.report.results):,} passed", "good")

    def _backtested(self, look: Look) -> State:
        standing = self._backtest.standing
        if look.draft.site is None:
            return State("not yet")
        if standing is not None and standing.is_running:
            return State("running")
        asked = look.published.site.version if look.published.site is not None else "", look.draft.site.version
        if standing is None or standing.report is None or (standing.asked.against, standing.asked.draft) != asked:
            return State("" if look.same else "not run")
        elsewhere = standing.report.elsewhere
        return State(f"{elsewhere:,} elsewhere", "warn") if elsewhere else State("none elsewhere", "good")


def _checked(draft: Seen) -> State:
    for count, word, tone in ((draft.errors, "error", "bad"), (draft.warnings, "warning", "warn")):
        if count:
            return State(f"{count:,} {word}{'' if count == 1 else 's'}", tone)
    return State("no findings", "good")


def _changed(look: Look) -> State:
    if look.draft.site is None:
        return State("not yet")
    if look.same:
        return State("nothing")
    if look.changes is None:
        return State("not known", "warn")
    counted = [
        f"{count:,} {word}{'' if count == 1 else 's'}"
        for count, word in ((look.changes, "change"), (look.tests, "test"))
        if count
    ]
    return State(", ".join(counted) or "none heard")


def _publishable(look: Look, tested: State) -> State:
    if look.trouble:
        return State("not served", "bad")
    if look.same:
        return State("up to date", "good")
    return State("not yet") if look.draft.site is None or tested.tone == "bad" else State("ready", "good")


def _differences(old: Seen, new: Seen) -> tuple[int, int] | None:
    """Count what the page of changes would list, apart from tests and of tests; None where files cannot be read."""
    assert old.site is not None and new.site is not None
    try:
        found = [*changes(old.site, new.site), *recording_changes(old.site, old.folder, new.site, new.folder)]
    except (OSError, VersionError):
        return None
    heard, of_tests = apart(found)
    return len(heard), len(of_tests)
