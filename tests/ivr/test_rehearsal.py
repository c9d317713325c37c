"""A rehearsal goes where the interpreter leads, scripted or typed, and says why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pytest

from config.schema import Site
from ivr.rehearsal import Rehearsal, TimedStep, lead, rehearse
from ivr.simulator import script
from ivr.steps import PromptPlayed
from ivr.typed_caller import TypedCaller
from tests.ivr.ivr_sites import OPEN, PROMPT, ZONE, acme, finish, site

SUPPORT_LINE = "+370 5 200 0001"
EVENING = datetime(2026, 11, 24, 20, 30, tzinfo=ZONE)


def two_seconds(_: object) -> float:
    return PROMPT


def walk(keys: str, *, place: Site | None = None, to: str = SUPPORT_LINE, at: datetime = OPEN) -> Rehearsal:
    return finish(rehearse(place or acme(), to, "+37060000001", at, script(keys), two_seconds))


def typed(*lines: str, place: Site | None = None, to: str = SUPPORT_LINE, at: datetime = OPEN) -> Rehearsal:
    return finish(lead(place or acme(), TypedCaller(_lines(lines), two_seconds), to=to, caller="", at=at))


def _lines(lines: Sequence[str]) -> Any:
    left: Iterator[str] = iter(lines)
    return lambda: next(left, None)


@pytest.mark.parametrize(
    ("keys", "more", "expected"),
    [
        pytest.param("1", {}, ("department", "department billing", "key 1"), id="a key"),
        pytest.param("102", {}, ("person", "person bob", "extension 102 dialled"), id="an extension"),
        pytest.param("", {"at": EVENING}, ("hangup", "hangup", "silence, 1 of 1 tries"), id="closed, and silence"),
        pytest.param("", {}, ("department", "department reception", "silence, 2 of 2 tries"), id="silence"),
        pytest.param(
            "", {"to": "+370 5 200 0002"}, ("department", "department support", "number dialled"), id="no menu at all"
        ),
        pytest.param(
            "1",
            {"to": "+370 5 200 0099"},
            ("unknown_number", "", "the number dialled is not in use"),
            id="a number that is not in use",
        ),
    ],
)
def test_where_it_ends_and_why(keys: str, more: dict[str, Any], expected: tuple[str, str, str]) -> None:
    found = walk(keys, **more)
    assert (found.outcome, found.destination, found.why) == expected


def test_all_that_came_of_it() -> None:
    found = walk("w1 1")
    assert (found.to, found.caller, found.at) == (SUPPORT_LINE, "+37060000001", OPEN)
    assert (found.path, found.facts) == (("main",), {"intent": "invoice"})
    (prompt,) = found.prompts
    assert (prompt.language, prompt.menu, prompt.whole) == ("en", "main", False)
    seconds = [timed.second for timed in found.steps]
    assert seconds == sorted(seconds)
    assert seconds[0] == 0.0
    assert seconds[1] == 1.4  # the key cut the prompt


def test_an_unknown_number_is_told_so_in_the_first_language_of_the_site() -> None:
    (prompt,) = walk("", to="5000").prompts
    assert (prompt.language, prompt.text.split()[:3]) == ("en", ["The", "number", "you"])


def test_facts_of_the_number_and_secrets_as_the_journal_has_them() -> None:
    place = site(
        {"pin": {"say": "PIN?", "collect": {"name": "pin", "length": 4, "secret": True, "go": "sales"}}},
        numbers={"+370 5 200 0000": {"menu": "pin", "as": {"customer": "gold"}}},
    )
    found = walk("1234", place=place, to="+370 5 200 0000")
    assert found.facts == {"customer": "gold", "pin": "••••"}
    assert "1234" not in repr(found)


@pytest.mark.parametrize(
    ("lines", "keys"),
    [
        pytest.param(["1"], "w3 1", id="one key, and the end of the line ends the entry"),
        pytest.param(["102"], "w3 102", id="three keys in one entry"),
        pytest.param(["", ""], "", id="Enter is silence"),
        pytest.param(["2", "1", "123456"], "w3 2 w5 1 w5 123456", id="menu after menu"),
        pytest.param(["2", "*", "1"], "w3 2 w5 * w5 1", id="back"),
        pytest.param(["8", "1"], "w3 8 w5 1", id="a mistake, then the right key"),
        pytest.param(["1 "], "w3 1", id="blanks"),
    ],
)
def test_typed_keys_lead_where_a_script_leads(lines: list[str], keys: str) -> None:
    by_hand, by_script = typed(*lines), walk(keys)
    assert (by_hand.path, by_hand.facts, by_hand.destination, by_hand.why) == (
        by_script.path, by_script.facts, by_script.destination, by_script.why
    )  # fmt: skip


def test_the_end_of_the_input_hangs_up() -> None:
    found = typed("2")
    assert (found.outcome, found.path, found.why) == ("caller_gone", ("main", "technical"), "the caller hung up")


def test_each_step_is_told_as_it_happens() -> None:
    told: list[TimedStep] = []
    asked: list[int] = []

    def ask() -> str:
        asked.append(sum(isinstance(timed.step, PromptPlayed) for timed in told))
        return "2"

    found = finish(lead(acme(), TypedCaller(ask, two_seconds), to=SUPPORT_LINE, caller="", at=OPEN, watch=told.append))
    assert found.destination == "department support"
    assert asked == [1, 2]  # each question came after its prompt
    assert tuple(told) == found.steps
