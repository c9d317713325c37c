"""The first of the admin's pages: how the draft stands, and the whole site as a diagram. Parse, look up, render."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from aiohttp import web

from callrouter import archive
from callrouter import events as ev
from callrouter.rehearsal.call import rehearse
from callrouter.rehearsal.situation import Stage
from config.graph import Graph, graph_of
from config.schema import Site
from config.ways import Stop
from ledger.errors import LedgerError
from server.studio.overview.diagram import WIDTH, Diagram, address_of, draw, nowhere, stop_of
from server.studio.overview.path import Trodden, path_of
from server.studio.overview.sites import DRAFT, Seen
from server.studio.room import StudioRoom
from server.studio.sight import LOOKS, is_admin, side_for
from server.studio.trying.asked import Asked as Tried
from server.studio.trying.asked import asked_of, call_of
from server.web.parts import Parts
from server.web.problems import Problem
from server.web.route import Route
from server.web.visit import Visit

AT = "/site"
#: More places than this are not drawn at once, unless all are asked for.
MOST_PLACES = 80
#: How many branches away from the chosen place the drawing ends.
DEPTHS = (1, 2, 3, 5)
DEPTH = 2
LONGEST_SEARCH, MOST_FOUND = 100, 30
LONGEST_CALL_ID = 200


@dataclass(frozen=True)
class Asked:
    """What of the diagram is asked for, as the address has it."""

    of: str = DRAFT
    start: str = ""
    depth: int = DEPTH
    everything: bool = False
    words: str = ""
    call: str = ""
    as_list: bool = False
    #: A call that is only tried, as the time machine asks for it.
    tried: Tried | None = None

    def query(self, **changed: object) -> str:
        """Return the address of the page with something changed."""
        now: dict[str, object] = {
            "of": "" if self.of == DRAFT else self.of,
            "place": self.start,
            "depth": "" if self.depth == DEPTH else self.depth,
            "all": "1" if self.everything else "",
            "q": self.words,
            "call": self.call,
            "as": "list" if self.as_list else "",
        }
        if self.tried is not None and "call" not in changed:
            now = {**self.tried.fields(), **now}
        query = urlencode({name: value for name, value in (now | changed).items() if value})
        return f"{AT}?{query}" if query else AT


class OverviewPages:
    """Serves /site."""

    def __init__(self, room: StudioRoom, parts: Parts) -> None:
        self._room = room
        self._parts = parts
        self._sites = room.sites

    def routes(self) -> tuple[Route, ...]:
        return (Route("GET", AT, self.show, role=LOOKS),)

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Show how the draft stands, and the site as a diagram; to a supervisor what callers hear."""
        asked, edits = _asked(visit), is_admin(visit)
        heard, publication = await self._sites.published(), await self._sites.publication()
        draft = await self._sites.draft() if edits else heard
        shown = draft if asked.of == DRAFT else heard
        cannot = shown.site is None
        if cannot:  # what callers hear can always be drawn
            shown = heard
        assert shown.site is not None, "what is served was loaded"
        events = await self._story(asked, shown.site)
        drawn = await asyncio.to_thread(_draw, shown, shown.site, asked, events, edits)
        served = self._room.site().version if publication is None else publication.version
        # Of five hundred menus this is three megabytes: callers are served on the event loop meanwhile.
        return await asyncio.to_thread(
            visit.page,
            "studio/overview.html",
            here_now=AT,
            asked=asked,
            depths=DEPTHS,
            draft=draft,
            served=served,
            publication=publication,
            published_at=self._when(publication.at) if publication is not None else "",
            same=draft.version == served,
            trouble=self._room.live.trouble if self._room.live is not None else "",
            cannot=cannot,
            shown=shown,
            edit=shown.edit if edits else nowhere,
            is_draft=asked.of == DRAFT and not cannot,
            drawn=drawn,
            address_of=address_of,
            width=WIDTH,
            tests=len(draft.site.tests) if draft.site is not None else None,
        )

    async def _story(self, asked: Asked, site: Site) -> tuple[ev.Event, ...]:
        """Return what happened in the call that is asked for; nothing where none is. Raises Problem."""
        call = asked.call
        if asked.tried is not None and not call:
            tried = call_of(asked.tried, site, self._parts.clock.now())
            return (await rehearse(Stage(site), tried.situation)).events
        if not call:
            return ()
        if len(call) > LONGEST_CALL_ID or not call.isprintable():
            raise Problem(404, "there is no such call", "the calls are at /calls")
        try:
            events = await archive.call_story(self._parts.journal, call)
        except LedgerError:
            raise Problem(503, "the call cannot be looked up now", "try again in a moment") from None
        if not events:
            raise Problem(404, "there is no such call", "the calls are at /calls")
        return tuple(events)

    def _when(self, at: datetime) -> str:
        there = at.astimezone(self._room.site().company.zone)
        return f"{there.day} {there:%b %Y, %H:%M}"


