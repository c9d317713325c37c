"""All receivers of a site together: who calls is asked of all that can say it, and people see how each is doing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import structlog
from aiohttp import web

from config.connectors import Connector
from crm_bridge.connectors import deeds_store
from crm_bridge.connectors.model import BreakerState, Found, WaitingState
from ledger.database import Database
from tests.crm_bridge.connectors.crm_house import API_KEY, FakeEspo
from tests.crm_bridge.connectors.house import (
    TOKEN,
    FakeSite,
    Got,
    happened,
    hook,
    put,
    says,
    server,
    settled,
    tell,
    working,
)
from tests.fixtures.journal_of_calls import answered_call

pytestmark = pytest.mark.usefixtures("quick")
ONA = {"id": "7", "name": "Ona", "accountName": "Acme", "phoneNumber": "+37060000001"}


def crm(base: str, **more: Any) -> Connector:
    header = {"name": "X-Api-Key", "value": API_KEY}
    rest = {"url": f"{base}/api/v1/", "system": "espocrm", "auth": {"header": header}}
    return Connector.model_validate({"rest": rest, "internal": True, **more})


async def test_who_calls_is_asked_however_the_number_is_written(db: Database) -> None:
    espo = FakeEspo({"Contact": [ONA]})
    async with server(espo) as here, working(FakeSite({"crm": crm(here.base)}), db) as connectors:
        for written in ("+37060000001", "8 600 00001", "00370 600 00001"):
            assert await connectors.look_up(written) == [Found("crm", "7", "Ona", "Acme", "Contact")]
        for written in ("", "anonymous", "101"):
            assert await connectors.look_up(written) == []
        assert len(here.got) == 3  # of contacts, leads and accounts, once


async def test_a_crm_that_says_nothing_keeps_nobody_waiting(db: Database) -> None:
    release = asyncio.Event()

    async def silent(_got: Got) -> web.StreamResponse:
        await release.wait()
        return web.Response()

    async with server(silent) as here, working(FakeSite({"crm": crm(here.base)}), db) as connectors:
        loop = asyncio.get_running_loop()
        began = loop.time()
        assert await connectors.look_up("+37060000001", deadline=0.1) == []
        assert loop.time() - began < 1.0
        release.set()


async def test_nobody_is_asked_before_the_work_begins_or_after_its_end(db: Database) -> None:
    espo = FakeEspo({"Contact": [ONA]})
    async with server(espo) as here:
        async with working(FakeSite({"crm": crm(here.base)}), db) as connectors:
            pass
        assert await connectors.look_up("+37060000001") == []
        assert here.got == []


async def test_a_whole_call_reaches_every_kind_of_receiver(db: Database) -> None:
    espo = FakeEspo({"Contact": [ONA]})
    async with server(espo) as one, server() as two, server(says(200, "{}")) as three:
        desk = Connector.model_validate({"zammad": {"url": three.url}, "internal": True})
        site = FakeSite({"crm": crm(one.base), "shop": hook(two.url), "desk": desk})
        async with working(site, db) as connectors:
            stored = await tell(db, answered_call("c1"))
            for name in site.connectors:
                await settled(connectors, name)
            assert [got.key for got in two.got] == [entry.id for entry in stored]
            assert [got.body.split(b"&")[0] for got in three.got] == [
                b"event=newCall",
                b"event=answer",
                b"event=hangup",
            ]
            assert [call["contactsIds"] for call in espo.records["Call"]] == [["7"]]


async def test_everything_can_be_sent_again_and_dropped(db: Database) -> None:
    async with server(says(400, "not like this")) as here:
        site = FakeSite({"shop": hook(here.url)})
        async with working(site, db) as connectors:
            await put(db, [happened(f"c{n}") for n in range(5)])
            state = await settled(connectors)
            assert (state.failed, state.waiting, state.breaker) == (5, 0, BreakerState.CLOSED)
            assert state.last_error == "the web-hook answered 400: not like this"
            first = await connectors.failed("shop", limit=2)
            rest = await connectors.failed("shop", after=first[-1].occasion.seq)
            assert [one.occasion.id for one in [*first, *rest]] == [f"c{n}-001" for n in range(5)]
            assert await connectors.drop("shop", "c4-001") == 1
            here.answer = says()
            before = len(here.got)
            assert await connectors.send_again("shop") == 4
            await here.until(lambda: len(here.got) == before + 4)
            assert (await settled(connectors)).failed == 0
            assert await connectors.send_again("shop", "c0-001") == 0


async def test_what_people_did_is_kept_as_long_as_it_is_not_too_much(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deeds_store, "KEPT", 3)
    async with server(says(400)) as here, working(FakeSite({"shop": hook(here.url)}), db) as connectors:
        await put(db, [happened(f"c{n}") for n in range(4)])
        await settled(connectors)
        for n in range(4):
            await connectors.drop("shop", f"c{n}-001", by="ann")
        assert await connectors.drop("shop", "c0-001", by="bob") == 0  # nothing was done
        assert await connectors.send_again("shop", by="bob") == 0
        found = await connectors.deeds("shop")
        assert [(one.by, one.what.value, one.events, one.about) for one in found] == [
            ("bob", "again", 0, ""), ("ann", "dropped", 1, "c3-001"), ("ann", "dropped", 1, "c2-001"),
        ]  # fmt: skip
        assert await connectors.deeds("another") == []


async def test_who_sends_again_does_not_wait_for_the_next_try(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # as long as it really is
    async with server(says(500)) as here, working(FakeSite({"shop": hook(here.url)}), db) as connectors:
        await put(db, [happened("c1", 1), happened("c1", 2)])
        await settled(connectors, waiting=2)
        here.answer = says()
        assert await connectors.send_again("shop", "c1-002") == 0  # it stands behind the other
        assert await connectors.send_again("shop", "c1-001") == 1
        await here.until(lambda: here.keys[-2:] == ["c1-001", "c1-002"], 4)


async def test_what_is_kept_for_a_receiver_that_is_gone_is_seen_and_can_be_dropped(db: Database) -> None:
    async with server(says(400)) as here:
        site = FakeSite({"shop": hook(here.url)})
        async with working(site, db) as connectors:
            await put(db, [happened("c1")])
            await settled(connectors)
        site.connectors = {}
        async with working(site, db) as connectors:
            (state,) = await connectors.state()
            assert (state.name, state.kind, state.failed) == ("shop", "", 1)
            newest = await connectors.newest("shop", WaitingState.FAILED)
            assert await connectors.drop_all("shop", WaitingState.FAILED, newest) == 1
            await connectors.forget("shop")
            assert await connectors.state() == []


async def test_no_log_holds_an_address_a_token_or_a_number(db: Database) -> None:
    async def answer(got: Got) -> web.StreamResponse:
        return web.Response(status=500 if len(here.got) % 2 else 400, text=f"no +37060000001 at /hooks/{TOKEN}")

    with structlog.testing.capture_logs() as logs:
        async with server(answer) as here, working(FakeSite({"shop": hook(here.url)}), db) as connectors:
            await put(db, [happened(f"c{n}", ani="+37060000001") for n in range(20)])
            await here.until(lambda: len(here.got) > 8)
            await connectors.state()
    assert logs
    assert not [line for line in logs if TOKEN in str(line) or "60000001" in str(line) or "127.0.0.1" in str(line)]
