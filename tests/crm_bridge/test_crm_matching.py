"""Who is calling: known, one of several, unknown or withheld, and never a guess; and what becomes of contacts."""

from __future__ import annotations

import pytest

from callrouter.caller_number import number_of
from crm_bridge.matching import Matched
from crm_bridge.model import NotPossible, NotValid
from tests.crm_bridge.crm_house import JONAS, OFFICE, ONA, House


@pytest.mark.parametrize("written", [ONA, "8 600 00001", "00370 600 00001", "+370 (600) 00001", "37060000001"])
async def test_one_customer_is_known_however_the_number_is_written(house: House, written: str) -> None:
    ona = await house.add("Ona", ONA)
    found = await house.customers.match(written)
    assert (found.kind, found.number, found.said) == (Matched.KNOWN, ONA, "known")
    assert found.customer is not None
    assert found.customer.id == ona.id


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(f"{ONA};npdi", id="was ported"),
        pytest.param("8 600 00001;npdi=yes;rn=37069900000", id="and the way it took"),
        pytest.param(f"sip:{ONA}@10.0.0.1", id="SIP"),
        pytest.param(f'"Ona" <sips:{ONA};npdi;rn=+37069900000@[2001:db8::1]:5061;user=phone>', id="all of SIP"),
        pytest.param("sip:%2B37060000001@carrier.example", id="SIP with the plus written out"),
        pytest.param(f"sip:{ONA}", id="SIP without a host"),
        pytest.param("TEL:+370-600-00001;rn=+37069900000", id="tel"),
        pytest.param("tel:600-00001;phone-context=+370", id="tel within a country"),
    ],
)
async def test_a_number_is_found_in_what_carriers_write_around_it(house: House, said: str) -> None:
    ona = await house.add("Ona", ONA)
    for found in (await house.customers.match(said), await house.customers.match(said, did=OFFICE)):
        assert (found.kind, found.number) == (Matched.KNOWN, ONA)
    await house.calls(("c1", said))
    assert await house.contacts(ona.id) == ["c1"]
    # Without our number only one that says its country is certain.
    assert (await house.customers.find_caller(said) is not None) is ("370" in said.split(";rn")[0])


@pytest.mark.parametrize(
    ("number", "did", "kind"),
    [
        pytest.param("67 000 001", "+371 6700 0000", Matched.KNOWN, id="dialled in the country of the number"),
        pytest.param("67 000 001", "", Matched.UNKNOWN, id="dialled in the site's country"),
        pytest.param("", OFFICE, Matched.WITHHELD, id="nothing"),
        pytest.param("Anonymous", OFFICE, Matched.WITHHELD, id="said to be withheld"),
        pytest.param("101", OFFICE, Matched.UNKNOWN, id="an extension"),
        pytest.param("sip:anonymous@anonymous.invalid", OFFICE, Matched.WITHHELD, id="withheld, as SIP has it"),
        pytest.param("Anonymous@anonymous.invalid", OFFICE, Matched.WITHHELD, id="withheld, the scheme left out"),
        pytest.param("<unknown>", OFFICE, Matched.WITHHELD, id="said to be unknown"),
        pytest.param("0", OFFICE, Matched.WITHHELD, id="a zero"),
        pytest.param("00000000", OFFICE, Matched.WITHHELD, id="zeros"),
        pytest.param("-1", OFFICE, Matched.WITHHELD, id="less than nothing"),
        pytest.param("266696687", OFFICE, Matched.WITHHELD, id="anonymous on the keys"),
        pytest.param("+266696687", OFFICE, Matched.WITHHELD, id="anonymous on the keys, with a plus"),
        pytest.param("sip:192.168.100.200", OFFICE, Matched.WITHHELD, id="a host is no number"),
        pytest.param("sip:alice@10.0.0.1", OFFICE, Matched.UNKNOWN, id="a name"),
        pytest.param(";npdi" * 2000, OFFICE, Matched.WITHHELD, id="nothing with much behind it"),
        pytest.param("tel:101;phone-context=acme.example", OFFICE, Matched.UNKNOWN, id="an extension, as tel has it"),
    ],
)
async def test_what_a_number_says(house: House, number: str, did: str, kind: Matched) -> None:
    await house.add("Līga", "+371 67 000 001")
    found = await house.customers.match(number, did=did)
    assert found.kind is kind
    assert (found.customer is not None) == (kind is Matched.KNOWN)


@pytest.mark.parametrize(
    ("ani", "country", "number"),
    [
        pytest.param("101", "DE", None, id="an extension"),
        pytest.param("2001", "DE", None, id="a longer extension"),
        pytest.param("112", "DE", None, id="an emergency number"),
        pytest.param("101", "AT", None, id="an extension in Austria"),
        pytest.param("5551234", "US", None, id="a number within an area"),
        pytest.param("211234", "FO", "+298211234", id="where six digits are all of it"),
        pytest.param("442071234567", "DE", "+49442071234567", id="abroad or not, which nobody can tell"),
        pytest.param("37060000001", "US", ONA, id="abroad without the plus"),
        pytest.param("0037060000001", "US", ONA, id="abroad with zeros, where they are not what is dialled"),
        pytest.param("266696687", "PL", None, id="anonymous on the keys, where it might be a number"),
    ],
)
def test_what_is_a_number_in_a_country(ani: str, country: str, number: str | None) -> None:
    assert number_of(ani, country) == number


