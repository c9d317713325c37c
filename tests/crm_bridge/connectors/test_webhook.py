"""What a web-hook is posted, and how it knows that it came from us."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config.connectors import Webhook
from crm_bridge.connectors.model import CustomerShort, Occasion
from crm_bridge.connectors.webhook import WHO, WebhookSender
from crm_bridge.connectors.wire import Wire
from ledger.clock import ManualClock
from ledger.delivery_model import Accepted, Refused
from ledger.signature import signature
from tests.crm_bridge.connectors.house import AT, SECRET, server

ONA = CustomerShort("k1", 'Ona "O" <b>\u202e', "Acme", ("+37060000001",), ("k0",))
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
        ("{{ customer.__class__.__mro__ }} {{ ''.__class__ }}", "the template may not do this: it reaches for"),
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


def test_the_readme_tells_a_receiver_how_to_know_us() -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    made: dict[str, Any] = {}
    exec(code, made)
    is_ours, now, body = made["is_from_switchroom"], int(datetime.now(UTC).timestamp()), '{"a": "č"}'.encode()
    assert is_ours(signature(SECRET, now, [body]), body, SECRET)
    for header, sent, secret in (
        (signature(SECRET, now - 3600, [body]), body, SECRET),
        (signature(SECRET, now, [body]), body + b" ", SECRET),
        (signature(SECRET, now, [body]), body, "another"),
        ("", body, SECRET),
        ("t=x,sha256=y", body, SECRET),
    ):
        assert not is_ours(header, sent, secret)


async def test_a_test_is_an_event_of_its_own_kind_whatever_the_site_asks_for() -> None:
    async with server() as here, sender(here.url, secret=SECRET, events=["fax_*"]) as ours:
        assert isinstance(await ours.test(), Accepted) and isinstance(await ours.test(), Accepted)
        one, two = here.got
        assert one.json["kind"] == "test" and one.json["id"] == one.key != two.key
        assert not ours.wants("test")


async def test_what_of_the_journal_is_only_for_us_never_leaves() -> None:
    async with server() as here, sender(here.url, secret=SECRET, events=["*"]) as ours:
        assert ours.wants("call_ended") and not ours.wants("admin_acted") and not ours.wants("token_made")


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        (None, '"name": "Ona \\"O\\" <b>\u202e"'),
        ({"who": "{{ customer.name }}", "token": SECRET}, '"token": "***"'),
        ("{{ kind }}", "what the template makes is no JSON"),
    ],
)
async def test_what_is_shown_of_an_event_is_what_is_sent_without_secrets(template: Any, shown: str) -> None:
    async with sender("http://127.0.0.1:9/T0K3N-of-the-hook", secret=SECRET, template=template) as ours:
        assert shown in ours.preview(ENDED) and SECRET not in ours.preview(ENDED)
