"""What Zammad is told of calls, in the form its documentation of the generic CTI interface gives.

The server here follows that documentation; it is no Zammad.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from callrouter import events as ev
from callrouter.chronicle import entry
from callrouter.events import Event, Outcome
from config.connectors import Zammad
from crm_bridge.connectors.calls import call_at
from crm_bridge.connectors.model import Occasion
from crm_bridge.connectors.wire import Wire
from crm_bridge.connectors.zammad import WHO, ZammadSender
from ledger.clock import SystemClock
from ledger.delivery_model import Accepted, Later, Refused
from ledger.entry import StoredEntry
from tests.crm_bridge.connectors.house import AT, PEOPLE, says, server
from tests.fixtures.journal_of_calls import Caller, abandoned_call, answered_call

COMMON = {"from": "37060000001", "to": "37052000000", "direction": "in", "callId": "c1"}
ALICE = {"user[]": "Alice Doe", "answeringNumber": "alice@acme.example"}
BOB = {"user[]": "Bob Roe", "answeringNumber": "bob"}


def stored(events: list[Event]) -> list[StoredEntry]:
    made = [entry(event) for event in events]
    return [
        StoredEntry(
            seq=seq, id=f"e{seq}", at=one.at, kind=one.kind, call=one.call, agent=one.agent,
            department=one.department, data=one.data,
        )
        for seq, one in enumerate(made, 1)
    ]  # fmt: skip


def occasions(events: list[Event]) -> list[Occasion]:
    entries = stored(events)
    return [
        Occasion(
            one.id, one.seq, one.kind, one.at, "c1", call=one.call or "", agent=one.agent or "",
            department=one.department or "", data=one.data, now=call_at(entries, one, "LT"),
        )
        for one in entries
    ]  # fmt: skip


def settings(url: str) -> Zammad:
    return Zammad(url=url, users={"alice": "alice@acme.example"})


@asynccontextmanager
async def sender(url: str) -> AsyncIterator[ZammadSender]:
    wire = Wire(WHO, internal=True, seconds=5.0, at_once=2)
    try:
        yield ZammadSender(settings(url), wire, PEOPLE, SystemClock())
    finally:
        await wire.close()


async def told(events: list[Event]) -> list[dict[str, str]]:
    """Return what Zammad is posted of these events, one form after the other."""
    async with server(says(200, "{}")) as here, sender(here.url) as ours:
        for occasion in occasions(events):
            if ours.wants(occasion.kind):
                assert isinstance(await ours.send(occasion), Accepted)
    assert all(got.headers["Content-Type"] == "application/x-www-form-urlencoded" for got in here.got)
    return [dict(parse_qsl(got.body.decode())) for got in here.got]


async def test_a_call_that_somebody_took() -> None:
    announced, answered, over = await told(answered_call("c1"))
    assert announced == {"event": "newCall", **COMMON, "queue": "billing"}
    assert answered == {"event": "answer", **COMMON, **ALICE}
    assert over == {"event": "hangup", **COMMON, **ALICE, "cause": "normalClearing"}


async def test_a_call_that_nobody_took() -> None:
    announced, over = await told(abandoned_call("c1", ani="anonymous"))
    nobody = {**COMMON, "from": "anonymous"}
    assert announced == {"event": "newCall", **nobody, "queue": "billing"}
    assert over == {"event": "hangup", **nobody, "cause": "cancel"}


async def test_a_call_that_was_passed_on() -> None:
    caller = Caller("c1").joins().rings("alice").answered("alice")
    caller.tell(ev.CallTransferred, agent="alice", to="bob", how="attended")
    events = caller.answered("bob", waited=0.0).released("bob").ends(Outcome.ANSWERED)
    forms = await told(events)
    assert [(form["event"], form.get("answeringNumber")) for form in forms] == [
        ("newCall", None), ("answer", "alice@acme.example"), ("answer", "bob"), ("hangup", "bob"),
    ]  # fmt: skip
    assert forms[-1] == {"event": "hangup", **COMMON, **BOB, "cause": "normalClearing"}


async def test_whose_phones_ring_is_said_when_no_line_had_the_call_before() -> None:
    forms = await told(Caller("c1").rings("alice", "bob").events)
    async with server(says(200, "{}")) as here, sender(here.url) as ours:
        await ours.send(occasions(Caller("c1").rings("alice", "bob").events)[-1])
    assert [form["event"] for form in forms] == ["newCall"]
    assert [value for name, value in parse_qsl(here.got[0].body.decode()) if name == "user[]"] == [
        "Alice Doe",
        "Bob Roe",
    ]


@pytest.mark.parametrize(
    ("outcome", "cause"),
    [
        (Outcome.ANSWERED, "normalClearing"),
        (Outcome.ABANDONED, "cancel"),
        (Outcome.VOICEMAIL, "forwarded"),
        (Outcome.FAX, "forwarded"),
        (Outcome.CLOSED, "noAnswer"),
        (Outcome.UNSERVED, "noAnswer"),
        (Outcome.UNKNOWN_NUMBER, "notFound"),
        (Outcome.FAILED, "congestion"),
        ("of another version", "congestion"),
    ],
)
async def test_a_call_that_got_to_nobody_is_in_the_log_with_its_cause(outcome: str, cause: str) -> None:
    announced, over = await told(Caller("c1").menu().ends(outcome))
    assert announced == {"event": "newCall", **COMMON}
    assert over == {"event": "hangup", **COMMON, "cause": cause}


def outbound(reply: str, talked: float) -> list[Event]:
    later = AT + timedelta(seconds=60)
    return [
        ev.OutboundBegun(at=AT, call="out-1", agent="alice", number="+370 600 00001"),
        ev.OutboundEnded(at=later, call="out-1", agent="alice", reply=reply, talked=talked),
    ]


@pytest.mark.parametrize(
    ("reply", "talked", "cause"),
    [
        ("answered", 30.0, "normalClearing"),
        ("cancelled", 30.0, "normalClearing"),
        ("busy", 0.0, "busy"),
        ("no answer", 0.0, "noAnswer"),
        ("cancelled", 0.0, "cancel"),
        ("unreachable", 0.0, "congestion"),
        ("own phone not answered", 0.0, "congestion"),
    ],
)
async def test_a_call_of_ours(reply: str, talked: float, cause: str) -> None:
    announced, over = await told(outbound(reply, talked))
    common = {"from": "anonymous", "to": "37060000001", "direction": "out", "callId": "out-1", "user[]": "Alice Doe"}
    assert announced == {"event": "newCall", **common}
    assert over == {"event": "hangup", **common, "cause": cause}


async def test_prompts_and_keys_are_nothing_for_zammad() -> None:
    async with sender("http://unused.example/") as ours:
        assert not any(ours.wants(kind) for kind in ("prompt_heard", "keys_pressed", "call_offered", "agent_changed"))


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [(401, '{"error":"Invalid token"}', Later), (422, '{"error":"Feature is disabled"}', Refused), (500, "", Later)],
)
async def test_what_zammad_refuses(status: int, text: str, kind: type[Any]) -> None:
    async with server(says(status, text)) as here, sender(here.url) as ours:
        result = await ours.send(occasions(Caller("c1").menu().ends(Outcome.CLOSED))[-1])
    assert isinstance(result, kind)
    assert len(here.got) == 1  # what was announced in vain is not hung up


async def test_a_test_is_a_call_of_nobodys_that_was_missed() -> None:
    async with server() as here, sender(here.url) as ours:
        assert isinstance(await ours.test(), Accepted)
    announced, over = (dict(parse_qsl(got.body.decode())) for got in here.got)
    assert (announced["event"], announced["from"], over["event"], over["cause"]) == (
        "newCall", "anonymous", "hangup", "cancel",
    )  # fmt: skip
    assert announced["callId"] == over["callId"] and announced["callId"].startswith("test-")


async def test_what_is_shown_of_an_event_are_its_forms() -> None:
    async with sender("http://unused.example/") as ours:
        shown = ours.preview(occasions(answered_call("c1"))[-1])
        assert "event: hangup\nfrom: 37060000001" in shown and "answeringNumber: alice@acme.example" in shown


async def test_the_customer_answers_a_call_of_ours() -> None:
    begun, over = outbound("answered", 30.0)
    answered = ev.OutboundAnswered(at=AT, call="out-1", agent="alice", number="+37060000001")
    _, answer, _ = await told([begun, answered, over])
    assert (answer["event"], answer["answeringNumber"], answer["direction"]) == ("answer", "alice@acme.example", "out")
