"""The time machine: one call tried at any moment, step by step, with its sounds and its path. Parse, call, render."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from aiohttp import web

from callrouter.rehearsal.call import Rehearsal, rehearse
from callrouter.rehearsal.situation import Stage
from config.graph import Graph, graph_of
from config.schema import Site
from ivr.speech.errors import NoEngine
from ivr.typed_caller import not_pressed
from server.accounts import Role
from server.studio.overview.diagram import WIDTH, Diagram, draw
from server.studio.overview.path import Trodden, path_of
from server.studio.overview.sites import DRAFT, PUBLISHED, Seen, Sites
from server.studio.room import StudioRoom
from server.studio.trying.asked import AT, EVERYBODY, NOBODY, UNANSWERED, Asked, Call, asked_of, call_of
from server.studio.trying.moment import suggestions
from server.studio.trying.sounds import NoSound, Sounds
from server.studio.trying.walk import end_words, next_press, pressed, tell
from server.web.parts import Parts
from server.web.problems import Problem
from server.web.route import Route
from server.web.visit import Visit

SOUND = AT + "/sound/{id}.wav"
#: Seconds for a prompt that must be spoken first.
SOUND_SECONDS = 75.0
KEYPAD = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#")
#: People of a larger site are not offered one by one.
MOST_PEOPLE = 100


@dataclass(frozen=True)
class Way:
    """The way of a tried call over the map of the site, and the part of it that is drawn."""

    graph: Graph
    trodden: Trodden
    diagram: Diagram


class TryPages:
    """Serves /site/try and its sounds."""

    def __init__(self, room: StudioRoom, parts: Parts) -> None:
        self._parts = parts
        self._sites = Sites(room)
        self._sounds = Sounds(room.prompts)

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", AT, self.show, role=Role.ADMIN),
            Route("GET", SOUND, self.sound, role=Role.ADMIN, seconds=SOUND_SECONDS),
        )

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Try the call that is asked for and tell it, or press one more key and lead on to that call."""
        asked = asked_of(visit.query)
        seen, cannot = await self._seen(asked.of)
        site = seen.site
        assert site is not None, "what is served was loaded"
        call = call_of(asked, site, self._parts.clock.now())
        book = await self._sounds.book(site, seen.folder)
        walked = await rehearse(Stage(site), call.situation, duration=book.duration)
        upcoming = next_press(walked, call.presses)
        if (key := visit.query("press")) in KEYPAD and upcoming is not None and not call.faults:
            return _pressed(asked, call, key, upcoming)
        way = await asyncio.to_thread(_way, seen, site, walked)
        zone = site.company.zone
        return visit.page(
            "studio/try.html",
            here_now=AT,
            asked=asked,
            call=call,
            at=call.moment.at.astimezone(zone),
            zone=zone.key,
            seen=seen,
            cannot=cannot,
            is_draft=asked.of == DRAFT and not cannot,
            site=site,
            walked=walked,
            told=tell(walked, call.presses, book.id_of),
            unused=not_pressed(call.presses, walked.seconds),
            upcoming=upcoming,
            keypad=KEYPAD,
            course=way,
            whole=urlencode(replace(asked, to=call.situation.to).fields()),
            ends=end_words(walked, way.graph),
            width=WIDTH,
            suggested=suggestions(site, self._parts.clock.now()),
            presence=_presence(site),
            sound_of=lambda id_: _sound_address(id_, asked.of),
        )

    async def sound(self, visit: Visit) -> web.StreamResponse:
        """Send the sound of something that the site says; it is spoken first where nobody has yet."""
        seen, _ = await self._seen(PUBLISHED if visit.query("of") == PUBLISHED else DRAFT)
        assert seen.site is not None, "what is served was loaded"
        book = await self._sounds.book(seen.site, seen.folder)
        try:
            path = await self._sounds.file_of(book, visit.request.match_info["id"])
        except NoSound as error:
            raise Problem(404, str(error), f"try the call again at {AT}") from None
        except NoEngine as error:
            raise Problem(503, str(error), "`./switchroom doctor` says what is missing") from None
        return web.FileResponse(path, headers={"Cache-Control": "private, max-age=300", "Content-Type": "audio/wav"})

    async def _seen(self, of: str) -> tuple[Seen, bool]:
        """Return the site that is asked for, or what callers hear where the draft cannot be used."""
        seen = await (self._sites.draft() if of == DRAFT else self._sites.published())
        return (await self._sites.published(), True) if seen.site is None else (seen, False)


def _pressed(asked: Asked, call: Call, key: str, upcoming: float) -> web.Response:
    """Lead on to the same call with one more key; the moment stands still from the first key on."""
    keys = pressed(asked.keys, call.presses, key, upcoming)
    at = asked.at or call.situation.at.replace(microsecond=0, tzinfo=None).isoformat(timespec="minutes")
    longer = replace(asked, keys=keys, at=at, to=call.situation.to)
    return web.Response(status=303, headers={"Location": f"{longer.query()}#keypad", "Cache-Control": "no-store"})


def _way(seen: Seen, site: Site, walked: Rehearsal) -> Way:
    graph = graph_of(site, seen.root)
    trodden = path_of(graph, site, walked.events)
    return Way(graph, trodden, draw(graph, seen.edit, shown=frozenset(trodden.stops), trodden=trodden))


def _presence(site: Site) -> tuple[tuple[str, str], ...]:
    """Return who may be there, as the form offers it."""
    people = [(name, f"Only {person.name} is logged in") for name, person in list(site.people.items())[:MOST_PEOPLE]]
    return (
        (EVERYBODY, "Everybody is logged in"),
        (UNANSWERED, "Everybody, but nobody picks up"),
        (NOBODY, "Nobody is logged in"),
        *people,
    )


def _sound_address(id_: str, of: str) -> str:
    query = f"?of={of}" if of != DRAFT else ""
    return f"{AT}/sound/{id_}.wav{query}"
