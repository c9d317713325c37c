"""Closing by hand for programs: what is closed, closing a door, opening it again. Parse, ask the office, answer."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import AwareDatetime, Field, ValidationError

from callrouter.closures import Closure, Scope
from server.accounts import Role
from server.closure_office import CannotClose, ClosureOffice, Words
from server.scopes import Scope as Right
from server.web.api_model import ErrorAnswer, Shape
from server.web.problems import Problem
from server.web.route import Answer, Operation, Parameter, Route
from server.web.visit import Visit

AT = "/api/v1/closures"
#: Longer than the making of a sound may take.
SECONDS = 60.0

ScopeName = Annotated[
    str,
    Field(
        max_length=200,
        description="`line`, `department:` and its name, or `number:` and the number in E.164",
        examples=["department:billing"],
    ),
]
Spoken = Annotated[str, Field(max_length=1000)]


class ClosureAnswer(Shape):
    """A door that somebody closed by hand; `say` by language, or `play`, the name of a recording."""

    scope: ScopeName
    since: AwareDatetime
    until: AwareDatetime
    who: str
    say: dict[str, str]
    play: str


class ClosuresAnswer(Shape):
    """All that is closed by hand now, the widest first."""

    closures: list[ClosureAnswer]


class CloseBody(Shape):
    """What to close, until when, and with what words; without words the usual ones are said."""

    scope: ScopeName
    until: Annotated[AwareDatetime, Field(description="at most 31 days from now")]
    say: Annotated[dict[Annotated[str, Field(max_length=20)], Spoken], Field(default_factory=dict, max_length=50)]
    play: Annotated[str, Field(max_length=100, description="a recording that is there in every language")] = ""


CLOSURE = {
    "scope": "department:billing",
    "since": "2026-11-20T09:30:00+00:00",
    "until": "2026-11-20T10:30:00+00:00",
    "who": "sue",
    "say": {"en": "Our telephone system is being repaired."},
    "play": "",
}
_BODY = {"scope": "department:billing", "until": "2026-11-20T10:30:00+00:00", "say": CLOSURE["say"]}
_SCOPE = Parameter("scope", "what was closed, as in the list", {"type": "string"}, "department:billing", place="path")


class ClosureApi:
    """Serves /api/v1/closures."""

    def __init__(self, office: ClosureOffice) -> None:
        self._office = office

    def routes(self) -> tuple[Route, ...]:
        now = Answer("what is closed now", ClosuresAnswer, {"closures": [CLOSURE]})
        unknown = _error("a parameter is unknown")
        show = Operation("listClosures", "What is closed by hand now", {200: now, 400: unknown})
        close = Operation(
            "closeByHand",
            "Close the line, a number or a department at once, until a time. Closed again, the later word counts",
            {
                200: now,
                400: _error("the body cannot be understood, or a parameter is unknown"),
                403: _error("only supervisors close"),
                413: _error("the body is too large"),
                422: _error("this cannot be closed so: no such door, a time that cannot be, or words without sound"),
            },
            body=Answer("what, until when, and what callers hear", CloseBody, _BODY),
        )
        reopen = Operation(
            "openAgain",
            "Open again what was closed by hand",
            {200: now, 400: unknown, 403: _error("only supervisors open"), 404: _error("exactly this is not closed")},
            (_SCOPE,),
        )
        read, write, supervisor = Right.CALLS_READ, Right.CALLS_WRITE, Role.SUPERVISOR
        return (
            Route("GET", AT, self.show, operation=show, scope=read),
            Route("POST", AT, self.close, operation=close, role=supervisor, scope=write, seconds=SECONDS),
            Route("DELETE", AT + "/{scope}", self.open, operation=reopen, role=supervisor, scope=write),
        )

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Answer with what is closed."""
        return self._answer(visit)

    async def close(self, visit: Visit) -> web.StreamResponse:
        """Close a door, once the words have their sound."""
        body = _body(await visit.body())
        words = Words(body.say, body.play) if body.say or body.play else self._office.usual_words()
        try:
            await self._office.close(Scope.read(body.scope), body.until, words, _by(visit))
        except ValueError:
            raise Problem(422, "there is no such scope", "write line, department:NAME or number:+E164") from None
        except CannotClose as error:
            raise Problem(422, str(error), f"what is closed now is at {AT}") from None
        return self._answer(visit)

    async def open(self, visit: Visit) -> web.StreamResponse:
        """Open a door again."""
        try:
            opened = await self._office.reopen(Scope.read(visit.request.match_info["scope"]), _by(visit))
        except ValueError:
            opened = False
        if not opened:
            raise Problem(404, "exactly this is not closed by hand", f"what is closed now is at {AT}")
        return self._answer(visit)

    def _answer(self, visit: Visit) -> web.Response:
        return visit.answer(ClosuresAnswer(closures=[_told(closure) for closure in self._office.closures.now()]))


def _told(closure: Closure) -> ClosureAnswer:
    return ClosureAnswer(
        scope=str(closure.scope),
        since=closure.since,
        until=closure.until,
        who=closure.who,
        say=dict(closure.say),
        play=closure.play,
    )


def _body(raw: bytes) -> CloseBody:
    try:
        return CloseBody.model_validate_json(raw)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"]) or "the body"
        raise Problem(400, f"{place}: {error.errors()[0]['msg']}", "see /api/v1/openapi.json") from None


def _by(visit: Visit) -> str:
    assert visit.account is not None, "the guard lets nobody else in"
    return visit.account.name


def _error(means: str) -> Answer:
    return Answer(means, ErrorAnswer)
