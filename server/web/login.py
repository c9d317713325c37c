"""The way in and out: the login page, its form, and logging out."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from server.accounts import Accounts, TooManyTries, WrongLogin
from server.web.guard import COOKIE, login_cookie
from server.web.peer import peer_of
from server.web.route import Route
from server.web.shell import HOME
from server.web.visit import Visit


class LoginPages:
    """Serves /login and /logout."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", "/login", self.show, role=None),
            Route("POST", "/login", self.log_in, role=None),
            Route("POST", "/logout", self.log_out, role=None),
        )

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Show the form, or go on where somebody is logged in."""
        goal = local_goal(visit.query("next"))
        if visit.account is not None:
            raise web.HTTPSeeOther(goal)
        return _form(visit, goal)

    async def log_in(self, visit: Visit) -> web.StreamResponse:
        """Check name and password and lead to where the visitor wanted to go."""
        form = await visit.form()
        name, goal = form.get("name", ""), local_goal(form.get("next"))
        try:
            login = await self._accounts.log_in(name, form.get("password", ""), peer_of(visit.request))
        except WrongLogin as error:
            return _form(visit, goal, name=name, error=str(error), status=401)
        except TooManyTries as error:
            refused = _form(visit, goal, name=name, error=str(error), status=429)
            refused.headers["Retry-After"] = str(int(error.wait) + 1)
            return refused
        response = web.Response(status=303, headers={"Location": goal, "Cache-Control": "no-store"})
        login_cookie(visit.request, response, login.token)
        return response

    async def log_out(self, visit: Visit) -> web.StreamResponse:
        """End the login, here and in the database."""
        if token := visit.request.cookies.get(COOKIE, ""):
            await self._accounts.log_out(token)
        response = web.Response(status=303, headers={"Location": "/login", "Cache-Control": "no-store"})
        response.del_cookie(COOKIE, path="/", httponly=True, samesite="Strict")
        return response


def local_goal(wanted: str | None) -> str:
    """Return the path to go to after the login; what leads out of our pages becomes the first page.

    >>> local_goal("/calls?day=2026-11-20"), local_goal("//evil.example"), local_goal("https://evil.example")
    ('/calls?day=2026-11-20', '/calls', '/calls')
    """
    if not wanted or not wanted.startswith("/") or not wanted.isprintable() or "\\" in wanted:
        return HOME
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return HOME
    inside = not wanted.startswith("//") and not parts.scheme and not parts.netloc
    return wanted if inside and parts.path != "/login" else HOME


def _form(visit: Visit, goal: str, *, name: str = "", error: str = "", status: int = 200) -> web.Response:
    return visit.page("login.html", status=status, goal=goal, name=name[:64], error=error)
