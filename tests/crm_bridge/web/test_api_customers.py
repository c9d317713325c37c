"""The API of customers at work: written, found, changed, merged; nobody overwrites another."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from server.local_server import TOKEN_FILE
from server.scopes import Scope
from tests.crm_bridge.web.api_house import CUSTOMERS, INTERACTIONS, ApiHouse, api_house, stands_for
from tests.server.web.office import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="module")

Json = Any  # whatever JSON can say
OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ApiHouse]:
    """One house for all tests here: each works on customers of its own."""
    async with api_house(tmp_path_factory.mktemp("api")) as opened:
        yield opened


async def test_a_customer_is_written_found_and_changed(house: ApiHouse) -> None:
    body = {
        "name": "Jonas <b>Žukas</b>", "phones": [{"number": "8 611 22333", "label": "mobile"}], "tags": ["vip"],
        "mails": [{"address": "Jonas@Zukas.example"}], "handles": [{"service": "Signal", "handle": "jz"}],
        "status": "lead", "fields": {"contract": "A-1", "seats": 12, "size": "small"},
    }  # fmt: skip
    async with house.api.post(CUSTOMERS, json=body) as answer:
        made = await answer.json()
        assert (answer.status, answer.headers["Location"]) == (201, f"{CUSTOMERS}/{made['id']}")
    assert house.fits("addCustomer", 201, made) == []
    assert made["phones"] == [{"number": "+37061122333", "written": "8 611 22333", "label": "mobile"}]
    for query in ("?q=zuk", "?q=61122", "?number=%2B370%20611%2022333", "?tag=vip&limit=5", "?status=lead&q=jonas"):
        found = await house.ask("GET", CUSTOMERS + query)
        assert [one["id"] for one in found["customers"]] == [made["id"]], query
        assert found["next"] is None
    at = f"{CUSTOMERS}/{made['id']}"
    changed = await house.ask("PATCH", at, {"version": made["version"], "tags": [], "fields": {"seats": 13}})
    assert (changed["tags"], changed["version"]) == ([], made["version"] + 1)
    assert changed["fields"] == {"contract": "A-1", "seats": 13, "size": "small"}
    assert changed["phones"] == made["phones"]
    late = await house.ask("PATCH", at, {"version": made["version"], "name": "Jonas"}, 409)
    assert "changed it meanwhile" in late["error"] and "get it anew" in late["hint"]
    assert await house.ask("GET", at) == changed


async def test_all_customers_come_page_by_page(house: ApiHouse) -> None:
    made = {(await house.customer(f"Page {n}", tags=["paged"]))["id"] for n in range(7)}
    found: list[str] = []
    query = f"{CUSTOMERS}?tag=paged&limit=3"
    page = await house.ask("GET", query)
    while True:
        found += [one["id"] for one in page["customers"]]
        if page["next"] is None:
            break
        page = await house.ask("GET", f"{query}&cursor={page['next']}")
    assert (len(found), set(found)) == (7, made)


@pytest.mark.parametrize(
    ("number", "holders", "said", "count"),
    [
        ("", 0, "withheld", 0),
        ("anonymous", 0, "withheld", 0),
        ("8 677 00001", 0, "unknown", 0),
        ("8 677 00002", 1, "known", 1),
        ("8 677 00003", 3, "one of several", 3),
    ],
    ids=["empty", "anonymous", "unknown", "known", "several"],
)
async def test_who_has_a_number_is_never_guessed(
    house: ApiHouse, number: str, holders: int, said: str, count: int
) -> None:
    made = [(await house.customer(f"Holder {n}", number))["id"] for n in range(holders)]
    async with house.api.get(f"{CUSTOMERS}/match", params={"number": number}) as answer:
        match = await answer.json()
    assert (match["match"], match["count"]) == (said, count)
    assert {one["id"] for one in match["customers"]} == set(made)


async def test_a_number_that_called_is_a_file_without_a_name(house: ApiHouse) -> None:
    call = await house.call("+37067800001")
    match = await house.ask("GET", f"{CUSTOMERS}/match?number=%2B37067800001")
    assert match["match"] == "unknown"
    found = await house.ask("GET", f"{CUSTOMERS}?number=%2B37067800001")
    assert [(one["id"], one["made_by_us"]) for one in found["customers"]] == [(match["nameless"]["id"], True)]
    (contact,) = (await house.ask("GET", f"{INTERACTIONS}?number=%2B37067800001"))["interactions"]
    assert (contact["id"], contact["customer"]) == (call, match["nameless"]["id"])


async def test_a_contact_of_several_is_given_to_one(house: ApiHouse) -> None:
    one, two = [await house.customer(name, "+37067900001") for name in ("Ann", "Ben")]
    call = await house.call("+37067900001")
    at = f"{INTERACTIONS}/{call}"
    told = await house.ask("GET", at)
    assert (told["interaction"]["customer"], told["interaction"]["outcome"]) == (None, "answered")
    timeline = await house.ask("GET", f"{CUSTOMERS}/{one['id']}/timeline")
    (entry,) = [entry for entry in timeline["entries"] if entry["interaction"]]
    assert (entry["interaction"]["id"], entry["one_of"]) == (call, 2)
    told = await house.ask("PATCH", at, {"customer": two["id"]})
    assert told["interaction"]["customer"] == two["id"]
    found = await house.ask("GET", f"{INTERACTIONS}?customer={two['id']}")
    assert [contact["id"] for contact in found["interactions"]] == [call]
    merged = await house.ask("POST", f"{CUSTOMERS}/{one['id']}/merge", {"gone": two["id"]}, 201)
    assert (await house.ask("PATCH", at, {"customer": two["id"]}, 409))["hint"]
    assert house.fits("mergeCustomer", 201, merged) == []


async def test_interactions_come_page_by_page(house: ApiHouse) -> None:
    made = [await house.call("+37068000001") for _ in range(5)]
    found: list[str] = []
    query = f"{INTERACTIONS}?number=%2B37068000001&limit=2&from=2026-11-20T00:00:00Z"
    page = await house.ask("GET", query)
    while True:
        found += [one["id"] for one in page["interactions"]]
        if page["next"] is None:
            break
        page = await house.ask("GET", f"{query}&cursor={page['next']}")
    assert found == made[::-1]
    assert (await house.ask("GET", f"{query}&to=2026-11-20T00:00:00Z"))["interactions"] == []


async def test_a_merge_is_undone(house: ApiHouse) -> None:
    kept, gone = await house.customer("Ann", "+37068100001"), await house.customer("Anne", "+37068100002")
    at = f"{CUSTOMERS}/{kept['id']}"
    merged = await house.ask("POST", f"{at}/merge", {"gone": gone["id"]}, 201)
    assert [phone["number"] for phone in merged["customer"]["phones"]] == ["+37068100001", "+37068100002"]
    assert (await house.ask("GET", f"{CUSTOMERS}/{gone['id']}"))["merged_into"] == kept["id"]
    merge = merged["merge"]["id"]
    assert [one["id"] for one in (await house.ask("GET", f"{at}/merges"))["merges"]] == [merge]
    other = await house.customer("Annette")
    above = await house.ask("POST", f"{CUSTOMERS}/{other['id']}/merge", {"gone": kept["id"]}, 201)
    assert "undo first" in (await house.ask("POST", f"{at}/merge/{merge}/undo", status=409))["error"]
    await house.ask("POST", f"{CUSTOMERS}/{other['id']}/merge/{above['merge']['id']}/undo")
    undone = await house.ask("POST", f"{at}/merge/{merge}/undo")
    assert [phone["number"] for phone in undone["phones"]] == ["+37068100001"]
    assert house.fits("undoMerge", 200, undone) == []
    await house.ask("POST", f"{at}/merge/{merge}/undo", status=404)


async def test_matters_and_activities_change(house: ApiHouse) -> None:
    names = await stands_for(house, {"A", "M", "V", "N"})
    at = f"{CUSTOMERS}/{names['A']}"
    won = await house.ask("PATCH", f"{at}/matters/{names['M']}", {"version": 1, "stage": "won", "amount": 5})
    assert (won["closed"], won["amount"], won["version"], won["title"]) == ("2026-11-20", 5, 2, "Paper")
    done = await house.ask("PATCH", f"{at}/activities/{names['V']}", {"version": 1, "done": True})
    assert (done["done_by"], done["version"], done["what"]) == ("command line", 2, "Call")
    again = await house.ask("PATCH", f"{at}/activities/{names['V']}", {"version": 2, "done": False, "what": "Write"})
    assert (again["done_at"], again["what"], again["version"]) == (None, "Write", 4)
    timeline = await house.ask("GET", f"{at}/timeline?limit=200")
    assert {"opportunity changed", "activity done", "note added"} <= {
        entry["step"]["what"] for entry in timeline["entries"] if entry["step"]
    }


async def test_who_looked_is_noted_by_the_name_of_the_token(house: ApiHouse) -> None:
    made = await house.customer("Looked at")
    async with (
        house.program("mirror", Scope.CUSTOMERS_READ, Scope.CUSTOMERS_WRITE) as program,
        program.get(f"{CUSTOMERS}/{made['id']}") as answer,
    ):
        assert answer.status == 200
        assert [look.by for look in await house.room.privacy.lookers(made["id"])] == ["token mirror"]
        # What a program makes, nobody has to do, until it says who.
        activity = {"what": "Call", "due": "2026-11-27T08:00:00Z"}
        async with program.post(f"{CUSTOMERS}/{made['id']}/activities", json=activity) as answer:
            assert (await answer.json())["whose"] == ""


@pytest.mark.parametrize(
    "path",
    [
        f"{CUSTOMERS}?q=spied",
        f"{CUSTOMERS}?number=%2B37069500001",
        f"{CUSTOMERS}?limit=200",
        f"{CUSTOMERS}/match?number=%2B37069500001",
        CUSTOMERS + "/{id}/merges",
        INTERACTIONS + "?customer={id}",
        f"{INTERACTIONS}?number=%2B37069500001",
        INTERACTIONS + "/{call}",
    ],
)
async def test_no_way_to_look_goes_unnoted(house: ApiHouse, spied: tuple[str, str], path: str) -> None:
    customer, call = spied
    house.office.clock.advance(3600)  # a look is noted once an hour
    before = await house.room.privacy.lookers(customer)
    await house.ask("GET", path.format(id=customer, call=call))
    assert len(await house.room.privacy.lookers(customer)) == len(before) + 1


async def test_notes_are_for_who_may_read_customers(house: ApiHouse, spied: tuple[str, str]) -> None:
    customer, call = spied
    note = {"text": "Pays late.", "interaction": call}
    await house.ask("POST", f"{CUSTOMERS}/{customer}/notes", note, 201)
    for scopes, there in (((), []), ((Scope.CUSTOMERS_READ,), ["Pays late."])):
        async with (
            house.program(f"contacts-{len(scopes)}", Scope.INTERACTIONS_READ, *scopes) as program,
            program.get(f"{INTERACTIONS}/{call}") as answer,
        ):
            assert [one["text"] for one in (await answer.json())["notes"]] == there


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def spied(house: ApiHouse) -> tuple[str, str]:
    """A customer, and a call."""
    made = await house.customer("Spied Upon", "+37069500001")
    return made["id"], await house.call("+37069500001")


@pytest.mark.parametrize(
    ("scope", "method", "path", "status"),
    [
        (Scope.CUSTOMERS_READ, "GET", CUSTOMERS, 200),
        (Scope.CUSTOMERS_READ, "POST", CUSTOMERS, 403),
        (Scope.CUSTOMERS_READ, "GET", INTERACTIONS, 403),
        (Scope.CUSTOMERS_WRITE, "GET", CUSTOMERS, 403),
        (Scope.CUSTOMERS_WRITE, "POST", CUSTOMERS, 400),
        (Scope.INTERACTIONS_READ, "GET", INTERACTIONS, 200),
        (Scope.INTERACTIONS_READ, "PATCH", f"{INTERACTIONS}/x", 403),
        (Scope.CALLS_READ, "GET", CUSTOMERS, 403),
    ],
    ids=str,
)
async def test_a_token_may_do_what_its_scope_says(
    house: ApiHouse, scope: Scope, method: str, path: str, status: int
) -> None:
    name = f"{scope.replace(':', '-')}-{method}-{path.count('/')}-{status}".lower()
    async with house.program(name, scope) as program, program.request(method, path, json={}) as answer:
        assert answer.status == status, await answer.text()


async def test_who_is_logged_in_uses_it_too_but_no_strange_page(house: ApiHouse) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(house.url, cookie_jar=jar) as alice:
        async with alice.post(
            "/login", data={"name": "alice", "password": PASSWORD}, headers=OWN_PAGE, allow_redirects=False
        ) as answer:
            assert answer.status == 303
        async with alice.post(CUSTOMERS, json={"name": "By Alice"}, headers=OWN_PAGE) as answer:
            made = await answer.json()
        async with alice.post(CUSTOMERS, json={"name": "By nobody"}) as answer:
            assert answer.status == 403
        async with alice.post(
            f"{CUSTOMERS}/{made['id']}/matters", json={"kind": "offer", "title": "x"}, headers=OWN_PAGE
        ) as answer:
            assert (await answer.json())["whose"] == "alice"
    async with aiohttp.ClientSession(house.url) as nobody, nobody.get(CUSTOMERS) as answer:
        assert answer.status == 401


async def test_a_body_that_is_too_large_is_refused(house: ApiHouse) -> None:
    async with house.api.post(CUSTOMERS, data=io.BytesIO(b" " * 1_048_577)) as answer:
        assert answer.status == 413


async def test_without_a_database_it_says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with api_house(tmp_path_factory.mktemp("closed")) as house:
        await house.office.parts.database.close()
        token = (house.office.parts.data / TOKEN_FILE).read_text()
        headers = {"Authorization": f"Bearer {token}"}
        for path in (CUSTOMERS, f"{CUSTOMERS}/match?number=1", INTERACTIONS, f"{CUSTOMERS}/x/timeline"):
            async with house.api.get(path, headers=headers) as answer:
                assert answer.status == 503, path
                assert answer.headers["Retry-After"]
