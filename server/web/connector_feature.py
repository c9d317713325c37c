"""Makes the connectors a feature of the shell: routes, roles and descriptions; the handlers are in `crm_bridge.web`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from crm_bridge.connectors.model import NoSuchReceiver, NotAtWork
from crm_bridge.web import connectors_api_model as shapes
from crm_bridge.web import connectors_pages
from crm_bridge.web.connectors_api import MOST, USUAL, ConnectorApi
from crm_bridge.web.connectors_pages import HOME, ConnectorPages
from crm_bridge.web.connectors_room import ConnectorRoom
from server.accounts import Account, Role
from server.scopes import Scope
from server.web.api_model import ErrorAnswer
from server.web.entering import entering
from server.web.parts import Parts
from server.web.route import Answer, Feature, NavItem, Operation, Parameter, Route

NAME = "connectors"
FOLDER = Path(connectors_pages.__file__).parents[1]
API = "/api/v1/connectors"
#: A receiver has up to a minute to answer a test, and another may be under way.
TEST_SECONDS = 130.0

_entered = partial(
    entering,
    told={
        NoSuchReceiver: (404, "", f"the connectors are at {HOME}"),
        NotAtWork: (409, "", "look at the connector again"),
    },
)


def connector_feature(parts: Parts, position: Callable[[], str]) -> Feature | None:
    """Return the connectors as a feature; None for a server that has none."""
    if parts.customers is None:
        return None
    room = ConnectorRoom(parts.customers.connectors, parts.site, parts.clock)

    async def alarming(_account: Account) -> int:
        return await room.alarming()

    return Feature(
        NAME,
        routes=(*_pages(ConnectorPages(room, position)), *_api(ConnectorApi(room))),
        nav=(NavItem("Connectors", HOME, role=Role.SUPERVISOR, count=alarming),),
        templates=FOLDER / "templates" / NAME,
        static=FOLDER / "static" / NAME,
    )


def _pages(pages: ConnectorPages) -> tuple[Route, ...]:
    one = HOME + "/{name}"
    read, change = Role.SUPERVISOR, Role.ADMIN
    return (
        Route("GET", HOME, _entered(pages.list_receivers), role=read),
        Route("GET", one, _entered(pages.show_receiver), role=read),
        Route("GET", one + "/event/{entry}", _entered(pages.show_event), role=read),
        Route("POST", f"{one}/test", _entered(pages.test), role=change, seconds=TEST_SECONDS),
        Route("POST", f"{one}/again", _entered(pages.send_again), role=change),
        Route("POST", f"{one}/drop", _entered(pages.drop), role=change),
        Route("POST", f"{one}/forget", _entered(pages.forget), role=change),
    )


def _api(api: ConnectorApi) -> tuple[Route, ...]:
    """A token needs `admin`: what is kept tells of customers, and dropping it cannot be undone."""
    unknown = _error("a parameter is unknown or wrong")
    nobody = _error("there is no such connector")
    not_now = _error("this cannot be done now")
    bad = _error("the body cannot be understood, or a parameter is unknown")
    large = _error("the body is too large")
    done = Answer("how many events it concerned", shapes.ConnectorDeedAnswer, {"events": 1})
    body = Answer("which event; may be left out", shapes.ConnectorDeedBody, {"event": shapes.EVENT["id"]})
    listed = Operation(
        "listConnectors",
        "The systems that learn of what happens: how each does, what waits for it, what failed",
        {200: Answer("the connectors", shapes.ConnectorsAnswer, shapes.CONNECTORS), 400: unknown},
    )
    told = Operation(
        "tellConnector",
        "One connector with the events that failed, or that wait, and what it is told of each",
        {
            200: Answer("the connector", shapes.ConnectorStoryAnswer, shapes.STORY),
            400: unknown,
            404: nobody,
        },
        (
            _NAME,
            Parameter("state", "which events; left out: failed", {"type": "string", "enum": _STATES}, "waiting"),
            Parameter("after", "only those after this number", {"type": "integer", "minimum": 0}, 4711),
            Parameter("limit", "how many at most", {"type": "integer", "minimum": 1, "maximum": MOST}, USUAL),
        ),
    )
    resent = Operation(
        "resendToConnector",
        "Send an event again now, or all that failed; what waits is tried at once, too",
        {200: done, 400: bad, 404: nobody, 409: not_now, 413: large},
        (_NAME,),
        body=body,
    )
    dropped = Operation(
        "dropFromConnector",
        "Drop an event, or all that failed or wait up to a number of the journal: the receiver never learns of them",
        {200: done, 400: bad, 404: nobody, 413: large},
        (_NAME,),
        body=body,
    )
    tested = Operation(
        "testConnector",
        "Try whether a connector's system takes what it is told: a web-hook gets an event of the kind `test`, Zammad a "
        "withheld call that was missed, a CRM is asked who has a number that nobody has",
        {
            200: Answer("what it said", shapes.ConnectorTestAnswer, shapes.TESTED),
            400: unknown,
            404: nobody,
            409: not_now,
        },
        (_NAME,),
    )
    one, scope, change = API + "/{name}", Scope.ADMIN, Role.ADMIN
    read = Role.SUPERVISOR
    return (
        Route("GET", API, _entered(api.list_receivers), operation=listed, role=read, scope=scope),
        Route("GET", one, _entered(api.tell_receiver), operation=told, role=read, scope=scope),
        Route("POST", f"{one}/resend", _entered(api.resend), operation=resent, role=change, scope=scope),
        Route("POST", f"{one}/drop", _entered(api.drop), operation=dropped, role=change, scope=scope),
        Route(
            "POST", f"{one}/test", _entered(api.test), operation=tested, role=change, scope=scope, seconds=TEST_SECONDS
        ),
    )


def _error(means: str) -> Answer:
    return Answer(means, ErrorAnswer)


_STATES = ["failed", "waiting"]
_NAME = Parameter("name", "the connector's name in the site", {"type": "string"}, "helpdesk", "path")
