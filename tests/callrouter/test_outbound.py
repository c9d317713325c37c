"""Calls that we place: only numbers that may be called, first the person's own phone, and the end is told once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

import pytest

from callrouter import events as ev
from callrouter.allowed import CannotCall, number_to_call
from callrouter.ami.errors import LinkDown, NoSuchChannel
from callrouter.ami.events import (
    ChannelRef,
    ChannelSeen,
    ChannelState,
    DialEnded,
    DialStatus,
    OriginateEnded,
    PhoneState,
)
from callrouter.ami.port import Listener, Notice
from callrouter.ami.requests import OriginateRequest
from callrouter.chronicle import Chronicle
from callrouter.outbound import NoPbx, NoSuchPerson, Outbound, PhoneBusy, PhoneGone, TooManyCalls
from callrouter.outbound_story import Stage, placed_of
from callrouter.roster import Roster
from config.schema import Site
from ivr.agi import dial
from ivr.conversation import HandedOver, HandOver, Reply
from ivr.simulator import Simulator
from ledger.clock import ManualClock
from tests.callrouter.memory_book import MemoryBook

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
OUTBOUND = (ev.OutboundBegun, ev.OutboundRinging, ev.OutboundAnswered, ev.OutboundEnded)


def site(**outbound: object) -> Site:
    return Site.model_validate(
        {
            "company": {"name": "Acme", "country": "LT"},
            "numbers": {"+370 5 200 0000": {"go": {"voicemail": "alice"}}},
            "people": {"alice": {"name": "Alice Doe", "phone": "101"}, "carl": {"name": "Carl Coe", "phone": "102"}},
            "outbound": outbound,
        }
    )


class Phones:
    """A roster that only knows what is in the way of a phone."""

    def __init__(self) -> None:
        self.trouble = ""
        self.phones: dict[str, PhoneState] = {}

    def phone_trouble(self, _name: str) -> str:
        return self.trouble


@dataclass
class Room:
    """The parts around calls that we place."""

    site: Site = field(default_factory=site)
    phones: Phones = field(default_factory=Phones)
    book: MemoryBook = field(default_factory=MemoryBook)
    placed: list[OriginateRequest] = field(default_factory=list)
    hung_up: list[str] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)
    error: Exception | None = None
    #: Whether Asterisk takes the order before it says what came of it.
    at_once: bool = True
    ended: list[HandedOver | None] = field(default_factory=list)
    told: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        roster = cast(Roster, self.phones)
        self.outbound = Outbound(lambda: self.site, self, roster, Chronicle(self.book), ManualClock())

    async def originate(self, request: OriginateRequest) -> None:
        if self.error is not None:
            raise self.error
        self.placed.append(request)
        if not self.at_once:
            self.tell(OriginateEnded(NOW, request.channel_id, False, 0))

    async def hangup(self, channel: str) -> None:
        if self.error is not None:
            raise self.error
        self.hung_up.append(channel)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def tell(self, notice: Notice) -> None:
        for listener in self.listeners:
            listener(notice)

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
    begun, rings, ended = room.book.told(ev.OutboundBegun, ev.OutboundRinging, ev.OutboundEnded)
    assert isinstance(begun, ev.OutboundBegun) and isinstance(rings, ev.OutboundRinging)
    assert isinstance(ended, ev.OutboundEnded)
    assert (begun.number, begun.about, ended.reply, ended.talked) == ("+37060000001", "m1", "answered", 12.0)


async def test_an_own_phone_that_nobody_answers_is_told_too(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callrouter.outbound.RING_PERSON", 0.01)
    monkeypatch.setattr("callrouter.outbound.GRACE", 0.0)
    await room.call()
    async with asyncio.timeout(20):
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


@pytest.mark.parametrize(
    ("state", "trouble", "person", "error", "kind"),
    [
        (PhoneState.IN_USE, "on another call", "alice", None, PhoneBusy),
        (PhoneState.UNAVAILABLE, "not registered", "alice", None, PhoneGone),
        (PhoneState.IDLE, "", "bob", None, NoSuchPerson),
        (PhoneState.IDLE, "", "alice", LinkDown("gone"), NoPbx),
    ],
    ids=["busy", "not registered", "nobody", "Asterisk away"],
)
async def test_each_reason_is_told_apart(
    room: Room, state: PhoneState, trouble: str, person: str, error: Exception | None, kind: type[CannotCall]
) -> None:
    room.phones.phones["alice"], room.phones.trouble, room.error = state, trouble, error
    with pytest.raises(kind):
        await room.call(person=person)


async def test_phones_that_ring_count_among_those_at_once(room: Room) -> None:
    room.site = site(at_once=1)
    await room.call()
    with pytest.raises(TooManyCalls):
        assert await room.outbound.call("carl", "+37060000001", "", room.note)


async def test_who_declines_is_told_at_once(room: Room) -> None:
    id_ = await room.call()
    room.tell(OriginateEnded(NOW, id_, False, 5))
    await _end_of(room)
    assert room.ended == [None]
    await room.call()  # nothing is left of it


async def test_asterisk_may_say_no_before_it_says_that_it_took_the_order(room: Room) -> None:
    room.at_once = False
    id_ = await room.call()
    await _end_of(room)
    kinds = [type(event) for event in room.book.told(ev.OutboundBegun, ev.OutboundEnded)]
    assert (kinds, room.ended) == ([ev.OutboundBegun, ev.OutboundEnded], [None])
    assert not await room.outbound.hang_up(id_)


async def test_a_call_is_hung_up_while_the_own_phone_rings(room: Room) -> None:
    id_ = await room.call()
    assert await room.outbound.hang_up(id_)
    assert room.hung_up == [id_]
    room.tell(OriginateEnded(NOW, id_, False, 3))
    await _end_of(room)
    (ended,) = room.book.told(ev.OutboundEnded)
    assert isinstance(ended, ev.OutboundEnded) and ended.reply == Reply.CANCELLED


async def test_a_call_that_is_not_there_yet_is_hung_up_when_it_is(room: Room) -> None:
    id_ = await room.call()
    room.error = NoSuchChannel("hangup", "no such channel")
    assert await room.outbound.hang_up(id_)
    room.error = None
    ref = ChannelRef("PJSIP/alice-1", id_, id_)
    room.tell(ChannelSeen(NOW, ref, ChannelState.DOWN, "", "", "", ""))
    await room.outbound.close()
    assert room.hung_up == [id_]


async def test_a_call_given_up_while_asterisk_takes_the_order_leaves_the_phone_free(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: asyncio.Queue[str] = asyncio.Queue()

    async def never(request: OriginateRequest) -> None:
        await asked.put(request.channel_id)
        await asyncio.Event().wait()

    monkeypatch.setattr(room, "originate", never)
    given_up = asyncio.create_task(room.call())
    id_ = await asked.get()
    room.error = NoSuchChannel("hangup", "no such channel")
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    monkeypatch.undo()
    room.error = None
    assert await room.call() != id_
    # Asterisk took the order all the same.
    room.tell(ChannelSeen(NOW, ChannelRef("PJSIP/alice-1", id_, id_), ChannelState.DOWN, "", "", "", ""))
    await room.outbound.close()
    assert (room.hung_up, room.ended, len(room.book.told(ev.OutboundBegun))) == ([id_], [], 1)


async def test_hanging_up_says_that_asterisk_is_away(room: Room) -> None:
    id_ = await room.call()
    room.error = LinkDown("gone")
    with pytest.raises(NoPbx):
        await room.outbound.hang_up(id_)
    assert not await room.outbound.hang_up("out-unknown")


async def test_how_far_a_call_has_come(room: Room) -> None:
    id_ = await room.call()

    class Phone(Simulator):
        async def hand_over(self, to: HandOver) -> HandedOver:
            stages.append(stage())
            caller, callee = ChannelRef("PJSIP/alice-1", id_, id_), ChannelRef("PJSIP/trunk-2", "2", id_)
            room.tell(DialEnded(NOW, caller, callee, None, DialStatus.ANSWERED))
            stages.append(stage())
            return await super().hand_over(to)

    def stage() -> Stage | None:
        placed = placed_of(room.book.told(*OUTBOUND))
        return placed.stage if placed is not None else None

    stages = [stage()]
    await room.outbound.serve(Phone(replies=[HandedOver(Reply.ANSWERED, talked=12.0)]), id_)
    assert [*stages, stage()] == [Stage.PERSON, Stage.NUMBER, Stage.TALKING, Stage.ENDED]
    placed = placed_of(room.book.told(*OUTBOUND))
    assert placed is not None and (placed.person, placed.result, placed.talked) == ("alice", "answered", 12.0)
    call = placed.as_call()
    assert (call.state, call.outcome, call.answered_by, call.talked) == ("ended", "answered", "alice", 12.0)
    assert placed_of([ev.CallOffered(at=NOW, call="c1", did="")]) is None


async def _end_of(room: Room) -> None:
    async with asyncio.timeout(20):
        await room.told.wait()


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
