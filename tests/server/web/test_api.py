"""The API: every route is described, and every answer that is described comes, in that shape."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from _pytest.mark import ParameterSet

from callrouter.agents import AgentState, Deed
from server.accounts import Role
from server.local_server import TOKEN_FILE
from server.web.app import make_app
from tests.server.web.conftest import Browser
from tests.server.web.office import PASSWORD, Office
from tests.server.web.schema import complaints

Json = Any  # whatever JSON can say
DESCRIPTION = "/api/v1/openapi.json"
#: Pages for people, and their files: these are not described.
FOR_PEOPLE = {
    "/", "/static/{name}", "/login", "/logout", "/calls", "/calls/{id}", "/tokens", "/tokens/{name}/rotate",
    "/tokens/{name}/remove",
}  # fmt: skip


@pytest.fixture
async def api(url: str, office: Office) -> AsyncIterator[aiohttp.ClientSession]:
    """A program on this machine, with the token of the data folder."""
    token = (office.parts.data / TOKEN_FILE).read_text()
    async with aiohttp.ClientSession(url, headers={"Authorization": f"Bearer {token}"}) as session:
        yield session


async def description(session: aiohttp.ClientSession) -> Json:
    return await (await session.get(DESCRIPTION)).json()


# ---- the description


async def test_every_route_is_described(api: aiohttp.ClientSession, office: Office) -> None:
    app = await make_app(office.parts, office.accounts, "token")
    served = {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD" and route.resource.canonical not in FOR_PEOPLE
    }
    described = {
        (method.upper(), path) for path, methods in (await description(api))["paths"].items() for method in methods
    }
    assert described == served


async def test_the_description_is_whole(api: aiohttp.ClientSession) -> None:
    whole = await description(api)
    assert whole["openapi"] == "3.1.0"
    names = [operation["operationId"] for methods in whole["paths"].values() for operation in methods.values()]
    assert len(names) == len(set(names))
    for path, methods in whole["paths"].items():
        for method, operation in methods.items():
            at = f"{method} {path}"
            assert operation["summary"] and "security" in operation
            in_path = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
            assert in_path == set(re.findall(r"{(\w+)}", path)), at
            for parameter in operation.get("parameters", []):
                assert complaints(parameter["example"], parameter["schema"], whole) == [], at
            contents = [answer["content"] for answer in operation["responses"].values()]
            contents += [operation["requestBody"]["content"]] if "requestBody" in operation else []
            for content in contents:
                for media in content.values():
                    assert media["example"] is not None, f"{at} has an answer without example"
                    assert complaints(media["example"], media["schema"], whole) == [], at


# ---- every described answer comes, in its shape


async def _no_database(office: Office) -> None:
    await office.parts.database.close()


async def _out_of_reach(office: Office) -> None:
    office.reachable = False


#: How each described answer is brought about: operation, status, path, who asks ("" nobody), body, what is done first.
Before = Callable[[Office], Awaitable[None]]
PROBES: list[tuple[str, int, str, str, bytes | None, Before | None]] = [
    ("describeApi", 200, DESCRIPTION, "", None, None),
    ("isAlive", 200, "/healthz", "", None, None),
    ("isReady", 200, "/readyz", "", None, None),
    ("isReady", 503, "/readyz", "", None, _out_of_reach),
    ("showMetrics", 200, "/metrics", "", None, None),
    ("streamEvents", 200, "/events", "sue", None, None),
    ("streamEvents", 401, "/events", "", None, None),
    ("streamEvents", 503, "/events", "sue", None, _no_database),
    ("listCalls", 200, "/api/v1/calls?limit=1", "alice", None, None),
    ("listCalls", 400, "/api/v1/calls?limit=0", "alice", None, None),
    ("listCalls", 400, "/api/v1/calls?limit=٣", "alice", None, None),
    ("listCalls", 400, "/api/v1/calls?limit=501", "alice", None, None),
    ("listCalls", 400, "/api/v1/calls?day=yesterday", "alice", None, None),
    ("listCalls", 400, "/api/v1/calls?before=nothing", "alice", None, None),
    ("listCalls", 401, "/api/v1/calls", "", None, None),
    ("listCalls", 503, "/api/v1/calls", "sue", None, _no_database),
    ("tellCall", 200, "/api/v1/calls/1795309200-1", "alice", None, None),
    ("listCalls", 400, "/api/v1/calls?limits=5", "alice", None, None),
    ("listCalls", 400, "/api/v1/calls?limit=5&limit=6", "alice", None, None),
    ("tellCall", 400, "/api/v1/calls/1795309200-1?limit=5", "alice", None, None),
    ("tellCall", 401, "/api/v1/calls/1795309200-1", "", None, None),
    ("tellCall", 404, "/api/v1/calls/nothing", "alice", None, None),
    ("tellCall", 503, "/api/v1/calls/1795309200-1", "sue", None, _no_database),
    ("listAgents", 200, "/api/v1/agents", "alice", None, None),
    ("listAgents", 400, "/api/v1/agents?state=ready", "alice", None, None),
    ("listAgents", 401, "/api/v1/agents", "", None, None),
    ("listAgents", 503, "/api/v1/agents", "sue", None, _no_database),
    ("changeAgent", 200, "/api/v1/agents/alice/pause", "alice", b'{"reason": "lunch"}', None),
    ("changeAgent", 200, "/api/v1/agents/bob/login", "sue", b"", None),
    ("changeAgent", 400, "/api/v1/agents/alice/pause", "alice", b'{"reason": 1}', None),
    ("changeAgent", 400, "/api/v1/agents/alice/pause", "alice", b'{"why": "lunch"}', None),
    ("changeAgent", 400, "/api/v1/agents/alice/pause", "alice", b'{"reason": "' + b"x" * 81 + b'"}', None),
    ("changeAgent", 400, "/api/v1/agents/alice/pause", "alice", b"\xff[", None),
    ("changeAgent", 400, "/api/v1/agents/alice/pause?reason=lunch", "alice", b"", None),
    ("changeAgent", 401, "/api/v1/agents/alice/pause", "", b"", None),
    ("changeAgent", 403, "/api/v1/agents/bob/login", "alice", b"", None),
    ("changeAgent", 404, "/api/v1/agents/zoe/login", "sue", b"", None),
    ("changeAgent", 404, "/api/v1/agents/bob/promote", "sue", b"", None),
    ("changeAgent", 409, "/api/v1/agents/bob/pause", "sue", b"", None),
    ("changeAgent", 413, "/api/v1/agents/bob/login", "sue", b" " * 1_048_577, None),
    ("changeAgent", 503, "/api/v1/agents/bob/login", "sue", b"", _no_database),
]


def told_to_tokens(probes: Iterable[Sequence[Any]]) -> set[tuple[str, int]]:
    """What the guard answers tokens with, wherever somebody must say who they are; test_token_door.py has them all."""
    return {(name, status) for name, at, *_ in probes if at == 401 for status in (403, 429)}


def by_operation(probes: Iterable[Any]) -> list[ParameterSet]:
    """Make one case of an operation's probes, which share a house, and one of each that has something done first."""
    grouped = itertools.groupby(probes, key=lambda probe: (probe[0], probe[5] and probe))
    return [pytest.param(some := list(group), id=f"{key[0]}-{some[0][1]}") for key, group in grouped]


