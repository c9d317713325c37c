"""What is served, for programs and the command line: a look, and the word to look for a new publication."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel

from config.versions.store import Publication
from server.accounts import Role
from server.moving import needs_restart
from server.scopes import Scope
from server.studio.room import StudioRoom
from server.web.parts import Parts
from server.web.problems import Problem
from server.web.route import Answer, Operation, Route
from server.web.visit import Visit

AT = "/api/v1/site"
#: Going over renders what is not rendered yet and tells Asterisk; seconds.
GOING_OVER = 120.0


class SiteAnswer(BaseModel):
    """The version of the site that new calls get."""

    version: str
    publication: int
    at: str
    who: str
    why: str
    #: Why something newer is not served, '' where nothing is wrong.
    trouble: str
    #: Parts that differ from the start of the server and are read at a start only.
    needs_restart: list[str]


EXAMPLE = {
    "version": "5f1c2a9b7d04",
    "publication": 12,
    "at": "2026-11-22T12:00:00+00:00",
    "who": "admin",
    "why": "Sales is on key 2",
    "trouble": "",
    "needs_restart": ["web: bind, port"],
}


class SiteApi:
    """Serves /api/v1/site."""

    def __init__(self, room: StudioRoom, parts: Parts) -> None:
        del parts
        self._room = room

    def routes(self) -> tuple[Route, ...]:
        shown = Answer("what is served", SiteAnswer, EXAMPLE)
        look = Operation("showSite", "Which version of the site is served", {200: shown})
        tell = Operation(
            "lookForPublication", "Serve what was published last, and say what is served then", {200: shown}
        )
        return (
            Route("GET", AT, self.show, operation=look, role=Role.ADMIN, scope=Scope.ADMIN),
            Route(
                "POST", f"{AT}/look", self.look, operation=tell, role=Role.ADMIN, scope=Scope.ADMIN, seconds=GOING_OVER
            ),
        )

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Tell what is served."""
        return visit.answer(self._answer())

    async def look(self, visit: Visit) -> web.StreamResponse:
        """Go over to the newest publication."""
        if self._room.live is not None:
            await self._room.live.look()
        return visit.answer(self._answer())

    def _answer(self) -> SiteAnswer:
        live = self._room.live
        if live is None:
            raise Problem(503, "this server has no versions of a site", "start it with ./switchroom up")
        one: Publication = live.served.publication
        return SiteAnswer(
            version=one.version,
            publication=one.number,
            at=one.at.isoformat(),
            who=one.who,
            why=one.why,
            trouble=live.trouble,
            needs_restart=list(needs_restart(live.at_start, live.now())),
        )
