"""The API of messages: described as it is, every described answer comes, in its shape, and only to who may have it."""

from __future__ import annotations

import io
import re
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from server.web.app import make_app
from tests.server.web.conftest import Browser
from tests.server.web.office import Office
from tests.server.web.schema import complaints
from tests.server.web.test_api import by_operation, told_to_tokens
from tests.voicemail.web.inbox_house import InboxHouse

Json = Any  # whatever JSON can say
AT = "/api/v1/voicemail"


async def description(session: aiohttp.ClientSession) -> Json:
    return await (await session.get("/api/v1/openapi.json")).json()


def operations(whole: Json) -> dict[str, Json]:
    return {
        operation["operationId"]: operation
        for path, methods in whole["paths"].items()
        if path.startswith(AT)
        for operation in methods.values()
    }


async def test_every_route_is_described_with_examples_that_fit(api: aiohttp.ClientSession, office: Office) -> None:
    app = await make_app(office.parts, office.accounts, "token")
    served = {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD" and route.resource.canonical.startswith(AT)
    }
    whole = await description(api)
    paths = {path: methods for path, methods in whole["paths"].items() if path.startswith(AT)}
    assert {(method.upper(), path) for path, methods in paths.items() for method in methods} == served
    for path, methods in paths.items():
        for operation in methods.values():
            parameters = operation["parameters"]
            assert {p["name"] for p in parameters if p["in"] == "path"} == set(re.findall(r"{(\w+)}", path))
            for parameter in parameters:
                assert complaints(parameter["example"], parameter["schema"], whole) == []
            contents = [answer["content"] for answer in operation["responses"].values()]
            contents += [operation["requestBody"]["content"]] if "requestBody" in operation else []
            for content in contents:
                for media in content.values():
                    assert complaints(media["example"], media["schema"], whole) == []


async def _no_database(inbox: InboxHouse) -> None:
    await inbox.office.parts.database.close()


async def _no_file(inbox: InboxHouse) -> None:
    for file in (inbox.home.folder / "spool").glob("*/*.wav"):
        file.unlink()


#: Operation, status, path (ID stands for a message of billing), who asks ("" nobody), body, what is done first.
Before = Callable[[InboxHouse], Awaitable[None]]
Probe = tuple[str, int, str, str, bytes | None, Before | None]
PROBES: list[Probe] = [
    ("listVoicemail", 200, "?show=all&mailbox=billing&words=invoice&unread=1&limit=1", "alice", None, None),
    ("listVoicemail", 400, "?show=new", "alice", None, None),
    ("listVoicemail", 400, "?limit=0", "alice", None, None),
    ("listVoicemail", 400, "?limit=٣", "alice", None, None),
    ("listVoicemail", 400, "?since=yesterday", "alice", None, None),
    ("listVoicemail", 400, "?before=nothing", "alice", None, None),
    ("listVoicemail", 400, "?box=billing", "alice", None, None),
    ("listVoicemail", 401, "", "", None, None),
    ("listVoicemail", 503, "", "sue", None, _no_database),
    ("tellVoicemail", 200, "/ID", "alice", None, None),
    ("tellVoicemail", 400, "/ID?words=1", "alice", None, None),
    ("tellVoicemail", 401, "/ID", "", None, None),
    ("tellVoicemail", 404, "/ID", "bob", None, None),
    ("tellVoicemail", 404, "/%00", "sue", None, None),
    ("tellVoicemail", 503, "/ID", "sue", None, _no_database),
    ("hearVoicemail", 200, "/ID/sound", "alice", None, None),
    ("hearVoicemail", 400, "/ID/sound?x=1", "alice", None, None),
    ("hearVoicemail", 401, "/ID/sound", "", None, None),
    ("hearVoicemail", 404, "/ID/sound", "bob", None, None),
    ("hearVoicemail", 404, "/ID/sound", "alice", None, _no_file),
    ("hearVoicemail", 503, "/ID/sound", "sue", None, _no_database),
    ("changeVoicemail", 200, "/ID/handled", "alice", b"{}", None),
    ("changeVoicemail", 200, "/ID/assigned", "sue", b'{"to": "alice"}', None),
    ("changeVoicemail", 400, "/ID/assigned", "sue", b"", None),
    ("changeVoicemail", 400, "/ID/note", "sue", b'{"text": 1}', None),
    ("changeVoicemail", 400, "/ID/note", "sue", b'{"note": "x"}', None),
    ("changeVoicemail", 400, "/ID/note", "sue", b"\xff[", None),
    ("changeVoicemail", 401, "/ID/handled", "", b"", None),
    ("changeVoicemail", 404, "/ID/handled", "bob", b"", None),
    ("changeVoicemail", 404, "/ID/promoted", "sue", b"", None),
    ("changeVoicemail", 409, "/ID/forwarded", "sue", b'{"mailbox": "nowhere"}', None),
    ("changeVoicemail", 413, "/ID/handled", "sue", b" " * 1_048_577, None),
    ("changeVoicemail", 503, "/ID/handled", "sue", b"", _no_database),
]


