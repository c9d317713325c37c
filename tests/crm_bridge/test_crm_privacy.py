"""Everything known is handed out, forgetting forgets, and who looked is written down."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from callrouter.events import Event
from crm_bridge import store_interactions
from crm_bridge.after_call import AfterCall, Said, Talked
from crm_bridge.model import MatterKind, NoSuchCustomer, NotPossible
from ledger.forgetting_words import Whom
from ledger.tables import metadata
from tests.crm_bridge.crm_house import JONAS, OFFICE, ONA, House


async def known(house: House) -> str:
    """Make somebody of whom everything is known."""
    ona = await house.add("Ona Onaitė", ONA, JONAS, OFFICE, mails=["ona@acme.example"], fields={"contract": "K-17"})
    twin = await house.add("Onutė Twin", "+37060000009")
    await house.add("Neighbour", OFFICE)
    await house.calls(("c1", ONA), ("c2", JONAS), ("c3", OFFICE), ("c4", ""))
    note = await house.matters.add_note(ona.id, "likes cats", "ann")
    await house.matters.change_note(note.id, "likes dogs", "ann")
    matter = await house.matters.add_matter(ona.id, MatterKind.OFFER, "A kennel", "ann", amount=5)
    await house.matters.add_activity(ona.id, "walk the dog", house.clock.now(), "ann", matter=matter.id)
    await house.merging.merge(ona.id, twin.id, "ann")
    await house.privacy.looked(ona.id, "bob")
    return ona.id


async def test_everything_known_is_exported(house: House) -> None:
    exported = await house.privacy.export(await known(house))
    text = json.dumps(exported, ensure_ascii=False)
    for word in ("Ona Onaitė", ONA, "ona@acme.example", "K-17", "likes dogs", "likes cats", "kennel", "walk the dog"):
        assert word in text
    assert sorted(one["id"] for one in exported["interactions"]) == ["c1", "c2"]
    assert [look["by"] for look in exported["looked_at_by"]] == ["bob"]
    assert [one["details"]["name"] for one in exported["merged"]] == ["Onutė Twin"]
    with pytest.raises(NoSuchCustomer):
        await house.privacy.export("nobody")


async def test_who_is_erased_is_in_no_table_any_more_and_what_was_done_stays_countable(house: House) -> None:
    ona = await known(house)
    erased = await house.privacy.erase(ona, "dpo")
    assert set(erased.numbers) == {ONA, JONAS, OFFICE, "+37060000009"}
    assert erased.calls == ("c1", "c2")
    assert erased.counts["notes"] == 1
    assert erased.counts["customers"] == 2
    assert erased.counts["interactions"] == 2
    async with house.db.reading() as session:
        rows = []
        for table in metadata.tables.values():
            if table.name.startswith("crm_"):
                rows += [str(row) for row in await session.execute(sa.select(table))]
        left = await store_interactions.list_newest(session)
    everything = "\n".join(rows)
    for word in ("Onait", "onait", "Onut", ONA[1:], JONAS[1:], "acme", "K-17", "cats", "kennel", "dog", ona):
        assert word not in everything, word
    assert {one.id: (one.customer, one.number) for one in left} == {
        "c1": (None, erased.pseudonym),
        "c2": (None, erased.pseudonym),
        "c3": (None, OFFICE),  # a neighbour's number too, and never known to be hers
        "c4": (None, ""),
    }
    assert {one.department for one in left} == {"billing"}
    assert await house.customers.search("onaite") == await house.customers.search("60000001") == []
    with pytest.raises(NoSuchCustomer):
        await house.privacy.erase(ona, "dpo")
    told = await house.told()
    assert (ona, "erased") in told.changes
    assert "Ona" not in str(told.events)


async def test_a_call_given_by_hand_is_theirs_before_it_is_written_down(house: House) -> None:
    ona = await house.add("Ona", ONA)
    after = AfterCall(house.cabinet, house_tells_nobody)
    await after.give("c7", ona.id, "alice")
    assert (await house.privacy.look_over(ona.id)).whom.calls == ("c7",)
    forgotten: list[Whom] = []
    house.privacy.watch(forgotten.append)
    await house.privacy.erase(ona.id, "dpo")
    assert [whom.calls for whom in forgotten] == [("c7",)]
    said, talked = Said("Solved", "Ona wants chairs"), Talked("c7", "alice", "billing")
    with pytest.raises(NotPossible, match="forgotten"):
        await after.say(talked, said, ona.id, "alice", forgotten=lambda: True)
    assert not await after.say(talked, Said("Solved"), ona.id, "alice", forgotten=lambda: True)
    assert await after.held("c7") == []


async def house_tells_nobody(event: Event, *, id: str) -> None:
    """Take what is told."""


async def test_a_look_at_many_is_one_at_each(house: House) -> None:
    ona, ben = [(await house.add(name)).id for name in ("Ona", "Ben")]
    await house.privacy.looked(ona, "cid")
    for _ in range(2):
        await house.privacy.looked_at([ona, ben, ben, "nobody", ""], "cid")
    assert [[look.by for look in await house.privacy.lookers(one)] for one in (ona, ben)] == [["cid"], ["cid"]]


async def test_a_look_is_written_once_an_hour_and_kept_for_a_year(house: House) -> None:
    ona = (await house.add("Ona")).id
    assert [await house.privacy.looked(ona, by) for by in ("ann", "ann", "bob")] == [True, False, True]
    house.clock.advance(3600)
    assert await house.privacy.looked(ona, "ann")
    assert [look.by for look in await house.privacy.lookers(ona)] == ["ann", "ann", "bob"]
    assert not await house.privacy.looked("nobody", "ann")
    house.clock.advance(365 * 86_400 - 1)
    assert await house.privacy.forget_looks() == 2
    assert len(await house.privacy.lookers(ona)) == 1
