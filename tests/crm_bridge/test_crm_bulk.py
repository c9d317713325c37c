"""Many at once: a thousand in a transaction, a bad row stops nobody, and what had called before is theirs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crm_bridge import bulk
from crm_bridge.bulk import Added, Refused, Taken, add_many
from crm_bridge.model import Details, Mail, Phone, Relation
from tests.crm_bridge.crm_house import ONA, House


async def take(house: House, rows: Iterator[Details]) -> list[Taken]:
    return [one async for some in add_many(house.cabinet, rows, "importer") for one in some]


async def test_bad_rows_are_refused_and_the_others_are_there(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "ROWS", 4)
    acme = await house.company("Acme")
    await house.calls(("c1", ONA))
    rows = [
        Details("Ona", phones=(Phone("", ONA),), organisation=acme.id),
        Details("x" * 10_240),
        Details("Jonas", mails=(Mail("jonas@acme.example"),)),
        Details("", phones=(Phone("", "none"),)),
        Details(""),
        Details("Petras", organisation="nobody"),
        Details("Rasa", relations=(Relation("nobody", "sister"),)),
        Details("Saulius", relations=(Relation(acme.id, "buys there"),)),
        Details("Last"),
    ]
    taken = await take(house, iter(rows))
    assert [one.row for one in taken] == list(range(9))
    assert [isinstance(one, Added) for one in taken] == [True, False, True, False, False, False, False, True, True]
    refused = {one.row: one.why for one in taken if isinstance(one, Refused)}
    assert refused[1] == "the name has 10240 letters: at most 200"
    assert "no such organisation" in refused[5]
    ona = taken[0]
    assert isinstance(ona, Added)
    assert await house.contacts(ona.customer) == ["c1"]
    assert (await house.customers.match(ONA)).said == "known"
    assert [c.name for c in await house.customers.search("acme on")] == ["Ona"]
    assert [step.what for step in await house.files.steps(ona.customer)] == ["imported"]
    told = await house.told()
    assert sorted(change for _, change in told.changes) == ["added", *["imported"] * 4]


async def test_a_thousand_and_some_are_told_after_each_thousand(house: House) -> None:
    rows = (Details(f"Nr {n}", phones=(Phone("", f"+37060{n:06d}"),)) for n in range(1_100))
    sizes = [len(some) async for some in add_many(house.cabinet, rows, "importer")]
    assert sizes == [1_000, 100]
    assert [c.name for c in await house.customers.search("60001099")] == ["Nr 1099"]


async def test_whoever_stops_listening_stops_the_import(house: House) -> None:
    rows = (Details(f"Nr {n}") for n in range(5_000))
    adding = add_many(house.cabinet, rows, "importer")
    assert len(await anext(adding)) == 1_000
    await adding.aclose()  # type: ignore[attr-defined]  # an async generator, typed as what callers need
    assert len(await house.files.list_all(limit=5_000)) == 1_000


async def test_nothing_is_no_mistake(house: House) -> None:
    assert await take(house, iter(())) == []
