"""Real transfers sent while the colleague's phone still rings: whoever is asked, and however the phone says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC
from pathlib import Path

import pytest

from callrouter import events as ev
from callrouter import story as stories
from callrouter.ami import events as pbx_events
from callrouter.ami.port import Notice
from pbx.softphone_call import SoftCall
from pbx.softphone_phone import Phone
from tests.asterisk.house import SALES, House, house, patience, tenant
from tests.asterisk.talking import joined
from tests.asterisk.test_transfers import record_of, talking, told

pytestmark = pytest.mark.asterisk

#: A call that Asterisk cannot find: that of a phone that ended it by itself, or had no answer yet to name it by.
LOST_CALL = "?Replaces=gone%3Bto-tag%3Da%3Bfrom-tag%3Db"


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path / "data") as made:
        yield made


async def asking(home: House, ann: Phone, asked: Phone) -> tuple[SoftCall, SoftCall, SoftCall, SoftCall]:
    """Let Ann talk with a customer and ring a colleague; return the customer's, Ann's two and the colleague's call."""
    call, first = await talking(home, ann)
    await first.hold()
    consultation = await ann.call(home.switchroom.site.people[asked.user].phone)
    ringing = await asked.incoming()
    await consultation.ringing()
    return call, first, consultation, ringing


async def talks_with(customer: SoftCall, operator: Phone) -> SoftCall:
    """Answer the customer's call there, and let a key cross; return the operator's call."""
    call = await operator.incoming()
    assert call.number == "+37060000001"
    await call.answer()
    await joined(customer, call)
    return call


async def passed_on_to(home: House, customer: SoftCall, talk: SoftCall, *agents: str) -> list[str]:
    """End the last talk and the call; check whom the customer talked with, and return the story."""
    await talk.hang_up()
    await customer.ended()
    record, events = await record_of(home)
    assert [talk.agent for talk in record.talks] == list(agents)
    assert (record.outcome, record.hung_up_first, record.odd) == ("answered", "agent", 0)
    assert len(told(events, ev.CallOffered)) == len(told(events, ev.CallEnded)) == 1
    await home.settled()
    return [line.split("  ", 1)[1] for line in stories.tell(events, UTC)]


WAYS = {
    "Asterisk finds the second call": "",
    "it finds it not, the extension is named": "sip:202@{server}" + LOST_CALL,
    "it finds it not, and nobody is named": "sip:{server}" + LOST_CALL,
    "it finds it not, and somebody unknown is named": "sip:asterisk@{server}" + LOST_CALL,
}


@pytest.mark.parametrize("to", WAYS.values(), ids=WAYS)
async def test_the_customer_gets_to_the_colleague(home: House, to: str) -> None:
    ann, ben = await home.operator("ann"), await home.operator("ben", log_in=False)
    heard: list[Notice] = []
    home.switchroom.link.subscribe(heard.append)
    call, first, consultation, ringing = await asking(home, ann, ben)
    if to:
        assert await first.transfer(to.format(server=home.server)) == 200
    else:
        assert await first.transfer_to(consultation) == 200
    talk = await talks_with(call, ben)
    passed_on = pbx_events.BlindTransferred | pbx_events.AttendedTransferred
    ways = [type(notice) for notice in heard if isinstance(notice, passed_on)]
    assert ways == [pbx_events.BlindTransferred if to else pbx_events.AttendedTransferred]
    print(f"the second ringing began {(talk.made_at - ringing.made_at) * 1000:.0f} ms after the first")
    assert talk.made_at - ringing.made_at < patience(2.0)
    for over in (ringing, consultation, first):
        await over.ended()
    story = await passed_on_to(home, call, talk, "ann", "ben")
    here = story.index("ann passed the caller on to ben, whose phone still rang.")
    assert story[here + 1 : here + 3] == ["ben rang (dialled directly).", "ben answered; the caller had waited 0 s."]


async def test_from_the_moment_of_dialling_on_no_transfer_loses_the_customer(home: House) -> None:
    """Ann transfers as soon as Ben's phone rings: her own phone may not know yet that it does."""
    ann, ben = await home.operator("ann"), await home.operator("ben", log_in=False)
    call, first = await talking(home, ann)
    consultation = await ann.call("202")
    await ben.incoming()
    assert await first.transfer_to(consultation) == 200
    story = await passed_on_to(home, call, await talks_with(call, ben), "ann", "ben")
    assert "ann passed the caller on to ben, whose phone still rang." in story


async def test_a_phone_that_gave_up_its_second_call_before_says_who_was_asked(home: House) -> None:
    ann, ben = await home.operator("ann"), await home.operator("ben", log_in=False)
    call, first, consultation, ringing = await asking(home, ann, ben)
    await consultation.hang_up()
    await ringing.ended()
    assert await first.transfer(f"sip:202@{home.server}{LOST_CALL}") == 200
    story = await passed_on_to(home, call, await talks_with(call, ben), "ann", "ben")
    assert "ben rang (dialled directly)." in story


