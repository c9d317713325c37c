"""What hangs on a customer: notes, matters with amount and stage, activities due; each change is a step and is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from crm_bridge.model import ChangedMeanwhile, MatterKind, NoSuchCustomer, NotPossible, NotValid
from tests.crm_bridge.crm_house import House


async def test_a_note_is_written_changed_and_removed_and_the_steps_keep_what_it_was(house: House) -> None:
    ona = (await house.add("Ona")).id
    note = await house.matters.add_note(ona, " <b>hot</b>\r\nשלום ", "ann", interaction="c1", disposition="call back")
    assert (note.text, note.interaction, note.disposition) == ("<b>hot</b>\nשלום", "c1", "call back")
    assert await house.matters.notes_about("c1") == [note]
    entry = (await house.history(ona))[0]
    assert (entry.step is not None and entry.step.what, entry.note) == ("note added", note)
    house.clock.advance(1)
    await house.matters.change_note(note.id, "cold", "bob")
    house.clock.advance(1)
    await house.matters.remove_note(note.id, "bob")
    assert await house.matters.notes(ona) == []
    removed, changed, *_ = await house.files.steps(ona)
    assert changed.changes == {"text": ["<b>hot</b>\nשלום", "cold"]}
    assert (removed.by, removed.changes) == ("bob", {"text": ["cold", ""]})
    with pytest.raises(NotPossible):
        await house.matters.change_note(note.id, "again", "ann")


@pytest.mark.parametrize(
    ("text", "disposition", "allowed"),
    [
        pytest.param("", "sold", True, id="a disposition alone"),
        pytest.param("  ", "", False, id="nothing"),
        pytest.param("x" * 20_001, "", False, id="too long"),
        pytest.param("x", "d" * 81, False, id="a long disposition"),
    ],
)
async def test_which_notes_are_taken(house: House, text: str, disposition: str, allowed: bool) -> None:
    ona = (await house.add("Ona")).id
    if allowed:
        await house.matters.add_note(ona, text, "ann", disposition=disposition)
    else:
        with pytest.raises(NotValid):
            await house.matters.add_note(ona, text, "ann", disposition=disposition)


async def test_a_matter_goes_through_the_stages_of_the_site(house: House) -> None:
    ona = (await house.add("Ona")).id
    matter = await house.matters.add_matter(
        ona, MatterKind.OPPORTUNITY, "40 chairs", "ann", amount=120_050, expected=date(2026, 12, 24)
    )
    assert (matter.stage, matter.currency, matter.whose, matter.closed) == ("new", "EUR", "ann", None)
    won = await house.matters.change_matter(replace(matter, stage="won", amount=110_000), "bob")
    assert (won.closed, won.version) == (house.clock.now().date(), 2)
    assert await house.matters.board() == []
    assert await house.matters.board(closed=True) == [won]
    with pytest.raises(ChangedMeanwhile):
        await house.matters.change_matter(replace(matter, stage="lost"), "cid")
    again = await house.matters.change_matter(replace(won, stage="offered"), "bob")
    assert (again.closed, await house.matters.matters(ona)) == (None, [again])
    step = (await house.files.steps(ona))[1]
    assert step.changes["amount"] == [120_050, 110_000]
    assert step.changes["stage"] == ["new", "won"]
    told = list((await house.told()).events.values())[2]
    assert (told.change, told.data["stage"], told.data["amount"]) == ("opportunity changed", "won", 110_000)
    assert "40 chairs" not in str(told)
    await house.matters.remove_matter(matter.id, "bob")
    with pytest.raises(NotPossible):
        await house.matters.change_matter(again, "bob")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        pytest.param({"title": "x" * 201}, "title has 201", id="a long title"),
        pytest.param({"title": " "}, "title is missing", id="no title"),
        pytest.param({"amount": -1}, "amount", id="less than nothing"),
        pytest.param({"amount": 10**16}, "amount", id="more than there is"),
        pytest.param({"currency": "euro"}, "three capital letters", id="no currency"),
        pytest.param({"stage": "dreaming"}, "no such stage: one of new, offered", id="no stage of the site"),
    ],
)
async def test_which_matters_are_refused(house: House, more: dict[str, Any], why: str) -> None:
    ona = (await house.add("Ona")).id
    given = {"title": "Chairs", **more}
    with pytest.raises(NotValid, match=why):
        await house.matters.add_matter(ona, MatterKind.OFFER, given.pop("title"), "ann", **given)
    with pytest.raises(NoSuchCustomer):
        await house.matters.add_matter("nobody", MatterKind.OFFER, "Chairs", "ann")


async def test_an_activity_is_due_until_it_is_done(house: House) -> None:
    ona, jonas = (await house.add("Ona")).id, (await house.add("Jonas")).id
    matter = await house.matters.add_matter(ona, MatterKind.ORDER, "Chairs", "ann")
    tomorrow = house.clock.now() + timedelta(days=1)
    call = await house.matters.add_activity(ona, "call about the chairs", tomorrow, "ann", matter=matter.id)
    other = await house.matters.add_activity(jonas, "write", tomorrow - timedelta(hours=1), "ann", whose="bob")
    assert await house.matters.due("ann", tomorrow) == [call]
    assert await house.matters.due(None, tomorrow) == [other, call]
    assert await house.matters.due(None, house.clock.now()) == []
    with pytest.raises(NotPossible, match="another customer"):
        await house.matters.add_activity(jonas, "call", tomorrow, "ann", matter=matter.id)
    later = await house.matters.change_activity(replace(call, due=tomorrow + timedelta(days=1)), "bob")
    with pytest.raises(ChangedMeanwhile):
        await house.matters.change_activity(call, "cid")
    done = await house.matters.done(call.id, "bob")
    assert (done.done_by, done.due) == ("bob", later.due)
    assert await house.matters.done(call.id, "cid") == done
    assert await house.matters.due("ann", later.due) == []
    assert (await house.matters.done(call.id, "bob", done=False)).done_at is None
    await house.matters.remove_matter(matter.id, "ann")
    assert [activity.matter for activity in await house.matters.activities(ona)] == [None]
    await house.matters.remove_activity(call.id, "ann")
    assert await house.matters.activities(ona) == []