async def test_each_described_answer_has_a_probe(api: aiohttp.ClientSession) -> None:
    described = {
        (operation["operationId"], int(status))
        for methods in (await description(api))["paths"].values()
        for operation in methods.values()
        for status in operation["responses"]
    }
    assert described == {(name, status) for name, status, *_ in PROBES} | told_to_tokens(PROBES)


@pytest.mark.parametrize(
    ("name", "status", "path", "who", "body", "before"), PROBES, ids=[f"{p[0]}-{p[1]}-{p[2][-20:]}" for p in PROBES]
)
async def test_answers_are_as_described(
    browser: Browser,
    office: Office,
    name: str,
    status: int,
    path: str,
    who: str,
    body: bytes | None,
    before: Before | None,
) -> None:
    await office.whole_call("Ona")
    asker = await browser(who or None, Accept="application/json")
    whole = await description(asker)
    if before is not None:
        await before(office)
    method = "GET" if body is None else "POST"
    given = None if body is None else io.BytesIO(body)
    async with asker.request(method, path, data=given) as answer:
        assert answer.status == status
        [operation] = [
            operation
            for methods in whole["paths"].values()
            for operation in methods.values()
            if operation["operationId"] == name
        ]
        content = operation["responses"][str(status)]["content"]
        assert answer.content_type in content
        if answer.content_type == "application/json":
            assert complaints(await answer.json(), content["application/json"]["schema"], whole) == []


# ---- what it says


