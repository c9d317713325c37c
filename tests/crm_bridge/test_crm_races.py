"""Two who write at once: whoever comes second waits, or what neither saw of the other is put right afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge import store, store_interactions, store_merges
from crm_bridge.model import CustomerFile
from tests.crm_bridge.crm_house import JONAS, ONA, House
from tests.fixtures.journal_of_calls import START, answered_call
from tests.fixtures.journal_of_calls import store as put


async def test_who_is_being_taken_apart_is_merged_by_nobody(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """While Ann undoes a merge into Birutė, Bob merges Birutė into Cecilia: Rasa has her number back all the same."""
    rasa, birute, cecilia = await house.add("Rasa", ONA), await house.add("Birutė", JONAS), await house.add("Cecilia")
    merge = await house.merging.merge(birute.id, rasa.id, "ann")
    real = store_merges.list_into
    begun: list[asyncio.Task[str]] = []

    async def in_between(session: AsyncSession, customer: str) -> list[store_merges.Merge]:
        found = await real(session, customer)
        begun.append(asyncio.create_task(house.merging.merge(cecilia.id, birute.id, "bob")))
        await asyncio.wait(begun, timeout=0.5)  # he waits for the one who is locked
        return found

    monkeypatch.setattr(store_merges, "list_into", in_between)
    await house.merging.undo(merge, "ann")
    async with asyncio.timeout(20):
        await begun[0]
    assert [phone.number for phone in (await house.files.get(rasa.id)).details.phones] == [ONA]
    assert [phone.number for phone in (await house.files.get(cecilia.id)).details.phones] == [JONAS]


async def test_a_customer_who_is_written_beside_the_first_call_has_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two transactions of PostgreSQL neither sees what the other writes; SQLite lets one of them wait."""
    await put(house.db, answered_call("c1", ani=ONA, at=START))
    real = store.holders
    begun: list[asyncio.Task[CustomerFile]] = []

    async def in_between(session: AsyncSession, wanted: Collection[str]) -> dict[str, list[str]]:
        found = await real(session, wanted)
        if found:  # the file that was made of the number: it is looked at for the last time
            monkeypatch.setattr(store, "holders", real)
            begun.append(asyncio.create_task(house.add("Ona", ONA)))
            await asyncio.wait(begun, timeout=0.5)
        return found

    monkeypatch.setattr(store, "holders", in_between)
    await house.projection().catch_up()
    async with asyncio.timeout(20):
        ona = await begun[0]
    async with house.db.reading() as session:
        (contact,) = await store_interactions.list_newest(session)
    assert contact.customer == ona.id
    assert (await house.customers.match(ONA)).said == "known"
