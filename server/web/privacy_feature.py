"""Makes privacy a feature of the shell: routes, roles and descriptions; the handlers are in `crm_bridge.web`.

Only admins come in: here is everything about somebody, and the way to lose it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from crm_bridge.erasing_model import NoSuchErasure, NoSuchExport
from crm_bridge.model import NoSuchCustomer, NotPossible, NotValid
from crm_bridge.web import privacy_api_model as shapes
from crm_bridge.web import privacy_pages
from crm_bridge.web.privacy_api import PrivacyApi
from crm_bridge.web.privacy_pages import HOME, PrivacyPages
from crm_bridge.web.privacy_room import PrivacyRoom
from ledger.web.visit import Handler
from server.accounts import Role
from server.scopes import Scope
from server.web.api_model import ErrorAnswer
from server.web.entering import entering
from server.web.parts import Parts
from server.web.route import Answer, Feature, NavItem, Operation, Parameter, Route

NAME = "privacy"
FOLDER = Path(privacy_pages.__file__).parents[1]
API = "/api/v1/privacy"
#: A file has this long until its first byte must be on its way, seconds.
FILE_SECONDS = 900.0

_NOTHING = (404, "there is nothing of this id, or not any more", f"look at {HOME}")
_entered = partial(
    entering,
    told={
        NoSuchCustomer: (404, "there is no such customer", "the customers are at /customers"),
        NoSuchErasure: _NOTHING,
        NoSuchExport: _NOTHING,
        NotValid: (400, "", "the preview tells the name"),
        NotPossible: (409, "", "try again later"),
    },
)


def privacy_feature(parts: Parts, _position: Callable[[], str]) -> Feature | None:
    """Return privacy as a feature; None for a server without customers."""
    if parts.customers is None or parts.privacy is None or parts.spool is None:
        return None
    rooms, office = parts.customers, parts.privacy
    room = PrivacyRoom(
        office.erasures,
        office.exports,
        rooms.privacy,
        rooms.files,
        rooms.customers,
        parts.spool,
        lambda: parts.site().company.zone,
        parts.clock,
    )
    pages = PrivacyPages(room)
    return Feature(
        NAME,
        routes=(*_pages(pages), *_api(PrivacyApi(room, pages))),
        nav=(NavItem("Privacy", HOME, role=Role.ADMIN),),
        templates=FOLDER / "templates" / NAME,
        static=FOLDER / "static" / NAME,
    )


def _pages(pages: PrivacyPages) -> tuple[Route, ...]:
    one, admin = "/customers/{id}/privacy", Role.ADMIN
    return (
        Route("GET", HOME, _entered(pages.show_all), role=admin),
        Route("GET", HOME + "/exports/{id}", _entered(pages.download), role=admin, seconds=FILE_SECONDS),
        Route("GET", HOME + "/erasures/{id}", _entered(pages.show_erasure), role=admin),
        Route("GET", HOME + "/certificates/{id}", _entered(pages.certificate), role=admin),
        Route("GET", one, _entered(pages.show_customer), role=admin),
        Route("POST", f"{one}/export", _entered(pages.ask_export), role=admin),
        Route("GET", f"{one}/erase", _entered(pages.preview_erasure), role=admin),
        Route("POST", f"{one}/erase", _entered(pages.ask_erasure), role=admin),
    )


def _api(api: PrivacyApi) -> tuple[Route, ...]:
    bad, large = _error("the body cannot be understood, or a parameter is unknown"), _error("the body is too large")
    unknown = _error("a parameter is unknown")
    nobody, nothing = _error("there is no such customer"), _error("there is none of this id, or not any more")
    whom = Answer("whom", shapes.WhomBody, {"customer": "0b9f6d1c"})
    sure = Answer("whom, and the name", shapes.EraseBody, {"customer": "0b9f6d1c", "name": "Ona Onaitė"})
    asked = Operation(
        "exportPerson",
        "Have everything that is known of a person gathered in one ZIP",
        {
            202: Answer("the export; ask for it until it is ready", shapes.ExportAnswer, shapes.EXPORT),
            400: bad,
            404: nobody,
            413: large,
        },
        body=whom,
    )
    told = Operation(
        "tellExport",
        "How far an export is",
        {200: Answer("the export", shapes.ExportAnswer, shapes.EXPORT), 400: unknown, 404: nothing},
        (_id("the export's id"),),
    )
    fetched = Operation(
        "fetchExport",
        "The ZIP of an export, for 24 hours",
        {200: Answer("the file", content_type="application/zip", example="PK…"), 400: unknown, 404: nothing},
        (_id("the export's id"),),
    )
    previewed = Operation(
        "previewErasure",
        "What would go if a person were forgotten now; nothing is changed",
        {
            200: Answer("what would go", shapes.PreviewAnswer, shapes.PREVIEW),
            400: bad,
            404: nobody,
            413: large,
        },
        body=whom,
    )
    erased = Operation(
        "erasePerson",
        "Forget a person for good, in every part of the house",
        {
            202: Answer("the erasure; ask for it until it has ended", shapes.ErasureAnswer, shapes.ERASURE),
            400: _error("the body cannot be understood, or this is not the name"),
            404: nobody,
            409: _error("the person is on the phone with us now"),
            413: large,
        },
        body=sure,
    )
    listed = Operation(
        "listErasures",
        "Persons who were forgotten, the newest first",
        {200: Answer("the erasures", shapes.ErasuresAnswer, {"erasures": [shapes.ERASURE]}), 400: unknown},
    )
    followed = Operation(
        "tellErasure",
        "How far an erasure is, and what went",
        {200: Answer("the erasure", shapes.ErasureAnswer, shapes.ERASURE), 400: unknown, 404: nothing},
        (_id("the erasure's id"),),
    )
    certified = Operation(
        "fetchCertificate",
        "The certificate of an erasure",
        {200: Answer("the PDF", content_type="application/pdf", example="%PDF…"), 400: unknown, 404: nothing},
        (_id("the erasure's id"),),
    )
    return (
        _route("POST", "/exports", api.ask_export, asked),
        _route("GET", "/exports/{id}", api.tell_export, told),
        _route("GET", "/exports/{id}/file", api.download, fetched, FILE_SECONDS),
        _route("POST", "/preview", api.preview, previewed),
        _route("POST", "/erasures", api.ask_erasure, erased),
        _route("GET", "/erasures", api.list_erasures, listed),
        _route("GET", "/erasures/{id}", api.tell_erasure, followed),
        _route("GET", "/erasures/{id}/certificate", api.certificate, certified),
    )


def _route(method: str, path: str, handler: Handler, operation: Operation, seconds: float | None = None) -> Route:
    return Route(
        method, API + path, _entered(handler), role=Role.ADMIN, operation=operation, scope=Scope.ADMIN, seconds=seconds
    )


def _error(means: str) -> Answer:
    return Answer(means, ErrorAnswer)


def _id(means: str) -> Parameter:
    return Parameter("id", means, {"type": "string"}, "01a202fb", "path")
