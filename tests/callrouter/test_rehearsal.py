"""A rehearsed call goes on beyond the menus as a live one would, and always comes to an end."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import config
from callrouter.rehearsal.call import Rehearsal, rehearse_call
from callrouter.rehearsal.finish import finish
from callrouter.rehearsal.situation import PATIENCE
from config.load import require_site
from config.schema import Site
from ivr.simulator import script

ACME = require_site(Path(config.__file__).parent / "acme")
ZONE = ZoneInfo("Europe/Vilnius")
MORNING = datetime(2026, 11, 24, 10, 0, tzinfo=ZONE)
NIGHT = datetime(2026, 11, 24, 22, 0, tzinfo=ZONE)
LINE, ENGLISH, SUPPORT, FAX = "+37052000000", "+37052000001", "+37052000002", "+37052000009"

#: One department, whose rules the tests vary.
SMALL: dict[str, Any] = {
    "company": {"name": "Small", "timezone": "Europe/Vilnius"},
    "numbers": {"+370 5 200 0000": {"go": "sales"}},
    "departments": {"sales": {}},
    "people": {
        "ann": {"name": "Ann", "phone": "101", "departments": ["sales"], "skills": {"french": 20}},
        "ben": {"name": "Ben", "phone": "102", "departments": ["sales"]},
    },
}


def small(**rules: Any) -> Site:
    return Site.model_validate(SMALL | {"departments": {"sales": rules}})


def call(keys: str = "", *, place: Site = ACME, to: str = LINE, at: datetime = MORNING, **more: Any) -> Rehearsal:
    return finish(rehearse_call(place, to=to, at=at, presses=script(keys), **more))


@pytest.mark.parametrize(
    ("keys", "more", "outcome", "stops", "mail"),
    [
        pytest.param("1 w1 1", {}, "answered", "department billing", [], id="answered"),
        pytest.param("1 w1 101", {}, "answered", "person alice", [], id="a person"),
        pytest.param("1 w1 101", {"away": ["alice"]}, "voicemail", "person alice, voicemail alice",
                     ["alice@acme.example"], id="a person who does not answer"),
        pytest.param("1 w1 102", {"busy": ["bob"]}, "unserved", "person bob", [], id="a person who talks"),
        pytest.param("", {"to": SUPPORT, "logged_in": []}, "voicemail", "department support, voicemail support",
                     ["support@acme.example"], id="overflow"),
        pytest.param("w9 0", {"to": SUPPORT, "busy": ["bob", "carol"]}, "answered",
                     "department support, department reception", [], id="a key while waiting"),
        pytest.param("", {"to": SUPPORT, "away": ["bob", "carol"], "hangs_up": 40}, "abandoned", "department support",
                     [], id="gives up while phones ring"),
        pytest.param("w1 1", {"to": ENGLISH, "at": NIGHT}, "voicemail", "voicemail billing",
                     ["billing@acme.example"], id="closed, and a message"),
        pytest.param("w1 1", {"to": ENGLISH, "at": NIGHT, "speaks": 0.0}, "abandoned", "voicemail billing", [],
                     id="closed, and nothing said"),
        pytest.param("", {"to": FAX, "is_fax": True}, "fax", "fax billing", ["billing@acme.example"], id="a fax"),
        pytest.param("", {"is_fax": True}, "fax", "fax billing", ["billing@acme.example"], id="a fax by its tone"),
        pytest.param("", {"to": "+37052000077"}, "unknown_number", "", [], id="no number of ours"),
        pytest.param("", {"at": NIGHT}, "closed", "hangup", [], id="goodbye at night"),
    ],
)  # fmt: skip
def test_where_it_ends(keys: str, more: dict[str, Any], outcome: str, stops: str, mail: list[str]) -> None:
    came = call(keys, **more)
    assert (came.outcome, ", ".join(came.stops), list(came.mail)) == (outcome, stops, mail)


@pytest.mark.parametrize(
    ("rules", "more", "told"),
    [
        pytest.param({"nobody": {"voicemail": "sales"}}, {"logged_in": []}, "nobody is logged in", id="nobody"),
        pytest.param({"full": {"size": 3, "go": {"voicemail": "sales"}}}, {"waiting": 3}, "3 callers wait already",
                     id="full"),
        pytest.param({"skills": {"french": 90}, "relax_skills": {"after": 12}}, {}, "the caller had waited 12 s",
                     id="skills that relax wake who waits"),
        pytest.param({"skills": {"french": 10}}, {"busy": ["ann"], "hangs_up": 60}, "The caller gave up in the queue",
                     id="skills that do not"),
        pytest.param({"ring": "ring_all"}, {"away": ["ann"]}, "ben answered", id="all ring"),
        pytest.param({"ring_for": 10}, {"away": ["ann"]}, "ann: no answer after 10 s", id="after one away the next"),
        pytest.param({}, {"waiting": 1}, "ben rang", id="who waits before him goes first"),
    ],
)  # fmt: skip
def test_what_is_told_of_a_line(rules: dict[str, Any], more: dict[str, Any], told: str) -> None:
    came = call(place=small(**rules), **more)
    assert any(told in step.words for step in came.steps), [step.words for step in came.steps]


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param({}, id="nothing leads out of the line"),
        pytest.param({"overflow": {"after": 0.1, "go": "sales"}}, id="back into the same line, at once"),
        pytest.param({"overflow": {"after": 33.333333, "go": "sales"}, "announce_every": 0.7}, id="odd seconds"),
        pytest.param({"ring_for": 0.1, "overflow": {"after": 86_000, "go": "hangup"}}, id="phones that ring briefly"),
    ],
)
def test_whoever_would_wait_for_ever_gives_up(rules: dict[str, Any]) -> None:
    came = call(place=small(**rules), away=["ann", "ben"])
    assert came.outcome in ("abandoned", "unserved")
    assert came.seconds <= PATIENCE + 1


def test_the_clock_is_the_callers_own_in_the_night_when_clocks_are_put_back() -> None:
    came = call(place=small(), at=datetime(2026, 10, 25, 3, 59, 30, tzinfo=ZONE), logged_in=[], hangs_up=120)
    assert came.seconds == pytest.approx(120)


def test_secrets_stay_masked_and_all_that_was_heard_is_there() -> None:
    place = Site.model_validate(
        SMALL
        | {
            "numbers": {"+370 5 200 0000": {"menu": "pin"}},
            "menus": {"pin": {"say": "PIN?", "collect": {"name": "pin", "length": 4, "secret": True, "go": "sales"}}},
        }
    )
    came = call("w2 4711", place=place, logged_in=[], hangs_up=60)
    assert came.facts == {"pin": "••••"}
    assert "4711" not in "".join(step.words for step in came.steps)
    assert came.said[:2] == ("PIN?", "All our operators are busy. Please hold the line.")


async def test_where_a_loop_runs_it_is_awaited_and_watched() -> None:
    seen: list[str] = []
    came = await rehearse_call(ACME, to=SUPPORT, at=MORNING, watch=lambda event: seen.append(event.KIND))
    assert seen == [event.KIND for event in came.events]
    assert (came.answered_by, came.destination, came.why) == ("bob", "department support", "number dialled")
