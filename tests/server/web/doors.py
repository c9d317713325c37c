"""Every door of the web server, with nothing behind it: all its routes, in a house that has every feature.

Whoever is let in is answered 200 by each, so that a test can ask at all of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from server import token_secret
from server.accounts import Account, Accounts, Role
from server.customer_room import CustomerRoom
from server.scopes import Scope
from server.studio.audit import Audit
from server.token_model import Grant, Limit
from server.tokens import Tokens
from server.web.app import make_app
from server.web.bearer import Bearers
from server.web.frame import Frame
from server.web.guard import COOKIE, Guard
from server.web.problems import Problem
from server.web.route import Route
from server.web.static_files import StaticFiles
from server.web.visit import Visit
from tests.server.web.office import Office
from tests.server.web.publishing import open_bureau

COMMAND_LINE = "x" * 40
#: The secret of a token for each scope.
SECRETS = {token_secret.make(): scope for scope in Scope}
#: What stands for the parts of a path.
ANYTHING = {"id": "1", "name": "zoe", "n": "1"}


class Unused:
    """A part that routes are made of and nobody uses here."""

    def __getattr__(self, name: str) -> Any:  # whatever a part has
        if name.startswith("__"):
            raise AttributeError(name)
        return Unused()

    def __call__(self, *_args: object, **_named: object) -> Any:  # whatever a part gives
        return Unused()


@dataclass
class Doors:
    """The routes by their names, and who can stand before them: the headers by which each is known."""

    office: Office
    routes: Mapping[str, Route]
    visitors: Mapping[str, Mapping[str, str]]
    guard: Guard
    audit: Audit
    #: Of which every other is a clone: to make one takes a thousand times as long.
    request: web.Request = field(default_factory=lambda: make_mocked_request("GET", "/", match_info={}))

    async def knock(self, route: Route, visitor: str, *, watched: bool = True) -> int:
        """Return the status that a visitor gets of a route, behind which is nothing; it may be kept out of the log."""
        bare = replace(route, handler=let_in)
        entrance = self.guard.entrance(self.audit.watched(bare) if watched else bare)
        headers = {"Host": "localhost", "Sec-Fetch-Site": "same-origin", **self.visitors[visitor]}
        match = {name: ANYTHING.get(name, "any") for name in _parts(route.path)}
        request = self.request.clone(method=route.method, rel_url=route.path.split("{")[0], headers=headers)
        request._match_info = match  # type: ignore[assignment]  # a router's, which there is none of; clones have no way
        try:
            return (await entrance(request)).status
        except (web.HTTPException, Problem) as refused:
            return refused.status


async def let_in(visit: Visit) -> web.StreamResponse:
    """Answer whoever came in."""
    return web.Response()


@asynccontextmanager
async def open_doors(folder: Path) -> AsyncIterator[Doors]:
    """Open a house with every feature, and a login or a token for everybody there can be."""
    routes: dict[str, Route] = {}

    def look(_self: Audit, route: Route) -> Route:
        routes[f"{route.method} {route.path}"] = route
        return route

    async with open_bureau(folder) as bureau:
        office, parts = bureau.office, bureau.office.parts
        customers = CustomerRoom.of(parts.site, parts.database, parts.journal, parts.clock)
        rest: dict[str, Any] = {
            one.name: Unused() for one in fields(parts) if getattr(parts, one.name) is None
        }  # any part
        whole = replace(parts, **(rest | {"customers": customers}))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Audit, "watched", look)
            await make_app(whole, office.accounts, COMMAND_LINE)
        bearers = Bearers(KnownTokens(parts.database, parts.clock), parts.clock, COMMAND_LINE)
        guard = Guard(KnownAccounts(parts.database, parts.clock), Frame(parts.site, StaticFiles({}), ()), bearers)
        audit = Audit(parts.journal, parts.clock)
        yield Doors(office, routes, visitors(), guard, audit)


def visitors() -> dict[str, dict[str, str]]:
    """Return the headers of everybody; who is of a token is called by its scope."""
    logins = {role.value: {"Cookie": f"{COOKIE}={role}"} for role in Role}
    tokens = {f"token {scope}": {"Authorization": f"Bearer {secret}"} for secret, scope in SECRETS.items()}
    return {"nobody": {}, "command line": {"Authorization": f"Bearer {COMMAND_LINE}"}, **logins, **tokens}


class KnownAccounts(Accounts):
    """Logins that are known by the name of their role: a thousand visits need no database."""

    async def find_account(self, token: str) -> Account | None:
        """Return who has this role."""
        return Account(token, Role(token)) if token in set(Role) else None


class KnownTokens(Tokens):
    """A token for each scope."""

    async def find(self, secret: str) -> Grant | None:
        """Return what the token of a scope allows."""
        scope = SECRETS.get(secret)
        return Grant(f"only {scope}", frozenset({scope}), Limit(1000, 10_000)) if scope is not None else None


def _parts(path: str) -> list[str]:
    return [part.split("}")[0].split(":")[0] for part in path.split("{")[1:]]
