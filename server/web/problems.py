"""What goes wrong with a request, and how it is told: JSON to machines, a page in the frame to people.

Owns the shape of errors; no handler writes an error answer itself.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Mapping
from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from ledger.errors import LedgerError
from server.web.frame import Frame

log = structlog.get_logger(__name__)

_HINTS = {
    404: "look at the address; the calls are at /calls, the API is described at /api/v1/openapi.json",
    405: "use one of the methods named in the Allow header",
    413: "send less",
}


class Problem(Exception):
    """The request cannot be answered as it was meant; says what is wrong and what to do."""

    def __init__(self, status: int, error: str, hint: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(error)
        self.status, self.error, self.hint = status, error, hint
        self.headers = dict(headers or {})


def telling_problems(frame: Frame) -> Middleware:
    """Make the middleware that turns whatever is raised into an answer."""

    @web.middleware
    async def tell(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Exception as error:
            # One request's failure ends that request only; what we did not foresee is logged with all its story.
            problem = _problem(request, error)
            if problem is None:
                raise
            return answer(request, problem, frame)

    return tell


def answer(request: web.Request, problem: Problem, frame: Frame) -> web.Response:
    """Tell a problem the way the asker understands."""
    headers = {**problem.headers, "Cache-Control": "no-store"}
    if wants_page(request):
        text = frame.render(
            "error.html",
            account=None,
            path=request.path,
            status=problem.status,
            error=problem.error,
            hint=problem.hint,
        )
        return web.Response(text=text, status=problem.status, content_type="text/html", headers=headers)
    text = json.dumps({"error": problem.error, "hint": problem.hint})
    return web.Response(text=text, status=problem.status, content_type="application/json", headers=headers)


def wants_page(request: web.Request) -> bool:
    """Say whether a person with a browser asks, and not a program."""
    return "text/html" in request.headers.get("Accept", "") and not request.path.startswith("/api/")


def _problem(request: web.Request, error: Exception) -> Problem | None:
    """Return what to tell; None for what is no error (a redirect)."""
    match error:
        case Problem():
            return error
        case web.HTTPException(status=status) if status < 400:
            return None
        case web.HTTPException(status=status):
            kept = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
            return Problem(status, HTTPStatus(status).phrase.lower(), _HINTS.get(status, ""), kept)
        case LedgerError() | TimeoutError():
            log.error("a request could not be served", route=request.path, error=str(error) or "too slow")
            return Problem(503, "the server cannot do this now", "try again in a moment", {"Retry-After": "5"})
        case ConnectionError():
            return Problem(400, "the connection was lost")  # nobody is there to read this
        case _:
            # The trace as text: a log that shows the values of variables would show passwords.
            trace = "".join(traceback.format_exception(error))
            log.error("a request failed", method=request.method, route=request.path, trace=trace)
            return Problem(500, "a fault of ours", "the server's log says more")
