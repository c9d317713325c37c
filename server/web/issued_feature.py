"""Makes issued reports a feature of the shell: routes with roles and scopes, and how programs order one only once.

The handlers are in `reports.web.issued_page` and `reports.web.issued_api`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from aiohttp import web

from crm_bridge.web.api_once import Once
from crm_bridge.web.api_once_stored import StoredOnce
from ledger.web.visit import Visit, Who
from reports.catalogue import NoReport
from reports.issuing import NoSuchReport, NotNow, TooMany
from reports.period import NoPeriod
from reports.selection import NoSelection
from reports.web import issued_page as pages_of_issued
from reports.web.issued_api import AT, IssuedApi
from reports.web.issued_page import HOME, IssuedPage
from reports.web.issued_room import IssuedRoom
from server.accounts import Role
from server.scopes import Scope
from server.web import issued_operations as described
from server.web.bearer import GRANT
from server.web.entering import Told, entering
from server.web.parts import Parts
from server.web.problems import Problem
from server.web.report_feature import room_of
from server.web.route import Feature, Route

NAME = "issued"
FOLDER = Path(pages_of_issued.__file__).parents[1]
#: A file is sent from the disk, seconds.
FILE_SECONDS = 120.0
#: Who has as many under way as may be hears when to ask again, seconds.
_AGAIN = {"Retry-After": "30"}


def _told(home: str) -> Told:
    return {
        NoSuchReport: (404, "there is no such report, or not for you", f"what was issued is at {home}"),
        NotNow: (409, "", f"look at it again: what was issued is at {home}"),
        NoReport: (404, "", "the reports are at /reports"),
        NoPeriod: (400, "", "write days such as 2026-11-24, the earlier one first"),
        NoSelection: (400, "", "the reports and what each takes are at /reports"),
    }


def issued_feature(parts: Parts, _position: Callable[[], str]) -> Feature | None:
    """Return issued reports as a feature; None for a server that issues none."""
    if parts.issuing is None or parts.spool is None or parts.report_maker is None:
        return None
    room = IssuedRoom(room_of(parts, parts.report_maker), parts.issuing, parts.spool)
    return Feature(
        NAME,
        routes=(*_pages(IssuedPage(room)), *_api(room, Once(parts.clock, StoredOnce(parts.database, parts.clock)))),
        templates=FOLDER / "templates" / NAME,
        static=FOLDER / "static" / NAME,
    )


def _pages(page: IssuedPage) -> tuple[Route, ...]:
    one, entered = HOME + "/{id}", partial(entering, told=_told(HOME))
    return (
        Route("POST", "/reports/{name}/issue", entered(page.order)),
        Route("GET", HOME, entered(page.show_list)),
        Route("GET", one, entered(page.show)),
        Route("GET", f"{one}/file", entered(page.send), seconds=FILE_SECONDS),
        Route("POST", f"{one}/cancel", entered(page.cancel)),
        Route("POST", f"{one}/make-again", entered(page.make_again)),
        Route("POST", f"{one}/send-again", entered(page.send_again), role=Role.SUPERVISOR),
    )


def _api(room: IssuedRoom, once: Once) -> tuple[Route, ...]:
    one, entered = AT + "/{id}", partial(entering, told=_told(AT))
    api = IssuedApi(replace(room, home=AT), is_program=lambda visit: GRANT in visit.request)
    read, write = Scope.REPORTS_READ, Scope.REPORTS_WRITE

    async def order(visit: Visit, who: Who) -> web.StreamResponse:
        try:
            return await once.do(visit, who, partial(api.order, visit, who))
        except TooMany as many:
            raise Problem(429, str(many), f"what was issued is at {AT}", _AGAIN) from None

    return (
        Route("GET", AT, entered(api.list_issued), operation=described.LISTED, scope=read),
        Route("POST", AT, entered(order), operation=described.ORDERED, scope=write),
        Route("GET", one, entered(api.tell), operation=described.TOLD, scope=read),
        Route("POST", f"{one}/cancel", entered(api.cancel), operation=described.CANCELLED, scope=write),
        Route("GET", f"{one}/file", entered(api.send), operation=described.SENT, seconds=FILE_SECONDS, scope=read),
    )
