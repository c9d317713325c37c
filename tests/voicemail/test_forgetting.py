"""Messages of somebody go with all that hangs on them; one that is being worked on is waited for."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.database import Database
from ledger.forgetting import NotNow
from ledger.forgetting_words import Whom
from ledger.jobs import Job
from ledger.tables import deliveries, jobs, spool_files
from tests.voicemail.house import house
from voicemail.forgetting import ForgetMessages
from voicemail.model import NoSuchMessage, TextState
from voicemail.promises import KIND, TRANSCRIBE

WHOM = Whom("erased x", calls=("c-1",), numbers=("+37060000001",), local=("60000001",))


class Counting:
    """Counts what went."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    async def add(self, session: AsyncSession, what: str, count: int) -> None:
        self.counts[what] = self.counts.get(what, 0) + count


@pytest.mark.parametrize("kind", ["voicemail.examine", "voicemail.transcribe", "deliver"])
async def test_what_is_worked_on_is_waited_for(db: Database, tmp_path: Path, kind: str) -> None:
    async with house(db, tmp_path, works=False) as home:
        id_ = await home.keep()
        message = await home.voicemail.get(id_)
        async with db.writing() as session:
            await home.deliveries.promise(session, kind=KIND, about=id_, channel="mail", receiver="b@acme.example")
            await home.jobs.add(session, Job(TRANSCRIBE, f"{TRANSCRIBE} {id_} at last", {"message": id_}))
            await session.execute(sa.update(jobs).where(jobs.c.kind == kind).values(state="running"))
        forget, counting = ForgetMessages(db, home.spool, home.deliveries), Counting()
        with pytest.raises(NotNow):
            await forget.forget(WHOM, counting)
        assert await home.spool.exists(message.file), "nothing has gone"
        assert counting.counts == {}
        async with db.writing() as session:
            await session.execute(sa.update(jobs).values(state="waiting"))
        await forget.forget(WHOM, counting)
        with pytest.raises(NoSuchMessage):
            await home.voicemail.get(id_)
        assert not await home.spool.exists(message.file)
        async with db.reading() as session:
            for table in (jobs, deliveries, spool_files):
                assert await session.scalar(sa.select(sa.func.count()).select_from(table)) == 0, table.name
        assert counting.counts == {"voicemails": 1, "recordings": 1, "transcripts": 0}
        await forget.forget(WHOM, counting)
        assert counting.counts["voicemails"] == 1, "twice is once"


@pytest.mark.parametrize(
    ("more", "theirs"),
    [
        ({}, True),
        ({"call": "c-9"}, True),
        ({"call": "c-9", "ani": "8 600 00001"}, True),
        ({"ani": "+37060000002"}, True),
        ({"call": "c-9", "ani": "+37060000002"}, False),
        ({"call": "", "ani": ""}, False),
    ],
    ids=["both", "number", "number as dialled", "call", "another", "nobody"],
)
async def test_whose_a_message_is(db: Database, tmp_path: Path, more: dict[str, object], theirs: bool) -> None:
    async with house(db, tmp_path, works=False) as home:
        id_ = await home.keep(**more)
        found = await ForgetMessages(db, home.spool, home.deliveries).find(WHOM)
        assert (id_ in found) is theirs
        assert (await home.voicemail.get(id_)).text_state is TextState.WAITING
