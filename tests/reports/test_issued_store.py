"""The rows of issued reports, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ledger.database import Database
from reports import issued_store as store
from reports.issued import KEPT, Issued, Order, State
from reports.issued_worker import summary
from reports.rules import Definition
from tests.reports.forms.samples import DAY, FULL, MADE

ORDER = Order(
    "day", DAY, "pdf", Definition({"billing": 20.0}), "sue", more={"menu": "main"}, departments=frozenset({"billing"}),
    schedule="boss", moment=MADE, to=("a@b.example",),
)  # fmt: skip


async def test_rows_come_back_as_they_were(db: Database) -> None:
    ones = [Issued(f"id{n}", ORDER, MADE + timedelta(minutes=n // 2)) for n in range(5)]
    async with db.writing() as session:
        assert [await store.add(session, one, MADE + KEPT) for one in ones] == [True] * 5
        assert not await store.add(session, ones[0], MADE + KEPT)
    async with db.writing() as session:
        said: dict[str, Any] = {"state": State.READY.value, "made_at": MADE, "summary": summary(FULL, "pdf").plain()}
        assert not await store.change(session, "id0", [State.MAKING], begun=True, **said)
        assert await store.change(session, "id0", [State.MAKING], **said)
        assert not await store.change(session, "id0", [State.MAKING], progress=0.5)
        assert await store.count_making(session, "sue") == 4
        ready = await store.find(session, "id0", lock=True)
        assert ready == Issued("id0", ORDER, MADE, State.READY, made_at=MADE, summary=summary(FULL, "pdf"))
    async with db.reading() as session:
        first = await store.list_newest(session, 3)
        rest = await store.list_newest(session, 3, (first[-1].asked_at, first[-1].id))
        assert [one.id for one in (*first, *rest)] == ["id4", "id3", "id2", "id1", "id0"]
        assert [one.id for one in await store.list_old(session, MADE + 2 * KEPT, 9)] == ["id0"]
        assert await store.list_old(session, MADE, 9) == []
    async with db.writing() as session:
        await store.remove(session, "id0")
        assert await store.find(session, "id0") is None
