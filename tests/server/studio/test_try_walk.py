"""The time machine's walk: told step by step with reasons, pressed on key by key, and found again on the map."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import config
from callrouter import events as ev
from callrouter.rehearsal.call import Rehearsal, rehearse
from callrouter.rehearsal.situation import Stage
from config.graph import graph_of
from config.load import require_site
from config.schema import Site
from ivr.simulator import script
from server.studio.overview.path import number_stop, path_of
from server.studio.trying.asked import AT, BUSY, OUT, Asked, asked_of, call_of
from server.studio.trying.walk import end_words, next_press, pressed, tell

ACME = Path(config.__file__).parent / "acme"
VILNIUS = ZoneInfo("Europe/Vilnius")
MAIN, ENGLISH, GOLD = "+370 5 200 0000", "+370 5 200 0001", "+370 5 200 0002"


@pytest.fixture(scope="module")
def acme() -> Site:
    return require_site(ACME)


async def walk(site: Site, keys: str = "", *, to: str = MAIN, at: str = "2026-12-23T10:00", who: str = "") -> Rehearsal:
    asked = Asked(to=to, at=at, keys=keys, who=who)
    return await rehearse(Stage(site), call_of(asked, site, datetime.now(VILNIUS)).situation)


@pytest.mark.parametrize(
    ("keys", "how", "places", "labels"),
    [
        pytest.param(
            "1 w14 1", {}, [MAIN, "welcome", "main", "billing"], {"call", "1"}, id="a key, and somebody answers"
        ),
        pytest.param(
            "",
            {"at": "2026-12-24T17:59"},
            [MAIN, "welcome", "main", "after-hours"],
            {"call", "silence", "closed"},
            id="silence on a holiday",
        ),
        pytest.param(
            "102", {"to": ENGLISH}, [ENGLISH, "main", ""], {"call", "extension", "102"}, id="an extension"
        ),
        pytest.param(
            "101",
            {"to": ENGLISH, "who": "unanswered"},
            [ENGLISH, "main", "", "alice", "alice"],
            {"call", "extension", "101", "no answer"},
            id="somebody who does not answer",
        ),
        pytest.param(
            "w5 1", {"to": GOLD, "who": "nobody"}, [GOLD, "support", "support"], {"call", "1"}, id="out of the line"
        ),
        pytest.param(
            "", {"to": GOLD, "who": "nobody"}, [GOLD, "support", "support"], {"call", "overflow"}, id="overflow"
        ),
    ],
)  # fmt: skip
async def test_the_path_of_a_call_is_found_on_the_map(
    acme: Site, keys: str, how: dict[str, str], places: list[str], labels: set[str]
) -> None:
    graph = graph_of(acme)
    walked = await walk(acme, keys, **how)
    trodden = path_of(graph, acme, walked.events)
    assert [stop.name for stop in trodden.stops] == places
    assert {branch.label for branch in trodden.branches} == labels
    assert [trodden.step(stop) for stop in trodden.stops] == list(range(1, len(places) + 1))


async def test_a_number_is_found_however_it_was_dialled(acme: Site) -> None:
    assert number_stop(acme, "852000000") == number_stop(acme, "+37052000000") == ("number", MAIN)
    assert number_stop(acme, "+49 30 1234567") is None


async def test_keys_pressed_one_by_one_lead_where_a_caller_gets_who_listens_first(acme: Site) -> None:
    keys, at = "", "2026-12-23T10:00"
    for key in "1211234562":
        walked = await walk(acme, keys, at=at, who="nobody")
        if (moment := next_press(walked, script(keys))) is None:
            break
        keys = pressed(keys, script(keys), key, moment)
    walked = await walk(acme, keys, at=at, who="nobody")
    # English, technical support, a repair, and the six digits of the contract as one entry; then somebody is waited for
    assert walked.path == ("welcome", "main", "technical", "contract")
    assert walked.facts == {"intent": "repair", "contract": "123456"}
    assert walked.destination == "voicemail support"


@pytest.mark.parametrize(
    ("how", "listened"),
    [
        pytest.param({}, True, id="the first menu"),
        pytest.param({"to": GOLD, "who": "nobody"}, True, id="a waiting line"),
        pytest.param({"to": GOLD}, False, id="somebody answers at once"),
        pytest.param({"to": "+370 5 999"}, False, id="nobody has the number"),
    ],
)
async def test_a_key_is_offered_where_somebody_listens(acme: Site, how: dict[str, str], listened: bool) -> None:
    assert (next_press(await walk(acme, **how), ()) is not None) is listened


async def test_each_step_is_told_by_the_clock_with_its_reason(acme: Site) -> None:
    walked = await walk(acme, "1", at="2026-12-24T17:59")
    told = tell(walked, script("1"), lambda said: f"id-{said.language}")  # type: ignore[union-attr]  # no message is played
    heard = [one for one in told if one.kind == "heard"]
    assert (heard[0].whole, heard[0].sound, heard[-1].text) == (False, "id-en", "Goodbye.")
    [door] = [one for one in told if one.door]
    assert (door.door, door.is_open) == ("office closed (public holiday: Kūčių diena) until Mon 28 Dec 09:00", False)
    assert f"{door.at:%H:%M}" == "17:59"
    assert next(one.text for one in told if one.silent) == "Pressed nothing."
    assert told[-1].kind == "end" and sorted(told, key=lambda one: one.second) == list(told)


async def test_what_is_heard_over_and_over_is_counted(acme: Site) -> None:
    told = tell(await walk(acme, to=GOLD, who="nobody"), (), lambda _: "")
    assert [one.text for one in told].count("You are first in line.") == 2
    assert any("times more" in one.text for one in told if one.kind == "again")


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"to": "+370 5 999"}, "Nobody has this number"),
        ({"at": "2026-12-24T17:59"}, "We hang up"),
        ({"to": GOLD}, "Technical support"),
        ({"to": GOLD, "who": "nobody"}, "Mailbox support"),
    ],
)
async def test_the_end_is_in_the_words_of_the_map(acme: Site, how: dict[str, str], words: str) -> None:
    assert end_words(await walk(acme, **how), graph_of(acme)) == words


def test_a_call_comes_back_from_its_address(acme: Site) -> None:
    asked = Asked(to=MAIN, caller="+37060000001", at="2026-12-24T17:59", keys="1 w5 2", of="published", waiting=3)
    assert asked_of(asked.fields().get) == asked
    assert Asked().query() == AT and "keys=1" in asked.query(keys="1")


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        pytest.param(Asked(at="noon"), "at", id="no time"),
        pytest.param(Asked(keys="x"), "keys", id="no key"),
        pytest.param(Asked(keys="1" * 201), "keys", id="too many keys"),
        pytest.param(Asked(who="zoe"), "who", id="nobody of the site"),
    ],
)
def test_what_cannot_be_used_is_told_at_its_field(acme: Site, asked: Asked, fault: str) -> None:
    assert list(call_of(asked, acme, datetime.now(VILNIUS)).faults) == [fault]


@pytest.mark.parametrize("waiting", ["", "x", "-1", "99999", "٣"])
def test_a_strange_number_of_others_is_no_fault(waiting: str) -> None:
    assert 0 <= asked_of({"waiting": waiting}.get).waiting <= 9999


async def test_where_nobody_rings_it_is_said_why_of_each(acme: Site) -> None:
    asked = Asked(to=GOLD, at="2026-12-23T10:00", people=(("bob", BUSY), ("carol", OUT)))
    walked = await rehearse(Stage(acme), call_of(asked, acme, datetime.now(VILNIUS)).situation)
    [queued] = [one for one in tell(walked, (), lambda _: "") if one.why_not]
    assert queued.text == "Joined the line of support at place 1."
    assert dict(queued.why_not) == {"bob": "on another call", "carol": "not logged in"}
    # Who rings is told by the ringing itself.
    assert next(one.text for one in tell(await walk(acme, to=GOLD), (), lambda _: "") if one.why_not).startswith(
        "bob rang"
    )


async def test_keys_are_pressed_while_a_message_is_spoken(acme: Site) -> None:
    keys = "w2 1"
    walked = await walk(acme, keys, to=ENGLISH, at="2026-12-24T17:59")
    moment = next_press(walked, script(keys))
    assert moment is not None
    ended = await walk(acme, pressed(keys, script(keys), "#", moment), to=ENGLISH, at="2026-12-24T17:59")
    begun = next(step.second for step in ended.steps if isinstance(step.event, ev.MessageBegun))
    [taken] = [step.event for step in ended.steps if isinstance(step.event, ev.MessageTaken)]
    assert (moment, taken.seconds) == (pytest.approx(begun + 10, abs=0.1), pytest.approx(10, abs=0.1))
