"""The audit log: what admins and supervisors did, whoever they are and by whatever way they came.

Owns what is written down and how it reads. It is written at the door, so no page can forget to; entries of the
journal that tell of such deeds by themselves (tokens, publications, closures) are read as they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from callrouter import events as ev
from ledger import journal_store
from ledger.clock import Clock
from ledger.entry import Entry, storable
from ledger.errors import LedgerError
from ledger.journal import Journal
from server.accounts import Role
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
    "POST /site/edit/file/{file}": "edited a file of the site",
    "POST /site/edit/{section}": "edited the site",
    "POST /site/edit/{section}/{name}": "edited the site",
    "POST /site/hours": "edited the opening hours",
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
    "POST /customers/import": "brought an import of customers",
    "POST /customers/import/{id}/begin": "began an import of customers",
    "POST /customers/import/{id}/cancel": "cancelled an import of customers",
    "POST /customers/import/{id}/undo": "took back an import of customers",
    "POST /api/v1/customers/imports": "brought an import of customers",
    "POST /api/v1/customers/imports/{id}/{deed}": "changed an import of customers",
    "POST /voicemail/undelivered/{delivery}/again": "sent a message's mail again",
    "POST /fax/undelivered/{delivery}/again": "delivered a fax again",
}
#: What only looks, or is in the journal under a kind of its own.
NO_DEEDS = frozenset(
    {
        "POST /api/v1/site/look",
        "POST /site/prompts/say",
        "POST /site/backtest",
        "POST /site/backtest/cancel",
        "POST /site/tests/again",
        "POST /site/tests/draft",
        "POST /api/v1/privacy/preview",
        "POST /customers/import/{id}/look",
        "POST /closures",
        "POST /api/v1/closures",
        "DELETE /api/v1/closures/{scope}",
        "POST /closures/open",
        "POST /tokens",
        "POST /tokens/{name}/rotate",
        "POST /tokens/{name}/remove",
    }
)


@dataclass(frozen=True)
class Acted:
    """One deed: when, by whom, what and about which thing."""

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


class Audit:
    """Writes down what comes through the doors, and reads what was done."""

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
            except web.HTTPRedirection:
                await self._write(visit, what)
                raise
            if response.status < 400:
                await self._write(visit, what)
            return response

        return serve

    async def _write(self, visit: Visit, what: str) -> None:
        account, found = visit.account, visit.request.match_info
        if visit.request.get(_NOTHING):
            return
        if account is None or (account.person and found.get("name") == account.person):
            return  # one's own state is no deed of an admin
        thing = visit.request.get(_ABOUT, "") or " ".join(found.values())
        try:
            async with asyncio.timeout(PATIENCE):
                await self._journal.append(entry_of(Acted(self._clock.now(), account.name, what, thing)))
        except (LedgerError, TimeoutError) as error:
            log.warning("a deed is not known to be in the audit log", who=account.name, error=type(error).__name__)

    async def of_day(self, start: datetime, end: datetime) -> list[Acted]:
        """Return what was done in a time, the newest first."""
        found = [_read(entry) async for entry in self._journal.between(start, end, list(_READERS))]
        return found[::-1]

    async def last(self, limit: int) -> list[Acted]:
        """Return what was done last, the newest first."""
        return [_read(entry) for entry in await self._journal.last(*_READERS, limit=limit)]


def _is_deed(route: Route, name: str) -> bool:
    if route.method in _SAFE or name in NO_DEEDS or route.path.endswith("/check") or "/check/" in route.path:
        return False
    return name in DEEDS or (route.role is not None and route.role.includes(Role.SUPERVISOR))


def _read(entry: Entry) -> Acted:
    return _READERS[entry.kind](entry)


def _word(entry: Entry, name: str) -> str:
    return str(entry.data.get(name) or "")


def _token(what: str) -> Callable[[Entry], Acted]:
    return lambda entry: Acted(entry.at, _word(entry, "by"), what, _word(entry, "token"))


def _published(entry: Entry) -> Acted:
    back = f", back to {entry.data['back_to']}" if entry.data.get("back_to") else ""
    thing = f"number {entry.data.get('number')}, version {_word(entry, 'version')}{back}"
    return Acted(entry.at, _word(entry, "who"), "rolled back" if back else "published", thing, _word(entry, "why"))


def _until(entry: Entry) -> str:
    """Say until when a door was closed; what another version of ours wrote otherwise is left out."""
    try:
        return f"until {datetime.fromisoformat(_word(entry, 'until')).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError):
        return ""


_READERS: Mapping[str, Callable[[Entry], Acted]] = {
    KIND: lambda e: Acted(e.at, _word(e, "who"), _word(e, "what"), _word(e, "about"), _word(e, "why")),
    "token_made": _token("made a token"),
    "token_rotated": _token("rotated a token"),
    "token_removed": _token("removed a token"),
    ev.SitePublished.KIND: _published,
    ev.LineClosed.KIND: lambda e: Acted(e.at, _word(e, "who"), "closed by hand", _word(e, "scope"), _until(e)),
    ev.LineReopened.KIND: lambda e: Acted(e.at, _word(e, "who") or "by itself", "opened again", _word(e, "scope")),
}
