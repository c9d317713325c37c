"""The time machine: one call tried at any moment, step by step, with its sounds and its path. Parse, call, render."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from aiohttp import web

from callrouter.rehearsal.call import Rehearsal, rehearse
from callrouter.rehearsal.situation import PATIENCE, SPEAKS, Stage
from config.edit.files import CannotWrite, ChangedMeanwhile, NoSuchFile
from config.edit.rewrite import EditRefused
from config.graph import Graph, graph_of
from config.schema import Site
from ivr.speech.errors import NoEngine
from ivr.typed_caller import not_pressed
from server.accounts import Role
from server.studio.audit import about
from server.studio.editor.editing import DraftEditor, EditorBusy
from server.studio.overview.diagram import WIDTH, Diagram, draw, nowhere
from server.studio.overview.path import Trodden, path_of
from server.studio.overview.sites import DRAFT, Seen
from server.studio.room import StudioRoom
from server.studio.sight import LOOKS, is_admin, side_for
from server.studio.trying.as_test import (
    LONGEST_NAME,
    NotATest,
    TestsChanged,
    digest_of_tests,
    entry_of,
    write,
)  # fmt: skip
from server.studio.trying.asked import (
    AT,
    EVERYBODY,
    NOBODY,
    PRESENCE,
    UNANSWERED,
    Asked,
    Call,
    asked_of,
    call_of,
)  # fmt: skip
from server.studio.trying.moment import suggestions
from server.studio.trying.sounds import Book, NoSound, Sounds
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
MOST_PEOPLE = 60
#: The form says by this that it asks, so that the address of what it asks for can be made short.
FORM = "asked"


@dataclass(frozen=True)
class Way:
    """The way of a tried call over the map of the site, and the part of it that is drawn."""

    graph: Graph
    trodden: Trodden
    diagram: Diagram


@dataclass(frozen=True)
class Tried:
    """A call as it was tried, and on what. `cannot`: on what callers hear, for the draft has errors."""

    seen: Seen
    cannot: bool
    site: Site
    call: Call
    book: Book
    walked: Rehearsal


class TryPages:
    """Serves /site/try, its sounds, and the way from a call to a test of it."""

    def __init__(self, room: StudioRoom, parts: Parts) -> None:
        self._parts = parts
        self._sites = room.sites
        self._sounds = Sounds(room.prompts)
        self._editor = DraftEditor(room, parts.clock.now)

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", AT, self.show, role=LOOKS),
            Route("POST", AT + "/test", self.make_test, role=Role.ADMIN),
            Route("GET", SOUND, self.sound, role=LOOKS, seconds=SOUND_SECONDS),
        )

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Try the call that is asked for and tell it, or press one more key and lead on to that call."""
        asked = replace(asked_of(visit.query), of=side_for(visit))
        tried = await self._try(asked)
        if visit.query(FORM):
            return _to(asked.with_people(visit.query, tried.site).query())
        upcoming = next_press(tried.walked, tried.call.presses)
        if (key := visit.query("press")) in KEYPAD and upcoming is not None and not tried.call.faults:
            keys = pressed(asked.keys, tried.call.presses, key, upcoming)
            return _to(f"{replace(_settled(asked, tried.call), keys=keys).query()}#keypad")
        return await self._page(visit, asked, tried)

    async def make_test(self, visit: Visit) -> web.StreamResponse:
        """Write the call that was tried into the draft, as a test that expects what came of it."""
        form = await visit.form()
        assert visit.account is not None, "the guard lets nobody else in"
        asked = replace(asked_of(form.get), of=DRAFT)
        tried = await self._try(asked)
        try:
            if tried.cannot or tried.call.faults:
                raise NotATest("this call cannot be tried on the draft: see what is wrong above")
            entry = await entry_of(tried.site, tried.walked, tried.book.duration, form.get("name", ""))
            file = await write(self._editor, entry, form.get("digest", ""), visit.account.name)
        except (TestsChanged, ChangedMeanwhile) as error:
            return await self._page(visit, asked, tried, status=409, error=f"{error}.")
        except (NotATest, EditorBusy, EditRefused, NoSuchFile, CannotWrite) as error:
            return await self._page(visit, asked, tried, status=400, error=f"{error}.")
        about(visit, f"a test in {file}")
        return _to(f"{asked.query()}&{urlencode({'made': entry['name']})}#make")

    async def _try(self, asked: Asked) -> Tried:
        seen, cannot = await self._seen(asked.of)
        site = seen.site
        assert site is not None, "what is served was loaded"
        call = call_of(asked, site, self._parts.clock.now())
        book = await self._sounds.book(site, seen.folder)
        walked = await rehearse(Stage(site), call.situation, duration=book.duration)
        return Tried(seen, cannot, site, call, book, walked)

    async def _page(
        self, visit: Visit, asked: Asked, tried: Tried, *, status: int = 200, error: str = ""
    ) -> web.Response:
        edits, site, call, walked = is_admin(visit), tried.site, tried.call, tried.walked
        way = await asyncio.to_thread(_way, tried.seen, site, walked, edits)
        zone = site.company.zone
        is_draft = asked.of == DRAFT and not tried.cannot
        makes = edits and is_draft and not call.faults
        return visit.page(
            "studio/try.html",
            status=status,
            here_now=AT,
            asked=asked,
            call=call,
            at=call.moment.at.astimezone(zone),
            zone=zone.key,
            edits=edits,
            edit=tried.seen.edit if edits else nowhere,
            cannot=tried.cannot,
            is_draft=is_draft,
            site=site,
            walked=walked,
            told=tell(walked, call.presses, tried.book.id_of),
            unused=not_pressed(call.presses, walked.seconds),
            upcoming=next_press(walked, call.presses),
            keypad=KEYPAD,
            course=way,
            settled=_settled(asked, call),
            whole=urlencode(replace(asked, to=call.situation.to).fields()),
            ends=end_words(walked, way.graph),
            width=WIDTH,
            suggested=suggestions(site, self._parts.clock.now()),
            presence=_presence(site),
            people=list(site.people.items())[:MOST_PEOPLE],
            ways=PRESENCE,
            speaks=f"{SPEAKS:g}",
            patience=f"{PATIENCE:g}",
            sound_of=lambda id_: _sound_address(id_, asked.of),
            digest=await digest_of_tests(self._editor) if makes else "",
            error=error,
            made=(visit.query("made") or "")[:LONGEST_NAME],
        )

    async def sound(self, visit: Visit) -> web.StreamResponse:
        """Send the sound of something that the site says; it is spoken first where nobody has yet."""
        seen, _ = await self._seen(side_for(visit))
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


def _settled(asked: Asked, call: Call) -> Asked:
    """Return the same call with what was not said filled in: the moment stands still from then on."""
    at = asked.at or call.situation.at.replace(microsecond=0, tzinfo=None).isoformat(timespec="minutes")
    return replace(asked, at=at, to=call.situation.to)


def _to(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address, "Cache-Control": "no-store"})


def _way(seen: Seen, site: Site, walked: Rehearsal, edits: bool) -> Way:
    graph = graph_of(site, seen.root)
    trodden = path_of(graph, site, walked.events)
    return Way(
        graph, trodden, draw(graph, seen.edit if edits else nowhere, shown=frozenset(trodden.stops), trodden=trodden)
    )


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
