"""A customer's file: what may be written, that nobody overwrites another's, that every change is a step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from crm_bridge import rules
from crm_bridge.model import (
    ChangedMeanwhile,
    Details,
    Handle,
    Kind,
    Mail,
    NoSuchCustomer,
    NotPossible,
    NotValid,
    Phone,
    Relation,
)
from tests.crm_bridge.crm_house import COUNTRY, JONAS, OFFICE, ONA, SETTINGS, House

EVERYTHING = Details(
    "Ona Onaitė",
    phones=(Phone("", "8 600 00001", "mobile"), Phone("", "+49 30 123456")),
    mails=(Mail("Ona@Acme.Example", "work"),),
    handles=(Handle("Telegram", "@ona"),),
    address="Gedimino pr. 1\nVilnius",
    website="acme.example",
    language="lt",
    status="lead",
    owner="ann",
    insiders=("bob",),
    tags=("vip", "vip", "north"),
    fields={"seats": "12,50", "until": "2026-12-24", "size": "small", "contract": ""},
)


async def test_a_customer_is_kept_with_all_that_is_written(house: House) -> None:
    company = await house.company("Acme")
    friend = await house.add("Jonas")
    written = replace(EVERYTHING, organisation=company.id, relations=(Relation(friend.id, "husband"),))
    file = await house.files.add(written, "ann")
    assert file.details == replace(
        written,
        phones=(Phone(ONA, "8 600 00001", "mobile"), Phone("+4930123456", "+49 30 123456")),
        mails=(Mail("ona@acme.example", "work"),),
        handles=(Handle("telegram", "@ona"),),
        website="https://acme.example",
        tags=("vip", "north"),
        fields={"seats": 12.5, "until": "2026-12-24", "size": "small"},
    )
    assert (file.company, file.version, file.made_by_us) == ("Acme", 1, False)
    assert (await house.files.get(friend.id)).concerned_in == (Relation(file.id, "husband"),)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param({"name": "a" * 10_240}, "the name has 10240 letters: at most 200", id="a name of 10 kB"),
        pytest.param({"name": ""}, "a name, or at least", id="nothing at all"),
        pytest.param({"phones": (Phone("", "none"),)}, "no telephone number", id="no number"),
        pytest.param({"phones": tuple(Phone("", f"+3706000{n:04d}") for n in range(51))}, "too many", id="51 numbers"),
        pytest.param({"mails": (Mail("ona at acme"),)}, "no mail address", id="no mail address"),
        pytest.param({"website": "javascript:alert(1)"}, "begins with https", id="a script for a website"),
        pytest.param({"language": "Lithuanian"}, "a code such as en", id="no language"),
        pytest.param({"status": "friend"}, "no such status: one of lead, customer", id="no status of the site"),
        pytest.param({"organisation": "nobody"}, "no such organisation", id="no organisation"),
        pytest.param({"relations": (Relation("nobody", "wife"),)}, "not there", id="nobody concerned"),
        pytest.param({"fields": {"shoe": "42"}}, "no field shoe", id="a field the site does not have"),
        pytest.param({"fields": {"seats": "many"}}, "seats is a number", id="no number in a field"),
        pytest.param({"fields": {"until": "soon"}}, "until is a date", id="no date in a field"),
        pytest.param({"fields": {"size": "huge"}}, "size is one of: small, large", id="no choice in a field"),
        pytest.param({"fields": {"contract": "x" * 2001}}, "Contract number has 2001", id="a long field"),
        pytest.param({"address": "x" * 1001}, "the address has 1001 letters", id="a long address"),
    ],
)
async def test_what_cannot_be_written_is_refused_and_nothing_is_kept(
    house: House, changes: dict[str, Any], why: str
) -> None:
    with pytest.raises(NotValid, match=why):
        await house.files.add(replace(Details("Ona"), **changes), "ann")
    assert await house.files.list_all() == []
    assert (await house.told()).changes == []


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("<script>alert('x')</script> & \"co\"", id="markup"),
        pytest.param("مريم ابن خلدون", id="from right to left"),
        pytest.param("\u202egnp.exe", id="turned around"),
        pytest.param("山田 太郎", id="without blanks"),
        pytest.param("=1+1", id="a formula"),
        pytest.param("Robert'); DROP TABLE crm_customers;--", id="a statement"),
        pytest.param('%_\\*"', id="signs that mean something to a search"),
    ],
)
async def test_a_name_stays_text_and_is_found(house: House, name: str) -> None:
    file = await house.add(name, ONA)
    assert file.details.name == name
    assert (await house.customers.search(name + " 600")) in ([], [await _short(house, name)])
    if any(letter.isalnum() for letter in name):
        assert [c.name for c in await house.customers.search(name)] == [name]


async def _short(house: House, name: str) -> object:
    found = await house.customers.find_caller(ONA)
    assert found is not None
    assert found.name == name
    return found


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        pytest.param(" Ona\tOnaitė \n", "Ona Onaitė", id="line ends become blanks"),
        pytest.param("Ona\x00Onaitė", "Ona Onaitė", id="a zero"),
        pytest.param("Ona \ud800", "Ona \ufffd", id="half a letter"),
    ],
)
def test_what_no_database_takes_is_mended(written: str, kept: str) -> None:
    assert rules.details(Details(written), SETTINGS, COUNTRY).name == kept


async def test_two_people_do_not_overwrite_each_other(house: House) -> None:
    file = await house.add("Ona", ONA)
    changed = await house.files.change(file.id, file.version, replace(file.details, status="lead"), "bob")
    assert (changed.details.status, changed.version) == ("lead", 2)
    with pytest.raises(ChangedMeanwhile) as refused:
        await house.files.change(file.id, file.version, replace(file.details, status="customer"), "cid")
    assert (refused.value.by, refused.value.at) == ("bob", house.clock.now())
    assert (await house.files.get(file.id)).details.status == "lead"


async def test_every_change_is_a_step_and_is_told_without_the_words(house: House) -> None:
    file = await house.add("Ona", ONA)
    house.clock.advance(1)
    await house.files.change(file.id, 1, replace(file.details, name="Ona Onaitė", tags=("vip",)), "bob")
    house.clock.advance(1)
    await house.files.change(file.id, 2, replace(file.details, name="Ona Onaitė", tags=("vip",)), "bob")
    newest, first = await house.files.steps(file.id)
    assert (newest.what, newest.by) == ("changed", "bob")
    assert newest.changes == {"name": ["Ona", "Ona Onaitė"], "tags": [[], ["vip"]]}
    assert (first.what, first.changes["name"]) == ("added", [None, "Ona"])
    told = await house.told()
    assert told.changes == [(file.id, "added"), (file.id, "changed")]
    assert list(told.events.values())[1].data == {"fields": ["name", "tags"], "version": 2}


async def test_an_organisation_has_people_and_is_in_none(house: House) -> None:
    company = await house.company("Acme", OFFICE)
    ona = await house.add("Ona", organisation=company.id)
    with pytest.raises(NotPossible, match="people belong"):
        await house.files.change(company.id, 1, replace(company.details, kind=Kind.PERSON), "ann")
    with pytest.raises(NotValid, match="belongs to no other"):
        await house.company("Daughter", organisation=company.id)
    with pytest.raises(NotValid, match="no such organisation"):
        await house.add("Jonas", organisation=ona.id)
    await house.files.change(company.id, 1, replace(company.details, name="Zenith"), "ann")
    assert [c.name for c in await house.customers.search("zen")] == ["Zenith", "Ona"]
    assert await house.customers.search("acme") == []


async def test_who_is_not_there(house: House) -> None:
    with pytest.raises(NoSuchCustomer):
        await house.files.get("nobody")
    with pytest.raises(NoSuchCustomer):
        await house.files.change("nobody", 1, Details("Ona"), "ann")
    with pytest.raises(NoSuchCustomer):
        await house.files.attach(JONAS, "nobody", "ann")
