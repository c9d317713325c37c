"""Forgetting the messages that somebody left: their sound, their words, and what was still to be mailed of them.

Works on the tables of messages; knows no other feature, and not why somebody is to be forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from ledger import job_store
from ledger.items_forgetting import ForgetItems
from voicemail import store
from voicemail.model import Message
from voicemail.promises import KIND, TRANSCRIBE
from voicemail.service import EXAMINE

_WORK = (EXAMINE, TRANSCRIBE)


@dataclass(frozen=True)
class ForgetMessages(ForgetItems[Message]):
    """Finds and removes messages."""

    rows = store.rows
    number = store.messages.c.ani
    kinds = (KIND,)
    of_others = "voicemails of others"

    def files_of(self, item: Message) -> list[str]:
        return [item.file]

    def work_on(self, ids: Sequence[str]) -> list[str]:
        return [f"{kind} {id_}" for id_ in ids for kind in _WORK]

    async def forget_work(self, session: AsyncSession, ids: Sequence[str]) -> None:
        for kind in _WORK:  # one that a person asked for again has a longer key
            await job_store.forget_beginning(session, kind, [f"{kind} {id_}" for id_ in ids])

    def counted(self, items: Sequence[Message]) -> Mapping[str, int]:
        transcribed = sum(1 for message in items if message.text)
        return {"voicemails": len(items), "recordings": len(items), "transcripts": transcribed}
