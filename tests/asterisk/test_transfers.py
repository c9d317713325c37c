"""Real transfers by real phones: who talks with the caller and for how long, whatever the operators press."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callrouter import events as ev
from callrouter.agents import AgentState
from callrouter.calls import Call, fold
from callrouter.events import Event
from pbx.softphone_call import SoftCall
from pbx.softphone_phone import Phone
from tests.asterisk.house import MAIN, SALES, House, house
from tests.asterisk.talking import hears, joined

pytestmark = pytest.mark.asterisk


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path / "data") as made:
        yield made


async def talking(home: House, operator: Phone) -> tuple[SoftCall, SoftCall]:
    """Bring a customer to the operator, until both are bridged."""
    call = await home.call(SALES)
    talk = await operator.incoming()
    await talk.answer()
    await joined(call, talk)
    return call, talk


async def record_of(home: House) -> tuple[Call, list[Event]]:
    """Return the first call that ended, folded, and its story."""
    end = await home.watch.ended()
    story = await home.story(end.call)
    record = fold(story)
    assert record is not None
    assert not home.switchroom.chronicle.calls
    return record, story


def told(story: list[Event], *kinds: type[Event]) -> list[tuple[str, str]]:
    """List events of these kinds as (kind, agent)."""
    return [(event.KIND, event.agent) for event in story if isinstance(event, kinds)]


# ---- attended transfers


async def test_an_attended_transfer_ends_one_talk_and_begins_another(home: House) -> None:
    ann, ben = await home.operator("ann"), await home.operator("ben")
    begun = time.monotonic()
    call, first = await talking(home, ann)
    holding = time.monotonic()
    await first.hold()
    await home.watch.kind(ev.CallHeld)
    consultation = await ann.call("202")
    second = await ben.incoming()
    await second.answer()
    await consultation.confirmed()
    assert await consultation.lasts(1.0)
    passing = time.monotonic()
    assert await first.transfer_to(consultation) == 200
    await home.watch.until(lambda e: isinstance(e, ev.CallAnswered) and e.agent == "ben")
    passed = time.monotonic()
    assert home.switchroom.roster.agents["ann"].state in (AgentState.WRAP_UP, AgentState.READY)
    await joined(call, second)
    assert await call.lasts(1.0)
    await second.hang_up()
    await call.ended()

    record, story = await record_of(home)
    assert told(story, ev.CallTransferred, ev.CallAnswered, ev.CallReleased, ev.OfferEnded) == [
        ("call_answered", "ann"),
        ("call_transferred", "ann"),
        ("call_released", "ann"),
        ("call_answered", "ben"),
        ("call_released", "ben"),
    ]
    by_ann, by_ben = record.talks
    assert (by_ann.department, by_ben.department) == ("sales", "")
    assert 1.0 < by_ann.held < passed - holding
    assert by_ann.talked is not None and by_ann.held < by_ann.talked < passed - begun
    assert by_ben.talked is not None and 1.0 < by_ben.talked < time.monotonic() - passing
    assert by_ben.held == 0
    assert by_ben.since >= by_ann.since
    assert (record.outcome, record.hung_up_first, record.odd) == ("answered", "agent", 0)
    assert len(told(home.watch.events, ev.CallOffered)) == 1


async def test_a_caller_passed_on_twice_talks_three_times(home: House) -> None:
    ann = await home.operator("ann")
    ben, cat = [await home.operator(name, log_in=False) for name in ("ben", "cat")]
    call, first = await talking(home, ann)
    consultation = await ann.call("202")
    second = await ben.incoming()
    await second.answer()
    await consultation.confirmed()
    assert await first.transfer_to(consultation) == 200
    await joined(call, second)
    assert await second.transfer("203") == 200
    third = await cat.incoming()
    await third.answer()
    await home.watch.until(lambda e: isinstance(e, ev.CallAnswered) and e.agent == "cat")
    await call.hang_up()

    record, story = await record_of(home)
    assert [talk.agent for talk in record.talks] == ["ann", "ben", "cat"]
    assert [(e.agent, e.to, e.how) for e in story if isinstance(e, ev.CallTransferred)] == [
        ("ann", "ben", "attended"),
        ("ben", "203", "blind"),
    ]
    assert (record.hung_up_first, record.odd) == ("caller", 0)


async def test_who_transferred_is_free_and_keeps_the_next_call(home: House) -> None:
    """The end of a talk that was passed on is nothing to whoever passed it on."""
    ann, ben = await home.operator("ann"), await home.operator("ben", log_in=False)
    call, first = await talking(home, ann)
    consultation = await ann.call("202")
    second = await ben.incoming()
    await second.answer()
    await consultation.confirmed()
    assert await first.transfer_to(consultation) == 200
    await home.watch.until(lambda e: isinstance(e, ev.CallAnswered) and e.agent == "ben")

    other = await home.call(SALES, "+37060000002")
    ringing = await ann.incoming()
    await second.hang_up()
    await call.ended()
    ended = await home.watch.ended()
    assert home.switchroom.roster.agents["ann"].state is AgentState.RINGING
    await ringing.answer()
    await home.watch.until(lambda e: isinstance(e, ev.CallAnswered) and e.agent == "ann" and e.call != ended.call)
    await other.hang_up()


async def test_a_consultation_that_leads_nowhere_changes_nothing(home: House) -> None:
    """Ann asks Cat, whose phone is off, and goes on with her caller."""
    ann = await home.operator("ann")
    call, first = await talking(home, ann)
    await first.hold()
    consultation = await ann.call("203")
    await consultation.ended()
    await first.resume()
    await home.watch.kind(ev.CallResumed)
    await first.hang_up()
    await call.ended()

    record, story = await record_of(home)
    assert told(story, ev.CallTransferred) == []
    assert [talk.agent for talk in record.talks] == ["ann"]
    assert len(told(home.watch.events, ev.CallOffered)) == 1


async def test_a_caller_who_hangs_up_during_the_consultation(home: House) -> None:
    ann, ben = await home.operator("ann"), await home.operator("ben", log_in=False)
    call, first = await talking(home, ann)
    await first.hold()
    await home.watch.kind(ev.CallHeld)
    consultation = await ann.call("202")
    second = await ben.incoming()
    await second.answer()
    await consultation.confirmed()
    await call.hang_up()
    await first.ended()

    record, story = await record_of(home)
    assert (record.outcome, record.hung_up_first) == ("answered", "caller")
    assert told(story, ev.CallAnswered, ev.CallReleased) == [("call_answered", "ann"), ("call_released", "ann")]
    assert record.talks[0].held > 0
    assert await consultation.lasts(0.5), "colleagues may go on talking"
    await second.hang_up()
    assert len(told(home.watch.events, ev.CallEnded)) == 1


# ---- hold


async def test_hold_and_resume_are_told_with_their_length(home: House, tmp_path: Path) -> None:
    ann = await home.operator("ann")
    call, talk = await talking(home, ann)
    await talk.play_tone(440)
    held = 0.0
    for times in (1, 2):
        holding = time.monotonic()
        await talk.hold()
        await home.watch.times(ev.CallHeld, times)
        assert await call.lasts(1.0)
        await talk.resume()
        await home.watch.times(ev.CallResumed, times)
        held += time.monotonic() - holding
        assert await call.lasts(0.5)
    await hears(call, 440, tmp_path)
    await call.hang_up()

    record, story = await record_of(home)
    assert told(story, ev.CallHeld, ev.CallResumed) == [("call_held", "ann"), ("call_resumed", "ann")] * 2
    assert 2.0 < record.talks[0].held < held
    assert record.talked > record.talks[0].held + 2.0


async def test_who_hangs_up_on_hold_was_held_to_the_end(home: House) -> None:
    ann = await home.operator("ann")
    call, talk = await talking(home, ann)
    holding = time.monotonic()
    await talk.hold()
    await home.watch.kind(ev.CallHeld)
    assert await call.lasts(1.0)
    await call.hang_up()

    record, _ = await record_of(home)
    assert record.hung_up_first == "caller"
    assert 1.0 < record.talks[0].held < time.monotonic() - holding
    assert record.talks[0].held <= record.talked


# ---- blind transfers that fail


async def test_a_transfer_to_an_extension_that_nobody_has_comes_back(home: House) -> None:
    ann = await home.operator("ann")
    call, talk = await talking(home, ann)
    assert await talk.transfer("299") == 200
    again = await ann.incoming()
    await again.answer()
    await joined(call, again)
    await call.hang_up()

    record, story = await record_of(home)
    assert told(story, ev.CallTransferred) == [("call_transferred", "ann")]
    assert [talk.agent for talk in record.talks] == ["ann", "ann"]
    assert (record.outcome, record.odd) == ("answered", 0)


async def test_a_transfer_to_somebody_whose_phone_is_off_comes_back(home: House) -> None:
    ann = await home.operator("ann")
    call, talk = await talking(home, ann)
    assert await talk.transfer("203") == 200
    again = await ann.incoming()
    await again.answer()
    await joined(call, again)
    await call.hang_up()

    record, story = await record_of(home)
    assert [e.reply for e in story if isinstance(e, ev.OfferEnded)] == ["unreachable"]
    assert [talk.agent for talk in record.talks] == ["ann", "ann"]
    assert (record.outcome, record.odd) == ("answered", 0)


async def test_a_transfer_to_somebody_who_talks(home: House) -> None:
    ann, ben, cat = [await home.operator(name, log_in=name == "ann") for name in ("ann", "ben", "cat")]
    between = await cat.call("202")
    await (await ben.incoming()).answer()
    await between.confirmed()
    call, talk = await talking(home, ann)
    assert await talk.transfer("202") == 200
    again = await ann.incoming()
    await again.answer()
    await joined(call, again)
    await call.hang_up()

    record, story = await record_of(home)
    assert [(e.agent, e.reply) for e in story if isinstance(e, ev.OfferEnded)] == [("ben", "busy")]
    assert [talk.agent for talk in record.talks] == ["ann", "ann"]
    assert await between.lasts(0.1)


async def test_a_caller_who_hangs_up_while_the_next_phone_rings(home: House) -> None:
    ann, ben = await home.operator("ann"), await home.operator("ben", log_in=False)
    call, talk = await talking(home, ann)
    assert await talk.transfer("202") == 200
    ringing = await ben.incoming()
    await call.hang_up()
    assert (await ringing.ended()).code == 487

    record, story = await record_of(home)
    assert [(e.agent, e.reply) for e in story if isinstance(e, ev.OfferEnded)] == [("ben", "cancelled")]
    assert (record.outcome, record.hung_up_first, record.odd) == ("answered", "caller", 0)
    assert [talk.agent for talk in record.talks] == ["ann"]


# ---- calls to a person


async def test_colleagues_who_talk_are_no_call(home: House, tmp_path: Path) -> None:
    ann, ben = await home.operator("ann"), await home.operator("ben")
    call = await ann.call("202")
    talk = await ben.incoming()
    assert talk.number == "201"
    await talk.answer()
    await call.confirmed()
    await talk.play_tone(440)
    await hears(call, 440, tmp_path)
    await talk.hang_up()
    await call.ended()
    assert [event for event in home.watch.events if event.call] == []
    assert all(agent.calls == 0 for agent in home.switchroom.roster.agents.values())


@pytest.mark.parametrize(
    ("there", "reply"),
    [
        pytest.param("off", "unreachable", id="the phone is off"),
        pytest.param("talking", "busy", id="talks already"),
        pytest.param("declines", "busy", id="declines"),
    ],
)
async def test_a_person_dialled_who_is_not_available(home: House, there: str, reply: str) -> None:
    if there != "off":
        ben = await home.operator("ben", log_in=False)
    if there == "talking":
        cat = await home.operator("cat", log_in=False)
        between = await cat.call("202")
        await (await ben.incoming()).answer()
        await between.confirmed()
    call = await home.call(MAIN, keys="w0.3 202")
    if there == "declines":
        await (await ben.incoming()).reject(486)
    await call.ended()

    record, story = await record_of(home)
    assert record.destination == "person ben"
    assert [(e.agent, e.reply) for e in story if isinstance(e, ev.OfferEnded)] == [("ben", reply)]
    assert (record.outcome, record.talks, record.odd) == ("unserved", (), 0)
