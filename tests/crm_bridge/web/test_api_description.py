"""The API of customers as it is described: each described answer comes, in its shape."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from server.web import customer_operations
from server.web.app import make_app
from server.web.route import Operation
from tests.crm_bridge.web.api_house import CUSTOMERS, INTERACTIONS, ApiHouse, api_house, stands_for
from tests.server.web.schema import complaints

pytestmark = pytest.mark.asyncio(loop_scope="module")

Json = Any  # whatever JSON can say


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ApiHouse]:
    """One house for all tests here: each works on customers of its own."""
    async with api_house(tmp_path_factory.mktemp("api")) as opened:
        yield opened


def ours(path: str) -> bool:
    return path.startswith((CUSTOMERS, INTERACTIONS))


async def test_every_route_is_described_with_examples_that_fit(house: ApiHouse) -> None:
    app = await make_app(house.office.parts, house.office.accounts, "token")
    served = {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD" and ours(route.resource.canonical)
    }
    whole = house.whole
    paths = {path: methods for path, methods in whole["paths"].items() if ours(path)}
    assert {(method.upper(), path) for path, methods in paths.items() for method in methods} == served
    assert {operation["operationId"] for methods in paths.values() for operation in methods.values()} >= OURS
    for path, methods in paths.items():
        for operation in (one for one in methods.values() if one["operationId"] in OURS):
            parameters = operation.get("parameters", [])
            assert {p["name"] for p in parameters if p["in"] == "path"} == set(re.findall(r"{(\w+)}", path))
            for parameter in parameters:
                assert complaints(parameter["example"], parameter["schema"], whole) == []
            contents = [answer["content"] for answer in operation["responses"].values()]
            contents += [operation["requestBody"]["content"]] if "requestBody" in operation else []
            for content in contents:
                for media in content.values():
                    assert media["example"] is not None
                    assert complaints(media["example"], media["schema"], whole) == []


#: Operation, status, path (A and B stand for customers, I for an interaction of nobody's, N, M, V for a note, a matter
#: and an activity of A), body.
PROBES: list[tuple[str, int, str, Json]] = [
    ("listCustomers", 200, "?limit=1", None),
    ("listCustomers", 200, "?q=petr&status=lead", None),
    ("listCustomers", 200, "?number=%2B37060000001", None),
    ("listCustomers", 200, "?kind=organisation&owner=x&tag=y", None),
    ("listCustomers", 200, "?unknown=1", None),
    ("listCustomers", 400, "?kind=robot", None),
    ("listCustomers", 400, "?limit=201", None),
    ("listCustomers", 400, "?cursor=AAAA", None),
    ("listCustomers", 400, "?cursor=W1tdLDFd", None),
    ("listCustomers", 400, "?cursor=" + "A" * 2001, None),
    ("listCustomers", 400, "?q=ona&number=1", None),
    ("listCustomers", 400, "?q=" + "x" * 201, None),
    ("listCustomers", 400, "?name=ona", None),
    ("matchCustomer", 200, "/match?number=", None),
    ("matchCustomer", 200, "/match?number=8%20600%2000001&did=%2B37052000000", None),
    ("matchCustomer", 400, "/match", None),
    ("addCustomer", 400, "", {}),
    ("addCustomer", 400, "", {"name": "Ona", "phones": [{"number": "12"}]}),
    ("addCustomer", 400, "", {"name": "Ona", "phone": "8 600 00001"}),
    ("addCustomer", 400, "", {"name": "Ona", "status": "friend"}),
    ("addCustomer", 400, "", {"name": "x" * 1001}),
    ("addCustomer", 400, "", {"name": "Ona", "fields": {"shoe": 12}}),
    ("addCustomer", 400, "", {"name": "Ona", "kind": "organisation", "organisation": "A"}),
    ("addCustomer", 400, "", {"name": "Ona", "organisation": "nobody"}),
    ("tellCustomer", 200, "/A", None),
    ("tellCustomer", 400, "/A?x=1", None),
    ("tellCustomer", 404, "/nobody", None),
    ("tellCustomer", 404, "/%00%F0%9F%98%80", None),
    ("changeCustomer", 200, "/A", {"version": 1, "status": "lead"}),
    ("changeCustomer", 400, "/A", {"status": "lead"}),
    ("changeCustomer", 400, "/A", {"version": 2**40}),
    ("changeCustomer", 404, "/nobody", {"version": 1}),
    ("changeCustomer", 409, "/A", {"version": 7, "status": "lead"}),
    ("tellTimeline", 200, "/A/timeline?limit=2", None),
    ("tellTimeline", 400, "/A/timeline?limit=0", None),
    ("tellTimeline", 400, "/A/timeline?cursor=WyJub3ciLCJ4Il0", None),
    ("tellTimeline", 404, "/nobody/timeline", None),
    ("listMerges", 200, "/A/merges", None),
    ("listMerges", 400, "/A/merges?x=1", None),
    ("listMerges", 404, "/nobody/merges", None),
    ("mergeCustomer", 201, "/A/merge", {"gone": "B"}),
    ("mergeCustomer", 400, "/A/merge", {"with": "B"}),
    ("mergeCustomer", 404, "/A/merge", {"gone": "nobody"}),
    ("mergeCustomer", 409, "/A/merge", {"gone": "A"}),
    ("undoMerge", 400, "/A/merge/x/undo?x=1", None),
    ("undoMerge", 404, "/A/merge/x/undo", None),
    ("listNotes", 200, "/A/notes", None),
    ("listNotes", 400, "/A/notes?limit=x", None),
    ("listNotes", 404, "/nobody/notes", None),
    ("addNote", 201, "/A/notes", {"text": "Wants a price list.\u0000", "interaction": "I"}),
    ("addNote", 400, "/A/notes", {"text": ""}),
    ("addNote", 400, "/A/notes", [1]),
    ("addNote", 404, "/nobody/notes", {"text": "x"}),
    ("changeNote", 200, "/A/notes/N", {"text": "Wants two."}),
    ("changeNote", 400, "/A/notes/N", {}),
    ("changeNote", 404, "/A/notes/nothing", {"text": "x"}),
    ("changeNote", 404, "/B/notes/N", {"text": "x"}),
    ("listMatters", 200, "/A/matters", None),
    ("listMatters", 400, "/A/matters?limit=9999", None),
    ("listMatters", 404, "/nobody/matters", None),
    ("addMatter", 201, "/A/matters", {"kind": "order", "title": "Paper", "expected": "2026-12-15", "whose": "bob"}),
    ("addMatter", 400, "/A/matters", {"kind": "order", "title": "Paper", "amount": 10**15 + 1}),
    ("addMatter", 400, "/A/matters", {"kind": "order", "title": "Paper", "stage": "lunch"}),
    ("addMatter", 400, "/A/matters", {"kind": "order", "title": "Paper", "expected": "0001-01-01"}),
    ("addMatter", 404, "/nobody/matters", {"kind": "order", "title": "Paper"}),
    ("changeMatter", 200, "/A/matters/M", {"version": 1, "stage": "won"}),
    ("changeMatter", 400, "/A/matters/M", {"stage": "won"}),
    ("changeMatter", 404, "/A/matters/nothing", {"version": 1}),
    ("changeMatter", 409, "/A/matters/M", {"version": 2, "stage": "won"}),
    ("listActivities", 200, "/A/activities", None),
    ("listActivities", 400, "/A/activities?limit=9999", None),
    ("listActivities", 404, "/nobody/activities", None),
    ("addActivity", 201, "/A/activities", {"what": "Call", "due": "2026-11-27T10:00:00+02:00", "matter": "M"}),
    ("addActivity", 400, "/A/activities", {"what": "Call", "due": "2026-11-27T10:00:00"}),
    ("addActivity", 400, "/A/activities", {"what": "Call", "due": "9999-12-31T23:59:59-23:00"}),
    ("addActivity", 409, "/A/activities", {"what": "Call", "due": "2026-11-27T10:00:00Z", "matter": "nothing"}),
    ("addActivity", 404, "/nobody/activities", {"what": "Call", "due": "2026-11-27T10:00:00Z"}),
    ("changeActivity", 200, "/A/activities/V", {"version": 1, "what": "Write", "done": True}),
    ("changeActivity", 400, "/A/activities/V", {"version": 1, "due": None}),
    ("changeActivity", 404, "/A/activities/nothing", {"version": 1}),
    ("changeActivity", 409, "/A/activities/V", {"version": 2, "done": True}),
    ("listInteractions", 200, "?customer=A&number=8%20600%2000001&medium=voice&direction=in&limit=1", None),
    ("listInteractions", 200, "?from=2026-11-20T00:00:00+02:00&to=2026-11-21T00:00:00Z", None),
    ("listInteractions", 400, "?number=ona", None),
    ("listInteractions", 400, "?from=yesterday", None),
    ("listInteractions", 400, "?from=2026-11-20T00:00:00", None),
    ("listInteractions", 400, "?medium=telex", None),
    ("tellInteraction", 200, "/I", None),
    ("tellInteraction", 400, "/I?x=1", None),
    ("tellInteraction", 404, "/nothing", None),
    ("changeInteraction", 200, "/I", {"customer": "A"}),
    ("changeInteraction", 200, "/I", {"customer": None}),
    ("changeInteraction", 400, "/I", {}),
    ("changeInteraction", 404, "/I", {"customer": "nobody"}),
    ("changeInteraction", 404, "/nothing", {"customer": "A"}),
]  # fmt: skip
#: These need more than one request, and have tests of their own below.
ELSEWHERE = {
    ("addCustomer", 201), ("undoMerge", 200), ("undoMerge", 409), ("changeInteraction", 409),
    ("addCustomer", 409), ("addNote", 409), ("addMatter", 409),  # the first is under way: test_api_once.py
}  # fmt: skip
#: A guard's, an empty body's or a database's answer is the same everywhere: each has one test below or elsewhere.
EVERYWHERE = {401, 403, 413, 422, 429, 503}
#: What else is below the same paths (erasures, imports) has tests elsewhere.
OURS = {described.name for described in vars(customer_operations).values() if isinstance(described, Operation)}
METHODS = {"list": "GET", "tell": "GET", "match": "GET", "change": "PATCH"}


async def test_each_described_answer_has_a_probe(house: ApiHouse) -> None:
    described = {
        (operation["operationId"], int(status))
        for methods in house.whole["paths"].values()
        for operation in methods.values()
        if operation["operationId"] in OURS
        for status in operation["responses"]
        if int(status) not in EVERYWHERE
    }
    assert described - {("changeNote", 409)} == {(name, status) for name, status, *_ in PROBES} | ELSEWHERE


@pytest.mark.parametrize(("name", "status", "path", "body"), PROBES, ids=lambda value: str(value)[:60])
async def test_every_described_answer_comes(house: ApiHouse, name: str, status: int, path: str, body: Json) -> None:
    verb = re.match(r"[a-z]+", name)
    assert verb is not None
    method = METHODS.get(verb.group(), "POST")
    at = INTERACTIONS if "Interaction" in name else CUSTOMERS
    named = {
        *re.findall(r"(?<=[/=])[ABINMV](?=[/?&]|$)", path),
        *map(str, body.values() if isinstance(body, dict) else ()),
    }
    names = await stands_for(house, {letter for letter in "ABINMV" if letter in named})
    filled = re.sub(r"(?<=[/=])[ABINMV](?=[/?&]|$)", lambda found: names[found.group()], path)
    sent = {key: names.get(value, value) if isinstance(value, str) else value for key, value in body.items()} \
        if isinstance(body, dict) else body  # fmt: skip
    async with house.api.request(method, at + filled, json=sent) as answer:
        told = await answer.json()
        assert answer.status == status, told
    assert house.fits(name, status, told) == []
    if status >= 400:
        assert told["hint"]
