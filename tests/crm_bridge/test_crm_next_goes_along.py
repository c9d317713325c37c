"""What is to be done next is where the contact is that it came of: in somebody's file, or kept with one of nobody's."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta

import pytest

from callrouter.events import Event
from crm_bridge.after_call import AfterCall, Said, Talked
from crm_bridge.model import Activity, MatterKind
from tests.crm_bridge.crm_house import JONAS, ONA, House


class Journal:
    """Takes everything."""

    def __call__(self, event: Event, *, id: str) -> Awaitable[object]:
        return _nothing()


async def _nothing() -> None:
    return None


def said(house: House, what: str = "ring back") -> Said:
    return Said(next=what, due=house.clock.now() + timedelta(days=1))


async def to_do(house: House, customer: str) -> list[Activity]:
    return await house.matters.activities(customer)


@pytest.mark.parametrize("done", [False, True], ids=["open", "done"])
@pytest.mark.parametrize("note", ["", "a secret"], ids=["alone", "with a note"])
async def test_it_goes_along_and_comes_back(house: House, note: str, done: bool) -> None:
    ona, jonas = await house.add("Ona", ONA), await house.add("Jonas", JONAS)
    await house.calls(("c1", ONA))
    after = AfterCall(house.cabinet, Journal())
    own = await house.matters.add_activity(ona.id, "her own", house.clock.now(), "ann")
    first = replace(said(house, "ask for the secret"), note=note)
    await after.say(Talked("c1", "alice"), first, ona.id, "alice", once="form")
    (begun,) = [one for one in await to_do(house, ona.id) if one.id != own.id]
    assert begun.interaction == "c1"
    if done:
        begun = await house.matters.done(begun.id, "ann")

    await house.files.assign("c1", jonas.id, "sue")
    assert await to_do(house, ona.id) == [own]
    (moved,) = await to_do(house, jonas.id)
    assert moved == replace(begun, customer=jonas.id, version=moved.version)
    assert "secret" not in str(await house.files.steps(ona.id))
    assert (await house.files.steps(jonas.id))[0].what == "activity given"

    await house.files.assign("c1", None, "sue")
    assert await to_do(house, jonas.id) == []
    assert "secret" not in str(await house.files.steps(jonas.id))
    # The same form once more, from a browser that heard nothing: there is still one thing to do.
    await after.say(Talked("c1", "alice"), first, None, "alice", once="form")
    await after.give("c1", ona.id, "sue")
    (again,) = [one for one in await to_do(house, ona.id) if one.id != own.id]
    assert again == replace(begun, version=1)
    assert [one.text for one in await house.matters.notes(ona.id)] == [note][: bool(note)]


async def test_it_is_of_no_matter_of_the_former_ones(house: House) -> None:
    ona, jonas = await house.add("Ona", ONA), await house.add("Jonas", JONAS)
    await house.calls(("c1", ONA))
    await AfterCall(house.cabinet, Journal()).say(Talked("c1", "alice"), said(house), ona.id, "alice")
    (one,) = await to_do(house, ona.id)
    matter = await house.matters.add_matter(ona.id, MatterKind.OFFER, "Desk", "ann", stage="new")
    await house.matters.change_activity(replace(one, matter=matter.id), "ann")
    await house.files.assign("c1", jonas.id, "sue")
    (moved,) = await to_do(house, jonas.id)
    assert moved.matter is None
    await house.matters.change_activity(replace(moved, what="ring twice"), "ann")
    assert (await house.matters.activity(one.id)).interaction == "c1"


@pytest.mark.parametrize("by_hand", [False, True], ids=["by its number", "said by hand"])
async def test_undoing_a_merge_takes_it_to_whose_the_contact_is(house: House, by_hand: bool) -> None:
    ona, twin = await house.add("Ona", ONA), await house.add("O.", JONAS)
    merge = await house.merging.merge(ona.id, twin.id, "ann")
    house.clock.advance(1)
    await house.calls(("c1", JONAS))
    after = AfterCall(house.cabinet, Journal())
    await after.say(Talked("c1", "alice"), said(house), ona.id, "alice")
    if by_hand:
        await house.files.assign("c1", None, "sue")
        await house.files.assign("c1", ona.id, "sue")
        assert await after.settle() == 1
    await house.merging.undo(merge, "ann")
    assert [len(await to_do(house, id_)) for id_ in (ona.id, twin.id)] == ([1, 0] if by_hand else [0, 1])
