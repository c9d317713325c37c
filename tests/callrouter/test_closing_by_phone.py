"""Closing by phone: the very dialogue, with a simulated supervisor on virtual time."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from callrouter.closing_by_phone import Closing, Span
from callrouter.closures import WHOLE_LINE, Extent, Scope
from config.schema import Site
from ivr.pin import LOCKED_FOR
from ivr.simulator import Simulator, script
from ivr.speech.spoken import Spoken
from ledger.clock import ManualClock

PIN = "4829#"
SITE = Site.model_validate(
    {
        "company": {"name": "Acme", "languages": ["en", "lt"]},
        "numbers": {"+370 5 200 0000": {"go": "billing"}},
        "departments": {"billing": {"name": "Billing"}, "front-desk": {}},
        "people": {"sue": {"name": "Sue", "phone": 101}, "jonas": {"name": "Jonas", "phone": 102, "language": "lt"}},
        "by_phone": {"closing": {"pin": "4829"}},
    }
)
FRONT_DESK = Scope(Extent.DEPARTMENT, "front-desk")


@dataclass
class FakeDoors:
    """Doors in memory; without `hours` nobody knows when closing time is."""

    hours: bool = True
    closed: dict[Scope, tuple[Span, str]] = field(default_factory=dict)

    def is_closed(self, scope: Scope) -> bool:
        return scope in self.closed

    async def close_for(self, scope: Scope, span: Span, who: str) -> bool:
        if self.hours or span is Span.HOUR:
            self.closed[scope] = (span, who)
        return self.hours or span is Span.HOUR

    async def reopen(self, scope: Scope, who: str) -> bool:
        return self.closed.pop(scope, None) is not None


class Room:
    def __init__(self) -> None:
        self.doors, self.clock = FakeDoors(), ManualClock()
        self.closing = Closing(self.doors, self.clock)

    async def dial(self, keys: str, person: str = "sue", site: Site = SITE) -> list[str]:
        """Let a person press keys; return what was said."""
        phone = Simulator(script(keys, gap=0.3))
        await self.closing.serve(phone, site, person)
        return [sound.utterance.text for sound in phone.heard if isinstance(sound.utterance, Spoken)]


def heard(words: list[str], *parts: str) -> None:
    """All of these were heard, in this order."""
    rest = iter(words)
    for part in parts:
        assert any(part in word for word in rest), (part, words)


@pytest.mark.parametrize(
    ("key", "span", "said"),
    [
        ("1", Span.HOUR, "Closed for an hour"),
        ("2", Span.CLOSING_TIME, "until closing time"),
        ("3", Span.NEXT_OPENING, "until the next opening"),
    ],
    ids=["an hour", "closing time", "next opening"],
)
async def test_a_key_closes_the_whole_line_and_it_is_read_back(key: str, span: Span, said: str) -> None:
    room = Room()
    heard(await room.dial(f"w1 {PIN} w3 {key}"), "PIN", "whole line", "not closed", "whole line", said)
    assert room.doors.closed == {WHOLE_LINE: (span, "sue")}


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
    heard(await room.dial(f"w1 {PIN} w3 9 w4 9"), "It is closed", "open again", "It is not closed")


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
