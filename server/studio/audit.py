"""The audit log: what admins and supervisors did, whoever they are and by whatever way they came.

Owns what is written down. It is written at the door, so no page can forget to; what tells of such deeds by itself
(tokens, publications, closures) is not written twice. How the log reads is in `audit_book`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from ledger import journal_store
from ledger.clock import Clock
from ledger.database import Database
from ledger.entry import Entry, storable
from ledger.errors import LedgerError
from ledger.journal import Journal
from server.accounts import Role
from server.web.bearer import COMMAND_LINE
from server.web.route import Route
from server.web.visit import Visit

log = structlog.get_logger(__name__)

KIND = "admin_acted"
#: So long may the journal take before an answer goes out, seconds.
PATIENCE = 2.0
#: No honest detail is longer.
LONGEST = 200
_ABOUT = web.RequestKey("audit_about", str)
_NOTHING = web.RequestKey("audit_nothing", bool)
_SAFE = frozenset({"GET", "HEAD"})

#: What was done, by method and path; other posts of admins and supervisors are written down by their path.
DEEDS: Mapping[str, str] = {
    "POST /site/publish": "asked to publish",
    "POST /site/rollback": "asked to roll back",
    "POST /site/tests/write": "wrote drafted tests into the site",
    "POST /site/try/test": "wrote a tried call into the site as a test",
    "POST /site/edit/file/{file}": "edited a file of the site",
    "POST /site/edit/{section}": "edited the site",
    "POST /site/edit/{section}/{name}": "edited the site",
    "POST /site/hours": "edited the opening hours",
    "POST /site/hours/undo": "took back a change of the opening hours",
    "POST /site/prompts/reword": "edited a text of the site",
    "POST /site/prompts/takes": "recorded or uploaded a prompt",
    "POST /site/prompts/takes/{id}/keep": "kept a recording as a prompt",
    "POST /site/prompts/takes/{id}/drop": "dropped a recording",
    "POST /connectors/{name}/test": "tested a connector",
    "POST /connectors/{name}/again": "sent to a connector again",
    "POST /connectors/{name}/drop": "dropped events of a connector",
    "POST /connectors/{name}/forget": "forgot what was kept of a connector",
    "POST /api/v1/connectors/{name}/resend": "sent to a connector again",
    "POST /api/v1/connectors/{name}/drop": "dropped events of a connector",
    "POST /api/v1/connectors/{name}/test": "tested a connector",
    "POST /api/v1/agents/{name}/{deed}": "changed an agent's state",
    "POST /customers/{id}/privacy/export": "exported a person",
    "POST /customers/{id}/privacy/erase": "erased a person",
    "POST /api/v1/privacy/exports": "exported a person",
    "POST /api/v1/privacy/erasures": "erased a person",
    "GET /customers/export/file": "exported customers",
    "GET /api/v1/customers/export": "exported customers",
    "POST /customers/import": "brought an import of customers",
    "POST /customers/import/{id}/begin": "began an import of customers",
    "POST /customers/import/{id}/cancel": "cancelled an import of customers",
    "POST /customers/import/{id}/undo": "took back an import of customers",
    "POST /api/v1/customers/imports": "brought an import of customers",
    "POST /api/v1/customers/imports/{id}/{deed}": "changed an import of customers",
    "POST /reports/issued/{id}/send-again": "sent a report again",
    "POST /voicemail/undelivered/{delivery}/again": "sent a message's mail again",
    "POST /fax/undelivered/{delivery}/again": "delivered a fax again",
}
_LOOKS = "only looks"
_OWN = "is in the journal under a kind of its own, which the log reads"
_DAILY = "daily work, which the thing itself keeps with who did it"
_LOGIN = "one's own login"
#: What leaves no entry of the door's, and why. Whatever changes something is here or in DEEDS.
NO_DEEDS: Mapping[str, str] = {
    "POST /login": _LOGIN,
    "POST /logout": _LOGIN,
    "POST /api/v1/site/look": "serves what is published, which is in the log",
    "POST /site/edit/file/{file}/check": _LOOKS,
    "POST /site/edit/check/{section}": _LOOKS,
    "POST /site/edit/check/{section}/{name}": _LOOKS,
    "POST /site/prompts/say": _LOOKS,
    "POST /site/backtest": _LOOKS,
    "POST /site/backtest/cancel": _LOOKS,
    "POST /site/tests/again": _LOOKS,
    "POST /site/tests/draft": _LOOKS,
    "POST /api/v1/privacy/preview": _LOOKS,
    "POST /customers/import/{id}/look": _LOOKS,
    "POST /closures": _OWN,
    "POST /api/v1/closures": _OWN,
    "DELETE /api/v1/closures/{scope}": _OWN,
    "POST /closures/open": _OWN,
    "POST /tokens": _OWN,
    "POST /tokens/{name}/rotate": _OWN,
    "POST /tokens/{name}/remove": _OWN,
}
#: What everybody does all day: messages, faxes, calls, reports and customers remember who did what with them.
DAILY = (
    "/voicemail/", "/api/v1/voicemail/", "/fax/", "/api/v1/faxes", "/reports/", "/api/v1/reports/", "/desk/",
    "/customers/", "/api/v1/customers", "/api/v1/interactions/", "/api/v1/calls",
)  # fmt: skip


def why_not(route: Route) -> str:
    """Say why a route leaves no entry; '' for one that does, and for one that nobody has decided about."""
    name = f"{route.method} {route.path}"
    if name in DEEDS:
        return ""
    if name in NO_DEEDS:
        return NO_DEEDS[name]
    if route.method in _SAFE:
        return _LOOKS
    return _DAILY if route.role is Role.OPERATOR and route.path.startswith(DAILY) else ""


@dataclass(frozen=True)
class Acted:
    """One deed: when, by whom, what, about which thing and why."""

    at: datetime
    who: str
    what: str
    about: str = ""
    why: str = ""


def about(visit: Visit, text: str) -> None:
    """Say what the deed of this visit is about, where the path does not say it; numbers and secrets never."""
    visit.request[_ABOUT] = text[:LONGEST]


def nothing_done(visit: Visit) -> None:
    """Say that this visit changed nothing, whatever its way says: such as a form that was saved untouched."""
    visit.request[_NOTHING] = True


def entry_of(acted: Acted) -> Entry:
    """Return a deed as the journal stores it."""
    data = {"who": acted.who, "what": acted.what, "about": acted.about[:LONGEST], "why": acted.why[:LONGEST]}
    return Entry(kind=KIND, at=acted.at, data=data)


async def acted(session: AsyncSession, deed: Acted) -> None:
    """Write a deed down in the transaction that does it: for commands, beside a server that runs."""
    await journal_store.insert_entries(session, [storable(entry_of(deed))])


async def by_command(database: Database, now: datetime, what: str, about: str = "") -> None:
    """Write down what a command did, where no server's door does it. Raises LedgerError."""
    async with database.writing() as session:
        await acted(session, Acted(now, COMMAND_LINE.name, what, about))


