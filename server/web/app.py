"""The web server, put together: routes of the shell and of the features, in front of them the guard.

Owns starting and stopping, and the two files that tell commands on this machine where we are.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from pbx.render import write_whole
from server.accounts import Accounts
from server.local_server import ADDRESS_FILE, TOKEN_FILE
from server.studio.audit import Audit
from server.studio.feature import studio_feature
from server.tokens import Tokens
from server.web import token_pages
from server.web.api import Api
from server.web.bearer import Bearers, add_limits
from server.web.call_book import CallBook
from server.web.closure_feature import closure_feature
from server.web.crm_features import CRM
from server.web.fax_feature import fax_feature
from server.web.frame import Frame
from server.web.guard import Guard
from server.web.headers import add_headers
from server.web.health import Health
from server.web.issued_feature import issued_feature
from server.web.live import Live
from server.web.login import LoginPages
from server.web.metrics import Metrics
from server.web.openapi import describe
from server.web.pages import NAV, CallPages
from server.web.parts import Parts
from server.web.problems import telling_problems
from server.web.report_feature import imported_calls, report_feature
from server.web.route import Feature
from server.web.shell import Shell
from server.web.static_files import FOLDER, read_static
from server.web.stream import EventStream, Pace
from server.web.token_pages import TokenPages
from server.web.voicemail_feature import voicemail_feature

if TYPE_CHECKING:
    from pathlib import Path

    from server.switchroom import Switchroom

#: The largest body anybody may send, bytes; documents have a limit of their own where they are taken.
LARGEST_BODY = 1024 * 1024
#: What changes what callers hear.
SITE = (closure_feature, studio_feature)
#: aiohttp logs a trace for every line of rubbish a stranger sends; what goes wrong with us is logged in `problems`.
_QUIET = logging.getLogger("switchroom.http.strangers")
_QUIET.setLevel(logging.CRITICAL)
#: Seconds that requests under way get to end when we stop.
GOODBYE = 3.0


@asynccontextmanager
async def serving(switchroom: Switchroom, host: str, port: int, features: Sequence[Feature] = ()) -> AsyncIterator[str]:
    """Serve the pages and the API; give the address, such as http://127.0.0.1:8080. Port 0 takes a free one.

    Leaves `http.json` and `api-token` in the data folder while it serves. Raises OSError if the port is taken.
    """
    accounts = Accounts(switchroom.database, switchroom.clock)
    async with serving_parts(Parts.of(switchroom), accounts, host, port, features) as address:
        yield address


@asynccontextmanager
async def serving_parts(
    parts: Parts, accounts: Accounts, host: str, port: int, features: Sequence[Feature] = (), pace: Pace | None = None
) -> AsyncIterator[str]:
    """Serve these parts; see `serving`."""
    token = secrets.token_urlsafe(32)
    app = await make_app(parts, accounts, token, features, pace)
    runner = web.AppRunner(app, access_log=None, logger=_QUIET, keepalive_timeout=75, shutdown_timeout=GOODBYE)
    await runner.setup()
    try:
        sock = await asyncio.to_thread(_listen, host, port)
        await web.SockSite(runner, sock).start()
        address = f"http://{_written(host)}:{sock.getsockname()[1]}"
        local = f"http://{_written(_reached_at(host))}:{sock.getsockname()[1]}"
        await asyncio.to_thread(_leave_word, parts.data, local, token)
        try:
            yield address
        finally:
            await asyncio.to_thread(_take_word_back, parts.data, token)
    finally:
        await runner.cleanup()


async def make_app(
    parts: Parts, accounts: Accounts, token: str, features: Sequence[Feature] = (), pace: Pace | None = None
) -> web.Application:
    """Put the application together; `token` is the command line's."""
    inboxes = (
        make(parts, lambda: live.feed.position)
        for make in (voicemail_feature, fax_feature, report_feature, issued_feature, *CRM, *SITE)
    )
    features = (*(inbox for inbox in inboxes if inbox is not None), *features)
    folders = {"": FOLDER} | {f"{feature.name}/": feature.static for feature in features if feature.static}
    static = await asyncio.to_thread(read_static, folders)
    frame = Frame(parts.site, static, (Feature("", nav=NAV), *features, Feature("", nav=token_pages.NAV)))
    book = CallBook(parts)
    live = Live(parts, book, frame)
    metrics = Metrics(parts, live)
    shell = Shell(static)
    tokens = Tokens(parts.database, parts.clock)
    routes = [
        *shell.routes(),
        *LoginPages(accounts).routes(),
        *TokenPages(tokens, parts).routes(),
        *CallPages(parts, book, live, imported_calls(parts)).routes(),
        *EventStream(live, pace).routes(),
        *Api(parts, book).routes(),
        *Health(parts).routes(),
        *metrics.routes(),
        *(route for feature in features for route in feature.routes),
    ]
    shell.description = describe(routes, parts.version)
    guard = Guard(accounts, frame, Bearers(tokens, parts.clock, token))
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[_counting(metrics), telling_problems(frame)])
    app.on_response_prepare.append(add_headers)
    app.on_response_prepare.append(add_limits)
    audit = Audit(parts.journal, parts.clock)
    for route in routes:
        handler = guard.entrance(audit.watched(route))
        if route.method == "GET":
            app.router.add_get(route.path, handler, allow_head=not route.endless)
        else:
            app.router.add_route(route.method, route.path, handler)

    async def close_live(_app: web.Application) -> None:
        await live.close()
        for feature in features:
            if feature.close is not None:
                feature.close()

    app.on_shutdown.append(close_live)
    return app


def _counting(metrics: Metrics) -> Middleware:
    @web.middleware
    async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else "none"
        try:
            response = await handler(request)
        except web.HTTPException as redirect:
            metrics.count_request(request.method, route, redirect.status)
            raise
        metrics.count_request(request.method, route, response.status)
        return response

    return count


def _listen(host: str, port: int) -> socket.socket:
    return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=256)


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _reached_at(host: str) -> str:
    """Return where commands on this machine find us."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  compared, not bound


def _leave_word(data: Path, address: str, token: str) -> None:
    write_whole(data / TOKEN_FILE, token)
    write_whole(data / ADDRESS_FILE, json.dumps({"url": address}))


def _take_word_back(data: Path, token: str) -> None:
    """Remove our two files, unless another server has written its own by now."""
    with contextlib.suppress(OSError):
        if (data / TOKEN_FILE).read_text() == token:
            (data / ADDRESS_FILE).unlink(missing_ok=True)
            (data / TOKEN_FILE).unlink(missing_ok=True)
