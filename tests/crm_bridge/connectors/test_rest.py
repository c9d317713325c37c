"""CRMs with a REST interface: the descriptions that ship, against servers that follow the systems' documentation."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from callrouter.events import Event, Outcome
from config.connectors import Rest
from crm_bridge.connectors.model import CustomerShort, Found, Occasion
from crm_bridge.connectors.rest import WHO, RestSender
from crm_bridge.connectors.wire import NoAnswer, Wire
from ledger.clock import ManualClock
from ledger.delivery_model import Accepted, Later, Refused, Result
from tests.crm_bridge.connectors.crm_house import API_KEY, CLIENT, CLIENT_SECRET, FakeEspo, FakeSuite
from tests.crm_bridge.connectors.house import AT, Answer, Got, says, server
from tests.crm_bridge.connectors.test_zammad import occasions
from tests.fixtures.journal_of_calls import Caller, answered_call

NUMBER = "+37060000001"
ONA = {"first_name": "Ona", "last_name": "Onaitė", "account_name": "Acme", "phone_mobile": NUMBER}


def suite(base: str, **more: Any) -> Rest:
    oauth2 = {"client_id": CLIENT, "client_secret": CLIENT_SECRET}
    return Rest.model_validate({"url": f"{base}/Api", "system": "suitecrm", "auth": {"oauth2": oauth2}, **more})


def espo(base: str, **more: Any) -> Rest:
    header = {"name": "X-Api-Key", "value": API_KEY}
    return Rest.model_validate({"url": f"{base}/api/v1/", "system": "espocrm", "auth": {"header": header}, **more})


@asynccontextmanager
async def sender(settings: Rest) -> AsyncIterator[RestSender]:
    wire = Wire(WHO, internal=True, seconds=5.0, at_once=8)
    try:
        yield RestSender("crm", settings, wire, ManualClock(AT))
    finally:
        await wire.close()


def over(events: list[Event] | None = None) -> Occasion:
    return occasions(events or answered_call("c1"))[-1]


async def enter(answer: Answer, make: Any, occasion: Occasion | None = None, **more: Any) -> tuple[Result, list[Got]]:
    async with server(answer) as here, sender(make(here.base, **more)) as ours:
        return await ours.send(occasion or over()), here.got


async def test_suitecrm_is_asked_who_has_a_number() -> None:
    crm = FakeSuite(
        {
            "Contacts": {"7": ONA, "8": {"last_name": "Else"}},
            "Accounts": {"9": {"name": "Acme", "phone_office": NUMBER}},
        }
    )
    async with server(crm) as here, sender(suite(here.base)) as ours:
        assert await ours.find(NUMBER) == [
            Found("crm", "7", "Ona Onaitė", "Acme", "Contacts"),
            Found("crm", "9", "Acme", "Acme", "Accounts"),
        ]
        assert await ours.find("+37069999999") == []
    assert crm.tokens == 1


async def test_suitecrm_gets_each_call_once_whoever_dies_when() -> None:
    crm = FakeSuite({"Contacts": {"7": ONA}})
    async with server(crm) as here, sender(suite(here.base)) as ours:
        assert await ours.send(over()) == Accepted("the CRM answered 201")
        assert await ours.send(over()) == Accepted("it was there already")
    (call,) = crm.records["Calls"].values()
    assert call == {
        "name": "Call from +37060000001",
        "direction": "Inbound",
        "status": "Held",
        "date_start": "2026-11-24 08:00:00",
        "duration_hours": 0,
        "duration_minutes": 1,
        "description": "answered, billing, alice, 60 s; intent: invoice; Switchroom c1",
        "parent_type": "Contacts",
        "parent_id": "7",
    }


async def test_suitecrm_gives_another_token_when_one_is_worn_out() -> None:
    crm = FakeSuite({"Contacts": {"7": ONA}})
    async with server(crm) as here, sender(suite(here.base)) as ours:
        assert len(await ours.find(NUMBER)) == 1
        crm.valid.clear()
        assert isinstance(await ours.send(over()), Accepted)
    assert crm.tokens >= 2


async def test_espocrm_is_asked_and_told() -> None:
    crm = FakeEspo({"Contact": [{"id": "7", "name": "Ona Onaitė", "accountName": "Acme", "phoneNumber": NUMBER}]})
    async with server(crm) as here, sender(espo(here.base)) as ours:
        assert await ours.find(NUMBER) == [Found("crm", "7", "Ona Onaitė", "Acme", "Contact")]
        assert await ours.send(over()) == Accepted("the CRM answered 200")
        assert await ours.send(over()) == Accepted("it was there already")
    (call,) = crm.records["Call"]
    assert call == {
        "id": "e1",
        "name": "Call from +37060000001",
        "direction": "Inbound",
        "status": "Held",
        "dateStart": "2026-11-24 08:00:00",
        "dateEnd": "2026-11-24 08:01:10",
        "description": f"answered, billing, alice, 60 s; intent: invoice; Switchroom {over().id}",
        "contactsIds": ["7"],
    }


@pytest.mark.parametrize(("make", "crm", "where"), [(suite, FakeSuite, "Contacts"), (espo, FakeEspo, "Contact")])
async def test_a_caller_nobody_knows_becomes_a_contact_where_the_site_says_so(make: Any, crm: Any, where: str) -> None:
    system = crm()
    known = replace(over(), customer=CustomerShort("k1", 'Ona "O" Onaitė'))
    await enter(system, make, known)
    assert not system.records.get(where)
    for occasion in (known, replace(known, id="another")):
        result, _ = await enter(system, make, occasion, create=True)
        assert isinstance(result, Accepted)
    contacts = system.records[where]
    (contact,) = contacts.values() if isinstance(contacts, dict) else contacts
    assert 'Ona "O" Onaitė' in contact.values() and NUMBER in contact.values()


async def test_a_number_that_several_have_is_nobodys_call() -> None:
    crm = FakeSuite({"Contacts": {"7": ONA, "8": {**ONA, "first_name": "Jonas"}}})
    result, _ = await enter(crm, suite, create=True)
    assert isinstance(result, Accepted)
    (call,) = crm.records["Calls"].values()
    assert "parent_id" not in call and "2 have this number" in call["description"]
    assert len(crm.records["Contacts"]) == 2


async def test_a_withheld_number_is_looked_up_nowhere() -> None:
    crm = FakeSuite()
    result, got = await enter(crm, suite, over(answered_call("c1", ani="anonymous")), create=True)
    assert isinstance(result, Accepted)
    assert [one.method for one in got] == ["POST", "POST"]  # a token, and the call
    (call,) = crm.records["Calls"].values()
    assert call["name"] == "Call from a withheld number" and "Contacts" not in crm.records


async def test_names_and_facts_with_markup_stay_what_they_are() -> None:
    crm = FakeEspo()
    odd = '{{ 7 * 7 }} "<b>\u202e' + "ž" * 10_000
    caller = Caller("c1")
    await enter(crm, espo, replace(over(caller.ends(Outcome.CLOSED)), customer=CustomerShort("k1", odd)))
    assert crm.records["Call"][0]["name"] == f"Call from {odd}"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(says(500), Later, id="away"),
        pytest.param(says(200, "<html>sorry</html>"), Later, id="no JSON"),
        pytest.param(says(200, "[" * 100_000), Later, id="deep"),
        pytest.param(says(200, '{"list": "none"}'), Accepted, id="another form"),
        pytest.param(says(200, '{"list": [null, 7, {"id": null}, {"id": {}}]}'), Later, id="odd ones found"),
        pytest.param(says(401, "no"), Later, id="we are refused"),
        pytest.param(says(404, "no"), Later, id="nothing there"),
        pytest.param(says(410, "no"), Refused, id="nothing there any more"),
        pytest.param(says(302, "", Location="http://elsewhere.example/"), Later, id="moved"),
        pytest.param(says(200, '{"list": [' + '{"id": 1},' * 200_000 + "{}]}"), Later, id="endless"),
    ],
)
async def test_what_a_crm_may_answer(answer: Answer, expected: type[Result]) -> None:
    result, _ = await enter(answer, espo)
    if expected is Later and isinstance(result, Accepted):
        assert result == Accepted("it was there already")  # what is found, however odd, is found
    else:
        assert isinstance(result, expected)


@pytest.mark.parametrize(
    "token",
    [
        says(500),
        says(401, CLIENT_SECRET),
        says(200, "no JSON"),
        says(200, "{}"),
        says(200, '{"access_token": 7}'),
        says(200, json.dumps({"access_token": "a\r\nb: c"})),
        says(200, json.dumps({"access_token": "x" * 100_000})),
        says(200, '{"access_token": "abc", "expires_in": ' + "1" * 400 + "}"),
    ],
)
async def test_a_token_that_is_none_is_tried_later_and_says_no_secret(token: Answer) -> None:
    result, got = await enter(token, suite)
    assert isinstance(result, Later) and CLIENT_SECRET not in result.why
    assert {one.path for one in got} == {"/Api/access_token"}
    async with server(token) as here, sender(suite(here.base)) as ours:
        with pytest.raises(NoAnswer):
            await ours.find(NUMBER)


TOKEN = "acc355/t0k3n+of-oauth=="


@pytest.mark.parametrize(
    ("auth", "secrets"),
    [
        pytest.param({"bearer": "b34r3r-s3cr3t"}, {"b34r3r-s3cr3t"}, id="bearer"),
        pytest.param({"basic": {"user": "us", "password": "pw"}}, {"dXM6cHc="}, id="basic"),
        pytest.param({"header": {"name": "X-Key", "value": "k3y k3y"}}, {"k3y k3y"}, id="header"),
        pytest.param({"oauth2": {"client_id": "id", "client_secret": "cl13nt-s3cr3t"}}, {TOKEN}, id="OAuth"),
    ],
)
@pytest.mark.parametrize("status", [400, 500])
async def test_a_crm_that_repeats_what_it_heard_repeats_no_secret(
    auth: dict[str, Any], secrets: set[str], status: int
) -> None:
    async def repeats(got: Got) -> web.StreamResponse:
        if got.path.endswith("access_token"):
            return web.json_response({"access_token": TOKEN, "expires_in": 3600})
        said = json.dumps(dict(got.headers)).replace("/", "\\/")  # as PHP writes it
        return web.Response(text=said, status=status)

    async with server(repeats) as here:
        described = {"journal_call": {"path": "calls"}}
        settings = Rest.model_validate({"url": here.base, "description": described, "auth": auth})
        async with sender(settings) as ours:
            result = await ours.send(over())
    assert isinstance(result, Refused if status == 400 else Later) and "***" in result.why
    assert [secret for secret in secrets if secret.replace("/", "\\/") in result.why or secret in result.why] == []


async def test_the_site_may_describe_its_own() -> None:
    description = {
        "lookup": [{"method": "POST", "path": "search", "body": {"phone": "{{ national }}"}, "id": "ref", "name": "n"}],
        "journal_call": {"path": "people/{{ contact.id }}/calls", "body": {"seconds": "{{ call.talked|int }}"}},
    }

    async def crm(got: Got) -> web.StreamResponse:
        return web.json_response([{"ref": "a/b?c", "n": "Ona"}] if got.path == "/search" else {})

    async with server(crm) as here:
        auth = {"basic": {"user": "us", "password": "pass word"}}
        settings = Rest.model_validate({"url": here.base, "description": description, "auth": auth})
        async with sender(settings) as ours:
            assert isinstance(await ours.send(over()), Accepted)
    search, entered = here.got
    assert search.json == {"phone": "060000001"}
    assert entered.path == "/people/a/b?c/calls" and entered.query == () and entered.json == {"seconds": 60}
    assert entered.headers["Authorization"] == "Basic dXM6cGFzcyB3b3Jk"


async def test_a_description_that_cannot_be_used_fails_what_it_should_have_entered() -> None:
    broken = {"journal_call": {"path": "calls", "body": {"x": "{{ ''.__class__ }}", "y": "{{ f() }}"}}}
    async with server() as here:
        settings = Rest.model_validate({"url": here.base, "description": broken})
        async with sender(settings) as ours:
            assert ours.wants("call_ended")
            result = await ours.send(over())
    assert isinstance(result, Refused) and result.why.startswith("the template may not do this")
    assert here.got == []


@pytest.mark.parametrize(("make", "crm", "where"), [(suite, FakeSuite, "Contacts"), (espo, FakeEspo, "Contact")])
async def test_two_calls_of_one_stranger_make_one_contact(make: Any, crm: Any, where: str) -> None:
    system = crm()
    one, two = over(), occasions(answered_call("c2"))[-1]
    async with server(system) as here, sender(make(here.base, create=True)) as ours:
        results = await asyncio.gather(ours.send(one), ours.send(replace(two, id="another")))
    assert all(isinstance(result, Accepted) for result in results)
    assert len(system.records[where]) == 1


@pytest.mark.parametrize("make", [suite, espo])
async def test_a_test_asks_and_makes_nothing(make: Any) -> None:
    crm = FakeSuite() if make is suite else FakeEspo()
    async with server(crm) as here, sender(make(here.base)) as ours:
        assert await ours.test() == Accepted("the CRM answered: nobody there has the number of the test")
        assert all(got.method == "GET" or got.path.endswith("access_token") for got in here.got)
    async with server(says(403, "no")) as here, sender(espo(here.base)) as ours:
        assert isinstance(await ours.test(), Later)


async def test_what_is_only_told_cannot_be_tested_without_a_trace() -> None:
    described = {"journal_call": {"path": "calls"}}
    settings = Rest.model_validate({"url": "http://127.0.0.1:9/", "description": described})
    async with sender(settings) as ours:
        result = await ours.test()
    assert isinstance(result, Refused) and "only a call that is entered can show" in result.why


async def test_what_is_shown_of_an_event_is_the_request_without_secrets() -> None:
    described = {"journal_call": {"path": "calls", "body": {"key": "{{ key }}", "token": API_KEY}}}
    auth = {"bearer": API_KEY}
    settings = Rest.model_validate({"url": "http://127.0.0.1:9/", "description": described, "auth": auth})
    async with sender(settings) as ours:
        shown = ours.preview(over())
    assert shown.startswith("POST calls\n") and over().id in shown and API_KEY not in shown and "***" in shown