async def test_a_call_with_its_events_and_sentences(api: aiohttp.ClientSession, office: Office) -> None:
    call = await office.whole_call("Ona")
    told = await (await api.get(f"/api/v1/calls/{call}")).json()
    assert told["call"]["outcome"] == "answered"
    assert told["call"]["talks"] == [
        {"agent": "alice", "department": "billing", "since": "2026-11-20T09:30:04Z", "talked": 60.0, "held": 0.0}
    ]
    kinds = [event["kind"] for event in told["events"]]
    assert kinds[0] == "call_offered" and kinds[-1] == "call_ended"
    assert told["sentences"][0]["text"] == "+37060000001 (Ona) called +37052000000."


async def test_calls_come_page_by_page(api: aiohttp.ClientSession, office: Office) -> None:
    made = [office.offered() for _ in range(7)]
    await office.ended(made[0], "abandoned")
    found: list[str] = []
    query = {"day": "2026-11-20", "limit": "3"}
    while True:
        answer = await (await api.get("/api/v1/calls", params=query)).json()
        found += [call["id"] for call in answer["calls"]]
        if answer["next"] is None:
            break
        query["before"] = answer["next"]
    assert found == list(reversed(made))


@pytest.mark.parametrize(
    ("path", "error", "hint"),
    [
        pytest.param(
            "/api/v1/calls?limits=5",
            "there is no parameter 'limits' here",
            "the parameters here are day, limit, before",
            id="one of three",
        ),
        pytest.param(
            "/api/v1/agents?state=ready",
            "there is no parameter 'state' here",
            "there are no parameters here",
            id="none at all",
        ),
        pytest.param("/api/v1/calls?day=&day=", "the parameter 'day' is given twice", "give it once", id="twice"),
    ],
)
async def test_a_parameter_that_would_do_nothing_is_refused(
    api: aiohttp.ClientSession, path: str, error: str, hint: str
) -> None:
    async with api.get(path) as answer:
        assert (answer.status, await answer.json()) == (400, {"error": error, "hint": hint})


async def test_a_page_may_be_opened_with_an_old_link(sue: aiohttp.ClientSession) -> None:
    assert (await sue.get("/calls?utm=x")).status == 200


async def test_an_agent_is_changed_and_the_reason_journaled(browser: Browser, office: Office) -> None:
    alice = await browser("alice")
    for deed, reason, state in (("login", "", "ready"), ("pause", "lunch", "paused"), ("resume", "", "ready")):
        office.clock.advance(60)
        async with alice.post(f"/api/v1/agents/alice/{deed}", json={"reason": reason}) as answer:
            agent = await answer.json()
        assert (agent["state"], agent["reason"]) == (state, reason)
        assert agent["since"] == office.clock.now().isoformat().replace("+00:00", "Z")
    await office.parts.journal.drain(5.0)
    stored = await office.parts.journal.last("agent_changed")
    assert [entry.data["reason"] for entry in stored] == ["", "lunch", ""]


async def test_during_a_call_a_pause_comes_later(browser: Browser, office: Office) -> None:
    sue = await browser("sue")
    office.parts.roster.do("alice", Deed.LOG_IN)
    office.queued(office.offered())
    async with sue.post("/api/v1/agents/alice/pause", json={"reason": "lunch"}) as answer:
        agent = await answer.json()
    assert (agent["state"], agent["then"]) == ("ringing", "pause")


async def test_an_operator_without_a_person_changes_nobody(browser: Browser, office: Office) -> None:
    await office.accounts.add("guest", PASSWORD, Role.OPERATOR)
    guest = await browser("guest")
    async with guest.post("/api/v1/agents/alice/login") as answer:
        assert answer.status == 403
    assert office.parts.roster.agents["alice"].state is AgentState.LOGGED_OUT


@pytest.mark.parametrize("authorization", ["Bearer wrong", "Bearer ", "Basic YWRtaW46", "", "Bearer \udcff"], ids=repr)
async def test_a_wrong_token_is_refused_even_beside_a_login(
    browser: Browser, authorization: str, office: Office
) -> None:
    sue = await browser("sue", Accept="application/json")
    async with sue.get("/api/v1/agents", headers={"Authorization": authorization}) as answer:
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert set(json.loads(await answer.text())) == {"error", "hint"}


async def test_the_token_is_for_the_owner_of_the_data_folder_only(url: str, office: Office) -> None:
    def look(file: Path) -> tuple[int, int]:
        return file.stat().st_mode & 0o777, len(file.read_text())

    mode, length = await asyncio.to_thread(look, office.parts.data / TOKEN_FILE)
    assert mode == 0o600 and length >= 40