class Audit:
    """Writes down what comes through the doors."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock

    def watched(self, route: Route) -> Route:
        """Return the route with a handler whose deeds are written down; one that does none is returned as it is."""
        name = f"{route.method} {route.path}"
        if not _is_deed(route, name):
            return route
        return replace(route, handler=self._writing(route.handler, DEEDS.get(name, name)))

    def _writing(
        self, handler: Callable[[Visit], Awaitable[web.StreamResponse]], what: str
    ) -> Callable[[Visit], Awaitable[web.StreamResponse]]:
        async def serve(visit: Visit) -> web.StreamResponse:
            try:
                response = await handler(visit)
            except (web.HTTPRedirection, ConnectionError):  # who goes away in the middle of an export has half of it
                await self._write(visit, what)
                raise
            if response.status < 400:
                await self._write(visit, what)
            return response

        return serve

    async def _write(self, visit: Visit, what: str) -> None:
        account, found = visit.account, visit.request.match_info
        if visit.request.get(_NOTHING) or visit.request.method == "HEAD":
            return
        if account is None or (account.person and found.get("name") == account.person):
            return  # one's own state is no deed of an admin
        thing = visit.request.get(_ABOUT, "") or " ".join(found.values())
        try:
            async with asyncio.timeout(PATIENCE):
                await self._journal.append(entry_of(Acted(self._clock.now(), account.name, what, thing)))
        except (LedgerError, TimeoutError) as error:
            log.warning("a deed is not known to be in the audit log", who=account.name, error=type(error).__name__)


def _is_deed(route: Route, name: str) -> bool:
    """Say whether it is written down; what nobody has decided about is, if an admin or a supervisor may do it."""
    undecided = route.role is not None and route.role.includes(Role.SUPERVISOR)
    return name in DEEDS or (undecided and not why_not(route))
