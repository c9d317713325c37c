"""Faxes from and to somebody go with every file; one that is being sent or worked on is waited for."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from fax import store
from fax.forgetting import ForgetFaxes
from fax.model import NoSuchFax, State
from ledger.database import Database
from ledger.forgetting import NotNow
from ledger.forgetting_words import Whom
from ledger.tables import deliveries, jobs, spool_files
from tests.fax.house import house

WHOM = Whom("erased x", numbers=("+37060000001", "+37060000007"), local=("60000001", "60000007"))


class Counting:
    """Counts what went."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    async def add(self, session: AsyncSession, what: str, count: int) -> None:
        self.counts[what] = self.counts.get(what, 0) + count


async def test_faxes_go_with_every_file_once_nobody_works_on_them(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, works=False) as home:
        came = await home.keep()
        sent = (await home.order()).id
        forget, counting = ForgetFaxes(db, home.spool, home.deliveries), Counting()
        assert await forget.find(WHOM) == sorted([came, sent])
        with pytest.raises(NotNow, match="being sent"):
            await forget.forget(WHOM, counting)
        async with db.writing() as session:
            await store.change(session, sent, state=State.SENT.value)
            await session.execute(sa.update(jobs).values(state="running"))
        with pytest.raises(NotNow, match="worked on"):
            await forget.forget(WHOM, counting)
        assert len(home.files()) == 2, "nothing has gone"
        async with db.writing() as session:
            await session.execute(sa.update(jobs).values(state="waiting"))
        await forget.forget(WHOM, counting)
        assert home.files() == []
        for id_ in (came, sent):
            with pytest.raises(NoSuchFax):
                await home.service.get(id_)
        async with db.reading() as session:
            for table in (jobs, deliveries, spool_files, store.steps, store.attempts):
                assert await session.scalar(sa.select(sa.func.count()).select_from(table)) == 0, table.name
        assert counting.counts == {"faxes": 2, "files of faxes": 2}
        await forget.forget(WHOM, counting)
        assert counting.counts["faxes"] == 2, "twice is once"


async def test_faxes_of_others_stay(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, works=False) as home:
        id_ = await home.keep()
        nobody = Whom("erased x", numbers=("+37060000002",), local=("60000002",))
        await ForgetFaxes(db, home.spool, home.deliveries).forget(nobody, Counting())
        assert (await home.service.get(id_)).file in home.files()
