"""Closing by phone: the very dialogue, with a simulated supervisor on virtual time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from callrouter.closing_by_phone import Closing, Span
from callrouter.closures import WHOLE_LINE, Extent, Scope
from config.schema import Site
from ivr.conversation import Taken
from ivr.pin import LOCKED_FOR
from ivr.simulator import Simulator, script
from ivr.speech.spoken import Spoken
from ledger.clock import ManualClock

PIN = "4829#"
SITE = Site.model_validate(
    {
        "company": {"name": "Acme", "timezone": "Europe/Vilnius", "languages": ["en", "lt"]},
        "numbers": {"+370 5 200 0000": {"go": "billing"}},
        "departments": {"billing": {"name": "Billing"}, "front-desk": {}},
        "people": {"sue": {"name": "Sue", "phone": 101}, "jonas": {"name": "Jonas", "phone": 102, "language": "lt"}},
        "by_phone": {"closing": {"pin": "4829"}},
    }
)
FRONT_DESK = Scope(Extent.DEPARTMENT, "front-desk")


#: A Monday; one o'clock in the site's zone, which is two hours ahead of UTC in winter.
NOW = datetime(2026, 1, 5, 11, 0, tzinfo=UTC)


@dataclass
class FakeDoors:
    """Doors in memory; without `hours` nobody knows when closing time is. `keeps` takes what is spoken."""

    hours: bool = True
    keeps: bool = True
    closed: dict[Scope, Closed] = field(default_factory=dict)
    #: What was spoken and is kept.
    spoken: dict[str, str] = field(default_factory=dict)

    def closed_until(self, scope: Scope) -> datetime | None:
        return self.closed[scope].until if scope in self.closed else None

    def until(self, scope: Scope, span: Span) -> datetime | None:
        hours = {Span.HOUR: 1, Span.CLOSING_TIME: 5, Span.NEXT_OPENING: 20}[span]
        return NOW + timedelta(hours=hours) if self.hours or span is Span.HOUR else None

    async def close_for(self, scope: Scope, until: datetime, play: str, who: str) -> bool:
        self.closed[scope] = Closed(until, who, play)
        return True

    async def reopen(self, scope: Scope, who: str) -> bool:
        return self.closed.pop(scope, None) is not None

    async def messages(self) -> list[str]:
        return ["flood", "storm"]

    def recording(self, name: str, language: str) -> Taken | None:
        return Taken(f"{name}.wav", 2.0)

    async def keep_spoken(self, path: str) -> str | None:
        if not self.keeps:
            return None
        name = f"spoken:{len(self.spoken) + 1}"
        self.spoken[name] = path
        return name

    async def drop_spoken(self, name: str) -> None:
        if name not in {closed.play for closed in self.closed.values()}:
            del self.spoken[name]


@dataclass(frozen=True)
class Closed:
    until: datetime
    who: str = "sue"
    play: str = ""


class Room:
    def __init__(self) -> None:
        self.doors, self.clock = FakeDoors(), ManualClock(NOW)
        self.closing = Closing(self.doors, self.clock)
        self.phone = Simulator()

    async def dial(
        self, keys: str, person: str = "sue", site: Site = SITE, hangs_up_at: float | None = None
    ) -> list[str]:
        """Let a person press keys; return what was said, sounds by their file."""
        self.phone = Simulator(script(keys, gap=0.3), hangs_up_at=hangs_up_at)
        await self.closing.serve(self.phone, site, person)
        said = (sound.utterance for sound in self.phone.heard)
        return [one.text if isinstance(one, Spoken) else getattr(one, "path", "") for one in said]


def heard(words: list[str], *parts: str) -> None:
    """All of these were heard, in this order."""
    rest = iter(words)
    for part in parts:
        assert any(part in word for word in rest), (part, words)


@pytest.mark.parametrize(
    ("key", "hours", "said"),
    [
        ("1", 1, "Closed for an hour"),
        ("2", 5, "until closing time"),
        ("3", 20, "until the next opening"),
    ],
    ids=["an hour", "closing time", "next opening"],
)
async def test_a_key_closes_the_whole_line_and_it_is_read_back(key: str, hours: int, said: str) -> None:
    room = Room()
    heard(await room.dial(f"w1 {PIN} w3 {key}"), "PIN", "whole line", "not closed", "whole line", said)
    assert room.doors.closed == {WHOLE_LINE: Closed(NOW + timedelta(hours=hours))}


async def test_a_department_is_chosen_by_its_number_and_opened_again() -> None:
    room = Room()
    words = await room.dial(f"w1 {PIN} w3 0 w8 2# w4 1 w4 9")
    heard(words, "Billing: 1.", "front desk: 2.", "front desk: 2.", "not closed", "Closed for an hour", "open again")
    assert room.doors.closed == {}


@pytest.mark.parametrize("chosen", ["9#", "77#"], ids=["no such department", "two digits"])
async def test_a_number_of_no_department_changes_nothing(chosen: str) -> None:
    room = Room()
    heard(await room.dial(f"w1 {PIN} w3 0 w2 {chosen} w8 1"), "not possible", "whole line", "Closed for an hour")
    assert set(room.doors.closed) == {WHOLE_LINE}


async def test_without_hours_there_is_no_closing_time() -> None:
    room = Room()
    room.doors.hours = False
    heard(await room.dial(f"w1 {PIN} w3 2"), "not possible")
    assert room.doors.closed == {}


async def test_who_calls_again_hears_that_it_is_closed_and_can_open_it() -> None:
    room = Room()
    await room.dial(f"w1 {PIN} w3 1")
    words = await room.dial(f"w1 {PIN} w12 9 w4 9")
    heard(words, "It is closed", "today", "One.", "Four.", "Zero.", "Zero.", "open again", "It is not closed")


async def test_who_presses_nothing_is_let_go() -> None:
    room = Room()
    words = await room.dial(f"w1 {PIN}")
    assert sum("press 1" in word for word in words) == 3
    assert room.doors.closed == {}


async def test_a_person_is_answered_in_their_language() -> None:
    heard(await Room().dial(f"w1 {PIN} w4 1", "jonas"), "PIN kod", "Visa linija", "Uždaryta valandai")


async def test_three_wrong_pins_lock_the_phone_and_no_other() -> None:
    room = Room()
    heard(await room.dial("w1 1111# w4 2222# w4 3333# w4 1"), "not right", "not right", "too many wrong")
    heard(await room.dial(f"w1 {PIN} w3 1"), "too many wrong")
    assert room.doors.closed == {}
    heard(await room.dial(f"w1 {PIN} w4 1", "jonas"), "Visa linija")
    room.clock.advance(LOCKED_FOR + 1)
    heard(await room.dial(f"w1 {PIN} w3 9"), "open again")


async def test_a_site_without_a_pin_closes_nothing_by_phone() -> None:
    room = Room()
    words = await room.dial(f"w1 {PIN} w3 1", site=SITE.model_copy(update={"by_phone": type(SITE.by_phone)()}))
    assert words == ["That is not possible now."]


@pytest.mark.parametrize(
    ("keyed", "until", "said"),
    [
        pytest.param("1830#", "2026-01-05T18:30", ["today", "One.", "Eight.", "Three.", "Zero."], id="today"),
        pytest.param("0915#", "2026-01-06T09:15", ["tomorrow", "Zero.", "Nine.", "One.", "Five."], id="tomorrow"),
        pytest.param("24011200", "2026-01-24T12:00", ["Two.", "Four.", "month", "Zero.", "One."], id="another day"),
    ],
)
async def test_a_time_is_keyed_in_read_back_and_confirmed(keyed: str, until: str, said: list[str]) -> None:
    room = Room()
    words = await room.dial(f"w1 {PIN} w3 4 w2 {keyed} w20 1")
    heard(words, "Enter the time", "whole line", *said, "press 1", "Now it is closed")
    [closed] = room.doors.closed.values()
    assert f"{closed.until:%Y-%m-%dT%H:%M}" == until


@pytest.mark.parametrize(
    "wrong", ["2561#", "12#", "1#", "12345#", "31021200", "05031200", "*"], ids=lambda wrong: wrong.strip("#")
)
async def test_a_wrong_time_is_told_and_asked_again(wrong: str) -> None:
    room = Room()
    words = await room.dial(f"w1 {PIN} w3 4 w2 {wrong} w14 1830# w20 1")
    heard(words, "Enter the time", "no such time", "Enter the time", "One.", "Eight.", "Now it is closed")
    assert set(room.doors.closed) == {WHOLE_LINE}


@pytest.mark.parametrize(
    "keys",
    ["4", "4 w2 1830#", "4 w2 99# w14 99# w14 99#", "4 w2 1830# w20 2"],
    ids=["no time", "not confirmed", "never a time", "another one, and then none"],
)
async def test_what_was_not_confirmed_closes_nothing_and_says_so(keys: str) -> None:
    room = Room()
    heard(await room.dial(f"w1 {PIN} w3 {keys}"), "Enter the time", "Nothing was changed", "press 1")
    assert room.doors.closed == {}


async def test_another_time_replaces_the_one_that_was_read_back() -> None:
    room = Room()
    await room.dial(f"w1 {PIN} w3 4 w2 1830# w20 2 w2 1945# w20 1")
    assert [f"{closed.until:%H:%M}" for closed in room.doors.closed.values()] == ["19:45"]


@pytest.mark.parametrize(
    ("keys", "play", "said"),
    [
        pytest.param("5 w2 1 w3 1", "", ["because of an emergency"], id="the usual words"),
        pytest.param("5 w2 2 w1 2 w1 1 w3 1", "storm", ["emergency", "flood.wav", "storm.wav"], id="a recording"),
        pytest.param("5 w2 2 w1 2 w1 2 w1 1 w3 1", "", ["storm.wav", "emergency"], id="round and round"),
        pytest.param("5 w2 2 w14 9 w9 9 w9 9 w9 1", "", ["flood.wav", "Nothing was changed"], id="left"),
        pytest.param("5 w2 2 w1 1 w3 4 w2 1830# w20 1", "flood", ["flood.wav", "Now it is closed"], id="and a time"),
        pytest.param("5 w2 2 w1 1 w0.3 4 w2 1830# w20 1", "flood", ["Enter the time"], id="a quick hand"),
    ],
)
async def test_what_callers_hear_is_chosen(keys: str, play: str, said: list[str]) -> None:
    room = Room()
    heard(await room.dial(f"w1 {PIN} w3 {keys}"), *said)
    assert [closed.play for closed in room.doors.closed.values()] == [play]


async def test_a_message_is_spoken_heard_and_closed_with() -> None:
    room = Room()
    words = await room.dial(f"w1 {PIN} w3 5 w2 3 w8 # w3 3 w8 # w3 1 w3 1")
    heard(words, "after the tone", "spoken:1.wav", "after the tone", "spoken:2.wav", "Callers hear that", "an hour")
    assert [closed.play for closed in room.doors.closed.values()] == ["spoken:2"]
    assert set(room.doors.spoken) == {"spoken:2"}, "what was spoken first is forgotten"
    assert room.phone.recorded == [], "what the telephone wrote is gone"


async def test_a_message_in_which_nothing_is_heard_is_not_offered() -> None:
    room = Room()
    room.doors.keeps = False
    heard(await room.dial(f"w1 {PIN} w3 5 w2 3 w8 # w4 1 w3 1"), "after the tone", "cannot be used", "an hour")
    assert [closed.play for closed in room.doors.closed.values()] == [""]


#: Everything that can be done in one call, and so many seconds that all of it takes.
ALL = f"w1 {PIN} w3 0 w8 2# w4 5 w2 2 w1 3 w8 # w3 1 w3 4 w2 1830# w20 1"


@pytest.mark.parametrize("at", range(1, 65, 2))
async def test_who_hangs_up_at_any_step_leaves_nothing_half_done(at: int) -> None:
    room = Room()
    await room.dial(ALL, hangs_up_at=float(at))
    assert room.phone.recorded == []
    used = {closed.play for closed in room.doors.closed.values()}
    assert set(room.doors.spoken) == used, "a message is kept only if something is closed with it"
    assert all(f"{closed.until:%H:%M}" == "18:30" for closed in room.doors.closed.values())


async def test_all_of_it_in_one_call() -> None:
    room = Room()
    await room.dial(ALL)
    assert room.doors.closed == {FRONT_DESK: Closed(datetime(2026, 1, 5, 16, 30, tzinfo=UTC), "sue", "spoken:1")}
    assert 45 < room.phone.presses[-1].at < 63, "so that hanging up was tried at each step"


async def test_two_supervisors_each_hear_what_the_other_did() -> None:
    room = Room()
    await room.dial(f"w1 {PIN} w3 1")
    words = await room.dial(f"w1 {PIN} w12 4 w2 1830# w20 1", "jonas")
    heard(words, "Dabar uždaryta", "šiandien", "Uždaryta")
    assert room.doors.closed[WHOLE_LINE].who == "jonas"
