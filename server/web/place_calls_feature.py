"""Makes placing calls and hearing of calls a feature of the shell: routes, scopes, words and examples for programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from aiohttp import web

from crm_bridge.model import NoSuchCustomer, NotPossible
from crm_bridge.web import api_bodies, api_placed
from crm_bridge.web.api_once import Once
from crm_bridge.web.api_once_stored import StoredOnce
from ledger.errors import LedgerError
from server.customer_room import CustomerRoom
from server.scopes import Scope
from server.web import place_calls_model as shapes
from server.web.api_model import ErrorAnswer
from server.web.bearer import may
from server.web.call_book import CallBook, NoSuchCall
from server.web.call_events import CallEvents
from server.web.customer_api_feature import TOLD
from server.web.customer_operations import LARGE, ONCE, UNKNOWN, error
from server.web.entering import telling, who_of
from server.web.parts import Parts
from server.web.place_calls import Going, PlacedCalls
from server.web.problems import Problem
from server.web.route import Answer, Feature, Operation, Parameter, Route
from server.web.stream import Pace
from server.web.visit import Visit

log = structlog.get_logger(__name__)

NAME = "place-calls"
AT = "/api/v1/calls"

_TEXT = {"type": "string"}
_ID = Parameter("id", "the call's id", _TEXT, shapes.PLACED["id"], "path")
_PLACED = Answer("the person's phone rings", shapes.PlacedCallAnswer, shapes.PLACED)
_PLACE = Operation(
    "placeCall",
    "Have a person's phone ring and, when it is answered, a number outside. An operator may do so for themselves only",
    {
        202: _PLACED,
        400: error("the body cannot be understood, or a parameter is unknown"),
        403: error("this is somebody else's phone, or the token may not write customers and `customer` is given"),
        404: error("the site has no such person, or there is no such customer"),
        409: error("the phone is not registered, or busy; or the customer was merged into another"),
        413: LARGE,
        422: Answer(
            "the number is none, or may not be called; or the Idempotency-Key was used for something else",
            ErrorAnswer,
            shapes.NOT_ALLOWED,
        ),
        429: error("too many calls go out, or were placed for this person or by this token; or it was used too often"),
        503: error("the server is stopping, or Asterisk or the database cannot be reached"),
    },
    (ONCE,),
    Answer("who calls whom", shapes.PlaceCallBody, shapes.PLACE),
)
_HANG_UP = Operation(
    "hangUpCall",
    "Hang up a call that was placed over the API; no other",
    {
        202: Answer("it is being ended", shapes.PlacedCallAnswer, shapes.PLACED),
        400: UNKNOWN,
        403: error("this is somebody else's call"),
        404: error("there is no such call"),
        409: error("the call has ended, or was not placed over the API"),
        503: error("Asterisk or the database cannot be reached"),
    },
    (_ID,),
)
_EVENTS = Operation(
    "streamCallEvents",
    "What happens in calls, as server-sent events that go on where they ended: each as JSON, with its place in the "
    "journal as its id. Kinds and data are those of web-hooks. `reset`: the journal is another one, something may be "
    "missing; `expired`: the token is not valid any more; `closing`: the server stops. An operator hears of the calls "
    "they see, each from then on",
    {
        200: Answer("an endless stream", content_type="text/event-stream", example=shapes.STREAM),
        400: error("a parameter is unknown or wrong, or this is no id of an event"),
        503: error("too many listen, or the database cannot be reached"),
    },
    (
        Parameter("department", "only calls of this one, from when they are its own", _TEXT, "billing"),
        Parameter("person", "only calls of this person, from when the phone rings", _TEXT, "alice"),
        Parameter("after", "the id to go on after; Last-Event-ID goes first", _TEXT, "1042"),
        Parameter("Last-Event-ID", "the id of the last event that arrived", _TEXT, "1042", "header"),
    ),
)


def place_calls_feature(parts: Parts, position: Callable[[], str], pace: Pace | None = None) -> Feature | None:
    """Return calls for programs as a feature; None for a server that keeps no customers."""
    del position
    if parts.customers is None:
        return None
    events = CallEvents(parts, pace)
    routes = [Route("GET", f"{AT}/events", events.serve, operation=_EVENTS, endless=True, scope=Scope.EVENTS_READ)]
    if parts.outgoing is not None:
        calls, stored = PlacedCalls(parts, parts.outgoing), StoredOnce(parts.database, parts.clock)
        api = PlaceCallApi(calls, parts.customers, CallBook(parts), Once(parts.clock, stored))
        write = Scope.CALLS_WRITE
        routes += [
            Route("POST", AT, api.place, operation=_PLACE, scope=write),
            Route("DELETE", AT + "/{id}", api.hang_up, operation=_HANG_UP, scope=write),
        ]
    return Feature(NAME, routes=tuple(routes), close=events.close)


@dataclass(frozen=True)
class PlaceCallApi:
    """Serves the calls that programs place."""

    calls: PlacedCalls
    room: CustomerRoom
    book: CallBook
    once: Once

    async def place(self, visit: Visit) -> web.StreamResponse:
        """Place a call, and answer with its id and where to follow it."""
        account = visit.account
        assert account is not None, "the guard lets nobody else in"

        async def make() -> web.Response:
            given = await api_bodies.given(visit, shapes.PlaceCallBody)
            if given.customer is not None:
                _require_may_write_customers(visit)
                await self._require_customer(given.customer)
            going = await self.calls.place(account, given.person, given.number, given.customer)
            await self._say_whose(going, account.name)
            response = visit.answer(_answer(going), status=202)
            response.headers["Location"] = f"{AT}/{going.id}"
            return response

        with telling(TOLD):
            return await self.once.do(visit, who_of(account), make)

    async def hang_up(self, visit: Visit) -> web.StreamResponse:
        """Hang up a call that was placed here."""
        assert visit.account is not None, "the guard lets nobody else in"
        id_ = visit.request.match_info["id"]
        going = await self.calls.hang_up(visit.account, id_)
        if going is not None:
            return visit.answer(_answer(going), status=202)
        try:
            await self.book.story(id_, self.book.sight(who_of(visit.account)))
        except NoSuchCall:
            raise Problem(404, "there is no such call", "the calls of a day are at /api/v1/calls") from None
        hint = "only a call that goes on and was placed at this address is hung up here"
        raise Problem(409, "the call has ended, or was not placed over the API", hint)

    async def _require_customer(self, customer: str) -> None:
        if (await self.room.files.get(customer.replace("\0", ""))).merged_into is not None:
            raise NotPossible("this customer was merged into another: name that one")

    async def _say_whose(self, going: Going, by: str) -> None:
        if going.customer is None:
            return
        try:
            await api_placed.say_whose(self.room.cabinet, going.id, going.customer, by)
        except (NoSuchCustomer, NotPossible, LedgerError, TimeoutError) as error:
            # The phone rings already: whose it is can be said by hand later.
            log.warning("whose a placed call is was not noted", call_id=going.id, error=type(error).__name__)


def _require_may_write_customers(visit: Visit) -> None:
    """Refuse a token that may place calls, and may not say whose they are. Raises Problem."""
    if not may(visit.request, Scope.CUSTOMERS_WRITE):
        hint = "leave `customer` out, or ask an admin for a token that has it"
        raise Problem(403, f"to say whose a call is, this token lacks the scope {Scope.CUSTOMERS_WRITE}", hint)


def _answer(going: Going) -> shapes.PlacedCallAnswer:
    return shapes.PlacedCallAnswer(
        id=going.id,
        person=going.person,
        number=going.number,
        customer=going.customer,
        follow=shapes.FollowAnswer(call=f"{AT}/{going.id}", events=f"{AT}/events?person={going.person}"),
    )
