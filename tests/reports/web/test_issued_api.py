"""Issued reports over the API: ordered once, followed, cancelled, had as files; by whom, and how many at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from reports.issued import State
from reports.issuing import MOST_WAITING
from reports.schedules import order_of
from server.local_server import TOKEN_FILE
from server.scopes import Scope
from server.tokens import Tokens
from tests.crm_bridge.web.customer_house import logged_in
from tests.reports.issued_house import BOSS, broke, daily, site_of
from tests.reports.town import DEFINITION, NOW, ZONE
from tests.reports.web.test_issued_pages import IssuedHouse, home
from tests.server.web.conftest import OWN_PAGE
from tests.server.web.schema import complaints

__all__ = ["home"]  # a fixture: pytest finds it here by name
pytestmark = pytest.mark.asyncio(loop_scope="module")

Json = Any  # whatever JSON can say
AT = "/api/v1/reports/issued"
ORDER = {"report": "departments", "period": "yesterday", "format": "csv"}


@asynccontextmanager
async def program(home: IssuedHouse, name: str, *scopes: Scope) -> AsyncIterator[aiohttp.ClientSession]:
    """A program with a token of its own."""
    parts = home.house.office.parts
    secret = (await Tokens(parts.database, parts.clock).add(name, scopes, by="admin")).secret
    async with aiohttp.ClientSession(home.address, headers={"Authorization": f"Bearer {secret}"}) as session:
        yield session


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(home: IssuedHouse) -> AsyncIterator[aiohttp.ClientSession]:
    """A program that may read and order reports."""
    async with program(home, "bi", Scope.REPORTS_READ, Scope.REPORTS_WRITE) as session:
        yield session


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole(home: IssuedHouse) -> Json:
    """The description."""
    token = (home.house.office.parts.data / TOKEN_FILE).read_text()
    async with (
        aiohttp.ClientSession(home.address, headers={"Authorization": f"Bearer {token}"}) as session,
        session.get("/api/v1/openapi.json") as answer,
    ):
        return await answer.json()


def described(whole: Json, name: str) -> Json:
    (found,) = [
        operation
        for methods in whole["paths"].values()
        for operation in methods.values()
        if operation["operationId"] == name
    ]
    return found["responses"]


async def ask(session: aiohttp.ClientSession, method: str, path: str, body: Json = None, status: int = 200) -> Json:
    async with session.request(method, path, json=body) as answer:
        told = await answer.json()
        assert answer.status == status, told
    return told


async def made(home: IssuedHouse, session: aiohttp.ClientSession, **order: Json) -> str:
    """Order a report and wait until it is made; return its id."""
    id_: str = (await ask(session, "POST", AT, {**ORDER, **order}, 202))["id"]
    await home.until(id_, State.READY)
    return id_


@asynccontextmanager
async def held(home: IssuedHouse) -> AsyncIterator[None]:
    """Let nothing be made until the end of the block."""
    home.desk.held = hold = asyncio.Event()
    try:
        yield
    finally:
        home.desk.held = None
        hold.set()


async def test_the_way_of_a_report(home: IssuedHouse, api: aiohttp.ClientSession, whole: Json) -> None:
    """From the order to the file, each step as the API tells it."""
    async with api.post(AT, json={**ORDER, "department": "billing"}) as answer:
        ordered = await answer.json()
        assert (answer.status, answer.headers["Location"]) == (202, f"{AT}/{ordered['id']}"), ordered
    schema = described(whole, "orderReport")["202"]["content"]["application/json"]["schema"]
    assert complaints(ordered, schema, whole) == []
    assert (ordered["asked_by"], ordered["department"], ordered["file"]) == ("token bi", "billing", None)
    await home.until(ordered["id"], State.READY)
    told = await ask(api, "GET", f"{AT}/{ordered['id']}")
    assert complaints(told, schema, whole) == []
    assert (told["state"], told["progress"], told["title"]) == ("ready", 1.0, "Day report")
    assert told["period"]["first_day"] == told["period"]["last_day"] == "2026-10-30"
    async with api.get(told["file"]["path"]) as answer:
        content = described(whole, "readIssuedReport")["200"]["content"]
        assert answer.content_type == told["file"]["type"] == "application/zip"
        assert answer.content_type in content
        assert await answer.read() == b"%PDF sample"
    assert ordered["id"] in [one["id"] for one in (await ask(api, "GET", AT))["reports"]]


async def test_an_order_with_a_key_is_made_once(home: IssuedHouse, api: aiohttp.ClientSession) -> None:
    before = len(await home.issuing.list_newest(200))
    told = []
    for _ in range(2):
        async with api.post(AT, json=ORDER, headers={"Idempotency-Key": "month-1"}) as answer:
            told.append((answer.status, await answer.json(), answer.headers["Location"]))
    assert told[0] == told[1]
    assert len(await home.issuing.list_newest(200)) == before + 1
    async with api.post(AT, json={**ORDER, "format": "pdf"}, headers={"Idempotency-Key": "month-1"}) as answer:
        assert answer.status == 422
    await home.until(told[0][1]["id"], State.READY)


async def test_one_is_cancelled_by_the_program_that_ordered_it_alone(
    home: IssuedHouse, api: aiohttp.ClientSession
) -> None:
    async with held(home), program(home, "other", Scope.REPORTS_READ, Scope.REPORTS_WRITE) as other:
        id_ = (await ask(api, "POST", AT, ORDER, 202))["id"]
        await home.until(id_, begun=True)
        assert (await ask(api, "GET", f"{AT}/{id_}"))["step"] == "counting"
        assert "somebody else" in (await ask(other, "POST", f"{AT}/{id_}/cancel", status=403))["error"]
        assert (await ask(api, "POST", f"{AT}/{id_}/cancel"))["state"] == "cancelled"
        await ask(api, "POST", f"{AT}/{id_}/cancel", status=409)
        await ask(api, "GET", f"{AT}/{id_}/file", status=409)


async def test_each_program_has_so_many_under_way(home: IssuedHouse, api: aiohttp.ClientSession) -> None:
    async with held(home), program(home, "greedy-" + "x" * 57, Scope.REPORTS_WRITE) as greedy:
        ids = [(await ask(greedy, "POST", AT, ORDER, 202))["id"] for _ in range(MOST_WAITING)]
        async with greedy.post(AT, json=ORDER) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (429, "30")
            assert f"{MOST_WAITING} reports of yours" in (await answer.json())["error"]
        ids.append((await ask(api, "POST", AT, ORDER, 202))["id"])
        assert len((await home.issuing.get(ids[0])).order.by) == 64  # as much as a row holds
        await ask(greedy, "POST", f"{AT}/{ids.pop(0)}/cancel")
        for id_ in ids:
            await home.issuing.cancel(id_)


async def test_the_list_goes_on_and_is_narrowed(home: IssuedHouse, api: aiohttp.ClientSession) -> None:
    schedule = site_of({"boss": daily(to=BOSS)}).reports.schedules["boss"]
    home.house.office.clock.advance(1)
    of_schedule = await home.issuing.order(order_of("boss", schedule, ZONE, NOW, DEFINITION))
    await home.until(of_schedule, State.READY)
    home.desk.faults.append(broke("it has no figures", final=True))
    failed = (await ask(api, "POST", AT, ORDER, 202))["id"]
    await home.until(failed, State.FAILED)
    seen: list[str] = []
    path: str | None = f"{AT}?limit=2"
    while path:
        page = await ask(api, "GET", path)
        seen += [one["id"] for one in page["reports"]]
        path = f"{AT}?limit=2&cursor={page['next']}" if page["next"] else None
    assert seen == [one.id for one in await home.issuing.list_newest(200)]
    (one,) = (await ask(api, "GET", f"{AT}?schedule=boss"))["reports"]
    assert (one["id"], one["schedule"], one["mails"]["waiting"]) == (of_schedule, "boss", 1)
    found = (await ask(api, "GET", f"{AT}?state=failed"))["reports"]
    assert [(one["id"], one["why"]) for one in found] == [(failed, "it has no figures")]


async def test_people_see_what_is_of_their_departments(home: IssuedHouse, api: aiohttp.ClientSession) -> None:
    of_all, of_billing = await made(home, api), await made(home, api, department="billing")
    async with logged_in(home.address, "alice") as alice:
        ids = [one["id"] for one in (await ask(alice, "GET", AT))["reports"]]
        assert (of_all in ids, of_billing in ids) == (False, True)
        for path in (f"{AT}/{of_all}", f"{AT}/{of_all}/file"):
            await ask(alice, "GET", path, status=404)
        async with alice.post(AT, json={**ORDER, "department": "sales"}, headers=OWN_PAGE) as answer:
            assert answer.status == 403
        async with alice.post(f"{AT}/{of_billing}/cancel", headers=OWN_PAGE) as answer:
            assert answer.status == 403


@pytest.mark.parametrize(
    ("scope", "method", "path", "status"),
    [
        pytest.param(Scope.REPORTS_READ, "GET", "", 200, id="reads"),
        pytest.param(Scope.REPORTS_READ, "POST", "", 403, id="who reads does not order"),
        pytest.param(Scope.REPORTS_READ, "POST", "/x/cancel", 403, id="who reads does not cancel"),
        pytest.param(Scope.REPORTS_WRITE, "GET", "", 403, id="who orders does not read"),
        pytest.param(Scope.CALLS_READ, "GET", "/x/file", 403, id="something else"),
    ],
)
async def test_scopes(home: IssuedHouse, scope: Scope, method: str, path: str, status: int) -> None:
    async with program(home, f"t{abs(hash((scope, method, path)))}", scope) as session:
        await ask(session, method, AT + path, ORDER if method == "POST" else None, status)


#: Operation, status, method, path, body, a word of the answer.
PROBES: list[tuple[str, int, str, str, Json, str]] = [
    ("listIssuedReports", 400, "GET", "?state=lost", None, "state"),
    ("listIssuedReports", 400, "GET", "?cursor=x", None, "place"),
    ("listIssuedReports", 400, "GET", "?limit=0", None, "limit"),
    ("listIssuedReports", 400, "GET", "?colour=red", None, "parameter"),
    ("orderReport", 400, "POST", "", {}, "report"),
    ("orderReport", 400, "POST", "", {**ORDER, "format": "exe"}, "format"),
    ("orderReport", 400, "POST", "", {**ORDER, "colour": "red"}, "colour"),
    ("orderReport", 400, "POST", "", {**ORDER, "from": "2026-10-01"}, "twice"),
    ("orderReport", 400, "POST", "", {"report": "day", "from": "2026-10-02", "to": "2026-10-01"}, "earlier"),
    ("orderReport", 400, "POST", "", {"report": "day", "from": "0001-01-01"}, ""),
    ("orderReport", 400, "POST", "", {**ORDER, "period": "someday"}, "no time"),
    ("orderReport", 400, "POST", "", {**ORDER, "minutes": 7}, "minutes"),
    ("orderReport", 400, "POST", "", {**ORDER, "more": {"menu": "main"}}, "parameter"),
    ("orderReport", 400, "POST", "", {**ORDER, "department": "a\0b"}, "department"),
    ("orderReport", 404, "POST", "", {**ORDER, "report": "dya"}, "no report"),
    ("tellIssuedReport", 400, "GET", "/x?y=1", None, "parameter"),
    ("tellIssuedReport", 404, "GET", "/nosuch", None, "no such report"),
    ("cancelIssuedReport", 404, "POST", "/nosuch/cancel", None, "no such report"),
    ("readIssuedReport", 404, "GET", "/nosuch/file", None, "no such report"),
]


@pytest.mark.parametrize(
    ("name", "status", "method", "path", "body", "word"),
    PROBES,
    ids=[f"{probe[0]}-{probe[1]}-{number}" for number, probe in enumerate(PROBES)],
)
async def test_what_cannot_be_is_told_as_described(
    api: aiohttp.ClientSession, whole: Json, name: str, status: int, method: str, path: str, body: Json, word: str
) -> None:
    told = await ask(api, method, AT + path, body, status)
    schema = described(whole, name)[str(status)]["content"]["application/json"]["schema"]
    assert complaints(told, schema, whole) == []
    assert word in told["error"]


async def test_the_description_has_examples_that_fit(whole: Json) -> None:
    for path, methods in whole["paths"].items():
        for operation in methods.values() if path.startswith(AT) else ():
            contents = [answer["content"] for answer in operation["responses"].values()]
            contents += [operation["requestBody"]["content"]] if "requestBody" in operation else []
            for media in (media for content in contents for media in content.values()):
                assert complaints(media["example"], media["schema"], whole) == [], operation["operationId"]
