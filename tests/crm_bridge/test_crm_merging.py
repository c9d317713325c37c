"""Two who are one: everything moves, undoing moves exactly that back, and who might be one is suggested."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crm_bridge import rules, store_interactions
from crm_bridge.merging import UNDO
from crm_bridge.model import Details, Handle, Kind, MatterKind, NotPossible, Phone, Relation
from tests.crm_bridge.crm_house import JONAS, OFFICE, ONA, House


async def whole(house: House, id_: str) -> tuple[object, ...]:
    """Return all there is of a customer, but for steps and version."""
    file = await house.files.get(id_)
    return (
        replace(file, version=0, changed_at=file.since),
        await house.matters.notes(id_),
        await house.matters.matters(id_),
        await house.matters.activities(id_),
        sorted(await house.contacts(id_)),
        sorted(step.what for step in await house.files.steps(id_) if not step.what.startswith("merge")),
    )


async def two(house: House) -> tuple[str, str]:
    """Make two who are one: each with something, and something that both have."""
    acme = await house.company("Acme")
    friend = await house.add("Friend")
    one = await house.add("Ona Onaitė", ONA, mails=["ona@acme.example"], tags=("vip",), fields={"seats": 3})
    other = await house.files.add(
        Details(
            "O. Onaitė",
            organisation=acme.id,
            phones=(Phone("", JONAS, "old"), Phone("", ONA, "again")),
            handles=(Handle("telegram", "@ona"),),
            relations=(Relation(friend.id, "friend"), Relation(one.id, "herself?")),
            tags=("vip", "north"),
            fields={"seats": 5, "size": "small"},
        ),
        "ann",
    )
    await house.files.change(friend.id, 1, replace(friend.details, relations=(Relation(other.id, "boss"),)), "ann")
    await house.calls(("c1", JONAS), ("c2", ONA))
    for customer in (one.id, other.id):
        await house.matters.add_note(customer, "a note", "ann")
        matter = await house.matters.add_matter(customer, MatterKind.OFFER, "Chairs", "ann", amount=100)
        await house.matters.add_activity(customer, "call", house.clock.now(), "ann", matter=matter.id)
    return one.id, other.id


async def test_everything_moves_and_is_found_at_the_one_who_stays(house: House) -> None:
    keep, gone = await two(house)
    await house.merging.merge(keep, gone, "ann")
    file = await house.files.get(keep)
    assert [phone.number for phone in file.details.phones] == [ONA, JONAS]
    assert (file.details.name, file.company) == ("Ona Onaitė", "Acme")
    assert file.details.tags == ("vip", "north")
    assert file.details.fields == {"seats": 3, "size": "small"}
    assert [relation.role for relation in file.details.relations] == ["friend"]
    assert [relation.role for relation in file.concerned_in] == ["boss", "herself?"]
    assert [len(part) for part in (await house.matters.notes(keep), await house.matters.matters(keep))] == [2, 2]
    assert sorted(await house.contacts(keep)) == ["c1", "c2"]
    assert [c.id for c in await house.customers.search("600 00002")] == [keep]
    assert [c.id for c in await house.customers.search("Onaitė")] == [keep]
    found = await house.customers.find_caller(JONAS)
    assert found is not None
    assert found.id == keep
    assert (await house.customers.match(ONA)).said == "known"
    assert (await house.files.get(gone)).merged_into == keep
    with pytest.raises(NotPossible, match="merged"):
        await house.files.attach(OFFICE, gone, "ann")
    assert (keep, "merged") in (await house.told()).changes


async def test_undoing_brings_both_back_as_they_were(house: House) -> None:
    keep, gone = await two(house)
    before = [await whole(house, id_) for id_ in (keep, gone)]
    merge = await house.merging.merge(keep, gone, "ann")
    assert [m.id for m in await house.merging.merges_of(keep)] == [merge]
    await house.merging.undo(merge, "bob")
    assert [await whole(house, id_) for id_ in (keep, gone)] == before
    assert next(c.id for c in await house.customers.search("o onaite")) == gone
    with pytest.raises(NotPossible):
        await house.merging.undo(merge, "bob")


async def test_what_came_after_the_merge_stays(house: House) -> None:
    keep, gone = await two(house)
    merge = await house.merging.merge(keep, gone, "ann")
    file = await house.files.get(keep)
    await house.files.change(keep, file.version, replace(file.details, name="Ona Jonienė", organisation=None), "bob")
    await house.matters.add_note(keep, "written since", "bob")
    await house.merging.undo(merge, "bob")
    after = await house.files.get(keep)
    assert (after.details.name, after.details.organisation) == ("Ona Jonienė", None)
    assert [note.text for note in await house.matters.notes(keep)] == ["written since", "a note"]
    assert [note.text for note in await house.matters.notes(gone)] == ["a note"]


async def test_what_was_said_by_hand_meanwhile_stays(house: House) -> None:
    ona, twin = await house.add("Ona", ONA), await house.add("Twin", JONAS)
    await house.calls(("c1", JONAS), ("c2", JONAS))
    for contact in ("c1", "c2"):
        await house.matters.add_note(twin.id, contact, "ann", interaction=contact)
    merge = await house.merging.merge(ona.id, twin.id, "ann")
    await house.files.assign("c1", None, "sue")
    await house.files.assign("c1", ona.id, "sue")
    await house.merging.undo(merge, "ann")
    assert (await house.contacts(ona.id), await house.contacts(twin.id)) == (["c1"], ["c2"])
    assert [note.text for note in await house.matters.notes(twin.id)] == ["c2"]


async def test_what_came_meanwhile_is_whose_its_number_is(house: House) -> None:
    ona, twin = await house.add("Ona", ONA), await house.add("Twin", JONAS, OFFICE)
    await house.files.attach(OFFICE, ona.id, "ann")
    await house.calls(("old", OFFICE))
    await house.files.assign("old", ona.id, "ann")
    merge = await house.merging.merge(ona.id, twin.id, "ann")
    await house.calls(("c1", JONAS), ("c2", ONA), ("c3", OFFICE))
    await house.matters.add_note(ona.id, "of the twin", "ann", interaction="c1")
    await house.merging.undo(merge, "ann")
    alone = [e.interaction.id for e in await house.history(ona.id) if e.interaction and e.interaction.customer]
    assert sorted(alone) == ["c2", "old"]
    assert sorted(await house.contacts(twin.id)) == ["c1", "c3"]
    assert (await house.matters.notes(ona.id), len(await house.matters.notes(twin.id))) == ([], 1)


async def test_an_activity_linked_meanwhile_can_be_changed_after_undoing(house: House) -> None:
    ona, twin = await house.add("Ona", ONA), await house.add("Twin", JONAS)
    matter = await house.matters.add_matter(twin.id, MatterKind.OFFER, "Chairs", "ann")
    merge = await house.merging.merge(ona.id, twin.id, "ann")
    activity = await house.matters.add_activity(ona.id, "call", house.clock.now(), "ann", matter=matter.id)
    await house.merging.undo(merge, "ann")
    after = await house.matters.activity(activity.id)
    assert after.matter is None
    await house.matters.change_activity(replace(after, what="write"), "ann")


async def test_a_number_that_only_those_shared_frees_its_calls(house: House) -> None:
    ona, twin = await house.add("Ona", ONA), await house.add("Twin", ONA)
    await house.calls(("c1", ONA))
    merge = await house.merging.merge(ona.id, twin.id, "ann")
    assert [(e.id, e.customer) for e in await house.history(ona.id) if e.interaction] == [("c1", ona.id)]
    await house.merging.undo(merge, "ann")
    assert [(e.id, e.one_of) for e in await house.history(ona.id) if e.interaction] == [("c1", 2)]


@pytest.mark.parametrize("written", [False, True], ids=["nobody wrote of it", "somebody wrote of it"])
async def test_a_number_of_nobody_is_unknown_again(house: House, written: bool) -> None:
    await house.calls(("c1", ONA))
    nameless = (await house.customers.match(ONA)).nameless
    assert nameless is not None
    jonas = await house.add("Jonas", JONAS)
    merge = await house.merging.merge(nameless.id, jonas.id, "ann")
    if written:
        file = await house.files.get(nameless.id)
        await house.files.change(nameless.id, file.version, replace(file.details, name="Ona"), "ann")
    await house.merging.undo(merge, "ann")
    assert (await house.customers.match(ONA)).said == ("known" if written else "unknown")


async def test_after_fourteen_days_it_is_for_good(house: House) -> None:
    keep, gone = await two(house)
    merge = await house.merging.merge(keep, gone, "ann")
    await house.privacy.looked(gone, "cid")
    assert await house.merging.forget_old() == 0
    house.clock.advance((UNDO + timedelta(seconds=1)).total_seconds())
    with pytest.raises(NotPossible, match="any more"):
        await house.merging.undo(merge, "ann")
    assert await house.merging.forget_old() == 1
    assert [look.by for look in await house.privacy.lookers(keep)] == ["cid"]
    assert sorted(await house.contacts(keep)) == ["c1", "c2"]
    assert len(await house.matters.notes(keep)) == 2


async def test_merges_of_merges_are_undone_in_their_order(house: House) -> None:
    one, two_, three = [(await house.add(*who)).id for who in (("A", ONA), ("B", JONAS), ("C", OFFICE))]
    first = await house.merging.merge(two_, three, "ann")
    second = await house.merging.merge(one, two_, "ann")
    assert len((await house.files.get(one)).details.phones) == 3
    with pytest.raises(NotPossible, match="undo first"):
        await house.merging.undo(first, "ann")
    await house.merging.undo(second, "ann")
    await house.merging.undo(first, "ann")
    for id_, number in ((one, ONA), (two_, JONAS), (three, OFFICE)):
        assert [phone.number for phone in (await house.files.get(id_)).details.phones] == [number]


async def test_what_two_merged_ones_have_stays_until_both_are_taken_out(house: House) -> None:
    """Rasa and Cecilia share what Birutė has of them only: undone for one of them, she still has it of the other."""
    both: dict[str, Any] = {"mails": ["x@acme.example"], "address": "Elm 7", "tags": ("loud",), "fields": {"seats": 3}}
    rasa = await house.add("Rasa", ONA, language="lt", **both)
    birute = await house.add("Birutė", JONAS)
    cecilia = await house.add("Cecilia", ONA, status="lead", **both)
    before = [await whole(house, one.id) for one in (rasa, birute, cecilia)]
    first = await house.merging.merge(birute.id, rasa.id, "ann")
    second = await house.merging.merge(birute.id, cecilia.id, "ann")

    await house.merging.undo(first, "ann")

    details = (await house.files.get(birute.id)).details
    assert {phone.number for phone in details.phones} == {ONA, JONAS}
    assert [mail.address for mail in details.mails] == ["x@acme.example"]
    assert (details.address, details.tags, details.fields) == ("Elm 7", ("loud",), {"seats": 3})
    assert (details.language, details.status) == ("", "lead")
    assert (await house.customers.match(ONA)).said == "one of 2"
    await house.calls(("c1", ONA))
    async with house.db.reading() as session:
        (contact,) = await store_interactions.list_newest(session)
    assert contact.customer is None, "nobody guesses whose it is"

    await house.merging.undo(second, "ann")
    assert [(await whole(house, one.id))[:4] for one in (rasa, birute, cecilia)] == [one[:4] for one in before]


async def test_an_organisation_that_was_given_goes_though_it_was_merged_since(house: House) -> None:
    acme, ajax = await house.company("Acme"), await house.company("Ajax")
    rasa = await house.add("Rasa", organisation=acme.id)
    birute = await house.add("Birutė")
    people = await house.merging.merge(birute.id, rasa.id, "ann")
    companies = await house.merging.merge(ajax.id, acme.id, "ann")
    await house.merging.undo(people, "ann")
    assert (await house.files.get(birute.id)).details.organisation is None
    await house.merging.undo(companies, "ann")
    assert (await house.files.get(rasa.id)).details.organisation == acme.id
    assert (await house.files.get(birute.id)).details.organisation is None


async def test_who_cannot_be_one(house: House) -> None:
    acme = await house.company("Acme")
    ona, jonas = await house.add("Ona", organisation=acme.id), await house.add("Jonas")
    for keep, gone in ((ona.id, ona.id), (ona.id, acme.id), (acme.id, ona.id)):
        with pytest.raises(NotPossible):
            await house.merging.merge(keep, gone, "ann")
    await house.merging.merge(ona.id, jonas.id, "ann")
    with pytest.raises(NotPossible, match="merged into another"):
        await house.merging.merge(acme.id, jonas.id, "ann")


async def test_what_nobody_could_save_is_not_made(house: House) -> None:
    many = [f"+3706{n:07}" for n in range(rules.MOST + 1)]
    ona = await house.add("Ona", *many[:30], tags=tuple(f"t{n}" for n in range(30)))
    jonas = await house.add("Jonas", *many[30:])
    petras = await house.add("Petras", *many[30:50], tags=tuple(f"t{n}" for n in range(1, 50)))
    for ask in (house.merging.preview(ona.id, jonas.id), house.merging.merge(ona.id, jonas.id, "ann")):
        with pytest.raises(NotPossible, match="together they have 51 numbers, and a customer has at most 50"):
            await ask
    await house.merging.merge(ona.id, petras.id, "ann")
    full = await house.files.get(ona.id)
    await house.files.change(ona.id, full.version, replace(full.details, name="Ona the many"), "ann")


async def test_who_might_be_one_is_suggested(house: House) -> None:
    acme = await house.company("Acme", OFFICE)
    names = {}
    for key, name, numbers, mails, organisation in (
        ("number", "Ona", (ONA,), (), None),
        ("same number", "O.", (ONA,), (), None),
        ("mail", "Jonas", (), ("j@acme.example",), None),
        ("same mail", "J.", (), ("J@ACME.example",), None),
        ("name", "Žydrė Kazė", (OFFICE,), (), acme.id),
        ("same name", "zydre kaze", (OFFICE,), (), acme.id),
        ("elsewhere", "Žydrė Kazė", (), (), None),
    ):
        names[(await house.add(name, *numbers, mails=mails, organisation=organisation)).id] = key
    found = {(names[s.one.id], names[s.other.id], s.why) for s in await house.merging.suggest()}
    assert found == {
        ("number", "same number", "the same number"),
        ("mail", "same mail", "the same mail address"),
        ("name", "same name", "the same name in the same organisation"),
    }
    ids = {key: id_ for id_, key in names.items()}
    only = await house.merging.suggest(ids["same mail"])
    assert [(s.one.id, s.other.id) for s in only] == [(ids["mail"], ids["same mail"])]
    await house.merging.are_two(ids["same mail"], ids["mail"], "ann")
    assert await house.merging.suggest(ids["same mail"]) == []
    assert Kind.ORGANISATION not in {s.one.kind for s in await house.merging.suggest()}
