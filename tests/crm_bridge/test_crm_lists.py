"""Lists of customers narrowed and page by page, whose a contact is, what a merge would do, what is due."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm_bridge.matching import Matched
from crm_bridge.model import Kind, NoSuchCustomer, NotPossible
from crm_bridge.narrowing import After, Narrowed
from tests.crm_bridge.crm_house import JONAS, OFFICE, ONA, House


async def listed(house: House, narrowed: Narrowed, limit: int = 50) -> list[str]:
    """Return the names of a whole list, page by page."""
    found: list[str] = []
    after: After | None = None
    while True:
        some, after = await house.customers.browse(narrowed, after, limit)
        found += [one.name or one.numbers[0] for one in some]
        if after is None:
            return found


async def test_a_list_goes_on_by_name_and_has_everybody_once(house: House) -> None:
    for name in ("Žydrė", "ona", "Ąžuolas", "Ona", "Berta"):
        await house.add(name)
    for limit in (1, 2, 50):
        assert await listed(house, Narrowed(), limit) == ["Ąžuolas", "Berta", "ona", "Ona", "Žydrė"]


async def test_lists_are_narrowed_and_so_is_what_is_typed(house: House) -> None:
    acme = await house.company("Acme", OFFICE, tags=("vip", 'a "b" %'))
    ona = await house.add("Ona", ONA, status="lead", owner="ann", tags=("vip",), organisation=acme.id)
    await house.add("Onutė", JONAS, status="customer", owner="bob")
    await house.calls(("c-1", "+37060000008"), ("c-2", "+37060000009"))
    merged = await house.add("Ona Merged", status="lead", tags=("vip",))
    await house.merging.merge(ona.id, merged.id, "ann")
    for narrowed, names in (
        (Narrowed(), ["Acme", "Ona", "Onutė"]),
        (Narrowed(status="lead"), ["Ona"]),
        (Narrowed(owner="bob"), ["Onutė"]),
        (Narrowed(tag="vip"), ["Acme", "Ona"]),
        (Narrowed(tag='a "b" %'), ["Acme"]),
        (Narrowed(tag="vip", kind=Kind.PERSON), ["Ona"]),
        (Narrowed(unknown=True), ["+37060000009", "+37060000008"]),
    ):
        assert await listed(house, narrowed, 1) == names
    assert [c.name for c in await house.customers.search("on", narrowed=Narrowed(owner="bob"))] == ["Onutė"]
    assert [c.name for c in await house.customers.search("on", narrowed=Narrowed(tag="vip"))] == ["Ona"]
    assert await house.customers.search("acme", narrowed=Narrowed(status="customer")) == []


async def test_whose_a_contact_is_and_what_its_number_says(house: House) -> None:
    ona = await house.add("Ona", ONA)
    await house.calls(("c-1", ONA), ("c-2", JONAS), ("c-3", "anonymous"))
    sure = await house.customers.whose("c-1", "")
    assert sure.customer is not None and sure.customer.id == ona.id and not sure.by_hand
    unknown = await house.customers.whose("c-2", JONAS)
    assert unknown.customer is None and unknown.match.nameless is not None
    assert (await house.customers.whose("c-3", "anonymous")).match.kind is Matched.WITHHELD
    # Another has the number too from now on: what was hers stays hers, the next call is one of two.
    await house.add("Jonas", ONA)
    await house.calls(("c-4", ONA))
    assert (await house.customers.whose("c-1", ONA)).customer == sure.customer
    several = await house.customers.whose("c-4", ONA)
    assert several.customer is None and several.match.said == "one of 2"
    await house.files.assign("c-4", ona.id, "ann")
    given = await house.customers.whose("c-4", ONA)
    assert given.by_hand and given.customer is not None and given.customer.id == ona.id
    assert (await house.customers.whose("c-99", "")).interaction is None


async def test_an_organisations_timeline_has_its_peoples(house: House) -> None:
    acme = await house.company("Acme", OFFICE)
    ona = await house.add("Ona", ONA, organisation=acme.id)
    await house.add("Jonas", JONAS)
    await house.calls(("c-1", ONA), ("c-2", JONAS), ("c-3", OFFICE))
    both = await house.customers.timeline(acme.id, limit=500, with_people=True)
    assert {e.interaction.id: e.customer for e in both.entries if e.interaction} == {"c-1": ona.id, "c-3": acme.id}
    alone = await house.customers.timeline(acme.id, limit=500)
    assert [e.interaction.id for e in alone.entries if e.interaction] == ["c-3"]


async def test_a_preview_says_what_the_merge_then_does(house: House) -> None:
    ona = await house.add("Ona", ONA)
    twin = await house.add("O. Onaitė", ONA, JONAS, language="lt")
    await house.matters.add_note(twin.id, "Theirs", "ann")
    await house.calls(("c-1", JONAS))
    preview = await house.merging.preview(ona.id, twin.id)
    assert preview.filled == {"language": "lt"}
    assert {kind: n for kind, n in preview.moved.items() if n} == {"interaction": 1, "note": 1, "step": 2, "number": 1}
    assert (await house.files.get(twin.id)).merged_into is None
    await house.merging.merge(ona.id, twin.id, "ann")
    assert (await house.files.get(ona.id)).details.language == "lt" and await house.contacts(ona.id) == ["c-1"]
    with pytest.raises(NotPossible, match="merged into another"):
        await house.merging.preview(ona.id, twin.id)
    with pytest.raises(NoSuchCustomer):
        await house.merging.preview(ona.id, "nobody")


async def test_what_is_due_in_a_time(house: House) -> None:
    ona, now = await house.add("Ona", ONA), house.clock.now()
    for hours, whose in ((-24, "ann"), (1, "ann"), (48, "ann"), (1, "bob")):
        await house.matters.add_activity(
            ona.id, f"in {hours} of {whose}", now + timedelta(hours=hours), "ann", whose=whose
        )
    due = house.matters.due

    async def said(*asked: object, **more: object) -> list[str]:
        return [activity.what for activity in await due(*asked, **more)]  # type: ignore[arg-type]  # passed on as it came

    assert await said("ann", now) == ["in -24 of ann"]
    assert await said("ann", now + timedelta(days=1), since=now) == ["in 1 of ann"]
    assert await said("ann", None) == ["in -24 of ann", "in 1 of ann", "in 48 of ann"]
    assert len(await due(None, None)) == 4
    assert await house.matters.count_due("ann", now) == 1
    assert await house.matters.count_due(None, now + timedelta(days=9)) == 4
