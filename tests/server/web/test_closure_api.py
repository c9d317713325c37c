"""Closing by hand over the API: who may, what is refused, and that it is what the page shows."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
import pytest_asyncio

from server.closure_office import ClosureOffice
from server.web.app import serving_parts
from server.web.closure_api import CLOSURE
from tests.server.web.closing import closing_office
from tests.server.web.conftest import OWN_PAGE
from tests.server.web.office import MORNING, PASSWORD
from tests.server.web.schema import complaints

pytestmark = pytest.mark.asyncio(loop_scope="module")

AT = "/api/v1/closures"
SOON = (MORNING + timedelta(hours=2)).isoformat()
BODY = {"scope": "department:billing", "until": SOON, "say": {"en": "Closed for repairs."}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[ClosureOffice, str]]:
    """One server for all tests here."""
    async with (
        closing_office(tmp_path_factory.mktemp("closures")) as (office, closures, _),
        serving_parts(office.parts, office.accounts, "127.0.0.1", 0) as url,
    ):
        yield closures, url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sessions(house: tuple[ClosureOffice, str]) -> AsyncIterator[dict[str, aiohttp.ClientSession]]:
    """What each account sends with."""
    found = {}
    for name in ("sue", "alice"):
        jar = aiohttp.CookieJar(unsafe=True)
        found[name] = aiohttp.ClientSession(house[1], headers={**OWN_PAGE}, cookie_jar=jar)
        await found[name].post("/login", data={"name": name, "password": PASSWORD})
    yield found
    for session in found.values():
        await session.close()


async def ask(session: aiohttp.ClientSession, method: str, path: str, body: object = None) -> tuple[int, object]:
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    async with session.request(method, path, data=data, headers={"Content-Type": "application/json"}) as answer:
        return answer.status, await answer.json()


async def test_a_program_closes_and_opens_and_operators_may_look(
    house: tuple[ClosureOffice, str], sessions: dict[str, aiohttp.ClientSession]
) -> None:
    sue, alice = sessions["sue"], sessions["alice"]
    status, told = await ask(sue, "POST", AT, BODY)
    assert status == 200
    assert await ask(alice, "GET", AT) == (200, told)
    _, whole = await ask(alice, "GET", "/api/v1/openapi.json")
    assert isinstance(whole, dict)
    described = whole["paths"][AT]["get"]["responses"]["200"]["content"]["application/json"]
    for one in (told, described.get("example", {"closures": [CLOSURE]})):
        assert complaints(one, described["schema"], whole) == []
    (closed,) = house[0].closures.now()
    assert (str(closed.scope), closed.who, dict(closed.say)) == (
        "department:billing",
        "sue",
        {"en": "Closed for repairs."},
    )
    assert (await ask(alice, "DELETE", f"{AT}/department:billing"))[0] == 403
    # Closed again without words: the later word counts, and the usual ones are said.
    assert (await ask(sue, "POST", AT, {"scope": "department:billing", "until": SOON}))[0] == 200
    assert set(dict(house[0].closures.now()[0].say)) == {"en", "lt"}
    assert await ask(sue, "DELETE", f"{AT}/department:billing") == (200, {"closures": []})
    assert (await ask(sue, "DELETE", f"{AT}/department:billing"))[0] == 404


@pytest.mark.parametrize(
    ("who", "body", "status"),
    [
        pytest.param("alice", BODY, 403, id="an operator"),
        pytest.param("sue", BODY | {"scope": "everything"}, 422, id="no scope"),
        pytest.param("sue", BODY | {"scope": "department:nobody"}, 422, id="no such department"),
        pytest.param("sue", BODY | {"until": MORNING.isoformat()}, 422, id="not in the future"),
        pytest.param("sue", BODY | {"until": (MORNING + timedelta(days=32)).isoformat()}, 422, id="for ever"),
        pytest.param("sue", BODY | {"until": "2026-11-20T12:00"}, 400, id="a time of no zone"),
        pytest.param("sue", BODY | {"say": {"fi": "Suljettu."}}, 422, id="words in no language of the company"),
        pytest.param("sue", BODY | {"play": "../welcome"}, 422, id="no such recording"),
        pytest.param("sue", BODY | {"why": "x"}, 400, id="a field that is none"),
        pytest.param("sue", b"\xff{", 400, id="no JSON"),
    ],
)
async def test_what_cannot_be_closed_is_refused(
    house: tuple[ClosureOffice, str], sessions: dict[str, aiohttp.ClientSession], who: str, body: object, status: int
) -> None:
    answered, told = await ask(sessions[who], "POST", AT, body)
    assert (answered, isinstance(told, dict) and bool(told["error"])) == (status, True)
    assert house[0].closures.now() == ()