async def test_each_described_answer_has_a_probe(api: aiohttp.ClientSession) -> None:
    described = {
        (name, int(status))
        for name, operation in operations(await description(api)).items()
        for status in operation["responses"]
    }
    assert described == {(name, status) for name, status, *_ in PROBES} | told_to_tokens(PROBES)


@pytest.mark.parametrize("probes", by_operation(PROBES))
async def test_answers_are_as_described(browser: Browser, inbox: InboxHouse, probes: list[Probe]) -> None:
    askers = {who: await browser(who or None, Accept="application/json") for *_, who, _, _ in probes}
    whole = await description(await browser("sue", Accept="application/json"))
    for name, status, path, who, body, before in probes:
        # Without a database nobody can be asked whether there is such a message, and no work may be left.
        id_ = "0b9f6d1c" if before is _no_database else await inbox.leave()
        if before is not None:
            await before(inbox)
        given = None if body is None else io.BytesIO(body)
        method, address = "GET" if body is None else "POST", AT + path.replace("ID", id_)
        async with askers[who].request(method, address, data=given) as answer:
            assert answer.status == status, (path, who, await answer.text())
            content = operations(whole)[name]["responses"][str(status)]["content"]
            assert answer.content_type in content
            if answer.content_type == "application/json":
                assert complaints(await answer.json(), content["application/json"]["schema"], whole) == []


async def test_the_list_goes_on_and_holds_only_what_one_may_see(browser: Browser, inbox: InboxHouse) -> None:
    made = []
    for n in range(5):
        inbox.home.clock.advance(1)
        made.append(await inbox.leave("support" if n == 2 else "billing", wait=False))
    alice = await browser("alice")
    found, query = [], {"limit": "3", "mailbox": ""}
    while True:
        answer = await (await alice.get(AT, params=query)).json()
        found += [message["id"] for message in answer["messages"]]
        if answer["next"] is None:
            break
        query["before"] = answer["next"]
    assert found == [id_ for n, id_ in reversed(list(enumerate(made))) if n != 2]
    assert (await (await alice.get(f"{AT}?mailbox=support")).json())["messages"] == []


async def test_a_message_with_its_ledger_by_the_beginning_of_its_id(
    api: aiohttp.ClientSession, inbox: InboxHouse
) -> None:
    await inbox.customer("Ona Petraitienė", "+37060000001")
    id_ = await inbox.leave()
    told = await (await api.get(f"{AT}/{id_[:12]}")).json()
    assert (told["message"]["id"], told["message"]["name"]) == (id_, "Ona Petraitienė")
    assert told["words"][5] == {"text": "Petraitis", "start": 4.2, "end": 4.9, "confidence": 0.41}
    assert [step["what"] for step in told["ledger"]][:4] == ["recorded", "stored", "examined", "transcribed"]
    assert {mail["to"] for mail in told["mails"]} == {"billing@acme.example", "boss@acme.example"}


async def test_a_beginning_that_several_have_is_nobodys(browser: Browser, inbox: InboxHouse) -> None:
    beginnings: dict[str, str] = {}
    while True:
        id_ = await inbox.leave("billing", wait=False)
        if (other := beginnings.get(id_[0])) is not None:
            break
        beginnings[id_[0]] = id_
    alice = await browser("alice")
    assert (await alice.get(f"{AT}/{id_[0]}")).status == 404
    for whole in (id_, other):
        assert (await alice.get(f"{AT}/{whole}")).status == 200


@pytest.mark.parametrize(
    ("deed", "step"),
    [
        ("heard", "heard"), ("handled", "handled"), ("deleted", "deleted"), ("transcribe", "transcription asked for"),
        ("resend", "mail asked for again"),
    ],
)  # fmt: skip
async def test_a_deed_of_the_command_line_is_noted_under_its_name(
    api: aiohttp.ClientSession, inbox: InboxHouse, deed: str, step: str
) -> None:
    id_ = await inbox.leave()
    async with api.post(f"{AT}/{id_}/{deed}", json={}) as answer:
        assert answer.status == 200
    steps = await inbox.home.voicemail.ledger(id_)
    assert [s.by for s in steps if s.what == step] == ["command line"]
