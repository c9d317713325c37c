"""An Idempotency-Key: the same one is given the same answer, nothing is made twice, and they have bounds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from callrouter.events import CustomerChanged
from crm_bridge.web import api_once, api_once_stored
from crm_bridge.web.api_once import KEPT, Once
from crm_bridge.web.api_once_stored import StoredOnce
from ledger.clock import ManualClock
from ledger.database import Database
from ledger.errors import DatabaseUnavailable
from ledger.web.visit import Refusal, Visit, Who
from server.scopes import Scope
from tests.crm_bridge.web.api_house import CUSTOMERS, ApiHouse, api_house

Json = Any  # whatever JSON can say
ONA = Who("token crm")


class Asked:
    """A request as far as it matters here."""

    def __init__(self, key: str | None = "k1", body: bytes = b"{}", path: str = "/x") -> None:
        headers = {} if key is None else {"Idempotency-Key": key}
        self.request = make_mocked_request("POST", path, headers=headers)
        self._body = body

    async def body(self) -> bytes:
        return self._body


class Maker:
    """Makes a thing each time, and counts them; waits at the gate where it is closed."""

    def __init__(self) -> None:
        self.made = 0
        self.fails: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.begun = asyncio.Event()

    async def __call__(self) -> web.Response:
        self.begun.set()
        await self.gate.wait()
        if self.fails is not None:
            failure, self.fails = self.fails, None
            raise failure
        self.made += 1
        return web.json_response({"n": self.made}, status=201, headers={"Location": f"/x/{self.made}"})


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def make() -> Maker:
    return Maker()


async def asked(once: Once, make: Maker, who: Who = ONA, **about: Any) -> web.Response:
    visit: Visit = Asked(**about)  # type: ignore[assignment]  # all that is used of one
    return await once.do(visit, who, make)


async def test_the_same_key_is_given_the_same_answer(clock: ManualClock, make: Maker) -> None:
    once = Once(clock)
    first, second = await asked(once, make), await asked(once, make)
    assert (first.body, first.status, first.headers["Location"]) == (b'{"n": 1}', 201, "/x/1")
    assert (second.body, second.status, second.headers["Location"]) == (b'{"n": 1}', 201, "/x/1")
    assert "Idempotency-Replayed" not in first.headers and second.headers["Idempotency-Replayed"] == "true"
    for about in ({"key": None}, {"key": None}, {"key": "k2"}, {"who": Who("token other")}):
        await asked(once, make, **about)
    assert make.made == 5


@pytest.mark.parametrize("about", [{"body": b"[]"}, {"path": "/y"}], ids=["another body", "another place"])
async def test_the_same_key_with_something_else_is_refused(
    clock: ManualClock, make: Maker, about: dict[str, Any]
) -> None:
    once = Once(clock)
    await asked(once, make)
    with pytest.raises(Refusal) as refused:
        await asked(once, make, **about)
    assert refused.value.status == 422


@pytest.mark.parametrize("key", ["", "a b", "ą", "x" * 201], ids=["empty", "a blank", "no ASCII", "too long"])
async def test_what_is_no_key_is_refused(clock: ManualClock, make: Maker, key: str) -> None:
    with pytest.raises(Refusal) as refused:
        await asked(Once(clock), make, key=key)
    assert (refused.value.status, make.made) == (400, 0)


async def test_after_a_failure_the_key_may_ask_again(clock: ManualClock, make: Maker) -> None:
    once = Once(clock)
    make.fails = Refusal(400, "no")
    with pytest.raises(Refusal):
        await asked(once, make)
    assert (await asked(once, make, body=b"mended")).status == 201


async def test_who_asks_meanwhile_is_given_the_answer_of_the_first(clock: ManualClock, make: Maker) -> None:
    once = Once(clock)
    make.gate.clear()
    async with asyncio.TaskGroup() as tasks:
        requests = [tasks.create_task(asked(once, make)) for _ in range(3)]
        await make.begun.wait()
        make.gate.set()
    assert [task.result().body for task in requests] == [b'{"n": 1}'] * 3
    assert make.made == 1


async def test_who_asks_meanwhile_takes_over_when_the_first_fails(clock: ManualClock, make: Maker) -> None:
    once = Once(clock)
    make.gate.clear()
    make.fails = Refusal(400, "no")
    first = asyncio.create_task(asked(once, make))
    await make.begun.wait()
    second = asyncio.create_task(asked(once, make))
    await asyncio.sleep(0)
    make.gate.set()
    assert isinstance((await asyncio.gather(first, return_exceptions=True))[0], Refusal)
    assert (await second).status == 201


async def test_nobody_waits_for_ever(clock: ManualClock, make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_once, "WAIT", 0.01)
    once = Once(clock)
    make.gate.clear()
    first = asyncio.create_task(asked(once, make))
    await make.begun.wait()
    with pytest.raises(Refusal) as refused:
        await asked(once, make)
    assert refused.value.status == 409
    make.gate.set()
    assert (await first).status == 201


async def test_the_memory_has_bounds(clock: ManualClock, make: Maker) -> None:
    once = Once(clock, most=3)
    for n in range(4):
        await asked(once, make, key=f"k{n}")
    await asked(once, make, key="k3")
    assert make.made == 4  # the newest is known
    await asked(once, make, key="k0")
    assert make.made == 5  # the oldest is not
    small = Once(clock, most_bytes=10)
    await asked(small, make, key="a")
    await asked(small, make, key="b")
    await asked(small, make, key="a")
    assert make.made == 8
    await asked(once, make, key="k3")
    clock.advance(KEPT + 1)
    await asked(once, make, key="k3")
    assert make.made == 9


# ---- over a restart


class Servers:
    """Servers one after the other, or beside each other, on one database."""

    def __init__(self, db: Database, clock: ManualClock) -> None:
        self.db = db
        self.clock = clock

    def another(self, **bounds: int) -> Once:
        return Once(self.clock, StoredOnce(self.db, self.clock, **bounds))


@pytest.fixture
def servers(clock: ManualClock, db: Database) -> Servers:
    return Servers(db, clock)


async def test_a_server_that_was_restarted_gives_the_same_answer(servers: Servers, make: Maker) -> None:
    first = await asked(servers.another(), make)
    later = servers.another()
    for _ in range(2):
        again = await asked(later, make)
        assert (again.body, again.status, again.headers["Location"]) == (first.body, 201, "/x/1")
        assert again.headers["Idempotency-Replayed"] == "true"
    with pytest.raises(Refusal) as refused:
        await asked(servers.another(), make, body=b"[]")
    assert (refused.value.status, make.made) == (422, 1)
    await asked(servers.another(), make, who=Who("token other"))
    servers.clock.advance(KEPT + 1)
    await asked(servers.another(), make)
    assert make.made == 3


async def test_what_a_server_died_over_is_not_done_twice_and_not_said_to_be_done(servers: Servers, make: Maker) -> None:
    make.gate.clear()
    dies = asyncio.create_task(asked(servers.another(), make))
    await make.begun.wait()
    other = Maker()
    with pytest.raises(Refusal) as refused:
        await asked(servers.another(), other)
    assert (refused.value.status, other.made) == (409, 0)
    make.fails = Refusal(400, "no")
    make.gate.set()
    with pytest.raises(Refusal):
        await dies
    assert (await asked(servers.another(), other)).status == 201  # it was given free


async def test_a_database_that_is_away_stops_nobody(
    servers: Servers, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = servers.another()
    make.gate.clear()
    make.fails = Refusal(503, "the database is away")
    first = asyncio.create_task(asked(once, make))
    await make.begun.wait()
    with monkeypatch.context() as away:
        away.setattr(Database, "writing", lambda _db: Away())
        make.gate.set()
        with pytest.raises(Refusal):
            await first
        assert (await asked(once, make, key="k2")).status == 201
        assert (await asked(once, make, key="k2")).body == b'{"n": 1}'
    # The key that could not be given free is this process's own.
    assert (await asked(once, make)).status == 201


class Away:
    """A transaction that cannot begin."""

    async def __aenter__(self) -> None:
        raise DatabaseUnavailable

    async def __aexit__(self, *_failure: object) -> None:
        """Say nothing more."""


async def test_what_is_stored_has_bounds(servers: Servers, make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_once_stored, "_LOOK_AFTER", 0)
    for bounds, known in (({"most": 2}, ["b3", "b2"]), ({"most_letters": 20}, ["c3", "c2"])):
        letter, once = known[0][0], servers.another(**bounds)
        for n in range(4):
            servers.clock.advance(1)
            await asked(once, make, key=f"{letter}{n}")
        made = make.made
        for key in known:
            await asked(servers.another(), make, key=key)
        assert make.made == made
        await asked(servers.another(), make, key=f"{letter}1")
        assert make.made == made + 1


# ---- over HTTP


@pytest_asyncio.fixture
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ApiHouse]:
    async with api_house(tmp_path_factory.mktemp("once")) as opened:
        yield opened


async def test_a_customer_is_made_once_and_forgotten_with_its_erasure(house: ApiHouse) -> None:
    body, key = {"name": "Ona"}, {"Idempotency-Key": "5f0b0c86"}
    async with house.program("crm", Scope.CUSTOMERS_WRITE) as crm:
        answers = []
        for _ in range(2):
            async with crm.post(CUSTOMERS, json=body, headers=key) as answer:
                assert answer.status == 201
                answers.append(await answer.json())
        assert answers[0] == answers[1]
        async with crm.post(CUSTOMERS, json={"name": "Jonas"}, headers=key) as answer:
            told = await answer.json()
            assert (answer.status, house.fits("addCustomer", 422, told)) == (422, [])
        note = f"{CUSTOMERS}/{answers[0]['id']}/notes"
        async with crm.post(note, json={"text": "x"}, headers={"Idempotency-Key": "n1"}) as answer:
            assert answer.status == 201
        erased = CustomerChanged(at=house.office.clock.now(), customer=answers[0]["id"], change="erased", by="sue")
        await house.room.privacy.erase(answers[0]["id"], "sue")
        house.office.parts.chronicle.tell(erased)
        async with crm.post(CUSTOMERS, json=body, headers=key) as answer:
            assert (await answer.json())["id"] != answers[0]["id"]
