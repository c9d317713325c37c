"""Click to call: the person's phone first, then the number; who may, how often, and why not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from callrouter import events as ev
from callrouter.ami.events import ChannelRef, DialEnded, DialStatus, HangupCause, PhoneState
from ivr.conversation import HandedOver, HandOver, Reply
from ivr.simulator import Simulator
from server.scopes import Scope
from tests.crm_bridge.web.api_house import INTERACTIONS, ApiHouse, api_house
from tests.server.web.conftest import OWN_PAGE
from tests.server.web.office import PASSWORD, Office
from tests.server.web.schema import complaints

Json = Any  # whatever JSON can say
AT = "/api/v1/calls"
ONA = "+37060000001"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ApiHouse]:
    async with api_house(tmp_path) as opened:
        yield opened


class Phone(Simulator):
    """Alice's phone, answered: the number answers too, and they talk until somebody hangs up."""

    def __init__(self, house: ApiHouse, call: str) -> None:
        super().__init__(replies=[HandedOver(Reply.ANSWERED, talked=12.0)])
        self.house, self.call = house, call
        self.talking = asyncio.Event()
        self.over = asyncio.Event()

    async def hand_over(self, to: HandOver) -> HandedOver:
        caller = ChannelRef("PJSIP/alice-1", self.call, self.call)
        answered = DialEnded(self.house.office.clock.now(), caller, caller, None, DialStatus.ANSWERED)
        self.house.pbx.emit(answered)
        self.talking.set()
        await self.over.wait()
        return await super().hand_over(to)


async def test_the_way_of_a_call(house: ApiHouse) -> None:
    """From the order to the customer's history, each step as the API tells it."""
    one, two = [await house.customer(name, ONA) for name in ("Ann", "Ben")]
    order = {"person": "alice", "number": "8 600 00001", "customer": two["id"]}
    async with house.api.post(AT, json=order) as answer:
        placed = await answer.json()
        assert (answer.status, answer.headers["Location"]) == (202, f"{AT}/{placed['id']}")
    assert house.fits("placeCall", 202, placed) == []
    assert (placed["number"], placed["customer"]) == (ONA, two["id"])
    call = placed["id"]
    assert [asked.request.destination for asked in house.pbx.asked if asked.request] == ["PJSIP/alice"]
    stages = [await _stage(house, placed["follow"]["call"])]
    phone = Phone(house, call)
    talk = asyncio.create_task(house.outbound.serve(phone, call))
    await phone.talking.wait()
    stages.append(await _stage(house, f"{AT}/{call}"))
    phone.over.set()
    await talk
    stages.append(await _stage(house, f"{AT}/{call}"))
    assert stages == ["the person's phone rings", "talking", "ended"]
    told = await house.ask("GET", f"{AT}/{call}")
    assert house.fits("tellCall", 200, told) == []
    assert (told["placed"]["result"], told["placed"]["talked"]) == ("answered", 12.0)
    assert (told["call"]["outcome"], told["call"]["answered_by"]) == ("answered", "alice")
    assert [e["kind"] for e in told["events"]] == [
        "outbound_begun", "outbound_ringing", "outbound_answered", "outbound_ended",
    ]  # fmt: skip
    await house.derive()
    (contact,) = (await house.ask("GET", f"{INTERACTIONS}?customer={two['id']}"))["interactions"]
    assert (contact["id"], contact["direction"], contact["result"]) == (call, "out", "answered")
    assert (await house.ask("GET", f"{INTERACTIONS}?customer={one['id']}"))["interactions"] == []


async def _stage(house: ApiHouse, path: str) -> str:
    await house.office.parts.journal.drain(5.0)
    stage: str = (await house.ask("GET", path))["placed"]["stage"]
    return stage


async def _busy(house: ApiHouse) -> None:
    house.office.parts.roster.phone_changed("alice", PhoneState.IN_USE)


async def _stopping(house: ApiHouse) -> None:
    house.office.agi.accepting = False


async def _no_pbx(house: ApiHouse) -> None:
    house.pbx.cut()


async def _no_database(house: ApiHouse) -> None:
    await house.office.parts.database.close()


async def _merged(house: ApiHouse) -> None:
    one, two = await house.customer("Ann"), await house.customer("Anne")
    await house.room.merging.merge(one["id"], two["id"], "sue")
    GONE["customer"] = two["id"]


async def _once(house: ApiHouse) -> None:
    await house.ask("POST", AT, {"person": "bob", "number": ONA}, 202, **{"Idempotency-Key": "k1"})


async def _ended(house: ApiHouse) -> None:
    await house.office.whole_call()
    await house.office.parts.journal.drain(5.0)


