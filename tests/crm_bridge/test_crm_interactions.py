"""One contact is one interaction, whatever it went over, and every customer's timeline is complete."""

from __future__ import annotations

from datetime import timedelta

import pytest

from callrouter import events as ev
from callrouter.events import Event, Outcome
from crm_bridge.interactions import interaction_of
from crm_bridge.model import Direction, Entry, Medium
from tests.crm_bridge.crm_house import COUNTRY, ONA, House
from tests.fixtures.journal_of_calls import START, Caller, abandoned_call, answered_call
from tests.fixtures.journal_of_calls import store as put


def voicemail(call: str = "v1", *, empty: bool = False) -> list[Event]:
    caller = Caller(call).menu().tell(ev.MessageBegun, mailbox="billing", file="t.wav")
    caller.tell(ev.MessageTaken, mailbox="billing", file="m1.wav", seconds=9.0, empty=empty)
    return caller.ends(Outcome.ABANDONED if empty else Outcome.VOICEMAIL)


def fax_in(call: str = "f1") -> list[Event]:
    return Caller(call).tell(ev.FaxReceived, box="billing", fax="fx1", pages=2, ok=True).ends(Outcome.FAX)


def fax_out(attempt: int, result: str, fax: str = "fx2") -> list[Event]:
    at = START + timedelta(minutes=10 * attempt)
    call = f"fax-{attempt}"
    begun = ev.FaxCallBegun(at=at, call=call, number=ONA, fax=fax)
    over = at + timedelta(seconds=30)
    return [begun, ev.FaxCallEnded(at=over, call=call, fax=fax, result=result, pages=2, seconds=20.0)]


def called(reply: str = "answered") -> list[Event]:
    begun = ev.OutboundBegun(at=START, call="out-1", agent="ann", number="8 600 00001", about="m1")
    over = START + timedelta(seconds=40)
    return [begun, ev.OutboundEnded(at=over, call="out-1", agent="ann", reply=reply, talked=12.0)]


V, M, F, IN, OUT = Medium.VOICE, Medium.VOICEMAIL, Medium.FAX, Direction.IN, Direction.OUT


@pytest.mark.parametrize(
    ("story", "medium", "direction", "page", "outcome", "result"),
    [
        pytest.param(answered_call("c1"), V, IN, "/calls/c1", Outcome.ANSWERED, "", id="a call"),
        pytest.param(voicemail(), M, IN, "/voicemail/m1", Outcome.VOICEMAIL, "", id="a message"),
        pytest.param(voicemail(empty=True), V, IN, "/calls/v1", Outcome.ABANDONED, "", id="nothing said"),
        pytest.param(voicemail()[:-1], M, IN, "/voicemail/m1", None, "", id="a message, still on the line"),
        pytest.param(fax_in(), F, IN, "/fax/fx1", Outcome.FAX, "", id="a fax that came"),
        pytest.param(fax_out(1, "sent"), F, OUT, "/fax/fx2", None, "sent", id="a fax that we sent"),
        pytest.param(fax_out(1, "sent")[:1], F, OUT, "/fax/fx2", None, "", id="a fax that goes out"),
        pytest.param(called(), V, OUT, "/calls/out-1", None, "answered", id="we called"),
        pytest.param(called("busy"), V, OUT, "/calls/out-1", None, "busy", id="we called and it was busy"),
    ],
)
def test_what_a_story_is(
    story: list[Event], medium: Medium, direction: Direction, page: str, outcome: Outcome | None, result: str
) -> None:
    found = interaction_of(story, COUNTRY)
    assert found is not None
    told = (found.medium, found.direction, found.page, found.outcome, found.result, found.number)
    assert told == (medium, direction, page, outcome, result, ONA)


async def test_a_timeline_is_complete_and_comes_in_pages(house: House) -> None:
    for story in (answered_call("c1"), voicemail(), fax_in(), called(), abandoned_call("c2", ani="+37060000002")):
        await put(house.db, story)
    await house.projection().catch_up()
    ona = await house.add("Ona", ONA)
    await house.matters.add_note(ona.id, "a note", "ann")
    whole = await house.history(ona.id)
    assert [entry.step.what for entry in whole if entry.step] == ["note added", "added"]
    assert {entry.id for entry in whole if entry.interaction} == {"c1", "v1", "f1", "out-1"}
    pages: list[Entry] = []
    before = None
    while True:
        page = await house.customers.timeline(ona.id, before, 2)
        pages += page.entries
        before = page.before
        if before is None:
            break
        assert len(page.entries) == 2
    assert pages == whole


async def test_a_fax_sent_in_three_calls_is_one_contact(house: House) -> None:
    await put(house.db, fax_out(1, "busy"))
    await house.projection().catch_up()
    await put(house.db, [*fax_out(2, "no answer"), *fax_out(3, "sent")])
    await house.projection().catch_up()
    ona = await house.add("Ona", ONA)
    (contact,) = [entry.interaction for entry in await house.history(ona.id) if entry.interaction]
    assert (contact.id, contact.result, contact.call) == ("fx2", "sent", "fax-3")
    assert contact.started == START + timedelta(minutes=10)


async def test_the_number_is_read_in_the_country_of_the_number_called(house: House) -> None:
    await put(house.db, abandoned_call("c1", ani="67 000 001", did="+371 6700 0000"))
    await house.projection().catch_up()
    liga = await house.add("Līga", "+371 67 000 001")
    assert await house.contacts(liga.id) == ["c1"]
