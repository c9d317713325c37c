"""Calls that we place: only numbers that may be called, first the person's own phone, and the end is told once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import cast

import pytest

from callrouter import events as ev
from callrouter.allowed import CannotCall, number_to_call
from callrouter.ami.errors import LinkDown
from callrouter.ami.requests import OriginateRequest
from callrouter.chronicle import Chronicle
from callrouter.outbound import Outbound
from callrouter.roster import Roster
from config.schema import Site
from ivr.agi import dial
from ivr.conversation import HandedOver, HandOver, Reply
from ivr.simulator import Simulator
from ledger.clock import ManualClock
from tests.callrouter.memory_book import MemoryBook


def site(**outbound: object) -> Site:
    return Site.model_validate(
        {
            "company": {"name": "Acme", "country": "LT"},
            "numbers": {"+370 5 200 0000": {"go": {"voicemail": "alice"}}},
            "people": {"alice": {"name": "Alice Doe", "phone": "101"}},
            "outbound": outbound,
        }
    )


class Phones:
    """A roster that only knows what is in the way of a phone."""

    def __init__(self) -> None:
        self.trouble = ""

    def phone_trouble(self, _name: str) -> str:
        return self.trouble


@dataclass
class Room:
    """The parts around calls that we place."""

    site: Site = field(default_factory=site)
    phones: Phones = field(default_factory=Phones)
    book: MemoryBook = field(default_factory=MemoryBook)
    placed: list[OriginateRequest] = field(default_factory=list)
    error: Exception | None = None
    ended: list[HandedOver | None] = field(default_factory=list)
    told: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        roster = cast(Roster, self.phones)
        self.outbound = Outbound(lambda: self.site, self, roster, Chronicle(self.book), ManualClock())

    async def originate(self, request: OriginateRequest) -> None:
        if self.error is not None:
            raise self.error
        self.placed.append(request)

    async def note(self, handed: HandedOver | None) -> None:
        self.ended.append(handed)
        self.told.set()

    async def call(self, number: str = "+37060000001", person: str = "alice") -> str:
        return await self.outbound.call(person, number, "m1", self.note)


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    made = Room()
    yield made
    await made.outbound.close()


@pytest.mark.parametrize(
    ("written", "prefixes", "called"),
    [
        ("+370 600 00001", (), "+37060000001"),
        ("8 600 00001", (), "+37060000001"),
        ("+48 22 123 45 67", ("+48",), "+48221234567"),
    ],
)
def test_numbers_that_may_be_called(written: str, prefixes: tuple[str, ...], called: str) -> None:
    assert number_to_call(site(prefixes=prefixes), written) == called


@pytest.mark.parametrize(
    ("written", "prefixes", "why"),
    [
        ("", (), "withheld"),
        ("anonymous", (), "no number"),
        ("+48 22 123 45 67", (), "not among the numbers"),
        ("+370 600 00001", ("+48",), "not among the numbers"),
        ("+370 900 12345", (), "costs extra"),
        ("5&PJSIP/1", (), "no"),
        ("+37060000001,60,U(x)", (), ""),
    ],
)
def test_numbers_that_may_not(written: str, prefixes: tuple[str, ...], why: str) -> None:
    try:
        number = number_to_call(site(prefixes=prefixes), written)
    except CannotCall as refused:
        assert why in str(refused)
    else:
        assert number == "+37060000001"  # what is behind the number is not dialled


async def test_the_own_phone_rings_first_and_the_end_is_told(room: Room) -> None:
    id_ = await room.call()
    assert [(r.destination, r.place.context, r.place.extension) for r in room.placed] == [
        ("PJSIP/alice", "switchroom-originate", id_)
    ]
    phone = Simulator(replies=[HandedOver(Reply.ANSWERED, talked=12.0)])
    await room.outbound.serve(phone, id_)
    assert phone.rung == [HandOver((), 60.0, music=False, outside="+37060000001", shown_as="+37052000000")]
    assert [handed and handed.talked for handed in room.ended] == [12.0]
    begun, ended = room.book.told(ev.OutboundBegun, ev.OutboundEnded)
    assert isinstance(begun, ev.OutboundBegun)
    assert isinstance(ended, ev.OutboundEnded)
    assert (begun.number, begun.about, ended.reply, ended.talked) == ("+37060000001", "m1", "answered", 12.0)


async def test_an_own_phone_that_nobody_answers_is_told_too(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callrouter.outbound.RING_PERSON", 0.01)
    monkeypatch.setattr("callrouter.outbound.GRACE", 0.0)
    await room.call()
    async with asyncio.timeout(5):
        await room.told.wait()
    assert room.ended == [None]


async def test_one_call_at_a_time_for_a_phone(room: Room) -> None:
    await room.call()
    with pytest.raises(CannotCall, match="rings already"):
        await room.call()


@pytest.mark.parametrize(
    ("trouble", "person", "error", "why"),
    [
        ("in use", "alice", None, "in use"),
        ("", "bob", None, "no phone"),
        ("", "alice", LinkDown("gone"), "cannot be reached"),
    ],
    ids=["busy", "nobody", "Asterisk away"],
)
async def test_why_a_call_is_not_placed(
    room: Room, trouble: str, person: str, error: Exception | None, why: str
) -> None:
    room.phones.trouble, room.error = trouble, error
    with pytest.raises(CannotCall, match=why):
        await room.call(person=person)
    assert room.ended == []
    room.phones.trouble, room.error = "", None
    await room.call()  # nothing is left of it


async def test_no_more_go_out_than_the_site_allows(room: Room) -> None:
    room.site = site(at_once=0)
    with pytest.raises(CannotCall, match="as many"):
        await room.call()
    assert await room.outbound.connect(Simulator(), "alice", "+37060000001") is None


async def test_a_call_that_nobody_wanted_is_hung_up(room: Room) -> None:
    phone = Simulator()
    await room.outbound.serve(phone, "out-unknown")
    assert phone.ended
    assert phone.rung == []


@pytest.mark.parametrize("number", ["5&PJSIP/1", "+3706,60", "+370 6", "37060000001", "+"])
def test_only_a_number_gets_into_the_dial_command(number: str) -> None:
    with pytest.raises(ValueError):
        dial.arguments(HandOver((), 60.0, outside=number))


def test_how_a_number_outside_is_dialled() -> None:
    to = HandOver((), 60.0, music=False, outside="+37060000001", shown_as="+37052000000")
    phones, seconds, options = dial.arguments(to)
    assert (phones, seconds) == ("PJSIP/+37060000001@trunk", "60")
    assert options.endswith("o(+37052000000)")
