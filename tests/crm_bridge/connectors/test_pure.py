"""What needs no server and no table: addresses, the breaker, what becomes of a try, settings."""

from __future__ import annotations

import doctest
from dataclasses import replace
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from pydantic import ValidationError

from config import addresses
from config import connectors as settings_of_connectors
from config.addresses import is_outside
from config.connectors import Connector
from crm_bridge.connectors import rest_requests, showing
from crm_bridge.connectors.breaker import Breaker
from crm_bridge.connectors.fate import MOST_TRIES, End, fates
from crm_bridge.connectors.lane import Item, Run
from crm_bridge.connectors.model import BreakerState, CallNow, CustomerShort, Occasion, Throttled
from ledger.backoff import Backoff
from ledger.delivery_model import Accepted, Later, Refused, Result
from tests.crm_bridge.connectors.house import AT, TOKEN

NO = Later("no answer")


@pytest.mark.parametrize(
    "module", [addresses, rest_requests, settings_of_connectors, showing], ids=lambda module: module.__name__
)
def test_worked_examples(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("address", "outside"),
    [
        pytest.param("93.184.216.34", True, id="the internet"),
        pytest.param("2606:4700::1111", True, id="the internet, IPv6"),
        pytest.param("::ffff:8.8.8.8", True, id="the internet, mapped"),
        pytest.param("64:ff9b::808:808", True, id="the internet, by NAT64"),
        pytest.param("127.0.0.1", False, id="this machine"),
        pytest.param("127.255.255.254", False, id="this machine, far end"),
        pytest.param("::1", False, id="this machine, IPv6"),
        pytest.param("0.0.0.0", False, id="any"),
        pytest.param("::", False, id="any, IPv6"),
        pytest.param("10.1.2.3", False, id="private 10"),
        pytest.param("172.31.0.1", False, id="private 172"),
        pytest.param("192.168.1.1", False, id="private 192"),
        pytest.param("fd00:ec2::254", False, id="unique local, where a cloud's metadata is"),
        pytest.param("169.254.169.254", False, id="link-local, where a cloud's metadata is"),
        pytest.param("fe80::1%eth0", False, id="link-local, IPv6"),
        pytest.param("100.100.100.200", False, id="shared, where a cloud's metadata is"),
        pytest.param("224.0.0.1", False, id="multicast"),
        pytest.param("ff0e::1", False, id="multicast, IPv6"),
        pytest.param("255.255.255.255", False, id="broadcast"),
        pytest.param("240.0.0.1", False, id="reserved"),
        pytest.param("::ffff:127.0.0.1", False, id="this machine, mapped"),
        pytest.param("2002:7f00:1::", False, id="this machine, by 6to4"),
        pytest.param("64:ff9b::7f00:1", False, id="this machine, by NAT64"),
        pytest.param("::127.0.0.1", False, id="this machine, compatible"),
        pytest.param("::a00:1", False, id="private 10, compatible"),
        pytest.param("::ffff:0:127.0.0.1", False, id="this machine, translated"),
        pytest.param("::ffff:0:8.8.8.8", True, id="the internet, translated"),
        pytest.param("fec0::1", False, id="site-local, as private was called once"),
        pytest.param("no address", False, id="no address"),
    ],
)
def test_which_addresses_may_be_sent_anything(address: str, outside: bool) -> None:
    assert is_outside(address) is outside


def breaker() -> Breaker:
    return Breaker(lanes=3, pauses=Backoff(first=2.0, longest=8.0, attempts=1_000), chance=lambda: 1.0)


def test_the_breaker_opens_after_several_lanes_failed_and_pauses_longer_each_time() -> None:
    ours = breaker()
    for lane in ("a", "a", "a", "a", "b"):
        ours.heard(lane, NO, 0.0)
    assert ours.closed
    ours.heard("c", NO, 10.0)
    assert (ours.state, ours.until) == (BreakerState.OPEN, 12.0)
    assert not ours.may_probe(11.9) and ours.may_probe(12.0)
    for now, until in ((12.0, 16.0), (16.0, 24.0), (24.0, 32.0)):
        ours.probe()
        assert not ours.may_probe(now)
        ours.heard("a", NO, now)
        assert (ours.state, ours.until) == (BreakerState.OPEN, until)
    ours.probe()
    assert ours.heard("a", Accepted(""), 32.0) and ours.closed
    ours.heard("a", NO, 33.0)
    assert ours.closed  # it counts from the beginning


@pytest.mark.parametrize("answer", [Accepted(""), Refused("")], ids=["taken", "refused"])
def test_any_answer_says_that_the_receiver_is_there(answer: Result) -> None:
    ours = breaker()
    for lane in ("a", "b"):
        ours.heard(lane, NO, 0.0)
    assert not ours.heard("c", answer, 0.0)
    for lane in ("a", "b"):
        ours.heard(lane, NO, 0.0)
    assert ours.closed


def test_what_was_under_way_when_it_opened_prolongs_nothing() -> None:
    ours = breaker()
    for lane in ("a", "b", "c"):
        ours.heard(lane, NO, 0.0)
    ours.heard("d", NO, 1.9)
    assert ours.until == 2.0
    assert ours.heard("e", Accepted(""), 1.9) and ours.closed


def test_who_asks_to_wait_is_left_alone_at_once_and_so_long() -> None:
    ours = breaker()
    ours.heard("a", Throttled("busy", after=77.0), 100.0)
    assert (ours.state, ours.until) == (BreakerState.OPEN, 177.0)
    ours.probe_now()
    assert ours.may_probe(100.0)


