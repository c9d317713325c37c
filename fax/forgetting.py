"""Forgetting the faxes that somebody sent or got: pages, documents, reports, texts, and what was still to be delivered.

Works on the tables of faxes; knows no other feature, and not why somebody is to be forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from fax import promises, store
from fax.model import UNDER_WAY, Fax
from fax.work import keys_of
from ledger import job_store
from ledger.forgetting import NotNow
from ledger.items_forgetting import ForgetItems


@dataclass(frozen=True)
class ForgetFaxes(ForgetItems[Fax]):
    """Finds and removes faxes."""

    rows = store.rows
    number = store.faxes.c.number
    kinds = (promises.KIND, promises.REPORT)
    of_others = "faxes of others"

    def files_of(self, item: Fax) -> list[str]:
        return promises.files_of(item)

    def work_on(self, ids: Sequence[str]) -> list[str]:
        return keys_of(ids)

    async def forget_work(self, session: AsyncSession, ids: Sequence[str]) -> None:
        await job_store.forget(session, keys_of(ids))

    def counted(self, items: Sequence[Fax]) -> Mapping[str, int]:
        return {"faxes": len(items), "files of faxes": sum(len(promises.files_of(fax)) for fax in items)}

    def require_over(self, items: Sequence[Fax]) -> None:
        if any(fax.state in UNDER_WAY for fax in items):
            raise NotNow("a fax is being sent")

    async def remove(self, session: AsyncSession, ids: Sequence[str]) -> None:
        await store.remove(session, ids)
