"""Makes faxes a feature of the shell: routes with roles and descriptions, and the way between both worlds.

Owns what an account may see of faxes; the handlers are in `fax.web`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from crm_bridge.service import Customers
from fax.model import Asked
from fax.web import pages as pages_of_fax
from fax.web.api import FaxApi
from fax.web.deeds import Deeds
from fax.web.fax_page import FaxPage
from fax.web.new_page import NewPage
from fax.web.pages import FaxPages
from fax.web.paper import Papers
from fax.web.pictures import Pictures
from fax.web.room import FaxRoom
from fax.web.sending import SECONDS, Sending
from ledger.items import NoSuchItem, NotPossible
from ledger.jobs import Jobs
from server.accounts import Account, Role
from server.scopes import Scope
from server.web import fax_operations as described
from server.web.customer_names import CustomerNames
from server.web.customer_whose import whose_of
from server.web.entering import entering, who_of
from server.web.fax_operations import API
from server.web.parts import Parts
from server.web.route import Feature, NavItem, Route

NAME = "fax"
FOLDER = Path(pages_of_fax.__file__).parents[1]
AT = "/fax"
#: A file and its fields have this long to come and be looked at, seconds.
UPLOAD_SECONDS = SECONDS + 30.0

_entered = partial(
    entering,
    told={
        NoSuchItem: (404, "there is no such fax, or not for you", "the faxes are at /fax"),
        NotPossible: (409, "", "look at the fax again"),
    },
)


def fax_feature(parts: Parts, position: Callable[[], str]) -> Feature | None:
    """Return faxes as a feature; None for a server that has none."""
    if parts.faxes is None or parts.deliveries is None or parts.spool is None:
        return None
    names = CustomerNames(Customers(parts.database, parts.site().company.country), parts.clock)
    room = FaxRoom(
        parts.faxes,
        parts.deliveries,
        parts.spool,
        parts.site,
        parts.clock,
        names,
        parts.fax_call_back,
        Jobs(parts.database, parts.clock),
        whose=whose_of(parts),
    )
    deeds = Deeds(room)
    pages, papers = FaxPages(room, deeds, position), Papers(room, Pictures(parts.spool))
    sending = Sending(room, parts.data / "uploads")

    kept = False

    async def unread(account: Account) -> int:
        nonlocal kept
        kept = kept or bool((await room.rules.search(Asked(limit=1))).faxes)
        return sum(box.count.unread for box in await room.boxes(who_of(account)))

    return Feature(
        NAME,
        routes=(
            *_lists(pages, NewPage(room, sending)),
            *_one(FaxPage(room, deeds, pages, position), pages, papers),
            *_api(FaxApi(room, deeds, pages, sending), papers, deeds.names),
        ),
        nav=(NavItem("Fax", AT, count=unread, leads_somewhere=lambda: kept or bool(parts.site().faxboxes)),),
        templates=FOLDER / "templates",
        static=FOLDER / "static",
    )


def _lists(pages: FaxPages, new: NewPage) -> tuple[Route, ...]:
    return (
        Route("GET", AT, _entered(pages.list_received)),
        Route("GET", f"{AT}/sent", _entered(pages.list_sent)),
        Route("GET", f"{AT}/new", _entered(new.show)),
        Route("POST", f"{AT}/new", _entered(new.send), seconds=UPLOAD_SECONDS),
        Route("GET", f"{AT}/undelivered", _entered(pages.list_undelivered), role=Role.SUPERVISOR),
        Route("POST", AT + "/undelivered/{delivery}/again", _entered(pages.try_again), role=Role.ADMIN),
    )


def _one(page: FaxPage, pages: FaxPages, papers: Papers) -> tuple[Route, ...]:
    at = AT + "/{id}"
    return (
        Route("GET", at, _entered(page.show)),
        Route("GET", at + "/page/{n}", _entered(papers.page)),
        Route("GET", f"{at}/pdf", _entered(papers.pdf)),
        Route("GET", f"{at}/tiff", _entered(papers.tiff)),
        Route("GET", f"{at}/report", _entered(papers.report)),
        Route("POST", at + "/{deed}", _entered(pages.act)),
    )


def _api(api: FaxApi, papers: Papers, deeds: tuple[str, ...]) -> tuple[Route, ...]:
    one = API + "/{id}"
    read, write = Scope.FAXES_READ, Scope.FAXES_WRITE
    return (
        Route("GET", API, _entered(api.list_faxes), operation=described.LISTED, scope=read),
        Route("POST", API, _entered(api.send_fax), operation=described.SENT, seconds=UPLOAD_SECONDS, scope=write),
        Route("GET", one, _entered(api.tell_fax), operation=described.TOLD, scope=read),
        Route("GET", one + "/page/{n}", _entered(papers.page), operation=described.PICTURED, scope=read),
        Route("GET", f"{one}/pdf", _entered(papers.pdf), operation=described.PDF, scope=read),
        Route("GET", f"{one}/tiff", _entered(papers.tiff), operation=described.TIFF, scope=read),
        Route("GET", f"{one}/report", _entered(papers.report), operation=described.REPORT, scope=read),
        Route("POST", one + "/{deed}", _entered(api.change_fax), operation=described.changed(deeds), scope=write),
    )