async def test_several_with_one_number_are_listed_and_none_is_taken(house: House) -> None:
    family = [await house.add(name, ONA) for name in ("Ona", "Jonas", "Petras")]
    found = await house.customers.match(ONA)
    assert (found.kind, found.said, found.customer) == (Matched.ONE_OF, "one of 3", None)
    assert [customer.id for customer in found.customers] == [file.id for file in family]
    assert await house.customers.find_caller(ONA) is None


async def test_a_switchboard_names_the_people_who_may_be_calling(house: House) -> None:
    acme = await house.company("Acme", OFFICE)
    people = [await house.add(name, organisation=acme.id) for name in ("Jonas", "Ona")]
    found = await house.customers.match(OFFICE)
    assert found.kind is Matched.KNOWN
    assert found.switchboard is not None
    assert (found.switchboard.id, found.said) == (acme.id, "the company, or one of its 2")
    assert [person.id for person in found.people] == [file.id for file in people]
    await house.files.attach(OFFICE, people[0].id, "ann")
    both = await house.customers.match(OFFICE)
    assert (both.kind, both.count) == (Matched.ONE_OF, 2)
    named = await house.customers.find_caller(OFFICE)
    assert named is not None
    assert named.name == "Acme"  # whoever of them it is, the company is certain
    await house.add("Stranger", OFFICE)
    assert await house.customers.find_caller(OFFICE) is None


async def test_a_number_that_called_before_is_unknown_and_has_a_history(house: House) -> None:
    await house.calls(("c1", ONA))
    found = await house.customers.match(ONA)
    assert (found.kind, found.customers) == (Matched.UNKNOWN, ())
    assert found.nameless is not None
    assert await house.contacts(found.nameless.id) == ["c1"]


async def test_attaching_a_number_moves_what_was_nobodys(house: House) -> None:
    await house.calls(("c1", ONA), ("c2", ONA), ("c3", JONAS))
    nameless = (await house.customers.match(ONA)).nameless
    assert nameless is not None
    await house.matters.add_note(nameless.id, "wants to be called back", "ann")
    jonas = await house.add("Jonas", JONAS)
    assert await house.contacts(jonas.id) == ["c3"]
    assert await house.files.attach("8 600 00001", jonas.id, "ann", label="new") == 2
    assert sorted(await house.contacts(jonas.id)) == ["c1", "c2", "c3"]
    assert [note.text for note in await house.matters.notes(jonas.id)] == ["wants to be called back"]
    assert [phone.number for phone in (await house.files.get(jonas.id)).details.phones] == [JONAS, ONA]
    assert await house.files.attach(ONA, jonas.id, "ann") == 0
    # Read again from the journal, everything is where it was.
    await house.projection().start_over()
    await house.projection().catch_up()
    assert sorted(await house.contacts(jonas.id)) == ["c1", "c2", "c3"]
    with pytest.raises(NotValid):
        await house.files.attach("101", jonas.id, "ann")


async def test_a_number_of_several_leaves_its_calls_at_nobody_until_somebody_says_whose_they_are(house: House) -> None:
    ona, jonas = await house.add("Ona", ONA), await house.add("Jonas", ONA)
    await house.calls(("c1", ONA), ("c2", ONA))
    for customer in (ona, jonas):
        shown = [entry for entry in await house.history(customer.id) if entry.interaction is not None]
        assert [(entry.id, entry.one_of) for entry in shown] == [("c2", 2), ("c1", 2)]
    given = await house.files.assign("c1", ona.id, "ann")
    assert given.customer == ona.id
    assert await house.contacts(jonas.id) == ["c2"]
    await house.projection().start_over()
    await house.projection().catch_up()
    shown = [entry for entry in await house.history(ona.id) if entry.interaction is not None]
    assert [(entry.id, entry.one_of) for entry in shown] == [("c2", 2), ("c1", 1)]
    await house.files.assign("c1", None, "ann")
    assert await house.contacts(jonas.id) == ["c2", "c1"]
    with pytest.raises(NotPossible):
        await house.files.assign("c9", ona.id, "ann")


async def test_a_second_holder_takes_nothing_from_the_first(house: House) -> None:
    await house.calls(("c1", ONA))
    ona = await house.add("Ona", ONA)
    jonas = await house.add("Jonas", ONA)
    await house.calls(("c2", ONA))
    assert sorted(await house.contacts(ona.id)) == ["c1", "c2"]
    assert await house.contacts(jonas.id) == ["c2"]
