"""Who is let in where: every route of the web server before everybody there is, and what of it the audit log keeps.

The table beside this file has a line for each route. A new one without a line fails: decide who needs it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from server.accounts import Role
from server.scopes import Scope
from server.studio.audit import DAILY, DEEDS, NO_DEEDS, why_not
from server.studio.audit_book import AuditBook
from server.web.route import Route
from tests.server.web.doors import Doors, open_doors

pytestmark = pytest.mark.asyncio(loop_scope="module")
TABLE = Path(__file__).with_name("doors.txt")
PEOPLE = ("nobody", *(role.value for role in Role), "command line")


def decided() -> dict[str, tuple[str, str]]:
    """Return of each route the least role that is let in, and the scope by which a token is; as the table has it."""
    lines = [line.split() for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    return {f"{method} {path}": (role, scope) for role, scope, method, path in lines}


def status_for(role: str, scope: str, visitor: str) -> int:
    """Return what a visitor is to be told at a route of the table."""
    if role == "anybody":
        return 200
    if visitor == "nobody":
        return 401
    if visitor.startswith("token "):
        has = visitor.removeprefix("token ")
        return 200 if scope != "-" and has in (scope, Scope.ADMIN) else 403
    if visitor == "command line":
        return 200
    return 200 if Role(visitor).includes(Role(role)) else 403


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def doors(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Doors]:
    async with open_doors(tmp_path_factory.mktemp("doors")) as opened:
        yield opened


async def test_every_route_is_decided(doors: Doors) -> None:
    found = {name: (str(route.role or "anybody"), str(route.scope or "-")) for name, route in doors.routes.items()}
    assert len(found) > 200, "a feature is missing"
    assert found == decided(), f"decide who may come in, and say so in {TABLE.name}"


async def test_everybody_is_let_in_where_the_table_says(doors: Doors) -> None:
    wrong: list[str] = []
    every, tried = list(Scope), set[tuple[str, str]]()
    for name, (role, scope) in decided().items():
        # Every scope at the first door of its kind; at the others the right one, a wrong one and that of all.
        if scope == "-":
            tokens = [Scope.ADMIN]
        elif (role, scope) not in tried:
            tokens = every
        else:
            tokens = [Scope(scope), every[every.index(Scope(scope)) - 1], Scope.ADMIN]
        tried.add((role, scope))
        for visitor in (*PEOPLE, *(f"token {one}" for one in tokens)):
            wanted = status_for(role, scope, visitor)
            told = await doors.knock(doors.routes[name], visitor, watched=False)
            if told != wanted:
                wrong.append(f"{name}: {visitor} gets {told}, not {wanted}")
    assert wrong == []


#: What a supervisor sees of the site: all of it read only.
SEEN = {
    "GET /site", "GET /site/try", "GET /site/try/sound/{id}.wav", "GET /site/hours", "GET /site/changes",
    "GET /site/versions",
}  # fmt: skip


async def test_of_the_site_supervisors_see_what_callers_hear_and_change_nothing(doors: Doors) -> None:
    of_site = {name: route for name, route in doors.routes.items() if route.path.startswith("/site")}
    public = {"GET /site/schema.json"}
    assert {name for name, route in of_site.items() if route.role is not Role.ADMIN} == SEEN | public
    assert all(route.scope is None for route in of_site.values()), "no page is for a token"


# ---- what of it is in the audit log


def changes(route: Route) -> bool:
    return route.method not in ("GET", "HEAD")


async def test_whatever_changes_something_is_in_the_log_or_has_a_reason(doors: Doors) -> None:
    undecided = [
        name for name, route in doors.routes.items() if changes(route) and name not in DEEDS and not why_not(route)
    ]
    assert undecided == [], "give these words in DEEDS of server/studio/audit.py, or a reason in NO_DEEDS"
    gone = [name for name in (*DEEDS, *NO_DEEDS) if name not in doors.routes]
    assert gone == [], "there is no such route any more"
    assert not set(DEEDS) & set(NO_DEEDS)
    assert [begin for begin in DAILY if not any(route.path.startswith(begin) for route in doors.routes.values())] == []


async def test_every_deed_leaves_an_entry_with_who_and_what_and_nothing_else_does(doors: Doors) -> None:
    wanted: list[tuple[str, str]] = []
    for name, route in doors.routes.items():
        visitor = "admin" if route.role is Role.ADMIN else "supervisor"
        assert await doors.knock(route, visitor) == 200, name
        wanted += [(visitor, DEEDS[name])] if name in DEEDS else []
    told = [(one.acted.who, one.acted.what) for one in await AuditBook(doors.office.parts.journal).last(1_000)]
    assert told[::-1] == wanted


async def test_what_was_refused_leaves_none(doors: Doors) -> None:
    book = AuditBook(doors.office.parts.journal)
    before = await book.last(1_000)
    for name in DEEDS:
        for visitor in ("nobody", "operator"):
            route = doors.routes[name]
            if visitor == "nobody" or route.role is not Role.OPERATOR:
                assert await doors.knock(route, visitor) in (401, 403), name
    assert await book.last(1_000) == before
