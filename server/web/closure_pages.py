"""The page on which a supervisor closes the line and opens it again: parse, ask the office, render."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from aiohttp import web

from callrouter.closing_by_phone import CODE, Span
from callrouter.closing_times import moment_of
from callrouter.closures import LONGEST, SPOKEN, Closure, Scope
from config.schema import Site
from server.accounts import Role
from server.closure_office import CannotClose, ClosureOffice, Words
from server.web.parts import Parts
from server.web.problems import Problem
from server.web.route import Notice, Route
from server.web.visit import Visit

AT = "/closures"
#: Longer than the making of a sound may take.
SECONDS = 60.0
#: How the form writes a moment.
FORM = "%Y-%m-%dT%H:%M"
_WORDS = "words:"
_SPANS = {Span.HOUR: "For an hour", Span.CLOSING_TIME: "Until closing time", Span.NEXT_OPENING: "Until it opens next"}
OWN_TIME = "at"


@dataclass(frozen=True)
class Row:
    """A closed door as the page shows it."""

    scope: str
    title: str
    until: str
    who: str
    since: str
    words: tuple[tuple[str, str], ...]
    play: str
    spoken: bool


class ClosedMeanwhile(Exception):
    """Somebody else closed this since the page was shown; the text says who, and until when."""


class ClosurePages:
    """Serves /closures."""

    def __init__(self, office: ClosureOffice, parts: Parts) -> None:
        self._office = office
        self._parts = parts
        #: How far the words of an account are: bounded by the accounts there are.
        self._progress: dict[str, tuple[str, float | None]] = {}

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", AT, self.show, role=Role.SUPERVISOR),
            Route("POST", AT, self.close, role=Role.SUPERVISOR, seconds=SECONDS),
            Route("POST", f"{AT}/open", self.open, role=Role.SUPERVISOR),
            Route("GET", f"{AT}/progress", self.tell_progress, role=Role.SUPERVISOR),
            Route("GET", f"{AT}/now", self.show_banner),
        )

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Show what is closed, and the form."""
        return await self._page(visit)

    async def close(self, visit: Visit) -> web.StreamResponse:
        """Close a door, once the words have their sound."""
        form, who = await visit.form(), _by(visit)
        try:
            scope = Scope.read(form.get("scope", ""))
        except ValueError:
            return await self._page(visit, status=400, error="choose what to close", form=form)

        def show(what: str, done: float | None) -> None:
            self._progress[who] = (what, done)

        try:
            self._as_it_was_seen(scope, form, "send it again to replace that")
            await self._office.close(scope, self._until(scope, form), _words(form), who, show)
        except ClosedMeanwhile as error:
            return await self._page(visit, status=409, error=str(error), form=form)
        except CannotClose as error:
            return await self._page(visit, status=400, error=str(error), form=form)
        finally:
            self._progress.pop(who, None)
        return _to_the_page()

    async def open(self, visit: Visit) -> web.StreamResponse:
        """Open a door again; one that is open already is as it was wanted."""
        form = await visit.form()
        try:
            scope = Scope.read(form.get("scope", ""))
        except ValueError:
            raise Problem(400, "there is no such closure", f"what is closed is at {AT}") from None
        try:
            self._as_it_was_seen(scope, form, "open it again only if that is to end too")
        except ClosedMeanwhile as error:
            return await self._page(visit, status=409, error=str(error))
        await self._office.reopen(scope, _by(visit))
        return _to_the_page()

    async def tell_progress(self, visit: Visit) -> web.StreamResponse:
        """Tell how far the sound of one's words is."""
        what, done = self._progress.get(_by(visit), ("", None))
        return web.json_response({"what": what, "done": done}, headers={"Cache-Control": "no-store"})

    async def show_banner(self, visit: Visit) -> web.StreamResponse:
        """Show what stands on every page, alone: pages with live news fetch it when something was closed or opened."""
        return visit.page("closures_now.html")

    def _as_it_was_seen(self, scope: Scope, form: Mapping[str, str], then: str) -> None:
        """See that nobody has closed this since the form was shown. Raises ClosedMeanwhile."""
        closure = self._office.found(scope)
        if closure is None or "seen" not in form:
            return
        if _seen(closure) not in form["seen"].split():
            row = _row(closure, self._office)
            raise ClosedMeanwhile(f"{row.title} was closed meanwhile by {row.who}, until {row.until}: {then}")

    def _until(self, scope: Scope, form: Mapping[str, str]) -> datetime:
        chosen = form.get("until", "")
        if chosen == OWN_TIME:
            try:
                wall = datetime.strptime(form.get("time", ""), FORM)  # noqa: DTZ007 - the site's zone follows
            except ValueError:
                raise CannotClose("write until when, as date and time") from None
            return moment_of(wall, self._site.company.zone, self._parts.clock.now())
        try:
            span = Span(chosen)
        except ValueError:
            raise CannotClose("choose until when") from None
        until = self._office.until(scope, span)
        if until is None:
            raise CannotClose("no opening hours tell when that is: choose a time instead")
        return until

    @property
    def _site(self) -> Site:
        return self._parts.site()

    async def _page(
        self, visit: Visit, *, status: int = 200, error: str = "", form: Mapping[str, str] | None = None
    ) -> web.Response:
        office, now, zone = self._office, self._parts.clock.now(), self._site.company.zone
        usual = office.usual_words().say
        chosen = dict(form or {})
        words = {language: chosen.get(_WORDS + language, text) for language, text in usual.items()}
        return visit.page(
            "closures.html",
            status=status,
            rows=[_row(closure, office) for closure in office.closures.now()],
            seen=" ".join(_seen(closure) for closure in office.closures.now()),
            scopes=office.scopes(),
            spans=[(span.value, words) for span, words in _SPANS.items()],
            words=words,
            recordings=[(name, _title(name)) for name in await asyncio.to_thread(office.offered)],
            error=error,
            form=chosen,
            earliest=now.astimezone(zone).strftime(FORM),
            latest=(now + LONGEST).astimezone(zone).strftime(FORM),
            zone=str(zone),
            code=CODE if self._site.by_phone.closing is not None else "",
        )


