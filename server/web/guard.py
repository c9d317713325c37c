"""The guard before every handler: is it us who is asked, who asks, may they, is it their own browser page that asks.

Owns cookies, bearer tokens and roles at the door. Every route passes here, so none can be open by mistake.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from urllib.parse import quote, urlsplit

from aiohttp import HttpVersion11, web

from server.accounts import LOGIN_LASTS, Account, Accounts, Role
from server.terminal import environment
from server.web.frame import Frame
from server.web.hosts import SETTING, Hosts, host_name
from server.web.problems import Problem, wants_page
from server.web.route import Operation, Route
from server.web.visit import Visit

COOKIE = "switchroom_login"
#: Who works on this machine and can read the data folder may do all.
COMMAND_LINE = Account("command line", Role.ADMIN)
#: Seconds in which an answer must be on its way, endless ones excepted.
ANSWER_SECONDS = 30.0
_SAFE = frozenset({"GET", "HEAD"})
#: Whoever writes a program should hear of a parameter that does nothing; a person may follow any old link.
_FOR_PROGRAMS = "/api/"


class Guard:
    """Lets visits in. `api_token` is the secret of the command line beside us."""

    def __init__(self, accounts: Accounts, frame: Frame, api_token: str, hosts: Hosts | None = None) -> None:
        """Take the names that are ours, or read them from the setting. Raises Foreseen for a setting that is none."""
        self._accounts = accounts
        self._frame = frame
        self._api_token = api_token.encode()
        self._hosts = hosts or Hosts.of(environment())

    def entrance(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Return the handler that aiohttp calls for this route."""

        async def enter(request: web.Request) -> web.StreamResponse:
            async with asyncio.timeout(None if route.endless else ANSWER_SECONDS):
                self._require_our_name(request)
                account = await self._account(request)
                if request.method not in _SAFE and "Authorization" not in request.headers:
                    _require_own_page(request)
                if route.role is not None:
                    _require(request, route, account)
                if route.operation is not None and route.path.startswith(_FOR_PROGRAMS):
                    _require_known_query(request, route.operation)
                is_page = account is not None and request.method in _SAFE and wants_page(request)
                counts = await self._frame.counts(account) if account is not None and is_page else {}
                return await route.handler(Visit(request, account, self._frame, counts))

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

    async def _account(self, request: web.Request) -> Account | None:
        """Find out who asks; raises Problem for a bearer token that is not ours."""
        if (authorization := request.headers.get("Authorization")) is not None:
            kind, _, token = authorization.partition(" ")
            given = token.strip().encode(errors="replace")
            if kind.lower() != "bearer" or not hmac.compare_digest(given, self._api_token):
                raise Problem(401, "this token is not valid", "tokens change when the server starts", _CHALLENGE)
            return COMMAND_LINE
        token = request.cookies.get(COOKIE, "")
        return await self._accounts.find_account(token) if token else None


_CHALLENGE = {"WWW-Authenticate": "Bearer"}


def _require(request: web.Request, route: Route, account: Account | None) -> None:
    assert route.role is not None
    if account is None:
        if wants_page(request) and request.method in _SAFE:
            raise web.HTTPSeeOther(f"/login?next={quote(request.path_qs, safe='')}")
        raise Problem(401, "log in first", "at /login, or send the bearer token of the data folder", _CHALLENGE)
    if not account.role.includes(route.role):
        raise Problem(403, f"only a {route.role} may do this", "ask an admin for the role")


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