@dataclass(frozen=True)
class Overview:
    """The diagram, and what is needed beside it: places to choose from, what was found, the path that is lit up."""

    graph: Graph
    diagram: Diagram
    trodden: Trodden
    chosen: Stop | None
    found: tuple[Stop, ...]
    is_part: bool


def _draw(seen: Seen, site: Site, asked: Asked, events: tuple[ev.Event, ...], edits: bool) -> Overview:
    graph = graph_of(site, seen.root)
    trodden = path_of(graph, site, events)
    found = _found(graph, asked.words) if asked.words else ()
    chosen = stop_of(asked.start) if asked.start else None
    if chosen is None and len(found) == 1:
        chosen = found[0]
    if chosen is not None and chosen not in graph.junctions:
        raise Problem(404, "there is no such place on the diagram", f"the whole of it is at {AT}")
    shown = _shown(graph, asked, chosen, trodden)
    diagram = draw(graph, seen.edit if edits else nowhere, shown=shown, trodden=trodden)
    return Overview(graph, diagram, trodden, chosen, found, shown is not None)


def _shown(graph: Graph, asked: Asked, chosen: Stop | None, trodden: Trodden) -> frozenset[Stop] | None:
    """Return the places to be drawn; None for all."""
    if asked.everything or (chosen is None and len(graph.junctions) <= MOST_PLACES):
        return None
    if chosen is not None:
        leading = {branch.start for branch in graph.into(chosen)}
        return graph.within([chosen], asked.depth) | frozenset(sorted(leading)[:MOST_PLACES])
    starts = trodden.stops or graph.numbers or tuple(graph.junctions)
    shown: frozenset[Stop] = frozenset(starts[:MOST_PLACES])
    for depth in range(1, max(DEPTHS)):
        wider = graph.within(shown, 1)
        if len(wider) > MOST_PLACES or depth > asked.depth:
            break
        shown = wider
    return shown


def _found(graph: Graph, words: str) -> tuple[Stop, ...]:
    """Return the places whose title, name or note has these words."""
    wanted = words.casefold()
    found = [
        stop
        for stop, junction in graph.junctions.items()
        if wanted in f"{stop.name}\n{junction.title}\n{junction.note}".casefold()
    ]
    exactly = [stop for stop in found if wanted in (stop.name.casefold(), graph.junctions[stop].title.casefold())]
    return tuple(exactly if len(exactly) == 1 else found[:MOST_FOUND])


def _asked(visit: Visit) -> Asked:
    depth = visit.query("depth") or ""
    return Asked(
        of=side_for(visit),
        start=visit.query("place") or "",
        depth=int(depth) if depth in {str(known) for known in DEPTHS} else DEPTH,
        everything=visit.query("all") == "1",
        words=(visit.query("q") or "").strip()[:LONGEST_SEARCH],
        call=visit.query("call") or "",
        as_list=visit.query("as") == "list",
        tried=asked_of(visit.query) if visit.query("to") else None,
    )
