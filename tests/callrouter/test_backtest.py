"""Past calls led through a draft: where they would have ended, and what cannot be known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callrouter import events as ev
from callrouter.backtest.judging import Judging
from callrouter.backtest.past import Reading
from callrouter.backtest.replay import replay
from callrouter.backtest.run import Wish, backtest
from callrouter.backtest.verdict import Verdict
from callrouter.event import Event
from callrouter.events import Party
from callrouter.fax_tones import FAX_TONE
from config.schema import Site
from ivr.simulator import Press
from ledger.database import Database
from tests.callrouter.backtest_calls import NUMBER, START, past_of, told
from tests.fixtures.databases import database_url, db
from tests.fixtures.journal_of_calls import store

__all__ = ["database_url", "db"]  # fixtures: pytest finds them here by name

BASE: dict[str, Any] = {
    "company": {"name": "Acme", "timezone": "Europe/Vilnius"},
    "numbers": {NUMBER: {"menu": "main"}},
    "hours": {"office": {"open": ["mon-fri 09:00-18:00"]}},
    "menus": {
        "main": {
            "say": "Press 1, 2, 3, 10 or 4.",
            "keys": {"1": "billing", "10": "sales", "2": "technical", "3": "pin", "4": "contract"},
            "closed": {"hours": "office", "go": "night", "say": "We are closed."},
            "direct_dial": True,
        },
        "technical": {
            "say": "Press 1.", "keys": {"1": "support", "*": "back"}, "silence": {"tries": 1, "go": "support"},
        },
        "night": {"say": "Press 1.", "keys": {"1": {"voicemail": "billing"}}},
        "pin": {
            "say": "Your PIN.",
            "collect": {"name": "pin", "length": 5, "check": "luhn", "secret": True, "go": "sales"},
            "mistake": {"tries": 2, "go": "billing"},
        },
        "contract": {"say": "Your contract.", "collect": {"name": "contract", "length": 6, "go": "support"}},
    },
    "departments": {
        "billing": {"overflow": {"after": "2m", "go": {"voicemail": "billing"}}, "leave": {"1": "main"}},
        "sales": {},
        "support": {"nobody": {"voicemail": "support"}},
    },
    "people": {"alice": {"name": "Alice Doe", "phone": 201, "no_answer": {"voicemail": "alice"}}},
}  # fmt: skip
SITE = Site.model_validate(BASE)
NIGHT = START + timedelta(hours=12)


def draft(**edits: Any) -> Site:
    """Return the site with parts replaced, by section and name."""
    sections = {name: dict(value) for name, value in BASE.items()}
    for where, value in edits.items():
        section, name = where.split("__")
        if value is None:
            del sections[section][name]
        else:
            sections[section][name] = value
    return Site.model_validate(sections)


def left(place: str, why: str) -> Event:
    return ev.BranchTaken(at=START, call="c1", origin=place, to="elsewhere", why=why)


MAIN = BASE["menus"]["main"]
KEY_1_TO_SALES = draft(menus__main=MAIN | {"keys": MAIN["keys"] | {"1": "sales"}})
NO_KEY_2 = draft(menus__main=MAIN | {"keys": {"1": "billing"}})
ONE_MORE = draft(
    menus__main=MAIN | {"keys": MAIN["keys"] | {"1": "question"}},
    menus__question={"say": "Sure?", "keys": {"1": "billing"}},
)
OPEN_AT_NIGHT = draft(hours__office={"open": ["daily 00:00-24:00"]})
TO_SUPPORT = draft(**{f"numbers__{NUMBER}": {"go": "support"}})
RENAMED = draft(
    menus__technical=None, menus__tech=BASE["menus"]["technical"],
    menus__main=MAIN | {"keys": MAIN["keys"] | {"2": "tech"}},
)  # fmt: skip
PIN_6 = draft(menus__pin=BASE["menus"]["pin"] | {"collect": BASE["menus"]["pin"]["collect"] | {"length": 6}})
OVERFLOW_TO_SALES = draft(
    departments__billing=BASE["departments"]["billing"] | {"overflow": {"after": "1m", "go": "sales"}}
)
MORE_TRIES = draft(menus__technical=BASE["menus"]["technical"] | {"silence": {"tries": 3, "go": "sales"}})
SALES_RENAMED = draft(
    departments__sales=None, departments__shop={"name": "Shop"}, people__bob={"name": "Bob", "phone": 202},
    menus__main=MAIN | {"keys": MAIN["keys"] | {"10": "shop"}},
    menus__pin=BASE["menus"]["pin"] | {"collect": BASE["menus"]["pin"]["collect"] | {"go": "shop"}},
)  # fmt: skip
BILLING_RENAMED = draft(
    departments__billing=None, departments__money={"overflow": {"after": "2m", "go": {"voicemail": "money"}},
                                                   "leave": {"1": "main"}},
    menus__main=MAIN | {"keys": MAIN["keys"] | {"1": "money"}},
    menus__night={"say": "Press 1.", "keys": {"1": {"voicemail": "money"}}},
    menus__pin=BASE["menus"]["pin"] | {"mistake": {"tries": 2, "go": "money"}},
)  # fmt: skip
SWAPPED = draft(menus__main=MAIN | {"keys": MAIN["keys"] | {"1": "sales", "10": "billing"}})
SAME, ELSEWHERE, HUNG_UP, NOT_KNOWN = Verdict.SAME, Verdict.ELSEWHERE, Verdict.HUNG_UP, Verdict.NOT_KNOWN

#: (keys, more of the call, draft, verdict, what the caller came to then, branch or reason)
CASES: dict[str, tuple[str, dict[str, Any], Site, Verdict, str, str]] = {
    "key leads elsewhere": ("1", {}, KEY_1_TO_SALES, ELSEWHERE, "department sales", "main: key 1"),
    "another key": ("10", {}, KEY_1_TO_SALES, SAME, "department sales", ""),
    "key is gone": ("2 w20 1", {}, NO_KEY_2, NOT_KNOWN, "", "menu main"),
    "never asked": ("1", {}, ONE_MORE, NOT_KNOWN, "", "menu question"),
    "open where it was closed": ("w9 1", {"at": NIGHT}, OPEN_AT_NIGHT, NOT_KNOWN, "", "menu main"),
    "number leads elsewhere": ("1", {}, TO_SUPPORT, ELSEWHERE, "department support", f"number {NUMBER}: dialled"),
    "hung up in the menu": ("", {"hangs_up_at": 3.0}, KEY_1_TO_SALES, HUNG_UP, "menu main", ""),
    "hung up, no menu now": ("", {"hangs_up_at": 3.0}, TO_SUPPORT, ELSEWHERE, "department support",
                             f"number {NUMBER}: dialled"),
    "hung up at a closed door": ("", {"at": NIGHT, "hangs_up_at": 0.3}, SITE, HUNG_UP, "menu main", ""),
    "menu renamed": ("2 w9 1", {}, RENAMED, SAME, "department support", ""),
    "key swapped": ("10", {}, SWAPPED, ELSEWHERE, "department billing", "main: key 10"),
    "department renamed": ("1", {}, BILLING_RENAMED, SAME, "department money", ""),
    "department renamed, waited too long": (
        "1", {"then": [left("department billing", "waited 120 s")]}, BILLING_RENAMED, SAME, "voicemail money", ""),
    "another department in its place": ("10", {}, SALES_RENAMED, ELSEWHERE, "department shop", "main: key 10"),
    "at night, by the clock of the day": ("1", {"at": NIGHT, "menus_at": START}, KEY_1_TO_SALES, ELSEWHERE,
                                          "department sales", "main: key 1"),
    "extension": ("201", {}, KEY_1_TO_SALES, SAME, "person alice", ""),
    "secret digits": ("3 w3 12344", {}, KEY_1_TO_SALES, SAME, "department sales", ""),
    "secret digits, too few now": ("3 w3 12344", {}, PIN_6, NOT_KNOWN, "", "menu pin"),
    "silent all along": ("2", {}, MORE_TRIES, ELSEWHERE, "department sales", "technical: silence"),
    "waited too long": ("1", {"then": [left("department billing", "waited 120 s")]}, OVERFLOW_TO_SALES, ELSEWHERE,
                        "department sales", "department billing: waited"),
    "left the line by key": ("1", {"then": [left("department billing", "key 1 while waiting")]}, SITE, NOT_KNOWN, "",
                             "menu main"),
    "nobody there": ("4 w3 123456", {"then": [left("department support", "nobody is logged in")]}, SITE, SAME,
                     "voicemail support", ""),
    "phone not answered": ("201", {"then": [left("person alice", "alice: no answer")]}, SITE, SAME,
                           "voicemail alice", ""),
    "fax machine": ("", {"then": [ev.BranchTaken(at=START, call="c1", origin="main", to="fax a", why=FAX_TONE)]},
                    SITE, NOT_KNOWN, "", "a fax machine called"),
    "closed by hand": ("1", {"then": [left("department billing", "closed: billing, by sue, until 2026-11-24 12:00")]},
                       SITE, NOT_KNOWN, "", "something was closed by hand that day"),
    "our fault": ("1", {"then": [ev.CallFailed(at=START, call="c1", error="OSError")]}, SITE, NOT_KNOWN, "",
                  "a fault of ours ended it"),
}  # fmt: skip


@pytest.mark.parametrize(("keys", "more", "new", "verdict", "now", "branch"), CASES.values(), ids=CASES)
async def test_a_call_is_judged(
    keys: str, more: dict[str, Any], new: Site, verdict: Verdict, now: str, branch: str
) -> None:
    events, _ = await told(SITE, keys, **more)
    found = Judging(SITE, new).judge(past_of(events))
    assert (found.verdict, found.now) == (verdict, now)
    assert branch == (found.why or (f"{found.origin}: {found.by}" if found.origin else ""))


presses = st.lists(st.tuples(st.floats(0.1, 12), st.sampled_from("1123400299*#")), max_size=12).map(
    lambda pairs: _after_each_other(pairs)
)
calls = st.tuples(presses, st.sampled_from([START, NIGHT, START + timedelta(hours=7, minutes=59, seconds=50)]),
                  st.none() | st.floats(0.1, 60))  # fmt: skip


def _after_each_other(pairs: Sequence[tuple[float, str]]) -> list[Press]:
    at, found = 0.0, []
    for gap, key in pairs:
        at += gap
        found.append(Press(at, key))
    return found


@settings(max_examples=150, deadline=None)
@given(call=calls, new=st.sampled_from([KEY_1_TO_SALES, NO_KEY_2, ONE_MORE, OPEN_AT_NIGHT, TO_SUPPORT, PIN_6]))
async def test_a_call_comes_to_where_it_came_and_the_published_site_changes_nothing(
    call: tuple[list[Press], datetime, float | None], new: Site
) -> None:
    keys, at, hangs_up_at = call
    events, place = await told(SITE, keys, at=at, hangs_up_at=hangs_up_at)
    past = past_of(events)
    assert replay(SITE, past).place == place
    assert Judging(SITE, SITE).judge(past).verdict in (SAME, HUNG_UP)
    found = Judging(SITE, new).judge(past)
    if found.verdict is not NOT_KNOWN:
        assert found.was in (place, f"hung up in {place}")
        assert (found.verdict is ELSEWHERE) == (found.was != found.now)


def test_a_journal_without_ends_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reading, "MOST", 3)
    reading = Reading()
    for n in range(5):
        assert reading.take(f"c{n}", "call_offered", START, {"did": NUMBER}) is None
    assert reading.unfinished == 5
    ended = {"outcome": "answered", "hung_up_first": Party.AGENT}
    assert reading.take("c0", "call_ended", START, ended) is None
    assert reading.take("c4", "call_ended", START, ended) is not None


async def test_a_back_test_counts_every_call_once(db: Database) -> None:
    events: list[Event] = []
    for n, keys in enumerate(["1"] * 5 + ["10"] * 3 + ["2 w9 1"] * 2 + ["4 w3 111111", "4 w3 222222"]):
        site = SITE if n < 9 else SITE.model_copy(update={"version": "before"})
        events += (await told(site, keys, call=f"c{n}", at=START + timedelta(minutes=n)))[0]
    events += (await told(SITE, "1", call="before", at=START - timedelta(days=9)))[0]
    events += (await told(SITE, "1", call="goes on", at=START))[0][:-1]
    await store(db, events)
    heard: list[float] = []
    wish = Wish(SITE, KEY_1_TO_SALES, START - timedelta(days=1), START + timedelta(days=1))
    report = await backtest(db, wish, lambda share, _calls: heard.append(share))
    assert (report.total, report.same, report.elsewhere, report.not_known, report.unfinished) == (12, 7, 5, 0, 1)
    assert report.branches == (("main", "key 1", "department billing", "department sales", 5),)
    assert [one.call for one in report.listed] == [f"c{n}" for n in range(5)]
    assert report.of_other_versions == 3
    assert report.scripts == 4, "calls that press the same are led through the sites once"
    assert heard[-1] == 1.0


async def test_a_journal_of_nothing_is_no_error(db: Database) -> None:
    report = await backtest(db, Wish(SITE, SITE, START, START + timedelta(days=1)))
    assert (report.total, report.branches, report.listed) == (0, (), ())