def test_a_probe_that_came_to_no_end_leaves_it_open() -> None:
    ours = breaker()
    ours.heard("a", Throttled("busy", after=1.0), 0.0)
    ours.probe()
    ours.probe_failed(5.0)
    assert ours.state is BreakerState.OPEN and ours.until > 5.0


def occasion(number: int = 1) -> Occasion:
    return Occasion(f"e{number}", number, "call_ended", AT, "c1", "c1", data={"n": number})


def run(*results: Result, attempts: int = 0, parked_at: Any = None) -> Run:
    items = tuple(Item(occasion(n), attempts, parked_at) for n in range(5))
    return Run("c1", items, results=list(results))


def test_what_becomes_of_each() -> None:
    got = list(fates(run(Accepted("ok"), Refused("no"), NO), 0, AT, 1.0, None))
    assert [(fate.occasion.id, fate.end, fate.next_at) for fate in got] == [
        ("e0", End.ARRIVED, None),
        ("e1", End.FAILED, None),
        ("e2", End.WAITS, AT + timedelta(seconds=5)),
    ]
    assert [fate.occasion.id for fate in fates(run(Accepted("ok"), NO), 1, AT, 1.0, None)] == ["e1"]


@pytest.mark.parametrize(
    ("result", "attempts", "pause"),
    [(NO, 0, 5.0), (NO, 1, 10.0), (NO, 30, 600.0), (Throttled("busy", after=42.0), 5, 42.0)],
    ids=["first", "second", "longest", "asked for"],
)
def test_how_long_it_waits(result: Result, attempts: int, pause: float) -> None:
    (fate,) = fates(run(result, attempts=attempts), 0, AT, 1.0, None)
    assert fate.next_at == AT + timedelta(seconds=pause)


@pytest.mark.parametrize(
    ("attempts", "success_after", "end"),
    [
        pytest.param(MOST_TRIES - 1, 1, End.FAILED, id="others arrived meanwhile"),
        pytest.param(MOST_TRIES - 2, 1, End.WAITS, id="not so often yet"),
        pytest.param(MOST_TRIES + 99, -1, End.WAITS, id="nothing arrived since"),
        pytest.param(MOST_TRIES + 99, None, End.WAITS, id="nothing ever arrived"),
    ],
)
def test_when_one_is_given_up(attempts: int, success_after: int | None, end: End) -> None:
    success = None if success_after is None else AT + timedelta(seconds=success_after)
    (fate,) = fates(run(NO, attempts=attempts, parked_at=AT), 0, AT + timedelta(hours=9), 1.0, success)
    assert fate.end is end
    assert (fate.end is End.FAILED) == fate.reply.startswith("given up after")


def test_an_occasion_is_the_same_after_it_was_kept() -> None:
    now = CallNow("in", "+37060000001", "+37052000000", AT.isoformat(), agents=("alice",), facts={"intent": "invoice"})
    one = replace(occasion(), customer=CustomerShort("k", "Ona", "Acme", ("+37060000001",), ("k0",)), now=now)
    assert Occasion.of(one.payload()) == one
    before = one.payload()  # as it was kept before anybody asked who was merged
    del before["customer"]["merged"]
    assert Occasion.of(before).earlier_lanes == ("+37060000001",)
    assert Occasion.of(occasion().payload()) == occasion()


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"webhook": {"url": "https://a/"}, "zammad": {"url": "https://a/"}}, id="two"),
        pytest.param({"webhook": {"url": "ftp://a/"}}, id="no web address"),
        pytest.param({"webhook": {"url": "https://a/#x"}}, id="a fragment"),
        pytest.param({"webhook": {"url": "https://a/", "secret": "short"}}, id="a short secret"),
        pytest.param({"webhook": {"url": "https://a/", "events": ["Call.*"]}}, id="no pattern"),
        pytest.param({"webhook": {"url": "https://a/", "events": []}}, id="no events"),
        pytest.param({"webhook": {"url": "https://a/"}, "timeout": "2m"}, id="too patient"),
        pytest.param({"rest": {"url": "https://a/"}}, id="not described"),
        pytest.param({"rest": {"url": "https://a/", "system": "suitecrm", "description": {}}}, id="described twice"),
        pytest.param({"rest": {"url": "https://a/", "system": "suitecrm", "auth": {}}}, id="no way to prove"),
        pytest.param(
            {"rest": {"url": "https://a/", "system": "suitecrm", "auth": {"bearer": "a\r\nb"}}}, id="a broken header"
        ),
        pytest.param(
            {"rest": {"url": "https://a/", "description": {"lookup": [{"path": "//evil.example/"}]}}}, id="elsewhere"
        ),
        pytest.param(
            {"rest": {"url": "https://a/", "description": {"lookup": [{"path": "../admin"}]}}}, id="above"
        ),
    ],
)  # fmt: skip
def test_what_the_site_may_not_say(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Connector.model_validate(settings)


def test_no_secret_of_the_site_is_shown() -> None:
    url = f"https://crm.acme.example/{TOKEN}"
    oauth2 = {"client_id": "us", "client_secret": TOKEN}
    for settings in (
        {"webhook": {"url": url, "secret": TOKEN}},
        {"zammad": {"url": url}},
        {"rest": {"url": url, "system": "suitecrm", "auth": {"oauth2": oauth2}}},
        {"rest": {"url": url, "system": "espocrm", "auth": {"bearer": TOKEN}}},
        {"rest": {"url": url, "system": "espocrm", "auth": {"header": {"name": "X-Api-Key", "value": TOKEN}}}},
        {"rest": {"url": url, "system": "espocrm", "auth": {"basic": {"user": "us", "password": TOKEN}}}},
    ):
        assert TOKEN not in repr(Connector.model_validate(settings))
