"""Tokens at the door: who is let in where, what is told to who is not, and how often anybody may ask or guess."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from server import token_secret
from server.local_server import TOKEN_FILE
from server.scopes import Scope
from server.token_model import Limit
from server.tokens import Tokens
from server.web.app import make_app, serving_parts
from server.web.stream import Pace
from tests.fax.web.fax_house import fax_house
from tests.server.web.conftest import Browser
from tests.server.web.office import Office
from tests.server.web.schema import complaints
from tests.server.web.test_stream import listening
from tests.voicemail.web.inbox_house import InboxHouse, inbox_house

Json = Any  # whatever JSON can say
#: What anybody may see, with or without a token.
PUBLIC = {"/", "/static/{name}", "/login", "/logout"}
CALLS = "/api/v1/calls"
#: What stands for the parts of a path: nothing of it is there.
NOWHERE = {"id": "0b9f6d1c", "name": "zoe", "deed": "promoted", "n": "1", "delivery": "0b9f6d1c"}


@pytest.fixture
def tokens(office: Office) -> Tokens:
    return Tokens(office.parts.database, office.parts.clock)


@asynccontextmanager
async def program(url: str, token: str, **more: str) -> AsyncIterator[aiohttp.ClientSession]:
    """A program that shows this token."""
    headers = {"Authorization": f"Bearer {token}", **more}
    async with aiohttp.ClientSession(url, headers=headers, timeout=aiohttp.ClientTimeout(total=20)) as session:
        yield session


async def made(tokens: Tokens, *scopes: Scope, name: str = "crm", limit: Limit | None = None) -> str:
    return (await tokens.add(name, scopes or [Scope.CALLS_READ], by="admin", limit=limit)).secret


# ---- every route has a decision


@pytest.fixture(scope="module")
def whole_house() -> Callable[[Path], Any]:
    @asynccontextmanager
    async def opened(folder: Path) -> AsyncIterator[InboxHouse]:
        """Everything this server has pages of."""
        async with inbox_house(folder / "a") as inbox, fax_house(folder / "b") as faxes:
            inbox.office.parts = replace(inbox.office.parts, faxes=faxes.home.service, fax_call_back=faxes.ringing)
            yield inbox

    return opened


def operations(whole: Json) -> list[tuple[str, str, Json]]:
    """Method, path and description of every operation that somebody must say for who they are."""
    return [
        (method.upper(), path, operation)
        for path, methods in whole["paths"].items()
        for method, operation in methods.items()
        if operation["security"]
    ]


async def test_every_operation_has_a_scope_and_tells_it(tmp_path: Path, whole_house: Callable[[Path], Any]) -> None:
    async with (
        whole_house(tmp_path) as house,
        serving_parts(house.office.parts, house.office.accounts, "127.0.0.1", 0) as url,
        aiohttp.ClientSession(url) as session,
    ):
        whole = await (await session.get("/api/v1/openapi.json")).json()
    assert whole["components"]["securitySchemes"]["program"]["scheme"] == "bearer"
    assert all(f"`{scope}`" in whole["components"]["securitySchemes"]["program"]["description"] for scope in Scope)
    for method, path, operation in operations(whole):
        at = f"{method} {path} needs a decision: may a token do this, and with which scope?"
        ways = {name: needed for way in operation["security"] for name, needed in way.items()}
        assert set(ways) == {"login", "token", "program"}, at
        [scope] = ways["program"]
        assert scope in set(Scope) and f"`{scope}`" in operation["description"], at
        assert f"`{scope}`" in operation["responses"]["403"]["description"], at
        assert "WWW-Authenticate" in operation["responses"]["401"]["headers"], at
        assert "Retry-After" in operation["responses"]["429"]["headers"], at
        assert scope == Scope.ADMIN or scope.endswith(":read") == (method == "GET"), at


async def test_every_operation_lets_its_scope_in_and_names_it_to_all_others(
    tmp_path: Path, whole_house: Callable[[Path], Any]
) -> None:
    async with (
        whole_house(tmp_path) as house,
        serving_parts(house.office.parts, house.office.accounts, "127.0.0.1", 0) as url,
    ):
        tokens = Tokens(house.office.parts.database, house.office.parts.clock)
        much = Limit(1000, 10_000)
        all_but = {
            scope: await made(tokens, *(set(Scope) - {scope, Scope.ADMIN}), name=f"not-{n}", limit=much)
            for n, scope in enumerate(Scope)
        }
        only = {scope: await made(tokens, scope, name=f"only-{n}", limit=much) for n, scope in enumerate(Scope)}
        async with aiohttp.ClientSession(url) as session:
            whole = await (await session.get("/api/v1/openapi.json")).json()
            for method, path, operation in operations(whole):
                at = f"{method} {path}"
                [scope] = operation["security"][-1]["program"]
                shape = operation["responses"]["403"]["content"]["application/json"]["schema"]
                asked = (method, path.format(**NOWHERE))
                bearer = {"Authorization": f"Bearer {all_but[Scope(scope)]}"}
                async with session.request(*asked, headers=bearer) as answer:
                    assert answer.status == 403, at
                    told = await answer.json()
                    assert told["error"] == f"this token lacks the scope {scope}", at
                    assert complaints(told, shape, whole) == [], at
                    wanted = f'Bearer error="insufficient_scope", scope="{scope}"'
                    assert answer.headers["WWW-Authenticate"] == wanted, at
                for token in (only[Scope(scope)], only[Scope.ADMIN]):
                    async with session.request(*asked, headers={"Authorization": f"Bearer {token}"}) as answer:
                        assert answer.status in (200, 400, 404, 415), f"{at} {answer.status}"


async def test_no_page_is_for_a_token_whatever_it_may(tmp_path: Path, whole_house: Callable[[Path], Any]) -> None:
    async with (
        whole_house(tmp_path) as house,
        serving_parts(house.office.parts, house.office.accounts, "127.0.0.1", 0) as url,
    ):
        app = await make_app(house.office.parts, house.office.accounts, "token")
        secret = await made(Tokens(house.office.parts.database, house.office.parts.clock), Scope.ADMIN)
        async with program(url, secret) as session:
            whole = await (await session.get("/api/v1/openapi.json")).json()
            refused = 0
            for route in app.router.routes():
                assert route.resource is not None
                path = route.resource.canonical
                if path in PUBLIC or path in whole["paths"]:
                    continue
                async with session.request(route.method, path.format(**NOWHERE)) as answer:
                    assert answer.status == 403, f"{route.method} {path}"
                    if route.method != "HEAD":
                        assert (await answer.json())["error"] == "no token may do this"
                        refused += 1
            assert refused > 10


# ---- what it acts as


async def test_it_sees_what_a_supervisor_sees_and_acts_under_its_name(tmp_path: Path) -> None:
    async with inbox_house(tmp_path) as inbox:
        tokens = Tokens(inbox.office.parts.database, inbox.office.parts.clock)
        secret = await made(tokens, Scope.VOICEMAIL_READ, Scope.VOICEMAIL_WRITE)
        async with (
            serving_parts(inbox.office.parts, inbox.office.accounts, "127.0.0.1", 0) as url,
            program(url, secret) as session,
        ):
            left = {await inbox.leave("billing", wait=False), await inbox.leave("support", wait=False)}
            told = await (await session.get("/api/v1/voicemail")).json()
            assert {message["id"] for message in told["messages"]} == left
            id_ = left.pop()
            async with session.post(f"/api/v1/voicemail/{id_}/handled") as answer:
                assert answer.status == 200, "a program sends no page's headers"
            steps = await inbox.home.voicemail.ledger(id_)
            assert [step.by for step in steps if step.what == "handled"] == ["token crm"]


async def test_beside_a_login_the_token_decides(browser: Browser, tokens: Tokens) -> None:
    admin = await browser("admin", Accept="application/json")
    secret = await made(tokens, Scope.VOICEMAIL_READ)
    async with admin.get(CALLS, headers={"Authorization": f"Bearer {secret}"}) as answer:
        assert answer.status == 403


# ---- what is told to who is not let in


async def _as_it_is(tokens: Tokens, secret: str) -> str:
    return secret


async def _mistyped(tokens: Tokens, secret: str) -> str:
    return secret[:-1] + ("a" if secret[-1] != "a" else "b")


async def _never_made(tokens: Tokens, secret: str) -> str:
    return token_secret.make()


async def _removed(tokens: Tokens, secret: str) -> str:
    await tokens.remove("crm", by="admin")
    return secret


async def _rotated(tokens: Tokens, secret: str) -> str:
    await tokens.rotate("crm", by="admin", overlap=timedelta(0))
    return secret


async def _in_the_overlap(tokens: Tokens, secret: str) -> str:
    await tokens.rotate("crm", by="admin")
    return secret


NOT_VALID, MISTYPED = "this token is not valid", "this token is mistyped or cut off"


@pytest.mark.parametrize(
    ("spoil", "status", "error"),
    [
        pytest.param(_as_it_is, 200, "", id="good"),
        pytest.param(_in_the_overlap, 200, "", id="the one before, in the overlap"),
        pytest.param(_mistyped, 401, MISTYPED, id="a typo"),
        pytest.param(_never_made, 401, NOT_VALID, id="never made"),
        pytest.param(_removed, 401, NOT_VALID, id="removed"),
        pytest.param(_rotated, 401, NOT_VALID, id="rotated"),
    ],
)
async def test_what_is_told_of_a_token(
    url: str, tokens: Tokens, spoil: Callable[[Tokens, str], Awaitable[str]], status: int, error: str
) -> None:
    shown = await spoil(tokens, await made(tokens))
    async with program(url, shown) as session, session.get(CALLS) as answer:
        assert answer.status == status
        told = await answer.json()
    if error:
        assert told["error"] == error
        challenge = answer.headers["WWW-Authenticate"]
        assert challenge == f'Bearer error="invalid_token", error_description="{error}"'
        assert shown not in json.dumps(told)


async def test_a_typo_asks_no_database(url: str, tokens: Tokens, office: Office) -> None:
    mistyped = await _mistyped(tokens, await made(tokens))
    await office.parts.database.close()
    async with program(url, mistyped) as session, session.get(CALLS) as answer:
        assert (answer.status, (await answer.json())["error"]) == (401, MISTYPED)


async def test_without_the_database_nobody_is_turned_away_for_good(url: str, tokens: Tokens, office: Office) -> None:
    secret = await made(tokens)
    await office.parts.database.close()
    async with program(url, secret) as session, session.get(CALLS) as answer:
        assert answer.status == 503 and answer.headers["Retry-After"]


async def test_a_token_that_was_good_is_refused_the_moment_it_is_removed(url: str, tokens: Tokens) -> None:
    async with program(url, await made(tokens)) as session:
        assert (await session.get(CALLS)).status == 200
        await tokens.remove("crm", by="command line")
        assert (await session.get(CALLS)).status == 401


# ---- how often it may ask


async def test_it_may_ask_so_often_and_is_told_when_again(url: str, tokens: Tokens, office: Office) -> None:
    secret = await made(tokens, limit=Limit(rate=2, burst=3))
    async with program(url, secret) as session:
        told = []
        for _ in range(4):
            async with session.get(CALLS) as answer:
                names = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After")
                told.append((answer.status, *(answer.headers.get(name) for name in names)))
        assert told == [
            (200, "3", "2", "1", None),
            (200, "3", "1", "1", None),
            (200, "3", "0", "2", None),
            (429, "3", "0", "2", "1"),
        ]
        refused = await (await session.get(CALLS)).json()
        hint = "ask at most 2 times a second, and 3 times at once"
        assert refused == {"error": "this token was used too often", "hint": hint}
        office.clock.advance(0.5)
        assert [(await session.get(CALLS)).status for _ in range(2)] == [200, 429]


async def test_what_is_refused_or_wrong_counts_too(url: str, tokens: Tokens) -> None:
    secret = await made(tokens, limit=Limit(rate=1, burst=3))
    async with program(url, secret) as session:
        assert [(await session.get(path)).status for path in (CALLS + "?limit=0", "/tokens")] == [400, 403]
        assert (await session.post("/api/v1/agents/alice/login")).status == 403
        assert (await session.get(CALLS)).status == 429


async def test_both_secrets_of_a_token_share_and_two_tokens_do_not(url: str, tokens: Tokens) -> None:
    one = await made(tokens, limit=Limit(rate=1, burst=2))
    other = await made(tokens, name="other", limit=Limit(rate=1, burst=2))
    new = (await tokens.rotate("crm", by="admin")).secret
    statuses = []
    for secret in (one, new, one, other):
        async with program(url, secret) as session, session.get(CALLS) as answer:
            statuses.append(answer.status)
    assert statuses == [200, 200, 429, 200]


async def test_people_and_the_command_line_are_not_counted(url: str, browser: Browser, office: Office) -> None:
    async with program(url, (office.parts.data / TOKEN_FILE).read_text()) as session:
        statuses = {(await session.get("/healthz")).status for _ in range(150)}
        async with session.get("/api/v1/agents") as answer:
            assert statuses == {200} and answer.status == 200
            assert not [name for name in answer.headers if name.startswith("RateLimit")]


# ---- how often one may guess


async def test_who_guesses_has_to_wait_and_shuts_only_themselves_out(url: str, tokens: Tokens, office: Office) -> None:
    secret, neighbours = await made(tokens), await made(tokens, name="neighbour")
    async with program(url, neighbours) as session:
        assert (await session.get(CALLS)).status == 200
    statuses = []
    for _ in range(42):
        async with program(url, token_secret.make()) as session, session.get(CALLS) as answer:
            statuses.append(answer.status)
    assert statuses == [401] * 40 + [429] * 2
    assert int(answer.headers["Retry-After"]) > 0
    async with program(url, secret) as session:
        assert (await session.get(CALLS)).status == 429, "who guesses would learn that this one is good"
        elsewhere = {"X-Forwarded-For": "203.0.113.9"}
        assert (await session.get(CALLS, headers=elsewhere)).status == 200
    async with program(url, neighbours) as session:
        assert (await session.get(CALLS)).status == 200, "what was good before is no guess"
    office.clock.advance(5)
    async with program(url, token_secret.make()) as session:
        assert [(await session.get(CALLS)).status for _ in range(2)] == [401, 429]


async def test_a_removed_token_that_a_program_goes_on_with_is_slowed(url: str, tokens: Tokens) -> None:
    async with program(url, await made(tokens)) as session:
        assert (await session.get(CALLS)).status == 200
        await tokens.remove("crm", by="admin")
        assert [(await session.get(CALLS)).status for _ in range(12)] == [401] * 11 + [429]


async def test_guesses_at_the_command_lines_token_are_slowed_and_it_never_is(
    url: str, browser: Browser, office: Office
) -> None:
    async with program(url, "a-guess") as session:
        assert [(await session.get(CALLS)).status for _ in range(11)] == [401] * 10 + [429]
    async with program(url, (office.parts.data / TOKEN_FILE).read_text()) as session:
        assert (await session.get(CALLS)).status == 200


async def test_a_hundred_first_requests_at_once_are_no_guesses(url: str, tokens: Tokens) -> None:
    secret = await made(tokens)

    async def ask(session: aiohttp.ClientSession) -> int:
        async with session.get("/api/v1/agents") as answer:
            return answer.status

    async with program(url, secret) as session:
        assert set(await asyncio.gather(*(ask(session) for _ in range(100)))) == {200}


# ---- answers that last


class TestQuickBeat:
    @pytest.fixture
    def pace(self) -> Pace:
        return Pace(beat=0.05)

    async def test_a_stream_ends_with_its_token(self, url: str, tokens: Tokens) -> None:
        secret = await made(tokens, Scope.EVENTS_READ)
        async with program(url, secret) as session, listening(session) as stream:
            await stream.next("beat")
            await tokens.remove("crm", by="admin")
            assert (await stream.next("expired", "end"))[0] == "expired"
            assert (await stream.next())[0] == "end"

    async def test_the_command_lines_stream_goes_on(self, url: str, office: Office) -> None:
        async with (
            program(url, (office.parts.data / TOKEN_FILE).read_text()) as session,
            listening(session) as stream,
        ):
            assert [(await stream.next("beat", "expired", "end"))[0] for _ in range(4)] == ["beat"] * 4
