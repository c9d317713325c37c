"""Whose a call is for other systems and other pages: read in the country of our number, and never a guess."""

from __future__ import annotations

import pytest

from callrouter import events as ev
from config.schema import Company, Site
from crm_bridge.connectors.calls import call_at
from crm_bridge.connectors.following import _lanes
from crm_bridge.connectors.model import About, Occasion
from crm_bridge.connectors.occasions import _about
from ledger.journal_reads import JournalReads
from server.customer_room import customer_of
from server.postroom import name_of
from tests.crm_bridge.crm_house import COUNTRY, JONAS, ONA, House
from tests.fixtures.journal_of_calls import START, answered_call, store

#: The same digits at home and abroad, how they are dialled there, and our number there.
HOME, ABROAD, DIALLED, OURS = "+37067000001", "+37167000001", "67000001", "+37167222333"


@pytest.fixture
async def riga(house: House) -> str:
    """A customer of Riga; another at home has the same digits."""
    await house.add("At home", HOME)
    return (await house.add("Riga", ABROAD)).id


@pytest.mark.parametrize(
    ("call", "number", "did", "known"),
    [
        pytest.param("c1", DIALLED, OURS, True, id="all is known"),
        pytest.param("c1", DIALLED, "", True, id="the story has our number"),
        pytest.param("c1", "", "", True, id="the story has both"),
        pytest.param("c9", DIALLED, OURS, True, id="a call without a story"),
        pytest.param("c9", DIALLED, "", False, id="a number of any country"),
        pytest.param("", DIALLED, "", False, id="nor without a call"),
        pytest.param("c9", ABROAD, "", True, id="a number in full"),
        pytest.param("c9", "", "", False, id="nothing"),
    ],
)
async def test_a_call_is_whose_number_it_is_where_it_was_dialled(
    house: House, riga: str, call: str, number: str, did: str, known: bool
) -> None:
    await store(house.db, answered_call("c1", ani=DIALLED, did=OURS))
    found = await house.customers.find_of_call(call, number, did)
    told = await customer_of(house.customers)(About(call=call, number=number, did=did))
    assert (found.id if found else None, told.id if told else None) == ((riga, riga) if known else (None, None))


async def test_whom_somebody_said_to_be_nobody_is_nobody(house: House, riga: str) -> None:
    await house.calls(("c1", ABROAD))
    await house.files.assign("c1", None, "alice")
    assert await house.customers.find_of_call("c1", ABROAD) is None
    shown = await house.customers.whose("c1", ABROAD)
    assert (shown.customer, shown.by_hand) == (None, True)


async def test_a_call_of_ours_is_read_in_our_country(house: House, riga: str) -> None:
    await store(house.db, [ev.OutboundBegun(at=START, call="o1", agent="alice", number="8 670 00001")])
    found = await house.customers.find_of_call("o1", "8 670 00001")
    assert found is not None
    assert found.name == "At home"


@pytest.mark.parametrize(("did", "name"), [(OURS, "Riga"), ("+37052000000", "At home"), ("", "")])
async def test_names_in_lists_and_mails_are_those_of_the_country(house: House, riga: str, did: str, name: str) -> None:
    number = DIALLED if did != "+37052000000" else "8 670 00001"
    found = await house.customers.find_caller(number, did)
    assert (found.name if found is not None else "") == name
    site = Site.model_construct(company=Company(name="Acme", country=COUNTRY))
    assert await name_of(house.db, lambda: site)(number, did) == name


async def test_other_systems_are_told_the_number_of_that_country(house: House) -> None:
    await store(house.db, answered_call("c1", ani=DIALLED, did=OURS))
    story = (await JournalReads(house.db).of_calls(["c1"]))["c1"]
    assert _about(story[0]) == About(call="c1", number=DIALLED, did=OURS)
    now = call_at(story, story[-1], COUNTRY)
    assert now is not None
    assert (now.number, now.did) == (ABROAD, OURS)


async def test_what_comes_after_a_merge_stays_behind_what_waits_of_the_one_who_is_gone(house: House) -> None:
    ona, twin, third = [
        (await house.add(name, *numbers)).id for name, *numbers in (("Ona", ONA), ("O.", JONAS), ("P.",))
    ]
    await house.merging.merge(twin, third, "ann")
    merge = await house.merging.merge(ona, twin, "ann")
    told = await customer_of(house.customers)(About(customer=ona))
    assert told is not None
    assert set(told.merged) == {twin, third}
    later = Occasion("e9", 9, "call_ended", START, ona, "c9", customer=told)
    assert list(_lanes([later], {third: third, "c1": third})) == [third]
    await house.merging.undo(merge, "ann")
    assert await house.customers.merged_into(ona) == ()