def banner(closure: Closure, office: ClosureOffice) -> Notice:
    """Say of a closed door what everybody should know."""
    row = _row(closure, office)
    return Notice(f"{row.title} is closed until {row.until}, by {row.who}.", AT, Role.SUPERVISOR)


def _row(closure: Closure, office: ClosureOffice) -> Row:
    site = office.site()
    zone, now = site.company.zone, office.clock.now()
    title = office.scopes().get(str(closure.scope), closure.scope.name)
    who = site.people[closure.who].name if closure.who in site.people else closure.who
    return Row(
        str(closure.scope), title, _moment(closure.until.astimezone(zone), now), who,
        _moment(closure.since.astimezone(zone), now), closure.say, closure.play, closure.play.startswith(SPOKEN),
    )  # fmt: skip


def _seen(closure: Closure) -> str:
    """Return by what a form knows this closure again."""
    return sha256(repr(closure).encode()).hexdigest()[:16]


def _title(name: str) -> str:
    return "a message spoken by phone" if name.startswith(SPOKEN) else name


def _moment(at: datetime, now: datetime) -> str:
    """Write a moment as short as it is clear."""
    today = at.date() == now.astimezone(at.tzinfo).date()
    return f"{at:%H:%M}" if today else f"{at:%a} {at.day} {at:%b, %H:%M}"


def _words(form: Mapping[str, str]) -> Words:
    said = {key.removeprefix(_WORDS): text for key, text in form.items() if key.startswith(_WORDS)}
    return Words(said, form.get("play", "") if form.get("how") == "recording" else "")


def _by(visit: Visit) -> str:
    assert visit.account is not None, "the guard lets nobody else in"
    return visit.account.name


def _to_the_page() -> web.Response:
    return web.Response(status=303, headers={"Location": AT, "Cache-Control": "no-store"})