async def test_where_nobody_can_be_made_out_the_customer_comes_back(home: House) -> None:
    ann = await home.operator("ann")
    call, first = await talking(home, ann)
    assert await first.transfer(f"sip:{home.server}{LOST_CALL}") == 200
    story = await passed_on_to(home, call, await talks_with(call, ann), "ann", "ann")
    here = story.index("ann passed the caller on to somebody whom we could not make out.")
    assert story[here + 1 : here + 3] == [
        "Went from the start to person ann: not known who was asked.",
        "ann rang (dialled directly).",
    ]


async def test_a_transfer_into_what_is_said_of_a_wrong_extension_comes_back(home: House) -> None:
    ann = await home.operator("ann")
    call, first = await talking(home, ann)
    nowhere = await ann.call("299")
    await nowhere.confirmed()
    assert await first.transfer_to(nowhere) == 200
    story = await passed_on_to(home, call, await talks_with(call, ann), "ann", "ann")
    assert "ann passed the caller on to somebody whom we could not make out." in story


async def test_a_colleague_who_talks_all_the_while_is_not_waited_for(home: House) -> None:
    ann, ben, cat = [await home.operator(name, log_in=name == "ann") for name in ("ann", "ben", "cat")]
    between = await cat.call("202")
    await (await ben.incoming()).answer()
    await between.confirmed()
    call, first, consultation, _ = await asking(home, ann, ben)
    assert await first.transfer_to(consultation) == 200
    talk = await talks_with(call, ann)
    assert await between.lasts(0.1)
    await between.hang_up()
    story = await passed_on_to(home, call, talk, "ann", "ann")
    assert "Went from person ben to person ann: on another call." in story


async def test_without_colleague_and_agent_the_customer_is_back_in_line(home: House) -> None:
    ann, ben = await home.operator("ann"), await home.operator("ben")
    call, first = await talking(home, ann)
    other = await ann.call("203")  # whose phone is off: Ann hears so, and stays on the line
    await other.confirmed()
    assert await first.transfer(f"sip:{home.server}{LOST_CALL}") == 200
    story = await passed_on_to(home, call, await talks_with(call, ben), "ann", "ben")
    assert "Joined the line of sales at place 1." in story[5:]


async def test_a_customer_who_hangs_up_on_the_way(home: House) -> None:
    ann, ben, cat = [await home.operator(name, log_in=name == "ann") for name in ("ann", "ben", "cat")]
    between = await cat.call("202")
    await (await ben.incoming()).answer()
    await between.confirmed()
    call, first, consultation, _ = await asking(home, ann, ben)
    assert await first.transfer_to(consultation) == 200
    await home.watch.kind(ev.CallTransferred)
    await call.hang_up()
    record, _ = await record_of(home)
    assert (record.outcome, record.hung_up_first, record.odd) == ("answered", "caller", 0)
    assert [talk.agent for talk in record.talks] == ["ann"]
    await between.hang_up()
    await home.settled()


async def test_colleagues_may_pass_each_other_on(home: House) -> None:
    """No customer is in it, so it is in no report; but it works."""
    ann, ben, cat = [await home.operator(name, log_in=False) for name in ("ann", "ben", "cat")]
    asking_ann = await cat.call("201")
    at_ann = await ann.incoming()
    await at_ann.answer()
    await asking_ann.confirmed()
    consultation = await ann.call("202")
    at_ben = await ben.incoming()
    await consultation.ringing()
    assert await at_ann.transfer_to(consultation) == 200
    await at_ben.answer()
    await joined(asking_ann, at_ben)
    await asking_ann.hang_up()
    await home.settled()
    assert told(home.watch.events, ev.CallOffered, ev.CallTransferred) == []


@pytest.mark.parametrize("found", [True, False], ids=["Asterisk finds the second call", "it finds it not"])
async def test_while_we_are_not_there_the_customer_gets_to_the_colleague_too(tmp_path: Path, found: bool) -> None:
    async with tenant(tmp_path / "data") as home:
        ann, ben = await home.operator("ann"), await home.operator("ben", log_in=False)
        call = await (await home.caller()).call(SALES)
        first = await ann.incoming()
        await first.answer()
        await home.tells(lambda event: isinstance(event, ev.CallAnswered))
        await home.kill()
        consultation = await ann.call("202")
        at_ben = await ben.incoming()
        await consultation.ringing()
        if found:
            assert await first.transfer_to(consultation) == 200
        else:
            assert await first.transfer(f"sip:202@{home.server}{LOST_CALL}") == 200
            at_ben = await ben.incoming()
        await at_ben.answer()
        await joined(call, at_ben)
        await call.hang_up()
        await at_ben.ended()