GONE: dict[str, str] = {"person": "alice", "number": ONA}
RIGHT = {"person": "alice", "number": ONA}
ENDED = f"{AT}/1795309200-1"
#: Operation, status, path, body, what is done first, a word of the answer.
PROBES: list[tuple[str, int, str, Json, Any, str]] = [
    ("placeCall", 400, "", {"person": "alice"}, None, "number"),
    ("placeCall", 400, "", {"person": "alice", "number": "x" * 41}, None, "number"),
    ("placeCall", 400, "?x=1", RIGHT, None, "parameter"),
    ("placeCall", 404, "", {**RIGHT, "person": "zoe"}, None, "no phone"),
    ("placeCall", 404, "", {**RIGHT, "customer": "nobody\0"}, None, "no such customer"),
    ("placeCall", 409, "", {**RIGHT, "person": "carol"}, None, "not registered"),
    ("placeCall", 409, "", RIGHT, _busy, "on another call"),
    ("placeCall", 409, "", GONE, _merged, "merged"),
    ("placeCall", 422, "", {**RIGHT, "number": "101"}, None, "no number"),
    ("placeCall", 422, "", {**RIGHT, "number": ""}, None, "none"),
    ("placeCall", 422, "", {**RIGHT, "number": "+48 22 123 45 67"}, None, "not among the numbers"),
    ("placeCall", 422, "", {**RIGHT, "number": "+370 900 12345"}, None, "costs extra"),
    ("placeCall", 422, "", RIGHT, _once, "Idempotency-Key"),
    ("placeCall", 503, "", RIGHT, _stopping, "stopping"),
    ("placeCall", 503, "", RIGHT, _no_pbx, "Asterisk"),
    ("placeCall", 503, "", {**RIGHT, "customer": "x"}, _no_database, "cannot do this now"),
    ("hangUpCall", 400, "/x?x=1", None, None, "parameter"),
    ("hangUpCall", 404, "/nothing", None, None, "no such call"),
    ("hangUpCall", 409, ENDED.removeprefix(AT), None, _ended, "has ended"),
    ("hangUpCall", 503, "/x", None, _no_database, "cannot do this now"),
]


@pytest.mark.parametrize(
    ("name", "status", "path", "body", "before", "word"), PROBES, ids=[f"{p[0]}-{p[1]}-{p[5]}" for p in PROBES]
)
async def test_why_not(house: ApiHouse, name: str, status: int, path: str, body: Json, before: Any, word: str) -> None:
    if before is not None:
        await before(house)
    method, headers = ("POST" if name == "placeCall" else "DELETE"), {"Idempotency-Key": "k1"}
    async with house.api.request(method, AT + path, json=body, headers=headers) as answer:
        told = await answer.json()
        assert answer.status == status, told
        assert word in told["error"] and told["hint"], told
        assert status != 503 or answer.headers["Retry-After"]
    assert house.fits(name, status, told) == []
    assert len([asked for asked in house.pbx.asked if asked.verb == "originate"]) == (before is _once)


async def test_every_answer_has_a_test(house: ApiHouse) -> None:
    for name in ("placeCall", "hangUpCall", "streamCallEvents"):
        operation = house.operation(name)
        for parameter in operation["parameters"]:
            assert complaints(parameter["example"], parameter["schema"], house.whole) == []
        contents = [answer["content"] for answer in operation["responses"].values()]
        contents += [operation["requestBody"]["content"]] if "requestBody" in operation else []
        for content in contents:
            for media in content.values():
                assert complaints(media["example"], media["schema"], house.whole) == []
        if name != "streamCallEvents":
            probed = {status for probe, status, *_ in PROBES if probe == name}
            # Of these the guard's are tested with tokens, 202, 403 and 429 below, 413 with customers.
            assert {int(status) for status in operation["responses"]} - probed == {202, 401, 403, 429} | (
                {413} if name == "placeCall" else set()
            )


async def test_one_call_at_once_for_a_person_and_none_twice_for_a_key(house: ApiHouse) -> None:
    key = {"Idempotency-Key": "click 1".replace(" ", "-")}
    first = await house.ask("POST", AT, RIGHT, 202, **key)
    assert await house.ask("POST", AT, RIGHT, 202, **key) == first
    assert "rings already" in (await house.ask("POST", AT, RIGHT, 409))["error"]
    await house.ask("POST", AT, {**RIGHT, "person": "bob"}, 202)


async def _over(house: ApiHouse, call: str, times: int) -> None:
    """Let the phone not be answered, and wait until that is told."""
    house.pbx.originate_ends(call, answered=False, cause=HangupCause.USER_BUSY)
    await house.outbound.close()
    await house.office.parts.journal.drain(5.0)
    told = await house.office.parts.journal.last(ev.OutboundEnded.KIND)
    assert len(told) == times and told[0].data["reply"] == "own phone not answered"


