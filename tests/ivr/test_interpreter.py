"""The menu language, word by word: what a caller hears, when, and where the call goes.

Long, because it is one table of the whole language: whoever adds a word to `Menu` finds its place here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from config.values import Destination
from ivr.interpreter import Dialogue
from ivr.simulator import Press, Simulator
from ivr.steps import (
    BranchTaken,
    FactNamed,
    KeysPressed,
    LanguageChosen,
    MenuEntered,
    PromptPlayed,
    Step,
)
from tests.ivr.ivr_sites import OPEN, PROMPT, ZONE, finish, site, walk

BACK = Destination(kind="back")
REPEAT = Destination(kind="repeat")
LATE = datetime(2026, 11, 24, 20, 30, tzinfo=ZONE)
CLOCKS = {"first_key": "5s", "between_keys": "3s", "whole": "30s"}


def menu(**parts: Any) -> dict[str, Any]:
    """A menu that says its own name, with a key for each of the two departments."""
    return {"say": "Main.", "keys": {1: "sales", 2: "night"}, "wait": CLOCKS, **parts}


# ---- the steps of one plain call


def test_a_plain_call_tells_every_step_in_order() -> None:
    place = site({"main": menu(keys={1: {"go": "sales", "as": {"intent": "buy"}, "say": "Thank you."}})})
    call = walk(place, presses=[(2.5, "1")])
    assert call.steps == [
        MenuEntered("main"),
        PromptPlayed("Main.", "en", "main", "menu", whole=True),
        KeysPressed("1", "main", "match"),
        FactNamed("intent", "buy"),
        PromptPlayed("Thank you.", "en", "main", "choice", whole=True),
        BranchTaken("main", "department sales", "key 1"),
    ]
    assert call.outcome is not None
    assert (call.destination, call.outcome.why) == ("department sales", "key 1")
    assert call.dialogue.facts == {"intent": "buy"}
    assert call.heard == [(0.0, "Main."), (2.5, "Thank you.")]


# ---- silence and mistakes


SAYS = {"tries": 2, "say": "Silence!", "go": "night"}
ERRS = {"tries": 3, "say": "Wrong!", "go": "sales"}
TRYING = menu(silence=SAYS, mistake=ERRS)

TRIES: dict[str, tuple[list[tuple[float, str]], list[tuple[float, str]], str]] = {
    "silence to the end": (
        [],
        [(0.0, "Main."), (7.0, "Silence!"), (9.0, "Main."), (16.0, "Silence!")],
        "main > department night: silence, 2 of 2 tries",
    ),
    "mistakes to the end, each in the silence after the menu": (
        [(2.5, "7"), (7.0, "8"), (11.5, "9")],
        [(0.0, "Main."), (2.5, "Wrong!"), (4.5, "Main."), (7.0, "Wrong!"), (9.0, "Main."), (11.5, "Wrong!")],
        "main > department sales: no such choice, 3 of 3 tries",
    ),
    "silence and mistakes are counted apart": (
        [(7.5, "7"), (10.5, "7"), (13.0, "2")],
        [(0.0, "Main."), (7.0, "Silence!–"), (7.5, "Wrong!"), (9.5, "Main.–"), (10.5, "Wrong!"), (12.5, "Main.–")],
        "main > department night: key 2",
    ),
    "a right key after silence": (
        [(10.0, "1")],
        [(0.0, "Main."), (7.0, "Silence!"), (9.0, "Main.–")],
        "main > department sales: key 1",
    ),
    "a right key in the midst of the apology": (
        [(8.0, "1")],
        [(0.0, "Main."), (7.0, "Silence!–")],
        "main > department sales: key 1",
    ),
}


@pytest.mark.parametrize(("presses", "heard", "branch"), TRIES.values(), ids=TRIES.keys())
def test_silence_and_mistakes(presses: list[tuple[float, str]], heard: list[tuple[float, str]], branch: str) -> None:
    call = walk(site({"main": TRYING}), presses=presses)
    assert call.heard == heard
    assert call.branches == [branch]


def test_the_last_apology_cannot_be_interrupted() -> None:
    call = walk(site({"main": menu(silence={"tries": 1, "say": "Goodbye.", "go": "hangup"})}), presses=[(7.5, "1")])
    assert call.heard == [(0.0, "Main."), (7.0, "Goodbye.")]
    assert call.destination == "hangup"


def test_one_try_and_nothing_to_say() -> None:
    call = walk(site({"main": menu(mistake={"tries": 1, "go": "night"})}), presses=[(1.0, "9")])
    assert call.keys == [("9", "no_match")]
    assert (call.destination, call.texts) == ("department night", ["Main.–"])


def test_silence_is_in_the_story_each_time() -> None:
    call = walk(site({"main": TRYING}))
    assert call.keys
    assert set(call.keys) == {("", "no_input")}


def test_the_clocks_of_the_menu_are_its_own() -> None:
    place = site({"main": menu(wait={"first_key": "1s"}, silence={"tries": 1, "go": "night"})})
    assert walk(place).caller.elapsed == PROMPT + 1.0


# ---- barge-in


def test_a_key_cuts_the_prompt_short() -> None:
    call = walk(site({"main": menu()}), presses=[(0.5, "1")])
    assert call.heard == [(0.0, "Main.–")]
    assert PromptPlayed("Main.", "en", "main", "menu", whole=False) in call.steps
    assert call.caller.elapsed == 0.5


def test_without_barge_in_the_prompt_is_heard_to_its_end() -> None:
    call = walk(site({"main": menu(barge_in=False)}), presses=[(0.5, "1"), (2.5, "2")])
    assert call.heard == [(0.0, "Main.")]
    assert call.keys == [("2", "match")]


def test_keys_typed_ahead_reach_the_next_menu() -> None:
    place = site({"main": menu(keys={1: "next"}), "next": menu(say="Next.")})
    call = walk(place, presses=[(0.5, "1"), (0.9, "2")])
    assert (call.destination, call.texts) == ("department night", ["Main.–", "Next.–"])


def test_1_and_10_live_in_one_menu() -> None:
    place = site({"main": menu(keys={1: "sales", 10: "night"})})
    assert walk(place, presses=[(2.0, "1")]).destination == "department sales"
    assert walk(place, presses=[(2.0, "1"), (4.9, "0")]).destination == "department night"
    assert walk(place, presses=[(2.0, "1"), (5.1, "0")]).destination == "department sales"


# ---- what is played


def test_a_recording_comes_before_the_text() -> None:
    call = walk(site({"main": menu(play="jingle")}), presses=[(4.5, "1")], language="lt")
    assert call.heard == [(0.0, "[jingle lt]"), (2.0, "Main.")]


def test_a_key_in_the_recording_skips_the_text() -> None:
    call = walk(site({"main": menu(play="jingle")}), presses=[(1.0, "1")])
    assert call.heard == [(0.0, "[jingle en]–")]


def test_a_menu_with_nothing_to_choose_leads_on() -> None:
    call = walk(site({"main": {"say": "We record calls.", "go": "sales"}}))
    assert (call.destination, call.heard) == ("department sales", [(0.0, "We record calls.")])
    assert call.branches == ["main > department sales: nothing to choose"]


# ---- back, repeat


TREE = {
    "main": menu(keys={1: "left", 2: "right", 9: "repeat", "*": "back", 5: "notice"}),
    "left": menu(say="Left.", keys={1: "deep", "*": "back", 2: "repeat", 3: "hint"}),
    "deep": menu(say="Deep.", keys={1: "sales", "*": "back"}),
    "right": menu(say="Right."),
    "notice": {"say": "Notice.", "go": "deep"},
    "hint": {"say": "Hint.", "go": "back"},
}


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        pytest.param("1*", ["main", "left", "main"], id="back to the menu before"),
        pytest.param("11**", ["main", "left", "deep", "left", "main"], id="back twice"),
        pytest.param("*", ["main", "main"], id="back at the beginning says it again"),
        pytest.param("1**", ["main", "left", "main", "main"], id="back beyond the beginning"),
        pytest.param("9", ["main", "main"], id="repeat"),
        pytest.param("99", ["main", "main", "main"], id="repeat twice"),
        pytest.param("12*", ["main", "left", "left", "main"], id="a repeated menu counts once on the way back"),
        pytest.param("1*11*", ["main", "left", "main", "left", "deep", "left"], id="there and back and there"),
        pytest.param("5*", ["main", "notice", "deep", "main"], id="back leads past what had nothing to choose"),
        pytest.param("13*", ["main", "left", "hint", "left", "main"], id="a hint leads back to where it was asked for"),
    ],
)
def test_back_and_repeat(keys: str, path: list[str]) -> None:
    call = walk(site(TREE), presses=[(0.5 + number * 4.0, key) for number, key in enumerate(keys)], hangs_up_at=60.0)
    assert call.dialogue.path[: len(path)] == path


def test_back_from_the_closed_branch_leads_past_the_closed_menu() -> None:
    closed = {"hours": "office", "go": "late"}
    late = menu(say="We are closed.", keys={"*": "back"})
    place = site({"first": menu(keys={1: "main"}), "main": menu(closed=closed), "late": late})
    call = walk(place, "first", [(1.0, "1"), (2.0, "*")], at=LATE, hangs_up_at=20.0)
    assert call.dialogue.path[:4] == ["first", "main", "late", "first"]


@pytest.mark.parametrize("word", [BACK, REPEAT], ids=str)
def test_a_call_that_begins_with_back_or_repeat_has_nowhere_to_go(word: Destination) -> None:
    assert walk(site({"main": menu()}), word).destination == "hangup"


def test_a_caller_who_leaves_a_line_is_still_the_same_caller() -> None:
    caller = Simulator([Press(0.5, "1"), Press(1.5, "2"), Press(2.5, "2")])
    steps: list[Step] = []
    place = site({"main": menu(keys={1: {"go": "sales", "as": {"intent": "buy"}}, 2: "night"})})
    dialogue = Dialogue(place, caller, at=OPEN, note=steps.append)
    assert str(finish(dialogue.follow(Destination(kind="menu", name="main"))).destination) == "department sales"
    assert str(finish(dialogue.follow(REPEAT, "left the line")).destination) == "department night"
    assert str(finish(dialogue.follow(BACK)).destination) == "department night"
    assert dialogue.path == ["main", "main", "main"]
    assert dialogue.facts == {"intent": "buy"}


# ---- languages


BOTH = {"en": "Main.", "lt": "Pagrindinis."}


def test_a_language_once_chosen_is_kept() -> None:
    place = site(
        {
            "main": menu(say=BOTH, keys={1: {"language": "en"}, 2: {"language": "lt", "go": "next", "say": BOTH}}),
            "next": menu(say={"en": "Next.", "lt": "Kitas."}, play="jingle"),
        }
    )
    call = walk(place, presses=[(0.5, "2"), (7.0, "1")])
    assert call.texts == ["Main.–", "Pagrindinis.", "[jingle lt]", "Kitas."]
    assert LanguageChosen("lt") in call.steps
    assert call.dialogue.language == "lt"


def test_a_key_that_only_chooses_a_language_says_the_menu_again() -> None:
    place = site({"main": menu(say=BOTH, keys={1: "sales", 2: {"language": "lt"}})})
    call = walk(place, presses=[(0.5, "2"), (3.0, "1")])
    assert call.texts == ["Main.–", "Pagrindinis."]
    assert call.branches[0] == "main > repeat: key 2"


@pytest.mark.parametrize(
    ("say", "language", "text", "told"),
    [
        pytest.param(BOTH, None, "Main.", "en", id="the site's first language, where nothing was chosen"),
        pytest.param(BOTH, "lt", "Pagrindinis.", "lt", id="the language of the number"),
        pytest.param({"en": "Main."}, "lt", "Main.", "en", id="not written in it: the first language"),
        pytest.param("Main.", "lt", "Main.", "en", id="written as one text: the first language"),
        pytest.param({"lt": "Pagrindinis."}, "en", "Pagrindinis.", "lt", id="not even in the first: what there is"),
    ],
)
def test_which_language_is_spoken(say: Any, language: str | None, text: str, told: str) -> None:
    call = walk(site({"main": menu(say=say)}), presses=[(3.0, "1")], language=language)
    assert call.steps[1] == PromptPlayed(text, told, "main", "menu", whole=True)


# ---- hours


CLOSED = menu(closed={"hours": "office", "go": "night", "say": "We are closed."})


@pytest.mark.parametrize(
    ("at", "destination", "heard"),
    [
        pytest.param("2026-11-24T09:00", "sales", ["Main.–"], id="at opening time"),
        pytest.param("2026-11-24T08:59:59", "night", ["We are closed."], id="a second before"),
        pytest.param("2026-11-24T17:59:59", "sales", ["Main.–"], id="a second before closing time"),
        pytest.param("2026-11-24T18:00", "night", ["We are closed."], id="at closing time"),
        pytest.param("2026-11-25T12:00", "night", ["We are closed."], id="a single closed day"),
        pytest.param("2026-11-28T12:00", "night", ["We are closed."], id="saturday"),
    ],
)
def test_a_menu_is_closed_by_the_date(at: str, destination: str, heard: list[str]) -> None:
    when = datetime.fromisoformat(at).replace(tzinfo=ZONE)
    call = walk(site({"main": CLOSED}), presses=[(0.5, "1")], at=when)
    assert (call.destination, call.texts) == (f"department {destination}", heard)
    assert call.dialogue.met_closed is (destination == "night")
