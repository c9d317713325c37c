"""The API of faxes: described as it is, every described answer comes, in its shape, and only to who may have it."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from fax.model import State
from fax.orders import LARGEST
from server.web import upload
from server.web.app import make_app
from tests.fax.house import BUSY
from tests.fax.web.fax_house import FaxHouse
from tests.server.web.conftest import Browser
from tests.server.web.office import Office
from tests.server.web.schema import complaints
from tests.server.web.test_api import by_operation, told_to_tokens

Json = Any  # whatever JSON can say
AT = "/api/v1/faxes"
FORM = "multipart/form-data; boundary=x"
FIELD = '--x\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'


def form(document: str = "Dear Sir,\nplease pay.\n", **fields: str) -> bytes:
    """Write a form as a program would."""
    parts = [FIELD.format(name, "", value) for name, value in fields.items()]
    parts.append(FIELD.format("document", '; filename="letter.txt"', document))
    return ("".join(parts) + "--x--\r\n").encode()


RIGHT = {"box": "billing", "number": "+370 600 00007"}


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
            parameters = operation.get("parameters", [])
            assert {p["name"] for p in parameters if p["in"] == "path"} == set(re.findall(r"{(\w+)}", path))
            for parameter in parameters:
                assert complaints(parameter["example"], parameter["schema"], whole) == []
            contents = [answer["content"] for answer in operation["responses"].values()]
            contents += [operation["requestBody"]["content"]] if "requestBody" in operation else []
            for content in contents:
                for media in content.values():
                    assert complaints(media["example"], media["schema"], whole) == []


async def _no_database(faxes: FaxHouse) -> None:
    await faxes.office.parts.database.close()


async def _no_file(faxes: FaxHouse) -> None:
    for file in (faxes.home.folder / "spool").glob("*/*.*"):
        file.unlink()


#: Operation, status, path (ID stands for a fax to billing, SENT for one from there), who asks ("" nobody), body, what
#: is done first.
Before = Callable[[FaxHouse], Awaitable[None]]
Probe = tuple[str, int, str, str, bytes | None, Before | None]
PROBES: list[Probe] = [
    ("listFaxes", 200, "?show=all&direction=in&box=billing&words=SENDER&unread=1&limit=1", "alice", None, None),
    ("listFaxes", 400, "?show=new", "alice", None, None),
    ("listFaxes", 400, "?direction=up", "alice", None, None),
    ("listFaxes", 400, "?limit=٣", "alice", None, None),
    ("listFaxes", 400, "?since=yesterday", "alice", None, None),
    ("listFaxes", 400, "?before=nothing", "alice", None, None),
    ("listFaxes", 400, "?mailbox=billing", "alice", None, None),
    ("listFaxes", 401, "", "", None, None),
    ("listFaxes", 503, "", "sue", None, _no_database),
    ("tellFax", 200, "/ID", "alice", None, None),
    ("tellFax", 200, "/SENT", "alice", None, None),
    ("tellFax", 400, "/ID?words=1", "alice", None, None),
    ("tellFax", 401, "/ID", "", None, None),
    ("tellFax", 404, "/ID", "bob", None, None),
    ("tellFax", 404, "/%00", "sue", None, None),
    ("tellFax", 503, "/ID", "sue", None, _no_database),
    ("seeFaxPage", 200, "/ID/page/1?width=240", "alice", None, None),
    ("seeFaxPage", 400, "/ID/page/1?width=241", "alice", None, None),
    ("seeFaxPage", 401, "/ID/page/1", "", None, None),
    ("seeFaxPage", 404, "/ID/page/1", "bob", None, None),
    ("seeFaxPage", 404, "/ID/page/9", "alice", None, None),
    ("seeFaxPage", 404, "/ID/page/1", "alice", None, _no_file),
    ("seeFaxPage", 503, "/ID/page/1", "sue", None, _no_database),
    ("readFax", 200, "/ID/pdf?download=1", "alice", None, None),
    ("readFax", 400, "/ID/pdf?x=1", "alice", None, None),
    ("readFax", 401, "/ID/pdf", "", None, None),
    ("readFax", 404, "/ID/pdf", "bob", None, None),
    ("readFax", 404, "/ID/pdf", "alice", None, _no_file),
    ("readFax", 503, "/ID/pdf", "sue", None, _no_database),
    ("takeFax", 200, "/ID/tiff", "alice", None, None),
    ("takeFax", 400, "/ID/tiff?download=1", "alice", None, None),
    ("takeFax", 401, "/ID/tiff", "", None, None),
    ("takeFax", 404, "/ID/tiff", "bob", None, None),
    ("takeFax", 503, "/ID/tiff", "sue", None, _no_database),
    ("reportFax", 200, "/SENT/report", "alice", None, None),
    ("reportFax", 400, "/SENT/report?x=1", "alice", None, None),
    ("reportFax", 401, "/SENT/report", "", None, None),
    ("reportFax", 404, "/ID/report", "alice", None, None),
    ("reportFax", 503, "/SENT/report", "sue", None, _no_database),
    ("changeFax", 200, "/ID/handled", "alice", b"{}", None),
    ("changeFax", 200, "/ID/assigned", "sue", b'{"to": "alice"}', None),
    ("changeFax", 400, "/ID/assigned", "sue", b"", None),
    ("changeFax", 400, "/ID/note", "sue", b'{"text": 1}', None),
    ("changeFax", 400, "/ID/note", "sue", b'{"note": "x"}', None),
    ("changeFax", 400, "/ID/note", "sue", b"\xff[", None),
    ("changeFax", 401, "/ID/handled", "", b"", None),
    ("changeFax", 404, "/ID/handled", "bob", b"", None),
    ("changeFax", 404, "/ID/promoted", "sue", b"", None),
    ("changeFax", 409, "/SENT/cancelled", "sue", b"", None),
    ("changeFax", 413, "/ID/handled", "sue", b" " * 1_048_577, None),
    ("changeFax", 503, "/ID/handled", "sue", b"", _no_database),
    ("sendFax", 202, "", "alice", form(**RIGHT), None),
    ("sendFax", 202, "", "sue", form(**RIGHT, key="order-12", send_at="2026-01-06T10:00", cover="1"), None),
    ("sendFax", 400, "", "alice", form(**RIGHT, document=""), None),
    ("sendFax", 400, "", "alice", form(box="billing", number="1"), None),
    ("sendFax", 400, "", "alice", form(**RIGHT, recipient="Ona"), None),
    ("sendFax", 400, "", "alice", form(**RIGHT, cover_to="Ona"), None),
    ("sendFax", 400, "", "alice", form(box="support", number="+370 600 00007"), None),
    ("sendFax", 400, "", "nemo", form(**RIGHT), None),
    ("sendFax", 401, "", "", form(**RIGHT), None),
    ("sendFax", 413, "", "alice", form(**RIGHT, document="x" * (LARGEST + 1)), None),
    ("sendFax", 503, "", "sue", form(**RIGHT), _no_database),
]


async def test_each_described_answer_has_a_probe(api: aiohttp.ClientSession) -> None:
    described = {
        (name, int(status))
        for name, operation in operations(await description(api)).items()
        for status in operation["responses"]
    }
    #: What comes too slowly and what is no form are below.
    probed = {(name, status) for name, status, *_ in PROBES} | {("sendFax", 408), ("sendFax", 415)}
    assert described == probed | told_to_tokens(PROBES)


@pytest.mark.parametrize("probes", by_operation(PROBES))
async def test_answers_are_as_described(browser: Browser, faxes: FaxHouse, probes: list[Probe]) -> None:
    askers = {who: await browser(who or None, Accept="application/json") for *_, who, _, _ in probes}
    whole = await description(await browser("sue", Accept="application/json"))
    for name, status, path, who, body, before in probes:
        if before is _no_database:
            id_ = "0b9f6d1c"  # nobody can be asked whether there is such a fax
        elif "SENT" in path:
            id_ = await faxes.order()
            await faxes.home.until(id_, lambda fax: bool(fax.report))
        else:
            id_ = await faxes.receive(wait="/pdf" in path)
        if before is not None:
            await before(faxes)
        given = None if body is None else io.BytesIO(body)
        headers = {"Content-Type": FORM} if name == "sendFax" else {}
        method, address = "GET" if body is None else "POST", AT + path.replace("ID", id_).replace("SENT", id_)
        async with askers[who].request(method, address, data=given, headers=headers) as answer:
            assert answer.status == status, (path, who, await answer.text())
            content = operations(whole)[name]["responses"][str(status)]["content"]
            assert answer.content_type in content
            if answer.content_type == "application/json":
                assert complaints(await answer.json(), content["application/json"]["schema"], whole) == []


async def test_a_document_that_does_not_come_is_not_waited_for(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "PIECE_SECONDS", 0.2)
    alice = await browser("alice", Accept="application/json")

    async def nothing() -> object:
        yield b"--x\r\n"
        await asyncio.Event().wait()

    async with alice.post(AT, data=nothing(), headers={"Content-Type": FORM}) as answer:
        assert (answer.status, (await answer.json())["error"]) == (408, "the document did not come in time")


async def test_a_body_that_is_no_form_is_refused(browser: Browser) -> None:
    alice = await browser("alice", Accept="application/json")
    async with alice.post(AT, json={"number": "1"}) as answer:
        assert (answer.status, (await answer.json())["hint"]) == (415, "send multipart/form-data")


async def test_the_list_goes_on_and_holds_only_what_one_may_see(browser: Browser, faxes: FaxHouse) -> None:
    made = []
    for n in range(5):
        faxes.home.clock.advance(1)
        made.append(await faxes.receive("support" if n == 2 else "billing", wait=False))
    alice = await browser("alice")
    found, query = [], {"limit": "3", "box": ""}
    while True:
        answer = await (await alice.get(AT, params=query)).json()
        found += [fax["id"] for fax in answer["faxes"]]
        if answer["next"] is None:
            break
        query["before"] = answer["next"]
    assert found == [id_ for n, id_ in reversed(list(enumerate(made))) if n != 2]
    assert (await (await alice.get(f"{AT}?box=support")).json())["faxes"] == []


async def test_a_received_fax_with_its_ledger_by_the_beginning_of_its_id(
    api: aiohttp.ClientSession, faxes: FaxHouse
) -> None:
    await faxes.customer("Ona Petraitienė", "+37060000001")
    id_ = await faxes.receive()
    await faxes.home.steps(id_, "delivered", 2)
    told = await (await api.get(f"{AT}/{id_[:12]}")).json()
    assert (told["fax"]["id"], told["fax"]["name"], told["fax"]["quality"]) == (id_, "Ona Petraitienė", "fine")
    assert [step["what"] for step in told["ledger"]][:3] == ["received", "stored", "pages made"]
    assert {(d["channel"], d["to"]) for d in told["deliveries"]} == {
        ("mail", "billing@acme.example"),
        ("folder", "/srv/faxes"),
    }
    assert (await faxes.home.service.get(id_)).is_unread  # a program that fetches it has not seen it


async def test_a_sent_fax_tells_its_attempts_and_when_it_is_tried_again(
    api: aiohttp.ClientSession, faxes: FaxHouse
) -> None:
    faxes.home.line.overs += [BUSY]
    async with api.post(AT, data=io.BytesIO(form(**RIGHT)), headers={"Content-Type": FORM}) as answer:
        queued = await answer.json()
        assert answer.headers["Location"] == f"{AT}/{queued['id']}"
    assert (queued["state"], queued["sent_by"]) == ("preparing", "command line")
    await faxes.home.until(queued["id"], lambda fax: fax.state is State.WAITING and fax.tries == 1)
    await faxes.home.put_back(queued["id"])
    told = await (await api.get(f"{AT}/{queued['id']}")).json()
    assert told["next_try"] == "2026-01-05T09:01:00Z"
    assert [(a["result"], a["said"]) for a in told["attempts"]] == [("busy", "the number is busy")]


async def test_the_same_key_is_the_same_fax(api: aiohttp.ClientSession, faxes: FaxHouse) -> None:
    ids = set()
    for _ in range(3):
        body = io.BytesIO(form(**RIGHT, key="order 12"))
        async with api.post(AT, data=body, headers={"Content-Type": FORM}) as answer:
            assert answer.status == 202
            ids.add((await answer.json())["id"])
    assert len(ids) == 1


@pytest.mark.parametrize(
    ("deed", "step"),
    [("seen", "seen"), ("handled", "handled"), ("deleted", "deleted"), ("resend", "delivery asked for again")],
)
async def test_a_deed_of_the_command_line_is_noted_under_its_name(
    api: aiohttp.ClientSession, faxes: FaxHouse, deed: str, step: str
) -> None:
    id_ = await faxes.receive()
    async with api.post(f"{AT}/{id_}/{deed}", json={}) as answer:
        assert answer.status == 200, await answer.text()
    steps = await faxes.home.service.ledger(id_)
    assert ("command line", step) in [(one.by, one.what) for one in steps]


async def test_sending_again_answers_with_the_new_one(api: aiohttp.ClientSession, faxes: FaxHouse) -> None:
    id_ = await faxes.order(State.SENT)
    async with api.post(f"{AT}/{id_}/resend") as answer:
        again = await answer.json()
    assert again["id"] != id_ and again["state"] == "preparing"
