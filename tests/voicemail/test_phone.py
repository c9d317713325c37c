"""Listening to messages by phone: the very dialogue, with a simulated person and the real ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ivr.conversation import Conversation, HandedOver, Reply, Taken
from ivr.pin import LOCKED_FOR
from ivr.simulator import Simulator, script
from ivr.speech.spoken import Spoken
from ledger.clock import ManualClock
from ledger.database import Database
from tests.voicemail.house import SITE, House, house
from voicemail.model import Asked
from voicemail.phone import Listening

ALICE, BILLING = "8888#", "4711#"


@dataclass
class Room:
    """A house with a phone in it."""

    home: House
    listening: Listening
    called: list[tuple[str, str]]
    may_call: bool = True
    reply: HandedOver = field(default_factory=lambda: HandedOver(Reply.ANSWERED, talked=12.0))

    async def dial(self, person: str, keys: str, hangs_up_at: float | None = None) -> list[str]:
        """Let a person listen and press keys; return what was heard, messages by their file."""
        phone = Simulator(script(keys, gap=0.3), hangs_up_at=hangs_up_at)
        await self.listening.serve(phone, SITE, person)
        return [_words(sound.utterance) for sound in phone.heard]

    async def call_back(self, _conversation: Conversation, person: str, number: str) -> HandedOver | None:
        self.called.append((person, number))
        return self.reply if self.may_call else None


def _words(utterance: object) -> str:
    match utterance:
        case Spoken():
            return utterance.text
        case Taken():
            return "♪"
        case _:
            raise AssertionError(utterance)


async def keep(room: Room, count: int) -> list[str]:
    """Leave messages, a minute apart; return their ids, the oldest first."""
    ids = []
    for number in range(count):
        ids.append(await room.home.keep(name=f"m{number}", call=f"c-{number}"))
        room.home.pass_time(minutes=1)
    return ids


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with await Database.open(tmp_path / "switchroom.db") as db, house(db, tmp_path, works=False) as home:
        clock = ManualClock()
        made = Room(home, Listening(home.voicemail, home.spool, clock), [])
        made.listening.call_back = made.call_back
        yield made


def heard(words: list[str], *parts: str) -> None:
    """All of these were heard, in this order."""
    rest = iter(words)
    for part in parts:
        assert any(part in word for word in rest), (part, words)


async def test_new_messages_are_played_the_oldest_first_and_are_read_then(room: Room) -> None:
    ids = await keep(room, 2)
    heard(await room.dial("alice", f"w1 {ALICE}"), "PIN", "two new messages", "♪", "press 1", "♪", "no more messages")
    for id_ in ids:
        assert (await room.home.voicemail.get(id_)).heard_by == "alice"
    heard(await room.dial("alice", f"w1 {ALICE}"), "no new messages", "♪", "♪", "no more")


async def test_keys_hear_again_go_on_delete_and_handle(room: Room) -> None:
    ids = await keep(room, 3)
    words = await room.dial("alice", f"w1 {ALICE} w5 1 w4 2 w4 3 w6 5")
    assert words.count("♪") == 4
    heard(words, "three new messages", "♪", "♪", "♪", "Deleted", "♪", "Done", "no more")
    first, second, third = [await room.home.voicemail.get(id_) for id_ in ids]
    assert first.handled_at is None
    assert first.deleted_at is None
    assert second.deleted_by == "alice"
    assert third.handled_by == "alice"


async def test_calling_back_calls_the_number_of_the_message(room: Room) -> None:
    id_ = await room.home.keep()
    await room.dial("alice", f"w1 {ALICE} w5 4 w1 2")
    assert room.called == [("alice", "+37060000001")]
    (step,) = [step for step in await room.home.voicemail.ledger(id_) if step.what == "called back"]
    assert step.detail == "by phone: talked for 12 s"


async def test_a_number_that_does_not_answer_is_said_so(room: Room) -> None:
    id_ = await room.home.keep()
    room.reply = HandedOver(Reply.NO_ANSWER)
    heard(await room.dial("alice", f"w1 {ALICE} w5 4"), "does not answer")
    assert "no answer" in [step.detail for step in await room.home.voicemail.ledger(id_)]


@pytest.mark.parametrize("number", ["", "+37060000001"], ids=["withheld", "not allowed"])
async def test_a_number_that_cannot_be_called_is_said_so(room: Room, number: str) -> None:
    room.may_call = False
    await room.home.keep(ani=number)
    heard(await room.dial("alice", f"w1 {ALICE} w5 4"), "cannot be called back")


async def test_three_wrong_pins_lock_the_phone_for_a_while(room: Room) -> None:
    await room.home.keep()
    words = await room.dial("alice", "w1 1111# w4 2222# w4 3333# w4 8888#")
    heard(words, "not right", "not right", "not right", "too many wrong")
    assert "♪" not in words
    heard(await room.dial("alice", f"w1 {ALICE}"), "too many wrong")
    clock = room.listening.clock
    assert isinstance(clock, ManualClock)
    clock.advance(LOCKED_FOR + 1)
    heard(await room.dial("alice", f"w1 {ALICE}"), "one new message", "♪")


async def test_wrong_pins_of_one_phone_do_not_lock_another(room: Room) -> None:
    await room.dial("bob", "w1 1111#")
    await room.dial("alice", "w1 1111# w4 2222# w4 3333#")
    heard(await room.dial("alice", f"w1 {ALICE}"), "too many wrong")
    assert "too many wrong" not in " ".join(await room.dial("bob", "w1 1#"))


async def test_each_lock_is_longer_than_the_one_before(room: Room) -> None:
    clock = room.listening.clock
    assert isinstance(clock, ManualClock)
    for _ in range(2):
        await room.dial("alice", "w1 1111# w4 2222# w4 3333#")
        clock.advance(LOCKED_FOR + 1)
    heard(await room.dial("alice", f"w1 {ALICE}"), "too many wrong")
    clock.advance(LOCKED_FOR)
    heard(await room.dial("alice", f"w1 {ALICE}"), "no messages")


async def test_the_departments_pin_opens_only_its_mailbox(room: Room) -> None:
    await room.home.keep("alice", name="mine", call="c-1")
    await room.home.keep("billing", name="theirs", call="c-2")
    heard(await room.dial("alice", f"w1 {BILLING}"), "one new message", "♪", "no more")
    assert (await room.home.voicemail.search(Asked(frozenset({"alice"}), unread=True))).messages


async def test_nothing_but_what_one_may_read_is_heard(room: Room) -> None:
    await room.home.keep("support")
    assert "♪" not in await room.dial("alice", f"w1 {ALICE}")


@pytest.mark.parametrize("person", ["bob", "stranger"])
async def test_without_a_pin_no_mailbox_opens(room: Room, person: str) -> None:
    await room.home.keep("support")
    heard(await room.dial(person, "w1 1234#"), "no mailbox that you can listen to")


async def test_who_enters_nothing_is_let_go(room: Room) -> None:
    words = await room.dial("alice", "")
    assert 1 < words.count(words[0]) < 5


@pytest.mark.parametrize("at", [0.1, 2.0, 4.0, 6.0, 9.0, 14.0, 20.0])
async def test_hanging_up_anywhere_is_an_end(room: Room, at: float) -> None:
    await room.home.keep()
    await room.dial("alice", f"w1 {ALICE} w6 1", hangs_up_at=at)


async def test_no_pin_is_in_the_ledger(room: Room) -> None:
    id_ = await room.home.keep()
    await room.dial("alice", f"w1 9999# w4 {ALICE}")
    told = repr(await room.home.voicemail.ledger(id_))
    assert "8888" not in told
    assert "9999" not in told
