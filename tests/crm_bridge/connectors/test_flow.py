"""From the journal to a receiver and back: order, receivers that fail in every way, and that nobody else notices."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp import web

from crm_bridge.connectors import store
from crm_bridge.connectors.fate import MOST_TRIES
from crm_bridge.connectors.model import About, BreakerState, CustomerShort, Occasion
from crm_bridge.connectors.shelf import Shelf
from crm_bridge.connectors.webhook import WebhookSender
from ledger.backoff import Backoff
from ledger.database import Database
from ledger.delivery_model import Result
from ledger.entry import Entry
from ledger.errors import DatabaseUnavailable
from tests.crm_bridge.connectors.house import (
    AT,
    FakeSite,
    Got,
    begun,
    customers,
    happened,
    hook,
    put,
    says,
    server,
    settled,
    working,
)

pytestmark = pytest.mark.usefixtures("quick")


def in_order(keys: Sequence[str], call: str) -> bool:
    """Tell whether those of a call came in order; what comes a second time tells nothing new."""
    first = list(dict.fromkeys(key for key in keys if key.startswith(f"{call}-")))
    return all(one < two for one, two in pairwise(first))


async def test_what_happens_is_posted_once_in_order_and_costs_no_row(db: Database) -> None:
    async with server() as here, working(FakeSite({"shop": hook(here.url)}), db) as connectors:
        await put(db, [happened(f"c{n % 5}", n) for n in range(50)])
        await here.until(lambda: len(here.got) == 50)
        state = await settled(connectors)
        assert sorted(here.keys) == sorted(f"c{n % 5}-{n:03d}" for n in range(50))
        assert all(in_order(here.keys, f"c{n}") for n in range(5))
        assert (state.waiting, state.failed, state.breaker) == (0, 0, BreakerState.CLOSED)
        assert state.last_success is not None and not state.last_error


async def test_a_new_receiver_begins_with_what_happens_from_now_on(db: Database) -> None:
    await put(db, [happened("old")])
    async with server() as here, working(FakeSite({"shop": hook(here.url)}), db):
        await put(db, [happened("new")])
        await here.until(lambda: len(here.got) == 1)
        assert here.keys == ["new-001"]


async def test_only_what_the_site_asks_for_leaves(db: Database) -> None:
    site = FakeSite({"shop": hook("http://unused/", events=["call_*"])})
    async with server() as here:
        site.connectors = {"shop": hook(here.url, events=["call_*", "fax_received"])}
        async with working(site, db) as connectors:
            kinds = ["prompt_heard", "call_ended", "fax_received", "fax_begun", "call_offered"]
            await put(db, [happened("c", n, kind) for n, kind in enumerate(kinds)])
            await settled(connectors)
            assert [got.json["kind"] for got in here.got] == ["call_ended", "fax_received", "call_offered"]


async def test_one_broken_customer_holds_nobody_else_up(db: Database) -> None:
    broken = {"c1"}

    async def answer(got: Got) -> web.StreamResponse:
        return await says(500 if got.key.split("-")[0] in broken else 200)(got)

    async with server(answer) as here, working(FakeSite({"shop": hook(here.url)}), db) as connectors:
        await put(db, [happened(f"c{n % 3}", n) for n in range(30)])
        await here.until(lambda: sum(not key.startswith("c1") for key in here.keys) == 20)
        state = await settled(connectors, waiting=10)
        assert state.breaker is BreakerState.CLOSED and "500" in state.last_error
        assert {key for key in here.keys if key.startswith("c1")} == {"c1-001"}
        await put(db, [happened("c1", 99), happened("c2", 99)])
        await here.until(lambda: "c2-099" in here.keys)
        broken.clear()
        await settled(connectors)
        assert in_order(here.keys, "c1") and "c1-099" in here.keys


async def test_a_receiver_that_is_down_has_everything_in_the_end_in_order(db: Database) -> None:
    async with server(says(503)) as here, server() as other:
        site = FakeSite({"shop": hook(here.url), "desk": hook(other.url)})
        async with working(site, db) as connectors:
            for begin in range(0, 600, 100):
                await put(db, [happened(f"c{n % 40}", n) for n in range(begin, begin + 100)])
            await other.until(lambda: len(other.got) == 600)
            state = await settled(connectors, waiting=600)
            assert state.breaker is not BreakerState.CLOSED and state.oldest is not None
            tried = len(here.got)
            assert tried < 100  # in bulk, and not each for itself
            here.answer = says()
            await here.until(lambda: len(set(here.keys[tried:])) == 600, 30)
            state = await settled(connectors)
            assert state.breaker is BreakerState.CLOSED
            good = here.keys[tried:]
            assert len(good) - len(set(good)) <= 1  # the probe that was under way meanwhile
            assert all(in_order(here.keys, f"c{n}") for n in range(40))


async def test_tries_while_nobody_was_answered_do_not_count_against_what_was_tried(db: Database) -> None:
    refused: set[str] = set()

    async def answer(got: Got) -> web.StreamResponse:
        refuses = got.key.endswith("-002") and got.key not in refused
        refused.add(got.key)
        return await says(500 if refuses else 200)(got)

    async with server(says(503)) as here, working(FakeSite({"shop": hook(here.url)}), db) as connectors:
        await put(db, [happened(f"c{lane}", n) for lane in range(8) for n in (1, 2)])
        await settled(connectors, waiting=16)
        async with db.writing() as session:
            await session.execute(sa.update(store.waiting).values(attempts=MOST_TRIES * 3))
        here.answer = answer
        assert (await settled(connectors)).failed == 0


async def test_a_customer_who_is_known_only_now_stays_behind_what_the_number_did_before(db: Database) -> None:
    known: set[str] = set()

    async def whose(about: About) -> CustomerShort | None:
        return CustomerShort("ona", "Ona", "", ("+37060000001",)) if about.call in known or about.customer else None

    async with server(says(503)) as here, working(FakeSite({"shop": hook(here.url)}), db, whose) as connectors:
        await put(db, [happened("c1", 1, ani="8 600 00001"), happened("c1", 2)])
        await settled(connectors, waiting=2)
        known |= {"c2", "c3"}
        await put(db, [happened("c2", 3, ani="+37060000001"), happened("c2", 4)])
        await put(db, [Entry(id="z-005", kind="customer_changed", at=AT, data={"customer": "ona"}), happened("c3", 6)])
        await settled(connectors, waiting=6)
        before = len(here.got)
        here.answer = says()
        await settled(connectors)
        assert list(dict.fromkeys(here.keys[before:])) == ["c1-001", "c1-002", "c2-003", "c2-004", "z-005", "c3-006"]


async def test_a_receiver_that_was_down_when_we_ended_has_everything_after_the_next_start(db: Database) -> None:
    async with server(says(500)) as here:
        site = FakeSite({"shop": hook(here.url)})
        async with working(site, db) as connectors:
            await put(db, [happened(f"c{n % 7}", n) for n in range(70)])
            await settled(connectors, waiting=70)
        await put(db, [happened("later")])
        here.answer = says()
        here.got.clear()
        async with working(site, db) as connectors:
            await here.until(lambda: len(set(here.keys)) == 71)
            await settled(connectors)
        assert all(in_order(here.keys, f"c{n}") for n in range(7))


async def test_what_is_refused_is_kept_and_its_lane_goes_on(db: Database) -> None:
    async def answer(got: Got) -> web.StreamResponse:
        return await says(422 if got.key == "c1-002" else 200, "no such customer")(got)

    async with server(answer) as here, working(FakeSite({"shop": hook(here.url)}), db) as connectors:
        await put(db, [happened("c1", n) for n in range(1, 5)])
        await here.until(lambda: "c1-004" in here.keys)
        state = await settled(connectors)
        (failed,) = await connectors.failed("shop")
        assert (state.failed, failed.occasion.id, failed.attempts) == (1, "c1-002", 1)
        assert failed.last_reply == "the web-hook answered 422: no such customer"
        assert here.keys == ["c1-001", "c1-002", "c1-003", "c1-004"]
        here.answer = says()
        assert await connectors.send_again("shop", "c1-002") == 1
        await here.until(lambda: here.keys.count("c1-002") == 2)
        assert (await settled(connectors)).failed == 0


async def test_who_asks_to_wait_is_left_alone_so_long(db: Database) -> None:
    busy = says(429, **{"Retry-After": "2"})
    async with server(busy) as here, working(FakeSite({"shop": hook(here.url)}), db) as connectors:
        await put(db, [happened("c1", n) for n in range(20)])
        state = await settled(connectors, waiting=20)
        assert state.breaker is BreakerState.OPEN and state.next_probe is not None and state.next_probe > 0.3
        assert len(here.got) == 1
        here.answer = says()
        loop = asyncio.get_running_loop()
        began = loop.time()
        await here.until(lambda: len(set(here.keys)) == 20)
        assert loop.time() - began > 0.3


async def test_a_slow_lane_delays_the_others_by_little(db: Database) -> None:
    release = asyncio.Event()

    async def answer(got: Got) -> web.StreamResponse:
        if got.key.startswith("slow"):
            await release.wait()
        return web.Response()

    async with server(answer) as here, working(FakeSite({"shop": hook(here.url, timeout=30)}), db) as connectors:
        await put(db, [happened("slow", 1), happened("slow", 2), happened("c1")])
        await here.until(lambda: "c1-001" in here.keys)
        await put(db, [happened("slow", 3), happened("c2")])
        await here.until(lambda: "c2-001" in here.keys)  # long before the slow one is given up
        await settled(connectors, waiting=3)
        assert "slow-002" not in here.keys
        release.set()
        await settled(connectors)
        assert [key for key in here.keys if key.startswith("slow")] == ["slow-001", "slow-002", "slow-003"]


async def test_a_receiver_that_never_answers_costs_no_memory_and_nobody_else(db: Database) -> None:
    release = asyncio.Event()

    async def silent(_got: Got) -> web.StreamResponse:
        await release.wait()
        return web.Response()

    async with server(silent) as here, server() as other:
        site = FakeSite({"shop": hook(here.url, timeout=0.5, at_once=4), "desk": hook(other.url)})
        async with working(site, db) as connectors:
            await put(db, [happened(f"c{n}") for n in range(150)])
            await other.until(lambda: len(other.got) == 150)
            state = await settled(connectors, waiting=150)
            assert (
                "did not answer in time" in (await settled(connectors, waiting=150)).last_error or not state.last_error
            )
            assert len({got.key for got in here.got}) < 100
            release.set()
            await settled(connectors)
            assert {got.key for got in here.got} == {f"c{n}-001" for n in range(150)}


async def test_what_fails_while_all_else_arrives_is_given_up(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm_bridge.connectors.fate.MOST_TRIES", 3)

    async def answer(got: Got) -> web.StreamResponse:
        return await says(500 if got.key == "c1-001" else 200)(got)

    async with server(answer) as here, working(FakeSite({"shop": hook(here.url)}), db) as connectors:
        await put(db, [happened("c1", 1), happened("c1", 2)])
        await settled(connectors, waiting=2)
        await put(db, [happened("c2")])
        await here.until(lambda: "c1-002" in here.keys)
        state = await settled(connectors)
        (failed,) = await connectors.failed("shop")
        assert state.failed == 1
        assert failed.last_reply.startswith(f"given up after {failed.attempts} tries: the web-hook answered 500")


async def test_a_call_stays_in_order_though_its_customer_is_known_later(db: Database) -> None:
    known: dict[str, str] = {}

    async def customer_of(about: About) -> CustomerShort | None:
        return await customers(**known)(about)

    async with server(says(500)) as here, working(FakeSite({"shop": hook(here.url)}), db, customer_of) as connectors:
        await put(db, [happened("c1", 1)])
        await settled(connectors, waiting=1)
        known["c1"] = known["c2"] = "ona"
        await put(db, [happened("c1", 2), happened("c2", 1)])
        await settled(connectors, waiting=3)
        lanes = {one.occasion.id: one.occasion.lane for one in await connectors.waiting("shop")}
        assert lanes == {"c1-001": "c1", "c1-002": "c1", "c2-001": "ona"}
        here.answer = says()
        await settled(connectors)
        assert in_order(here.keys, "c1")
        told = {got.key: got.json["customer"] for got in here.got}
        assert told["c1-001"] is None and told["c2-001"]["name"] == "Ona"


async def test_calls_of_one_customer_go_one_after_the_other(db: Database) -> None:
    under_way = most = 0

    async def answer(got: Got) -> web.StreamResponse:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.005)
        under_way -= 1
        return web.Response()

    whose = customers(c0="ona", c1="ona", c2="ona")
    async with server(answer) as here, working(FakeSite({"shop": hook(here.url)}), db, whose):
        stored = await put(db, [happened(f"c{n % 3}", n) for n in range(20)])
        await here.until(lambda: len(here.got) == 20)
        assert here.keys == [one.id for one in stored]
        assert most == 1


async def test_what_is_written_of_a_customer_goes_in_the_lane_of_its_calls(db: Database) -> None:
    async with server(says(500)) as here, working(FakeSite({"shop": hook(here.url)}), db, customers(c1="ona")) as ours:
        changed = Entry(id="changed", kind="customer_changed", at=AT, data={"customer": "ona", "change": "renamed"})
        await put(db, [happened("c1", 1), changed, happened("c1", 2)])
        await settled(ours, waiting=3)
        assert {one.occasion.lane for one in await ours.waiting("shop")} == {"ona"}
        here.answer = says()
        await settled(ours)
        assert list(dict.fromkeys(here.keys)) == ["c1-001", "changed", "c1-002"]
        assert {got.json["customer"]["id"] for got in here.got} == {"ona"}


async def test_nobody_saying_whose_a_call_is_stops_nothing(db: Database) -> None:
    async def broken(_about: About) -> CustomerShort | None:
        raise RuntimeError("the customers are away")

    async with server() as here, working(FakeSite({"shop": hook(here.url)}), db, broken):
        await put(db, [happened("c1")])
        await here.until(lambda: len(here.got) == 1)
        assert here.got[0].json["customer"] is None


async def test_the_site_may_name_other_receivers_while_we_work(db: Database) -> None:
    async with server() as one, server() as two:
        site = FakeSite({"shop": hook(one.url)})
        async with working(site, db) as connectors:
            await put(db, [happened("c1")])
            await one.until(lambda: len(one.got) == 1)
            site.connectors = {"shop": hook(two.url), "desk": hook(one.url)}
            await begun(connectors, "shop", "desk")
            await put(db, [happened("c2")])
            await two.until(lambda: two.keys == ["c2-001"])
            await one.until(lambda: one.keys == ["c1-001", "c2-001"])


async def test_what_is_kept_can_be_dropped_and_erased(db: Database) -> None:
    async with server(says(500)) as here:
        whose = customers(c1="ona", c2="jonas")
        async with working(FakeSite({"shop": hook(here.url)}), db, whose) as connectors:
            await put(
                db, [happened("c1", 1), happened("c1", 2), happened("c2", 1), happened("c3", 1), happened("c3", 2)]
            )
            await settled(connectors, waiting=5)
            assert await connectors.drop("shop", "c3-001") == 1
            assert await connectors.drop("shop", "unknown") == 0
            assert await connectors.erase("ona", ["c2"], ["+37060000001"]) == 3
            erased = len(here.got)
            # Until then something of the others may be under way.
            await here.until(lambda: len(here.got) > erased + 2 and here.keys[-2:] == ["c3-002", "c3-002"])
            here.answer = says()
            before = len(here.got)
            await settled(connectors)
            assert set(here.keys[before:]) == {"c3-002"}


async def test_it_goes_on_after_the_database_was_away(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm_bridge.connectors.receiver.PAUSES", Backoff(first=0.01, longest=0.02, attempts=1_000))
    away = {"take": 3, "due": 3, "settle": 3}

    def unlucky(name: str) -> Callable[..., Any]:
        real = getattr(Shelf, name)

        async def method(self: Shelf, *given: Any, **named: Any) -> Any:
            if away[name]:
                away[name] -= 1
                raise DatabaseUnavailable
            return await real(self, *given, **named)

        return method

    for name in away:
        monkeypatch.setattr(Shelf, name, unlucky(name))
    async with server(says(500)) as here, working(FakeSite({"shop": hook(here.url)}), db) as connectors:
        await put(db, [happened("c1", n) for n in range(5)])
        await settled(connectors, waiting=5)
        here.answer = says()
        await settled(connectors)
    assert away == {"take": 0, "due": 0, "settle": 0}
    assert in_order(here.keys, "c1") and set(here.keys) == {f"c1-{n:03d}" for n in range(5)}


async def test_a_fault_of_ours_costs_a_try_and_nothing_else(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = 3
    real = WebhookSender.send

    async def send(self: WebhookSender, occasion: Occasion) -> Result:
        nonlocal faults
        if faults:
            faults -= 1
            raise RuntimeError("a fault")
        return await real(self, occasion)

    monkeypatch.setattr(WebhookSender, "send", send)
    async with server() as here, working(FakeSite({"shop": hook(here.url)}), db) as connectors:
        await put(db, [happened("c1", n) for n in range(5)])
        await here.until(lambda: len(here.got) == 5)
        state = await settled(connectors)
        assert state.last_error == "a fault of ours: see the log"
        assert in_order(here.keys, "c1")