async def test_so_many_a_minute_and_no_more(tmp_path: Path) -> None:
    async with api_house(tmp_path, per_minute=2) as house:
        for n in range(2):
            await _over(house, (await house.ask("POST", AT, RIGHT, 202))["id"], n + 1)
        for person in ("alice", "bob"):  # the person's turns are used, and so are those of who asks
            async with house.api.post(AT, json={**RIGHT, "person": person}) as answer:
                told = await answer.json()
                assert (answer.status, answer.headers["Retry-After"]) == (429, "30"), told
                assert house.fits("placeCall", 429, told) == []
        async with house.program("second", Scope.CALLS_WRITE) as second:
            async with second.post(AT, json={**RIGHT, "person": "alice"}) as answer:
                assert answer.status == 429
            async with second.post(AT, json={**RIGHT, "person": "carol"}) as answer:
                assert answer.status == 409  # it is refused, and does not count
            async with second.post(AT, json={**RIGHT, "person": "bob"}) as answer:
                assert answer.status == 202
        house.office.clock.advance(30)
        await house.ask("POST", AT, RIGHT, 202)


@pytest.mark.parametrize(
    ("outbound", "hint"), [({"per_minute": 0}, "per_minute"), ({"at_once": 0}, "at_once")], ids=["a minute", "at once"]
)
async def test_a_site_may_forbid_it(tmp_path: Path, outbound: dict[str, object], hint: str) -> None:
    async with api_house(tmp_path, pace=None, **outbound) as house:
        assert hint in (await house.ask("POST", AT, RIGHT, 429))["hint"]


async def test_a_call_is_hung_up_by_who_may(house: ApiHouse) -> None:
    placed = await house.ask("POST", AT, {**RIGHT, "person": "bob"}, 202)
    at = f"{AT}/{placed['id']}"
    async with aiohttp.ClientSession(house.url, cookie_jar=aiohttp.CookieJar(unsafe=True), headers=OWN_PAGE) as alice:
        login = {"name": "alice", "password": PASSWORD}
        async with alice.post("/login", data=login, allow_redirects=False) as answer:
            assert answer.status == 303
        async with alice.delete(at) as answer:
            assert (answer.status, house.fits("hangUpCall", 403, await answer.json())) == (403, [])
        async with alice.post(AT, json={**RIGHT, "person": "bob"}) as answer:
            assert answer.status == 403
        async with alice.post(AT, json=RIGHT) as answer:
            own = (await answer.json())["id"]
            assert answer.status == 202
        async with alice.delete(f"{AT}/{own}") as answer:
            assert answer.status == 202
    ending = await house.ask("DELETE", at, status=202)
    assert (ending, house.fits("hangUpCall", 202, ending)) == (placed, [])
    assert [asked.verb for asked in house.pbx.asked] == ["originate", "originate", "hangup", "hangup"]


async def test_no_other_call_is_hung_up(house: ApiHouse) -> None:
    office: Office = house.office
    call = office.offered()
    await office.parts.journal.drain(5.0)
    assert "not placed over the API" in (await house.ask("DELETE", f"{AT}/{call}", status=409))["error"]
    own = await house.outbound.call("alice", ONA, "a message", _nothing)
    await office.parts.journal.drain(5.0)
    await house.ask("DELETE", f"{AT}/{own}", status=409)
    assert [asked.verb for asked in house.pbx.asked] == ["originate"]


async def _nothing(_handed: HandedOver | None) -> None:
    return None


@pytest.mark.parametrize(
    ("scopes", "status"),
    [((Scope.CALLS_WRITE,), 403), ((Scope.CALLS_WRITE, Scope.CUSTOMERS_WRITE), 202)],
    ids=["calls", "customers too"],
)
async def test_whose_a_call_is_says_who_may_write_customers(
    house: ApiHouse, scopes: tuple[Scope, ...], status: int
) -> None:
    customer = (await house.customer("Ann"))["id"]
    body = {**RIGHT, "customer": customer}
    async with house.program("crm", *scopes) as program, program.post(AT, json=body) as answer:
        told = await answer.json()
        assert answer.status == status, told
    if status == 403:
        assert "customers:write" in told["error"] and told["hint"] and not house.pbx.asked
    assert ("interaction given" in [s.what for s in await house.room.files.steps(customer)]) is (status == 202)


@pytest.mark.parametrize(("scope", "status"), [(Scope.CALLS_READ, 403), (Scope.CALLS_WRITE, 202)], ids=str)
async def test_a_token_may_do_what_its_scope_says(house: ApiHouse, scope: Scope, status: int) -> None:
    async with house.program("crm", scope) as program, program.post(AT, json=RIGHT) as answer:
        assert answer.status == status
