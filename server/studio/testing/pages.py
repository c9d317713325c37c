"""The page of the site's own tests: run on the draft, what failed and why, what is covered, drafts of what is missing.

Parse, call, render: the run is in `job`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

from aiohttp import web

from callrouter.menu_tests.draft_yaml import to_yaml
from callrouter.menu_tests.run import TestReport
from config.findings import Position
from config.schema import Site
from server.accounts import Role
from server.menu_test_report import DRAFTED, Places, draft, share, steps_of, why_unreached
from server.studio.room import StudioRoom
from server.studio.testing.job import Standing
from server.studio.trying.asked import Asked
from server.web.parts import Parts
from server.web.route import Route
from server.web.visit import Visit

AT = "/site/tests"
#: So long is a page held back for a run that is nearly done, seconds.
SOON = 1.0
#: More passed tests, and more failed ones, are not listed.
MOST = 500
#: The calls of more failed tests are not told step by step.
MOST_TOLD = 50
#: Drafting for a site of hundreds of menus takes some seconds.
DRAFT_SECONDS = 60.0


@dataclass(frozen=True)
class Row:
    """A test as the page shows it; `walk` leads to its call in the time machine."""

    name: str
    edit: str
    place: str
    destination: str
    walk: str
    failures: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Missing:
    """Something that no test goes through."""

    words: str
    edit: str
    place: str


@dataclass(frozen=True)
class Owner:
    """A menu, department, … and how much of it is covered."""

    name: str
    covered: int
    of: int
    missing: tuple[Missing, ...]


@dataclass(frozen=True)
class Drafted:
    """Drafts that were shown and can be written; `version` is that of the site they are for."""

    version: str
    text: str
    count: int
    unreached: tuple[str, ...]


@dataclass(frozen=True)
class View:
    """A report as the page shows it."""

    failed: tuple[Row, ...]
    passed: tuple[Row, ...]
    count: int
    share: str
    percent: int
    owners: tuple[Owner, ...]


class TestsPages:
    """Serves /site/tests."""

    __test__ = False  # for pytest, which takes every class of such a name for its own

    def __init__(self, room: StudioRoom, parts: Parts) -> None:
        self._room = room
        self._parts = parts
        self.job = room.tests
        self._drafted: Drafted | None = None

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", AT, self.show, role=Role.ADMIN),
            Route("GET", AT + "/progress", self.progress, role=Role.ADMIN),
            Route("POST", AT + "/again", self.again, role=Role.ADMIN),
            Route("POST", AT + "/draft", self.draft, role=Role.ADMIN, seconds=DRAFT_SECONDS),
            Route("POST", AT + "/write", self.write, role=Role.ADMIN),
        )

    def close(self) -> None:
        """Leave no run behind."""
        self.job.close()

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Run the draft's tests, if they were not, and show what came of them or how far they are."""
        return await self._page(visit)

    async def progress(self, visit: Visit) -> web.StreamResponse:
        """Answer how far the run is, for the script."""
        standing = self.job.standing
        running = standing is not None and standing.is_running
        said = {"running": running, "done": standing.done if standing is not None else 0}
        return web.json_response(said, headers={"Cache-Control": "no-store"})

    async def again(self, visit: Visit) -> web.StreamResponse:
        """Run them once more."""
        await visit.form()
        self.job.forget()
        return _back()

    async def draft(self, visit: Visit) -> web.StreamResponse:
        """Show the tests that are missing, as they would be written."""
        await visit.form()
        loaded = await self._room.load_draft()
        standing = self.job.standing
        if loaded.site is None or standing is None or standing.version != loaded.site.version:
            return _back()
        if standing.report is not None:
            self._drafted = await asyncio.to_thread(self._draft, loaded.site, standing.report)
        return await self._page(visit)

    async def write(self, visit: Visit) -> web.StreamResponse:
        """Write the drafts that were shown into a new file of the draft, for review."""
        form, drafted = await visit.form(), self._drafted
        loaded = await self._room.load_draft()
        version = loaded.site.version if loaded.site is not None else ""
        if drafted is None or form.get("version") != drafted.version or version != drafted.version:
            return await self._page(visit, status=409, trouble="The draft is another since: draft the tests again.")
        try:
            await asyncio.to_thread(_write_new, self._room.draft / DRAFTED, drafted.text)
        except FileExistsError:
            trouble = f"{DRAFTED} is there already: look at its tests, and move those that you keep to another file."
            return await self._page(visit, status=409, trouble=trouble)
        except OSError as error:
            return await self._page(visit, status=409, trouble=f"{DRAFTED} cannot be written: {error.strerror}.")
        self._drafted = None
        return _back()

    async def _page(self, visit: Visit, *, status: int = 200, trouble: str = "") -> web.Response:
        loaded = await self._room.load_draft()
        standing: Standing | None = None
        view: View | None = None
        if loaded.site is not None:
            standing = self.job.start(loaded.site)
            await self.job.wait(SOON)
            if standing.report is not None:
                view = await asyncio.to_thread(self._view, loaded.site, standing.report)
        drafted = self._drafted
        if drafted is not None and (loaded.site is None or drafted.version != loaded.site.version):
            drafted = self._drafted = None
        return visit.page(
            "studio/tests.html", status=status, here_now=AT, site=loaded.site, standing=standing, view=view,
            trouble=trouble, drafted=drafted, file=DRAFTED, most=MOST,
            can_draft=self._room.draft.is_dir() and not (self._room.draft / DRAFTED).exists(),
        )  # fmt: skip

    def _draft(self, site: Site, report: TestReport) -> Drafted:
        found = draft(site, report, self._parts.clock)
        unreached = tuple(f"{spot}: {why_unreached(site, spot)}" for spot in found.unreached)
        return Drafted(site.version, to_yaml(site, found.drafts), len(found.drafts), unreached)

    def _view(self, site: Site, report: TestReport) -> View:
        places, coverage = Places.of(self._room.draft, self._room.environment), report.coverage
        failed: list[Row] = []
        passed: list[Row] = []
        for result in report.results:
            shown = passed if result.passed else failed
            if len(shown) == MOST:
                continue
            position = places.of_test(result.index)
            end, walk = result.destination or result.outcome, Asked.of_test(result.test).query()
            row = Row(result.test.name, _edit(position), _short(position), end, walk)
            if not result.passed:
                steps = tuple(steps_of(site, result)) if len(failed) < MOST_TOLD else ()
                row = replace(row, failures=tuple(map(str, result.failures)), steps=steps)
            shown.append(row)
        owners = []
        for name, spots in coverage.by_owner:
            there = [(spot, places.of_spot(spot)) for spot in spots if not coverage.has(spot)]
            missing = tuple(Missing(spot.words, _edit(at), _short(at)) for spot, at in there)
            owners.append(Owner(name, len(spots) - len(missing), len(spots), missing))
        owners.sort(key=lambda owner: not owner.missing)
        return View(
            tuple(failed), tuple(passed), len(report.results), share(coverage), int(100 * coverage.share), tuple(owners)
        )


def _edit(position: Position) -> str:
    query = urlencode({"file": Path(position.file).name, "line": position.line, "column": position.column})
    return f"/site/edit?{query}"


def _short(position: Position) -> str:
    return f"{Path(position.file).name}, line {position.line}"


def _write_new(file: Path, text: str) -> None:
    """Write a file that is not there yet. Raises OSError."""
    with file.open("x", encoding="utf-8") as stream:
        stream.write(text)


def _back() -> web.Response:
    return web.Response(status=303, headers={"Location": AT, "Cache-Control": "no-store"})
