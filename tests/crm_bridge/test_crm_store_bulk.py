"""Many rows at once come back as SQLAlchemy itself would have written them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from crm_bridge.importing_tables import imported
from crm_bridge.model import Details
from crm_bridge.store_bulk import ROWS, among, insert_rows
from crm_bridge.tables import numbers, steps
from ledger.upsert import insert_into
from tests.crm_bridge.crm_house import House


async def test_values_of_all_kinds_are_as_sqlalchemy_writes_them(house: House) -> None:
    one = await house.files.add(Details("Ona"), "sue")
    at = house.clock.now()
    step = {"customer": one.id, "at": at, "what": "seen", "by": "sue", "about": ""}
    changes: list[Mapping[str, Any]] = [{}, {"name": ["Ona", "Žemaitė"]}, {}, {"tags": [[], ["a"]]}]
    rows = [{**step, "changes": dict(some)} for some in changes]
    gave = [None, {"phones": ["+37060000001"]}, None]
    brought = [
        {"digest": "d", "row": n, "part": 0, "import": "i", "customer": one.id, "gave": some}
        for n, some in enumerate(gave)
    ]
    async with house.db.writing() as session:
        await insert_rows(session, sa.insert(steps), rows)
        await insert_rows(session, sa.insert(imported), brought)
        await insert_rows(session, sa.insert(imported), [])
        for row in brought:
            await session.execute(sa.insert(imported).values(**{**row, "digest": "e"}))
    async with house.db.reading() as session:
        query = sa.select(steps.c.at, steps.c.changes).where(steps.c.what == "seen").order_by(steps.c.seq)
        assert [tuple(row) for row in await session.execute(query)] == [(at, dict(some)) for some in changes]
        # As they lie there, which tells an empty value from the word null.
        as_text = sa.select(sa.cast(imported.c.gave, sa.Text)).order_by(imported.c.row)
        ours, sqlalchemys = [
            (await session.execute(as_text.where(imported.c.digest == digest))).scalars().all() for digest in "de"
        ]
        assert ours == sqlalchemys


async def test_more_rows_than_go_at_once_and_those_who_are_there_stay(house: House) -> None:
    one = await house.files.add(Details("Ona"), "sue")
    many = [
        {"customer": one.id, "number": f"+370{n}", "written": "x" * (n % 3), "label": "", "place": n}
        for n in range(2 * ROWS + 1)
    ]
    async with house.db.writing() as session:
        await insert_rows(session, sa.insert(numbers), many[:10])
        await insert_rows(session, insert_into(session, numbers).on_conflict_do_nothing(), many)
    async with house.db.reading() as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(numbers)) == len(many)


@pytest.mark.parametrize("wanted", [[], ["+3701"], ["+3702", "+3701", "nobody's"], ["o'brien", '"']], ids=repr)
async def test_one_of_many_texts(house: House, wanted: list[str]) -> None:
    one = await house.files.add(Details("Ona"), "sue")
    there = ["+3701", "+3702", "+3703", "o'brien"]
    rows = [
        {"customer": one.id, "number": number, "written": "", "label": "", "place": n} for n, number in enumerate(there)
    ]
    async with house.db.writing() as session:
        await insert_rows(session, sa.insert(numbers), rows)
    async with house.db.reading() as session:
        query = sa.select(numbers.c.number).where(among(session, numbers.c.number, wanted))
        assert set((await session.execute(query)).scalars()) == set(wanted) & set(there)
