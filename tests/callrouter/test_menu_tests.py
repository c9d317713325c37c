"""The site's own tests: judged in words, measured for coverage, and drafted until nothing is missing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import config
from callrouter import events as ev
from callrouter.branches import branch_of
from callrouter.menu_tests.draft_yaml import to_yaml
from callrouter.menu_tests.drafts import Drafts, draft_tests
from callrouter.menu_tests.edges import AFTER, BEFORE, FIRST_OF, FIRST_OPEN, LAST_OF, LAST_OPEN, HoursEdges
from callrouter.menu_tests.judging import failures
from callrouter.menu_tests.moments import edge_moments
from callrouter.menu_tests.options import a_mistake, an_entry
from callrouter.menu_tests.run import TOLD_EVERY, TestReport, rehearse_test, run_tests
from callrouter.menu_tests.spots import Spot
from callrouter.rehearsal.finish import finish
from callrouter.rehearsal.situation import Stage
from config.load import load_site, require_site
from config.schema import Collect, Menu, Site
from config.site_tests import Expectation, SiteTest

FOLDER = Path(config.__file__).parent / "acme"
ACME = require_site(FOLDER)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LINE = "+370 5 200 0001"


def a_test(expect: dict[str, Any], **more: Any) -> SiteTest:
    call = {"to": LINE, "at": "2026-11-24T10:00"} | more.pop("call", {})
    return SiteTest.model_validate({"name": "one", "call": call, "press": "w1 1", "expect": expect} | more)


def with_tests(site: Site, *tests: SiteTest) -> Site:
    return site.model_copy(update={"tests": tests})


def judged(expect: dict[str, Any], **more: Any) -> list[str]:
    test = a_test(expect, **more)
    return [str(failure) for failure in failures(test.expect, finish(rehearse_test(Stage(ACME), test)))]


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        pytest.param({"department": "support"},
                     "where it ends: expected department support, but it ended at department billing (key 1)",
                     id="end"),
        pytest.param({"hangup": True}, "where it ends: expected hangup, but it ended at department billing (key 1)",
                     id="hangup"),
        pytest.param({"outcome": "closed"}, "how it ends: expected closed, but it was answered", id="outcome"),
        pytest.param({"answered_by": "bob"}, "who answers: expected bob, but alice did", id="who"),
        pytest.param({"through": ["support"]},
                     "what it goes through: expected support, but it went through nothing else", id="through"),
        pytest.param({"path": ["welcome", "main"]}, "the menus: expected welcome, main, but they were main", id="path"),
        pytest.param({"language": "lt"}, "the language: expected lt, but it was en", id="language"),
        pytest.param({"facts": {"intent": "repair"}}, "the facts: expected intent: repair, but intent is invoice",
                     id="fact"),
        pytest.param({"facts": {"customer": "gold"}}, "the facts: expected customer: gold, but customer is not known",
                     id="no-fact"),
        pytest.param({"mail": ["x@acme.example"]},
                     "who gets mail: expected x@acme.example, but it goes to nobody", id="mail"),
        pytest.param({"closed": True}, "a closed door: expected one, but there was none", id="closed"),
        pytest.param({"heard": ["technical"]},
                     "what is heard: expected “technical”, but the caller heard “For invoices",
                     id="heard-menu"),
        pytest.param({"not_heard": ["FOR INVOICES"]},
                     "what is not heard: expected that “FOR INVOICES” is not heard, but the caller heard it",
                     id="not-heard"),
    ],
)  # fmt: skip
def test_a_failure_says_what_was_expected_and_what_came(expect: dict[str, Any], told: str) -> None:
    (failure,) = judged(expect)
    assert failure.startswith(told)


@pytest.mark.parametrize(
    "expect",
    [
        {"department": "billing", "outcome": "answered", "answered_by": "alice", "path": ["main"], "closed": False},
        {"heard": ["main", "for invoices"], "not_heard": ["welcome", "contract number"], "mail": [], "language": "en"},
        {"facts": {"intent": "invoice"}},
        {},
    ],
    ids=["ends", "heard", "facts", "nothing"],
)
def test_what_comes_as_expected_passes(expect: dict[str, Any]) -> None:
    assert judged(expect) == []


def test_a_call_that_came_nowhere_is_told_as_such() -> None:
    (told,) = judged({"department": "billing"}, hang_up=0.5)
    assert told == "where it ends: expected department billing, but the call was abandoned before it came anywhere " \
        "(number dialled)"  # fmt: skip


def test_the_sample_site_passes_and_nothing_is_left_uncovered() -> None:
    seen: list[tuple[int, int]] = []
    report = run_tests(ACME, progress=lambda done, of: seen.append((done, of)))
    assert report.passed
    assert [str(spot) for spot in report.coverage.uncovered] == []
    assert seen == [(done, len(ACME.tests)) for done in range(0, len(ACME.tests), TOLD_EVERY)]


def test_some_tests_by_name() -> None:
    report = run_tests(ACME, ["an invoice"])
    assert [result.test.name for result in report.results] == ["an invoice"]
    assert report.asked
    assert 0 < report.coverage.share < 0.2


def test_every_branch_that_is_taken_is_found_in_the_yaml() -> None:
    for test in ACME.tests:
        came = finish(rehearse_test(Stage(ACME), test))
        for event in came.events:
            if isinstance(event, ev.BranchTaken) and not event.why.startswith(("fax tone", "no fax machine")):
                assert branch_of(ACME, event) is not None, event


def drafted(site: Site) -> tuple[Drafts, TestReport]:
    """Draft what a site lacks, and run what was written as it is read back."""
    found = draft_tests(site, run_tests(site).coverage, NOW)
    return found, run_tests(read_back(site, to_yaml(site, found.drafts)))


def read_back(site: Site, text: str) -> Site:
    from config.reading.tree import plain
    from config.reading.yaml_text import MOST_NODES, parse

    content = plain(parse(text.encode(), "drafted.yaml", MOST_NODES).root)
    return site.model_copy(update={"tests": Site.model_validate(BARE | content).tests})


BARE: dict[str, Any] = {"company": {"name": "Bare"}, "numbers": {}}


def test_drafts_of_a_site_without_tests_pass_and_cover_all_of_it() -> None:
    found, report = drafted(with_tests(ACME))
    assert (found.unreached, report.failed) == ((), ())
    assert report.coverage.share == 1.0
    assert found.calls < 250
    deepest = max(found.drafts, key=lambda draft: len(draft.press))
    assert len(deepest.press.split()) <= 8  # the shortest way to each


#: Whatever makes a walk hard: words that no key cuts, entries that are checked, lines that are full or have nobody.
HARD: dict[str, Any] = {
    "company": {"name": "Hard", "country": "LT", "timezone": "Europe/Vilnius", "languages": ["en", "lt"]},
    "numbers": {"+370 5 200 0000": {"menu": "first"}, "+370 5 200 0001": {"go": "shop", "fax": "papers"}},
    "menus": {
        "first": {
            "say": "Please listen to all of this, and only then press a key.",
            "barge_in": False,
            "closed": {"hours": "days", "go": "later", "say": "We are closed, which takes some seconds to say."},
            "keys": {"1": {"language": "lt"}, "12": "card", "2": {"say": "One moment please.", "go": "shop"}},
            "silence": {"tries": 3, "say": "Hello?", "go": "by_silence"},
            "mistake": {"tries": 2, "say": "No.", "go": "back"},
        },
        "card": {
            "say": "Card?",
            "collect": {"name": "card", "least": 12, "most": 19, "check": "luhn", "starts_with": ["37"], "secret": True,
                        "go": "ann"},
            "silence": {"go": "hangup"},
            "mistake": {"go": "repeat"},
        },
        "by_silence": {"say": "Nobody presses anything.", "go": {"voicemail": "shop"}},
        "later": {"say": "Press 5.", "keys": {"5": "hangup"}, "silence": {"go": "hangup"}, "mistake": {"go": "hangup"}},
        "nowhere": {"say": "Nobody comes here.", "go": "hangup"},
    },
    "departments": {
        "shop": {"hours": "week", "closed": "first", "nobody": {"voicemail": "shop"},
                 "full": {"size": 2, "go": "first"}, "overflow": {"after": "5m", "go": "empty"}, "leave": {"*": "ann"}},
        "empty": {"overflow": {"after": "10s", "go": "hangup"}},
    },
    "people": {"ann": {"name": "Ann", "phone": "101", "departments": ["shop"], "no_answer": {"voicemail": "ann"}},
               "ben": {"name": "Ben", "phone": "102", "departments": ["shop"]}},
    "hours": {"days": {"open": ["mon-sun 08:00-20:00"]}, "week": {"open": ["mon-fri 10:00-16:00"], "holidays": "LT"}},
    "mailboxes": {"shop": {"closed": {"hours": "week", "say": "Closed."}, "mail": ["shop@acme.example"]}},
    "faxboxes": {"papers": {"people": ["ann"]}},
}  # fmt: skip


def test_drafts_of_a_site_that_is_hard_to_walk() -> None:
    found, report = drafted(Site.model_validate(HARD))
    assert report.failed == ()
    assert {str(spot) for spot in found.unreached} == {
        "menu nowhere: nothing to choose, to hangup",
        "department empty: somebody answers",
    }
    assert {spot.branch for spot in report.coverage.uncovered} == {spot.branch for spot in found.unreached}
    secret = next(draft for draft in found.drafts if draft.covers[0].branch == ("menus", "card", "collect"))
    assert secret.came.facts["card"].startswith("•")


#: Whatever is pressed is the same; and the evening line is asked for at its opening on Saturdays only.
EVENING: dict[str, Any] = {
    "company": {"name": "Evening", "timezone": "Europe/London"},
    "numbers": {"+44 20 7946 0000": {"menu": "any"}},
    "menus": {"any": {"say": "Press any key.", "keys": dict.fromkeys("0123456789*#", "day"),
                      "silence": {"go": "day"}, "mistake": {"go": "day"}}},
    "departments": {"day": {"hours": "core", "closed": "late"}, "late": {"hours": "late", "closed": "hangup"}},
    "people": {"ann": {"name": "Ann", "phone": "101", "departments": ["day", "late"]}},
    "hours": {"core": {"open": ["mon-fri 08:00-18:00"]},
              "late": {"open": ["mon-fri 18:00-22:00", "sat 10:00-16:00"]}},
}  # fmt: skip


def test_what_cannot_happen_is_not_missed_and_every_day_of_a_week_is_looked_at() -> None:
    found, report = drafted(Site.model_validate(EVENING))
    # Before the evening line opens, the day line is still there.
    hidden = "hours late: a call in the last minute before it opens at 18:00 (mon-fri 18:00-22:00)"
    assert ([str(spot) for spot in found.unreached], report.failed) == ([hidden], ())


@pytest.mark.parametrize(
    ("collect", "entry"),
    [
        pytest.param({"length": 6}, "123451", id="length"),
        pytest.param({"length": 3, "starts_with": ["99"]}, "991", id="beginning"),
        pytest.param({"length": 2, "starts_with": ["37"]}, "37", id="all of it"),
        pytest.param({"length": 11, "check": "luhn"}, "12345678903", id="check digit"),
        pytest.param({"length": 2, "starts_with": ["11"], "check": "luhn"}, None, id="none"),
    ],
)
def test_an_entry_that_the_menu_takes(collect: dict[str, Any], entry: str | None) -> None:
    rules = Collect.model_validate({"name": "number", "go": "hangup"} | collect)
    assert an_entry(rules) == entry


def test_a_mistake_is_a_key_that_does_nothing() -> None:
    keys = dict.fromkeys("0123456789*#", "hangup")
    assert a_mistake(ACME, Menu.model_validate({"keys": keys})) is None
    assert a_mistake(ACME, Menu.model_validate({"keys": keys | {"9": "hangup"}, "direct_dial": True})) is None
    del keys["7"]
    assert a_mistake(ACME, Menu.model_validate({"keys": keys})) == "7"


EVE = "public holiday: Kūčių diena"


@pytest.mark.parametrize(
    ("edge", "which", "first"),
    [
        pytest.param(LAST_OPEN, "at 18:00 (mon-fri 09:00-18:00)", "2026-11-23T17:59:00+02:00", id="closes"),
        pytest.param(FIRST_OPEN, "at 09:00 (mon-fri 09:00-18:00)", "2026-11-23T09:00:00+02:00", id="opens"),
        pytest.param(BEFORE, EVE, "2026-12-23T17:59:00+02:00", id="before the holiday"),
        pytest.param(FIRST_OF, EVE, "2026-12-24T09:00:00+02:00", id="its first minute"),
        pytest.param(LAST_OF, EVE, "2026-12-24T17:59:00+02:00", id="its last minute"),
        pytest.param(AFTER, EVE, "2026-12-28T09:00:00+02:00", id="after the holiday"),
    ],
)
def test_the_next_moment_on_an_edge(edge: str, which: str, first: str) -> None:
    spot = Spot(("hours", "office", edge, which), "", "")
    assert next(edge_moments(HoursEdges(ACME), spot, NOW)) == datetime.fromisoformat(first)


def edges_of(hours: dict[str, Any]) -> list[tuple[str, str]]:
    """Return every edge of a year, with its first minute on the wall."""
    site = Site.model_validate(BARE | {"company": {"name": "A", "timezone": "Europe/Vilnius"}, "hours": {"one": hours}})
    found: dict[str, str] = {}
    for edge in HoursEdges(site).after("one", NOW):
        found.setdefault(edge.words, f"{edge.at.astimezone(site.company.zone):%m-%d %H:%M}")
    return [(at, words) for words, at in found.items()]


@pytest.mark.parametrize(
    ("hours", "edges"),
    [
        pytest.param({"open": ["daily 00:00-24:00"]}, [], id="always open"),
        pytest.param({"open": ["daily 00:00-24:00"], "closed_on": ["2027-01-01"]},
                     [("12-31 23:59", "in the last open minute before 2027-01-01"),
                      ("01-01 00:00", "in the first minute of 2027-01-01"),
                      ("01-01 23:59", "in the last minute of 2027-01-01"),
                      ("01-02 00:00", "in the first open minute after 2027-01-01")], id="turn of the year"),
        pytest.param({"open": ["sat 10:00-12:00"], "closed_on": ["2026-12-24"]},
                     [("11-28 09:59", "in the last minute before it opens at 10:00 (sat 10:00-12:00)"),
                      ("11-28 10:00", "in the first minute after it has opened at 10:00 (sat 10:00-12:00)"),
                      ("11-28 11:59", "in the last minute before it closes at 12:00 (sat 10:00-12:00)"),
                      ("11-28 12:00", "in the first minute after it has closed at 12:00 (sat 10:00-12:00)")],
                     id="a closed day on which it is closed anyway"),
        pytest.param({"open": ["daily 00:00-24:00"], "open_on": {"2026-12-31": "00:00-14:00"}},
                     [("12-31 13:59", "in the last minute before it closes at 14:00 (open on 2026-12-31)"),
                      ("12-31 14:00", "in the first minute after it has closed at 14:00 (open on 2026-12-31)"),
                      ("12-31 23:59", "in the last minute before it opens at 00:00 (daily 00:00-24:00)"),
                      ("01-01 00:00", "in the first minute after it has opened at 00:00 (daily 00:00-24:00)")],
                     id="a short day"),
        pytest.param({"open": ["fri 22:00-02:00"], "closed_on": ["2026-12-25"]},
                     [("11-27 21:59", "in the last minute before it opens at 22:00 (fri 22:00-02:00)"),
                      ("11-27 22:00", "in the first minute after it has opened at 22:00 (fri 22:00-02:00)"),
                      ("11-28 01:59", "in the last minute before it closes at 02:00 (fri 22:00-02:00)"),
                      ("11-28 02:00", "in the first minute after it has closed at 02:00 (fri 22:00-02:00)"),
                      ("12-19 01:59", "in the last open minute before 2026-12-25"),
                      ("12-25 22:00", "in the first minute of 2026-12-25"),
                      ("12-25 23:59", "in the last minute of 2026-12-25"),
                      ("01-01 22:00", "in the first open minute after 2026-12-25")], id="past midnight"),
    ],
)  # fmt: skip
def test_every_opening_closing_and_closed_day_has_its_edges(
    hours: dict[str, Any], edges: list[tuple[str, str]]
) -> None:
    assert edges_of(hours) == edges


def test_a_holiday_is_asked_for_in_whatever_year_it_is_on_a_working_day() -> None:
    spots = [spot.words for spot in run_tests(with_tests(ACME)).coverage.spots if spot.owner == "hours office"]
    # 2027 has it on a Saturday, and the next years not; Easter Sunday is never on a working day
    assert [words for words in spots if "darbo diena" in words] == [
        f"a call {edge} Tarptautinė darbo diena" for edge in (BEFORE, FIRST_OF, LAST_OF, AFTER)
    ]
    assert not [words for words in spots if "Velykų pirma" in words]
    assert len(spots) == len(set(spots)) < 60


names = st.sampled_from(["main", "more", "sales", "help", "ann", "back", "repeat", "hangup"])
menus = st.fixed_dictionaries(
    {"keys": st.dictionaries(st.sampled_from("0129*#"), names, min_size=1)},
    optional={
        "say": st.just("Hm?"),
        "silence": st.fixed_dictionaries({"tries": st.integers(1, 3), "go": names}),
        "mistake": st.fixed_dictionaries({"tries": st.integers(1, 3), "go": names}),
        "barge_in": st.booleans(),
        "closed": st.fixed_dictionaries({"hours": st.just("office"), "go": names}),
    },
)
lines = st.fixed_dictionaries(
    {},
    optional={
        "nobody": names,
        "overflow": st.fixed_dictionaries({"after": st.sampled_from([0.1, 33.3, 600]), "go": names}),
        "full": st.fixed_dictionaries({"size": st.integers(0, 2), "go": names}),
        "leave": st.dictionaries(st.sampled_from("19*"), names),
        "announce_every": st.sampled_from([5, 30.5]),
    },
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(main=menus, more=menus, sales=lines, help=lines, away=names)
def test_whatever_the_site_drafts_pass_and_end(
    main: dict[str, Any], more: dict[str, Any], sales: dict[str, Any], help: dict[str, Any], away: str
) -> None:
    site = Site.model_validate(
        BARE
        | {
            "numbers": {"+370 5 200 0000": {"menu": "main"}, "+370 5 200 0001": {"go": "sales"}},
            "menus": {"main": main, "more": more},
            "departments": {"sales": sales, "help": help},
            "people": {"ann": {"name": "Ann", "phone": "101", "departments": ["sales"], "no_answer": away}},
            "hours": {"office": {"open": ["mon-fri 09:00-18:00"]}},
        }
    )
    found, report = drafted(site)
    assert report.failed == ()
    assert {spot.branch for spot in report.coverage.uncovered} == {spot.branch for spot in found.unreached}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("press: [1, x]", "neither keys nor a wait", id="letters"),
        pytest.param("press: {a: 1}", "write keys and waits", id="mapping"),
        pytest.param("press: [true]", "write keys and waits", id="a word of YAML"),
        pytest.param(f"press: {'1' * 199} , 11", "more than 200 keys", id="too many"),
        pytest.param("expect: {department: sales, hangup: true}", "a call ends in one place", id="two ends"),
    ],
)
def test_what_a_test_cannot_say(text: str, told: str, tmp_path: Path) -> None:
    text = text if "," not in text or "[" in text or "{" in text else f'press: "{text[7:]}"'
    (tmp_path / "site.yaml").write_text(
        'company: {name: A}\nnumbers: {"+370 5 200 0000": {go: sales}}\ndepartments: {sales: {}}\n'
        f"tests:\n  - name: one\n    call: {{to: 1, at: 2026-11-24T10:00}}\n    {text}\n".replace("to: 1", 'to: "1"')
    )
    found = [str(finding) for finding in load_site(tmp_path).findings]
    assert any(told in finding for finding in found), found


def test_tests_of_several_files_add_up(tmp_path: Path) -> None:
    for file in FOLDER.glob("*.yaml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    more = 'tests:\n  - {name: x, call: {to: "+370 5 200 0000", at: 2026-11-24T10:00}, expect: {closed: false}}\n'
    (tmp_path / "more.yaml").write_text(more)
    site = require_site(tmp_path)
    assert len(site.tests) == len(ACME.tests) + 1
    assert Expectation().says_nothing
    assert not site.tests[0].expect.says_nothing
