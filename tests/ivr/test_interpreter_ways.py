"""The ways out of a menu: closed doors, numbers to enter, people, and callers who hang up on the way."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.schema import Site
from config.values import Destination
from ivr.conversation import CallerGone
from ivr.interpreter import MOST_TURNS, Dialogue
from ivr.simulator import Simulator, script
from ivr.steps import (
    BranchTaken,
    FactNamed,
    KeysPressed,
    PromptPlayed,
    Step,
)
from tests.ivr.ivr_sites import OPEN, ZONE, Walk, acme, finish, site, walk
from tests.ivr.test_interpreter import CLOCKS, CLOSED, LATE, menu


def test_the_closed_branch_says_why_and_cannot_be_interrupted() -> None:
    call = walk(site({"main": CLOSED}), presses=[(0.5, "1")], at=LATE)
    assert call.heard == [(0.0, "We are closed.")]
    assert [branch.partition(": ")[2] for branch in call.branches] == ["closed: outside opening hours"]


def test_whoever_dawdles_past_closing_time_finds_it_closed() -> None:
    place = site({"first": menu(keys={1: "main"}), "main": CLOSED})
    almost = datetime(2026, 11, 24, 17, 59, 57, tzinfo=ZONE)
    assert walk(place, "first", [(2.9, "1"), (3.1, "1")], at=almost).destination == "department sales"
    assert walk(place, "first", [(3.1, "1"), (3.3, "1")], at=almost).destination == "department night"


def test_a_closed_department_leads_elsewhere() -> None:
    departments = {"sales": {"hours": "office", "closed": "late"}, "night": {}}
    place = site({"main": menu(), "late": menu(say="Late.", keys={5: "night"})}, departments=departments)
    call = walk(place, presses=[(0.5, "1"), (1.0, "5")], at=LATE)
    assert (call.destination, call.texts) == ("department night", ["Main.–", "Late.–"])
    assert call.branches[1] == "sales > menu late: sales is closed: outside opening hours"
    assert call.dialogue.met_closed
    assert walk(place, presses=[(0.5, "1")]).destination == "department sales"


def test_a_department_without_a_closed_branch_is_left_to_the_waiting_room() -> None:
    place = site({"main": menu()}, departments={"sales": {"hours": "office"}, "night": {}})
    assert walk(place, presses=[(0.5, "1")], at=LATE).destination == "department sales"


# ---- collecting numbers


ASK = {
    "say": "Your number?",
    "collect": {"name": "account", "length": 4, "check": "luhn", "go": "sales"},
    "silence": {"tries": 1, "go": "night"},
    "mistake": {"tries": 2, "say": "Wrong!", "go": "night"},
    "wait": CLOCKS,
}
SECRET = {**ASK, "collect": {**ASK["collect"], "secret": True}}  # type: ignore[dict-item]  # a literal of ours


def typed(keys: str, since: float = 2.5) -> list[tuple[float, str]]:
    return [(since + 0.25 * number, key) for number, key in enumerate(keys)]


def test_a_number_becomes_a_fact() -> None:
    call = walk(site({"main": ASK}), presses=typed("1230"))
    assert call.dialogue.facts == {"account": "1230"}
    assert call.steps[2:] == [
        KeysPressed("1230", "main", "match"),
        FactNamed("account", "1230"),
        BranchTaken("main", "department sales", "account entered"),
    ]
    assert call.caller.elapsed == 3.25


def test_a_number_that_fails_its_check_may_be_tried_again() -> None:
    call = walk(site({"main": ASK}), presses=[*typed("1231"), *typed("1230", since=6.0)])
    assert call.keys == [("1231", "no_match"), ("1230", "match")]
    assert call.texts == ["Your number?", "Wrong!", "Your number?–"]
    assert call.dialogue.facts == {"account": "1230"}


def test_a_secret_is_a_fact_and_never_part_of_the_story() -> None:
    call = walk(site({"main": SECRET}), presses=[*typed("1231"), *typed("1230", since=6.0)])
    assert call.dialogue.facts == {"account": "1230"}
    assert call.keys == [("••••", "no_match"), ("••••", "match")]
    assert FactNamed("account", "••••") in call.steps
    assert not any(digits in repr(call.steps) for digits in ("1230", "1231"))


def test_a_number_left_half_way_is_a_mistake_and_nothing_at_all_is_silence() -> None:
    assert walk(site({"main": ASK}), presses=typed("12")).keys[0] == ("12", "no_match")
    assert walk(site({"main": ASK})).branches == ["main > department night: silence, 1 of 1 tries"]


# ---- people


def test_an_extension_is_dialled_directly() -> None:
    call = walk(site({"main": menu(direct_dial=True)}), presses=typed("102"))
    assert (call.destination, call.branches) == ("person bob", ["main > person bob: extension 102 dialled"])
    assert call.caller.elapsed == 3.0


def test_a_menu_may_have_extensions_only() -> None:
    place = site({"main": {"say": "Which extension?", "direct_dial": True, "wait": CLOCKS}})
    assert walk(place, presses=typed("101")).destination == "person alice"


def test_without_direct_dialling_an_extension_is_only_keys() -> None:
    assert walk(site({"main": menu()}), presses=typed("102")).destination == "department sales"


def test_a_key_of_the_menu_comes_before_an_extension() -> None:
    place = site({"main": menu(direct_dial=True, keys={101: "night"})})
    assert walk(place, presses=typed("101")).destination == "department night"


# ---- destinations


@pytest.mark.parametrize(
    ("go", "destination"),
    [
        ("sales", "department sales"),
        ("alice", "person alice"),
        ({"department": "sales"}, "department sales"),
        ({"person": "bob"}, "person bob"),
        ({"voicemail": "sales"}, "voicemail sales"),
        ({"fax": "sales"}, "fax sales"),
        ("hangup", "hangup"),
    ],
    ids=str,
)
def test_every_kind_of_destination_ends_the_dialogue(go: Any, destination: str) -> None:
    call = walk(site({"main": menu(keys={1: {"go": go}})}), presses=[(0.5, "1")])
    assert call.destination == destination
    assert call.branches == [f"main > {destination}: key 1"]


def test_a_number_may_lead_past_all_menus() -> None:
    call = walk(site({"main": menu()}), "sales")
    assert (call.destination, call.steps) == ("department sales", [])


# ---- round and round


CIRCLES = {
    "two menus": site({"main": {"go": "other"}, "other": {"go": "main"}}),
    "a menu and a closed department": site(
        {"main": {"go": "sales"}}, departments={"sales": {"hours": "office", "closed": "main"}}
    ),
    "two closed departments": site(
        {"main": {"go": "sales"}},
        departments={
            "sales": {"hours": "office", "closed": "night"},
            "night": {"hours": "office", "closed": "sales"},
        },
    ),
    "a department that is closed to itself": site(
        {"main": {"go": "sales"}}, departments={"sales": {"hours": "office", "closed": "sales"}}
    ),
}


@pytest.mark.parametrize("place", CIRCLES.values(), ids=CIRCLES.keys())
def test_a_call_that_goes_round_in_circles_is_ended(place: Site) -> None:
    call = walk(place, at=LATE)
    assert call.outcome is not None
    assert (call.destination, call.outcome.why) == ("hangup", "going round in circles")
    assert call.branches[-1].endswith(f"hangup: led on more than {MOST_TURNS} times")
    assert len(call.steps) <= 2 * MOST_TURNS + 1


# ---- callers who hang up


def test_what_was_being_said_is_told_of_a_caller_who_hangs_up() -> None:
    call = walk(site({"main": menu()}), hangs_up_at=1.5)
    assert call.outcome is None
    assert call.steps[-1] == PromptPlayed("Main.", "en", "main", "menu", whole=False)
    assert call.caller.elapsed == 1.5


#: Calls through the sample site that between them meet every feature of the menu language.
LIVES: dict[str, tuple[str, str, datetime]] = {
    "silence everywhere": ("welcome", "", OPEN),
    "wrong keys everywhere": ("welcome", "w3 7 w8 7 w4 8 w20 8 8 w4 *", OPEN),
    "contract with a mistake": ("welcome", "w2 2 w3 2 w3 1 w3 12 w6 123456", OPEN),
    "back, repeat, extension": ("welcome", "1 w2 9 w3 2 w5 * w5 104", OPEN),
    "after hours": ("main", "w3 5", LATE),
    "urgent after hours": ("main", "w12 2", LATE),
}


@cache
def life(name: str, hangs_up_at: float | None = None) -> Walk:
    start, keys, at = LIVES[name]
    presses = [(press.at, press.key) for press in script(keys)]
    return walk(acme_site(), start, presses, at=at, hangs_up_at=hangs_up_at)


acme_site = cache(acme)


def is_beginning(steps: list[Step], whole: list[Step]) -> bool:
    """Tell whether the one is how the other began; only the last prompt may have been cut short."""
    if not steps:
        return True
    *before, last = steps
    same = whole[len(before)]
    if isinstance(last, PromptPlayed) and isinstance(same, PromptPlayed) and not last.whole:
        same = PromptPlayed(same.text, same.language, same.menu, same.purpose, whole=False)
    return before == whole[: len(before)] and last == same


def hang_up(name: str, at: float) -> None:
    undisturbed = life(name)
    call = life(name, at)
    assert is_beginning(call.steps, undisturbed.steps)
    if at > undisturbed.caller.elapsed:
        assert (call.outcome, call.steps) == (undisturbed.outcome, undisturbed.steps)
    else:
        assert call.caller.elapsed <= at
    if at < undisturbed.caller.elapsed:
        assert call.outcome is None


@pytest.mark.parametrize("name", LIVES)
def test_a_caller_may_hang_up_at_every_single_step(name: str) -> None:
    undisturbed = life(name)
    moments = {0.0, undisturbed.caller.elapsed, 60.0}
    for sound in undisturbed.caller.heard:
        moments |= {sound.at, sound.at + sound.seconds / 2, sound.at + sound.seconds}
    for press in undisturbed.caller.presses:
        moments |= {press.at, press.at - 0.01, press.at + 0.01}
    for moment in sorted(moments):
        hang_up(name, moment)


@settings(max_examples=200)
@given(st.sampled_from(sorted(LIVES)), st.floats(0, 60))
def test_a_caller_may_hang_up_at_any_time(name: str, at: float) -> None:
    hang_up(name, at)


@settings(max_examples=200)
@given(st.lists(st.tuples(st.floats(0, 60), st.sampled_from("0123456789*#")), max_size=30), st.booleans())
def test_whatever_is_pressed_the_sample_site_leads_somewhere(presses: list[tuple[float, str]], late: bool) -> None:
    call = walk(acme_site(), "welcome", sorted(presses), at=LATE if late else OPEN)
    assert call.outcome is not None
    assert call.outcome.destination.kind in {"department", "person", "voicemail", "fax", "hangup"}
    assert call.outcome.why != "going round in circles"


def test_nothing_but_the_caller_going_comes_out() -> None:
    caller = Simulator(hangs_up_at=0.0)
    dialogue = Dialogue(acme_site(), caller, at=OPEN)
    with pytest.raises(CallerGone):
        finish(dialogue.follow(Destination(kind="menu", name="welcome")))


# ---- the sample site


ACME: dict[str, tuple[str, str, datetime, str, list[str], dict[str, str]]] = {
    "an invoice": ("1", "1", OPEN, "department billing", ["main"], {"intent": "invoice"}),
    "a delivery": ("1", "3", OPEN, "department delivery", ["main"], {"intent": "delivery"}),
    "the reception": ("1", "0", OPEN, "department reception", ["main"], {}),
    "an extension": ("1", "104", OPEN, "person dan", ["main"], {}),
    "english by key": ("0", "1 1", OPEN, "department billing", ["welcome", "main"], {"intent": "invoice"}),
    "heard again": ("1", "9 w5 1", OPEN, "department billing", ["main", "main"], {"intent": "invoice"}),
    "a repair": (
        "1",
        "2 w1 1 w1 123456",
        OPEN,
        "department support",
        ["main", "technical", "contract"],
        {"intent": "repair", "contract": "123456"},
    ),
    "there and back": ("1", "2 w1 * w1 0", OPEN, "department reception", ["main", "technical", "main"], {}),
    "urgent at night": ("1", "w1 2", LATE, "department support", ["main", "after-hours"], {"intent": "urgent"}),
    "silence at night": ("1", "", LATE, "hangup", ["main", "after-hours"], {}),
    "gold customers": ("2", "", OPEN, "department support", [], {}),
}


@pytest.mark.parametrize(("number", "keys", "at", "destination", "path", "facts"), ACME.values(), ids=ACME.keys())
def test_the_sample_site(
    number: str, keys: str, at: datetime, destination: str, path: list[str], facts: dict[str, str]
) -> None:
    place = acme_site()
    entry = place.find_number(f"+3705200000{number}")
    assert entry is not None
    call = walk(place, entry.entry, [(p.at, p.key) for p in script(keys)], at=at, language=entry.language)
    assert (call.destination, call.dialogue.path, call.dialogue.facts) == (destination, path, facts)
