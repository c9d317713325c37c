"""What a web-hook is posted, and how it knows that it came from us."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from config.connectors import Webhook
from crm_bridge.connectors.model import CustomerShort, Occasion
from crm_bridge.connectors.webhook import WHO, WebhookSender
from crm_bridge.connectors.wire import Wire
from ledger.clock import ManualClock
from ledger.delivery_model import Accepted, Refused
from tests.crm_bridge.connectors.house import AT, SECRET, server

ONA = CustomerShort("k1", 'Ona "O" <b>\u202e', "Acme", ("+37060000001",))
ENDED = Occasion(
    "e1", 7, "call_ended", AT, "k1", call="c1", agent="alice", department="billing",
    data={"outcome": "answered"}, customer=ONA,
)  # fmt: skip
TOLD = {
    "id": "e1",
    "kind": "call_ended",
    "at": "2026-11-22T09:00:00+00:00",
    "call": "c1",
    "agent": "alice",
    "department": "billing",
    "customer": {"id": "k1", "name": 'Ona "O" <b>\u202e', "company": "Acme", "numbers": ["+37060000001"]},
    "data": {"outcome": "answered"},
}


@asynccontextmanager
async def sender(url: str, **more: Any) -> AsyncIterator[WebhookSender]:
    wire = Wire(WHO, internal=True, seconds=5.0, at_once=2)
    try:
        yield WebhookSender(Webhook(url=url, **more), wire, ManualClock(AT))
    finally:
        await wire.close()


async def test_it_is_told_everything_about_an_event() -> None:
    async with server() as here, sender(here.url) as ours:
        assert await ours.send(ENDED) == Accepted("the web-hook answered 200: thank you")
        bare = Occasion("e2", 8, "server_started", AT, "agent ", data={})
        assert isinstance(await ours.send(bare), Accepted)
    first, second = here.got
    assert (first.method, first.json, first.key) == ("POST", TOLD, "e1")
    assert first.headers["Content-Type"] == "application/json"
    assert "Switchroom-Signature" not in first.headers
    assert [second.json[name] for name in ("call", "agent", "department", "customer")] == [None] * 4


async def test_it_can_be_checked_who_sent_it() -> None:
    async with server() as here, sender(here.url, secret=SECRET) as ours:
        await ours.send(ENDED)
    (got,) = here.got
    stamp, _, signed = got.headers["Switchroom-Signature"].partition(",")
    assert stamp == f"t={int(AT.timestamp())}"
    expected = hmac.new(SECRET.encode(), stamp[2:].encode() + b"." + got.body, hashlib.sha256).hexdigest()
    assert signed == f"sha256={expected}"


async def test_every_try_is_the_same_to_the_byte() -> None:
    async with server() as here, sender(here.url, secret=SECRET) as ours:
        for _ in range(2):
            await ours.send(ENDED)
    assert here.got[0] == here.got[1]


@pytest.mark.parametrize(
    ("template", "body"),
    [
        pytest.param('{"who": "{{ customer.name }}", "{{ kind }}": {{ data|tojson }}}', None, id="text"),
        pytest.param({"who": "{{ customer.name }}", "call_ended": "{{ data }}"}, None, id="values"),
    ],
)
async def test_the_site_may_write_its_own_body(template: Any, body: None) -> None:
    async with server() as here, sender(here.url, template=template) as ours:
        assert isinstance(await ours.send(ENDED), Accepted)
    assert here.got[0].json == {"who": ONA.name, "call_ended": {"outcome": "answered"}}


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{{ customer.__class__.__mro__ }} {{ ''.__class__ }}", "the template may not do this: '__class__'"),
        ("{% for a in 'x' * 3 %}{% endfor %}", "the template may not do this: '*'"),
        ('{"who": {{ customer.name }}}', "what the template makes is no JSON"),
        ("{% if %}", "the template cannot be read"),
        ({"x": "{{ range(9) }}"}, "the template may not do this: it calls something"),
    ],
)
async def test_a_template_that_cannot_be_used_fails_what_it_should_have_written(template: Any, why: str) -> None:
    async with server() as here, sender(here.url, template=template) as ours:
        result = await ours.send(ENDED)
    assert isinstance(result, Refused) and result.why.startswith(why)
    assert here.got == []


async def test_half_letters_and_large_texts_break_nothing() -> None:
    odd = Occasion("e3", 9, "fact_named", AT, "c1", call="c1", data={"value": "\ud800" + "ž" * 10_000})
    async with server() as here, sender(here.url) as ours:
        assert isinstance(await ours.send(odd), Accepted)
    assert json.loads(here.got[0].body)["data"]["value"] == "?" + "ž" * 10_000
