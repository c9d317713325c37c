"""The guard before every handler: is it us who is asked, who asks, may they, is it their own browser page that asks.

Owns cookies, roles and scopes at the door. Every route passes here, so none can be open by mistake.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import quote, urlsplit

from aiohttp import HttpVersion11, web

from server.accounts import LOGIN_LASTS, Account, Accounts
from server.terminal import environment
from server.token_model import Grant
from server.web.bearer import COMMAND_LINE, GRANT, LEFT, Bearers
from server.web.frame import Frame
from server.web.hosts import SETTING, Hosts, host_name
from server.web.peer import peer_of
from server.web.problems import Problem, wants_page
from server.web.route import Operation, Route
from server.web.visit import Visit

COOKIE = "switchroom_login"
#: Seconds in which an answer must be on its way, endless ones excepted.
ANSWER_SECONDS = 30.0
_SAFE = frozenset({"GET", "HEAD"})
#: Whoever writes a program should hear of a parameter that does nothing; a person may follow any old link.
_FOR_PROGRAMS = "/api/"


class Guard:
    """Lets visits in."""

    def __init__(self, accounts: Accounts, frame: Frame, bearers: Bearers, hosts: Hosts | None = None) -> None:
        """Take the names that are ours, or read them from the setting. Raises Foreseen for a setting that is none."""
        self._accounts = accounts
        self._frame = frame
        self._bearers = bearers
        self._hosts = hosts or Hosts.of(environment())

    def entrance(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Return the handler that aiohttp calls for this route."""

        async def enter(request: web.Request) -> web.StreamResponse:
            async with asyncio.timeout(None if route.endless else route.seconds or ANSWER_SECONDS):
                self._require_our_name(request)
                account, grant = await self._who(request)
                if grant is not None:
                    request[LEFT], request[GRANT] = self._bearers.use(grant), grant
                if request.method not in _SAFE and "Authorization" not in request.headers:
                    _require_own_page(request)
                if route.role is not None:
                    _require(request, route, account)
                    if grant is not None:
                        _require_scope(route, grant)
                if route.operation is not None and route.path.startswith(_FOR_PROGRAMS):
                    _require_known_query(request, route.operation)
                is_page = account is not None and request.method in _SAFE and wants_page(request)
                counts = await self._frame.counts(account) if account is not None and is_page else {}
                welcome = partial(self._is_welcome, request)
                return await route.handler(Visit(request, account, self._frame, counts, is_welcome=welcome))

        return enter

    def _require_our_name(self, request: web.Request) -> None:
        """Refuse what was meant for another name: its pages could read our answers as if they were its own."""
        given = request.headers.getall("Host", [])
        if not given and request.version < HttpVersion11:
            return  # an old health check: every browser says which name it means
        name = host_name(given[0]) if len(given) == 1 else None
        if name is None:
            raise Problem(400, "the Host header says no name", "send one, as in the address of this page")
        where = request.transport.get_extra_info("sockname") if request.transport is not None else None
        if not self._hosts.include(name, where[0] if isinstance(where, tuple) else ""):
            raise Problem(
                421,
                f"this server is not called {name}",
                f"open it as localhost or by its address, or start it with {SETTING}={name} in the environment",
            )

    async def _who(self, request: web.Request) -> tuple[Account | None, Grant | None]:
        """Find out who asks, and what their token allows; raises Problem for a token that is not valid."""
        if (authorization := request.headers.get("Authorization")) is not None:
            grant = await self._bearers.grant(authorization, peer_of(request))
            return (COMMAND_LINE, None) if grant is None else (grant.account, grant)
        return await self._logged_in(request), None

    async def _logged_in(self, request: web.Request) -> Account | None:
        token = request.cookies.get(COOKIE, "")
        return await self._accounts.find_account(token) if token else None

    async def _is_welcome(self, request: web.Request) -> bool:
        """Say whether who was let in would be now."""
        if (authorization := request.headers.get("Authorization")) is not None:
            return await self._bearers.is_good(authorization)
        return await self._logged_in(request) is not None


_CHALLENGE = {"WWW-Authenticate": "Bearer"}


def _require(request: web.Request, route: Route, account: Account | None) -> None:
    assert route.role is not None
    if account is None:
        if wants_page(request) and request.method in _SAFE:
            raise web.HTTPSeeOther(f"/login?next={quote(request.path_qs, safe='')}")
        if wants_page(request):  # a form was sent, and what was written in it is not to be lost
            hint = "log in at /login in another tab, then reload this page: it sends again what you wrote"
            raise Problem(401, "you are logged out, and nothing was done", hint, _CHALLENGE)
        raise Problem(401, "log in first", "at /login, or send a bearer token", _CHALLENGE)
    if not account.role.includes(route.role):
        article = "an" if str(route.role)[:1] in "ao" else "a"
        raise Problem(403, f"only {article} {route.role} may do this", "ask an admin for the role")


def _require_scope(route: Route, grant: Grant) -> None:
    if route.scope is None:
        raise Problem(403, "no token may do this", "log in, as a person")
    if not grant.allows(route.scope):
        challenge = f'Bearer error="insufficient_scope", scope="{route.scope}"'
        hint = "ask an admin for a token that has it"
        raise Problem(403, f"this token lacks the scope {route.scope}", hint, {"WWW-Authenticate": challenge})


def _require_known_query(request: web.Request, operation: Operation) -> None:
    known = [parameter.name for parameter in operation.parameters if parameter.place == "query"]
    hint = f"the parameters here are {', '.join(known)}" if known else "there are no parameters here"
    for name in dict.fromkeys(request.query):
        if name not in known:
            raise Problem(400, f"there is no parameter {name[:40]!r} here", hint)
        if len(request.query.getall(name)) > 1:
            raise Problem(400, f"the parameter {name!r} is given twice", "give it once")


def _require_own_page(request: web.Request) -> None:
    """Refuse what another site's page makes a browser send: it would carry our cookie.

    Browsers of today say where a request comes from; older ones send at least Origin with a POST.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        own = site in ("same-origin", "none")
    else:
        own = urlsplit(request.headers.get("Origin", "")).netloc == request.host
    if not own:
        raise Problem(403, "this did not come from a page of ours", "open the page anew and try again")


def login_cookie(request: web.Request, response: web.StreamResponse, token: str) -> None:
    """Give the browser its login."""
    # Behind a proxy that does the encryption we see http; the page's own origin tells.
    encrypted = request.secure or request.headers.get("Origin", "").startswith("https://")
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(LOGIN_LASTS.total_seconds()),
        path="/",
        httponly=True,
        samesite="Strict",
        secure=encrypted,
    )
