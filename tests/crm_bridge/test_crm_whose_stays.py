"""Whose a contact was stays: over late events, a new start, and what people said by hand; its notes go along."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from callrouter import events as ev
from crm_bridge import store_interactions
from tests.crm_bridge.crm_house import JONAS, ONA, House
from tests.fixtures.journal_of_calls import START, Caller
from tests.fixtures.journal_of_calls import store as put


async def whose(house: House, interaction: str) -> str | None:
    async with house.db.reading() as session:
        found = await store_interactions.find(session, interaction)
    assert found is not None
    return found.customer


async def moves_the_number(house: House, ona: str) -> None:
    jonas = await house.add("Jonas", JONAS)
    file = await house.files.get(ona)
    await house.files.change(ona, file.version, replace(file.details, phones=()), "ann")
    await house.files.attach(ONA, jonas.id, "ann")


async def shares_the_number(house: House, ona: str) -> None:
    await house.add("Jonas", ONA)


async def says_nobody(house: House, ona: str) -> None:
    await house.files.assign("c1", None, "sue")


async def late_word(house: House) -> None:
    late = ev.CallDisposed(at=house.clock.now(), call="c1", agent="alice", department="billing", disposition="Solved")
    await put(house.db, [late])
    await house.projection().catch_up()


async def start_over(house: House) -> None:
    for _ in range(2):
        await house.projection().start_over()
    await house.projection().catch_up()


MEANWHILE: tuple[tuple[str, Callable[[House, str], Awaitable[None]], bool], ...] = (
    ("the number is another's by now", moves_the_number, True),
    ("another has the number too", shares_the_number, True),
    ("somebody said it is nobody's", says_nobody, False),
)


@pytest.mark.parametrize("again", [late_word, start_over])
@pytest.mark.parametrize(("meanwhile", "stays"), [one[1:] for one in MEANWHILE], ids=[one[0] for one in MEANWHILE])
async def test_whose_a_contact_was_stays(
    house: House,
    meanwhile: Callable[[House, str], Awaitable[None]],
    stays: bool,
    again: Callable[[House], Awaitable[None]],
) -> None:
    ona = await house.add("Ona", ONA)
    await house.calls(("c1", ONA))
    await meanwhile(house, ona.id)
    await again(house)
    assert await whose(house, "c1") == (ona.id if stays else None)
    async with house.db.reading() as session:
        assert await store_interactions.assigned_of(session, ["c1"]) == ({} if stays else {"c1": None})


async def test_a_call_stays_whose_it_was_when_it_began(house: House) -> None:
    ona = await house.add("Ona", ONA)
    story = (
        Caller("c1", ani=ONA, at=START).menu().joins().rings("alice").answered().released().ends(ev.Outcome.ANSWERED)
    )
    await put(house.db, story[:-2])
    await house.projection().catch_up()
    await house.add("Jonas", ONA)
    await put(house.db, story[-2:])
    await house.projection().catch_up()
    assert await whose(house, "c1") == ona.id


async def test_what_is_nobodys_by_hand_is_whose_the_number_comes_to_be(house: House) -> None:
    await house.calls(("c1", ONA))
    await says_nobody(house, "")
    jonas = await house.add("Jonas", ONA)
    await start_over(house)
    assert await whose(house, "c1") == jonas.id


async def test_a_note_goes_along_with_its_contact_and_is_kept_with_one_of_nobodys(house: House) -> None:
    ona, jonas = await house.add("Ona", ONA), await house.add("Jonas", JONAS)
    await house.calls(("c1", ONA))
    note = await house.matters.add_note(ona.id, "a secret", "ann", interaction="c1")
    await house.matters.change_note(note.id, "a secret of Jonas", "ann")
    await house.matters.add_note(ona.id, "her own", "ann")
    await house.files.assign("c1", jonas.id, "sue")
    assert [one.text for one in await house.matters.notes(ona.id)] == ["her own"]
    assert [one.text for one in await house.matters.notes(jonas.id)] == ["a secret of Jonas"]
    for customer, newest in ((ona, "note taken away"), (jonas, "note given")):
        steps = await house.files.steps(customer.id)
        assert steps[0].what == newest
        assert ("a secret" in str(steps)) is (customer is jonas)
    await house.files.assign("c1", None, "sue")
    assert await house.matters.notes(jonas.id) == []
    assert "a secret" not in str(await house.files.steps(jonas.id))
