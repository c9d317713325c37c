"""Search as somebody types: words by their beginnings, numbers by any part, however either is written."""

from __future__ import annotations

import doctest
from dataclasses import replace
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_bridge import differences, words
from crm_bridge.search import _for_postgres, _for_sqlite
from crm_bridge.words import read, runs
from tests.crm_bridge.crm_house import House


@pytest.mark.parametrize("module", [words, differences], ids=lambda module: module.__name__)
def test_worked_examples(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


async def town(house: House) -> None:
    acme = await house.company("UAB Ąžuolas & Co", "+370 5 200 0000", mails=["info@azuolas.example"])
    await house.add("Ona Onaitė", "+370 600 12345", organisation=acme.id, mails=["o.onaite@azuolas.example"])
    await house.add("Onutė Łukasz", "+370 611 54321")
    await house.add("Petras O'Brien", "+49 30 123456")
    await house.add("山田 太郎", "+81 3 1234 5678")
    await house.add("Baltic 2000", "+371 67 000 001")


#: What is typed, and who of the town is found by it.
FOUND = {
    "on": ["Ona Onaitė", "Onutė Łukasz"],  # the beginning of a word
    "ONAITE ona": ["Ona Onaitė"],  # two words, any order, no accents
    "azuol": ["Ona Onaitė", "UAB Ąžuolas & Co"],  # a company finds its people too
    "lukasz": ["Onutė Łukasz"],  # a letter with a stroke
    "brien": ["Petras O'Brien"],  # behind a sign
    "o.onaite@azuolas.example": ["Ona Onaitė"],  # a mail address
    "info@": ["UAB Ąžuolas & Co"],  # the beginning of a mail address
    "山": ["山田 太郎"],  # one letter
    "2000": ["Baltic 2000", "UAB Ąžuolas & Co"],  # digits in a name and in a number
    "600 12": ["Ona Onaitė"],  # a part of a number
    "8 (600) 12345": ["Ona Onaitė"],  # as dialled in the country
    "00370-600-12345": ["Ona Onaitė"],  # as dialled from another
    "+37060012345": ["Ona Onaitė"],  # the whole number
    "12345": ["Ona Onaitė", "Petras O'Brien", "山田 太郎"],  # in the middle of several
    "012345": ["Ona Onaitė", "Petras O'Brien", "山田 太郎"],  # a 0 that may be dialled before
    "on 600": ["Ona Onaitė"],  # a name and a part of a number
    "70600123": ["Ona Onaitė"],  # more digits than one run
    "70601123": [],  # nobody's digits
    "": [],  # nothing
    " .,- ": [],  # signs only
    '" OR crm_words_fulltext MATCH "ona*': [],  # the language of the index
    "ona" * 500: [],  # 1,500 letters
    "1" * 500: [],  # 500 digits
}


async def test_who_is_found(house: House) -> None:
    await town(house)
    found = {typed: sorted(c.name for c in await house.customers.search(typed)) for typed in FOUND}
    assert found == {typed: sorted(names) for typed, names in FOUND.items()}


async def test_the_best_come_first_and_no_more_than_twenty(house: House) -> None:
    company = await house.company("Ona")
    await house.add("Jonas", organisation=company.id)
    for n in range(30):
        await house.add(f"Onautas Nr{n:02d}")
    await house.add("Petras Ona")
    await house.add("Ona Petraitė")
    await house.calls(("c1", "+37060000001"))
    found = [c.name for c in await house.customers.search("ona")]
    assert len(found) == 20
    assert found[:2] == ["Ona", "Ona Petraitė"]
    assert "Petras Ona" in found
    assert [c.made_by_us for c in await house.customers.search("600 00001")] == [True]


async def test_who_is_found_follows_what_is_written(house: House) -> None:
    file = await house.add("Ona", "+37060012345")
    await house.files.change(file.id, 1, replace(file.details, name="Rasa", phones=()), "ann")
    assert await house.customers.search("ona") == []
    assert await house.customers.search("60012345") == []
    assert [c.id for c in await house.customers.search("ras")] == [file.id]
    await house.privacy.erase(file.id, "ann")
    assert await house.customers.search("ras") == []


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_question_of_words(typed: str) -> None:
    asked = read(typed, "LT")
    for text in (_for_sqlite(asked), _for_postgres(asked)):
        assert not set(text) & set(";\\\0")


@given(st.text("0123456789", min_size=7, max_size=15), st.data())
def test_any_part_of_a_number_is_found(digits: str, data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(digits) - 3))
    end = data.draw(st.integers(begin + 3, len(digits)))
    there = runs(f"+{digits}")
    ((first, *_), *_) = read(digits[begin:end], "LT").groups
    for term in first:
        assert any(word.startswith(term.word) if term.begins else word == term.word for word in there)
